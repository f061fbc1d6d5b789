"""Read TeX's symbol fonts where a PDF does not say what their glyphs are: CMSY and CMEX by their own encoding.

Such a font shows letters and digits of ASCII where it draws symbols (⟨ as h, ∞ as 1, ∑ as X). Source of the
encodings: D. E. Knuth, Computer Modern Typefaces, Computers & Typesetting E (the tables of cmsy10 and cmex10).
"""

from __future__ import annotations

import re

_CMSY = str.maketrans(
    {
        "0": "′", "1": "∞", "2": "∈", "3": "∋", "4": "△", "5": "▽", "8": "∀", "9": "∃", ":": "¬", ";": "∅",
        ">": "⊤", "?": "⊥", "/": "∝", "!": "→", "[": "∪", "\\": "∩", "]": "⊎", "^": "∧", "_": "∨",
        "b": "⌊", "c": "⌋", "d": "⌈", "e": "⌉", "f": "{", "g": "}", "h": "⟨", "i": "⟩", "j": "|", "k": "∥",
        "l": "↕", "m": "⇕", "n": "\\", "o": "≀", "p": "√", "q": "⨿", "r": "∇", "s": "∫", "t": "⊔", "u": "⊓",
        "v": "⊑", "w": "⊒", "x": "§", "y": "†", "z": "‡",
        "\x0c": "⊗", "\x0d": "⊘", "\x0e": "⊙", "\x10": "≍", "\x11": "≡", "\x12": "⊆", "\x13": "⊇", "\x14": "≤",
        "\x15": "≥", "\x18": "∼", "\x19": "≈", "\x1a": "⊂", "\x1b": "⊃", "\x1c": "≪", "\x1d": "≫",
    }
)  # fmt: skip
_CMEX = str.maketrans(
    {
        "P": "∑", "X": "∑", "Q": "∏", "Y": "∏", "R": "∫", "Z": "∫", "S": "⋃", "[": "⋃", "T": "⋂", "\\": "⋂",
        "L": "⨁", "M": "⨁", "N": "⨂", "O": "⨂", "J": "⨀", "K": "⨀", "V": "⋀", "^": "⋀", "W": "⋁", "_": "⋁",
        "p": "√", "q": "√", "r": "√", "s": "√", "b": "\u0302", "c": "\u0302", "d": "\u0302", "e": "\u0303",
        "f": "\u0303", "g": "\u0303", "`": "∐", "a": "∐", "h": "[", "i": "]", "j": "⌊", "k": "⌋", "l": "⌈",
        "m": "⌉", "n": "{", "o": "}", "D": "⟨", "E": "⟩",
        "\x00": "(", "\x01": ")", "\x02": "[", "\x03": "]", "\x08": "{", "\x09": "}", "\x0c": "|", "\x0d": "∥",
        "\x10": "(", "\x11": ")", "\x12": "(", "\x13": ")", "\x14": "[", "\x15": "]", "\x1a": "{", "\x1b": "}",
        "\x1c": "⟨", "\x1d": "⟩", " ": "(", "!": ")", '"': "[", "#": "]", "(": "{", ")": "}",
    }
)  # fmt: skip
_SYMBOLS = re.compile(r"(?:^|\+)(?:CMSY|LMSY|cmsy)\d", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:^|\+)(?:CMEX|LMEX|cmex)\d", re.IGNORECASE)


def table_of(font: str) -> dict[int, str] | None:
    """Return what to read for the characters of a font, None for a font that needs no help."""
    if _SYMBOLS.search(font):
        return _CMSY
    return _CMEX if _EXTENSION.search(font) else None
