"""Measure how much of a word lies under what is painted over it, by the boxes of all that is painted later.

Boxes say at most how much is covered: of curves and polygons they hold more than is painted. So the answer is a
suspicion, and whoever asks looks at the picture of the page (`sight`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.reading.sheet import Box

_WIDE, ROW = 64.0, 16.0  # points: a cell, about as large as a word, so that few marks are looked at for one
_LEAST = 2.4  # points: a small word's height; a mark that is thinner covers only part of it
_LITTLE = 0.5  # of a small word: where the marks of a cell cover less, they cover no word
_MOST_CELLS = 600  # of one mark; larger ones are looked at for every word
_MOST_STEPS = 1_000_000  # marks looked at for the words of a page; when they are used up, every word is suspect


class Mark(NamedTuple):
    """Hold something painted: its place in painting order, its box, and whose shape to ask for."""

    order: int
    box: Box
    shape: int  # of no meaning here


class Covers:
    """Know the marks of a page by where they lie; `parts` returns the boxes of what a mark really paints."""

    def __init__(self, marks: Sequence[Mark], parts: Callable[[Mark], Sequence[Box]]) -> None:
        self.parts = parts
        self.large: list[Mark] = []
        self.cells: dict[tuple[float, float], list[Mark]] = {}
        self._painted: dict[int, Sequence[Box]] = {}
        self._steps = 0
        weights: dict[tuple[float, float], float] = {}
        for mark in marks:
            left, bottom, right, top = mark[1]  # the box: its name takes twice the time
            first, last, low, high = left // _WIDE, right // _WIDE, bottom // ROW, top // ROW
            across, up = (right - left) / _LEAST, (top - bottom) / _LEAST
            weight = (across if across < 1 else 1) * (up if up < 1 else 1)
            if first == last and low == high:  # most marks
                weights[first, low] = weights.get((first, low), 0.0) + weight
                self.cells.setdefault((first, low), []).append(mark)
                continue
            if not (last - first + 1) * (high - low + 1) <= _MOST_CELLS:
                self.large.append(mark)
                continue
            for cell in _cells(mark.box):
                weights[cell] = weights.get(cell, 0.0) + weight
                self.cells.setdefault(cell, []).append(mark)
        self.heavy = {cell: self.cells[cell][-1].order for cell, weight in weights.items() if weight >= _LITTLE}
        self.rows = {row for _, row in self.heavy}
        self.large_last = self.large[-1].order if self.large else -1
        self.last = max([self.large_last, *self.heavy.values()])  # what comes before may be covered

    def reach(self, order: int, left: float, right: float, y: float) -> bool:
        """Tell whether marks after a place in painting order may cover much of a word between two edges at a height."""
        row, heavy = y // ROW, self.heavy
        if self.large_last > order:
            return True
        if row not in self.rows:
            return False
        first, last = left // _WIDE, right // _WIDE
        if heavy.get((first, row), -1) > order:
            return True
        return first != last and (right - left > _WIDE or heavy.get((last, row), -1) > order)

    def share(self, order: int, box: Box) -> float:
        """Return how much of a box, at most, is painted over after a place in painting order; 1 is all of it."""
        left, bottom, right, top = box
        area = (right - left) * (top - bottom)
        if area <= 0 or order > self.last or not self.reach(order, left, right, 0.5 * (bottom + top)):
            return 0.0
        if not area <= _MOST_CELLS * _WIDE * ROW:
            return 1.0
        groups = [self.cells.get(cell, ()) for cell in _cells(box)]
        groups.append(self.large)
        self._steps += sum(map(len, groups))
        if self._steps > _MOST_STEPS:
            return 1.0
        over = {
            mark[0]: mark
            for group in groups
            for mark in group
            if mark[0] > order and mark[1][0] < right and mark[1][2] > left and mark[1][1] < top and mark[1][3] > bottom
        }
        return sum([self._painted_on(mark, box) for mark in over.values()]) / area

    def _painted_on(self, mark: Mark, box: Box) -> float:
        """Return how much of a box a mark paints over, at most."""
        if mark.order not in self._painted:
            self._painted[mark.order] = self.parts(mark)
        parts = self._painted[mark.order]
        self._steps += len(parts)
        return sum([_common(part, box) for part in parts])


def _cells(box: Box) -> list[tuple[float, float]]:
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
