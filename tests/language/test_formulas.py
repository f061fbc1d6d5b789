"""Formulas within sentences: found where they are mathematics, not where prose states a name, a number or a value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.language.notation import LEAST, formulas, is_formula, is_measured_value, without_values
from tests.cases import cases

PROSE = st.lists(
    st.sampled_from(
        "The lamps of 1890 burned at 40 % for 3.5 hours, as F1-score, SQuAD2 and two-stage runs do.".split()
    ),
    max_size=9,
).map(" ".join)
MATHEMATICS = st.sampled_from(["softmax(QK^T/√d)V", "y = f(x, {Wi}) + x", "∑ x(j) · (d − y(j))", "c(p − 1) ≤ 1/2q"])


@cases("language/cases/formulas", "formulas")
def test_what_counts_as_a_formula(given: str, expected: list[str]) -> None:
    assert [given[start:end] for start, end in formulas(given)] == expected


@given(PROSE, MATHEMATICS, PROSE)
def test_prose_around_a_formula_stays(before: str, formula: str, after: str) -> None:
    """A formula between words is found, none of the long words goes with it, and prose alone has none."""
    assert list(formulas(before)) == []
    start, stop = len(before) + 1, len(before) + 1 + len(formula)
    text = f"{before} {formula} {after}"
    spans = list(formulas(text))
    assert any(first <= start and stop <= last for first, last in spans)
    taken = " ".join(text[first:last] for first, last in spans).replace(formula, "")
    assert not {"lamps", "burned", "hours,", "F1-score,", "two-stage", "SQuAD2"} & set(taken.split())


@given(st.text(max_size=80))
def test_spans_are_in_order_and_long_enough(text: str) -> None:
    """Spans of any text follow each other, begin and end with a sign, and hold at least `LEAST` of them."""
    end = 0
    for first, last in formulas(text):
        assert end <= first < last <= len(text)
        assert text[first:last] == text[first:last].strip()
        assert len("".join(text[first:last].split())) >= LEAST
        end = last


@cases("language/cases/formulas", "is_formula")
def test_mathematics_alone_is_a_formula(given: str, expected: bool) -> None:
    assert is_formula(given) is expected


@cases("language/cases/formulas", "is_measured_value")
def test_displayed_values(given: str, expected: bool) -> None:
    assert is_measured_value(given) is expected


@cases("language/cases/formulas", "without_values")
def test_values_can_be_left_out(given: str, expected: str) -> None:
    assert without_values(given) == expected
