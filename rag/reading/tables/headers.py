"""Say what names the cells of a table: the names over its columns, and labels at the left that stand for several rows.

Names over columns stand on one line, under lines that head groups of columns; or each name is a cell of its own, all
centred on one height. Rows that have a label in common are set off by gaps; in each run of rows between gaps the label
stands on the first row, or in the middle: then it is clear.
Not handled here: where columns are (`grid`), labels without gaps between their rows, which rows can be cited (`rows`).
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
_GAP = 1.25  # times the usual distance of rows: a rule between two runs of rows
_ON_MIDDLE = 0.3  # of a font size: how far a label stands from the middle of its rows

Edges = tuple[float, float]

# --- over columns ------------------------------------------------------------------------------------------


class Header(NamedTuple):
    """Hold a header: its words column by column, the name of each column, how many rows it takes up.

    `named` tells that the first column has a name too; `edges` are those of the columns with their names; `base` is
    that of its last row; `whole` are the columns' names with those of their groups: "Day Error", "Night Error".
    """

    words: tuple[Mark, ...]
    names: tuple[str, ...]
    named: bool
    rows: int
    edges: Sequence[Edges]
    base: float
    whole: tuple[str, ...]


class _Name(NamedTuple):
    column: int
    base: float
    part: Piece


def header_of(grid: Grid, size: float) -> Header | None:
    """Return what stands over a table's columns, None where a column may lack its name."""
    rows, columns, _ = grid
    if len(columns) < 2 or len(columns) != len(rows[0].cells):
        return None
    first = next((index for index, row in enumerate(rows) if row.numeric), len(rows))
    first += first < len(rows) and counts_up([row.cells for row in rows[first:]])
    return header_on_one_line(grid, first, size) or header_on_one_middle(grid, first, size)


def header_on_one_line(grid: Grid, first: int, size: float) -> Header | None:
    """Return a header with all names on one line; what stands over them says something of groups of columns.

    Over "Model  Top-1  Top-5" there may be "Error" in the middle of the last two, and below "(%)" under each. `first`
    is the first row with numbers.
    """
    rows, columns, stubs = grid
    line = next((index for index in range(first) if _names_all(rows[index], columns, stubs)), first)
    if line == first or line >= _MOST:
        return None
    names: list[_Name] = []
    wide = list(columns)  # the columns with their names
    for (at, *_), part in _over(rows[line], columns):
        names.append(_Name(at, rows[line].base, part))
        wide[at] = (min(wide[at][0], part.left), max(wide[at][1], part.right))
    bare = all(is_number(row.cells[0]) for row in rows[first:] if row.numeric)
    for row in rows[:line]:
        groups = None if _holds_data(row) else names_of_groups(row, wide, 0 if bare else stubs + 1, size)
        if groups is None:
            return None
        names += groups
    below = line + 1
    for row in rows[below:first]:  # more of every column's name, or the units
        if any(row.cells[: stubs + 1]) or _holds_data(row) or not _names_all(row, columns, stubs):
            break
        names += [_Name(at[0], row.base, part) for at, part in _over(row, columns)]
        below += 1
    named = len(rows[line].parts) == len(columns)
    whole = whole_names(names, len(columns), 0 if bare else stubs + 1)
    return Header(_words(names), rows[line].cells, named, below, wide, rows[below - 1].base, whole)


def whole_names(names: Sequence[_Name], columns: int, labels: int) -> tuple[str, ...]:
    """Return each column's name with those of its groups, from top to bottom; the first columns, `labels`, have none.

    A group reaches to where the next one on its line begins.
    """
    found: list[list[str]] = [[] for _ in range(columns)]
    for base in sorted({name.base for name in names}):
        level = sorted(name for name in names if name.base == base)
        for name, after in zip(level, [*(name.column for name in level[1:]), columns], strict=True):
            for column in range(name.column, after if name.column >= labels else name.column + 1):
                found[column].append(name.part.text)
    return tuple(map(" ".join, found))


def header_on_one_middle(grid: Grid, first: int, size: float) -> Header | None:
    """Return a header whose names are cells of one line or more, all on one middle; a line may head several columns.

    Beside "Model" stand "Top" above it and "one" below it. `first` is the first row with numbers.
    """
    rows, columns, stubs = grid
    held: list[list[_Name]] = [[] for _ in columns]
    for row in rows[:first]:
        for at, part in _over(row, columns):
            if not at or _holds_data(row):
                return None
            for column in at:
                held[column].append(_Name(at[0], part.base, part))
    if any(len({name.base for name in cell}) < len(cell) for cell in held):
        return None  # two names side by side: of two columns, whose strip is hidden
    sizes = set(map(len, held[stubs + 1 :]))
    if not all(sizes) or max(map(len, held)) > _MOST or len(sizes.union(map(len, filter(None, held)))) < 2:
        return None
    middles = [0.5 * (cell[0].base + cell[-1].base) for cell in held if cell]
    if max(middles) - min(middles) > _SAME_MIDDLE * size:
        return None
    names = tuple([" ".join([name.part.text for name in cell]) for cell in held])
    words = _words(list(dict.fromkeys(name for cell in held for name in cell)))
    return Header(words, names, all(held), first, columns, rows[first - 1].base, names)


def _words(names: Sequence[_Name]) -> tuple[Mark, ...]:
    """Return the words of names column by column, from top to bottom."""
    ordered = sorted(names, key=lambda name: (name.column, name.base))
    return tuple([mark for name in ordered for mark in name.part.marks])


def _over(row: Row, columns: Sequence[Edges]) -> list[tuple[list[int], Piece]]:
    """Return each part of a row with the columns that it stands over."""
    return [
        ([at for at, (left, right) in enumerate(columns) if p.left < right and p.right > left], p) for p in row.parts
    ]


def _names_all(row: Row, columns: Sequence[Edges], stubs: int) -> bool:
    """Tell whether a row has one name over each column, none but perhaps those of the rows' names without."""
    over = [at[0] for at, _ in _over(row, columns) if len(at) == 1]
    whole = len(over) == len(row.parts) and over == sorted(set(over))
    return whole and over[-1:] != [] and set(range(stubs + 1, len(columns))) <= set(over)


def _holds_data(row: Row) -> bool:
    """Tell a line above the names of a header that is none of it."""
    return any(is_number(cell) or is_nothing(cell) for cell in row.cells[1:])


def names_of_groups(row: Row, columns: Sequence[Edges], labels: int, size: float) -> list[_Name] | None:
    """Return the parts of a line above the names at the first column of what they head; None where that is unclear.

    The first columns, so many as there are `labels`, name the rows, and nothing heads them.
    """
    edge = columns[labels][0] if labels else 0.0
    names = [part for part in row.parts if part.right <= edge]
    parts = [part for part in row.parts if part.right > edge]
    starts: list[int] | None = []
    if parts:
        starts = equal_groups(parts, columns, max(labels, 1)) or unequal_groups(parts, columns, labels, size)
    if starts is None:
        return None
    under = [max([at for at in range(labels) if columns[at][0] < part.right], default=0) for part in names]
    return [_Name(at, row.base, part) for at, part in zip([*under, *starts], [*names, *parts], strict=True)]


def equal_groups(parts: Sequence[Piece], columns: Sequence[Edges], labels: int) -> list[int] | None:
    """Return where groups of as many columns each begin, which together are all columns of values.

    "Day" and "Night" over four columns head two each, if each is centred on its own.
    """
    if (len(columns) - labels) % len(parts):
        return None
    each = (len(columns) - labels) // len(parts)
    starts = [labels + number * each for number in range(len(parts))]
    for start, part in zip(starts, parts, strict=True):
        if not _is_centred(part, columns, start, start + each - 1):
            return None
    return starts


def unequal_groups(parts: Sequence[Piece], columns: Sequence[Edges], first: int, size: float) -> list[int] | None:
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
            if columns[last][1] < ends and _can_head(part, columns, at, last, size)
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


def _can_head(part: Piece, columns: Sequence[Edges], first: int, last: int, size: float) -> bool:
    """Tell whether a part can stand over a run of columns: in its middle, over none beside it.

    Over an odd number it could as well be over the one in the middle, but for its reaching near another one.
    """
    room = STRIP * size
    over = [at for at, (left, right) in enumerate(columns) if part.left < right and part.right > left]
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


def counts_up(rows: Sequence[Sequence[str]]) -> bool:
    """Tell a first row of rising whole numbers over rows that hold other ones: 128, 256, 512."""
    label, *cells = rows[0]
    if len(cells) < _COUNTS or is_number(label) or not all(c.isdecimal() and len(c) <= _LONGEST for c in cells):
        return False
    numbers = list(map(int, cells))
    if len(numbers) > _COUNTS and _doubles(cells):
        return not any(_doubles(row[1:]) for row in rows[1:])
    others = [cell for row in rows[1:] for cell in row[1:] if is_number(cell)]
    return numbers == sorted(set(numbers)) and sum(map(str.isdecimal, others)) < 0.5 * len(others)


def _doubles(cells: Sequence[str]) -> bool:
    """Tell numbers of which each is twice the one before."""
    return all(map(str.isdecimal, cells)) and all(2 * int(one) == int(other) for one, other in pairwise(cells))


# --- beside rows -------------------------------------------------------------------------------------------


class Label(NamedTuple):
    """Hold what stands beside a row: its words and their text, outermost first where there are several labels."""

    marks: tuple[Mark, ...]
    text: str


class _Run(NamedTuple):
    """Hold the heights of rows between two gaps, and the labels that stand beside them in one column."""

    rows: list[int]
    bases: list[float]
    labels: list[tuple[float, Label]]


def labels_of(rows: Sequence[Row], stubs: int, size: float) -> dict[int, Label]:
    """Return what stands beside each row whose labels are clear; they stand in the first `stubs` columns."""
    named = [at for at, row in enumerate(rows) if any(row.cells[stubs:])]
    steps = sorted(rows[below].base - rows[above].base for above, below in pairwise(named))
    runs: list[list[int]] = []
    for at in named:
        if runs and rows[at].base - rows[runs[-1][-1]].base <= _GAP * steps[len(steps) // 4]:
            runs[-1].append(at)
        else:
            runs.append([at])
    columns = [_labels_in(rows, runs, column, size) for column in range(stubs)]
    found: dict[int, Label] = {}
    for at in [at for at in named if all(at in column for column in columns)]:
        labels = [column[at] for column in columns]
        marks = tuple([mark for label in labels for mark in label.marks])
        found[at] = Label(marks, "\n".join([label.text for label in labels]))
    return found


def _labels_in(rows: Sequence[Row], runs: Sequence[list[int]], column: int, size: float) -> dict[int, Label]:
    """Return the label beside each row in one column, where it is clear."""
    beside: list[_Run] = []
    for members in runs:
        bases = [rows[at].base for at in members]
        labels = [
            (row.base, Label(row.held[column], row.cells[column]))
            for row in rows
            if bases[0] - size < row.base < bases[-1] + size and row.cells[column]
        ]
        beside.append(_Run(members, bases, labels))
    on_top = _are_on_top(beside)
    found: dict[int, Label] = {}
    carried: Label | None = None
    for run in beside:
        alike = [(base, label) for base, label in run.labels if label.text == run.labels[0][1].text]
        if run.labels and [base for base, _ in alike] == run.bases:
            found.update({at: label for at, (_, label) in zip(run.rows, alike, strict=True)})
        elif len(run.labels) == 1:
            ((base, label),) = run.labels
            middle = 0.5 * (run.bases[0] + run.bases[-1])
            if base == run.bases[0] if on_top else abs(base - middle) < _ON_MIDDLE * size:
                found.update(dict.fromkeys(run.rows, label))
        elif not run.labels and on_top and carried:
            found.update(dict.fromkeys(run.rows, carried))
        carried = found.get(run.rows[-1])
    return found


def _are_on_top(runs: Sequence[_Run]) -> bool:
    """Tell whether every label stands on the first row of its run, as can be seen where a run is longer."""
    lone = [run for run in runs if len(run.labels) == 1]
    longer = any(len(run.rows) > 1 for run in lone)
    return longer and bool(runs[0].labels) and all(run.labels[0][0] == run.bases[0] for run in lone)
