"""Headers: what stands over each column, from top to bottom, and beside each row; what reaches nobody knows how far."""

from __future__ import annotations

from rag.reading.tables.headers import counts_up
from tests.cases import cases
from tests.make_tables import drawn, printed

BODY = """
Arc  | 76.1 | 92.9 | 4.1
Tube | 77.4 | 93.6 | 7.8
Neon | 70.1 | 90.0 | 1.9
"""


@cases("reading/cases/headers", "header_of")
def test_names_over_columns(header: list[str], expected: str) -> None:
    assert printed(drawn("\n".join(header) + BODY))[0] == expected


@cases("reading/cases/headers", "counts_up")
def test_rising_numbers_are_a_header(rows: list[list[str]], expected: bool) -> None:
    assert counts_up(rows) is expected


@cases("reading/cases/headers", "labels_of")
def test_labels_beside_several_rows(body: str, rows: list[str]) -> None:
    assert printed(drawn("Set | Model | Top-1 | Top-5\n" + body.lstrip("\n")))[1] == rows


def test_rising_numbers_are_printed() -> None:
    """Under a group, after a name or none."""
    rows = "Arc | 0.10 | 0.29 | 1.14\nTube | 0.08 | 0.22 | 0.81"
    for header, shown in (
        ("Length | 128 | 256 | 512", "Length 128 256 512"),
        ("| 128 | 256 | 512", "128 256 512"),
        ("@190 Recall at so many\nLength | 1 | 5 | 10", "Length Recall at so many 1 5 10"),
        ("Length | 512 | 256 | 128", ""),
        (f"Length | 128 | 256 | {'9' * 5000}", ""),
    ):
        assert printed(drawn(f"{header}\n{rows}"))[0] == shown
