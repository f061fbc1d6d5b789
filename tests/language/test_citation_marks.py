"""Citation marks: brackets are marks where the list of references bears them out and the sentence needs them not."""

from __future__ import annotations

from hypothesis import given as given_by
from hypothesis import strategies as st

from rag.language import References, marks, masked
from rag.papers import Page, Paper, Region
from tests.cases import cases

WORKS = [f"[{number}] Smith, J. and Doe, A. Wicks. 2019." for number in range(1, 41)]
LIST = "\n".join(["References", "[KB14] K. B. Lamps. 2014.", *WORKS])
REFERENCES = References.of(
    Paper("x", 1, "", (), "", "", (Page(1, LIST, (Region(0, len(LIST), "references"),)),), (), ())
)


@cases("language/cases/citation_marks", "marks")
def test_marks_are_found(given: str, expected: list[str]) -> None:
    assert [given[start:end] for start, end in marks(given, REFERENCES)] == expected


@given_by(st.text(alphabet="Smith Doe 2019[](),;13 ", max_size=60))
def test_masking_keeps_every_place(text: str) -> None:
    """Whatever is no mark stays where it is, and without a list of references nothing is one."""
    found = masked(text, REFERENCES)
    assert len(found) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, found, strict=True))
    assert masked(text, References(frozenset(), "")) == text
