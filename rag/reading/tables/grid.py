"""Read the rows of a table by its columns: the empty strips that run down between its cells.

Not handled here: finding tables (`detection`), what names rows and columns (`headers`), which rows can be cited
(`rows`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from rag.reading.sheet import Block, Line

NUMBER = re.compile(r"^[<>≤≥≈∼~]?[−–+-]?[$€£]?\.?\d[\d.,]*(?:[%MKBkx×]|e[−-]?\d+)?(?:[±/()^].*|[a-c]|[*∗†‡§¶]+)?$")
_NOTHING = re.compile(r"^[-–—−]+$")
STRIP = 0.45  # of a font size: narrower than a strip between columns, wider than a blank
_SAME_HEIGHT = 0.45  # of a font size: how far apart the lines of one row stand at most
_CROSSED = 0.2  # of the rows may run over a strip: cells that span columns


Mark = tuple[int, int]  # a word of a block: the number of its line, its own in the line


class Piece(NamedTuple):
    """Place words of a row that stand close together."""

    left: float
    right: float
    text: str
    base: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row: the words of its lines, its cell in each column, the parts it stands in.

    `across` tells that words run over a strip between columns; no cell holds them. `parts` are stretches of words
    with no wide gap between them.
    """

    marks: tuple[Mark, ...]
    cells: tuple[str, ...]
    held: tuple[tuple[Mark, ...], ...]  # the words of each cell
    parts: tuple[Piece, ...]
    label: tuple[float, float]  # left and right edge of what stands in the first column
    base: float
    across: bool
    in_order: bool  # the cells make the row's text

    @classmethod
    def of(cls, lines: Sequence[Line], row: Sequence[Piece], strips: Sequence[float], size: float) -> Row:
        """Part the words of a row's lines by the strips between columns."""
        held = _by_column(row, strips)
        cells = tuple([" ".join([piece.text for piece in cell]) for cell in held])
        narrow = STRIP * min(size, max([line.size for line in lines]))
        parts: list[Piece] = []
        for piece in row:
            if parts and piece.left - parts[-1].right <= narrow:
                left, right, text, base, marks = parts[-1]
                parts[-1] = Piece(left, max(right, piece.right), f"{text} {piece.text}", base, marks + piece.marks)
            else:
                parts.append(piece)
        return cls(
            marks=tuple([mark for piece in row for mark in piece.marks]),
            cells=cells,
            held=tuple([tuple([mark for piece in cell for mark in piece.marks]) for cell in held]),
            parts=tuple(parts),
            label=(held[0][0].left, held[0][-1].right) if held[0] else (0.0, 0.0),
            base=lines[0].base,
            across=sum(map(len, held)) < len(row),
            in_order="".join("".join(cells).split()) == "".join("".join([line.text for line in lines]).split()),
        )

    @property
    def full(self) -> bool:
        """Tell whether there is one cell in every column, printed in their order."""
        return len(self.cells) > 1 and all(self.cells) and self.in_order and not self.across

    @property
    def numeric(self) -> bool:
        """Tell whether a cell after the first is a number."""
        return any(map(is_number, self.cells[1:]))


class Grid(NamedTuple):
    """Hold a table's rows, the edges of its columns, and how many of these at the left label several rows at once."""

    rows: list[Row]
    columns: list[tuple[float, float]]
    stubs: int


def is_number(cell: str) -> bool:
    """Tell a cell that begins with a number: 27.3, 1.0 · 1020, 6.43 (6.61±0.16)."""
    return bool(cell) and NUMBER.match(cell.split()[0]) is not None


def is_nothing(cell: str) -> bool:
    """Tell a cell that says there is no value: "-"."""
    return _NOTHING.match(cell) is not None


def by_height(lines: Iterable[Line]) -> list[list[Line]]:
    """Return lines in rows from top to bottom, each from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.base, line.left)):
        if rows and abs(rows[-1][0].base - line.base) < _SAME_HEIGHT * max(rows[-1][0].size, line.size):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def grid_of(block: Block) -> Grid:
    """Return a table's rows from top to bottom, and the left and right edge of each column's cells."""
    heights = by_height(block.lines)
    pieces: list[list[Piece]] = []
    start = 0
    for lines in heights:
        pieces.append([piece for number, line in enumerate(lines, start) for piece in _pieces(line, number)])
        start += len(lines)
    counted = [row for row in pieces if _counts(row)]
    first = next((number for number, row in enumerate(pieces) if _counts(row)), 0)
    strips = strips_between_columns(counted, block.size)
    stubs = strips_beside_stubs(pieces[first:], strips, block.size)
    if stubs:
        counted += [row for row in pieces[first:] if not _counts(row)]
        strips = [*stubs, *strips]
    held = _by_column([piece for row in counted for piece in row], strips)
    columns = [(min(piece.left for piece in cells), max(piece.right for piece in cells)) for cells in held if cells]
    rows = [Row.of(lines, row, strips, block.size) for lines, row in zip(heights, pieces, strict=True)]
    return Grid(rows, columns, stubs_of([row.cells for row in rows[first:] if row.numeric]))


def _counts(row: Sequence[Piece]) -> bool:
    return len(row) > 1 and any(is_number(piece.text) for piece in row[1:])


def _pieces(line: Line, number: int) -> list[Piece]:
    """Return a line's words with their edges, those that are glued together as one."""
    texts = line.text.split()
    edges: list[list[float]] = []
    for word in line.words:
        if edges and word.glued:
            edges[-1][1] = max(edges[-1][1], word.right)
        else:
            edges.append([word.left, word.right, word.base])
    if len(edges) != len(texts):
        marks = tuple([(number, at) for at in range(len(texts))])
        return [Piece(line.left, line.right, line.text, line.base, marks)]
    return [
        Piece(left, right, text, base, ((number, at),))
        for at, ((left, right, base), text) in enumerate(zip(edges, texts, strict=True))
    ]


def strips_between_columns(rows: Sequence[Sequence[Piece]], size: float) -> list[float]:
    """Return the middles of the strips between columns: where hardly a row has a word, and most have some beside.

    Of each region that few rows cover, the emptiest wide stretch is one: of "Arc 76.1", "Tube lamp 77.4", what lies
    between "lamp" and the figures.
    """
    ends = sorted([(p.left, 1) for row in rows for p in row] + [(p.right, -1) for row in rows for p in row])
    found: list[float] = []
    region: list[tuple[int, float, float]] = []  # its wide stretches: how many rows cover them, how narrow, from where
    covered, few = 0, int(_CROSSED * len(rows))
    for (place, step), (after, _) in pairwise(ends):
        covered += step
        if covered <= few:
            if after - place > STRIP * size:
                region.append((covered, place - after, 0.5 * (place + after)))
        elif region:
            _, _, middle = min(region)
            left = sum(any(piece.right <= middle for piece in row) for row in rows)
            right = sum(any(piece.left >= middle for piece in row) for row in rows)
            found += [middle] if 2 * min(left, right) >= len(rows) else []
            region = []
    return found


def strips_beside_stubs(body: Sequence[Sequence[Piece]], strips: Sequence[float], size: float) -> list[float]:
    """Return the middles of the strips beside labels of several rows, which stand left of the rows' own names.

    In "Day  Arc  1.1", "     Tube  1.2" there is one between "Day" and the names, if all rows of numbers have names.
    """
    if not strips:
        return []
    edge, found, right = strips[0], list[float](), 0.0
    for piece in sorted(piece for row in body for piece in row if piece.left < edge):
        if right and piece.left - right > STRIP * size:
            found.append(0.5 * (right + piece.left))
        right = max(right, piece.right)
    inner = found[-1] if found else edge
    named = all(any(inner < piece.left < edge for piece in row) for row in body if _counts(row))
    return found if right <= edge and named else []


def stubs_of(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns at the left hold labels of several rows: some rows have none, but all a name after it.

    One in the rows ("Day", "Arc", "1.1"), ("", "Tube", "1.2").
    """
    columns = list(zip(*rows, strict=True))
    count = next((at for at, column in enumerate(columns) if all(column)), 0)
    if count + 1 >= len(columns) or any(map(is_number, [cell for column in columns[:count] for cell in column])):
        return 0
    return count if all(any(map(str.isalpha, cell)) or is_nothing(cell) for cell in columns[count]) else 0


def _by_column(pieces: Iterable[Piece], strips: Sequence[float]) -> list[list[Piece]]:
    """Return the pieces of each column; those that run over a strip are in none."""
    held: list[list[Piece]] = [[] for _ in range(len(strips) + 1)]
    for piece in pieces:
        column = bisect_left(strips, piece.left)
        if column == bisect_left(strips, piece.right):
            held[column].append(piece)
    return held
