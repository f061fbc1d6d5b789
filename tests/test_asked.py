"""What kind of answer a question asks for, and which words are its topic."""

from __future__ import annotations

import pytest

from rag.searching.plain_words import is_generic
from rag.writers.asked import Kind, kind, suits


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How many birds does the data set hold?", "amount"),
        ("By how much does Kestrel outperform the baseline?", "amount"),
        ("What mass was measured for the particle?", "amount"),
        ("What top-1 accuracy does it reach?", "amount"),
        ("Which data sets are used?", "name"),
        ("What optimizer was used?", "name"),
        ("Who annotated the corpus?", "name"),
        ("Is the error caused by noise?", "yes_no"),
        ("Can it handle video?", "yes_no"),
        ("What is camera shake?", "meaning"),
        ("What are the limitations of Kestrel?", "limits"),
        ("Why is the loss scaled?", "reason"),
        ("How does Kestrel work?", "account"),
        ("What is the difference between Kestrel and Merlin?", "account"),
        ("Compare how long the models train.", "amount"),
        ("Compare the two models.", "account"),
    ],
)
def test_the_kind_of_answer(question: str, wanted: Kind) -> None:
    """The wording of a question says what kind of answer it wants."""
    assert kind(question) == wanted


@pytest.mark.parametrize(
    ("text", "wanted", "fits"),
    [
        ("We train with a batch of 256 pictures.", "amount", True),
        ("We train with three losses.", "amount", True),
        ("We train as others do [12].", "amount", False),
        ("It is trained on the KestrelSet corpus.", "name", True),
        ("it is trained on pictures of roofs.", "name", False),
        ("We scale the loss because it explodes.", "reason", True),
        ("We scale the loss.", "reason", False),
    ],
)
def test_the_form_of_the_answer(text: str, wanted: Kind, fits: bool) -> None:
    """An amount wants a number that is no citation mark, a name a proper name, a reason a word of cause."""
    assert suits(text, wanted) is fits


@pytest.mark.parametrize(
    ("question", "generic"),
    [
        ("How big is the dataset?", True),
        ("What evaluation metrics are used?", True),
        ("Compare how long the given models train and with which batch sizes.", True),
        ("How big is the ground ring?", False),
        ("Which diet lowers blood pressure?", False),
        ("What is it?", False),
    ],
)
def test_generic_questions(question: str, generic: bool) -> None:
    """A question of research words alone can be put to any paper; one word of another topic makes it specific."""
    assert is_generic(question) is generic
