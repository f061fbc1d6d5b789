"""Formulas within sentences: found where they are mathematics, not where prose states a name, a number or a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.formulas import LEAST, formulas, is_formula, is_measured_value, without_values

PROSE = st.lists(
    st.sampled_from(
        "The lamps of 1890 burned at 40 % for 3.5 hours, as F1-score, SQuAD2 and two-stage runs do.".split()
    ),
    max_size=9,
).map(" ".join)
MATHEMATICS = st.sampled_from(["softmax(QK^T/√d)V", "y = f(x, {Wi}) + x", "∑ x(j) · (d − y(j))", "c(p − 1) ≤ 1/2q"])


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in formulas(text)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("A block is defined as y = F(x, {Wi}) + x where x is its input.", ["y = F(x, {Wi}) + x"]),
        ("We write softmax(QK^T/√d)V, which costs O(n) time.", ["softmax(QK^T/√d)V,"]),
        ("We take 2 ≤ 3(x + y) here.", ["2 ≤ 3(x + y)"]),
        ("A distribution—p(x|θ)p(θ|y)—over lamps.", ["p(x|θ)p(θ|y)"]),
        ("Windows of M × M pixels and O(n^2) steps.", []),  # short
        ("Crops of 224 × 224 and some 10^6.6 lamps or 3.5 × 10^6 of them.", []),  # numbers
        ("The lamp weighs mL = 125.09 ± 0.21 (stat) kg and β1 = 0.9, β2 = 0.98 were used.", []),  # values
        ("It helps (p < .001, n=25), F(1, 38) = 4.52, with ε = 10^−8 and lr=1e-4 at ≥ 30 kg/m2.", []),
        ("The F1-score = P·R/(P + R) of SQuAD2 counts.", ["= P·R/(P + R)"]),
        ("IL-1β, TGF-β1/Smad3, κ-opioid/μ-opioid, α-Fe2O3/TiO2 and YBa2Cu3O7−δ, 8×A100-80GB.", []),  # names
        ("H → ZZ → 4ℓ, e+e− → μ+μ− and SU(3)×SU(2)×U(1) are known.", []),
        ("Set snake_case_names, max_position_embeddings=512 or a.b.scaled_dot_product_attention().", []),
        ("The code (https://lamps.example/a_b/c) and first_last@lamps.example are open.", []),
        ("Nothing but words (i.e., prose) stands here, and/or there.", []),
    ],
)
def test_what_counts_as_a_formula(sentence: str, expected: list[str]) -> None:
    assert found(sentence) == expected


@given(PROSE, MATHEMATICS, PROSE)
def test_prose_around_a_formula_stays(before: str, formula: str, after: str) -> None:
    """A formula between words is found, none of the long words goes with it, and prose alone has none."""
    assert found(before) == []
    start, stop = len(before) + 1, len(before) + 1 + len(formula)
    spans = list(formulas(f"{before} {formula} {after}"))
    assert any(first <= start and stop <= last for first, last in spans)
    taken = " ".join(f"{before} {formula} {after}"[first:last] for first, last in spans).replace(formula, "")
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


def test_values_and_whole_formulas() -> None:
    """A sentence that states a value is prose; a displayed value is one; a bare formula is not."""
    assert is_formula("x = y + z ∑ ab")
    assert not is_formula("The rate of this lamp is r = 0.9 here.")
    assert is_measured_value("mL = 125.09 ± 0.24 kg, (9)")
    assert not is_measured_value("m = E / c^2")
    assert without_values("We set β1 = 0.9 and go on.") == "We set and go on."
