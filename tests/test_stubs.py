"""Labels beside several rows: a row is printed with its label where gaps tell which rows that stands beside."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from rag.reading.tables.rows import table_of
from tests.make_tables import any_table, table, words

NAMES = ("Set", "Model", "Top-1", "Top-5")


def read(*rows: Sequence[str | tuple[float, str]], gaps: dict[int, float] | None = None) -> list[str]:
    """Return the rows that can be trusted as they are printed, without the header."""
    block = table(*rows, gaps=gaps)
    return [" ".join([words(block, [*group, *row.marks])]) for group, row in table_of(block).rows]


def test_a_label_on_the_first_row_of_each_run() -> None:
    """It stands beside all rows up to the next gap, and beyond where the next run has none."""
    rows = [("Day", "Arc", "1.1", "2.1"), ("", "Tube", "1.2", "2.2"), ("", "Neon", "1.3", "2.3")]
    more = [("Dusk", "Arc", "1.4", "2.4"), ("", "Tube", "1.5", "2.5"), ("", "Oil", "1.6", "2.6")]
    day = ["Day Arc 1.1 2.1", "Day Tube 1.2 2.2", "Day Neon 1.3 2.3"]
    dusk = ["Dusk Arc 1.4 2.4", "Dusk Tube 1.5 2.5", "Dusk Oil 1.6 2.6"]
    assert read(NAMES, *rows, *more, gaps={4: 6.0}) == [*day, *dusk]
    assert read(NAMES, *rows, *more, gaps={4: 6.0, 6: 6.0}) == [*day, *dusk]
    assert read(NAMES, *rows, *more) == []


def test_a_label_in_the_middle_of_each_run() -> None:
    """It may stand between two rows."""
    rows = [
        *(("", "Arc", "1.1", "2.1"), ("Day", "Tube", "1.2", "2.2"), ("", "Neon", "1.3", "2.3")),
        *(("", "Arc", "1.4", "2.4"), ("Dusk",), ("", "Tube", "1.5", "2.5")),
    ]
    day = ["Day Arc 1.1 2.1", "Day Tube 1.2 2.2", "Day Neon 1.3 2.3"]
    assert read(NAMES, *rows, gaps={4: 6.0, 5: -6.0, 6: -6.0}) == [*day, "Dusk Arc 1.4 2.4", "Dusk Tube 1.5 2.5"]
    assert read(NAMES, *rows, gaps={5: -6.0, 6: -6.0}) == []


def test_a_label_of_two_lines_is_not_two_labels() -> None:
    """A run with another label on its second row has none that is clear."""
    rows = [("Day", "Arc", "1.1", "2.1"), ("(long)", "Tube", "1.2", "2.2"), ("", "Neon", "1.3", "2.3")]
    more = [("Dusk", "Arc", "1.4", "2.4"), ("", "Tube", "1.5", "2.5"), ("", "Oil", "1.6", "2.6")]
    assert read(NAMES, *rows, *more, gaps={4: 6.0}) == ["Dusk Arc 1.4 2.4", "Dusk Tube 1.5 2.5", "Dusk Oil 1.6 2.6"]


@pytest.mark.parametrize("seed", range(400))
def test_what_can_be_cited_is_true(seed: int) -> None:
    """A random table's rows are printed under its true header, each with its true label and values, or not at all."""
    made = any_table(Random(seed))  # noqa: S311 - made-up data
    block = made.block()
    found = table_of(block)
    for group, row in found.rows:
        assert words(block, found.header) == made.header
        assert words(block, [*group, *row.marks]) in made.rows


def test_most_random_tables_can_be_cited() -> None:
    """The law above says something."""
    made = [any_table(Random(seed)) for seed in range(400)]  # noqa: S311 - made-up data
    found = sum(len(table_of(one.block()).rows) for one in made)
    assert found > 0.4 * sum(len(one.rows) for one in made)
