"""Read the rows of a table by its columns: the empty strips that run down between its cells.

Not handled here: finding tables (`detection`), what names rows and columns (`headers`), which rows can be cited
(`rows`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from rag.reading.blocks.layout import Measure
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


# --- where a table is: cells next to a caption "Table N", or cells alone that stand in clear rows ---------------------

CAPTION = re.compile(
    r"^(?:\[IMAGE:\s*)?(?:Extended Data |Supplementary )?"
    r"(?:Figure|Fig|FIG|FIGURE|Table|TABLE|Tab|Algorithm|Listing|Scheme|Box)\.?"
    r"\s*[A-Z]?\.?\d*[IVX]*[a-z]?\s*(?:[.:|—–]|-\s|\s(?=[A-Z(“])|$)"
)
_TABLE_CAPTION = re.compile(r"^(?:Supplementary )?(?:Table|TABLE|Tab)\b")
_LARGE = 1.25  # times the size of body and caption: no cell, but a title
_MOST_CAPTIONS = 100  # of tables on a page: more are no captions
_NEAR = 2.6  # usual line distances between a table and its caption
_BESIDE = 0.6  # usual line distances: blocks that reach so far into each other's height stand side by side
_LEAST_LINES = 6  # of cells without a caption; fewer are a formula or an address
_SHARED, _NUMBERS = 0.6, 0.3  # of their lines stand beside another, and of their words are numbers


class _Side(NamedTuple):
    """Say in which direction from a caption, and in which order the blocks of the page come there."""

    down: bool
    order: Sequence[int]


def gather_tables(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> list[Block]:
    """Return a page's blocks with the cells of each table as one block, labelled, in rows from top to bottom.

    `prose` tells for each block whether it reads as text or is settled already; such blocks end a table.
    """
    groups = _cells_of_captions(blocks, prose, usual)
    taken = {other for members in groups for other in members}
    whole = {min(members): sorted(members) for members in groups}
    result: list[Block] = []
    for index, block in enumerate(blocks):
        if index in whole:
            lines = [line for member in whole[index] for line in blocks[member].lines]
            result.append(_table(block.page, lines))
        elif index not in taken:
            free = not prose[index] and block.label == "body" and stands_in_rows(block)
            result.append(_table(block.page, block.lines) if free else block)
    return result


def _cells_of_captions(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> list[list[int]]:
    """Return the cells of each caption: on the side where every caption of the page has some, else on the fuller."""
    captions = [i for i, block in enumerate(blocks) if block.label == "caption" and _TABLE_CAPTION.match(block.text)]
    if not captions or len(captions) > _MOST_CAPTIONS:
        return []
    sides = (
        _Side(True, sorted(range(len(blocks)), key=lambda i: blocks[i].top)),
        _Side(False, sorted(range(len(blocks)), key=lambda i: -blocks[i].bottom)),
    )
    both = [[_cells_beside(blocks, prose, i, usual, side, ()) for side in sides] for i in captions]
    every = [all(side) for side in zip(*[found for found in both if any(found)], strict=True)] or [True, True]
    used = [side for side, all_have in zip(sides, every, strict=True) if all_have or not any(every)]
    taken: set[int] = set()
    groups: list[list[int]] = []
    for caption in captions:
        found = [_cells_beside(blocks, prose, caption, usual, side, taken) for side in used]
        fuller = max(found, key=lambda side: sum(len(blocks[i].lines) for i in side if looks_like_cells(blocks[i])))
        if fuller:
            groups.append(fuller)
            taken.update(fuller)
    return groups


def _cells_beside(
    blocks: Sequence[Block], prose: Sequence[bool], caption: int, usual: Measure, side: _Side, taken: Collection[int]
) -> list[int]:
    """Return the blocks that follow the caption downwards or upwards without text between."""
    named, down = blocks[caption], side.down
    top, bottom, left, right = named.top, named.bottom, named.left, named.right
    found: list[int] = []
    for index in side.order:
        block = blocks[index]
        away = block.top - named.bottom if down else named.top - block.bottom
        gap = block.top - bottom if down else top - block.bottom
        if gap > _NEAR * usual.pitch:  # and so is all that comes later
            break
        if index == caption or away < -_BESIDE * usual.pitch or block.right < left or block.left > right:
            continue
        large = block.size > _LARGE * max(usual.size, named.size)
        if prose[index] or large or index in taken:
            if gap < -_BESIDE * usual.pitch:
                continue  # stands beside the cells
            break
        found.append(index)
        top, bottom = min(top, block.top), max(bottom, block.bottom)
        left, right = min(left, block.left), max(right, block.right)
    return found


def _table(page: int, lines: Sequence[Line]) -> Block:
    return Block(page, tuple([line for row in by_height(lines) for line in row]), "table")


def is_one_row(block: Block) -> bool:
    """Tell cells that stand side by side, "Lamp  All  Not all of it": the names over columns may read as text."""
    return len(block.lines) > 1 and len({round(line.base) for line in block.lines}) == 1


def looks_like_cells(block: Block) -> bool:
    """Tell a block of cells by a figure, "Arc  0.85", or by two lines on one height."""
    return len({round(line.base) for line in block.lines}) < len(block.lines) or bool(re.search(r"\d", block.text))


def stands_in_rows(block: Block) -> bool:
    """Tell cells without a caption: most lines share their height with another, and numbers abound."""
    if len(block.lines) < _LEAST_LINES:
        return False
    heights = Counter(round(line.base) for line in block.lines)
    shared = sum(count for count in heights.values() if count > 1)
    words = block.text.split()
    numbers = sum(bool(NUMBER.match(word)) for word in words)
    return shared > _SHARED * len(block.lines) and numbers > _NUMBERS * len(words)
