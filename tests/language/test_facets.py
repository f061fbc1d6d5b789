"""A facet asks for content in the words of papers, not for what people say to each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.briefs import Brief
from rag.language.facets import content
from rag.language.question import read_question
from rag.papers import AllowedPaper, Facet, Point


def facets(question: str, points: Sequence[Point], papers: Sequence[AllowedPaper]) -> tuple[Facet, ...]:
    return read_question(question, points, papers).facets


QUESTION = "Night photos of owls come out noisy. How do denoisers keep feathers? How is it different from blurring?"
MODEL = AllowedPaper("2101.00001", 1, "Denoise-OwlNet-v2", recommended=True)
POINTS = (
    Point("The task", text="What task the user is trying to perform.", about_user=True),
    Point("Workflow", "workflow", "How the model(s) would work in an ACME AI-like workflow (input → model → output)."),
    Point("Papers and tools", "papers", "List relevant papers and tools."),
)


def test_the_question_comes_first_and_whole() -> None:
    """Facet 0 is the question as asked, serving no single point."""
    first = facets(QUESTION, POINTS, (MODEL,))[0]
    assert (first.query, first.point) == (QUESTION, None)


def test_platform_and_talk_are_stripped() -> None:
    """Neither a platform's name nor talk to a user gets into any facet but the question itself."""
    point = Point("Why", text="Please explain to the user why owls matter in the ACME platform.")
    made = [facet.query for facet in facets(QUESTION, (*POINTS, point), ())[1:]]
    assert made
    assert not [query for query in made if any(word in query.lower() for word in ("acme", "user", "explain", "please"))]
    assert any("owls matter" in query for query in made)


def test_a_platform_in_the_question_is_no_content() -> None:
    """Where it would run is left out; a network that is like another one is content."""
    asked = "Explain to the user how attention works in a ACME AI-like workflow, with a U-Net-like network."
    assert content(asked) == "attention U-Net-like network"


def test_a_comparison_is_asked_for_as_papers_write_it() -> None:
    """`How is it different from X?` searches for what is said in contrast to X, with the question's subject."""
    (query,) = [f.query for f in facets(QUESTION, (), ()) if "in contrast to" in f.query]
    assert "in contrast to, unlike blurring:" in query
    assert "owls" in query
    assert "feathers" in query


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("What are the differences between lenses and mirrors?", "lenses and mirrors"),
        ("How do owls see compared with hawks, at night?", "hawks"),
        ("Why owls rather than hawks?", "hawks"),
        ("How does it differ in speed from a camera?", "a camera"),
    ],
)
def test_comparisons_are_found_in_their_usual_forms(question: str, other: str) -> None:
    """Each usual way to ask for a comparison gives a facet that names the other side."""
    assert [f for f in facets(question, (), ()) if f.query.startswith(f"in contrast to, unlike {other}:")]


def test_points_about_the_user_and_lists_are_no_queries() -> None:
    """Only the workflow point is searched for, in words that papers use, and it says which point it serves."""
    served = [facet for facet in facets(QUESTION, POINTS, ()) if facet.point is not None]
    assert [facet.point for facet in served] == [1]
    assert served[0].query.startswith("takes as input, the model, outputs")


def test_each_recommended_model_has_its_facet() -> None:
    """A recommended model is asked for with its name's parts apart; others are not."""
    other = AllowedPaper("2101.00002", 1, "OtherNet: owls")
    queries = [facet.query for facet in facets(QUESTION, (), (MODEL, other))]
    assert [query for query in queries if query.startswith("Denoise OwlNet v2:")]
    assert not [query for query in queries if "OtherNet" in query]


def test_a_plain_question_is_its_only_facet() -> None:
    """A single question without points needs nothing else."""
    assert [facet.query for facet in facets("How do owls see?", (), ())] == ["How do owls see?"]


@given(st.text(), st.text())
def test_any_text_gives_facets(question: str, point: str) -> None:
    """Any question and point give distinct facets, the question first, points numbered as given."""
    made = facets(question, (Point("P", text=point),), (MODEL,))
    assert made[0].query == question
    assert len(set(made)) == len(made)
    assert {facet.point for facet in made} <= {None, 0}


def test_the_example_brief_gives_sensible_queries(shared: Path) -> None:
    """The example's facets name neither its platform nor its user, and ask for contrast, workflow and model."""
    brief = Brief.load(shared / "briefs" / "sports-deblur.txt")
    made = facets(brief.question, brief.points, brief.papers)
    text = " | ".join(facet.query for facet in made[1:])
    assert "CNAPS" not in text
    assert "user" not in text
    assert "in contrast to, unlike restoring general blurry images" in text
    assert "SwinIR" in text
    assert [facet.point for facet in made if facet.query.startswith("takes as input")] == [1]
