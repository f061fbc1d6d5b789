"""Tell whether letters stand out from what is under them: by their colours, or by the picture of the page.

Colours decide for most words. Words in doubt are looked at: the page is rendered with these words and without them,
and a word is seen where its pixels stand out from what is there without it: most of the height and width of its small
letters, in some of the area. Words that lie upon each other are looked at one after the other, so that none is seen by
the letters of another. What cannot be looked at, because there is too much of it, counts as hidden: in real papers few
words are in doubt.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rag.reading.glyphs.pdfium import Calls, Pointer, pointer
from rag.reading.sheet import Box, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TINY = 1.6  # points: smaller letters cannot be read on paper
SAME = 0.06  # of full scale, summed over three colours: less cannot be told apart
RATIO = 1.25  # WCAG's contrast: 4.5 is asked of text, 3 of large text; 1.25 is a grey of .9 on white
HUE = 0.5  # of full scale, in one colour: two hues this far apart are seen whatever their luminance
_OPAQUE = 0.95
_INVISIBLE = (3, 7)  # PDF render modes: neither fill nor stroke; clip only
_OUTLINED = (1, 5)  # stroke only
_ROUGH, _CLOSE = 12.0, 28.0  # pixels of the smallest letters: as on a screen; their lines two pixels wide
_MOST_PIXELS = 500_000  # of one picture
_MOST_LOOKS = 80  # pictures of a page, each of them twice
_MOST_LAYERS = 4  # of words upon each other
_LEAST_SCALE, _MOST_SCALE = 0.5, 8.0  # pixels a point
_X_HEIGHT = 0.42  # of the size: at least as high are all letters, but for a few pixels
_ROWS, _COLUMNS, _AREA = 0.6, 0.4, 0.05  # of a word's small letters: how much has to stand out
_CELL = 4.0  # points
_GREY, _BGRX, _BYTES = 1, 3, 4  # kinds of pictures; of a coloured pixel

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


class Doubt(NamedTuple):
    """Hold a word that may be hidden, its text object and why."""

    word: Word
    item: int
    reason: str


def visible(calls: Calls, page: int, doubts: Sequence[Doubt], width: float, height: float) -> list[bool]:
    """Tell for each word whether it can be seen on a page of a size in points.

    A small picture in greys shows most words that are seen; the others are looked at more closely.
    """
    found = [False] * len(doubts)
    looks = 0
    for layer in layers_of(doubts):
        for closely in (False, True):
            left = [number for number in layer if not found[number]]
            for group, box, scale in groups_of(doubts, left, (0.0, 0.0, width, height), _CLOSE if closely else _ROUGH):
                looks += 1
                if looks > _MOST_LOOKS:
                    return found
                shown = standing_out(calls, page, {doubts[number].item for number in group}, box, scale, closely)
                for number in group:
                    found[number] = stands_out(shown, _letters(doubts[number].word), box, scale)
    return found


def layers_of(doubts: Sequence[Doubt]) -> list[list[int]]:
    """Return the words in layers, in each of which those of different text objects lie apart."""
    layers: list[list[int]] = [[] for _ in range(_MOST_LAYERS)]
    taken: list[dict[tuple[int, int], int]] = [{} for _ in range(_MOST_LAYERS)]
    for number, (word, item, _) in enumerate(doubts):
        left, top, right, bottom = _letters(word)
        cells = [
            (column, row)
            for column in range(int(left // _CELL), int(right // _CELL) + 1)
            for row in range(int(top // _CELL), int(bottom // _CELL) + 1)
        ]
        for layer, held in zip(layers, taken, strict=True):
            if all(held.get(cell, item) == item for cell in cells):
                held.update(dict.fromkeys(cells, item))
                layer.append(number)
                break
    return layers


def _letters(word: Word) -> Box:
    """Return where a word's small letters stand: left, top, right, bottom."""
    return word.left, word.base - _X_HEIGHT * word.size, word.right, word.base


def groups_of(
    doubts: Sequence[Doubt], numbers: Sequence[int], page: Box, em: float
) -> Iterator[tuple[list[int], Box, float]]:
    """Yield words that fit into one picture with its box and scale: so many pixels for the size of the smallest."""
    group: list[int] = []
    box, scale = page, 0.0
    for number in sorted(numbers, key=lambda number: doubts[number].word.base):
        word = doubts[number].word
        own = (word.left - 1, word.base - word.size, word.right + 1, word.base + 1)
        wanted = max(_LEAST_SCALE, min(_MOST_SCALE, em / max(word.size, 0.1)))
        joint, most = own, wanted
        if group:
            joint = min(box[0], own[0]), min(box[1], own[1]), max(box[2], own[2]), max(box[3], own[3])
            most = max(scale, wanted)
        if group and _area(joint) * most**2 > _MOST_PIXELS:
            yield group, box, scale
            group, joint, most = [], own, wanted
        group.append(number)
        box, scale = joint, min(most, (_MOST_PIXELS / _area(joint)) ** 0.5)
    if group:
        yield group, box, scale


def _area(box: Box) -> float:
    return max(1.0, (box[2] - box[0]) * (box[3] - box[1]))


def standing_out(calls: Calls, page: int, items: set[int], box: Box, scale: float, closely: bool) -> NDArray[np.bool_]:
    """Return which pixels of a part of the page stand out only because of some text objects."""
    import numpy as np  # seldom needed

    having = _picture(calls, page, box, scale, closely)
    for item in items:
        calls.FPDFPageObj_SetIsActive(item, 0)
    try:
        lacking = _picture(calls, page, box, scale, closely)
    finally:
        for item in items:
            calls.FPDFPageObj_SetIsActive(item, 1)
    found: NDArray[np.bool_] = (having != lacking).any(axis=2) if closely else having[:, :, 0] != lacking[:, :, 0]
    having, lacking = having[found], lacking[found]  # few pixels
    light = np.array([linear(value / 255) for value in range(256)], np.float32)
    weights = np.array([0.0722, 0.7152, 0.2126] if closely else [1.0], np.float32)  # of blue, green, red
    one, other = light[having] @ weights + 0.05, light[lacking] @ weights + 0.05
    differ = np.maximum(one, other) >= RATIO * np.minimum(one, other)
    if closely:
        differ |= np.abs(having.astype(np.int16) - lacking).max(axis=1) >= HUE * 255
    found[found] = differ
    return found


def _picture(calls: Calls, page: int, box: Box, scale: float, coloured: bool) -> NDArray[np.uint8]:
    """Render a part of a page, in blue, green and red or in greys."""
    import numpy as np

    left, top, right, bottom = box
    width, height = max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale))
    pixels = np.full((height, width, _BYTES if coloured else 1), 255, np.uint8)
    kind, stride = (_BGRX, _BYTES * width) if coloured else (_GREY, width)
    bitmap = calls.FPDFBitmap_CreateEx(width, height, kind, pixels.ctypes.data, stride)
    matrix = (ctypes.c_float * 6)(scale, 0, 0, scale, -left * scale, -top * scale)
    clip = (ctypes.c_float * 4)(0, 0, width, height)
    try:
        calls.FPDF_RenderPageBitmapWithMatrix(bitmap, page, ctypes.addressof(matrix), ctypes.addressof(clip), 0)
    finally:
        calls.FPDFBitmap_Destroy(bitmap)
    return pixels[:, :, :3]


def stands_out(shown: NDArray[np.bool_], letters: Box, box: Box, scale: float) -> bool:
    """Tell whether enough of a word's small letters stands out."""
    left, top, right, bottom = (
        int(scale * (place - start)) for place, start in zip(letters, (*box[:2], *box[:2]), strict=True)
    )
    part = shown[max(0, top) : bottom + 1, max(0, left) : right + 1]
    if not part.size:
        return False
    rows, columns = part.any(axis=1).mean(), part.any(axis=0).mean()
    return bool(rows >= _ROWS and columns >= _COLUMNS and part.mean() >= _AREA)
