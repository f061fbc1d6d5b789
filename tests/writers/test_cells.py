"""A cell holds the one sentence that states what a column asks, or nothing."""

from __future__ import annotations

import pytest

from rag.answers import Evidence, Task
from rag.briefs import columns_of
from rag.language import read_question
from rag.papers import AllowedPaper, Point
from rag.writers import CellWriter

PAPER = AllowedPaper("2101.00001", 1, model="Kestrel: Sharp Maps")


def told(heading: str, *texts: str, section: str = "4 Experiments") -> str:
    """Return what a cell says under a heading, of sentences of one paper; those that come first are ranked higher."""
    (column,) = columns_of([heading])
    question = read_question(column.ask, (Point("Answer"),), (PAPER,))
    evidence = tuple(
        Evidence(
            f"E{n}",
            "pdf",
            text,
            PAPER.paper,
            1,
            (section,),
            number=n,
            scores=tuple((0, part.text, 4.0 - n / 2) for part in question.parts),
        )
        for n, text in enumerate(texts)
    )
    draft = CellWriter().write(Task(question, (Point("Answer"),), (PAPER,), evidence))
    (claims,) = draft.claims
    assert draft.unstated == (() if claims else (0,))
    return claims[0].text if claims else ""


@pytest.mark.parametrize(
    ("heading", "states", "beside"),
    [
        ("input", "The model takes two photographs as input.", "The input layer is followed by dropout of a tenth."),
        ("output", "The decoder then predicts the height of each pixel.", "The output layer has dimension 512."),
        ("data set", "We evaluate it on the CoastMaps data set of 4,000 tiles.", "We tune on the dev set of Shores."),
        ("data set", "We evaluate on ImageNet-1K, COCO and ADE20K.", "On Shores dataset we keep dropout at a tenth."),
        ("main limitation", "We have not tested our method on icy coasts.", "Earlier maps have a limited range."),
        ("method", "We propose Kestrel, a network that sharpens maps.", "The method of Brook and Weir needs tides."),
        ("main result", "Kestrel reduces the error by 31 % on CoastMaps.", "Table 3 lists the heights of all coasts."),
        ("hardware", "We trained it on one machine with four A100 GPUs.", "Machines for printing maps are large."),
        ("optimizer", "We use Adam with a step of 0.001 to train it.", "Optimizers are surveyed by Brook and Weir."),
        ("training time", "Training took three days.", "Maps are drawn in time for each tide."),
    ],
)
def test_the_sentence_that_states_it_is_taken(heading: str, states: str, beside: str) -> None:
    """What states it fills the cell though another is ranked above it; alone, the other leaves the cell empty."""
    assert told(heading, beside, states) == states
    assert told(heading, beside) == ""


def test_related_work_speaks_of_others() -> None:
    """What stands under related work fills no cell of this paper."""
    sentence = "The model takes two photographs of a coast as input."
    assert told("input", sentence, section="2 Related Work") == ""


def test_a_link_from_outside_is_left_out_of_a_cell() -> None:
    """That there is code is an answer; where it is stands in the quote alone."""
    assert told("code", "The code is available at https://example.org/kestrel.") == "The code is available at"


def test_without_a_known_form_a_clear_lead_is_wanted() -> None:
    """Of a heading that nobody knows, the best sentence is taken only where it leads the others clearly."""
    best = "A tidal gauge stands at the lighthouse of Crane Point."
    assert told("tidal gauge", best) == best
    assert told("tidal gauge", "The lighthouse of Crane Point is white.") == ""
    others = [f"The shore of bay {n} was drawn by hand in spring." for n in range(9)]
    (column,) = columns_of(["tidal gauge"])
    question = read_question(column.ask, (Point("Answer"),), (PAPER,))
    text = question.parts[0].text
    evidence = tuple(
        Evidence(f"E{n}", "pdf", said, PAPER.paper, 1, number=n, scores=((0, text, 1.0),))
        for n, said in enumerate([best, *others])
    )
    assert CellWriter().write(Task(question, (Point("Answer"),), (PAPER,), evidence)).claims == ((),)
