"""A cross-encoder's new order of hits."""

from __future__ import annotations

import pytest

from rag.errors import SettingsError
from rag.papers import Hit, Passage
from rag.searching.relevance import load_judge, rerank

HITS = tuple(
    Hit("2101.00001v2", Passage(n, n, n + 2, text, "body", ("Method",)), 1.0 - n / 10, {"dense": 0.5})
    for n, text in enumerate(["owls", "owls see at night", "owls see"])
)


class CountingJudge:
    """Score a pair by the words that question and passage share: a small real judge without weights."""

    def predict(self, pairs: list[tuple[str, str]]) -> list[float]:
        return [float(len(set(question.split()) & set(text.split()))) for question, text in pairs]


def test_reranking_orders_by_the_judge_and_keeps_every_score() -> None:
    """The judge's score leads, ties keep the order before, and the earlier scores stay to be seen."""
    ordered = rerank("how owls see", HITS, CountingJudge())
    assert [hit.passage.number for hit in ordered] == [1, 2, 0]
    assert [hit.score for hit in ordered] == [2.0, 2.0, 1.0]
    assert ordered[0].scores == {"dense": 0.5, "rerank": 2.0, "before": 0.9}
    assert rerank("how owls see", HITS, CountingJudge(), k=1) == ordered[:1]
    assert rerank("anything", (), CountingJudge()) == ()


def test_a_judge_that_does_not_answer_for_every_hit_is_refused() -> None:
    """Fewer scores than hits is an error, never a silent cut."""

    class Lazy:
        def predict(self, pairs: list[tuple[str, str]]) -> list[float]:
            return [0.0]

    with pytest.raises(ValueError, match="1 scores for 3 hits"):
        rerank("owls", HITS, Lazy())


def test_a_missing_reranker_is_named() -> None:
    """Weights that are not there are an error of ours that says what to give."""
    with pytest.raises(SettingsError, match=r"'no/such-model'.*give a folder"):
        load_judge("no/such-model", offline=True)
