"""Read TeX's mathematical fonts where a PDF does not say what their glyphs are: by the fonts' own encodings.

Such a font shows letters and digits of ASCII where it draws symbols (⟨ as h, ∞ as 1, ∑ as X). Source of the
encodings: D. E. Knuth, Computer Modern Typefaces, Computers & Typesetting E (the tables of cmsy10, cmex10 and cmmi10),
and the American Mathematical Society's amssymb.sty for msam10; txfonts and pxfonts keep to them. Codes that are blanks
and line ends to PDFium are lost.
"""

from __future__ import annotations

import re

_CMSY = str.maketrans(
    {
        "0": "′", "1": "∞", "2": "∈", "3": "∋", "4": "△", "5": "▽", "8": "∀", "9": "∃", ":": "¬", ";": "∅",
        ">": "⊤", "?": "⊥", "/": "∝", "!": "→", "[": "∪", "\\": "∩", "]": "⊎", "^": "∧", "_": "∨",
        "b": "⌊", "c": "⌋", "d": "⌈", "e": "⌉", "f": "{", "g": "}", "h": "⟨", "i": "⟩", "j": "|", "k": "∥",
        "l": "↕", "m": "⇕", "n": "\\", "o": "≀", "p": "√", "q": "⨿", "r": "∇", "s": "∫", "t": "⊔", "u": "⊓",
        "v": "⊑", "w": "⊒", "x": "§", "y": "†", "z": "‡", "`": "⊢", "a": "⊣",
        "\x01": "·", "\x03": "∗", "\x04": "÷", "\x05": "⋄", "\x06": "±", "\x07": "∓", "\x08": "⊕", "\x0b": "⊘",
        "\x0c": "⊙", "\x0e": "◦", "\x0f": "•", "\x10": "≍", "\x11": "≡", "\x12": "⊆", "\x13": "⊇", "\x14": "≤",
        "\x15": "≥", "\x16": "≼", "\x17": "≽", "\x18": "∼", "\x19": "≈", "\x1a": "⊂", "\x1b": "⊃", "\x1c": "≪",
        "\x1d": "≫", "\x1e": "≺", "\x1f": "≻",
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
_CMMI = str.maketrans({"`": "ℓ", "\x0f": "ϵ", "ǫ": "ϵ"})
_MSAM = str.maketrans(
    {
        "&": "≳", ".": "≲", "6": "⩽", ">": "⩾", "5": "≦", "=": "≧", "'": "⪆", "/": "⪅", ",": "≜", ")": "∴", "X": "✓",
        "F": "★", "\x03": "□", "\x04": "■", "\x06": "◊", "\x07": "⧫",
    }
)  # fmt: skip
_TABLES = (
    (re.compile(r"(?:^|\+)(?:(?:CMSY|LMSY|LMMathSymbols)\d|[pt]xsys?(?![a-z]))", re.IGNORECASE), _CMSY),
    (re.compile(r"(?:^|\+)(?:CMEX|LMEX|LMMathExtension|[pt]xexs?)", re.IGNORECASE), _CMEX),
    (re.compile(r"(?:^|\+)(?:(?:CMMIB?|LMMI|LMMathItalic)\d|r[pt]xmi)", re.IGNORECASE), _CMMI),
    (re.compile(r"(?:^|\+)(?:MSAM\d|[pt]xsya)", re.IGNORECASE), _MSAM),
)


def table_of(font: str) -> dict[int, str] | None:
    """Return what to read for the characters of a font, None for a font that needs no help."""
    return next((table for pattern, table in _TABLES if pattern.search(font)), None)
