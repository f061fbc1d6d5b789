"""Measure, by boxes, what of a text is cut away by clipping paths and what lies under that which is painted later.

Of a clipping path the box of its points is returned: that is what a rectangle leaves, and at most what any other shape
leaves. So it is told which paths are no rectangles. PDFium itself drops clips that hold all of what they clip, so few
objects have any.

Of what is painted over a word, boxes say at most how much is covered: of curves and polygons they hold more than is
painted. So the answer is a suspicion, and whoever asks looks at the picture of the page (`contrast`). Marks painted one
right after the other are a run: they are looked at only for words that were painted before and lie in the box around
all of them, which few do.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rag.reading.glyphs.pdfium import Calls, Pointer, pointer
from rag.reading.sheet import Box

NOTHING: Box = (0.0, 0.0, 0.0, 0.0)
EVERYTHING: Box = (-1e9, -1e9, 1e9, 1e9)
_THINNEST = 0.1  # points: what is left of a thinner strip cannot be seen
_MAX_POINTS = 400  # of one path: a shape with more is taken to leave everything
_MAX_PATHS = 40
_LINE, _MOVE = 0, 2  # kinds of segments
_AROUND = [_MOVE, _LINE, _LINE, _LINE], [_MOVE, _LINE, _LINE, _LINE, _LINE]
_WIDE, ROW = 64.0, 16.0  # points: a cell, about as large as a word, so that few marks are looked at for one
_SMALL = 2.4  # points: a small word's height; a mark that is thinner covers only part of it
_LITTLE = 0.5  # of a small word: where the marks of a row cover less, they cover no word
_FEW = 4  # marks of a run that are worth weighing
_SOME = 24  # marks of a run that are looked at one by one
_MOST_CELLS = 600  # of one mark; larger ones are looked at for every word
_ENOUGH = 0.5  # of a word: when the boxes of marks cover less, their shapes are not asked for
_MOST_STEPS = 1_000_000  # runs and marks looked at for the words of a page; then every word is suspect


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
        """Return what one path leaves."""
        count = self.segments(path, index)
        if not 0 <= count <= _MAX_POINTS:
            return Clip(EVERYTHING, whole=False)
        key = self.segment(path, index, 0) or 0 if count else 0, count
        if key in self._known:
            return self._known[key]
        points, kinds = [], []
        for number in range(count):
            segment = self.segment(path, index, number)
            if segment and self.place(pointer(segment), self._x, self._y):
                points.append((self._point[0], self._point[1]))
                kinds.append(self.kind(pointer(segment)))
        found = Clip(NOTHING, whole=True)
        if len(set(points)) > 2:
            across, up = zip(*points, strict=True)
            found = Clip((min(across), min(up), max(across), max(up)), is_rectangle(points, kinds))
        self._known[key] = found
        return found


def is_rectangle(points: Sequence[tuple[float, float]], kinds: Sequence[int]) -> bool:
    """Tell one line that runs along the sides of a rectangle, once around; `kinds` are those of its segments."""
    if kinds not in _AROUND or points[4:] not in ([], points[:1]):
        return False
    (a, b), (c, d), (e, f), (g, h) = points[:4]
    first_across = a == g and b == d and c == e and f == h
    return (first_across and a != c and b != f) or (a == c and b == h and d == f and e == g and a != e and b != d)


def both(one: Clip | None, other: Clip) -> Clip:
    """Return what two clips leave together."""
    return other if one is None else Clip(common(one.box, other.box), one.whole and other.whole)


def common(one: Box, other: Box) -> Box:
    """Return what two boxes have in common, `NOTHING` where that cannot be seen."""
    box = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return box if box[2] - box[0] > _THINNEST and box[3] - box[1] > _THINNEST else NOTHING


def inside(one: Box, other: Box) -> bool:
    """Tell whether a box lies in another."""
    return other[0] <= one[0] and other[1] <= one[1] and one[2] <= other[2] and one[3] <= other[3]


class Mark(NamedTuple):
    """Hold something painted: its place in painting order, its box, and what tells its shape."""

    order: int
    box: Box
    shape: Any  # of no meaning here


class _Run:
    """Hold marks painted one right after the other, and the box around them."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self.marks = marks
        self.order = marks[-1][0]
        if len(marks) == 1:  # most runs
            self.left, self.bottom, self.right, self.top = marks[0][1]
        else:
            lefts, bottoms, rights, tops = zip(*[mark[1] for mark in marks], strict=True)
            self.left, self.bottom, self.right, self.top = min(lefts), min(bottoms), max(rights), max(tops)
        self._large: list[Mark] = []
        self._cells: dict[tuple[int, int], list[Mark]] = {}

    def weight(self) -> float:
        """Return how much of a small word its marks cover together, at most."""
        if len(self.marks) > _FEW:
            return 1.0
        weight = 0.0
        for _, (left, bottom, right, top), _ in self.marks:
            across, up = (right - left) / _SMALL, (top - bottom) / _SMALL
            weight += (across if across < 1 else 1) * (up if up < 1 else 1)
        return weight

    def near(self, box: Box) -> Sequence[Mark]:
        """Return the marks that may touch a box, and maybe others."""
        if len(self.marks) <= _SOME:
            return self.marks
        if not self._cells:
            self._large = [mark for mark in self.marks if _is_large(mark.box)]
            for mark in self.marks:
                for cell in () if _is_large(mark.box) else _cells(mark.box):
                    self._cells.setdefault(cell, []).append(mark)
        found = {mark[0]: mark for cell in _cells(box) for mark in self._cells.get(cell, ())}
        return [*found.values(), *self._large]


class Covers:
    """Know the runs of a page by where they lie; `parts` returns the boxes of what a mark really paints."""

    def __init__(self, marks: Sequence[Mark], parts: Callable[[Mark], Sequence[Box]]) -> None:
        self.parts = parts
        self.large: list[_Run] = []
        self.rows: dict[float, list[_Run]] = {}
        self._painted: dict[int, Sequence[Box]] = {}
        self._steps = 0
        weights: dict[int, float] = {}
        breaks = [number for number, (mark, after) in enumerate(pairwise(marks), 1) if mark[0] + 1 != after[0]]
        runs = [_Run(marks[start:stop]) for start, stop in pairwise([0, *breaks, len(marks)])] if marks else []
        for run in runs:
            low, high = run.bottom // ROW, run.top // ROW
            if not high - low < _MOST_CELLS:
                self.large.append(run)
                continue
            weight = run.weight()
            for row in range(int(low), int(high) + 1):
                weights[row] = weights.get(row, 0.0) + weight
                self.rows.setdefault(row, []).append(run)
        for row, weight in weights.items():
            if weight < _LITTLE:
                del self.rows[row]
        lasts = [runs[-1].order for runs in (self.large, *self.rows.values()) if runs]
        self.last = max(lasts, default=-1)  # what comes before may be covered

    def last_in(self, y: float) -> int:
        """Return the last place in painting order of what may cover words at a height, -1 for nothing."""
        return max([run.order for runs in (self.large, self.rows.get(y // ROW, ())) for run in runs[-1:]], default=-1)

    def reach(self, order: int, left: float, right: float, y: float, half: float) -> bool:
        """Tell whether marks after a place in painting order may cover much of a word between two edges at a height.

        `half` is half of the word's height.
        """
        if self.large and self.large[-1].order > order:
            return True
        runs = self.rows.get(y // ROW, ())
        self._steps += len(runs)
        if self._steps > _MOST_STEPS:
            return True
        for run in runs:
            if (
                run.order > order
                and run.left < right
                and run.right > left
                and run.bottom < y + half
                and run.top > y - half
            ):
                return True
        return False

    def share(self, order: int, box: Box) -> float:
        """Return how much of a box, at most, is painted over after a place in painting order; 1 is all of it."""
        left, bottom, right, top = box
        area = (right - left) * (top - bottom)
        if area <= 0 or order > self.last:
            return 0.0
        if _is_large(box) or self._steps > _MOST_STEPS:
            return 1.0
        over: list[Mark] = []
        bound = 0.0
        low, high = int(bottom // ROW), int(top // ROW)
        near: Iterable[_Run] = self.rows.get(low, ())  # of most words
        if low != high or self.large:
            near = {*self.large, *[run for row in range(low, high + 1) for run in self.rows.get(row, ())]}
        for run in near:
            if run.order > order and run.left < right and run.right > left and run.bottom < top and run.top > bottom:
                marks = run.near(box)
                self._steps += len(marks)
                for mark in marks:
                    if mark[0] > order and (shared := _overlap(mark[1], box)):
                        over.append(mark)
                        bound += shared
        if bound <= _ENOUGH * area:
            return bound / area
        return sum([self.painted(mark, box) for mark in over]) / area

    def painted(self, mark: Mark, box: Box) -> float:
        """Return how much of a box a mark paints over, at most."""
        if mark.order not in self._painted:
            self._painted[mark.order] = self.parts(mark)
        parts = self._painted[mark.order]
        self._steps += len(parts)
        return sum([_overlap(part, box) for part in parts])


def _is_large(box: Box) -> bool:
    """Tell whether a box touches too many cells."""
    return not (box[2] // _WIDE - box[0] // _WIDE + 1) * (box[3] // ROW - box[1] // ROW + 1) <= _MOST_CELLS


def _cells(box: Box) -> list[tuple[int, int]]:
    """Return the cells that a box touches."""
    left, bottom, right, top = box
    columns = range(int(left // _WIDE), int(right // _WIDE) + 1)
    rows = range(int(bottom // ROW), int(top // ROW) + 1)
    return [(column, row) for column in columns for row in rows]


def _overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes have in common."""
    across = (one[2] if one[2] < other[2] else other[2]) - (one[0] if one[0] > other[0] else other[0])
    if across <= 0:
        return 0.0
    up = (one[3] if one[3] < other[3] else other[3]) - (one[1] if one[1] > other[1] else other[1])
    return across * up if up > 0 else 0.0
