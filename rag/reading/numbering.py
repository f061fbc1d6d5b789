"""Take the margin's line numbers out of a quote: copied text has them at the ends or beginnings of its lines.

Only numbers that the page does print in its margin are taken out, in rising order; whatever is left has to stand in the
paper letter for letter. Not handled here: finding that place (`locate`).
"""

from __future__ import annotations

import re
from itertools import pairwise

from rag.types import Page

_AT_LINE_END = re.compile(
    r"(?<![\w.,])\d{1,4}[ \t]*(?=\n)"  # before a line end
    r"|(?<=[^\W\d_])\d{1,4}(?=\s|$)|(?<=[a-z][-.,;:)])\d{1,4}(?=\s|$)"  # glued to the last word of a line
    r"|(?<=\n)[ \t]*\d{1,4}(?=\s)"  # after a line end
)
_FEWEST = 3  # numbers in one margin


def margin_numbers(page: Page) -> frozenset[int]:
    """Return the line numbers in a page's margins."""
    found: set[int] = set()
    for region in page.regions:
        if region.label == "furniture":
            words = page.text[region.start : region.end].split()
            if len(words) >= _FEWEST and all(word.isdecimal() and len(word) <= 4 for word in words):
                found.update(map(int, words))
    return frozenset(found)


def without_margin(quote: str, known: frozenset[int]) -> tuple[str, tuple[int, ...]]:
    """Return a quote without the line numbers in it, and these; the quote as it is when they do not rise."""
    gone: list[int] = []

    def take(match: re.Match[str]) -> str:
        number = int(match[0])
        if number not in known:
            return match[0]
        gone.append(number)
        return ""

    bare = _AT_LINE_END.sub(take, quote)
    return (bare, tuple(gone)) if all(one < other for one, other in pairwise(gone)) else (quote, ())
