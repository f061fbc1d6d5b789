"""Tell what a page's fonts show: how they look, what symbols TeX's own encodings mean, where lone accents belong.

TeX's mathematical fonts show letters and digits of ASCII where they draw symbols (⟨ as h, ∞ as 1, ∑ as X), and a PDF
need not say which. Source of the encodings: D. E. Knuth, Computer Modern Typefaces, Computers & Typesetting E (the
tables of cmsy10, cmex10 and cmmi10), and the American Mathematical Society's amssymb.sty for msam10; txfonts and
pxfonts keep to them. Codes that are blanks and line ends to PDFium are lost. TeX also draws accents as glyphs of their
own, before the letters they stand over.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from rag.reading.glyphs.pdfium import Calls
from rag.reading.sheet import Box, Style, Word

_BOLD = re.compile(
    r"bold|black|heavy|demi|(?:^|[+-])cm(?:b|ss?bx|csc.*b)|[-,]bd|medi(?!um.?ital)|nimbus.*medi|sfbx|[+]lmb|bx\d", re.I
)
_NAMED = re.compile(  # fonts whose names tell the weight: the widths of stems in their files are often wrong
    r"(?:^|[+])(?:cm|sf|ec|lm|msam|msbm|eufm)[a-z]{0,5}\d|regular|-regu|roman\d*(?:-regular)?$|-(?:book|light)", re.I
)
_ITALIC = re.compile(r"ital|obli|(?:^|[+])cm(?:ti|bxti|sl)|slant|sfti|reguital|mediital", re.I)
_MATH = re.compile(
    r"(?:^|[+])(?:cmm|cmsy|cmex|msam|msbm|eufm|rsfs|lmmath|mtsy|mtmi|txsy|pxsy|rtxmi|bbold|stix.*math|latinmodernmath|xits|newtxmi|esint|wasy|stmary)|math|symbol",
    re.I,
)
_MONO = re.compile(r"mono|cour|typewriter|(?:^|[+])cmtt|consol|sftt|inconsolata|nimbusmon|beramono", re.I)
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
        "m": "⌉", "n": "{", "o": "}", "D": "⟨", "E": "⟩", "H": "∮", "I": "∮", "0": "⎛", "1": "⎞", "2": "⎡", "3": "⎤",
        "4": "⎣", "5": "⎦", "6": "⎢", "7": "⎥", "8": "⎧", "9": "⎫", ":": "⎩", ";": "⎭", "<": "⎨", "=": "⎬", ">": "⎪",
        "@": "⎝", "A": "⎠", "B": "⎜", "C": "⎟", "\ufffd": "(",  # which is 0, and no character to PDFium
        "\x00": "(", "\x01": ")", "\x02": "[", "\x03": "]", "\x08": "{", "\x09": "}", "\x0c": "|", "\x0d": "∥",
        "\x04": "⌊", "\x05": "⌋", "\x06": "⌈", "\x07": "⌉", "\x0a": "⟨", "\x0b": "⟩", "\x0e": "/", "\x0f": "\\",
        "\x16": "⌊", "\x17": "⌋", "\x18": "⌈", "\x19": "⌉", "\x1e": "/", "\x1f": "\\", "$": "⌊", "%": "⌋",
        "&": "⌈", "'": "⌉", "*": "⟨", "+": "⟩", ",": "/", "-": "\\", ".": "/", "/": "\\",
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
_SYMBOLS = (
    (re.compile(r"(?:^|\+)(?:(?:CMSY|LMSY|LMMathSymbols)\d|[pt]xsys?(?![a-z]))", re.IGNORECASE), _CMSY),
    (re.compile(r"(?:^|\+)(?:CMEX|LMEX|LMMathExtension|[pt]xexs?)", re.IGNORECASE), _CMEX),
    (re.compile(r"(?:^|\+)(?:(?:CMMIB?|LMMI|LMMathItalic)\d|r[pt]xmi)", re.IGNORECASE), _CMMI),
    (re.compile(r"(?:^|\+)(?:MSAM\d|[pt]xsya)", re.IGNORECASE), _MSAM),
)
_COMBINING = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˘": "\u0306",
    "¯": "\u0304", "˙": "\u0307", "˚": "\u030a", "˝": "\u030b", "¸": "\u0327",
}  # fmt: skip
_ACCENT = re.compile("[´`¨ˆ˜ˇ˘¯˙˚˝¸]")
_DOTLESS = {"ı": "i", "ȷ": "j"}
MAX_ACCENTS = 500  # words with accents on a page: more are no accents but a font read wrongly


def read_style(call: Calls, font: int) -> Style:
    """Return the style of a font by its handle."""
    buffer = ctypes.create_string_buffer(256)
    call.FPDFFont_GetBaseFontName(font, ctypes.addressof(buffer), 256)
    return look(buffer.value.decode("utf-8", "replace"), call.FPDFFont_GetWeight(font) >= 600)


@lru_cache(4096)
def look(name: str, heavy: bool) -> Style:
    """Return the style of a font by its name; `heavy` is what its file says of its weight."""
    return Style(
        font=name,
        bold=bool(_BOLD.search(name)) or (heavy and not _NAMED.search(name)),
        italic=bool(_ITALIC.search(name)),
        math=bool(_MATH.search(name)),
        mono=bool(_MONO.search(name)),
    )


def symbols_of(font: str) -> dict[int, str] | None:
    """Return what to read for the characters of a font, None for a font that needs no help."""
    return next((table for pattern, table in _SYMBOLS if pattern.search(font)), None)


def read_symbols(glyphs: str, words: Sequence[Word], fonts: Iterable[str]) -> str:
    """Return a page's characters with those of TeX's symbol fonts read by the fonts' own encoding."""
    tables = {font: table for font in fonts if (table := symbols_of(font))}
    if not tables:
        return glyphs
    done, parts = 0, list[str]()
    for word in words:
        if word.style.font in tables:
            parts += glyphs[done : word.start], glyphs[word.start : word.end].translate(tables[word.style.font])
            done = word.end
    return "".join([*parts, glyphs[done:]])


def place_accents(
    glyphs: str, words: Sequence[Word], box_of: Callable[[int], Box]
) -> tuple[list[Word], dict[int, str]]:
    """Return the words without lone accents, and what to read at single glyphs instead ("" for nothing).

    An accent goes to the letter under its middle when the two make one character; others stay as they are.
    """
    if not _ACCENT.search(glyphs):
        return list(words), {}
    repairs: dict[int, str] = {}
    starts = [word.start for word in words]
    marked: set[int] = set()
    for match in _ACCENT.finditer(glyphs):
        index = match.start()
        number = bisect(starts, index) - 1
        if number < 0 or index >= words[number].end:  # not seen
            continue
        marked.add(number)
        if len(marked) > MAX_ACCENTS:
            break
        under = letter_under(glyphs, words, words[number], index, box_of)
        if under:
            repairs |= {under[0]: under[1], index: ""}
    return (without_lone_accents(words, repairs), repairs) if repairs else (list(words), repairs)


def letter_under(
    glyphs: str, words: Sequence[Word], mark: Word, accent: int, box_of: Callable[[int], Box]
) -> tuple[int, str] | None:
    """Return which glyph of the line stands under the middle of an accent, and the two as one character."""
    box = box_of(accent)
    middle, low, high = 0.5 * (box[0] + box[2]), mark.base - 0.6 * mark.size, mark.base + 0.6 * mark.size
    for word in [word for word in words if low <= word[4] <= high]:  # its baseline: the name takes twice the time
        if not word.left - 1 <= middle <= word.right + 1:
            continue
        for index in range(word.start, word.end):
            composed = compose(glyphs[index], glyphs[accent])
            if composed:
                left, _, right, _ = box_of(index)
                if left - 0.02 * word.size <= middle <= right + 0.02 * word.size:
                    return index, composed
    return None


def compose(letter: str, accent: str) -> str:
    """Return letter and accent as one character, empty when there is none."""
    if not letter.isalpha():
        return ""
    composed = unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + _COMBINING[accent])
    return composed if len(composed) == 1 else ""


def without_lone_accents(words: Sequence[Word], repairs: Mapping[int, str]) -> list[Word]:
    """Take out words that were lone accents, and the blanks they caused."""
    kept: list[Word] = []
    lone = False
    for word in words:
        if word.start in repairs and all(repairs.get(index) == "" for index in range(word.start, word.end)):
            lone = True
            continue
        if lone and kept and not word.breaks and abs(word.left - kept[-1].right) < 0.12 * word.size:
            word = word._replace(glued=True)
        kept.append(word)
        lone = False
    return kept
