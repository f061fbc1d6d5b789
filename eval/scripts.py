"""Tell the scripts of a text apart, by the names that Unicode gives to letters."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

LATIN = "LATIN"
_UNSPACED = frozenset("CJK HIRAGANA KATAKANA THAI LAO KHMER MYANMAR TIBETAN BOPOMOFO".split())
_TOGETHER = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "BOPOMOFO": "CJK", "HALFWIDTH": "CJK", "FULLWIDTH": LATIN}
_SAMPLED = 2000  # characters that tell a text's script


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """Return the script of a letter, nothing for other characters."""
    name = unicodedata.name(char, "").split(" ")[0].split("-")[0] if char.isalpha() else ""
    return "" if name in ("MODIFIER", "MATHEMATICAL") else name


def unspaced(char: str) -> bool:
    """Tell whether a letter is of a script that writes no blanks between words."""
    return char > "\u0e00" and script(char) in _UNSPACED


@lru_cache(maxsize=512)
def main_script(text: str) -> str:
    """Return the script of most letters of a text, those written together taken as one; nothing without letters."""
    counts = Counter(_TOGETHER.get(name, name) for char in text[:_SAMPLED] if (name := script(char)))
    return counts.most_common(1)[0][0] if counts else ""
