"""Names by their form, and abbreviations: what a paper introduces by initials, and both forms of it."""

from __future__ import annotations

import pytest

from rag.language import abbreviations, model_names, spelled_out, words


def stems(text: str) -> frozenset[str]:
    return frozenset(words(text))


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("We watch a night owl (NO) from afar.", "NO", "night owl"),
        ("Near-roof birds (NRBs) are small.", "NRB", "near-roof birds"),
        ("It is called path of blur (PoB) here.", "POB", "path of blur"),
    ],
)
def test_initials_introduce_an_abbreviation(text: str, short: str, long: str) -> None:
    """The letters in parentheses begin the words before them, one each; hyphens part words."""
    assert abbreviations([text]) == ({words(short)[0]: stems(long)} if words(short) else {})


@pytest.mark.parametrize("text", ["The camera (CCD) is old.", "We use birds (see Table 2).", "(NO) night owl"])
def test_other_parentheses_introduce_none(text: str) -> None:
    """Letters that are not the initials of what stands before them are left alone."""
    assert abbreviations([text]) == {}


def test_each_form_says_the_other() -> None:
    """A text that holds one form of an abbreviation says the other, too, and no part of a form does."""
    known = abbreviations(["A night flying bird (NFB) sleeps by day."])
    assert stems("night flying bird") <= spelled_out(stems("The NFB sleeps."), known)
    assert stems("NFB") <= spelled_out(stems("Night flying birds sleep."), known)
    assert spelled_out(stems("The bird sleeps."), known) == stems("The bird sleeps.")


@pytest.mark.parametrize("word", ["English-German", "Encoder-Decoder", "F1-score", "Chinese-English"])
def test_compounds_of_plain_words_are_no_models(word: str) -> None:
    """A language pair or a compound of ordinary words is not taken for the name of a model."""
    assert model_names(f"What does it reach on {word} beside U-Net and BERT-large?") == ("U-Net", "BERT-large")
