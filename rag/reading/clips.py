"""Find out what clipping paths leave visible of the objects of a page.

Only the box of a path's points is looked at: that is what a rectangle leaves, and at least what any other shape leaves.
PDFium itself drops clips that hold all of what they clip, so few objects have any.
"""

from __future__ import annotations

import ctypes

from rag.reading.pdfium import Calls, pointer
from rag.reading.sheet import Box

NOTHING: Box = (0.0, 0.0, 0.0, 0.0)
_LEAST = 0.1  # points: what is left of a thinner strip cannot be seen
_MAX_POINTS = 400  # of one path: a shape with more is taken to leave everything
_MAX_PATHS = 40


class Clips:
    """Ask PDFium for the clipping paths of page objects."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.path_of, self.count = calls.quick_FPDFPageObj_GetClipPath, calls.quick_FPDFClipPath_CountPaths
        self._point = (ctypes.c_float * 2)()
        self._at = ctypes.addressof(self._point)

    def box(self, item: int) -> Box | None:
        """Return the box outside of which nothing of an object is seen, None without a clip; in lengths of its form."""
        path = self.path_of(pointer(item))
        paths = self.count(pointer(path)) if path else 0
        found: Box | None = None
        for index in range(min(paths, _MAX_PATHS)):
            box = self._points(path, index)
            found = common(found, box) if box else found
        return found

    def _points(self, path: int, index: int) -> Box | None:
        calls, across, up = self.calls, [], []
        count = calls.FPDFClipPath_CountPathSegments(path, index)
        if not 0 <= count <= _MAX_POINTS:
            return None
        for number in range(count):
            segment = calls.FPDFClipPath_GetPathSegment(path, index, number)
            if segment and calls.FPDFPathSegment_GetPoint(segment, self._at, self._at + 4):
                across.append(self._point[0])
                up.append(self._point[1])
        return (min(across), min(up), max(across), max(up)) if len(set(zip(across, up, strict=True))) > 2 else NOTHING


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
