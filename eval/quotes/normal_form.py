"""Bring a text into normal form: its letters and digits alone, in small letters.

What makers and readers of PDFs change is left out or folded: blanks, hyphens, quotation marks, accents, ligatures,
letter case. Not handled here: what the marks between the letters say (`signs`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_SPELT = str.maketrans(
    {"ǫ": "ε", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "∆": "δ"}
)
LIGATURES = re.compile("ffi|ffl|ff|fi|fl")


@cache
def plain_letters(char: str) -> str:
    """Return the plain letters and digits of one character: case, accents and ligatures folded."""
    folded = unicodedata.normalize("NFKD", char.casefold().translate(_SPELT)).casefold()
    return "".join(letter for letter in folded if letter.isalnum() and unicodedata.category(letter) != "Lm")


def normal(text: str) -> str:
    """Return a text's letters and digits in normal form."""
    return "".join(map(plain_letters, text))


def without_ligatures(letters: str) -> str:
    """Return letters without ff, fi, fl: fonts often lose these."""
    return LIGATURES.sub("", letters)
