"""Write a page's blocks as clean text: repaired characters, rejoined words, a label for every stretch.

Every character keeps the number of the glyph it came from. Not handled here: which blocks there are and in which
order (`blocks`), which words are written with a hyphen (`rag.language`), sentences (`paragraphs`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product

from rag.language import HYPHENS, Vocabulary, goes_on_unspaced
from rag.papers import SOFT_HYPHEN, Page, Region
from rag.reading.sheet import LINE_HYPHEN, UNKNOWN, Block, Line, Sheet, Word

_SMALL, _HIGH = 0.87, 0.12  # of a line's size: what is smaller, and stands so much above the baseline, is raised
_DROPPED = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\x02\x00")
_UNKNOWN_GLYPH = re.compile(r"[\x00\x01\x03-\x1f\ufffd]")
_WITH_UNKNOWN = re.compile(r"[^\W\d_]*(?:[\x00\x01\x03-\x1f\ufffd][^\W\d_]*)+")
_PAIRS = ("fi", "ff", "fl", "ffi", "ffl")
_MOST_UNKNOWN = 3  # glyphs of a word: more are no ligatures
_COMPOUND = re.compile(r"[(\"“‘']*(?:[^\W\d_]|[\x0b\x0c\x0e\x0f\x1b-\x1f'’-])+[.,;:!?)\"”’\x02]*")
_LIGATURES = {"\x0b": "ff", "\x0c": "fi", "\x0e": "ffi", "\x0f": "ffl"} | dict(  # TeX's two text encodings, OT1 and T1
    zip("\x1b\x1c\x1d\x1e\x1f", ("ff", "fi", "fl", "ffi", "ffl"), strict=True)
)
_EXPONENT = re.compile(r"^[−–+-]?\d[\d./]*$|^[A-Za-z]$|^[−–+-][A-Za-z]$")
_TAKES_EXPONENT = re.compile(r"[0-9)\]]$|(?:^|[^A-Za-z])[A-Za-zα-ωΑ-Ω\u2102-\u2124]{1,2}$")  # number, bracket, symbol
_DIRTY = re.compile(
    "[\x00-\x1f\x7f-\xa0\u00ad\u0300-\u036f\u2000-\u200d\u202f\u2060\ufeff\ufb00-\ufb06\ufffd\ue000-\uf8ff\U0001d400-\U0001d7ff]"
)
_PRIVATE = dict(  # Adobe's pieces of tall brackets; the bullets of Symbol and Wingdings
    zip(map(chr, range(0xF8EB, 0xF8FF)), "⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭", strict=True)
) | {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓"}


@dataclass(frozen=True, slots=True)
class Written:
    """Hold a page, where each block and each line of tables stands in it, and which stretches are raised marks."""

    page: Page
    places: tuple[tuple[int, int], ...]
    raised: tuple[tuple[int, int], ...]
    lines: Mapping[int, tuple[tuple[int, int], ...]]


def write_page(
    sheet: Sheet, blocks: Sequence[Block], vocabulary: Vocabulary, follows: Mapping[int, str] | None = None
) -> Written:
    """Write a page. `follows` gives, for blocks that end within a word, the text with which it goes on."""
    writer = _Writer(sheet, vocabulary)
    regions: list[Region] = []
    places: list[tuple[int, int]] = []
    lines: dict[int, tuple[tuple[int, int], ...]] = {}
    for index, block in enumerate(blocks):
        if writer.length:
            writer.add("\n", None)
        start = writer.length
        inner = []
        for number, line in enumerate(block.lines):
            if number:
                writer.join(line.text)
            before = writer.length
            if not writer.write_whole(line):
                writer.write_words(line)
            inner.append((before, writer.length))
        if block.label == "table":
            lines[index] = tuple(inner)
        if follows and index in follows:
            writer.end_within_word(follows[index])
        places.append((start, writer.length))
        if writer.length > start:
            regions.append(Region(start, writer.length, block.label))
    page = Page(
        number=sheet.number,
        text="".join(writer.parts),
        regions=tuple(regions),
        glyphs=() if sheet.placeless else tuple(writer.glyphs),
        width=round(sheet.width, 2),
        height=round(sheet.height, 2),
        flags=sheet.flags,
    )
    return Written(page, tuple(places), tuple(writer.raised), lines)


class _Writer:
    """Gather a page's text and the glyph each character came from."""

    def __init__(self, sheet: Sheet, vocabulary: Vocabulary) -> None:
        self.sheet, self.vocabulary = sheet, vocabulary
        self.parts: list[str] = []
        self.length = 0
        self.glyphs: list[tuple[int, int, int]] = []
        self.raised: list[tuple[int, int]] = []

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

    def write_whole(self, line: Line) -> bool:
        """Write a line at once where the page's characters are its text and nothing in it needs a repair."""
        first, last = line.words[0], line.words[-1]
        raw = self.sheet.glyphs[first.start : last.end]
        broken = raw.endswith(LINE_HYPHEN)
        if raw != line.text or _is_dirty(raw[:-1] if broken else raw):
            return False
        if [word for word in line.words if word.size != line.size] or self.is_repaired(first, last):
            return False
        self.add(raw[:-1] + "-" if broken else raw, first.start)
        return True

    def write_words(self, line: Line) -> None:
        """Write a line word by word: raised figures after a number or symbol become exponents, 10^3."""
        small, high = _SMALL * line.size, line.base - _HIGH * line.size
        first = line.words[0]
        for number, word in enumerate(line.words):
            begin, end, _, _, base, size, _, glued, _ = word
            if word is not first and not glued:
                self.add(" ", None)
            raw = self.sheet.glyphs[begin:end]
            raised = size < small and base < high
            if raised and word is not first and glued and _TAKES_EXPONENT.search(self.last(3)):
                whole = self.raised_from(number, line, small, high)  # a minus sign is a word of its own: 10, −, 8
                if _EXPONENT.match(raw) or _EXPONENT.match(whole):
                    self.add("^", None)
            start = self.length
            if _is_dirty(raw) or self.is_repaired(word, word):
                self.write_repaired(word)
            else:
                self.add(raw, begin)
            if raised:
                self.raised.append((start, self.length))

    def raised_from(self, number: int, line: Line, small: float, high: float) -> str:
        """Return the raised words that follow one another without a blank, from the numbered one of a line."""
        run = [line.words[number]]
        for word in line.words[number + 1 :]:
            if not word.glued or word.size >= small or word.base >= high:
                break
            run.append(word)
        return "".join(self.sheet.glyphs[word.start : word.end] for word in run)

    def is_repaired(self, first: Word, last: Word) -> bool:
        """Tell whether a glyph from the first to the last word is to be read as something else."""
        repairs = self.sheet.repairs
        return bool(repairs) and not repairs.keys().isdisjoint(range(first.start, last.end))

    def write_repaired(self, word: Word) -> None:
        """Write a word glyph by glyph: accents on their letters, ligatures spelt out, no signs that nobody sees."""
        text = self.sheet.glyphs[word.start : word.end]
        ligatures = {} if word.style.math else ligatures_of(text, self.vocabulary)
        for index in range(word.start, word.end):
            char = self.sheet.glyphs[index]
            if index in self.sheet.repairs:
                self.add(self.sheet.repairs[index], index, 1)
            elif index - word.start in ligatures:
                self.add(ligatures[index - word.start], index, 1)
            elif unicodedata.combining(char) and self.parts and self.parts[-1]:
                composed = unicodedata.normalize("NFC", self.parts[-1][-1] + char)
                if len(composed) == 1:
                    self.parts[-1] = self.parts[-1][:-1] + composed
                else:
                    self.add(char, index)
            elif char == LINE_HYPHEN or (char == SOFT_HYPHEN and index == word.end - 1):
                self.add("-", index)
            elif char not in _DROPPED:
                self.add(clean_character(char), index, 1)

    def join(self, following: str) -> None:
        """Go on with the next line: after a blank, or within a word that is put together again."""
        before = self.before_hyphen()
        if not before:
            self.add("" if goes_on_unspaced(self.last(1), following) else " ", None)
        elif not self.vocabulary.keeps_hyphen(before, following):
            while not self.parts[-1]:
                self.parts.pop()
            self.parts[-1] = self.parts[-1][:-1]
            self.length -= 1
            start, glyph, run = self.glyphs.pop()
            run = min(run, self.length - start)
            if run:
                self.glyphs.append((start, glyph, run))

    def end_within_word(self, following: str) -> None:
        """End a block within a word: a soft hyphen says so, after the true hyphen or in place of the line's."""
        before = self.before_hyphen()
        if before and self.vocabulary.keeps_hyphen(before, following):
            self.add(SOFT_HYPHEN, None)
        elif before:
            self.parts[-1] = self.parts[-1][:-1] + SOFT_HYPHEN
        elif goes_on_unspaced(self.last(1), following):
            self.add(SOFT_HYPHEN, None)

    def before_hyphen(self) -> str:
        """Return the text before a hyphen that a word ends with; empty where none does."""
        end = self.parts[-1][-1:] if self.parts else ""
        if end and end not in HYPHENS:  # most lines
            return ""
        before = self.last()
        return before[:-1] if len(before) > 1 and before[-1] in HYPHENS and before[-2].isalnum() else ""


def ligatures_of(raw: str, vocabulary: Vocabulary) -> Mapping[int, str]:
    """Return the ligatures to read at the places of a word whose glyphs have no known character.

    "con?gure" is read as configure whatever the code of its fi, since no other ligature makes a word. "?at" may be flat
    or fiat: it is read by its code, if that is TeX's for one of them, and stays unknown otherwise.
    """
    found: dict[int, str] = {}
    for run in _WITH_UNKNOWN.finditer(raw):
        places = [place for place in range(*run.span()) if _UNKNOWN_GLYPH.match(raw[place])]
        named = tuple([_LIGATURES.get(raw[place], "") for place in places])
        known = readings(run[0], vocabulary) if 0 < len(places) <= _MOST_UNKNOWN else []
        coded = all(named) and (named in known or (not known and sum(map(str.isalpha, run[0])) > 1))
        if coded and (known or _COMPOUND.fullmatch(raw)):
            found |= zip(places, named, strict=True)
        elif len(known) == 1:
            found |= zip(places, known[0], strict=True)
    return found


def readings(run: str, vocabulary: Vocabulary) -> list[tuple[str, ...]]:
    """Return the ligatures that make a known word of a run of letters and unknown glyphs, for each glyph one."""
    parts = _UNKNOWN_GLYPH.split(run.lower())
    if not any(parts):
        return []

    def spelt(pairs: tuple[str, ...]) -> str:
        return "".join(chain.from_iterable(zip(parts, (*pairs, ""), strict=True)))

    return [pairs for pairs in product(_PAIRS, repeat=len(parts) - 1) if vocabulary.knows(spelt(pairs))]


def _is_dirty(raw: str) -> bool:
    """Tell whether some character may not stand in a page's text as it is."""
    return not (raw.isascii() and raw.isprintable()) and _DIRTY.search(raw) is not None


def clean_character(char: str) -> str:
    """Return the plain form of one character: ligatures and mathematical letters spelt out, controls unknown.

    A private code means what Adobe's glyph list says: old-style figures, small capitals, parts of brackets.
    """
    if char < "\x7f":
        return char if char >= " " else UNKNOWN
    if "\ufb00" <= char <= "\ufb06" or "\U0001d400" <= char <= "\U0001d7ff":
        return unicodedata.normalize("NFKC", char)
    code = ord(char)
    if 0xF730 <= code <= 0xF739 or 0xF761 <= code <= 0xF77A or 0xF7E0 <= code <= 0xF7FE:
        return chr(code - 0xF700)
    if "\ue000" <= char <= "\uf8ff":
        return _PRIVATE.get(char, UNKNOWN)
    return UNKNOWN if unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs") else char
