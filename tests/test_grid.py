"""Tables: rows are read by the strips between columns, and only where every number has its name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.reading.grid import is_number, readable_rows, rows_of
from rag.reading.sheet import Block, Line, Style, Word

PLAIN = Style("", False, False, False, False)
COLUMNS = (50, 150, 220, 290)


def line(cells: Sequence[tuple[float, str]], base: float) -> Line:
    """Return a line of words, five points a letter, two and a half a blank."""
    words, at = [], 0
    for left, cell in cells:
        for word in cell.split():
            words.append(Word(at, at + len(word), left, left + 5 * len(word), base, 10, PLAIN, False, False))
            left += 5 * len(word) + 2.5
            at += len(word) + 1
    text = " ".join(cell for _, cell in cells)
    return Line(tuple(words), words[0].left, words[-1].right, base - 8, base + 2, base, 10, text, len(text))


def table(*rows: Sequence[str | tuple[float, str]]) -> Block:
    """Return a table; a cell stands in its column, or where it says; an empty one is left out."""
    lines = []
    for number, row in enumerate(rows):
        placed = [
            (float(COLUMNS[column]), cell) if isinstance(cell, str) else cell for column, cell in enumerate(row) if cell
        ]
        lines.append(line(placed, 100.0 + 12 * number))
    return Block(1, tuple(lines), "table")


def read(*rows: Sequence[str | tuple[float, str]]) -> tuple[int, list[int]]:
    """Return how many lines the header has, and which lines are readable rows."""
    header, good = readable_rows(rows_of(table(*rows)))
    return len(header), [row.lines[0] for row in good]


HEADER = ("Model", "Top-1", "Top-5", "FLOPs")


def test_rows_with_a_cell_in_every_column_are_read() -> None:
    """Columns are parted by the strip that the whole table leaves empty, however near to it a name comes."""
    rows = [
        ("Arc", "76.1", "92.9", "4.1"),
        ("Arc deeper still", "77.4", "93.6", "7.8"),
        ("Bulb with a long name", "70.2", "89.6", "-"),
    ]
    assert read(HEADER, *rows) == (1, [1, 2, 3])
    cells = [row.cells for row in rows_of(table(HEADER, *rows))]
    assert cells[2] == ("Arc deeper still", "77.4", "93.6", "7.8")
    assert cells[3] == ("Bulb with a long name", "70.2", "89.6", "-")


def test_a_row_with_a_hole_is_left_out() -> None:
    """Where a cell is missing, one line of text cannot tell which columns the others stand in."""
    full = [("Arc", "76.1", "92.9", "4.1"), ("Tube", "77.4", "93.6", "7.8"), ("Neon", "70.1", "90.0", "1.9")]
    assert read(HEADER, *full, ("Bulb", "70.2", "", "1.8")) == (1, [1, 2, 3])
    assert read(HEADER, full[0], ("Bulb", "", "9.1", ""), ("Wick", "70.2", "", ""), ("Oil", "", "", "2.0")) == (0, [])


def test_a_row_over_a_strip_is_left_out() -> None:
    """A cell that spans columns belongs to none of them; few such rows do not hide the strip."""
    rows = [(f"Arc{number}", f"7{number}.1", f"9{number}.9", f"{number}.1") for number in range(10)]
    assert read(HEADER, *rows, ("Bulb", (150.0, "70.2±0.3(stat.)±0.1(sys.)"), "", "1.8")) == (1, list(range(1, 11)))


def test_every_number_needs_a_name() -> None:
    """A header with too few names, or none, makes no row citable."""
    rows = [("Arc", "76.1", "92.9", "4.1"), ("Tube", "77.4", "93.6", "7.8")]
    assert read(("Model", "error"), *rows) == (0, [])
    assert read(*rows) == (0, [])
    assert read(("", "Top-1", "Top-5", "FLOPs"), *rows) == (1, [1, 2])


def test_wide_names_and_two_lines_of_them_count() -> None:
    """A header that is wider than its columns, or stands in several lines, still names them."""
    rows = [("Arc", "76.1", "92.9", "4.1"), ("Tube", "77.4", "93.6", "7.8")]
    wide = [(50.0, "Model"), (110.0, "Error at the first"), (215.0, "at the fifth"), (282.0, "Operations")]
    assert read(wide, *rows) == (1, [1, 2])
    assert read(("", (160.0, "Accuracy"), "", "Cost"), ("Model", "Top-1", "Top-5", ""), *rows) == (2, [2, 3])


def test_bare_numbers_need_a_name_over_each() -> None:
    """A first column of numbers without a name could be anything."""
    rows = [("1", "76.1", "92.9", "4.1"), ("2", "77.4", "93.6", "7.8")]
    assert read(("Lamps", "Top-1", "Top-5", "FLOPs"), *rows) == (1, [1, 2])
    assert read(("", "Top-1", "Top-5", "FLOPs"), *rows) == (0, [])


def test_rising_whole_numbers_are_a_header() -> None:
    """A first row that counts up over other numbers names their columns, with or without a word before it."""
    rows = [("Arc", "0.10", "0.29", "1.14"), ("Tube", "0.08", "0.22", "0.81")]
    assert read(("Length", "128", "256", "512"), *rows) == (1, [1, 2])
    assert read(("", "128", "256", "512"), *rows) == (1, [1, 2])
    assert read(("Length", "512", "256", "128"), *rows) == (0, [])
    assert read(("Arc", "1", "2", "3"), ("Tube", "4", "5", "6"), ("Neon", "7", "8", "9")) == (0, [])


@pytest.mark.parametrize("cell", ["27.3", "1.0 · 1020", "6.43 (6.61±0.16)", "−0.5", "12%", "80.6/80.1", "$5"])
def test_numbers_are_known(cell: str) -> None:
    """A cell that begins with a number is one."""
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "-", "ResNet-50", "L2", "n/a"])
def test_other_cells_are_none(cell: str) -> None:
    """Names with digits and dashes are no numbers."""
    assert not is_number(cell)
