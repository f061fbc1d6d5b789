"""Say which rows of a table can be cited: those whose numbers nobody can take for another's.

A row's text is printed in one line under the header's. So it needs one cell in every column, in the order in which it
is printed, and one line of the header that has one name over each of its numbers. Everything else is left out. Not
handled here: where columns are (`grid`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.reading.grid import NUMBER, Row, is_number, rows_of
from rag.reading.sheet import Block

_ASIDE = re.compile(r"\([^)]*\)|[·×±]\s?\S+")  # 1.0 · 1020 is one number, and so is 6.43 (of 50)
_NOTHING = re.compile(r"^[-–—−]+$")  # a cell that says so
_MOST_HEADER = 4  # lines: more are no header
_TRUSTED = 0.4  # of the rows with numbers have to be good, else the columns are not understood
_COUNTS = 3  # rising whole numbers over a table name its columns: 128, 256, 512
_LONGEST = 7  # digits of such a number
_OFF_CENTRE = 0.3  # of the width of its columns: how far a name over several stands from their middle
_SET_OFF = 1.15  # times the next distance of lines: a rule or a gap stands above a line that heads a group
_CLOSE = 0.85  # of the usual distance of lines: what is nearer to a row than rows are is a part of it
_GROUP_ENDS = 1.3  # times the usual distance: a rule between two rows
_INDENT = 2.0  # font sizes: names that begin further in lack their beginning, which stands beside several rows
_ALIKE = 0.7  # of the names end, or have their middle, at one place: they are not set flush left


@dataclass(frozen=True, slots=True)
class Table:
    """Hold the lines of a table's header, and each row that can be trusted with the line that heads its group."""

    header: tuple[int, ...] = ()
    rows: tuple[tuple[tuple[int, ...], Row], ...] = ()


def table_of(block: Block) -> Table:
    """Return the header and the numeric rows of a table that can be trusted; an unclear table has none."""
    rows, columns = rows_of(block)
    first = next((index for index, row in enumerate(rows) if row.numeric), len(rows))
    first += first < len(rows) and _counts_up(rows[first:])
    names = next((index for index in range(first) if _names(rows[index], columns)), first)
    if names == first or names >= _MOST_HEADER:
        return Table()
    if any(_holds_data(row) or not _splits(row, columns) for row in rows[:names]):
        return Table()
    below = names + 1
    while below < first and _goes_on(rows[below], columns):
        below += 1
    body = _Body(rows[below:], rows[names], block.size, columns[1][0])
    found = list(body.trusted())
    numeric = sum(row.numeric for row in rows[below:])
    if len(found) < max(2, _TRUSTED * numeric):
        return Table()
    return Table(tuple(number for row in rows[:below] for number in row.lines), tuple(found))


def _over(row: Row, columns: Sequence[tuple[float, float]]) -> list[list[int]]:
    """Return over which columns each part of a row stands."""
    return [[at for at, (left, right) in enumerate(columns) if p.left < right and p.right > left] for p in row.parts]


def _names(row: Row, columns: Sequence[tuple[float, float]]) -> bool:
    """Tell whether a row has one name over each column, none but perhaps the first without; a name may be wider."""
    every = [[at] for at in range(len(columns))]
    return len(columns) > 1 and _over(row, columns) in (every, every[1:])


def _goes_on(row: Row, columns: Sequence[tuple[float, float]]) -> bool:
    """Tell a header's further line: more of every column's name, or the units."""
    return not row.cells[0] and _names(row, columns)


def _splits(row: Row, columns: Sequence[tuple[float, float]]) -> bool:
    """Tell a line above the names that says something of all columns alike: each part stands over as many."""
    values = columns[1:]
    parts = [part for part in row.parts if part.right > values[0][0]]
    if not parts:
        return True  # the name of the first column
    if len(values) % len(parts):
        return False
    each = len(values) // len(parts)
    for number, part in enumerate(parts):
        left, right = values[number * each][0], values[(number + 1) * each - 1][1]
        if abs(0.5 * (part.left + part.right) - 0.5 * (left + right)) > _OFF_CENTRE * (right - left):
            return False
    return True


def _holds_data(row: Row) -> bool:
    """Tell a line above the names of a header that is none of it."""
    return any(is_number(cell) or _NOTHING.match(cell) for cell in row.cells[1:])


@dataclass(frozen=True, slots=True)
class _Body:
    """Hold the rows below a header, and tell which of them can be trusted.

    `names` is the header's line that names the columns; `values` is where the second column begins.
    """

    rows: Sequence[Row]
    names: Row
    size: float
    values: float

    def trusted(self) -> Iterator[tuple[tuple[int, ...], Row]]:
        """Yield the rows that can be trusted, each with the line that heads its group.

        A line in the middle heads what follows, and so does one at the left that a gap sets off; else it could be a
        part of a name, and neither the row before it nor any after it is trusted. Nor is what follows another header or
        a gap that may end a group. Groups whose lines stand below them are none. Rows of one name in one group are told
        apart by something that is not there.
        """
        group: tuple[int, ...] = ()
        found: list[tuple[tuple[int, ...], Row]] = []
        whole, pitch = self._whole_names(), self._pitch()
        for at, row in enumerate(self.rows):
            wide = at > 0 and row.base - self.rows[at - 1].base > _GROUP_ENDS * pitch
            if row.numeric:
                if self._is_header(row) or (wide and group and self.rows[at - 1].numeric):
                    break
                if self._good(row) and row in whole and not self._runs_on(at, pitch):
                    found.append((group, row))
            elif self._heads(at, pitch):
                if at + 1 == len(self.rows):
                    return
                group = row.lines
            elif not _empty(row):
                break
        names = Counter((group, row.cells[0]) for group, row in found)
        for group, row in found:
            if names[group, row.cells[0]] == 1:
                yield group, row

    def _pitch(self) -> float:
        """Return the usual distance of rows."""
        steps = sorted(below.base - above.base for above, below in pairwise(self.rows))
        return steps[len(steps) // 2] if steps else 0.0

    def _is_header(self, row: Row) -> bool:
        """Tell another header: it repeats the first name, or counts up as a header does."""
        again = bool(row.cells[0]) and row.cells[0] == self.names.cells[0]
        return again or _counts_up([row, *(other for other in self.rows if other is not row)])

    def _good(self, row: Row) -> bool:
        """Tell a full row with one value a cell; without a name over them, its first cells are no numbers."""
        label, *cells = row.cells
        lone = all(sum(map(_is_value, _ASIDE.sub(" ", cell).split())) < 2 for cell in cells)
        named = len(self.names.parts) == len(row.cells)
        return row.full and lone and (named or not NUMBER.match(label))

    def _heads(self, at: int, pitch: float) -> bool:
        """Tell a line that heads a group: in the middle, or at the left with a gap above and none below."""
        row = self.rows[at]
        if len(row.parts) != 1:
            return False
        if not row.cells[0] or row.parts[0].right > self.values:
            return True
        above = row.base - self.rows[at - 1].base if at else float("inf")
        below = self.rows[at + 1].base - row.base if at + 1 < len(self.rows) else pitch
        return above > _SET_OFF * below and below > _CLOSE * pitch

    def _whole_names(self) -> Sequence[Row]:
        """Return the rows whose names begin where names begin."""
        named = [row for row in self.rows if row.numeric and row.cells[0]]
        for edges in ([row.label[1] for row in named], [sum(row.label) / 2 for row in named]):
            alike = [sum(abs(edge - other) < 0.3 * self.size for other in edges) for edge in edges]
            if max(alike, default=0) >= _ALIKE * len(named):
                return self.rows
        left = min((row.label[0] for row in named), default=0.0)
        return [row for row in self.rows if not row.cells[0] or row.label[0] - left < _INDENT * self.size]

    def _runs_on(self, at: int, pitch: float) -> bool:
        """Tell a row whose name or numbers seem to go on in the line below."""
        if at + 1 == len(self.rows):
            return False
        below = self.rows[at + 1]
        if below.numeric:
            return not below.cells[0] and not below.full
        return len(below.parts) == 1 and not self._heads(at + 1, pitch)


def _empty(row: Row) -> bool:
    """Tell a row of marks and dashes, which has no number to cite."""
    return not row.across and any(row.cells[1:]) and not any(char.isalnum() for cell in row.cells[1:] for char in cell)


def _is_value(word: str) -> bool:
    return is_number(word) or _NOTHING.match(word) is not None


def _counts_up(rows: Sequence[Row]) -> bool:
    """Tell a first row of rising whole numbers over rows that hold other ones: 128, 256, 512."""
    label, *cells = rows[0].cells
    if len(cells) < _COUNTS or is_number(label) or not all(c.isdecimal() and len(c) <= _LONGEST for c in cells):
        return False
    numbers = list(map(int, cells))
    others = [cell for row in rows[1:] for cell in row.cells[1:] if is_number(cell)]
    return numbers == sorted(set(numbers)) and sum(map(str.isdecimal, others)) < 0.5 * len(others)
