"""Refusals rest on the question and the allowed papers."""

from __future__ import annotations

from collections.abc import Sequence

from rag.briefs import read_names
from rag.language import read_question
from rag.papers import Paper, Sentence
from rag.prepared import dwell_on

FIRST = "2101.00001"


def test_papers_that_dwell_on_a_name_speak_of_it() -> None:
    """A name that the papers keep writing is on topic, unless they lack a word of what is asked about it."""
    texts = [f"Run {number} writes its notes with Open Quill." for number in range(4)]
    sentences = tuple(Sentence(n, text, (), "body") for n, text in enumerate(texts))
    asked = "To which text was OpenQuill applied?"
    question = read_question(asked, names=read_names(asked))

    def dwell(count: int, missing: Sequence[str]) -> bool:
        paper = Paper(FIRST, 1, "Notes", (), "", "test", (), sentences[:count], ())
        return dwell_on(question, {FIRST: paper}, missing)

    assert dwell(4, ["applied"])
    assert not dwell(3, ["applied"])
    assert not dwell(4, ["text"])
