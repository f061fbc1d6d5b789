"""A question is read once: its parts, its words, what it is compared with, and which of it a text speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.question import PLAIN_WEIGHT, read_parts, read_question, read_words
from rag.language.words import is_generic, shared, topics, unspoken, words
from rag.papers import Names, Point

QUESTION = "How does AI restore blurred photos of fast-moving sports, and how is it different from general blur?"


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("How is Kestrel trained, and in how many stages?", ["How is Kestrel trained", "in how many stages?"]),
        ("What is blur? Why is it hard?", ["What is blur?", "Why is it hard?"]),
        ("what is blur? why is it hard?", ["what is blur?", "why is it hard?"]),
        ("Photos are blurred. How is it undone?", ["How is it undone?"]),
        ("Photos are blurred. How does it work?", ["Photos are blurred. How does it work?"]),
        ("How does it merge frames? Please cite books.", ["How does it merge frames?"]),
        ("Explain the loss. Which photos fail?", ["Explain the loss.", "Which photos fail?"]),
        ("Which photos fail, and why?", ["Which photos fail, and why?"]),
        ("What is blur? Which photos fail, and why?", ["What is blur?", "Which photos fail, and why?"]),
        ("Which camera and lens are used?", ["Which camera and lens are used?"]),
        ("Does Kestrel (e.g. Kestrel-2) see roofs?", ["Does Kestrel (e.g. Kestrel-2) see roofs?"]),
        ("Blur and noise", ["Blur and noise"]),
    ],
)
def test_the_questions_in_a_question(question: str, several: list[str]) -> None:
    """Sentences that ask, and what "and how" begins, are parts; what names no topic leans on what is said before."""
    assert [part.text for part in read_parts(question)] == several


def test_a_part_knows_what_it_asks() -> None:
    """Each part has its own kind of answer, topics, sides and term, and says whether it leans on another."""
    how, apart, meaning = read_parts("How are photos restored? How do they differ from paintings? What is grain?")
    assert (how.kind, apart.kind, meaning.kind) == ("account", "difference", "meaning")
    assert list(how.topics.values()) == ["photos", "restored"]
    assert [(side.text, side.pair) for side in apart.sides] == [("paintings", False)]
    assert (how.leans, apart.leans) == (False, True)
    assert meaning.term == "grain"


@pytest.mark.parametrize(
    ("question", "sides", "pair"),
    [
        ("What are the differences between lenses and mirrors?", ["lenses and mirrors"], True),
        ("How do owls see compared with hawks, at night?", ["hawks"], False),
        ("Why owls rather than hawks?", ["hawks"], False),
        ("How does it differ in speed from a camera?", ["a camera"], False),
        ("Unlike Merlin, owls sleep. How do owls see?", [], False),
        ("How do owls see?", [], False),
    ],
)
def test_sides_of_a_comparison(question: str, sides: list[str], pair: bool) -> None:
    """What the subject is compared with is told in the question's words; "between" names both sides."""
    found = [side for part in read_parts(question) for side in part.sides]
    assert [side.text for side in found] == sides
    assert any(side.pair for side in found) == pair


def test_points_are_read_into_parts() -> None:
    """A prose point has parts of its own; one that only names a section, or is no prose, asks what is asked anyway."""
    points = (Point("Why", text="Why is the loss scaled?"), Point("Answer"), Point("Flow", "workflow", "How it works."))
    read = read_question("How is Kestrel trained?", points)
    assert [[part.text for part in read.asked(point)] for point in range(3)] == [
        ["Why is the loss scaled?"],
        ["How is Kestrel trained?"],
        ["How is Kestrel trained?"],
    ]


def test_words_carry_stem_spelling_and_weight() -> None:
    """Words of asking weigh less; a part of a word has no spelling of its own."""
    read = {word.stem: (word.written, word.weight) for word in read_words("Which IL6 do they obtain?")}
    assert read == {"il6": ("IL6", 1.0), "il": ("", 1.0), "6": ("", 1.0), "obtain": ("obtain", PLAIN_WEIGHT)}


@given(st.text(max_size=120))
def test_any_text_is_read(text: str) -> None:
    """Parts stand in the text, in order; words are those that a search compares."""
    read = read_question(text)
    assert read.facets[0].query == text
    place = 0
    for part in read.parts:
        place = text.index(part.text, place)
    assert {word.stem for word in read.words} >= set(words(text))


def test_words_found_nowhere_are_listed_as_written() -> None:
    """A topic word is missing only if no allowed word holds its stem; plain words are no topic."""
    vocabulary = set(words("We restore images that suffer from deblurring artefacts; the photo moves."))
    missing = unspoken(topics(QUESTION), vocabulary)
    assert "sports" in missing
    assert "blurred" not in missing
    assert "photos" not in missing
    assert not {"AI", "different", "general"} & set(missing)


def test_blur_is_found_inside_deblurring() -> None:
    """A stem of four letters counts inside a longer word."""
    assert "blurred" in shared("We will extend it to deblurring.", topics(QUESTION))


def test_topics_keep_the_order_and_the_spelling() -> None:
    """Topics map stems to words as written, in order, without stop words, adverbs and plain words."""
    assert list(topics("Quickly restore blurred Photos").values()) == ["restore", "blurred", "Photos"]


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


@pytest.mark.parametrize(
    "question",
    [
        "What does the acronym KSP mean?",
        "What is meant by KSP?",
        "What does KSP stand for?",
        "What is the full form of KSP?",
        "Explain the abbreviation KSP.",
    ],
)
def test_words_that_ask_for_a_meaning_are_no_topic(question: str) -> None:
    """Nothing but the term is looked for, so that no paper is said to lack the word "acronym"."""
    (part,) = read_question(question).parts
    assert part.kind == "meaning"
    assert list(part.topics.values()) == ["KSP"]


@pytest.mark.parametrize(
    ("question", "called", "asked"),
    [
        (
            "How do Kestrel and Merlin differ in what they are trained on?",
            {"K": {"Kestrel"}, "M": {"Merlin"}},
            {"K": "How do Kestrel in what they are trained on?", "M": "How do Merlin in what they are trained on?"},
        ),
        (
            "What does Kestrel restore and what does Merlin measure?",
            {"K": {"Kestrel"}, "M": {"Merlin"}},
            {"K": "What does Kestrel restore", "M": "what does Merlin measure?"},
        ),
        (  # a side that says no more than its name is asked what the other is asked
            "Which camera does Kestrel use, and which Merlin?",
            {"K": {"Kestrel"}, "M": {"Merlin"}},
            {"K": "Which camera does Kestrel use", "M": "Which camera does use which Merlin?"},
        ),
        (
            "Both Kestrel and the glider paper restore roofs. What does each use?",
            {"K": {"Kestrel"}, "G": {"glider"}},
            {
                "K": "Kestrel paper restore roofs. What does use?",
                "G": "the glider paper restore roofs. What does use?",
            },
        ),
    ],
)
def test_papers_set_side_by_side_are_each_asked_for_themselves(
    question: str, called: dict[str, set[str]], asked: dict[str, str]
) -> None:
    """A side is asked in the question's own terms, without the other's name and what only the other is asked."""
    names = Names(called={paper: frozenset(words) for paper, words in called.items()})
    parts = read_question(question, names=names).parts
    assert {paper: side.text for part in parts for paper, side in part.each.items()} == asked
    assert len(parts) == 1
