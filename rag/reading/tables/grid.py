"""Read the rows of a table by its columns: the empty strips that run down between its cells.

Not handled here: finding tables (`tables`), which rows can be cited (`trust`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
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
    """Tell a cell that says there is no value."""
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


def rows_of(block: Block) -> Grid:
    """Return a table's rows from top to bottom, and the left and right edge of each column's cells."""
    heights = by_height(block.lines)
    pieces: list[list[Piece]] = []
    start = 0
    for lines in heights:
        pieces.append([piece for number, line in enumerate(lines, start) for piece in _pieces(line, number)])
        start += len(lines)
    counted = [row for row in pieces if _counts(row)]
    strips = _strips(counted, block.size)
    first = next((number for number, row in enumerate(pieces) if _counts(row)), 0)
    stubs = _stub_strips(pieces[first:], strips, block.size)
    if stubs:
        counted += [row for row in pieces[first:] if not _counts(row)]
        strips = [*stubs, *strips]
    rows = [_row(lines, row, strips, block.size) for lines, row in zip(heights, pieces, strict=True)]
    return Grid(rows, _columns(counted, strips), _stubs([row for row in rows[first:] if row.numeric]))


def _counts(row: Sequence[Piece]) -> bool:
    return len(row) > 1 and any(is_number(piece.text) for piece in row[1:])


def _pieces(line: Line, number: int) -> list[Piece]:
    """Return a line's words with their edges, those that are glued together as one."""
    texts = line.text.split()
    edges: list[list[float]] = []
    for word in line.words:
        if edges and word.glued:
            edges[-1][1] = word.right
        else:
            edges.append([word.left, word.right, word.base])
    if len(edges) != len(texts):
        marks = tuple([(number, at) for at in range(len(texts))])
        return [Piece(line.left, line.right, line.text, line.base, marks)]
    return [
        Piece(left, right, text, base, ((number, at),))
        for at, ((left, right, base), text) in enumerate(zip(edges, texts, strict=True))
    ]


def _stub_strips(body: Sequence[Sequence[Piece]], strips: Sequence[float], size: float) -> list[float]:
    """Return the middles of the strips beside labels of several rows, which stand left of the rows' own names."""
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


def _stubs(rows: Sequence[Row]) -> int:
    """Return how many columns at the left hold labels of several rows: some rows have none, but all a name after it."""
    columns = list(zip(*[row.cells for row in rows], strict=True))
    count = next((at for at, column in enumerate(columns) if all(column)), 0)
    if count + 1 >= len(columns) or any(map(is_number, [cell for column in columns[:count] for cell in column])):
        return 0
    return count if all(any(map(str.isalpha, cell)) or is_nothing(cell) for cell in columns[count]) else 0


def _strips(rows: Sequence[Sequence[Piece]], size: float) -> list[float]:
    """Return the middles of the strips between columns: where hardly a row has a word, and most have some beside."""
    ends = sorted([(p.left, 1) for row in rows for p in row] + [(p.right, -1) for row in rows for p in row])
    allowed = int(_CROSSED * len(rows))
    found: list[float] = []
    region: list[tuple[int, float, float]] = []  # neighbouring stretches that few rows cover: how many, from, to
    covered = 0
    for (place, step), (after, _) in pairwise(ends):
        covered += step
        if covered <= allowed:
            region.append((covered, place, after))
            continue
        found += _middle(region, rows, size)
        region = []
    return found


def _middle(region: Sequence[tuple[int, float, float]], rows: Sequence[Sequence[Piece]], size: float) -> list[float]:
    """Return the middle of the emptiest wide stretch of a region, none where it does not stand between cells."""
    wide = [(covered, place - after, place, after) for covered, place, after in region if after - place > STRIP * size]
    if not wide:
        return []
    _, _, place, after = min(wide)
    middle = 0.5 * (place + after)
    left = sum(any(piece.right <= middle for piece in row) for row in rows)
    right = sum(any(piece.left >= middle for piece in row) for row in rows)
    return [middle] if 2 * min(left, right) >= len(rows) else []


def _columns(rows: Sequence[Sequence[Piece]], strips: Sequence[float]) -> list[tuple[float, float]]:
    """Return the left and right edge of what stands in each column."""
    held: list[list[Piece]] = [[] for _ in range(len(strips) + 1)]
    for piece in (piece for row in rows for piece in row):
        column = bisect_left(strips, piece.left)
        if column == bisect_left(strips, piece.right):
            held[column].append(piece)
    return [(min(p.left for p in column), max(p.right for p in column)) for column in held if column]


def _row(lines: Sequence[Line], row: Sequence[Piece], strips: Sequence[float], size: float) -> Row:
    held: list[list[Piece]] = [[] for _ in range(len(strips) + 1)]
    across = False
    for piece in row:
        column = bisect_left(strips, piece.left)
        if column == bisect_left(strips, piece.right):
            held[column].append(piece)
        else:
            across = True
    cells = tuple([" ".join([piece.text for piece in cell]) for cell in held])
    printed = "".join([line.text for line in lines])
    return Row(
        marks=tuple([mark for piece in row for mark in piece.marks]),
        cells=cells,
        held=tuple([tuple([mark for piece in cell for mark in piece.marks]) for cell in held]),
        parts=tuple(_parts(row, min(size, max([line.size for line in lines])))),
        label=(held[0][0].left, held[0][-1].right) if held[0] else (0.0, 0.0),
        base=lines[0].base,
        across=across,
        in_order="".join("".join(cells).split()) == "".join(printed.split()),
    )


def _parts(row: Sequence[Piece], size: float) -> Iterator[Piece]:
    part: Piece | None = None
    for piece in row:
        if part and piece.left - part.right <= STRIP * size:
            text, marks = f"{part.text} {piece.text}", part.marks + piece.marks
            part = Piece(part.left, max(part.right, piece.right), text, part.base, marks)
            continue
        if part:
            yield part
        part = piece
    if part:
        yield part
