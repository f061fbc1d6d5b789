"""Ranking: signs say what a sentence holds, learnt weights say what that is worth."""

from __future__ import annotations

import numpy as np
import pytest

from rag.language import read_question
from rag.papers import Flag, Hit, Label, Paper, Passage, Sentence, Span
from rag.writers.forms import bound
from rag.writers.looks import cell_named, named, place_of, signs_of_looks
from rag.writers.nearness import Queries
from rag.writers.ranking import Looking, weights
from rag.writers.signs import meaning, said, stems_of

TEXTS = (
    "Kestrel is a network that restores sharp maps from blurred photographs.",
    "The network has 12 million weights and is trained for 9 days.",
    "Other networks have weights, too, but they are not told.",
    "Roofs are straight.",
)
HEADINGS = (("1 Introduction",), ("4 Experiments", "4.1 Training details"), ("2 Related work",), ("5 Limitations",))


def paper(
    texts: tuple[str, ...] = TEXTS, label: Label = "body", headings: tuple[tuple[str, ...], ...] = HEADINGS
) -> Paper:
    sentences = tuple(
        Sentence(number, text, (Span(1, 0, len(text)),), label, headings[number % len(headings)], number)
        for number, text in enumerate(texts)
    )
    return Paper("2101.00001", 1, "Kestrel: Sharp Maps", (), "", "test", (), sentences, ())


def asked(question: str, vector: tuple[float, ...] = (1, 0)) -> tuple[Queries, Looking]:
    read = read_question(question)
    vectors = np.array([vector] * len(read.facets), np.float32)
    found = paper()
    own = np.array([[0.6, 0.8], [0.6, 0.8], [0.6, 0.8], [0.6, 0.8]], np.float32)
    hits = [Hit("2101.00001v1", Passage(0, 0, 4, "", "body"), 0.5, {"dense": 0.6, "keyword": 0.5})]
    return Queries(read.facets, vectors, ({},)), Looking.at(found, own, hits)


def best(question: str) -> str:
    queries, look = asked(question)
    return look.usable[int(look.scores(queries, None, read_question(question).parts[0]).argmax())].text


def test_as_near_in_meaning_the_form_that_is_asked_for_comes_first() -> None:
    """An amount wants a number, limits their section, a summary the abstract or what is proposed."""
    assert best("How many weights does the network have?") == TEXTS[1]
    assert best("What are the limitations?") == TEXTS[3]
    assert best("What is this paper about?") == TEXTS[0]


def test_scores_are_the_weighed_signs() -> None:
    """A sentence that is looked at closely scores the sum of its signs, each by its weight."""
    part = read_question("How many weights does the network have?").parts[0]
    queries, look = asked(part.text)
    signs = look.signs(queries, None, part)
    summed = sum(weights().get(name, 0.0) * values for name, values in signs.items())
    assert look.scores(queries, None, part) == pytest.approx(summed, abs=1e-4)


def test_words_are_looked_for_in_sentence_heading_and_neighbours() -> None:
    """Each word counts once, in the nearest place that says it; weights of known words sum to one."""
    found = paper()
    held = said(found, found.sentences, dict.fromkeys(stems_of("weights training maps quokka"), 1.0))
    assert held.weights.sum() == pytest.approx(1)
    whole = held.share(held.own) + held.share(held.heading) + held.share(held.before) + held.share(held.after)
    assert whole.max() <= 1 + 1e-6
    assert held.share(held.own)[1] > 0
    assert held.share(held.own)[3] == 0
    assert held.share(held.heading)[0] == 0


def test_a_window_is_drawn_towards_its_neighbours_in_the_section() -> None:
    """A sentence between two near ones is nearer by its window than by itself; across sections it is not."""
    vectors = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], np.float32)
    same = meaning(paper(headings=(("1 A",),)), vectors, np.array([[1, 0]], np.float32))
    apart = meaning(paper(), vectors, np.array([[1, 0]], np.float32))
    assert same.window[1] > same.own[1]
    assert apart.window[1] == pytest.approx(apart.own[1])


def test_the_innermost_heading_says_where_a_sentence_stands() -> None:
    """A setup within the experiments is a setup."""
    assert place_of(("4 Experiments", "4.1 Training details")) == "setup"
    assert place_of(("6 Limitations and future work",)) == "limits"
    assert place_of(("Kestrels",)) == "elsewhere"


@pytest.mark.parametrize("name", ["Kestrel-1", "KESTREL 1", "Kestrel1"])
def test_a_row_is_named_however_its_name_is_written(name: str) -> None:
    """BERT large and BERTLARGE are one; another row's name is not said."""
    flags: tuple[Flag, ...] = ("row",)
    rows = [
        Sentence(
            n,
            f"Table 2: Error. Model Error {own} 0.1",
            (Span(1, 0, 27), Span(1, 40, 40 + len(own) + 4)),
            "table",
            flags=flags,
        )
        for n, own in enumerate(("Kestrel-1", "Merlin-1"))
    ]
    assert named(rows[0], f"What error does {name} reach?") > 0.8
    assert named(rows[1], f"What error does {name} reach?") == 0


@pytest.mark.parametrize(
    ("question", "states", "beside"),
    [
        ("What batch size?", "We train with a batch size of 256.", "Each batch has a size m > 1."),
        ("How many layers does it have?", "It stacks 12 layers.", "The layers are described in Section 3."),
        ("Which storm is measured?", "We measure the storm HX2019 at sea.", "This storm is measured at sea."),
        ("What learning rate do they use?", "The learning rate is 0.001.", "They run 20 epochs at a low rate."),
    ],
)
def test_a_number_or_a_name_belongs_to_the_noun_it_stands_beside(question: str, states: str, beside: str) -> None:
    """A sign of a formula, the number of a section and a word that is no name answer nothing."""
    part = read_question(question).parts[0]
    assert bound(states, part) == 1
    assert bound(beside, part) < 1


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("What does Kestrel-large score on RoofBench?", 1.0),
        ("How many roofs does RoofBench have?", 0.0),  # a column alone is no cell
        ("How many weights does Kestrel-large have?", 0.0),  # a row alone neither
        ("What does Kestrel-large score on RoofBench in rain?", 0.75),
    ],
)
def test_a_cell_is_named_by_its_row_and_by_what_stands_above(question: str, share: float) -> None:
    """However the row writes its name; it counts how much of what is asked both say together."""
    caption, header, row = "Table 1: Test results.", "System score NestBench RoofBench", "KESTRELLARGE 60.5 71.2"
    text = f"{caption} {header} {row}"
    spans = tuple(Span(1, text.index(part), text.index(part) + len(part)) for part in (caption, header, row))
    told = Sentence(0, text, spans, "table", (), 0, ("row",))
    assert cell_named(told, read_question(question).parts[0]) == pytest.approx(share)


def test_what_a_short_form_stands_for_is_told_where_its_long_form_is() -> None:
    """Only where that is asked; a title that merely begins with the same letters presents nothing."""
    told, other = "We restore the path of blur (POB) first.", "We propose a POB tracker."
    sentences = [Sentence(n, text, (), "body", (), n) for n, text in enumerate((told, other))]
    asked = [read_question(text).parts[0] for text in ("What does POB stand for?", "What is a POB?")]
    signs = [[signs_of_looks(s, part, "POBnet: Sharp Maps") for s in sentences] for part in asked]
    assert [["meaning_long_form" in one for one in row] for row in signs] == [[True, False], [False, False]]
    assert not any("meaning_presents" in one for row in signs for one in row)
