"""Tables: rows are read by the strips between columns, and only where every number has its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from rag.reading.tables.rows import table_of
from rag.reading.tables.grid import Mark, is_number, rows_of
from tests.make_tables import table


def read(*rows: Sequence[str | tuple[float, str]], gaps: Mapping[int, float] | None = None) -> list[tuple[int, ...]]:
    """Return, for each row that is read, the lines printed with it: header, group, its own."""
    found = table_of(table(*rows, gaps=gaps))
    return [(*_lines(found.header), *_lines(group), *_lines(row.marks)) for group, row in found.rows]


def _lines(marks: Sequence[Mark]) -> list[int]:
    return sorted({line for line, _ in marks})


HEADER = ("Model", "Top-1", "Top-5", "FLOPs")
ARC, TUBE, NEON = ("Arc", "76.1", "92.9", "4.1"), ("Tube", "77.4", "93.6", "7.8"), ("Neon", "70.1", "90.0", "1.9")


def test_rows_with_a_cell_in_every_column_are_read() -> None:
    """Columns are parted by the strip that the whole table leaves empty, however near to it a name comes."""
    rows = [ARC, ("Arc deeper still", "77.4", "93.6", "7.8"), ("Bulb with a long name", "70.2", "89.6", "-")]
    assert read(HEADER, *rows) == [(0, 1), (0, 2), (0, 3)]
    cells = [row.cells for row in rows_of(table(HEADER, *rows))[0]]
    assert cells[2] == ("Arc deeper still", "77.4", "93.6", "7.8")
    assert cells[3] == ("Bulb with a long name", "70.2", "89.6", "-")


def test_a_row_with_a_hole_is_left_out() -> None:
    """Where a cell is missing, one line of text cannot tell which columns the others stand in."""
    assert read(HEADER, ARC, TUBE, NEON, ("Bulb", "70.2", "", "1.8")) == [(0, 1), (0, 2), (0, 3)]
    assert read(HEADER, ARC, ("Bulb", "", "9.1", ""), ("Wick", "70.2", "", ""), ("Oil", "", "", "2.0")) == []


def test_a_row_over_a_strip_is_left_out() -> None:
    """A cell that spans columns belongs to none of them; few such rows do not hide the strip."""
    rows = [(f"Arc{number}", f"7{number}.1", f"9{number}.9", f"{number}.1") for number in range(10)]
    spanning = [(f"Bulb{number}", (150.0, "70.2±0.3(stat.)±0.1(sys.)"), "", "1.8") for number in range(2)]
    assert read(HEADER, *rows, *spanning) == [(0, number) for number in range(1, 11)]


@pytest.mark.parametrize(
    "header",
    [
        ("Model", "error"),
        ("Model", "Top-1", "", "FLOPs"),
        ("Model", (160.0, "Accuracy of"), "", "FLOPs"),
        ("Model", "Top-1", "Top-5", "FLOPs", (340.0, "Params")),
        ("Model", "", "", ""),
        ARC,
    ],
)
def test_every_number_needs_one_name(header: Sequence[str | tuple[float, str]]) -> None:
    """A header with too few names, a name over two columns, a name over none, or no header makes no row citable."""
    assert read(header, ARC, TUBE) == []


def test_a_name_for_the_names_is_not_needed() -> None:
    """The column of the rows' own names may go without one."""
    assert read(("", "Top-1", "Top-5", "FLOPs"), ARC, TUBE) == [(0, 1), (0, 2)]


def test_headers_of_several_lines_need_one_that_names_all() -> None:
    """Lines above it head groups of columns, lines below it go on with names; names spread over lines are no header."""
    units = ("", "(%)", "(%)", "(G)")
    assert read([(205.0, "Test set")], HEADER, units, ARC, TUBE) == [(0, 1, 2, 3), (0, 1, 2, 4)]
    for groups in (("", (160.0, "Accuracy"), "", "Cost"), ("", "Night", "", ""), ("", "Night", "", "Day")):
        assert read(groups, HEADER, ARC, TUBE) == []
        assert read(groups, ("Model", "Top-1", "Top-5", ""), ARC, TUBE) == []
    assert read(HEADER, ("", "night", "", "day"), ARC, TUBE) == []
    wide = [(50.0, "Model"), (110.0, "Error at the first"), (215.0, "at the fifth"), (282.0, "Operations")]
    assert read(wide, ARC, TUBE) == [(0, 1), (0, 2)]


def test_rows_of_marks_are_neither_header_nor_rows() -> None:
    """What holds no number is not cited, and numbers with marks of notes are numbers."""
    assert read(HEADER, ("Wick", "✗", "✗", "-"), ARC, TUBE) == [(0, 2), (0, 3)]
    assert read(HEADER, ("Wick", "76.1†", ".85", "4.1*"), ARC, TUBE) == [(0, 1), (0, 2), (0, 3)]


def test_a_line_in_the_middle_heads_its_group() -> None:
    """It is printed with each of its rows, and with no other."""
    one, other = [(140.0, "ImageNet lamps")], [(140.0, "Harbour lamps")]
    assert read(HEADER, one, ARC, TUBE, other, ARC, TUBE) == [(0, 1, 2), (0, 1, 3), (0, 4, 5), (0, 4, 6)]


def test_a_line_at_the_left_may_be_the_rest_of_a_name() -> None:
    """The row above it and those below it are not trusted, unless a gap above it says that it heads a group."""
    rows = [HEADER, ARC, TUBE, NEON, ("without glass",), ("Bulb", "70.2", "89.6", "2.2")]
    assert read(*rows) == [(0, 1), (0, 2)]
    assert read(*rows, gaps={4: 5.0}) == [(0, 1), (0, 2), (0, 3), (0, 4, 5)]


def test_a_left_line_that_belongs_to_its_neighbours_heads_nothing() -> None:
    """A name in two lines stands nearer to its numbers than rows do; a line below its rows heads none that follow."""
    slow = [("Slow",), ("lamp", "70.2", "89.6", "2.2"), ("Bulb", "60.2", "79.6", "1.2")]
    assert read(HEADER, ARC, TUBE, NEON, *slow, gaps={4: 12.0, 5: -5.0}) == [(0, 1), (0, 2)]
    below = [("(a) Day",), ("Bulb", "70.2", "89.6", "2.2"), ("Wick", "60.2", "79.6", "1.2"), ("(b) Night",)]
    assert read(HEADER, ARC, TUBE, *below, gaps={3: 6.0, 6: 6.0}) == []


def test_a_gap_between_rows_ends_a_group() -> None:
    """What follows a rule may belong to no group; without groups a rule parts nothing."""
    one = [(140.0, "Harbour lamps")]
    assert read(HEADER, one, ARC, TUBE, NEON, gaps={4: 9.0}) == [(0, 1, 2), (0, 1, 3)]
    assert read(HEADER, ARC, TUBE, NEON, gaps={3: 9.0}) == [(0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize("again", [("Model", "2020", "2021", "2022"), ("Year", "2020", "2021", "2022")])
def test_another_header_of_numbers_ends_the_table(again: tuple[str, ...]) -> None:
    """Rows below it are not printed under the first one's names."""
    rows = [("Arc", "7.1", "9.9", "4.1"), ("Tube", "7.4", "9.6", "7.8")]
    assert read(("Model", "2010", "2011", "2012"), *rows, again, ("Neon", "7.0", "9.0", "1.9")) == [(0, 1), (0, 2)]


def test_another_header_ends_the_table() -> None:
    """A second panel's rows are not printed under the first one's names."""
    panel = ("Model", "mAP", "AP50", "FPS")
    assert read(HEADER, ARC, TUBE, panel, NEON) == [(0, 1), (0, 2)]


def test_names_that_begin_further_in_lack_their_beginning() -> None:
    """A name that stands once beside several rows is missing in the others, as in rows of one and the same name."""
    inner = [((72.0, "Bulb"), "70.2", "89.6", "2.2"), ((72.0, "Wick"), "60.2", "79.6", "1.2")]
    assert read(HEADER, ARC, TUBE, *inner) == [(0, 1), (0, 2)]
    assert read(HEADER, ARC, TUBE, NEON, ARC) == [(0, 2), (0, 3)]


def test_a_cell_holds_one_value() -> None:
    """Two numbers in a cell are two columns whose strip is hidden; a power of ten, an error or a remark is none."""
    pairs = [("Arc", "76.1 92.9", "4.1", "1"), ("Tube", "77.4 93.6", "7.8", "2")]
    assert read(HEADER, *pairs) == []
    values = [("Arc", "76.1 ± 0.2", "4.1 · 1020", "1 (of 3)"), ("Tube", "77.4 ± 0.1", "7.8 · 1019", "2 (of 3)")]
    assert read(HEADER, *values) == [(0, 1), (0, 2)]


def test_numbers_below_a_row_may_belong_to_it() -> None:
    """An error set below its value stands in a line of its own; the row above is not whole."""
    assert read(HEADER, ARC, TUBE, NEON, ("", "−1.08", "", "")) == [(0, 1), (0, 2)]


def test_bare_numbers_need_a_name_over_each() -> None:
    """A first column of numbers without a name could be anything."""
    rows = [("1", "76.1", "92.9", "4.1"), ("2", "77.4", "93.6", "7.8")]
    assert read(("Lamps", "Top-1", "Top-5", "FLOPs"), *rows) == [(0, 1), (0, 2)]
    assert read(("", "Top-1", "Top-5", "FLOPs"), *rows) == []


def test_rising_whole_numbers_are_a_header() -> None:
    """A first row that counts up over other numbers names their columns, with or without a word before it."""
    rows = [("Arc", "0.10", "0.29", "1.14"), ("Tube", "0.08", "0.22", "0.81")]
    assert read(("Length", "128", "256", "512"), *rows) == [(0, 1), (0, 2)]
    assert read(("", "128", "256", "512"), *rows) == [(0, 1), (0, 2)]
    assert read([(190.0, "Recall at so many")], ("Length", "1", "5", "10"), *rows) == [(0, 1, 2), (0, 1, 3)]
    assert read(("Length", "512", "256", "128"), *rows) == []
    assert read(("Length", "128", "256", "9" * 5000), *rows) == []
    assert read(("Arc", "1", "2", "3"), ("Tube", "4", "5", "6"), ("Neon", "7", "8", "9")) == []


def test_no_rows_are_no_table() -> None:
    """A block of one word has no columns."""
    assert read(("Model",)) == []


@pytest.mark.parametrize("cell", ["27.3", "1.0 · 1020", "6.43 (6.61±0.16)", "−0.5", "12%", "80.6/80.1", "$5", "<0.01"])
def test_numbers_are_known(cell: str) -> None:
    """A cell that begins with a number is one."""
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "-", "ResNet-50", "L2", "n/a", "3D model"])
def test_other_cells_are_none(cell: str) -> None:
    """Names with digits and dashes are no numbers."""
    assert not is_number(cell)
