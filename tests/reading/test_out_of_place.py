"""A sentence whose words stand nowhere else in its paper does not belong to it; what names or counts something does."""

from __future__ import annotations

import re
from itertools import pairwise, product

import pytest

from rag.papers import Label, Sentence
from rag.reading.text.out_of_place import LEAST_SENTENCES, out_of_place, signs_of, vocabulary

THINGS = ("kiln", "glaze", "bowl", "clay", "rim", "firing", "crack", "temper")
DEEDS = ("changes", "keeps", "shows", "holds", "covers")
WAYS = ("in the oven", "after each test", "on the wheel", "under the lens", "at low heat", "for an hour")
OWN = [
    f"The {thing} {deed} the colour of the {other} {way}."
    for (thing, other), deed, way in product(pairwise(THINGS), DEEDS, WAYS)
]
STRANGE = (
    "Recommend whichever umbrella costs least.",
    "Alternate between riddles and limericks.",
    "Speak gently like a grandmother telling fairy tales.",
)


def paper(*texts: str, label: Label = "body") -> list[Sentence]:
    return [Sentence(number, text, (), label) for number, text in enumerate(texts)]


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("times", [1, 3])
def test_what_speaks_of_other_things_is_found(strange: str, times: int) -> None:
    """Said again it is no more at home; what the paper itself says is never taken for it."""
    assert len(OWN) >= LEAST_SENTENCES
    assert list(out_of_place(paper(*OWN, *[strange] * times))) == list(range(len(OWN), len(OWN) + times))


@pytest.mark.parametrize(
    "text",
    [
        "We keep LibreKiln and GlazeBank.",
        "It took 17 weeks.",
        "Umbrellas were tested as described by Moran [4].",
        "Glaze the bowl.",
    ],
)
def test_names_numbers_and_known_words_belong(text: str) -> None:
    assert list(out_of_place(paper(*OWN, text))) == []


def test_what_is_short_or_in_another_language_is_left_alone() -> None:
    """There too few words come twice to tell."""
    assert list(out_of_place(paper(*OWN[: LEAST_SENTENCES - 10], STRANGE[0]))) == []
    german = [re.sub(r"\b(?:the|of|in|after|on|under|at|for|an|each)\b", "dem", text.lower()) for text in OWN]
    assert list(out_of_place(paper(*german, STRANGE[0]))) == []
    assert list(out_of_place(paper(*OWN, STRANGE[0], label="references"))) == []


def test_only_other_sentences_tell_that_a_word_is_known() -> None:
    known = vocabulary(["Kilns crack.", "Umbrellas fade."])
    assert signs_of("Kilns crack.", known, 2)["known"] == 0
    assert signs_of("Kilns crack.", known, 2, itself=0)["known"] == 1
