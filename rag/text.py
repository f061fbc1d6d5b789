"""Write a page's blocks as clean text: repaired characters, rejoined words, a label for every stretch.

Every character keeps the number of the glyph it came from. Not handled here: which blocks there are and in which
order (`layout`, `labels`), sentences (`sentences`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from rag.sheet import LINE_HYPHEN, UNKNOWN, Block, Line, Sheet
from rag.types import SOFT_HYPHEN, Label, Page, Region

_HYPHENS = "-\u2010\u2011" + SOFT_HYPHEN + LINE_HYPHEN
_DROPPED = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\x02\x00")
_ACCENTS = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˘": "\u0306",
    "¯": "\u0304", "˙": "\u0307", "˚": "\u030a", "˝": "\u030b", "¸": "\u0327",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PREFIXES = frozenset(
    "anti auto bi co de dis down en ex fore hyper im in inter intra macro meta micro mis multi non out over para photo "
    "pre pro re semi spatio sub super tele trans ultra un under uni up".split()
)


@cache
def _english() -> frozenset[str]:
    """Return common English words (the alphabetic words of BERT's uncased vocabulary, Apache-2.0)."""
    return frozenset((Path(__file__).parent / "words.txt").read_text("utf-8").split())


class Vocabulary:
    """Know the words of a paper that no line end broke, to tell true hyphens from those of line ends."""

    def __init__(self) -> None:
        self.words: Counter[str] = Counter()

    def add(self, lines: Sequence[Line]) -> None:
        """Take in the words of lines; those next to a hyphen at a line's end are left out."""
        broken = False
        for line in lines:
            text = line.text.lower()
            words = _WORD.findall(text)
            if broken:
                words = words[1:]
            broken = text.endswith(tuple(_HYPHENS))
            if broken:
                words = words[:-1]
            for word in words:
                self.words[word] += 1
                if "-" in word:
                    self.words.update(word.split("-"))

    def keeps_hyphen(self, left: str, right: str) -> bool:
        """Tell whether `left-right`, broken after the hyphen, is written with it."""
        before = re.search(r"([\w'’]+)$", left)
        after = re.match(r"[\w'’]+", right)
        if not before or not after:
            return True
        first, second = before[0], after[0]
        if not first.isalpha() or not second.isalpha():
            return True
        joined, hyphened = self.words[(first + second).lower()], self.words[f"{first}-{second}".lower()]
        if joined or hyphened:
            return hyphened > joined
        if second[0].isupper() or (len(first) > 1 and first.isupper()):
            return True
        first, second = first.lower(), second.lower()
        if len(first) < 2 or len(second) < 3 or self._known(first + second):
            return len(first) < 2
        return first not in _PREFIXES and self._known(first) and self._known(second)

    def _known(self, word: str) -> bool:
        """Tell a word of the paper or of English, in its plain or an inflected form."""
        if self.words[word] or word in _english():
            return True
        if len(word) < 6:
            return False
        stems = [word[: -len(end)] for end in ("s", "es", "ed", "d", "ing", "ly", "er", "r", "al") if word.endswith(end)]
        return any(stem in _english() or stem + "e" in _english() for stem in stems if len(stem) > 3)


class _Writer:
    """Gather text and the glyph each character came from."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.glyphs: list[tuple[int, int, int]] = []

    def add(self, text: str, glyph: int | None, length: int | None = None) -> None:
        """Add characters of consecutive glyphs, or several characters of one glyph with `length` 1."""
        if not text:
            return
        if glyph is not None:
            count = len(text) if length is None else length
            start, first, run = self.glyphs[-1] if self.glyphs else (0, 0, 0)
            if run and start + run == self.length and first + run == glyph:
                self.glyphs[-1] = (start, first, run + count)
            else:
                self.glyphs.append((self.length, glyph, count))
        self.parts.append(text)
        self.length += len(text)

    def last(self, count: int = 40) -> str:
        """Return the end of the text."""
        text = ""
        for part in reversed(self.parts):
            text = part + text
            if len(text) >= count:
                break
        return text


def write_page(
    sheet: Sheet, blocks: Sequence[Block], vocabulary: Vocabulary, flags: tuple[str, ...] = ()
) -> tuple[Page, list[tuple[int, int]]]:
    """Return a page and where each block's text stands in it."""
    writer = _Writer()
    regions: list[Region] = []
    places: list[tuple[int, int]] = []
    for block in blocks:
        if writer.length:
            writer.add("\n", None)
        start = writer.length
        _write_block(writer, sheet, block, vocabulary)
        places.append((start, writer.length))
        if writer.length > start:
            regions.append(Region(start, writer.length, block.label))
    text = "".join(writer.parts)
    page = Page(
        sheet.number, text, _merged(regions), tuple(writer.glyphs), round(sheet.width, 2), round(sheet.height, 2), flags
    )
    return page, places


def _write_block(writer: _Writer, sheet: Sheet, block: Block, vocabulary: Vocabulary) -> None:
    for number, line in enumerate(block.lines):
        following = block.lines[number + 1] if number + 1 < len(block.lines) else None
        if number:
            _write_join(writer, line, vocabulary)
        _write_line(writer, sheet, line, hyphen=following is None)


def _write_line(writer: _Writer, sheet: Sheet, line: Line, hyphen: bool) -> None:
    first = True
    for word in line.words:
        if not first and not word.glued:
            writer.add(" ", None)
        first = False
        raw = sheet.glyphs[word.start : word.end]
        if raw.isascii() and raw.isprintable():
            writer.add(raw, word.start)
        else:
            _write_repaired(writer, raw, word.start, word is line.words[-1])


def _write_join(writer: _Writer, line: Line, vocabulary: Vocabulary) -> None:
    """Join the next line: a blank, or a word put together again."""
    before = writer.last()
    if len(before) < 2 or before[-1] not in _HYPHENS or not before[-2].isalnum():
        writer.add(" ", None)
        return
    if not vocabulary.keeps_hyphen(before[:-1], line.text):
        _drop_last(writer)
    elif before[-1] == SOFT_HYPHEN:
        writer.parts[-1] = writer.parts[-1][:-1] + "-"


def _drop_last(writer: _Writer) -> None:
    while writer.parts and not writer.parts[-1]:
        writer.parts.pop()
    writer.parts[-1] = writer.parts[-1][:-1]
    writer.length -= 1
    start, glyph, run = writer.glyphs[-1]
    if start + run > writer.length:
        if run == 1:
            writer.glyphs.pop()
        else:
            writer.glyphs[-1] = (start, glyph, run - 1)


def _write_repaired(writer: _Writer, raw: str, glyph: int, last: bool) -> None:
    index = 0
    while index < len(raw):
        char = raw[index]
        following = raw[index + 1 : index + 2]
        if char in _ACCENTS and following.isalpha():
            composed = unicodedata.normalize("NFC", following + _ACCENTS[char])
            if len(composed) == 1:
                writer.add(composed, glyph + index + 1)
                index += 2
                continue
        if unicodedata.combining(char) and writer.parts and writer.parts[-1]:
            composed = unicodedata.normalize("NFC", writer.parts[-1][-1] + char)
            if len(composed) == 1:
                writer.parts[-1] = writer.parts[-1][:-1] + composed
                index += 1
                continue
        if char == LINE_HYPHEN or (char == SOFT_HYPHEN and last and index == len(raw) - 1):
            writer.add("-", glyph + index)
        elif char not in _DROPPED:
            clean = clean_character(char)
            writer.add(clean, glyph + index, 1)
        index += 1


def clean_character(char: str) -> str:
    """Return the plain form of one character: ligatures and mathematical letters spelt out, controls unknown."""
    if char < "\x7f":
        return char if char >= " " else UNKNOWN
    if "\ufb00" <= char <= "\ufb06" or "\U0001d400" <= char <= "\U0001d7ff":
        return unicodedata.normalize("NFKC", char)
    if unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs"):
        return UNKNOWN
    return char


def _merged(regions: Sequence[Region]) -> tuple[Region, ...]:
    return tuple(regions)


def visible(text: str) -> str:
    """Return text without blanks, for counting what a page shows."""
    return "".join(text.split())


def evidence_label(label: Label) -> bool:
    """Tell whether text with this label may be cited."""
    return label in ("abstract", "body", "appendix", "caption", "footnote", "table")
