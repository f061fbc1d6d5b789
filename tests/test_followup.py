"""A follow-up leans on the paper that was answered from, and on nothing else of the answer before."""

from __future__ import annotations

import pytest

from rag.answers import Answer, Citation, Reference
from rag.followup import understood
from tests.sample_answers import LAPWING, TERN, cite, paper, verbatim

ONE = cite(TERN, "TernBurst takes a burst of eight dark raw frames")
OTHER = cite(LAPWING, "LapwingNet takes one blurred photograph as input")


LISTED = tuple(Reference(name, 1, paper(name).title, (), "") for name in (TERN, LAPWING))


def answered(*citations: Citation) -> Answer:
    return Answer("What is it?", "answered", "w", tuple(map(verbatim, citations)), references=LISTED)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("How does it handle noise?", "How does TernBurst handle noise?"),
        ("What are its limitations?", "What are TernBurst’s limitations?"),
        ("How fast is this model?", "How fast is TernBurst?"),
        ("Which optimizer is used?", "Which optimizer is used?"),
        ("How does LapwingNet handle noise?", "How does LapwingNet handle noise?"),
    ],
)
def test_words_that_point_back_are_read(question: str, read: str) -> None:
    assert understood(question, answered(ONE)) == read


def test_after_several_papers_nothing_is_guessed() -> None:
    assert understood("How does it handle noise?", answered(ONE, OTHER)) == "How does it handle noise?"
