"""Bring a text into normal form: its letters and digits alone, in small letters.

What makers and readers of PDFs change is left out or folded: blanks, hyphens, quotation marks, accents, ligatures,
letter case. Not handled here: what the marks between the letters say (`quote_signs`).
"""

from __future__ import annotations

import re
import unicodedata

_SPELT = str.maketrans(
    {"ǫ": "ε", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "∆": "δ"}
)
LIGATURES = re.compile("ffi|ffl|ff|fi|fl")


class _Letters(dict[int, str | None]):
    """Give each character its plain letters, worked out when it is first met; None takes it out of a text."""

    def __missing__(self, code: int) -> str | None:
        folded = unicodedata.normalize("NFKD", chr(code).casefold().translate(_SPELT)).casefold()
        kept = "".join(letter for letter in folded if letter.isalnum() and unicodedata.category(letter) != "Lm")
        self[code] = kept or None
        return self[code]


_TABLE = _Letters()


def normal(text: str) -> str:
    """Return a text's letters and digits in normal form."""
    return text.translate(_TABLE)


def offsets(text: str) -> list[int]:
    """Return for each letter of a text's normal form where it stands in the text."""
    return [at for at, char in enumerate(text) for _ in normal(char)]


def without_ligatures(letters: str) -> str:
    """Return letters without ff, fi, fl: fonts often lose these."""
    return LIGATURES.sub("", letters)
