"""Read how text is painted, and tell which colours a person can tell apart."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import lru_cache

from rag.reading.glyphs.pdfium import Calls, Pointer, pointer

TINY = 1.6  # points: smaller letters cannot be read on paper
SAME = 0.06  # of full scale, summed over three colours: less cannot be told apart
RATIO = 1.25  # WCAG's contrast: 4.5 is asked of text, 3 of large text; 1.25 is a grey of .9 on white
HUE = 0.5  # of full scale, in one colour: two hues this far apart are seen whatever their luminance
_OPAQUE = 0.95
_INVISIBLE = (3, 7)  # PDF render modes: neither fill nor stroke; clip only
_OUTLINED = (1, 5)  # stroke only

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)

_colour = (ctypes.c_uint * 4)()
_colour_parts = [pointer(ctypes.addressof(_colour) + 4 * index) for index in range(4)]
_colour_values = memoryview(_colour).cast("B").cast("I")
_colour_bytes = memoryview(_colour).cast("B")

Ink = tuple[int, bytes]  # render mode; red, green, blue, opacity as C ints, nothing for patterns


def ink_of(calls: Calls) -> Callable[[Pointer], Ink]:
    """Return what tells how a text object is painted: the same for most of a page, so only told apart here."""
    mode, fill, stroke = (
        calls.quick_FPDFTextObj_GetTextRenderMode,
        calls.quick_FPDFPageObj_GetFillColor,
        calls.quick_FPDFPageObj_GetStrokeColor,
    )
    red, green, blue, alpha = _colour_parts

    def ink(item: Pointer) -> Ink:
        how = mode(item)
        colour = stroke if how in _OUTLINED else fill
        return how, _colour_bytes.tobytes() if colour(item, red, green, blue, alpha) else b""

    return ink


def fill_colour(calls: Calls, item: Pointer) -> tuple[Colour | None, float]:
    """Return an object's fill colour (None for patterns) and opacity, 0 to 1."""
    return _read(_colour_values) if calls.quick_FPDFPageObj_GetFillColor(item, *_colour_parts) else (None, 1.0)


def stroke_opacity(calls: Calls, item: Pointer) -> float:
    """Return the opacity of an object's lines."""
    return _read(_colour_values)[1] if calls.quick_FPDFPageObj_GetStrokeColor(item, *_colour_parts) else 1.0


def _read(values: Sequence[int]) -> tuple[Colour, float]:
    red, green, blue, alpha = values
    return (red / 255, green / 255, blue / 255), alpha / 255


def hidden_reason(painted: Ink, size: float) -> tuple[str, Colour | None, float]:
    """Say why text of an ink cannot be seen wherever it stands (empty: it can), and give its colour and opacity.

    `size` is that of its letters in points, 0 where they are squeezed to a hair.
    """
    mode, values = painted
    if mode in _INVISIBLE:
        return "invisible render mode", None, 1.0
    colour, opacity = _read(memoryview(values).cast("I")) if values else (None, 1.0)
    if opacity < 0.05:
        return "transparent", None, opacity
    if size < TINY:
        return "tiny", None, opacity
    return "", colour, 1.0 if opacity > _OPAQUE else opacity


def same_colour(one: Colour, other: Colour) -> bool:
    """Tell whether two colours cannot be told apart."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1]) + abs(one[2] - other[2]) < 3 * SAME


@lru_cache(4096)
def alike(one: Colour, other: Colour) -> bool:
    """Tell whether letters of one colour cannot be read on the other: pale grey or pale yellow on white."""
    if max(abs(one[0] - other[0]), abs(one[1] - other[1]), abs(one[2] - other[2])) >= HUE:
        return False
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05) < RATIO or same_colour(one, other)


def _luminance(colour: Colour) -> float:
    """Return the relative luminance, 0 to 1, of a colour in sRGB (WCAG 2.2)."""
    red, green, blue = map(linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(value: float) -> float:
    """Return the light that a value of sRGB stands for."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def mixed(colour: Colour, opacity: float, under: Colour) -> Colour:
    """Return what a colour makes of the one under it."""
    if opacity == 1.0:
        return colour
    red, green, blue = (opacity * ours + (1 - opacity) * theirs for ours, theirs in zip(colour, under, strict=True))
    return red, green, blue
