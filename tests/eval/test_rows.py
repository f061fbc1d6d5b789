"""Rows of tables before the judge: whole as they were stored, or put together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.cases import Case
from eval.exhibits import from_answer
from eval.judge import JudgedCase, judge
from eval.library import Library
from rag.answers import Answer, Citation, Claim, Reference, Section
from rag.papers import AllowedPaper, Paper, Span, text_at
from rag.reading import read_paper
from tests import make_pdfs

ID = "2604.90009"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pdfs")
    (made / f"{ID}v1.pdf").write_bytes(make_pdfs.paper())
    return made


@pytest.fixture(scope="module")
def paper(folder: Path) -> Paper:
    return read_paper(folder / f"{ID}v1.pdf", ID, 1)


def judged(spans: Sequence[Span], paper: Paper, folder: Path) -> JudgedCase:
    """Judge an answer whose only claim quotes the text at these spans."""
    quote = text_at(paper.pages, spans)
    hashes = tuple(hashlib.sha256(paper.pages[span.page - 1].text.encode()).hexdigest() for span in spans)
    digest = hashlib.sha256(quote.encode()).hexdigest()
    citation = Citation("pdf", quote, digest, ID, 1, "", tuple(spans), paper.pdf_sha256, hashes)
    answer = Answer(
        question="Which error?",
        status="answered",
        writer="test",
        sections=(Section("Answer", "prose", (Claim(quote, "verbatim", (citation,), ID),)),),
        references=(Reference(ID, 1, paper.title, (), f"https://arxiv.org/abs/{ID}v1"),),
    )
    case = Case("rows", answer.question, (AllowedPaper(ID, 1),))
    return judge(case, from_answer(answer), Library(papers=[paper], pdf_dirs=[folder]))


def test_a_row_as_stored_is_a_faithful_quote(paper: Paper, folder: Path) -> None:
    """Caption, header and row stand apart on the page; each is found there, so the quote is good at both levels."""
    rows = [sentence for sentence in paper.sentences if "row" in sentence.flags]
    assert len(rows) == 2
    for row in rows:
        told = judged(row.spans, paper, folder)
        assert told.violations == ()
        assert [(cite.stored, cite.pdf) for claim in told.claims for cite in claim.citations] == [("good", "good")]


def test_the_name_of_one_row_with_the_numbers_of_another_is_put_together(paper: Paper, folder: Path) -> None:
    """Every piece stands on the page, under labels of tables; no row holds them."""
    one, other = (sentence for sentence in paper.sentences if "row" in sentence.flags)
    text = paper.pages[1].text
    *lead, gauss, lantern = (*one.spans, other.spans[-1])
    name = Span(2, gauss.start, gauss.start + len("Gauss"))
    numbers = Span(2, lantern.start + len("Lantern "), lantern.end)
    assert (text[name.start : name.end], text[numbers.start : numbers.end]) == ("Gauss", "0.41 30.5")
    assert judged([*lead, name, numbers], paper, folder).violations
