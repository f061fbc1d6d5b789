"""Find what a paper abbreviates, so that a question in full words meets a sentence in short ones, and vice versa.

An abbreviation is introduced once, "black hole (BH)", and stands alone from then on. Not handled: abbreviations that
are no initials of the words before them, and those that a paper never introduces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rag.language.words import words

REMEMBERED = 1 << 16  # sentences whose abbreviations are kept: those of some forty papers
_INTRODUCED = re.compile(r" \(([A-Z][A-Za-z]{0,6}[A-Z])s?\)")
_WORD = re.compile(r"[A-Za-z][\w’']*")

Abbreviations = Mapping[str, frozenset[str]]
"""Map the stem of a short form to the stems of its long form."""


def abbreviations(texts: Iterable[str]) -> Abbreviations:
    """Return the abbreviations that these sentences introduce, the first long form of each."""
    found: dict[str, frozenset[str]] = {}
    for text in texts:
        for short, long in _introduced(text):
            found.setdefault(short, long)
    return found


@lru_cache(REMEMBERED)
def _introduced(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the short forms in parentheses whose letters begin the words before them."""
    found = []
    for match in _INTRODUCED.finditer(text) if "(" in text else ():
        short = match[1]
        long = _WORD.findall(text[: match.start()].replace("-", " "))[-len(short) :]
        stem = words(short)  # none for "IT" or "US", which are words of every text
        if stem and [word[0].upper() for word in long] == list(short.upper()):
            found.append((stem[0], frozenset(words(" ".join(long)))))
    return tuple(found)


def spelled_out(stems: frozenset[str], known: Abbreviations) -> frozenset[str]:
    """Return the stems of a text with those of the other form, long or short, of what it abbreviates or spells out."""
    said = stems
    for short, long in known.items():
        if short in stems:
            said |= long
        elif long <= stems:
            said |= {short}
    return said
