"""Tell whether a text carries the key facts of a case: figures, names and key words, in groups of alternatives.

An alternative is found without regard to case, forms of letters, hyphens, carets of powers and commas of thousands;
numbers and words of up to three letters as a whole, longer words also with other endings. Not handled: a fact that is
denied, or told in words that no alternative foresees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

Groups = tuple[tuple[str, ...], ...]
"""Groups of alternatives: a text carries a group when it holds one alternative of it."""

WHOLE = 3  # so short a word stands for itself alone ("no"); a longer one for its endings too ("normaliz")
_HYPHENS = re.compile(r"[\u00ad\u2010-\u2015\u2212]")


def carries(groups: Groups, text: str) -> bool:
    """Tell whether a text holds one alternative of every group; no groups are carried by nothing."""
    return bool(groups) and carried(groups, text) == len(groups)


def carried(groups: Groups, text: str) -> int:
    """Return how many groups have an alternative that a text holds."""
    readings = _readings(text)
    return sum(any(_holds(readings, one) for one in group) for group in groups)


def touches(groups: Groups, text: str) -> bool:
    """Tell whether a text holds any alternative of any group."""
    return carried(groups, text) > 0


def _holds(readings: Sequence[str], alternative: str) -> bool:
    return any(_pattern(alternative).search(text) for text in readings)


def _readings(text: str) -> tuple[str, str]:
    """Return a text with hyphens inside words left out ("pre-training": pretraining), and with all of them as blanks.

    Case, forms of letters, carets of powers and commas of thousands are folded.
    """
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text).casefold()).replace("^", "")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)
    return tuple(  # type: ignore[return-value]
        re.sub(r"\s+", " ", once.replace("-", " "))
        for once in (re.sub(r"(?<=[^\W\d])-\s?(?=[^\W\d])", "", plain), plain)
    )


@cache
def _pattern(alternative: str) -> re.Pattern[str]:
    """Return the pattern of an alternative: whole numbers, whole short words, beginnings of longer words."""
    plain = _readings(alternative)[1].strip()
    before = r"(?<![^\W_])(?<!\d[.,])" if plain[0].isalnum() else ""
    after = ""
    if plain[-1].isdigit():
        after = r"(?!\d|[.,]\d)"
    elif plain[-1].isalpha() and len(plain) <= WHOLE:
        after = r"s?(?![^\W_])"  # "TPU" is in "TPUs", "no" is not in "not"
    return re.compile(before + r"\s*".join(re.escape(part) for part in plain.split()) + after)
