"""Return a paper's tables cell by cell, for the eye: the rows whose cells can be told apart, and how many cannot.

The PDF is read again, since what is stored of a row is its text. Not handled here: which rows can be trusted (`rows`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.reading.read import LaidOut, lay_out
from rag.reading.tables.grid import Mark, Row, grid_of, is_number
from rag.reading.tables.rows import trusted_table, word_places

_NAME = re.compile(r"(?:Supplementary )?(?:Table|TABLE|Tab\.?)\s*[A-Z]?\.?[\dIVX]+")


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Hold a table of a page: its caption, what stands over its columns, and the rows whose cells can be told apart.

    A cell that a row lacks is empty; such a row cannot be cited, since its text does not tell which. A row whose group
    is headed by a line, or by a label beside several rows, has that as its first cell. `left_out` counts rows with
    numbers that cannot be trusted; `values` are the numbers of the whole table, header included, of which `read` stand
    in the rows, and `citable` in those that can be cited.
    """

    name: str
    page: int
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int
    values: int
    read: int
    citable: int


def tables_of(path: Path) -> list[PrintedTable]:
    """Return the tables of a PDF that a caption names, in order; raise `PdfError` when it cannot be read at all."""
    laid = lay_out(path)
    return [
        table
        for index, blocks in enumerate(laid.blocks)
        for at, block in enumerate(blocks)
        if block.label == "table"
        for table in _table(laid, index, at)
    ]


def _table(laid: LaidOut, index: int, at: int) -> Iterator[PrintedTable]:
    """Yield a page's table, if a caption names it."""
    blocks, written = laid.blocks[index], laid.written[index]
    captions, table = trusted_table(blocks, at)
    if not captions:
        return
    text = written.page.text
    start, end = written.places[captions[0]]
    caption = " ".join(text[start:end].split())
    places = {mark: text[slice(*place)] for mark, place in word_places(written, at, blocks[at]).items()}
    grouped = any(group for group, _ in table.seen)
    rows = tuple([tuple(_cells(row, group, places, table.stubs, grouped)) for group, row in table.seen])
    columns = ("",) * grouped + table.names[table.stubs :] if rows else ()
    numeric = table.numeric or sum(row.numeric for row in grid_of(blocks[at]).rows)
    read, citable = (
        sum(is_number(places[mark]) for _, row in found for mark in row.marks) for found in (table.seen, table.rows)
    )
    name = _NAME.match(caption)
    told = name[0] if name else "Table"
    values = sum(map(is_number, places.values()))
    yield PrintedTable(told, index + 1, caption, columns, rows, numeric - len(rows), values, read, citable)


def _cells(row: Row, group: Sequence[Mark], places: Mapping[Mark, str], stubs: int, grouped: bool) -> Iterator[str]:
    """Yield the cells of a row as the page's text has them, what heads its group first."""
    if grouped:
        yield " ".join(places[mark] for mark in group)
    for held in row.held[stubs:]:
        yield " ".join(places[mark] for mark in held)
