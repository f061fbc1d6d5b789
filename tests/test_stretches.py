"""Stretches: every sentence that can be evidence once, in order, whole, with its heading; tables share a lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.papers import Flag, Label, Page, Paper, Region, Sentence, Span, text_at
from rag.reading.text.passages import split
from rag.reading.text.windows import Stretch, cut
from rag.vectors import vectors_of
from tests.hash_embedder import HashEmbedder

ROW: tuple[Flag, ...] = ("row",)


def count(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) + 2 for text in texts]


def paper_of(kinds: Sequence[tuple[int, Label, int]], title: str = "Lamps: a study") -> Paper:
    """Return a paper of one page with a sentence per kind: words, label, section."""
    text, sentences = "", []
    for number, (words, label, section) in enumerate(kinds):
        start = len(text)
        text += " ".join(f"w{number}" for _ in range(words)) + "\n"
        span = Span(1, start, len(text) - 1)
        path = (f"{section} Part", f"{section}.1 Inner{section}") if section else ()
        sentences.append(Sentence(number, text[span.start : span.end], (span,), label, path, number))
    return Paper("2604.90009", 1, title, (), "", "test", (Page(1, text),), tuple(sentences), ())


LABELS: tuple[Label, ...] = ("abstract", "body", "caption", "references", "front")

papers = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(LABELS), st.integers(0, 3)), max_size=25).map(paper_of)


@given(papers)
def test_every_sentence_is_read_once_in_order(paper: Paper) -> None:
    """The places of all stretches are the sentences that can be evidence, whole, once, in reading order."""
    read = [
        (owners, stretch.text[a:b])
        for stretch in cut(paper, count, 32)
        for (a, b), owners in zip(stretch.places, stretch.owners, strict=True)
    ]
    wanted = [s for s in paper.sentences if s.label in ("abstract", "body", "caption")]
    assert read == [((sentence.number,), sentence.text) for sentence in wanted]


@given(papers)
def test_no_stretch_is_too_long(paper: Paper) -> None:
    """A stretch keeps to the length, its marks included, unless it holds a single sentence."""
    for stretch in cut(paper, count, 32):
        assert count([stretch.text])[0] <= 32 or len(stretch.places) == 1


def test_title_and_headings_stand_where_they_are_read() -> None:
    """The title opens the paper, a heading its section; a later stretch says the paper's name again.

    What would take more than a third of a stretch stands nowhere.
    """
    kinds: list[tuple[int, Label, int]] = [
        (2, "body", 1),
        (1, "body", 1),
        (16, "body", 1),
        (2, "body", 2),
        (9, "body", 2),
    ]
    found = cut(paper_of(kinds), count, 24)
    assert [stretch.text.split("\n") for stretch in found] == [
        ["Lamps: a study", "Inner1", "w0 w0 w1"],
        ["Lamps", " ".join(["w2"] * 16) + " Inner2", "w3 w3"],
        ["Lamps", " ".join(["w4"] * 9)],
    ]
    short = [cut(paper_of([(2, "body", 1)]), count, longest)[0].text.split("\n")[:-1] for longest in (15, 14, 9, 8)]
    assert short == [["Lamps: a study", "Inner1"], ["Inner1"], ["Inner1"], []]
    (bare,) = cut(paper_of([(2, "body", 0)], title=""), count, 99)
    assert bare == Stretch("w0 w0", ((0, 5),), ((0,),))
    long = cut(paper_of([(30, "body", 0), (30, "body", 0)], title="On the light of very old lamps"), count, 40)
    assert [stretch.text.split("\n")[0] for stretch in long] == [
        "On the light of very old lamps",
        "On the light of very old",
    ]


def table() -> Paper:
    """Return a paper with a sentence and a table of three rows."""
    text = "Lamps burn. Table 1: Hours. Lamp Hours Arc 7 Bulb 9 Tube 8"
    spans = {
        part: Span(1, text.index(part), text.index(part) + len(part)) for part in ("Table 1: Hours.", "Lamp Hours")
    }
    pages = (Page(1, text),)
    rows = []
    for number, part in enumerate(("Arc 7", "Bulb 9", "Tube 8"), 1):
        own = (*spans.values(), Span(1, text.index(part), text.index(part) + len(part)))
        rows.append(Sentence(number, text_at(pages, own), own, "table", ("1. A",), 1, ROW))
    first = Sentence(0, "Lamps burn.", (Span(1, 0, 11),), "body", ("1. A",), 0)
    return Paper("2604.90009", 1, "", (), "", "test", pages, (first, *rows), ())


def test_rows_share_caption_and_header() -> None:
    """Caption and header stand once before their rows and count for each of them; a group's line for its own."""
    (stretch,) = cut(table(), count, 99)
    assert stretch.text == "A\nLamps burn. Table 1: Hours. Lamp Hours Arc Bulb Tube"
    assert stretch.owners == ((0,), (1, 2, 3), (1, 2, 3), (1,), (2,), (3,))
    lone = replace(table(), sentences=table().sentences[:2])
    (stretch,) = cut(lone, count, 99)
    assert stretch.owners == ((0,), (1,), (1,), (1,))
    assert stretch.text.endswith("Hours Arc")
    first, arc, bulb, tube = table().sentences
    grouped = replace(arc, spans=(*arc.spans[:-1], first.spans[0], arc.spans[-1]))
    (stretch,) = cut(replace(table(), sentences=(grouped, bulb, tube)), count, 99)
    assert stretch.owners == ((1, 2, 3), (1, 2, 3), (1,), (1,), (2,), (3,))


def test_a_caption_that_is_read_itself_counts_for_the_rows() -> None:
    """Where the caption is a sentence of its own, before or after the table, it is read once, in its place."""
    caption = replace(table().sentences[1], number=4, spans=table().sentences[1].spans[:1], label="caption", flags=())
    caption = replace(caption, text="Table 1: Hours.")
    for order in ((caption, *table().sentences[1:]), (*table().sentences[1:], caption)):
        (stretch,) = cut(replace(table(), sentences=order), count, 99)
        assert stretch.text.count("Table 1: Hours.") == 1
        assert set(stretch.owners) == {(4, 1, 2, 3), (1, 2, 3), (1,), (2,), (3,)}
    apart = replace(caption, spans=(Span(1, 12, 20), Span(1, 20, 27)))
    (stretch,) = cut(replace(table(), sentences=(apart, *table().sentences[1:])), count, 99)
    assert stretch.owners[:3] == ((4,), (1, 2, 3), (1, 2, 3))


def test_a_row_is_known_by_its_names() -> None:
    """The values of a row have no part in its vector, unless there is nothing else."""
    text = "Arc (old) 7.5 −3% 1e4 - 12 7 8"
    spans = [Span(1, 0, text.index(" 7 8")), Span(1, text.index("7 8"), len(text))]
    rows = [Sentence(n, text_at((Page(1, text),), (at,)), (at,), "table", (), 0, ROW) for n, at in enumerate(spans)]
    (stretch,) = cut(replace(table(), pages=(Page(1, text),), sentences=tuple(rows)), count, 99)
    assert stretch.text == "Arc (old) 1e4 7 8"


def test_citation_marks_are_not_read() -> None:
    """What the list of references bears out as a mark says nothing of what a sentence is about; other brackets stay."""
    text = "Lamps burn [1] in [0, 1] as Doe found (Doe, 2019).\n[1] A. Doe. Lamps. 2019."
    page = Page(1, text, (Region(0, 50, "body"), Region(51, len(text), "references")))
    paper = replace(paper_of([]), pages=(page,), sentences=(Sentence(0, text[:50], (Span(1, 0, 50),), "body", (), 0),))
    (stretch,) = cut(paper, count, 99)
    assert " ".join(stretch.text.split()) == "Lamps: a study Lamps burn in [0, 1] as Doe found ."


def test_formulas_and_addresses_are_not_read() -> None:
    """A sentence is found by its words; places stay, and one that has hardly any other words is read whole."""
    texts = ("Lamps obey y = f(x, {Wi}) + x as told at https://lamps.example/a.", "See https://lamps.example/b.")
    page = Page(1, " ".join(texts))
    spans = [Span(1, 0, len(texts[0])), Span(1, len(texts[0]) + 1, len(page.text))]
    told = tuple(Sentence(n, text, (at,), "body", (), 0) for n, (text, at) in enumerate(zip(texts, spans, strict=True)))
    (stretch,) = cut(replace(paper_of([]), title="", pages=(page,), sentences=told), count, 99)
    assert [" ".join(stretch.text[a:b].split()) for a, b in stretch.places] == ["Lamps obey as told at", texts[1]]
    assert [b - a for a, b in stretch.places] == list(map(len, texts))


def test_a_table_longer_than_a_stretch_goes_on() -> None:
    """The lead is read once; rows in a later stretch still count it."""
    found = cut(table(), count, 11)
    assert [owners for stretch in found for owners in stretch.owners] == [(0,), (1, 2, 3), (1, 2, 3), (1,), (2,), (3,)]
    assert len(found) > 1


@pytest.mark.parametrize("adds_up", [True, False])
@given(paper=papers)
def test_vectors_are_those_of_the_texts(adds_up: bool, paper: Paper) -> None:
    """A passage's vector is that of its sentences' tokens together, a row's that of its names, caption and header.

    A model whose vectors do not add up gives the same where its tokens know nothing of each other, but for openings.
    """
    model = HashEmbedder()
    model.adds_up = adds_up
    whole = replace(paper, title="", passages=split(paper.sentences, count))
    passages, sentences = vectors_of(whole, model)
    for passage, vector in zip(whole.passages, passages, strict=True):
        seen = passage.text if adds_up else f"{''.join(passage.section[-1:])} {passage.text}"
        assert np.abs(vector - (model.unit(seen) if adds_up else model.embed([seen])[0])).max() < 1e-5
    for sentence, vector in zip(whole.sentences, sentences, strict=True):
        evidence = sentence.label in ("abstract", "body", "caption")
        alone = model.unit(sentence.text) if adds_up else model.embed([sentence.text])[0]
        assert np.abs(vector - (alone if evidence else 0)).max() < 1e-5
    _, rows = vectors_of(table(), model)
    if adds_up:
        texts = ["Lamps burn.", *(f"Table 1: Hours. Lamp Hours {name}" for name in ("Arc", "Bulb", "Tube"))]
        assert all(np.abs(row - model.unit(text)).max() < 1e-5 for row, text in zip(rows, texts, strict=True))


def test_formulas_are_not_read() -> None:
    """A formula that can never be shown stands in its passage's text, but has no part in its vector."""
    paper = paper_of([(9, "body", 1), (2, "body", 1)])
    formula = replace(paper.sentences[1], flags=("formula",))
    paper = replace(paper, sentences=(paper.sentences[0], formula))
    (stretch,) = cut(paper, count, 99)
    assert stretch.owners == ((0,),)
