"""The graded questions have the form they state, and their key facts stand where they say."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from eval.benchmarks.graded import (
    FOLDER,
    KINDS,
    Graded,
    all_graded,
    read_graded,
    words_in,
)
from eval.cases import COMPARE, UNANSWERABLE
from eval.key_facts import Groups, carries, touches
from rag.reading import read_paper

FILES = sorted(FOLDER.glob("graded-*.jsonl"))
LONGEST, FEWEST, FEWEST_UNANSWERABLE = 5, 60, 10  # words of a fact; questions of a file


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_enough_of_every_kind(file: Path) -> None:
    """A file has sixty questions or more, of every kind, and ten that have no answer."""
    kinds = Counter(question.kind for question in read_graded(file))
    assert kinds.keys() == set(KINDS)
    assert kinds.total() >= FEWEST
    assert kinds[UNANSWERABLE] >= FEWEST_UNANSWERABLE


def test_no_id_and_no_question_stands_twice() -> None:
    """Ids are unique over all files; a question is asked once of a paper."""
    questions = all_graded()
    assert len({question.id for question in questions}) == len(questions)
    assert len({(question.question, question.papers) for question in questions}) == len(questions)


@pytest.mark.parametrize("question", all_graded(), ids=lambda question: question.id)
def test_a_question_has_the_form(question: Graded) -> None:
    """Facts are names, figures and key words; what cannot be answered has none; a comparison has two sides."""
    facts = question.facts + question.contradicts
    assert question.papers
    assert all(group and all(one.strip() for one in group) for group in facts)
    assert max(words_in(facts), default=0) <= LONGEST
    assert bool(question.facts) == bool(question.page) == (question.kind != UNANSWERABLE)
    assert (question.kind == COMPARE) == bool(question.sides)
    assert not question.sides or set(question.sides) == set(question.papers)
    assert all(group in question.facts for groups in question.sides.values() for group in groups)


@pytest.mark.parametrize("question", all_graded(), ids=lambda question: question.id)
def test_a_key_fact_stands_on_its_page(question: Graded, shared: Path) -> None:
    """Every group has an alternative on the page or beside it; each side's somewhere in its paper, close together."""
    folder = shared / "papers" / "real"
    if question.sides:
        for paper, groups in question.sides.items():
            last = len(_pages(folder / _file(paper)))
            assert any(_stands(groups, folder, paper, page) for page in range(1, last + 1)), paper
    elif question.facts:
        assert _stands(question.facts, folder, question.papers[0], question.page)


def _file(paper: str) -> str:
    return f"{paper.replace('/', '_')}.pdf"


def _stands(groups: Groups, folder: Path, paper: str, page: int) -> bool:
    pages = _pages(folder / _file(paper))
    return carries(groups, "\n".join(pages[max(page - 2, 0) : page + 1]))


@cache
def _pages(path: Path) -> tuple[str, ...]:
    return tuple(page.text for page in read_paper(path, path.stem, 1).pages)


@pytest.mark.parametrize(
    ("alternative", "text", "held"),
    [
        ("pre-training", "The lamp is pretrained; pre-\ntraining takes a night.", True),
        ("pretraining", "pre-training takes a night", True),
        ("normaliz", "It normalizes the light.", True),
        ("no", "It is not normal.", False),
        ("no", "It uses no oil.", True),
        ("3.5", "It burns for 13.5 hours.", False),
        ("7", "It burns for 3.7 hours.", False),
        ("64", "It has 640 lamps.", False),
        ("64", "It has 1,064 lamps.", False),
        ("1,064", "It has 1064 lamps.", True),
        ("10^6.6", "There are 10^6.6 lamps.", True),
        ("10^6.6", "There are 106.6 lamps.", True),
        ("10^-5", "at a rate of 10−5", True),
        ("8", "It takes 8–12 lamps.", True),
        ("15 %", "It takes 15% of the oil.", True),
    ],
)
def test_an_alternative_is_found_as_a_whole(alternative: str, text: str, held: bool) -> None:
    """Numbers are whole, words may go on; case, hyphens, blanks, carets and commas of thousands are folded."""
    assert touches(((alternative,),), text) == held


def test_a_key_fact_needs_every_group() -> None:
    """One alternative of each group; nothing carries no facts."""
    groups = (("oil", "tallow"), ("lamp",))
    assert carries(groups, "Tallow lamps.")
    assert not carries(groups, "Oil and tallow.")
    assert touches(groups, "Oil and tallow.")
    assert not carries((), "Oil.")
