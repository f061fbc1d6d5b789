"""Tell whether a claim has anything to do with its quotes, in whatever language both are.

Words are compared by their beginnings, in scripts without blanks by pairs of characters; numbers and short names count.
Claim and quotes in two languages share few words even where the one tells the other: then nothing can be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from .scripts import unspaced
from .words import STOP, as_latin

LEAST = 4  # words of content of a claim that can be told to be beside its quotes
APART = 0.15  # of them in the quotes, below which it is; set on judged claims: `eval/benchmarks/README.md`
_BEGINNING = 4  # letters of a word that are compared: the rest is inflection
_SMALL = 5  # letters of a word that tells of the language
_ENGLISH = frozenset(  # small words that no other language in Latin letters has
    "the and are were been with from that which this these their than its has have into while using".split()
)
_GERMAN = frozenset(  # small words of which none is English
    "der das dem ein eine einen einem einer und ist sind wird nicht auf für mit zur zum bei aus nach über".split()
)
_OPENS_GERMAN = re.compile(r"\W*Die [^\W\d_a-z]")  # no English claim tells something to die
_SHORT, _FEWEST, _MOSTLY = 3, 2, 0.75  # letters of words of which English has few; how many tell, and which share
_RUN = re.compile(r"[^\W_]+")


@lru_cache(maxsize=16384)
def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", as_latin(text.replace("\u00ad", "")))
    return "".join(char for char in folded if not unicodedata.category(char).startswith("M"))


@lru_cache(maxsize=16384)
def _content(text: str) -> frozenset[str]:
    """Return the beginnings of a text's words of content, pairs of characters, numbers, and names in capitals."""
    found: set[str] = set()
    for match in _RUN.finditer(_plain(text)):
        word = match[0].casefold()
        if unspaced(word[0]):
            found.update(word[at : at + 2] for at in range(len(word) - 1))
        elif word[0].isdigit() or match[0].isupper() or (len(word) >= _BEGINNING and word not in STOP):
            found.add(word[:_BEGINNING] if word.isalpha() else word)
    return frozenset(found)


def unrelated(claim: str, quotes: Sequence[str]) -> bool:
    """Tell whether a claim shares next to no word with any of its quotes."""
    shared = share(claim, quotes)
    return shared is not None and shared < APART


def share(claim: str, quotes: Sequence[str]) -> float | None:
    """Return the share of a claim's words of content that its quotes hold; None for too few words to tell."""
    mine = _content(claim)
    theirs: frozenset[str] = frozenset().union(*map(_content, quotes))
    return len(mine & theirs) / len(mine) if len(mine) >= LEAST and theirs else None


def comparable(claim: str, quotes: Sequence[str]) -> bool:
    """Tell whether a claim and its quotes are in one language, as far as the small words of both tell."""
    mine, theirs = _small(claim), _small(" ".join(quotes))
    english = [_is_english(words) for words in (mine, theirs)]
    return all(english) or (not any(english) and bool(mine & theirs))


def capitals_are_common(text: str) -> bool:
    """Tell whether a text is German, as far as its small words tell: all its nouns bear capitals, no names alone."""
    small = _small(text)
    return bool(small & _GERMAN or _OPENS_GERMAN.match(text)) and not small & _ENGLISH


def _is_english(small: frozenset[str]) -> bool:
    short = {word for word in small if len(word) <= _SHORT}
    return bool(small & _ENGLISH) or (len(short) >= _FEWEST and len(short & STOP) >= _MOSTLY * len(short))


def _small(text: str) -> frozenset[str]:
    """Return the short words of a text, names and units left out, and the characters of scripts without blanks."""
    found: set[str] = set()
    for match in _RUN.finditer(_plain(text)):
        word = match[0].casefold()
        if unspaced(word[0]):
            found.update(word)
        elif len(word) <= _SMALL and match[0] in (word, word.capitalize()) and match[0].isalpha():
            found.add(word)
    return frozenset(found)
