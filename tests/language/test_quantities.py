"""Numbers are read in every script's digits; what names or numbers a thing is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rag.language import quantities


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a score of ⁹⁹%", ["99"]),
        ("a score of ⑨⓪%", ["90"]),
        ("80.5%⁺⁹ in all", ["80.5", "9"]),
        ("٣٤ layers", ["34"]),
        ("½ of them", ["0.5"]),
        ("the ⑩ of them", ["10"]),
        ("a lamp² and 10⁻⁸", ["10"]),
        ("the 3D scene, a 2-D one", []),
        ("10^−8 of 10^6, 10^{-5}", ["1e-8", "1e6", "1e-5"]),
        ("2.3 · 10^19, 10^6.6", ["2.3e19", "10", "6.6"]),
        ("see Figure 2 and Table 14", []),
        ("section 4 cut 6-Degree-of-Freedom", ["4", "6"]),
    ],
)
def test_digits_of_every_kind(text: str, values: list[str]) -> None:
    assert [quantity.value for quantity in quantities(text)] == [Decimal(value) for value in values]


def test_places_are_those_of_the_text_as_it_was_written() -> None:
    [found] = quantities("about ⑨⓪% of it")
    assert (found.text, found.start, found.unit) == ("90%", 6, "%")
