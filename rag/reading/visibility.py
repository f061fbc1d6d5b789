"""Tell which text of a page a person can see.

Text is hidden by its render mode, by no opacity, by being tiny, by the colour of what lies under it, by something
painted over it, by a clipping path that leaves nothing of it, or by lying off the page. Text objects are judged once.
Not handled here: optional layers and soft masks, which real papers use for figures, and the shape of clipping paths.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.reading.clips import NOTHING, Clips, common, inside, meets
from rag.reading.pdfium import Calls, Pointer, pointer
from rag.reading.sheet import Box

TINY = 1.6  # points: smaller letters cannot be read on paper
_CONTRAST = 0.06  # of full scale, summed over three colours: less cannot be told apart
_MAX_OBJECTS = 8_000  # per page: beyond that the page is a plot, whose marks are not looked at, but its text is
_MOST_LOOKED = 200_000  # objects, those of forms counted each time they are drawn
_MAX_DEPTH = 6  # of forms within forms
_BAND = 16.0  # points: about a line, so that few marks are looked at for a word
_SMALL = 4.0  # points: a smaller mark hides no word
_LARGE = 50.0  # points: how much is seen of a narrower mark makes no difference
_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5
_INVISIBLE = (3, 7)  # PDF render modes: neither fill nor stroke; clip only
_OUTLINED = (1, 5)  # stroke only

Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Paint:
    """Hold something painted on the page: its place in painting order, its box, its colour (None: many)."""

    order: int
    box: Box
    colour: Colour | None
    covers: bool = True  # nothing under it can be seen


class Canvas:
    """Know what a page paints, in order; boxes have their origin at the bottom left, as in the file."""

    def __init__(self, calls: Calls, page: int) -> None:
        self.calls = calls
        self.order: dict[int, int] = {}
        self.clips = Clips(calls)
        self.clipped: dict[int, Box] = {}  # by order: what can be seen of text that a clip cuts
        self.paints: list[Paint] = []
        self.images: list[Box] = []
        self.complete = True
        self._looked = 0
        self._texts = False
        sides = (ctypes.c_float * 4)()
        self._sides = memoryview(sides).cast("B").cast("f")
        self._pointers = [pointer(ctypes.addressof(sides) + 4 * index) for index in range(4)]
        self._matrix = (ctypes.c_float * 6)()
        count = calls.FPDFPage_CountObjects(page)
        self._walk(pointer(page), calls.quick_FPDFPage_GetObject, count, None, None, 0)
        self.last = self.paints[-1].order if self.paints else -1  # what comes before may lie under it
        self.colours = {paint.colour for paint in self.paints if paint.colour is not None}
        self.reach = _union([paint.box for paint in self.paints])
        self._bands: dict[float, list[Paint]] = {}

    def _walk(
        self, parent: int | Pointer, get: Any, count: int, matrix: Matrix | None, clip: Box | None, depth: int
    ) -> None:
        """Take in the objects of the page or of a form, of which nothing outside of `clip` is seen."""
        calls, order, kind_of = self.calls, self.order, self.calls.quick_FPDFPageObj_GetType
        path_of, paths_in = self.clips.path_of, self.clips.count
        for index in range(count):
            number = len(order)
            self._looked += 1
            if self._looked > _MOST_LOOKED:
                self.complete = False
                return
            item = get(parent, index)
            handle = pointer(item)
            kind = kind_of(handle)
            if number >= _MAX_OBJECTS and kind not in (_TEXT, _FORM):
                self.complete = False
                continue
            order[item] = number
            if kind == _TEXT:
                self._texts = True
                if clip or paths_in(pointer(path_of(handle))) > 0:
                    self._clip_text(item, matrix, clip, number)
            elif kind == _PATH:
                self._add_path(item, matrix, clip, number)
            elif kind == _IMAGE:
                box = self._seen(item, matrix, clip)
                self.images.append(box)
                self.paints.append(Paint(number, box, None, covers=not calls.FPDFPageObj_HasTransparency(item)))
            elif kind == _SHADING:
                self.paints.append(Paint(number, self._seen(item, matrix, clip), None, covers=False))
            elif kind == _FORM and depth < _MAX_DEPTH:
                inner = _product(self._own_matrix(item), matrix)
                within = self._clip(item, matrix, clip)
                parts = calls.FPDFFormObj_CountObjects(item)
                self._walk(item, calls.FPDFFormObj_GetObject, parts, inner, within, depth + 1)

    def _clip(self, item: int, matrix: Matrix | None, clip: Box | None) -> Box | None:
        """Return what an object's clip and that of the form around it leave, None for everything."""
        if self.clips.count(pointer(self.clips.path_of(pointer(item)))) <= 0:
            return clip
        own = self.clips.box(item)
        return clip if own is None else common(clip, _moved(own, matrix))

    def _clip_text(self, item: int, matrix: Matrix | None, clip: Box | None, number: int) -> None:
        left = self._clip(item, matrix, clip)
        if left and not inside(self._box(item, matrix), left):
            self.clipped[number] = left

    def _seen(self, item: int, matrix: Matrix | None, clip: Box | None) -> Box:
        """Return the box of what an object's clips leave of it."""
        box, left = self._box(item, matrix), self._clip(item, matrix, clip)
        return common(left, box)

    def _own_matrix(self, item: int) -> Matrix:
        self.calls.FPDFPageObj_GetMatrix(item, ctypes.addressof(self._matrix))
        a, b, c, d, e, f = self._matrix
        return a, b, c, d, e, f

    def _add_path(self, item: int, matrix: Matrix | None, clip: Box | None, number: int) -> None:
        box = self._box(item, matrix)
        if box[2] - box[0] < _SMALL or box[3] - box[1] < _SMALL:
            return
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        self.calls.FPDFPath_GetDrawMode(item, ctypes.addressof(mode), ctypes.addressof(stroke))
        if not mode.value or self.calls.FPDFPageObj_HasTransparency(item):
            return
        colour, opacity = fill_colour(self.calls, pointer(item))
        ground = (
            not self._texts and not self.paints and colour is not None and same_colour(colour, WHITE)
        )  # as white as the paper
        if opacity > 0.95 and not ground:
            if box[2] - box[0] > _LARGE:
                box = self._seen(item, matrix, clip)
            self.paints.append(Paint(number, box, colour, covers=colour is not None))

    def _box(self, item: int, matrix: Matrix | None) -> Box:
        self.calls.quick_FPDFPageObj_GetBounds(pointer(item), *self._pointers)
        left, bottom, right, top = self._sides
        return (left, bottom, right, top) if matrix is None else _moved((left, bottom, right, top), matrix)

    def risky(self, colour: Colour | None) -> bool:
        """Tell whether text of a colour might be hidden by what the page paints under it."""
        if colour is None:
            return False
        if same_colour(colour, WHITE):
            return True
        return any(same_colour(colour, other) for other in self.colours)

    def lost(self, order: int, colour: Colour | None, box: Box) -> str:
        """Say why text at a box cannot be seen: what lies under it has its colour, or something lies over it."""
        ours, over = self.reach, False
        if order in self.clipped and not meets(self.clipped[order], box):
            return "clipped away"
        under: Colour | None = WHITE
        if ours and box[0] < ours[2] and box[2] > ours[0] and box[1] < ours[3] and box[3] > ours[1]:
            x, y = 0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])
            for paint in self.near(y):
                left, bottom, right, top = paint.box
                if not (left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1):
                    continue  # a box that holds the whole word holds its middle
                if paint.order < order:
                    under = paint.colour
                elif paint.covers and _holds(paint.box, *box):
                    over = True
        if colour and under and same_colour(colour, under):
            return "same colour as its background"
        return "covered" if over else ""

    def near(self, y: float) -> list[Paint]:
        """Return what is painted about a height, in order: pages with plots paint thousands of marks."""
        band = y // _BAND
        if band not in self._bands:
            low, high = band * _BAND - 1, (band + 1) * _BAND + 1
            self._bands[band] = [paint for paint in self.paints if paint.box[1] <= high and paint.box[3] >= low]
        return self._bands[band]

    def scanned(self, area: float) -> bool:
        """Tell whether one picture fills most of the page."""
        return any((right - left) * (top - bottom) > 0.7 * area for left, bottom, right, top in self.images)


def _moved(box: Box, matrix: Matrix | None) -> Box:
    """Return the box around a form's box on the page."""
    if matrix is None or box == NOTHING:
        return box
    a, b, c, d, e, f = matrix
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(up), max(across), max(up)


def _union(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _holds(box: Box, left: float, bottom: float, right: float, top: float) -> bool:
    return box[0] - 1 <= left and right <= box[2] + 1 and box[1] - 1 <= bottom and top <= box[3] + 1


def _product(m: Matrix, n: Matrix | None) -> Matrix:
    if n is None:
        return m
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


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


def _read(values: Sequence[int]) -> tuple[Colour, float]:
    red, green, blue, alpha = values
    return (red / 255, green / 255, blue / 255), alpha / 255


def hidden_reason(painted: Ink, size: float) -> tuple[str, Colour | None]:
    """Say why text of an ink cannot be seen wherever it stands (empty: it can), and give its fill colour."""
    mode, values = painted
    if mode in _INVISIBLE:
        return "invisible render mode", None
    colour, opacity = _read(memoryview(values).cast("I")) if values else (None, 1.0)
    if opacity < 0.05:
        return "transparent", None
    if size < TINY:
        return "tiny", None
    return "", colour


def same_colour(one: Colour, other: Colour) -> bool:
    """Tell whether two colours cannot be told apart."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1]) + abs(one[2] - other[2]) < 3 * _CONTRAST
