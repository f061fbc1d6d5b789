"""Tables on pages: which cells belong to which caption, and what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rag.papers import Paper
from rag.reading import read_paper
from rag.reading.tables.grid import is_one_row, looks_like_cells, stands_in_rows
from tests import make_pdfs
from tests.cases import cases
from tests.make_tables import any_table, drawn, parted

COLUMNS = (72, 152, 212)
HEADER = ("Lamp", "Error", "Time")
ROWS = (("Arc", "0.85", "12.0"), ("Tube", "0.41", "30.5"), ("Neon", "0.22", "61.0"))


def page() -> make_pdfs.Sheet:
    """Return a page with some text and a heading, on which tables can be set below 300."""
    sheet = make_pdfs.plain(make_pdfs.BODY)
    sheet.text(make_pdfs.LEFT, 270, "1 Introduction", 12, "Times-Bold")
    return sheet


def add_table(sheet: make_pdfs.Sheet, top: float, rows: Sequence[Sequence[str]], left: float = 0) -> None:
    """Set a table's cells."""
    for number, row in enumerate(rows):
        for column, cell in zip(COLUMNS, row, strict=True):
            sheet.text(left + column, top + 12 * number, cell)


def read(sheet: make_pdfs.Sheet, folder: Path) -> Paper:
    """Read a page as a paper."""
    path = folder / "paper.pdf"
    path.write_bytes(make_pdfs.make([sheet]))
    return read_paper(path, "x", None)


def rows_of(paper: Paper) -> list[str]:
    """Return the rows that can be cited."""
    return [sentence.text for sentence in paper.sentences if "row" in sentence.flags]


@pytest.mark.parametrize("below", [True, False])
def test_cells_between_two_captions_belong_where_all_captions_have_theirs(below: bool, tmp_path: Path) -> None:
    """All captions of a page stand below their tables or all above; the number of lines does not decide."""
    sheet = page()
    sheet.text(72, 380 if below else 300, "Table 1: Lamps by day.")
    sheet.text(72, 470 if below else 390, "Table 2: Lamps by night.")
    add_table(sheet, 320, [HEADER, *ROWS])
    add_table(sheet, 410, [HEADER, *ROWS])
    header = " ".join(HEADER)
    found = rows_of(read(sheet, tmp_path))
    assert found == [f"Table 1: Lamps by day. {header} {' '.join(row)}" for row in ROWS] + [
        f"Table 2: Lamps by night. {header} {' '.join(row)}" for row in ROWS
    ]


def test_an_upright_label_makes_rows_unclear(tmp_path: Path) -> None:
    """What it says of some rows is not on their lines, so none is cited."""

    def upright(canvas: Any) -> None:
        canvas.saveState()
        canvas.translate(66, make_pdfs.HEIGHT - 360)
        canvas.rotate(90)
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(0, 0, "Night")
        canvas.restoreState()

    sheet = page()
    sheet.text(72, 300, "Table 1: Lamps.")
    add_table(sheet, 320, [HEADER, *ROWS])
    assert len(rows_of(read(sheet, tmp_path))) == len(ROWS)
    sheet.do(upright)
    paper = read(sheet, tmp_path)
    assert (rows_of(paper), paper.gaps) == ([], ("Table 1 (page 1): columns cannot be told apart",))


@pytest.mark.parametrize("again", [HEADER, ("Name", "Error", "Time")])
@pytest.mark.parametrize("left", [180, 200, 240])
def test_two_tables_side_by_side_are_not_joined(again: tuple[str, ...], left: float, tmp_path: Path) -> None:
    """Under one caption, the names in the middle would be values of the first table's rows."""
    others = [("Oil", "0.51", "1.5"), ("Wick", "0.61", "2.5"), ("Beam", "0.71", "3.5")]
    sheet = page()
    sheet.text(72, 300, "Table 1: Lamps by day and by night.")
    add_table(sheet, 320, [HEADER, *ROWS])
    add_table(sheet, 320, [again, *others], left)
    true = {" ".join([*header, *row]) for header, rows in ((HEADER, ROWS), (again, others)) for row in rows}
    assert {row.removeprefix("Table 1: Lamps by day and by night. ") for row in rows_of(read(sheet, tmp_path))} <= true


def test_names_side_by_side_are_no_text(tmp_path: Path) -> None:
    """A header that holds common words is a header."""
    header, rows = ("Lamp", "All", "Not all of it"), [("Arc", "0.85", "12.0"), ("Tube", "0.41", "30.5")]
    sheet = page()
    sheet.text(72, 300, "Table 1: Lamps.")
    add_table(sheet, 320, [header])
    add_table(sheet, 338, rows)
    assert rows_of(read(sheet, tmp_path)) == [f"Table 1: Lamps. {' '.join(header)} {' '.join(row)}" for row in rows]


@pytest.mark.parametrize("seed", range(20))
def test_what_can_be_cited_from_a_page_is_true(seed: int, tmp_path: Path) -> None:
    """A random table's rows are sentences made of its caption, its true header and a true row."""
    made = any_table(Random(seed))  # noqa: S311 - made-up data
    sheet = page()
    sheet.text(72, 300, "Table 1: Lamps.")
    for base, left, text in made.cells:
        sheet.text(40 + 0.8 * left, 230 + base, text, 8)
    true = {f"Table 1: Lamps. {made.header} {row}" for row in made.rows}
    assert set(rows_of(read(sheet, tmp_path))) <= true


@cases("reading/cases/detection", "cells")
def test_cells_are_known(table: str, one_row: bool, cells: bool, rows: bool) -> None:
    """By themselves: side by side, by a figure or two lines on one height, or in rows of numbers."""
    block = parted(drawn(table))
    assert (is_one_row(block), looks_like_cells(block), stands_in_rows(block)) == (one_row, cells, rows)
