"""Relevance sees the allowed papers alone, and tells a question they speak of from one they do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language import read_question
from rag.searching import Index
from rag.searching.relevance import DENSE_WEIGHT, THRESHOLD, Relevance, relevance_of
from tests.shelf import EMBEDDER, invented, key, shelve


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    papers = [
        invented(1, texts=["motion blur of the shutter", "grain and noise of the sensor"]),
        invented(2, texts=["river tide and sand", "the tide takes the sand away"]),
    ]
    return shelve(tmp_path_factory.mktemp("index"), papers)


def told(index: Index, question: str, allowed: Sequence[int]) -> Relevance:
    return relevance_of(read_question(question), index, [key(number) for number in allowed], EMBEDDER.embed([question]))


def test_a_question_in_a_passages_own_words_is_wholly_relevant(index: Index) -> None:
    """The passage itself, asked back, has cosine 1, coverage 1 and nothing missing."""
    same = told(index, "motion blur of the shutter", (1, 2))
    assert same.dense == pytest.approx(1, abs=1e-5)
    assert same.coverage == pytest.approx(1)
    assert same.missing == ()
    assert same.speaks


def test_words_that_stand_nowhere_are_told_as_written(index: Index) -> None:
    """Missing words keep the question's spelling, in its order; stop words are never missing."""
    assert told(index, "Which Quokkas cause the blurring of Zebras?", (1,)).missing == ("Quokkas", "cause", "Zebras")


def test_a_foreign_question_is_not_spoken_of(index: Index) -> None:
    """No word in common and no near passage: refused."""
    other = told(index, "quokka genome assembly", (1, 2))
    assert other.coverage == 0
    assert not other.speaks


def test_papers_that_are_not_allowed_cannot_answer(index: Index, tmp_path: Path) -> None:
    """What only a forbidden paper holds counts as missing, and forbidden papers change no figure."""
    question = "the tide of the river"
    alone = shelve(tmp_path, [invented(1, texts=["motion blur of the shutter", "grain and noise of the sensor"])])
    assert told(index, question, (1,)) == told(alone, question, (1,))
    assert told(index, question, (1,)).missing == ("tide", "river")
    assert told(index, question, (2,)).missing == ()


def test_the_score_is_the_stated_sum(index: Index) -> None:
    """Score, threshold and verdict follow from the two signs."""
    some = told(index, "blur of the tide", (1, 2))
    assert some.score == pytest.approx(DENSE_WEIGHT * max(some.dense, 0) + (1 - DENSE_WEIGHT) * some.coverage)
    assert some.speaks == (some.score >= THRESHOLD)


def test_a_question_for_any_paper_is_never_beside_the_point(index: Index) -> None:
    """Words of research alone: spoken of, however little the passages share with it."""
    assert told(index, "Which evaluation metrics are used?", (1,)).speaks


def test_words_of_asking_weigh_less(index: Index) -> None:
    """A word that belongs to the asking costs less when it is missing than one of the topic."""
    asking, topic = told(index, "obtain motion blur", (1,)), told(index, "quokka motion blur", (1,))
    assert asking.coverage > topic.coverage


@given(st.text(max_size=80))
def test_any_question_has_a_relevance_between_0_and_1(index: Index, question: str) -> None:
    """Any text gives finite figures in range; no allowed passage means no relevance and every word missing."""
    vector = EMBEDDER.embed([question])
    some, none = (relevance_of(read_question(question), index, keys, vector) for keys in ([key(1)], []))
    assert 0 <= some.score <= 1 + 1e-5
    assert 0 <= some.coverage <= 1 + 1e-9
    assert (none.score, none.speaks) == (0, False)
    assert set(some.missing) <= set(none.missing)
