"""Put accents that TeX draws as glyphs of their own onto the letters they stand over."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Sequence

from rag.reading.glyphs.sheet import Box, Word

_COMBINING = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˘": "\u0306",
    "¯": "\u0304", "˙": "\u0307", "˚": "\u030a", "˝": "\u030b", "¸": "\u0327",
}  # fmt: skip
_ACCENT = re.compile("[´`¨ˆ˜ˇ˘¯˙˚˝¸]")
_PLAIN = {"ı": "i", "ȷ": "j"}
MAX_ACCENTS = 500  # words with accents on a page: more are no accents but a font read wrongly


def place_accents(
    glyphs: str, words: Sequence[Word], box_of: Callable[[int], Box]
) -> tuple[list[Word], dict[int, str]]:
    """Return the words without lone accents, and what to read at single glyphs instead ("" for nothing).

    An accent goes to the letter under its middle when the two make one character; others stay as they are.
    """
    if not _ACCENT.search(glyphs):
        return list(words), {}
    repairs: dict[int, str] = {}
    starts = [word.start for word in words]
    marked: set[int] = set()
    for match in _ACCENT.finditer(glyphs):
        index = match.start()
        number = bisect(starts, index) - 1
        if number < 0 or index >= words[number].end:  # not seen
            continue
        marked.add(number)
        if len(marked) > MAX_ACCENTS:
            break
        found = _letter_under(glyphs, words, words[number], box_of(index), match[0], box_of)
        if found:
            repairs[found[0]] = found[1]
            repairs[index] = ""
    return (_closed(words, repairs), repairs) if repairs else (list(words), repairs)


def _letter_under(
    glyphs: str, words: Sequence[Word], mark: Word, box: Box, accent: str, box_of: Callable[[int], Box]
) -> tuple[int, str] | None:
    middle, low, high = 0.5 * (box[0] + box[2]), mark.base - 0.6 * mark.size, mark.base + 0.6 * mark.size
    for word in [word for word in words if low <= word[4] <= high]:  # its baseline: the name takes twice the time
        if not word.left - 1 <= middle <= word.right + 1:
            continue
        for index in range(word.start, word.end):
            composed = compose(glyphs[index], accent)
            if composed:
                left, _, right, _ = box_of(index)
                if left - 0.02 * word.size <= middle <= right + 0.02 * word.size:
                    return index, composed
    return None


def compose(letter: str, accent: str) -> str:
    """Return letter and accent as one character, empty when there is none."""
    if not letter.isalpha():
        return ""
    composed = unicodedata.normalize("NFC", _PLAIN.get(letter, letter) + _COMBINING[accent])
    return composed if len(composed) == 1 else ""


def _closed(words: Sequence[Word], repairs: dict[int, str]) -> list[Word]:
    """Take out words that were lone accents, and the blanks they caused."""
    kept: list[Word] = []
    lone = False
    for word in words:
        if word.start in repairs and all(repairs.get(index) == "" for index in range(word.start, word.end)):
            lone = True
            continue
        if lone and kept and not word.breaks and abs(word.left - kept[-1].right) < 0.12 * word.size:
            word = word._replace(glued=True)
        kept.append(word)
        lone = False
    return kept
