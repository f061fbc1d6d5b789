"""Pictures of records that cannot be trusted: what is no place costs its own picture and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag import Engine
from rag.answers import Answer, Section
from rag.illustrated_page import illustrated_page
from rag.papers import Span
from rag.searching import Index
from tests.sample_answers import LAPWING, PDFS, TERN, cite, verbatim


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Return an index over the demo's papers."""
    engine = Engine.open(tmp_path_factory.mktemp("corpus"), pdf_dir=PDFS, offline=True)
    engine.ingest([f"{name}v1" for name in (TERN, LAPWING)])
    assert engine.index is not None
    return engine.index


@pytest.mark.parametrize(
    "span",
    [
        Span(0, 0, 20),
        Span(-1, 0, 20),
        Span(99, 0, 20),
        Span(10**30, 0, 20),
        Span(1, -9, 20),
        Span(1, 20, 20),
        Span(1, 20, 3),
        Span(1, 10**6, 10**6 + 9),
        Span(1, 0, 10**30),
    ],
)
def test_a_place_that_is_none_leaves_its_quote_without_picture(span: Span, stored: Index) -> None:
    """A page beyond the PDF or a span beyond its page costs that quote its picture; the others keep theirs."""
    good = cite(TERN, "TernBurst takes a burst of eight dark raw frames")
    odd = replace(good, quote="odd", spans=(span,))
    told = Answer("q?", "answered", "w", sections=(Section("Task", "prose", (verbatim(good), verbatim(odd))),))
    page = illustrated_page(told, stored)
    assert 'data-q="1">See it on the page' in page
    assert 'data-q="2">See it on the page' not in page
    assert "<q>odd</q>" in page
