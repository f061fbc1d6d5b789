"""Find out what clipping paths leave visible of the objects of a page.

Of a path the box of its points is returned: that is what a rectangle leaves, and at most what any other shape leaves.
So it is told which paths are no rectangles. PDFium itself drops clips that hold all of what they clip, so few objects
have any.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

from rag.reading.glyphs.pdfium import Calls, Pointer, pointer
from rag.reading.glyphs.sheet import Box

NOTHING: Box = (0.0, 0.0, 0.0, 0.0)
EVERYTHING: Box = (-1e9, -1e9, 1e9, 1e9)
_LEAST = 0.1  # points: what is left of a thinner strip cannot be seen
_MAX_POINTS = 400  # of one path: a shape with more is taken to leave everything
_MAX_PATHS = 40
_LINE, _MOVE = 0, 2  # kinds of segments
_AROUND = [_MOVE, _LINE, _LINE, _LINE], [_MOVE, _LINE, _LINE, _LINE, _LINE]


class Clip(NamedTuple):
    """Hold the box outside of which nothing is seen, and whether all of what lies in it is."""

    box: Box
    whole: bool


class Clips:
    """Ask PDFium for the clipping paths of page objects."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.path_of, self.count = calls.quick_FPDFPageObj_GetClipPath, calls.quick_FPDFClipPath_CountPaths
        self.segments, self.segment = (
            calls.quick_FPDFClipPath_CountPathSegments,
            calls.quick_FPDFClipPath_GetPathSegment,
        )
        self.place, self.kind = calls.quick_FPDFPathSegment_GetPoint, calls.quick_FPDFPathSegment_GetType
        self._known: dict[tuple[int, int], Clip] = {}  # by a path's first segment, which the objects it clips share
        point = (ctypes.c_float * 2)()
        self._point = memoryview(point).cast("B").cast("f")
        self._x, self._y = pointer(ctypes.addressof(point)), pointer(ctypes.addressof(point) + 4)

    def of(self, item: int) -> Clip | None:
        """Return what an object's clipping paths leave, None without any; in lengths of its form."""
        path = self.path_of(pointer(item))
        paths = self.count(pointer(path)) if path else 0
        found: Clip | None = None
        for index in range(min(paths, _MAX_PATHS)):
            found = both(found, self._path(pointer(path), index))
        return found and found._replace(whole=False) if paths > _MAX_PATHS else found

    def _path(self, path: Pointer, index: int) -> Clip:
        count = self.segments(path, index)
        if not 0 <= count <= _MAX_POINTS:
            return Clip(EVERYTHING, whole=False)
        key = self.segment(path, index, 0) or 0 if count else 0, count
        if key not in self._known:
            self._known[key] = self._box(path, index, count)
        return self._known[key]

    def _box(self, path: Pointer, index: int, count: int) -> Clip:
        """Return what a path of so many segments leaves."""
        points, kinds = [], []
        for number in range(count):
            segment = self.segment(path, index, number)
            if segment and self.place(pointer(segment), self._x, self._y):
                points.append((self._point[0], self._point[1]))
                kinds.append(self.kind(pointer(segment)))
        if len(set(points)) < 3:
            return Clip(NOTHING, whole=True)
        across, up = zip(*points, strict=True)
        return Clip((min(across), min(up), max(across), max(up)), _is_rectangle(points, kinds))


def _is_rectangle(points: Sequence[tuple[float, float]], kinds: Sequence[int]) -> bool:
    """Tell one line that runs along the sides of a rectangle, once around."""
    if kinds not in _AROUND or points[4:] not in ([], points[:1]):
        return False
    (a, b), (c, d), (e, f), (g, h) = points[:4]
    first_across = a == g and b == d and c == e and f == h
    return (first_across and a != c and b != f) or (a == c and b == h and d == f and e == g and a != e and b != d)


def both(one: Clip | None, other: Clip) -> Clip:
    """Return what two clips leave together."""
    return other if one is None else Clip(common(one.box, other.box), one.whole and other.whole)


def common(one: Box | None, other: Box) -> Box:
    """Return what two boxes have in common, `NOTHING` where that cannot be seen."""
    if one is None:
        return other
    box = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return box if box[2] - box[0] > _LEAST and box[3] - box[1] > _LEAST else NOTHING


def meets(one: Box, other: Box) -> bool:
    """Tell whether anything of a box lies in another."""
    return common(one, other) != NOTHING


def inside(one: Box, other: Box) -> bool:
    """Tell whether a box lies in another."""
    return other[0] <= one[0] and other[1] <= one[1] and one[2] <= other[2] and one[3] <= other[3]
