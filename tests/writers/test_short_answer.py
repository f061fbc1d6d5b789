"""What answers in short where a writer names nothing, and what comes nearest where nothing answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.answers import DraftClaim, Evidence, Task
from rag.gates import Settled
from rag.language import read_question
from rag.papers import AllowedPaper, Names, Point
from rag.writers import compares, in_short, is_bare, nearest

KESTREL, SWIFT = "2101.00001", "2101.00002"
ANSWER, PAPERS = Point("Answer"), Point("Papers and tools", "papers")


def sentence(name: str, text: str, paper: str | None = KESTREL, relevance: float = 0.5) -> Evidence:
    source = "brief" if paper is None else "pdf"
    return Evidence(name, source, text, paper, 1, label="body", number=int(name[1:]), relevance=relevance)  # type: ignore[arg-type]


EVIDENCE = (
    sentence("E1", "Kestrel restores blurred maps by following the path of the drone.", relevance=0.6),
    sentence("E2", "It needs four seconds for a map.", relevance=0.9),
    sentence("E3", "Swift restores noisy maps by asking three neighbours.", SWIFT, 0.55),
    sentence("E4", "Swift was trained on maps of Norway.", SWIFT, 0.7),
    sentence("E5", "How are blurred maps restored?", None, 1.0),
)
QUOTES = {e.id: DraftClaim(e.text, (e.id,), "verbatim", e.paper) for e in EVIDENCE}


def task(question: str, points: Sequence[Point] = (ANSWER, PAPERS), names: Names = Names()) -> Task:  # noqa: B008
    papers = (AllowedPaper(KESTREL, 1, "Kestrel"), AllowedPaper(SWIFT, 1, "Swift"))
    return Task(read_question(question, points, papers, names), tuple(points), papers, EVIDENCE)


def settled(*names: str) -> Settled:
    return Settled((tuple(QUOTES[name] for name in names), ()))


def texts(claims: Sequence[DraftClaim]) -> list[str]:
    return [claim.evidence[0] for claim in claims]


def test_a_bare_question_is_answered_by_the_claim_that_leads() -> None:
    """One claim is a good answer: a second one only where it adds what is asked."""
    assert texts(in_short(settled("E4", "E1", "E3"), task("How are blurred maps restored?"))) == ["E4"]


@pytest.mark.parametrize(("second", "told"), [(5.5, ["E4", "E1"]), (5.0, ["E4"])])
def test_of_quotes_that_rank_about_alike_two_answer(second: float, told: list[str]) -> None:
    """A second quote stands beside the first where it is half as likely to answer, as its score says; else below."""
    asked = task("How are blurred maps restored?")
    scores = {"E4": 6.0, "E1": second}
    ranked = tuple(
        replace(e, scores=((0, asked.question.text, scores[e.id]),)) if e.id in scores else e for e in EVIDENCE
    )
    assert texts(in_short(settled("E4", "E1", "E3"), replace(asked, evidence=ranked))) == told


def test_a_comparison_hears_both_papers() -> None:
    """The second claim is the other paper's, whatever its own paper says next."""
    asked = task("How does Kestrel differ from Swift?")
    assert compares(asked)
    assert texts(in_short(settled("E1", "E2", "E4", "E3"), asked)) == ["E1", "E4"]


def test_a_second_part_of_a_question_is_answered_if_a_claim_speaks_of_it() -> None:
    """Of two questions each gets a claim; a part that no claim speaks of gets none."""
    both = task("How are blurred maps restored? Which neighbours are asked?")
    assert texts(in_short(settled("E1", "E4", "E3"), both)) == ["E1", "E3"]
    half = task("How are blurred maps restored? Which cheese is eaten?")
    assert texts(in_short(settled("E1", "E4", "E3"), half)) == ["E1"]


def test_a_brief_is_answered_by_the_claims_nearest_to_its_question() -> None:
    """Not by what the user wants, nor by cells, nor by a quote that leans on what stands before it."""
    points = (Point("Task", about_user=True), Point("How", text="How does it work?"), Point("Flow", "workflow", "flow"))
    asked = task("How are blurred maps restored?", points)
    cell = DraftClaim("restores blurred maps", ("E1",), "verbatim", KESTREL, "model")
    told = Settled(((QUOTES["E5"],), (QUOTES["E2"], QUOTES["E3"], QUOTES["E1"]), (cell,)))
    assert texts(in_short(told, asked)) == ["E1"]
    assert in_short(Settled(((QUOTES["E5"],), (), (cell,))), asked) == ()


def test_the_writers_own_answer_comes_first() -> None:
    own = DraftClaim("Maps are restored along the path of the drone.", ("E1",))
    told = Settled(((QUOTES["E4"],), ()), in_short=(own,))
    assert in_short(told, task("How are blurred maps restored?")) == (own,)


def test_what_comes_nearest_are_two_quotes_that_stand_alone() -> None:
    """Of the claims, else of all sentences of papers by their relevance."""
    asked = task("How are blurred maps restored?")
    assert texts(nearest(settled("E3", "E1", "E4"), asked)) == ["E3", "E1"]
    assert texts(nearest(settled(), asked)) == ["E4", "E1"]


def test_points_of_its_own_make_a_brief() -> None:
    assert is_bare(task("How?"))
    assert not is_bare(task("How?", (Point("How", text="How does it work?"), PAPERS)))
    assert not is_bare(task("How?", (ANSWER, ANSWER)))


def test_parts_compare_by_side_kind_or_papers_named() -> None:
    assert compares(task("What is Kestrel, unlike Swift?"))
    assert compares(task("What do they eat?", names=Names(papers=frozenset({KESTREL, SWIFT}))))
    assert not compares(task("What is Kestrel?"))
