"""Tell from a font's name what it looks like: bold, italic, mathematical, of one width."""

from __future__ import annotations

import ctypes
import re
from functools import lru_cache

from rag.reading.glyphs.pdfium import Calls
from rag.reading.glyphs.sheet import Style

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
