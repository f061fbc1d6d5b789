"""A chat message carries its citations in plain text, and nothing in it passes for a citation that is none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from rag.answers import Claim, Section
from rag.printing import number_citations, to_chat
from tests.sample_answers import HOSTILE, TERN, answer_of, cite, demo_answer


def test_marks_stand_where_they_are_said_to_stand() -> None:
    """Each `[n]` of the text is a mark of quote n, and there is no other."""
    answer = demo_answer()
    said = to_chat(answer)
    assert [said.text[mark.start : mark.end] for mark in said.marks] == [f"[{mark.number}]" for mark in said.marks]
    assert [match.start() for match in re.finditer(r"(?<!\\)\[\d+\]", said.text)] == [mark.start for mark in said.marks]
    numbers = number_citations(answer)
    assert all(numbers[mark.citation] == mark.number for mark in said.marks)


def test_every_quote_is_listed_with_its_page() -> None:
    """The list below the text holds all quotes in order, those of PDFs with a link to their page."""
    answer = demo_answer()
    said = to_chat(answer)
    listed = said.text.partition("## Sources\n\n")[2].splitlines()
    assert [mark.citation for mark in said.sources] == list(number_citations(answer))
    assert [line.startswith(f"- [{number}] ") for number, line in enumerate(listed, 1)] == [True] * len(listed)
    for mark, line in zip(said.sources, listed, strict=True):
        link = f"](https://arxiv.org/pdf/{mark.citation.paper}v1#page="
        assert (link in line) == (mark.citation.source == "pdf")
        assert (mark.url is None) == (mark.citation.source == "brief")


@pytest.mark.parametrize("words", ["as shown in [12]", "see [1]", "in [1, 2] and [3–5]", "so [^q0-1] it is", "[^1]"])
def test_a_paper_s_own_references_are_no_marks(words: str) -> None:
    """A quote that holds `[1]`, or what our own marks look like before they are numbered, marks nothing."""
    quote = replace(cite(TERN, "TernBurst takes a burst of eight dark raw frames"), quote=words)
    claim = Claim(words, "verbatim", (quote,), TERN)
    said = to_chat(replace(demo_answer(), question=words, in_short=(), sections=(Section("One", "prose", (claim,)),)))
    shown = MarkdownIt().render(said.text)
    assert words in shown.replace("&#94;", "^")
    marks = [mark for mark in said.marks if mark.citation == quote]
    assert all(said.text[mark.start - 1] != "\\" for mark in said.marks)
    assert len(marks) == 2
    assert len(re.findall(r"(?<!\\)\[\d[\d,\s–-]*\]", said.text)) == len(said.marks)


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_stays_text(text: str) -> None:
    """Nothing from outside becomes markup."""
    shown = MarkdownIt("js-default").render(to_chat(answer_of(text)).text)
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


def test_a_refusal_is_said() -> None:
    """What refuses is told in words, also where nothing is quoted."""
    told = to_chat(replace(answer_of("Why?"), in_short=(), sections=(), gaps=()))
    assert told.text.startswith("> Note")
    assert "**No answer**" in told.text
    assert told.marks == ()
