"""Measure how much of a word lies under what is painted over it, by the boxes of all that is painted later.

Boxes say at most how much is covered: of curves and polygons they hold more than is painted. So the answer is a
suspicion, and whoever asks looks at the picture of the page (`sight`). Marks painted one right after the other are a
run: they are looked at only for words that were painted before and lie in the box around all of them, which few do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rag.reading.glyphs.sheet import Box

_WIDE, ROW = 64.0, 16.0  # points: a cell, about as large as a word, so that few marks are looked at for one
_LEAST = 2.4  # points: a small word's height; a mark that is thinner covers only part of it
_LITTLE = 0.5  # of a small word: where the marks of a row cover less, they cover no word
_FEW = 4  # marks of a run that are worth weighing
_SOME = 24  # marks of a run that are looked at one by one
_MOST_CELLS = 600  # of one mark; larger ones are looked at for every word
_ENOUGH = 0.5  # of a word: when the boxes of marks cover less, their shapes are not asked for
_MOST_STEPS = 1_000_000  # runs and marks looked at for the words of a page; then every word is suspect


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
        return sum([_weight(mark[1]) for mark in self.marks]) if len(self.marks) <= _FEW else 1.0

    def near(self, box: Box) -> Sequence[Mark]:
        """Return the marks that may touch a box, and maybe others."""
        if len(self.marks) <= _SOME:
            return self.marks
        if not self._cells:
            self._sort()
        found = {mark[0]: mark for cell in _cells(box) for mark in self._cells.get(cell, ())}
        return [*found.values(), *self._large]

    def _sort(self) -> None:
        for mark in self.marks:
            if _is_large(mark.box):
                self._large.append(mark)
                continue
            for cell in _cells(mark.box):
                self._cells.setdefault(cell, []).append(mark)


class Covers:
    """Know the runs of a page by where they lie; `parts` returns the boxes of what a mark really paints."""

    def __init__(self, marks: Sequence[Mark], parts: Callable[[Mark], Sequence[Box]]) -> None:
        self.parts = parts
        self.large: list[_Run] = []
        self.rows: dict[float, list[_Run]] = {}
        self._painted: dict[int, Sequence[Box]] = {}
        self._steps = 0
        weights: dict[int, float] = {}
        for run in _runs(marks):
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
        for run in self._near(bottom, top):
            if run.order > order and run.left < right and run.right > left and run.bottom < top and run.top > bottom:
                marks = run.near(box)
                self._steps += len(marks)
                for mark in marks:
                    if mark[0] > order and (common := _common(mark[1], box)):
                        over.append(mark)
                        bound += common
        if bound <= _ENOUGH * area:
            return bound / area
        return sum([self._painted_on(mark, box) for mark in over]) / area

    def _near(self, bottom: float, top: float) -> Iterable[_Run]:
        """Return the runs of the rows between two heights."""
        low, high = int(bottom // ROW), int(top // ROW)
        if low == high and not self.large:  # most words
            return self.rows.get(low, ())
        return {*self.large, *[run for row in range(low, high + 1) for run in self.rows.get(row, ())]}

    def _painted_on(self, mark: Mark, box: Box) -> float:
        """Return how much of a box a mark paints over, at most."""
        if mark.order not in self._painted:
            self._painted[mark.order] = self.parts(mark)
        parts = self._painted[mark.order]
        self._steps += len(parts)
        return sum([_common(part, box) for part in parts])


def _runs(marks: Sequence[Mark]) -> list[_Run]:
    """Cut marks, in painting order, where something else is painted between them."""
    starts = [number for number, (mark, after) in enumerate(pairwise(marks), 1) if mark[0] + 1 != after[0]]
    return [_Run(marks[start:stop]) for start, stop in pairwise([0, *starts, len(marks)])] if marks else []


def _weight(box: Box) -> float:
    """Return how much of a small word a mark with a box covers, at most."""
    across, up = (box[2] - box[0]) / _LEAST, (box[3] - box[1]) / _LEAST
    return (across if across < 1 else 1) * (up if up < 1 else 1)


def _is_large(box: Box) -> bool:
    """Tell whether a box touches too many cells."""
    return not (box[2] // _WIDE - box[0] // _WIDE + 1) * (box[3] // ROW - box[1] // ROW + 1) <= _MOST_CELLS


def _cells(box: Box) -> list[tuple[int, int]]:
    """Return the cells that a box touches."""
    left, bottom, right, top = box
    columns = range(int(left // _WIDE), int(right // _WIDE) + 1)
    rows = range(int(bottom // ROW), int(top // ROW) + 1)
    return [(column, row) for column in columns for row in rows]


def _common(one: Box, other: Box) -> float:
    """Return the area that two boxes have in common."""
    across = (one[2] if one[2] < other[2] else other[2]) - (one[0] if one[0] > other[0] else other[0])
    if across <= 0:
        return 0.0
    up = (one[3] if one[3] < other[3] else other[3]) - (one[1] if one[1] > other[1] else other[1])
    return across * up if up > 0 else 0.0
