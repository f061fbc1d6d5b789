"""Read the rows of a table by its columns: the empty strips that run down between its cells.

A row is read only where it has a cell in every column and the header a name over each (but that of the rows' own
names), since its text is printed in one line under the header's: where cells or names are missing, nobody could tell
which belong together. Not handled here: finding tables (`tables`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.reading.sheet import Block, Line

NUMBER = re.compile(r"^[−–+-]?[$€£]?\d[\d.,]*(?:[%MKBkx×]|e[−-]?\d+)?(?:[±/()].*)?$")
_STRIP = 0.45  # of a font size: narrower than a strip between columns, wider than a blank
_CROSSED = 0.1  # of the rows may run over a strip: cells that span columns
_MOST_HEADER = 4  # lines
_TRUSTED = 0.4  # of the rows with numbers have to be full, else the columns are not understood
_COUNTS = 3  # rising whole numbers over a table without another header name its columns: 128, 256, 512


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row: the numbers of its lines in the block, its cell in each column, and in how many parts it stands.

    `across` tells that words of it run over a strip between columns, as those of wide headers do; no cell holds them.
    """

    lines: tuple[int, ...]
    cells: tuple[str, ...]
    across: bool
    parts: int

    @property
    def full(self) -> bool:
        """Tell whether there is a cell in every column."""
        return len(self.cells) > 1 and all(self.cells) and not self.across

    @property
    def numeric(self) -> bool:
        """Tell whether a cell is a number: one under a label, or any where there is no other."""
        return any(map(is_number, self.cells[1:]))


class _Piece(NamedTuple):
    left: float
    right: float
    text: str


def is_number(cell: str) -> bool:
    """Tell a cell that begins with a number: 27.3, 1.0 · 1020, 6.43 (6.61±0.16)."""
    return bool(cell) and NUMBER.match(cell.split()[0]) is not None


def rows_of(block: Block) -> tuple[Row, ...]:
    """Return a table's rows from top to bottom."""
    heights = list(_heights(block))
    pieces = [[piece for number in numbers for piece in _pieces(block.lines[number])] for numbers in heights]
    counted = [row for row in pieces if len(row) > 1 and any(is_number(piece.text) for piece in row)]
    strips = _strips(counted, block.size)
    return tuple(
        Row(numbers, *_cells(row, strips), 1 + len(_empty([row], block.size)))
        for numbers, row in zip(heights, pieces, strict=True)
    )


def _heights(block: Block) -> Iterator[tuple[int, ...]]:
    """Yield the numbers of the lines that stand on one height; a table's lines are ordered by height."""
    start = 0
    for index in range(1, len(block.lines) + 1):
        first = block.lines[start]
        if index < len(block.lines) and abs(block.lines[index].base - first.base) < 0.45 * first.size:
            continue
        yield tuple(range(start, index))
        start = index


def _pieces(line: Line) -> list[_Piece]:
    """Return a line's words with their edges, those that are glued together as one."""
    texts = line.text.split()
    edges: list[list[float]] = []
    for word in line.words:
        if edges and word.glued:
            edges[-1][1] = word.right
        else:
            edges.append([word.left, word.right])
    if len(edges) != len(texts):
        return [_Piece(line.left, line.right, line.text)]
    return [_Piece(left, right, text) for (left, right), text in zip(edges, texts, strict=True)]


def _strips(rows: Sequence[Sequence[_Piece]], size: float) -> list[float]:
    """Return the middles of the strips between columns, from left to right.

    A few rows may run over them: those without which there is one strip more are left out, one after the other.
    """
    found = _empty(rows, size)
    for _ in range(int(_CROSSED * len(rows))):
        rest = [[*rows[:at], *rows[at + 1 :]] for at in range(len(rows))]
        strips, rows = max(((_empty(some, size), some) for some in rest), key=lambda pair: len(pair[0]))
        if len(strips) == len(found):
            break
        found = strips
    return found


def _empty(rows: Sequence[Sequence[_Piece]], size: float) -> list[float]:
    """Return the middles of the strips that all rows leave empty."""
    pieces = sorted(piece for row in rows for piece in row)
    found: list[float] = []
    reached = pieces[0].right if pieces else 0.0
    for piece in pieces:
        if piece.left - reached > _STRIP * size:
            found.append(0.5 * (reached + piece.left))
        reached = max(reached, piece.right)
    return found


def _cells(row: Sequence[_Piece], strips: Sequence[float]) -> tuple[tuple[str, ...], bool]:
    """Return what stands in each column, and whether something runs over a strip."""
    cells = [""] * (len(strips) + 1)
    across = False
    for piece in row:
        column = bisect_left(strips, piece.left)
        if column == bisect_left(strips, piece.right):
            cells[column] = f"{cells[column]} {piece.text}".strip()
        else:
            across = True
    return tuple(cells), across


def readable_rows(rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return a table's header rows and the numeric rows that can be trusted; both are empty for an unclear table."""
    first = next((index for index, row in enumerate(rows) if row.numeric), len(rows))
    if first == 0 and _counts_up(rows):
        first = 1
    header, numeric = tuple(rows[:first]), [row for row in rows[first:] if row.numeric]
    columns = len(rows[0].cells) if rows else 0
    named = sum(any(cells) for cells in zip(*(row.cells for row in header), strict=True))
    names = max([named, *(row.parts for row in header)])
    labelled = names < columns  # a column without a name holds what rows are called
    good = tuple(row for row in numeric if row.full and not (labelled and NUMBER.match(row.cells[0])))
    if len(header) > _MOST_HEADER or names < max(1, columns - 1) or len(good) < max(2, _TRUSTED * len(numeric)):
        return (), ()
    return header, good


def _counts_up(rows: Sequence[Row]) -> bool:
    """Tell a first row of rising whole numbers over rows that hold other ones: 128, 256, 512."""
    label, *cells = rows[0].cells
    if len(cells) < _COUNTS or is_number(label) or not all(map(str.isdecimal, cells)):
        return False
    numbers = list(map(int, cells))
    others = [cell for row in rows[1:] for cell in row.cells[1:] if is_number(cell)]
    return numbers == sorted(set(numbers)) and sum(map(str.isdecimal, others)) < 0.5 * len(others)
