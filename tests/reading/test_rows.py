"""Rows of tables: cited only where every number has its name, and then truly."""

from __future__ import annotations

from random import Random

import pytest

from tests.cases import cases
from tests.make_tables import any_table, drawn, printed, seen


@cases("reading/cases/rows", "table_of")
def test_rows_that_can_be_cited(table: str, header: str, rows: list[str]) -> None:
    assert printed(drawn(table)) == (header, rows)


@pytest.mark.parametrize("seed", range(400))
def test_what_can_be_cited_is_true(seed: int) -> None:
    """A random table's rows are printed under its true header, each with its true label and values, or not at all."""
    made = any_table(Random(seed))  # noqa: S311 - made-up data
    header, rows = printed(made.block())
    assert header in ("", made.header)
    assert {row.replace(" / ", " ") for row in rows} <= set(made.rows)
    assert set(seen(made.block())) <= {*made.rows, *made.holed}


def test_most_random_tables_can_be_cited() -> None:
    """The law above says something."""
    made = [any_table(Random(seed)) for seed in range(400)]  # noqa: S311 - made-up data
    found = sum(len(printed(one.block())[1]) for one in made)
    assert found > 0.4 * sum(len(one.rows) for one in made)
    holed = sum("·" in row for one in made for row in seen(one.block()))
    assert holed > 0.4 * sum(len(one.holed) for one in made)
