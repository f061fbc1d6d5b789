"""A paper's tables cell by cell: under the names of their columns and groups, or refused; nothing computes in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.printing import printed_csv, printed_markdown
from rag.reading import PrintedTable, tables_of
from tests import make_pdfs
from tests.make_blocks import sheets

PAGES = """
54 60 14 Times-Bold: 1 Lamps
54 80 <480: {TEXT}
54 200: Table 1: Errors of filters by day and night.
190 220: Day
330 220: Night
54 234: Filter
160 234: Error
220 234: Time
300 234: Error
360 234: Time
54 248: Arc
160 248: 0.85
220 248: 12.0
300 248: 0.95
360 248: 13.0
54 260: Tube
160 260: 0.41
220 260: 30.5
300 260: 0.51
360 260: 31.5
54 272: Wick
160 272: 0.33
300 272: 0.43
360 272: 22.5
54 400: Table 2: Lamps that nobody lit.
54 420: Lamp
54 434: 0.1
160 434: 0.2
100 446: 0.3
210 446: 0.4
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[PrintedTable]:
    path = tmp_path_factory.mktemp("tables") / "paper.pdf"
    path.write_bytes(make_pdfs.make(sheets(PAGES)))
    return tables_of(path)


def test_cells_stand_under_the_names_of_columns_and_groups(tables: list[PrintedTable]) -> None:
    """A name over several columns is said of each; a row that lacks a cell is shown, but cannot be cited."""
    first, second = tables
    assert first.columns == ("Filter", "Day Error", "Day Time", "Night Error", "Night Time")
    assert first.rows == (
        ("Arc", "0.85", "12.0", "0.95", "13.0"),
        ("Tube", "0.41", "30.5", "0.51", "31.5"),
        ("Wick", "0.33", "", "0.43", "22.5"),
    )
    assert (first.name, first.page, first.left_out) == ("Table 1", 1, 0)
    assert (first.citable, first.read, first.values) == (8, 11, 11)
    assert (second.name, second.rows, second.citable, second.values) == ("Table 2", (), 0, 4)


def test_tables_are_printed_for_the_eye(tables: list[PrintedTable]) -> None:
    """Markdown and CSV say what of each table is left out."""
    text = printed_markdown(tables)
    assert "| Filter | Day Error | Day Time | Night Error | Night Time |\n| --- | --- | --- | --- | --- |\n" in text
    assert "| Tube | 0.41 | 30.5 | 0.51 | 31.5 |" in text
    assert "| Wick | 0.33 |  | 0.43 | 22.5 |" in text
    assert "none of its rows is shown" in text
    assert "1 row with numbers left out" in printed_markdown([replace(tables[0], left_out=1)])
    lines = printed_csv(tables).split("\r\n")
    assert lines[1:3] == ["Filter,Day Error,Day Time,Night Error,Night Time", "Arc,0.85,12.0,0.95,13.0"]


def test_a_cell_is_text_wherever_it_is_pasted() -> None:
    """What a paper prints in a cell makes no markup, and no spreadsheet computes it."""
    table = PrintedTable("Table 1", 1, "Table 1: x | y", ("a|b", "c"), (("=1+1", "[x](evil.gg)"),), 0, 1, 1, 1)
    assert printed_csv([table]).split("\r\n")[2] == "'=1+1,[x](evil.gg)"
    assert "a\\|b" in printed_markdown([table])
    assert "](evil.gg)" not in printed_markdown([table]).replace("\\", "")
