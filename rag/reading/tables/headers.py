"""Say which names stand over the columns of a table, column by column from top to bottom.

Names stand on one line, under lines that head groups of columns; or each name is a cell of its own, all centred on
one height. Not handled here: where columns are (`grid`), which rows have names (`trust`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.reading.tables.grid import STRIP, Grid, Mark, Piece, Row, is_nothing, is_number

_MOST = 4  # lines: more are no header
_COUNTS = 3  # rising whole numbers over a table name its columns: 128, 256, 512
_LONGEST = 7  # digits of such a number
_OFF_MIDDLE = 0.2  # of the distance of columns: how far a name over several stands from their middle
_FLUSH = 2.0  # points: how far the edges of what is set flush lie apart
_SAME_MIDDLE = 0.3  # of a font size: how far the middles of cells of one header lie apart

Edges = tuple[float, float]


class Header(NamedTuple):
    """Hold a header: its words column by column, the name of each column, how many rows it takes up.

    `named` tells that the first column has a name too; `edges` are those of the columns with their names; `base` is
    that of its last row.
    """

    words: tuple[Mark, ...]
    names: tuple[str, ...]
    named: bool
    rows: int
    edges: Sequence[Edges]
    base: float


class _Placed(NamedTuple):
    column: int
    base: float
    part: Piece


def header_of(grid: Grid, size: float) -> Header | None:
    """Return what stands over a table's columns, None where a column may lack its name."""
    rows, columns = grid.rows, grid.columns
    if len(columns) < 2 or len(columns) != len(rows[0].cells):
        return None
    first = next((index for index, row in enumerate(rows) if row.numeric), len(rows))
    first += first < len(rows) and counts_up(rows[first:])
    return _lines(grid, first, size) or _cells(grid, first, size)


def _lines(grid: Grid, first: int, size: float) -> Header | None:
    """Return a header with all names on one line; what stands over them says something of groups of columns."""
    rows, columns, stubs = grid
    names = next((index for index in range(first) if _names(rows[index], columns, stubs)), first)
    if names == first or names >= _MOST:
        return None
    wide = _widened(columns, rows[names])
    bare = all(is_number(row.cells[0]) for row in rows[first:] if row.numeric)
    placed = [_Placed(at[0], rows[names].base, part) for at, part in _over(rows[names], columns)]
    for row in rows[:names]:
        groups = None if _holds_data(row) else _groups(row, wide, 0 if bare else stubs + 1, size)
        if groups is None:
            return None
        placed += groups
    below = names + 1
    while below < first and _goes_on(rows[below], columns, stubs):
        placed += [_Placed(at[0], rows[below].base, part) for at, part in _over(rows[below], columns)]
        below += 1
    named = len(rows[names].parts) == len(columns)
    return Header(_words(placed), rows[names].cells, named, below, wide, rows[below - 1].base)


def _cells(grid: Grid, first: int, size: float) -> Header | None:
    """Return a header whose names are cells of one line or more, all on one middle; a line may head several columns."""
    rows, columns, stubs = grid
    held: list[list[_Placed]] = [[] for _ in columns]
    for row in rows[:first]:
        for at, part in _over(row, columns):
            if not at or _holds_data(row):
                return None
            for column in at:
                held[column].append(_Placed(at[0], part.base, part))
    sizes = set(map(len, held[stubs + 1 :]))
    if not all(sizes) or max(map(len, held)) > _MOST or len(sizes.union(map(len, filter(None, held)))) < 2:
        return None
    middles = [0.5 * (cell[0].base + cell[-1].base) for cell in held if cell]
    if max(middles) - min(middles) > _SAME_MIDDLE * size:
        return None
    names = tuple([" ".join([name.part.text for name in cell]) for cell in held])
    words = _words(list(dict.fromkeys(name for cell in held for name in cell)))
    return Header(words, names, all(held), first, columns, rows[first - 1].base)


def _words(placed: Sequence[_Placed]) -> tuple[Mark, ...]:
    """Return the words of names column by column, from top to bottom."""
    ordered = sorted(placed, key=lambda name: (name.column, name.base))
    return tuple([mark for name in ordered for mark in name.part.marks])


def _over(row: Row, columns: Sequence[Edges]) -> list[tuple[list[int], Piece]]:
    """Return each part of a row with the columns that it stands over."""
    return [
        ([at for at, (left, right) in enumerate(columns) if p.left < right and p.right > left], p) for p in row.parts
    ]


def _names(row: Row, columns: Sequence[Edges], stubs: int = 0) -> bool:
    """Tell whether a row has one name over each column, none but perhaps those of the rows' names without."""
    over = [at[0] for at, _ in _over(row, columns) if len(at) == 1]
    whole = len(over) == len(row.parts) and over == sorted(set(over))
    return whole and over[-1:] != [] and set(range(stubs + 1, len(columns))) <= set(over)


def _goes_on(row: Row, columns: Sequence[Edges], stubs: int) -> bool:
    """Tell a header's further line: more of every column's name, or the units."""
    return not any(row.cells[: stubs + 1]) and not _holds_data(row) and _names(row, columns, stubs)


def _holds_data(row: Row) -> bool:
    """Tell a line above the names of a header that is none of it."""
    return any(is_number(cell) or is_nothing(cell) for cell in row.cells[1:])


def _widened(columns: Sequence[Edges], names: Row) -> list[Edges]:
    """Return the edges of columns with their names."""
    wide = list(columns)
    for at, part in _over(names, columns):
        left, right = wide[at[0]]
        wide[at[0]] = (min(left, part.left), max(right, part.right))
    return wide


def _groups(row: Row, columns: Sequence[Edges], labels: int, size: float) -> list[_Placed] | None:
    """Return the parts of a line above the names at the first column of what they head; None where that is unclear.

    The first columns, so many as there are `labels`, name the rows, and nothing heads them.
    """
    edge = columns[labels][0] if labels else 0.0
    names = [part for part in row.parts if part.right <= edge]
    parts = [part for part in row.parts if part.right > edge]
    starts = (_alike(parts, columns, max(labels, 1)) or _unalike(parts, columns, labels, size)) if parts else []
    if starts is None:
        return None
    under = [max([at for at in range(labels) if columns[at][0] < part.right], default=0) for part in names]
    return [_Placed(at, row.base, part) for at, part in zip([*under, *starts], [*names, *parts], strict=True)]


def _alike(parts: Sequence[Piece], columns: Sequence[Edges], labels: int) -> list[int] | None:
    """Return where groups of as many columns each begin, which together are all columns of values."""
    if (len(columns) - labels) % len(parts):
        return None
    each = (len(columns) - labels) // len(parts)
    starts = [labels + number * each for number in range(len(parts))]
    for start, part in zip(starts, parts, strict=True):
        if not _is_centred(part, columns, start, start + each - 1):
            return None
    return starts


def _unalike(parts: Sequence[Piece], columns: Sequence[Edges], first: int, size: float) -> list[int] | None:
    """Return where groups of different sizes begin; each is centred on its columns, the widest run that it can head.

    After the first of them none is left over: it would read as one of the group before. If some are before it, there
    may be one run alone for each, and no group of a single column: that could be the beginning of its name. Groups set
    flush left reach nobody knows how far.
    """
    if 2 * sum(any(abs(part.left - left) < _FLUSH for left, _ in columns) for part in parts) > len(parts):
        return None
    found: list[int] = []
    start, covered, sure = first, 0, True
    for number, part in enumerate(parts):
        ends = parts[number + 1].left if number + 1 < len(parts) else float("inf")
        fits = [
            (last - at + 1, at)
            for at in range(start, len(columns))
            for last in range(at, len(columns))
            if columns[last][1] < ends and _heads(part, columns, (at, last), size)
        ]
        if not fits:
            return None
        count, at = max(fits)
        found.append(at)
        sure &= len(fits) == 1 and count > 1
        covered += count
        start = at + count
    left_over = covered < len(columns) - found[0]
    return found if not left_over and (sure or found[0] <= max(first, 1)) else None


def _heads(part: Piece, columns: Sequence[Edges], run: tuple[int, int], size: float) -> bool:
    """Tell whether a part can stand over a run of columns: in its middle, over none beside it.

    Over an odd number it could as well be over the one in the middle, but for its reaching near another one.
    """
    first, last = run
    over = [at for at, (left, right) in enumerate(columns) if part.left < right and part.right > left]
    room = STRIP * size
    near = [at for at, (left, right) in enumerate(columns) if part.left < right + room and part.right > left - room]
    odd = (last - first) % 2 == 0 and last > first
    if any(not first <= at <= last for at in over) or (odd and len(near) < 2):
        return False
    return _is_centred(part, columns, first, last)


def _is_centred(part: Piece, columns: Sequence[Edges], first: int, last: int) -> bool:
    """Tell whether a part stands over the middle of a run of columns, nearer than that of a run with one more.

    Within one column it is a part of that one's name.
    """
    step = min([right[0] - left[0] for left, right in pairwise(columns)])
    middle = 0.5 * (columns[first][0] + columns[last][1])
    within = any(left - 1 < part.left and part.right < right + 1 for left, right in columns)
    return (first == last or not within) and abs(0.5 * (part.left + part.right) - middle) < _OFF_MIDDLE * step


def counts_up(rows: Sequence[Row]) -> bool:
    """Tell a first row of rising whole numbers over rows that hold other ones: 128, 256, 512."""
    label, *cells = rows[0].cells
    if len(cells) < _COUNTS or is_number(label) or not all(c.isdecimal() and len(c) <= _LONGEST for c in cells):
        return False
    numbers = list(map(int, cells))
    if len(numbers) > _COUNTS and _doubles(cells):
        return not any(_doubles(row.cells[1:]) for row in rows[1:])
    others = [cell for row in rows[1:] for cell in row.cells[1:] if is_number(cell)]
    return numbers == sorted(set(numbers)) and sum(map(str.isdecimal, others)) < 0.5 * len(others)


def _doubles(cells: Sequence[str]) -> bool:
    """Tell numbers of which each is twice the one before."""
    return all(map(str.isdecimal, cells)) and all(2 * int(one) == int(other) for one, other in pairwise(cells))
