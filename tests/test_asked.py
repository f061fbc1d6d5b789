"""What kind of answer a question asks for, and which words are its topic."""

from __future__ import annotations

import pytest

from rag.language import is_generic
from rag.language.question_kind import Kind, kind, parts, suits, term


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
        ("What is the difference between Kestrel and Merlin?", "difference"),
        ("How does Kestrel differ from Merlin?", "difference"),
        ("How does Kestrel compare with Merlin?", "difference"),
        ("Which models do they compare?", "name"),
        ("What default settings are recommended?", "name"),
        ("What documents are searched?", "name"),
        ("List the variants of Kestrel.", "name"),
        ("How confident is the measurement?", "amount"),
        ("How did they obtain the photographs?", "account"),
        ("What is a recurrent model?", "meaning"),
        ("What is a learning rate?", "meaning"),
        ("Define camera shake.", "meaning"),
        ("What upper limit was set on the flux?", "amount"),
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
        ("One more thing is shown by Oak 1999.", "amount", False),
        ("Kestrel is faster than Merlin.", "difference", True),
        ("Kestrel is a fast bird.", "difference", False),
    ],
)
def test_the_form_of_the_answer(text: str, wanted: Kind, fits: bool) -> None:
    """An amount wants a number that is no citation mark, a name a proper name, a reason a word of cause."""
    assert suits(text, wanted) is fits


def test_a_name_that_the_question_says_is_no_answer() -> None:
    """Which: what is asked for is a name, and another one than those in the question."""
    assert not suits("The camera of Kestrel is small.", "name", "Which camera does Kestrel use?")
    assert suits("The camera of Kestrel is a Tern-7.", "name", "Which camera does Kestrel use?")


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("How is Kestrel trained, and in how many stages?", ["How is Kestrel trained", "in how many stages?"]),
        ("What is blur? Why is it hard?", ["What is blur?", "Why is it hard?"]),
        ("Photos are blurred. How is it undone?", ["Photos are blurred. How is it undone?"]),
        ("How does it merge frames? Please cite books.", ["How does it merge frames? Please cite books."]),
        ("Which photos fail, and why?", ["Which photos fail, and why?"]),
        ("Which camera and lens are used?", ["Which camera and lens are used?"]),
        ("Blur and noise", ["Blur and noise"]),
    ],
)
def test_the_questions_in_a_question(question: str, several: list[str]) -> None:
    """Sentences that ask, and what "and how", "and why" begins, are questions of their own."""
    assert parts(question) == several


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What is camera shake?", "camera shake"),
        ("What is the travelling owl problem?", "travelling owl"),
        ("What does path-aware mean?", "path-aware"),
        ("Define the wing number.", "wing number"),
        ("How does it work?", ""),
    ],
)
def test_the_term_whose_meaning_is_asked(question: str, asked: str) -> None:
    """A term is asked for without its article and without "problem"."""
    assert term(question) == asked


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Camera shake is the motion of a hand during exposure.", True),
        ("Camera shakes [4, 7] are those motions that last one exposure.", True),
        ("The camera shake of a photograph p is the path that its points take.", True),
        ("We refer to this motion as camera shake.", True),
        ("We call the path of a hand the camera shake of the photograph.", True),
        ("Kestrel is camera-shake-aware.", False),
        ("Camera shake is easily removed.", False),
        ("Because camera shake matters, Kestrel is a network.", False),
        ("When camera shake is a large motion, photographs are thrown away.", False),
    ],
)
def test_the_definition_of_a_term(text: str, fits: bool) -> None:
    """A definition says what the term itself is or is called, whatever else the sentence says."""
    assert suits(text, "meaning", "What is camera shake?") is fits


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
