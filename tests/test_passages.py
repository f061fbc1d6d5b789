"""Passages: whole sentences, within the budget, of one section, nothing but evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.language import EVIDENCE
from rag.papers import Label, Sentence, Span
from rag.reading.text.passages import is_evidence, split

LABELS: tuple[Label, ...] = ("abstract", "body", "caption", "references", "heading", "table", "acknowledgements")


def count(texts: Sequence[str]) -> list[int]:
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
def papers(draw: st.DrawFn) -> list[Sentence]:
    kinds = draw(
        st.lists(st.tuples(st.integers(1, 90), st.sampled_from(LABELS), st.booleans(), st.booleans()), max_size=30)
    )
    section = 0
    found = []
    for number, (words, label, new, machine) in enumerate(kinds):
        section += new
        found.append(sentence(number, words, label, f"{section} S", machine and new))
    return found


@given(papers())
def test_passages_hold_to_the_rules(sentences: list[Sentence]) -> None:
    """Each passage is a run of evidence of one label and section, within the limit unless it is one sentence."""
    passages = split(sentences, count, budget=60, limit=80)
    seen: set[int] = set()
    for number, passage in enumerate(passages):
        run = sentences[passage.first : passage.last]
        assert passage.number == number
        assert run
        assert {(part.label, part.section) for part in run} == {(passage.label, passage.section)}
        assert all(is_evidence(part) for part in run)
        assert sum(count([part.text for part in run])) <= 80 or len(run) == 1
        seen.update(range(passage.first, passage.last))
    assert seen == {part.number for part in sentences if is_evidence(part)}


@given(papers())
def test_the_same_sentences_give_the_same_passages(sentences: list[Sentence]) -> None:
    """Splitting has no chance in it."""
    assert split(sentences, count) == split(sentences, count)


def test_passages_overlap_by_whole_sentences() -> None:
    """Neighbours share the last sentences of the one before."""
    passages = split([sentence(number, 20) for number in range(10)], count, budget=100, limit=120)
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
    assert split([sentence(0, 10, "references"), sentence(1, 10, machine=True)], count) == ()


def test_formulas_alone_are_not_indexed() -> None:
    """A passage of which no sentence can be shown is left out; beside words that can, its formula stays."""
    formula = Sentence(0, "x = a + b", (Span(1, 0, 9),), "body", ("1 A",), 0, ("formula",))
    assert split([formula], count) == ()
    assert split([replace(formula, label="caption")], count) == ()
    (passage,) = split([formula, sentence(1, 9)], count)
    assert (passage.first, passage.last) == (0, 2)
