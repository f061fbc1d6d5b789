"""Headers: each column's name is what stands over it, from top to bottom; what reaches nobody knows how far is none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.reading.tables.rows import table_of
from tests.make_tables import table, words

ARC, TUBE, NEON = ("Arc", "76.1", "92.9", "4.1"), ("Tube", "77.4", "93.6", "7.8"), ("Neon", "70.1", "90.0", "1.9")
NAMES = ("Model", "Top-1", "Top-5", "FLOPs")


def header(*rows: Sequence[str | tuple[float, str]], gaps: dict[int, float] | None = None) -> str:
    """Return the header as it is printed with each row, empty where no row is trusted."""
    block = table(*rows, gaps=gaps)
    return words(block, table_of(block).header)


def test_names_are_printed_column_by_column() -> None:
    """Units below a name follow it, and a line over all columns comes before the first of them."""
    units = ("", "(%)", "(%)", "(G)")
    assert header(NAMES, units, ARC, TUBE) == "Model Top-1 (%) Top-5 (%) FLOPs (G)"
    assert header([(205.0, "Test set")], NAMES, ARC, TUBE) == "Model Test set Top-1 Top-5 FLOPs"


def test_groups_of_different_sizes() -> None:
    """Each stands over the middle of its columns, which together are all."""
    groups = [(162.0, "Error at night"), (289.0, "Cost")]
    assert header(groups, NAMES, ARC, TUBE) == "Model Error at night Top-1 Top-5 Cost FLOPs"


@pytest.mark.parametrize(
    "groups",
    [
        [(150.0, "Error"), (290.0, "Cost")],  # flush left
        [(182.0, "Error")],  # over two of three
        [(162.0, "Error"), (289.0, "Cost")],  # over the middle of neither one nor two
        [(220.0, "Error")],  # within one column, in the middle of three
    ],
)
def test_groups_that_reach_nobody_knows_how_far(groups: Sequence[tuple[float, str]]) -> None:
    """A part over one column may be the beginning of its name."""
    assert header(groups, NAMES, ARC, TUBE) == ""


def test_columns_before_the_first_group() -> None:
    """They belong to none; those after a group would read as of it."""
    assert header([(252.0, "Cost")], NAMES, ARC, TUBE) == "Model Top-1 Cost Top-5 FLOPs"


def test_cells_on_one_middle() -> None:
    """Names of one, two and three lines are told by the height on which all are centred."""
    middle: list[str | tuple[float, str]] = [(50.0, "Model"), (220.0, "Top-5"), (288.0, "per")]
    rows: list[Sequence[str | tuple[float, str]]] = [
        [(288.0, "FLOPs")],
        [(150.0, "Top")],
        middle,
        [(150.0, "one")],
        [(288.0, "lamp")],
        ARC,
        TUBE,
    ]
    half = dict.fromkeys(range(1, 5), -6.0)
    assert header(*rows, gaps=half) == "Model Top one Top-5 FLOPs per lamp"
    assert header(*rows, gaps=half | {2: 4.0}) == ""


def test_a_rest_of_a_name_is_no_group() -> None:
    """What stands under one name of the header, flush with it or in its middle, heads no rows."""
    assert header(NAMES, [(150.0, "acc.")], ARC, TUBE, NEON) == ""
    assert header(NAMES, [(140.0, "ImageNet lamps")], ARC, TUBE, NEON) == "Model Top-1 Top-5 FLOPs"


def test_numbers_that_double_are_a_header() -> None:
    """Whole numbers below do not matter, unless they double too."""
    rows = [("Arc", "36", "104", "336", (360.0, "1184")), ("Tube", "53", "110", "232", (360.0, "592"))]
    assert header(("Length", "128", "256", "512", (360.0, "1024")), *rows) == "Length 128 256 512 1024"
    doubling = ("Neon", "22", "44", "88", (360.0, "176"))
    assert header(("Length", "128", "256", "512", (360.0, "1024")), *rows, doubling) == ""
