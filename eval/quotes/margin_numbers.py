"""Take the margin's line numbers out of a quote: copied text has them at the ends or beginnings of its lines.

A number is only taken out where the file itself has it: in the margin, on the line of the letter that it follows, or
begins with. Whatever is left has to stand in the paper letter for letter. Not handled here: finding that place
(`finder`), numbers that a file draws apart from its lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.papers import Page

from .normal_form import normal

_AT_LINE_END = re.compile(
    r"(?<![\w.,])\d{1,4}[ \t]*(?=\n)"  # before a line end
    r"|(?<=[^\W\d_])\d{1,4}(?=\s|$)|(?<=[a-z][-.,;:)])\d{1,4}(?=\s|$)"  # glued to the last word of a line
    r"|(?<=\n)[ \t]*\d{1,4}(?=\s)"  # after a line end
)
_FEWEST = 3  # numbers in one margin


@dataclass(frozen=True, slots=True)
class Cut:
    """Hold a number taken out of a quote, what the quote has before it without such numbers, and where it stands."""

    number: int
    before: str
    begins: bool  # at the beginning of its line, not at the end


def without_margin(quote: str, known: frozenset[int]) -> tuple[str, tuple[Cut, ...]]:
    """Return a quote without what may be line numbers, and these."""
    parts: list[str] = []
    cuts: list[Cut] = []
    at = 0
    for match in _AT_LINE_END.finditer(quote):
        if int(match[0]) in known:
            parts.append(quote[at : match.start()])
            at = match.end()
            cuts.append(Cut(int(match[0]), "".join(parts), quote.startswith("\n", match.start() - 1)))
    return "".join([*parts, quote[at:]]), tuple(cuts)


class Margins:
    """Hold the line numbers in the margins of a paper's pages; a paper without pages has none."""

    def __init__(self, pages: Sequence[Page] = ()) -> None:
        self._pages = pages

    @cached_property
    def numbers(self) -> dict[int, dict[int, int]]:
        """Return, of each page that has line numbers, these with their first glyphs."""
        return {page.number: found for page in self._pages if (found := margin_numbers(page))}

    @cached_property
    def known(self) -> frozenset[int]:
        """Return all line numbers of the paper."""
        return frozenset(number for page in self.numbers.values() for number in page)

    def beside(self, cut: Cut, letters: Sequence[tuple[int, int]]) -> bool:
        """Tell whether a number taken out of a quote stands in the margin of the line that it ends or begins.

        `letters` is page and offset of each letter of the quote without its cuts.
        """
        at = len(normal(cut.before)) - (not cut.begins)
        if not 0 <= at < len(letters):
            return False
        page = self._pages[letters[at][0] - 1]
        return cut.number == number_beside(page, glyph_of(page, letters[at][1]), self.numbers.get(page.number, {}))


def margin_numbers(page: Page) -> dict[int, int]:
    """Return the line numbers in a page's margins, each with its first glyph."""
    found: dict[int, int] = {}
    for region in page.regions:
        if region.label != "furniture":
            continue
        words = list(re.finditer(r"\S+", page.text[region.start : region.end]))
        if len(words) >= _FEWEST and all(word[0].isdecimal() and len(word[0]) <= 4 for word in words):
            found.update({int(word[0]): glyph_of(page, region.start + word.start()) for word in words})
    return found


def glyph_of(page: Page, offset: int) -> int:
    """Return the glyph of a character of a page's text, -1 for one that was put in."""
    return next((glyph + offset - at for at, glyph, length in page.glyphs if at <= offset < at + length), -1)


def number_beside(page: Page, glyph: int, margin: Mapping[int, int]) -> int:
    """Return the margin's number on the line of a glyph, -1 for none.

    PDFium puts two characters of its own between lines, but none after a hyphen: of several numbers the one before the
    glyph counts where the margin is on the left, else the one after it.
    """
    start, end = _line(page, glyph)
    inside = sorted((at, number) for number, at in margin.items() if start <= at < end)
    if glyph < 0 or not inside:
        return -1
    if inside[0][0] == start:
        return max((number for number in inside if number[0] <= glyph), default=(0, -1))[1]
    return min((number for number in inside if number[0] >= glyph), default=(0, -1))[1]


def _line(page: Page, glyph: int) -> tuple[int, int]:
    """Return the first glyph of a glyph's line and the one after its last."""
    first = last = -9
    for start, stop in sorted((first, first + length) for _, first, length in page.glyphs):
        if start - last > 1:
            if first <= glyph < last:
                break
            first = start
        last = max(last, stop)
    return first, last
