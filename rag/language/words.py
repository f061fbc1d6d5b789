"""Cut text into the words that keyword search compares: lower case, accents folded, stemmed, stop words left out.

British and American spellings meet (`spelling`).
The stemmer is Snowball's English one (Porter, 2001). Not handled: other languages, whose words pass unstemmed
or slightly wrong, alike in question and passage.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from rag.language.spelling import american

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"[a-z]+|[0-9]+")
_GREEK = re.compile("[\u03b1-\u03c9]")

STOP_WORDS = frozenset(
    "a about above after again all also although am among an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had has have having he "
    "her here hers him his how i if in into is it its itself just like made make many may me might more most much "
    "must my no nor not now of off often on once one only onto or other our out over own per same she should since "
    "so some such than that the their them then there these they this those through thus to too under until up upon "
    "us use used uses using very via was we were what when where whether which while who whom whose why will with "
    "within without would yet you your".split()
)


def words(text: str) -> list[str]:
    """Return the words of a text in order, each as its stem; stop words and lone letters are left out.

    A word of letters and digits is followed by its parts, so that `IL6`, `IL-6` and `IL 6` meet; Greek letters
    are spelled out.
    """
    return [_stem(word) for found in _WORD.findall(_plain(text)) for word in _forms(found) if _counts(word)]


def surface(text: str) -> list[tuple[str, str]]:
    """Return (word as written, stem) pairs, for telling a person which words were not found."""
    pairs = [(word, _plain(word).strip()) for word in _WORD.findall(text)]
    return [(word, _stem(plain)) for word, plain in pairs if _counts(plain) and plain.isalnum()]


def _plain(text: str) -> str:
    """Fold accents and case, spell out Greek letters."""
    if text.isascii():
        return text.lower()
    spelled = _GREEK.sub(_spelled, unicodedata.normalize("NFKD", text.lower()))
    return spelled.encode("ascii", "ignore").decode()


def _spelled(letter: re.Match[str]) -> str:
    return f" {unicodedata.name(letter[0]).split()[-1].lower()} "


def _counts(word: str) -> bool:
    return word not in STOP_WORDS and (len(word) > 1 or word.isdigit())


def _forms(word: str) -> list[str]:
    if word.isalpha() or word.isdigit():
        return [word]
    return [word, *_PART.findall(word)]


def overlap(of: Iterable[str], within: Iterable[str]) -> float:
    """Return the share of distinct words of one text that stand in another; 0 for a text without words."""
    wanted = set(of)
    return len(wanted & set(within)) / len(wanted) if wanted else 0.0


@cache
def _stemmer() -> Any:
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    stemmer.maxCacheSize = 0  # `_stem` remembers
    return stemmer


@lru_cache(1 << 17)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(american(word)))
