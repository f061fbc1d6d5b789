"""Refusals rest on the question and the allowed papers."""

from __future__ import annotations

import pytest

from rag.briefs import read_names
from rag.language import read_question
from rag.papers import Paper, Sentence
from rag.prepared import dwell_on, languages_apart, spelled_as_in

FIRST = "2101.00001"


def test_papers_that_dwell_on_a_name_speak_of_it() -> None:
    """A name that the papers keep writing is on topic."""
    texts = [f"Run {number} writes its notes with Open Quill." for number in range(4)]
    sentences = tuple(Sentence(n, text, (), "body") for n, text in enumerate(texts))
    asked = "To which text was OpenQuill applied?"
    question = read_question(asked, names=read_names(asked))

    def dwell(count: int) -> bool:
        paper = Paper(FIRST, 1, "Notes", (), "", "test", (), sentences[:count], ())
        return dwell_on(question, {FIRST: paper})

    assert dwell(4)
    assert not dwell(3)


def test_what_a_question_asks_the_limits_of_is_dwelt_on_though_it_is_written_like_any_word() -> None:
    """Papers need not say "fall short": words that ask for limits are no topic, so that none of them is missing."""
    sentences = tuple(Sentence(n, f"The kiln is fired {n} times.", (), "body") for n in range(4))
    papers = {FIRST: Paper(FIRST, 1, "Notes", (), "", "test", (), sentences, ())}
    asked = read_question("Where does the kiln fall short?")
    assert dwell_on(asked, papers)
    assert [word.written for word in asked.words if word.topical] == ["kiln"]
    assert not dwell_on(read_question("Where is the kiln built?"), papers)


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("How does KenstrelNet train?", "How does KestrelNet train?"),  # a letter too many
        ("How does KetsrelNet train?", "How does KestrelNet train?"),  # two exchanged
        ("What is kestrelnt's input?", "What is KestrelNet's input?"),
        ("How does KestrelNeXt train?", "How does KestrelNeXt train?"),  # a capital is meant
        ("Does it run on a Plover200?", "Does it run on a Plover200?"),  # a figure is meant
        ("Is KestrelNets' training stable?", "Is KestrelNets' training stable?"),  # a plural
        ("Is it tiring to train?", "Is it tiring to train?"),  # English, if not of the paper
        ("Is Merlin trained?", "Is Merlin trained?"),  # said in passing only
    ],
)
def test_slips_of_spelling_are_read_as_the_papers_spell(asked: str, read: str) -> None:
    """One letter off a word that a paper keeps writing is that word, unless it says something else."""
    texts = ["KestrelNet is trained on a Plover100, and firing is stable."] * 4 + ["Marlin is a fish."]
    sentences = tuple(Sentence(n, text, (), "body") for n, text in enumerate(texts))
    assert spelled_as_in([Paper(FIRST, 1, "Notes", (), "", "test", (), sentences, ())], asked)[0] == read


def test_a_question_in_another_language_than_the_papers_is_told_so() -> None:
    """German over English papers is; a question in the language of one of the papers is not."""
    english = (Sentence(0, "The kiln is fired with oak, and the glaze is made of ash.", (), "body"),)
    german = (Sentence(0, "Der Ofen wird mit Eiche befeuert, und die Glasur ist aus Asche.", (), "body"),)
    papers = {FIRST: Paper(FIRST, 1, "Notes", (), "", "test", (), english, ())}
    told = languages_apart("Womit wird der Ofen befeuert?", papers)
    assert "German" in told
    assert "Ask in English" in told
    assert not languages_apart("What fires the kiln?", papers)
    both = {**papers, "2101.00002": Paper("2101.00002", 1, "Notizen", (), "", "test", (), german, ())}
    assert not languages_apart("Womit wird der Ofen befeuert?", both)
    assert "Chinese" in languages_apart("这个窑用什么烧？", both)
