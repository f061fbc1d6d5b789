"""Grids: cells parted by the strips that a table leaves empty."""

from __future__ import annotations

from rag.reading.tables.grid import grid_of, is_nothing, is_number
from tests.cases import cases
from tests.make_tables import drawn


@cases("reading/cases/grid", "is_number")
def test_numbers_are_known(given: str, expected: bool) -> None:
    assert is_number(given) is expected


@cases("reading/cases/grid", "is_nothing")
def test_what_says_that_there_is_no_value(given: str, expected: bool) -> None:
    assert is_nothing(given) is expected


@cases("reading/cases/grid", "cells")
def test_cells_stand_in_columns(table: str, rows: list[list[str]], stubs: int) -> None:
    grid = grid_of(drawn(table))
    assert [list(row.cells) for row in grid.rows] == rows
    assert grid.stubs == stubs
