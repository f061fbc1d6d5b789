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
_STRIP = 0.45  # of a font size: narrower than a strip between columns, wider than a blank
_SAME_HEIGHT = 0.45  # of a font size: how far apart the lines of one row stand at most
_CROSSED = 0.2  # of the rows may run over a strip: cells that span columns


class _Piece(NamedTuple):
    left: float
    right: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row: the numbers of its lines in the block, its cell in each column, the parts it stands in.

    `across` tells that words run over a strip between columns; no cell holds them. `parts` are stretches of words
    with no wide gap between them.
    """

    lines: tuple[int, ...]
    cells: tuple[str, ...]
    parts: tuple[_Piece, ...]
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


def is_number(cell: str) -> bool:
    """Tell a cell that begins with a number: 27.3, 1.0 · 1020, 6.43 (6.61±0.16)."""
    return bool(cell) and NUMBER.match(cell.split()[0]) is not None


def by_height(lines: Iterable[Line]) -> list[list[Line]]:
    """Return lines in rows from top to bottom, each from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.base, line.left)):
        if rows and abs(rows[-1][0].base - line.base) < _SAME_HEIGHT * max(rows[-1][0].size, line.size):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def rows_of(block: Block) -> tuple[list[Row], list[tuple[float, float]]]:
    """Return a table's rows from top to bottom, and the left and right edge of each column's cells."""
    pieces = [[piece for line in lines for piece in _pieces(line)] for lines in by_height(block.lines)]
    counted = [row for row in pieces if len(row) > 1 and any(is_number(piece.text) for piece in row[1:])]
    strips = _strips(counted, block.size)
    rows, start = [], 0
    for lines, row in zip(by_height(block.lines), pieces, strict=True):
        rows.append(_row(tuple(range(start, start + len(lines))), lines, row, strips, block.size))
        start += len(lines)
    return rows, _columns(counted, strips)


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


def _middle(region: Sequence[tuple[int, float, float]], rows: Sequence[Sequence[_Piece]], size: float) -> list[float]:
    """Return the middle of the emptiest wide stretch of a region, none where it does not stand between cells."""
    wide = [(covered, place - after, place, after) for covered, place, after in region if after - place > _STRIP * size]
    if not wide:
        return []
    _, _, place, after = min(wide)
    middle = 0.5 * (place + after)
    left = sum(any(piece.right <= middle for piece in row) for row in rows)
    right = sum(any(piece.left >= middle for piece in row) for row in rows)
    return [middle] if 2 * min(left, right) >= len(rows) else []


def _columns(rows: Sequence[Sequence[_Piece]], strips: Sequence[float]) -> list[tuple[float, float]]:
    """Return the left and right edge of what stands in each column."""
    held: list[list[_Piece]] = [[] for _ in range(len(strips) + 1)]
    for piece in (piece for row in rows for piece in row):
        column = bisect_left(strips, piece.left)
        if column == bisect_left(strips, piece.right):
            held[column].append(piece)
    return [(min(p.left for p in column), max(p.right for p in column)) for column in held if column]


def _row(
    numbers: tuple[int, ...], lines: Sequence[Line], row: Sequence[_Piece], strips: Sequence[float], size: float
) -> Row:
    held: list[list[_Piece]] = [[] for _ in range(len(strips) + 1)]
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
        lines=numbers,
        cells=cells,
        parts=tuple(_parts(row, size)),
        label=(held[0][0].left, held[0][-1].right) if held[0] else (0.0, 0.0),
        base=lines[0].base,
        across=across,
        in_order="".join("".join(cells).split()) == "".join(printed.split()),
    )


def _parts(row: Sequence[_Piece], size: float) -> Iterator[_Piece]:
    part: _Piece | None = None
    for piece in row:
        if part and piece.left - part.right <= _STRIP * size:
            part = _Piece(part.left, max(part.right, piece.right), f"{part.text} {piece.text}")
            continue
        if part:
            yield part
        part = piece
    if part:
        yield part
