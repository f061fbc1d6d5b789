"""Nearness: the question's own rare words find the sentence that answers."""

from __future__ import annotations

import numpy as np
import pytest

from rag.language.question import PLAIN_WEIGHT, read_words
from rag.papers import Hit, Passage, Sentence
from rag.writers.nearness import CONTEXT, nearness, passage_scores, share, shares, weighed

RARE = {"kestrel": 4.0, "roof": 2.0, "show": 2.0}


def sentence(number: int, text: str, section: str = "1 A") -> Sentence:
    return Sentence(number, text, (), "body", (section,))


def test_weights_follow_rarity_and_sum_to_one() -> None:
    """Rare words weigh more, words of asking less, unknown ones nothing."""
    asked = weighed(read_words("Does Kestrel show the roof or the quokka?"), lambda stem: RARE.get(stem, 0.0))
    assert sum(asked.values()) == pytest.approx(1)
    assert asked["kestrel"] == pytest.approx(2 * asked["roof"])
    assert asked["show"] == pytest.approx(PLAIN_WEIGHT * asked["roof"])
    assert "quokka" not in asked


def test_a_question_of_unknown_words_weighs_nothing() -> None:
    """Where no word is known no sentence shares any."""
    assert weighed(read_words("Quokkas?"), lambda stem: 0.0) == {}
    assert share("Quokkas are small.", {}) == 0


def test_context_says_a_word_at_a_discount() -> None:
    """A heading or the sentence before counts in part, another section not at all."""
    asked = {"kestrel": 0.6, "roof": 0.4}
    found = shares(
        [sentence(0, "Kestrel flies."), sentence(1, "It sees a roof."), sentence(2, "It rests.", "2 Roofs")], asked
    )
    assert found.tolist() == pytest.approx([0.6, 0.4 + CONTEXT * 0.6, CONTEXT * 0.4])


def test_an_abbreviation_says_what_it_stands_for() -> None:
    """A question in full words meets the sentence that abbreviates them, where the paper has introduced that."""
    asked = {"night": 0.5, "owl": 0.5}
    texts = ("A night hunting owl (NHO) sleeps by day.", "The NHO hunts mice.")
    told = [sentence(number, text, f"{number} A") for number, text in enumerate(texts)]
    assert shares(told, {**asked, "hunt": 0.0}).tolist() == pytest.approx([1, 1])
    assert shares(told[1:], {**asked, "hunt": 0.0}).tolist() == pytest.approx([0])


def test_a_passage_lends_its_score_to_its_sentences() -> None:
    """A sentence takes the best hit that holds it, and none outside."""
    hits = [Hit("k", Passage(0, 1, 3, "", "body"), 0.5), Hit("k", Passage(1, 2, 4, "", "body"), 0.8)]
    assert passage_scores(5, hits).tolist() == pytest.approx([0, 0.5, 0.8, 0.8, 0])


def test_nearness_grows_with_every_sign_and_stays_in_range() -> None:
    """Each sign counts for itself, and three full signs make 1."""
    none, full = np.zeros(1, np.float32), np.ones(1, np.float32)
    assert nearness(full, full, full)[0] == pytest.approx(1)
    for signs in ((full, none, none), (none, full, none), (none, none, full)):
        assert nearness(*signs)[0] > 0
