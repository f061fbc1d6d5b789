"""Read a page column by column where its program drew it row by row, across both columns.

TeX draws one column after the other, and that order is kept; other programs draw line by line over the whole page. Such
a page has most of its lines in pairs on one height, with the same empty strip between left and right. Tables look alike
but have short cells. Not handled here: three columns drawn that way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.reading.blocks.layout import median, part_of
from rag.reading.sheet import Line

_MIN_PAIRS = 8
_SHARE = 0.5  # of a page's lines stand in pairs
_MIN_LETTERS = 18  # in a usual line: cells have fewer
_GUTTER = 0.9  # of a font size: a wider gap within a line may be the strip between columns
_MOST = 80
_SAMPLE = 14  # wide lines looked at before a page is searched for that strip


def by_column(lines: Sequence[Line], width: float) -> list[Line]:
    """Return a page's lines in reading order: unchanged, or column by column where they were drawn row by row."""
    cut = _cut(lines, width)
    middle = _strip([(left, right) for left, right in pairwise(cut) if _side_by_side(left, right)], len(cut))
    return list(_sorted(cut, middle)) if middle else list(lines)


def _strip(pairs: Sequence[tuple[Line, Line]], count: int) -> float:
    """Return the middle of the empty strip between columns of text, 0 where pairs of lines do not show one."""
    if len(pairs) < _MIN_PAIRS or 2 * len(pairs) < _SHARE * count:
        return 0.0
    if median([min(left.letters, right.letters) for left, right in pairs]) < _MIN_LETTERS:
        return 0.0
    ends, starts = sorted(left.right for left, _ in pairs), sorted(right.left for _, right in pairs)
    end, start = ends[int(0.95 * len(ends))], starts[int(0.05 * len(starts))]
    return 0.5 * (end + start) if end < start else 0.0


def _side_by_side(left: Line, right: Line) -> bool:
    return abs(left.base - right.base) < 0.3 * left.size and right.left > left.right + 0.5 * left.size


def _sorted(lines: Sequence[Line], middle: float) -> Iterator[Line]:
    """Yield lines as they are; between those that cross the middle, the left ones before the right ones."""
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line.left < middle < line.right:
            yield from (*left, *right, line)
            left, right = [], []
        else:
            (left if line.right <= middle else right).append(line)
    yield from (*left, *right)


def _cut(lines: Sequence[Line], width: float) -> Sequence[Line]:
    """Cut lines that run over both columns at the strip between them, if the page has one."""
    wide = [line for line in lines if line.right - line.left > 0.55 * width]
    if len(wide) < _MIN_PAIRS or sum(bool(_gaps(line)) for line in wide[:_SAMPLE]) < _SHARE * min(_SAMPLE, len(wide)):
        return lines
    found = [gap for line in wide[:_MOST] for gap in _gaps(line)]
    best = max(found, key=lambda gap: sum(_holds(other, gap) for other in found))
    middle = 0.5 * (best[0] + best[1])
    if sum(any(left < middle < right for left, right, _ in _gaps(line)) for line in wide) < 0.7 * len(wide):
        return lines
    return [part for line in lines for part in _halves(line, middle)]


def _holds(gap: tuple[float, float, int], other: tuple[float, float, int]) -> bool:
    return gap[0] < 0.5 * (other[0] + other[1]) < gap[1]


def _gaps(line: Line) -> list[tuple[float, float, int]]:
    """Return left and right edge of a line's wide gaps, and the number of the word after each."""
    least = _GUTTER * line.size
    return [
        (before.right, after.left, number)
        for number, (before, after) in enumerate(pairwise(line.words), 1)
        if after.left - before.right > least
    ]


def _halves(line: Line, middle: float) -> Iterator[Line]:
    at = next((number for left, right, number in _gaps(line) if left < middle < right), 0)
    if not at:
        yield line
        return
    yield part_of(line, 0, at)
    yield part_of(line, at, len(line.words))
