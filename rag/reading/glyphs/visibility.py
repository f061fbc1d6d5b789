"""Tell which text of a page a person can see.

Text is hidden by its render mode, by no opacity, by being tiny, by the colour of what lies under it, by something
painted over it, by a clipping path that leaves nothing of it, or by lying off the page. Text objects are judged once.
Where boxes and colours leave a doubt, `contrast` looks at the picture of the page: pale letters, shapes of clipping
paths, much painted over a word in pieces. Not handled here: optional layers and soft masks, which real papers use for
figures.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rag.reading.glyphs.contrast import WHITE, Colour, alike, fill_colour, mixed, same_colour, stroke_opacity
from rag.reading.glyphs.occlusion import NOTHING, ROW, Clip, Clips, Covers, Mark, both, common, inside
from rag.reading.glyphs.pdfium import Calls, Pointer, pointer
from rag.reading.sheet import Box, new_tuple

_MAX_OBJECTS = 8_000  # per page: beyond that the page is a plot, whose marks are not looked at, but its text is
_MOST_LOOKED = 200_000  # objects, those of forms counted each time they are drawn
_MOST_STEPS = 5_000_000  # paints looked at for the words of a page; then its picture has to tell what is seen
_MAX_DEPTH = 6  # of forms within forms
_SMALL = 4.0  # points: a smaller mark hides no word by itself
_SEEN = 0.5  # of a word: with less, it may be hidden
_MOST_COLOURS = 100  # painted on a page: with more, any text may have the colour of what is under it
_THICK = 4.0  # times the width of a line: something that narrow is all line
_MAX_SEGMENTS = 400  # of one path: a shape with more is taken to fill its box
_LARGE = 50.0  # points: how much is seen of a narrower mark makes no difference
_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5

Matrix = tuple[float, float, float, float, float, float]
CLIPPED, COVERED, UNTOLD = "clipped away", "covered", "same colour as its background"


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
        self.clipped: dict[int, Clip] = {}  # by order: what can be seen of text that a clip cuts
        self.paints: list[Paint] = []
        self.images: list[Box] = []
        self._marks: list[Mark] = []  # what is painted after some text
        self._looked = 0
        self._steps = 0
        self._texts = False
        sides = (ctypes.c_float * 4)()
        self._sides = memoryview(sides).cast("B").cast("f")
        self._pointers = [pointer(ctypes.addressof(sides) + 4 * index) for index in range(4)]
        self._matrix = (ctypes.c_float * 6)()
        count = calls.FPDFPage_CountObjects(page)
        self._walk(pointer(page), calls.quick_FPDFPage_GetObject, count, None, None, 0)
        self.covers = Covers(self._marks, self.parts)
        last_paint = self.paints[-1].order if self.paints else -1
        self.last = max(last_paint, self.covers.last)  # what comes before may lie under it
        self.colours = {paint.colour for paint in self.paints if paint.colour is not None}
        self.reach: Box | None = None  # around all that is painted
        if self.paints:
            lefts, bottoms, rights, tops = zip(*[paint.box for paint in self.paints], strict=True)
            self.reach = min(lefts), min(bottoms), max(rights), max(tops)
        self._bands: dict[float, list[Paint]] = {}
        self._extents: dict[float, tuple[float, float]] = {}
        self._risky: dict[Colour, bool] = {}
        self.quiet: dict[float, int] = {}  # bands known to hide no text after a place in painting order

    def _walk(
        self, parent: int | Pointer, get: Any, count: int, matrix: Matrix | None, clip: Clip | None, depth: int
    ) -> None:
        """Take in the objects of the page or of a form, of which nothing outside of `clip` is seen."""
        calls, order, kind_of = self.calls, self.order, self.calls.quick_FPDFPageObj_GetType
        path_of, paths_in = self.clips.path_of, self.clips.count
        for index in range(count):
            number = len(order)
            self._looked += 1
            if self._looked > _MOST_LOOKED:
                return
            item = get(parent, index)
            handle = pointer(item)
            kind = kind_of(handle)
            if number >= _MAX_OBJECTS and kind not in (_TEXT, _FORM):
                continue
            order[item] = number
            if kind == _TEXT:
                self._texts = True
                if clip or paths_in(pointer(path_of(handle))) > 0:
                    left = self._clip(item, matrix, clip)
                    if left and not (left.whole and inside(self._box(item, matrix), left.box)):
                        self.clipped[number] = left
            elif kind == _PATH:
                self._add_path(item, matrix, clip, number)
            elif kind in (_IMAGE, _SHADING):
                box = self._seen(item, matrix, clip, self._box(item, matrix))
                if self._texts:
                    self._mark(number, box, kind, item, matrix, clip)
                if kind == _IMAGE:
                    self.images.append(box)
                solid = kind == _IMAGE and not calls.FPDFPageObj_HasTransparency(item)
                self.paints.append(Paint(number, box, None, covers=solid))
            elif kind == _FORM and depth < _MAX_DEPTH:
                inner = _product(self._own_matrix(item), matrix)
                within = self._clip(item, matrix, clip)
                parts = calls.FPDFFormObj_CountObjects(item)
                self._walk(item, calls.FPDFFormObj_GetObject, parts, inner, within, depth + 1)

    def _clip(self, item: int, matrix: Matrix | None, clip: Clip | None) -> Clip | None:
        """Return what an object's clip and that of the form around it leave, None for everything."""
        if self.clips.count(pointer(self.clips.path_of(pointer(item)))) <= 0:
            return clip
        own = self.clips.of(item)
        if own is None:
            return clip
        straight = matrix is None or (matrix[1] == matrix[2] == 0) or (matrix[0] == matrix[3] == 0)
        return both(
            clip, Clip(_moved(own.box, matrix), own.whole and straight)
        )  # a rectangle of a straight form is one

    def _seen(self, item: int, matrix: Matrix | None, clip: Clip | None, box: Box) -> Box:
        """Return what an object's clips leave of its box."""
        left = self._clip(item, matrix, clip)
        return common(left.box, box) if left else box

    def _own_matrix(self, item: int) -> Matrix:
        self.calls.FPDFPageObj_GetMatrix(item, ctypes.addressof(self._matrix))
        a, b, c, d, e, f = self._matrix
        return a, b, c, d, e, f

    def _add_path(self, item: int, matrix: Matrix | None, clip: Clip | None, number: int) -> None:
        box = seen = self._box(item, matrix)
        wide = box[2] - box[0] > _LARGE
        if self._texts:
            seen = self._seen(item, matrix, clip, box) if wide else box
            self._mark(number, seen, _PATH, item, matrix, clip)
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
            if wide and not self._texts:
                seen = self._seen(item, matrix, clip, box)
            self.paints.append(Paint(number, seen, colour, covers=colour is not None))

    def _mark(self, number: int, box: Box, kind: int, item: int, matrix: Matrix | None, clip: Clip | None) -> None:
        """Remember what may lie over text, if its box has an area (and no NaN)."""
        if box[0] < box[2] and box[1] < box[3]:
            self._marks.append(new_tuple(Mark, (number, box, (kind, item, matrix, clip))))

    def parts(self, mark: Mark) -> Sequence[Box]:
        """Return the boxes of what a mark paints: all of it, or the pieces of a line."""
        kind, item, matrix, clip = mark.shape
        if kind != _PATH:
            return [mark.box]
        seen = self._seen(item, matrix, clip, mark.box)
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        self.calls.FPDFPath_GetDrawMode(item, ctypes.addressof(mode), ctypes.addressof(stroke))
        if mode.value and fill_colour(self.calls, pointer(item))[1] > _SEEN:
            return [seen]
        if not stroke.value or stroke_opacity(self.calls, pointer(item)) <= _SEEN:
            return ()
        return [common(seen, piece) for piece in self._pieces(item, matrix, seen)]

    def _pieces(self, item: int, matrix: Matrix | None, box: Box) -> list[Box]:
        """Return the boxes of the pieces of a line, as thick as it is."""
        calls, own = self.calls, _product(self._own_matrix(item), matrix)
        calls.FPDFPageObj_GetStrokeWidth(item, ctypes.addressof(self._matrix))
        half = max(0.5, 0.5 * self._matrix[0] * max(math.hypot(*own[:2]), math.hypot(*own[2:4])))
        count = calls.FPDFPath_CountSegments(item)
        if min(box[2] - box[0], box[3] - box[1]) < _THICK * half or not 0 < count <= _MAX_SEGMENTS:
            return [box]
        points = []
        for number in range(count):
            segment = calls.FPDFPath_GetPathSegment(item, number)
            calls.FPDFPathSegment_GetPoint(segment, ctypes.addressof(self._matrix), ctypes.addressof(self._matrix) + 4)
            x, y = self._matrix[:2]
            points.append((x * own[0] + y * own[2] + own[4], x * own[1] + y * own[3] + own[5]))
        return [
            (min(x, u) - half, min(y, v) - half, max(x, u) + half, max(y, v) + half)
            for (x, y), (u, v) in pairwise(points)
        ]

    def _box(self, item: int, matrix: Matrix | None) -> Box:
        self.calls.quick_FPDFPageObj_GetBounds(pointer(item), *self._pointers)
        left, bottom, right, top = self._sides
        return (left, bottom, right, top) if matrix is None else _moved((left, bottom, right, top), matrix)

    def risky(self, colour: Colour | None) -> bool:
        """Tell whether text of a colour might be hidden by what the page paints under it."""
        if colour is None:
            return False
        known = self._risky.get(colour)
        if known is None:
            many = len(self.colours) > _MOST_COLOURS
            known = many or alike(colour, WHITE) or any(alike(colour, other) for other in self.colours)
            self._risky[colour] = known
        return known

    def lost(self, order: int, colour: Colour | None, opacity: float, box: Box) -> tuple[str, bool]:
        """Say why text at a box may not be seen, empty when it is, and whether that is sure.

        What lies under it has its colour, something lies over it, or a clipping path leaves little of it.
        """
        doubt = ""
        if order in self.clipped:
            left = common(self.clipped[order].box, box)
            if left == NOTHING:
                return CLIPPED, True
            across, up = (left[2] - left[0]) / (box[2] - box[0] or 1), (left[3] - left[1]) / (box[3] - box[1] or 1)
            doubt = CLIPPED if min(across, up) < _SEEN or not self.clipped[order].whole else ""
        if self._steps > _MOST_STEPS:
            return doubt or COVERED, False
        under, over = self._around(order, box)
        if colour and under:
            ink = colour if opacity == 1 else mixed(colour, opacity, under)
            if alike(ink, under):
                if opacity == 1 and same_colour(ink, under):
                    return UNTOLD, True
                doubt = UNTOLD
        if over:
            return COVERED, True
        if not doubt and self.covers.share(order, box) > _SEEN:
            doubt = COVERED
        return doubt, False

    def _around(self, order: int, box: Box) -> tuple[Colour | None, bool]:
        """Return the colour of what lies under text at a box (None: many), and whether something lies over all of it.

        A box that holds the whole word holds its middle.
        """
        ours, over = self.reach, False
        under: Colour | None = WHITE
        if ours and box[0] < ours[2] and box[2] > ours[0] and box[1] < ours[3] and box[3] > ours[1]:
            x, y = 0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])
            near = self.near(y)
            self._steps += len(near)
            for paint in near:
                left, bottom, right, top = paint.box
                if not (left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1):
                    continue
                if paint.order < order:
                    under = paint.colour
                elif paint.covers and inside(box, (left - 1, bottom - 1, right + 1, top + 1)):
                    over = True
        return under, over

    def busy(self, order: int, left: float, right: float, y: float, half: float) -> bool:
        """Tell whether what may hide text of a place in painting order is between two edges about a height.

        `half` is half of the text's height.
        """
        band = y // ROW
        paints = self.near(y)
        if paints:
            if band not in self._extents:  # between which edges it is painted
                edges = [(paint.box[0], paint.box[2]) for paint in paints]
                self._extents[band] = min([left for left, _ in edges]) - 1, max([right for _, right in edges]) + 1
            first, last = self._extents[band]
            if not (first > right or last < left):  # NaN too
                return True
        elif band not in self.quiet:
            self.quiet[band] = self.covers.last_in(y)
        return self.covers.reach(order, left, right, y, half)

    def near(self, y: float) -> list[Paint]:
        """Return what is painted about a height, in order: pages with plots paint thousands of marks."""
        band = y // ROW
        if band not in self._bands:
            low, high = band * ROW - 1, (band + 1) * ROW + 1
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
