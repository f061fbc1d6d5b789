"""Saving and loading a paper and its word counts is the identity; foreign bytes are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language import words
from rag.papers import HiddenText, Page, Paper, Passage, Region, Sentence, Span
from rag.searching.stored import dump_paper, dump_terms, join_terms, load_paper, load_passages, load_terms
from tests.shelf import VOCABULARY

spans = st.builds(Span, st.integers(1, 9), st.integers(0, 99), st.integers(0, 99))

papers = st.builds(
    Paper,
    paper=st.just("2101.00001"),
    version=st.none() | st.integers(1, 9),
    title=st.text(),
    authors=st.lists(st.text()).map(tuple),
    pdf_sha256=st.text(),
    extractor=st.text(),
    pages=st.lists(
        st.builds(
            Page,
            st.integers(1, 9),
            st.text(),
            st.lists(st.builds(Region, st.integers(0), st.integers(0), st.just("body"))).map(tuple),
            st.lists(st.tuples(st.integers(0), st.integers(0), st.integers(0))).map(tuple),
            flags=st.lists(st.text()).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    sentences=st.lists(
        st.builds(
            Sentence,
            st.integers(0),
            st.text(),
            st.lists(spans).map(tuple),
            st.just("body"),
            st.lists(st.text()).map(tuple),
            flags=st.lists(st.sampled_from(["formula", "row"])).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    passages=st.lists(
        st.builds(
            Passage, st.integers(0), st.integers(0), st.integers(0), st.text(), st.just("body"), st.tuples(st.text())
        ),
        max_size=3,
    ).map(tuple),
    hidden=st.lists(st.builds(HiddenText, st.integers(1), st.text(), st.text()), max_size=2).map(tuple),
    gaps=st.lists(st.text(), max_size=2).map(tuple),
)


@given(papers)
def test_saving_and_loading_a_paper_is_the_identity(paper: Paper) -> None:
    """Every field of a paper comes back, tuples as tuples, in the same bytes each time."""
    data = dump_paper(paper)
    assert load_paper(data) == paper
    assert dump_paper(load_paper(data)) == data


@given(papers, st.sampled_from(["", ',"passages":[', '\\","passages":[', '"passages":[{']))
def test_passages_are_found_without_reading_the_rest(paper: Paper, trap: str) -> None:
    """The passages alone are those of the whole paper, whatever its texts look like."""
    trapped = replace(paper, title=trap, gaps=(trap,), hidden=(HiddenText(1, trap, trap),))
    assert load_passages(dump_paper(trapped)) == paper.passages


@given(st.lists(st.lists(st.sampled_from(VOCABULARY)).map(" ".join), max_size=6))
def test_word_counts_agree_with_counting(texts: list[str]) -> None:
    """Each word's passages and counts are those of counting by hand, and so are the lengths."""
    terms = load_terms(dump_terms(texts, words))
    counted = [words(text) for text in texts]
    assert terms.lengths.tolist() == [len(found) for found in counted]
    assert terms.vocabulary == {word for found in counted for word in found}
    for word in [*terms.vocabulary, "unheard"]:
        at, counts = terms.find(word)
        assert list(zip(at.tolist(), counts.tolist(), strict=True)) == [
            (number, found.count(word)) for number, found in enumerate(counted) if word in found
        ]


@given(st.lists(st.lists(st.lists(st.sampled_from(VOCABULARY)).map(" ".join), max_size=4), max_size=4))
def test_joined_word_counts_are_those_of_the_joined_papers(shelf: list[list[str]]) -> None:
    """Counts of several papers taken together equal those of one paper with all their passages."""
    joined = join_terms([load_terms(dump_terms(texts, words)) for texts in shelf])
    whole = load_terms(dump_terms([text for texts in shelf for text in texts], words))
    assert joined.lengths.tolist() == whole.lengths.tolist()
    assert joined.vocabulary == whole.vocabulary
    for word in whole.vocabulary:
        assert [part.tolist() for part in joined.find(word)] == [part.tolist() for part in whole.find(word)]


@given(st.binary(max_size=60))
def test_foreign_bytes_are_no_word_counts(data: bytes) -> None:
    """What `dump_terms` did not write is refused, a cut or lengthened file too."""
    with pytest.raises(ValueError, match="no word counts"):
        load_terms(data)
    good = dump_terms(["motion blur"], words)
    for bad in (good[:-1], good + b"x", good[:20]):
        with pytest.raises(ValueError, match="no word counts"):
            load_terms(bad)
