"""Passages: whole sentences of one section, within the budget. Windows: every sentence once, in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.language import EVIDENCE, References
from rag.papers import Flag, Label, Page, Paper, Region, Sentence, Span, text_at
from rag.reading.text.passages import Window, is_evidence, meaningful, passages_of, windows_of
from tests.cases import cases

KINDS: tuple[Label, ...] = ("abstract", "body", "caption", "references", "heading", "table", "acknowledgements")


def words_in(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def sentence(number: int, words: int, label: Label = "body", section: str = "1 A", machine: bool = False) -> Sentence:
    return Sentence(
        number,
        " ".join(f"w{number}" for _ in range(words)),
        (Span(1, number, number + 1),),
        label,
        (section,),
        number,
        ("addresses_reader",) if machine else (),
    )


@st.composite
def lists(draw: st.DrawFn) -> list[Sentence]:
    kinds = draw(
        st.lists(st.tuples(st.integers(1, 90), st.sampled_from(KINDS), st.booleans(), st.booleans()), max_size=30)
    )
    section = 0
    found = []
    for number, (words, label, new, machine) in enumerate(kinds):
        section += new
        found.append(sentence(number, words, label, f"{section} S", machine and new))
    return found


@given(lists())
def test_passages_hold_to_the_rules(sentences: list[Sentence]) -> None:
    """Each passage is a run of evidence of one label and section, within the budget unless it is one sentence."""
    passages = passages_of(sentences, words_in, budget=60)
    seen: set[int] = set()
    for number, passage in enumerate(passages):
        run = sentences[passage.first : passage.last]
        assert passage.number == number
        assert run
        assert {(part.label, part.section) for part in run} == {(passage.label, passage.section)}
        assert all(is_evidence(part) for part in run)
        assert sum(words_in([part.text for part in run])) <= 60 or len(run) == 1
        seen.update(range(passage.first, passage.last))
    assert seen == {part.number for part in sentences if is_evidence(part)}


@given(lists())
def test_the_same_sentences_give_the_same_passages(sentences: list[Sentence]) -> None:
    """Splitting has no chance in it."""
    assert passages_of(sentences, words_in) == passages_of(sentences, words_in)


def test_passages_overlap_by_whole_sentences() -> None:
    """Neighbours share the last sentences of the one before."""
    passages = passages_of([sentence(number, 20) for number in range(10)], words_in, budget=100)
    assert [(passage.first, passage.last) for passage in passages] == [(0, 5), (3, 8), (6, 10)]


def test_references_are_no_evidence() -> None:
    """Reference lists, furniture and thanks are never indexed."""
    assert not EVIDENCE & {
        "references",
        "furniture",
        "acknowledgements",
        "front",
        "other",
        "equation",
        "heading",
        "title",
    }
    assert passages_of([sentence(0, 10, "references"), sentence(1, 10, machine=True)], words_in) == ()


def test_formulas_alone_are_not_indexed() -> None:
    """A passage of which no sentence can be shown is left out; beside words that can, its formula stays."""
    formula = Sentence(0, "x = a + b", (Span(1, 0, 9),), "body", ("1 A",), 0, ("formula",))
    assert passages_of([formula], words_in) == ()
    assert passages_of([replace(formula, label="caption")], words_in) == ()
    (passage,) = passages_of([formula, sentence(1, 9)], words_in)
    assert (passage.first, passage.last) == (0, 2)


# --- windows ----------------------------------------------------------------------------------------------

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
    """The places of all windowes are the sentences that can be evidence, whole, once, in reading order."""
    read = [
        (owners, window.text[a:b])
        for window in windows_of(paper, count, 32)
        for (a, b), owners in zip(window.places, window.owners, strict=True)
    ]
    wanted = [s for s in paper.sentences if s.label in ("abstract", "body", "caption")]
    assert read == [((sentence.number,), sentence.text) for sentence in wanted]


@given(papers)
def test_no_window_is_too_long(paper: Paper) -> None:
    """A window keeps to the length, its marks included, unless it holds a single sentence."""
    for window in windows_of(paper, count, 32):
        assert count([window.text])[0] <= 32 or len(window.places) == 1


def test_title_and_headings_stand_where_they_are_read() -> None:
    """The title opens the paper, a heading its section; a later window says the paper's name again.

    What would take more than a third of a window stands nowhere.
    """
    kinds: list[tuple[int, Label, int]] = [
        (2, "body", 1),
        (1, "body", 1),
        (16, "body", 1),
        (2, "body", 2),
        (9, "body", 2),
    ]
    found = windows_of(paper_of(kinds), count, 24)
    assert [window.text.split("\n") for window in found] == [
        ["Lamps: a study", "Inner1", "w0 w0 w1"],
        ["Lamps", " ".join(["w2"] * 16) + " Inner2", "w3 w3"],
        ["Lamps", " ".join(["w4"] * 9)],
    ]
    short = [
        windows_of(paper_of([(2, "body", 1)]), count, longest)[0].text.split("\n")[:-1] for longest in (15, 14, 9, 8)
    ]
    assert short == [["Lamps: a study", "Inner1"], ["Inner1"], ["Inner1"], []]
    (bare,) = windows_of(paper_of([(2, "body", 0)], title=""), count, 99)
    assert bare == Window("w0 w0", ((0, 5),), ((0,),))
    long = windows_of(paper_of([(30, "body", 0), (30, "body", 0)], title="On the light of very old lamps"), count, 40)
    assert [window.text.split("\n")[0] for window in long] == [
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
    (window,) = windows_of(table(), count, 99)
    assert window.text == "A\nLamps burn. Table 1: Hours. Lamp Hours Arc Bulb Tube"
    assert window.owners == ((0,), (1, 2, 3), (1, 2, 3), (1,), (2,), (3,))
    lone = replace(table(), sentences=table().sentences[:2])
    (window,) = windows_of(lone, count, 99)
    assert window.owners == ((0,), (1,), (1,), (1,))
    assert window.text.endswith("Hours Arc")
    first, arc, bulb, tube = table().sentences
    grouped = replace(arc, spans=(*arc.spans[:-1], first.spans[0], arc.spans[-1]))
    (window,) = windows_of(replace(table(), sentences=(grouped, bulb, tube)), count, 99)
    assert window.owners == ((1, 2, 3), (1, 2, 3), (1,), (1,), (2,), (3,))


def test_a_caption_that_is_read_itself_counts_for_the_rows() -> None:
    """Where the caption is a sentence of its own, before or after the table, it is read once, in its place."""
    caption = replace(table().sentences[1], number=4, spans=table().sentences[1].spans[:1], label="caption", flags=())
    caption = replace(caption, text="Table 1: Hours.")
    for order in ((caption, *table().sentences[1:]), (*table().sentences[1:], caption)):
        (window,) = windows_of(replace(table(), sentences=order), count, 99)
        assert window.text.count("Table 1: Hours.") == 1
        assert set(window.owners) == {(4, 1, 2, 3), (1, 2, 3), (1,), (2,), (3,)}
    apart = replace(caption, spans=(Span(1, 12, 20), Span(1, 20, 27)))
    (window,) = windows_of(replace(table(), sentences=(apart, *table().sentences[1:])), count, 99)
    assert window.owners[:3] == ((4,), (1, 2, 3), (1, 2, 3))


def test_a_row_is_known_by_its_names() -> None:
    """The values of a row have no part in its vector, unless there is nothing else."""
    text = "Arc (old) 7.5 −3% 1e4 - 12 7 8"
    spans = [Span(1, 0, text.index(" 7 8")), Span(1, text.index("7 8"), len(text))]
    rows = [Sentence(n, text_at((Page(1, text),), (at,)), (at,), "table", (), 0, ROW) for n, at in enumerate(spans)]
    (window,) = windows_of(replace(table(), pages=(Page(1, text),), sentences=tuple(rows)), count, 99)
    assert window.text == "Arc (old) 1e4 7 8"


def test_citation_marks_are_not_read() -> None:
    """What the list of references bears out as a mark says nothing of what a sentence is about; other brackets stay."""
    text = "Lamps burn [1] in [0, 1] as Doe found (Doe, 2019).\n[1] A. Doe. Lamps. 2019."
    page = Page(1, text, (Region(0, 50, "body"), Region(51, len(text), "references")))
    paper = replace(paper_of([]), pages=(page,), sentences=(Sentence(0, text[:50], (Span(1, 0, 50),), "body", (), 0),))
    (window,) = windows_of(paper, count, 99)
    assert " ".join(window.text.split()) == "Lamps: a study Lamps burn in [0, 1] as Doe found ."


def test_formulas_and_addresses_are_not_read() -> None:
    """A sentence is found by its words; places stay, and one that has hardly any other words is read whole."""
    texts = ("Lamps obey y = f(x, {Wi}) + x as told at https://lamps.example/a.", "See https://lamps.example/b.")
    page = Page(1, " ".join(texts))
    spans = [Span(1, 0, len(texts[0])), Span(1, len(texts[0]) + 1, len(page.text))]
    told = tuple(Sentence(n, text, (at,), "body", (), 0) for n, (text, at) in enumerate(zip(texts, spans, strict=True)))
    (window,) = windows_of(replace(paper_of([]), title="", pages=(page,), sentences=told), count, 99)
    assert [" ".join(window.text[a:b].split()) for a, b in window.places] == ["Lamps obey as told at", texts[1]]
    assert [b - a for a, b in window.places] == list(map(len, texts))


def test_a_table_longer_than_a_window_goes_on() -> None:
    """The lead is read once; rows in a later window still count it."""
    found = windows_of(table(), count, 11)
    assert [owners for window in found for owners in window.owners] == [(0,), (1, 2, 3), (1, 2, 3), (1,), (2,), (3,)]
    assert len(found) > 1


def test_formulas_are_not_read() -> None:
    """A formula that can never be shown stands in its passage's text, but has no part in its vector."""
    paper = paper_of([(9, "body", 1), (2, "body", 1)])
    formula = replace(paper.sentences[1], flags=("formula",))
    paper = replace(paper, sentences=(paper.sentences[0], formula))
    (window,) = windows_of(paper, count, 99)
    assert window.owners == ((0,),)


@cases("reading/cases/windows", "meaningful")
def test_what_means_nothing_is_blanked(given: str, expected: str) -> None:
    """Length and places stay."""
    found = meaningful(given, References(frozenset({"1", "3"}), "[1] A. Doe. Lamps. 2019. [3] B. Roe. Wicks. 2020."))
    assert len(found) == len(given)
    assert " ".join(found.split()) == expected
