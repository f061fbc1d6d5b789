"""The extractive writer: runs that read on, rows that quote, nothing that leans on what is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.answers import DraftClaim, Evidence, Task
from rag.briefs import read_names
from rag.language import phrases, read_question, stands_alone
from rag.papers import AllowedPaper, Flag, Point, Span
from rag.writers.extractive import ExtractiveWriter
from rag.writers.runs import RUN_MAX

ABSTRACT = (
    "Blur from a moving camera hides the shapes that a map needs.",
    "We propose Kestrel, a network that restores sharp aerial photographs.",
    "Kestrel takes a blurred photograph and the drone's own motion record as input.",
    "It turns the record into a path and follows the path backwards through the picture.",
    "Kestrel outputs a sharp photograph of the same size.",
)
LATER = (
    "As shown in Figure 3, the restored roofs are straight.",
    "However, it fails at night.",
    "Zhang et al. [4] reach 31 dB with twice the parameters.",
    "Aerial photographs are blurred because a drone cannot stand still in wind.",
)


def evidence(
    texts: Sequence[str],
    paper: str,
    first: int = 0,
    start: int = 1,
    relevance: float = 0.6,
    flags: tuple[Flag, ...] = (),
) -> list[Evidence]:
    return [
        Evidence(
            f"E{start + i}", "pdf", text, paper, 1, label="abstract", number=first + i, relevance=relevance, flags=flags
        )
        for i, text in enumerate(texts)
    ]


def task(points: Sequence[Point], *groups: list[Evidence], question: str = "How is blur undone?") -> Task:
    papers = dict.fromkeys(e.paper for group in groups for e in group if e.paper)
    allowed = tuple(AllowedPaper(paper, 1, "Kestrel: Sharp Maps" if paper == "2101.00001" else "") for paper in papers)
    asked = read_question(question, points, names=read_names(question, allowed))
    return Task(asked, tuple(points), allowed, tuple(e for group in groups for e in group))


def written(made: Task) -> list[DraftClaim]:
    return [claim for claims in ExtractiveWriter().write(made).claims for claim in claims]


PAPER = evidence(ABSTRACT, "2101.00001") + evidence(LATER, "2101.00001", first=20, start=20)
ALL = [Point("The task", about_user=True), Point("Workflow", "workflow"), Point("More"), Point("Papers", "papers")]


def test_every_claim_is_verbatim_and_names_its_own_sentence() -> None:
    """A claim's text is its evidence sentence or a part of it, and it names that sentence alone."""
    texts = {e.id: e.text for e in PAPER}
    claims = written(task(ALL, PAPER))
    assert claims
    for claim in claims:
        (name,) = claim.evidence
        assert claim.form == "verbatim"
        assert claim.text in texts[name]
        assert claim.subject == "2101.00001"


def test_a_run_is_contiguous_and_does_not_open_by_leaning() -> None:
    """The workflow's prose is one stretch of neighbouring sentences that starts on its own feet."""
    made = task([Point("Workflow", "workflow")], PAPER)
    numbers = {e.id: e.number for e in PAPER}
    run = [numbers[claim.evidence[0]] for claim in written(made) if claim.stage is None]
    assert run == list(range(run[0], run[0] + len(run)))
    assert 3 <= len(run) <= RUN_MAX
    assert not phrases.LEANS.search(ABSTRACT[run[0]])


def test_the_row_says_what_goes_in_and_comes_out() -> None:
    """Cells are the words of the paper that name input, model and output."""
    cells = {claim.stage: claim.text for claim in written(task([Point("Workflow", "workflow")], PAPER)) if claim.stage}
    assert cells["input"].startswith("takes a blurred photograph")
    assert "Kestrel" in cells["model"]
    assert cells["output"].startswith("outputs a sharp photograph")


def test_the_input_may_carry_examples_in_parentheses() -> None:
    """Words in parentheses after the thing that goes in do not hide it."""
    told = (
        "We propose Osprey, a network that restores sharp scans from faded scans and images (e.g., creased, torn ones)."
    )
    made = task([Point("Workflow", "workflow")], evidence([told], "2101.00003"))
    cells = {claim.stage: claim.text for claim in written(made) if claim.stage}
    assert cells["input"] == "from faded scans and images (e.g., creased, torn ones)"


def test_a_stage_that_is_not_stated_has_no_cell() -> None:
    """A paper that says nothing of its output gets no output cell."""
    silent = evidence(["We propose Merlin, a network for maps of forests and of towns."], "2101.00002")
    stages = {claim.stage for claim in written(task([Point("Workflow", "workflow")], silent))}
    assert "output" not in stages
    assert "input" not in stages


def test_what_leans_or_reports_others_is_not_quoted() -> None:
    """Runs and what is said of the task hold no sentence that leans on a figure, on others or on what came before."""
    texts = " ".join(claim.text for claim in written(task(ALL[:2], PAPER)))
    for debris in ("Figure 3", "Zhang et al.", "However, it fails"):
        assert debris not in texts


@pytest.mark.parametrize("flag", ["second_hand", "fragment", "formula", "addresses_reader"])
def test_flagged_sentences_are_left_out(flag: Flag) -> None:
    """What was flagged on reading is never quoted in prose."""
    flagged = evidence(ABSTRACT, "2101.00001", flags=(flag,))
    assert [c for c in written(task([Point("More")], flagged)) if c.stage is None] == []


def test_a_sentence_is_used_once_in_prose() -> None:
    """No sentence is quoted twice outside workflow rows."""
    prose = [claim.evidence for claim in written(task(ALL, PAPER)) if claim.stage is None]
    assert len(prose) == len(set(prose))


def test_a_question_that_names_a_paper_draws_on_it() -> None:
    """Naming Kestrel in the question lets it answer first where the other paper speaks of it as much."""
    other = evidence([text.replace("Kestrel", "Merlin") for text in ABSTRACT], "2101.00002", start=50)
    claims = written(task([Point("Answer")], PAPER, other, question="How does Kestrel undo blur?"))
    assert claims[0].subject == "2101.00001"


def test_no_evidence_no_claims() -> None:
    """Without evidence every section is empty; nothing is made up."""
    assert written(Task(read_question("How?"), tuple(ALL), (AllowedPaper("2101.00001"),), ())) == []


@pytest.mark.parametrize(
    "text",
    [
        "This shows that it works well in practice.",
        "To address this, we add noise to it.",
        "To counteract this effect, we add noise to the picture.",
        "As we discussed in the beginning, noise is added to the picture.",
        "See Fig. 3 for the results.",
        "lower case start of a half sentence.",
    ],
)
def test_what_does_not_stand_alone(text: str) -> None:
    """Sentences that point back, to a figure, or are no whole sentence do not stand alone."""
    assert not stands_alone(text)


def asked(question: str, *groups: list[Evidence]) -> list[str]:
    return [claim.text for claim in written(task([Point("Answer")], *groups, question=question))]


FACTS = (
    evidence(ABSTRACT, "2101.00001", relevance=0.3)
    + evidence(["Kestrel has 12 million weights [4]."], "2101.00001", 30, 30, relevance=0.5)
    + evidence(["It is trained with the weights of Table 2 for 9 days."], "2101.00001", 40, 40, relevance=0.45)
)


def test_a_narrow_question_leads_with_its_answer() -> None:
    """How many: the nearest sentence that has a number comes first, though it cites a work, and little follows."""
    texts = asked("How many weights does Kestrel have?", FACTS)
    assert texts[0] == "Kestrel has 12 million weights [4]."
    assert len(texts) <= 3


def test_what_is_asked_for_beats_what_is_merely_near() -> None:
    """A sentence without a number does not lead where an amount is asked for."""
    near = evidence(["The weights of Kestrel are small and kept for long."], "2101.00001", 50, 50, relevance=0.55)
    assert asked("How many weights does Kestrel have?", FACTS, near)[0] == "Kestrel has 12 million weights [4]."


def rows(*relevances: float) -> list[Evidence]:
    """Return rows of one table, as near to the question as told."""
    return [
        Evidence(
            f"E{40 + i}",
            "pdf",
            f"Table 2: Error of maps. Model Error Kestrel-{i} 0.{i}",
            "2101.00001",
            1,
            label="table",
            spans=(Span(1, 0, 32), Span(1, 40 * i, 40 * i + len(f"Kestrel-{i} 0.{i}"))),
            number=40 + i,
            relevance=relevance,
            flags=("row",),
        )
        for i, relevance in enumerate(relevances)
    ]


def test_an_amount_may_stand_in_a_table() -> None:
    """A row nearer than every sentence leads; of rows as near at most two are shown, and none further off."""
    made = task([Point("Answer")], PAPER, rows(0.9, 0.5, 0.9, 0.9), question="What error does Kestrel reach?")
    assert [claim.evidence for claim in written(made)][:2] == [("E40",), ("E42",)]
    assert not {("E41",), ("E43",)} & {claim.evidence for claim in written(made)}


def test_limits_are_answered_by_stated_limits() -> None:
    """Which limits: a stated limit is preferred to the abstract that is as near."""
    limits = ["Kestrel fails when fog hides the roofs.", "Fog takes the path away.", "The record is then of no use."]
    stated = evidence(limits, "2101.00001", 70, 70, relevance=0.6)
    assert asked("What are the limitations of Kestrel?", PAPER, stated)[0] == limits[0]


def test_papers_answer_a_narrow_question_best_one_first() -> None:
    """Several papers: the one with the nearest sentence leads, and each says little."""
    other = evidence(["Merlin has 7 million weights."], "2101.00002", 0, 80, relevance=0.9)
    claims = written(task([Point("Answer")], FACTS, other, question="How many weights are there?"))
    assert claims[0].subject == "2101.00002"
    assert len([claim for claim in claims if claim.subject == "2101.00001"]) <= 2


@pytest.mark.parametrize(
    "text",
    [
        "In [Oak et al., 2016], the network has 99 million weights.",
        "The weights of Kestrel grow as ∑ n for 99 layers of weights.",
    ],
)
def test_a_fact_of_others_or_in_garbled_signs_is_no_answer(text: str) -> None:
    """Others' figures and signs that a PDF's text gets wrong do not lead, however near they are."""
    assert text not in asked("How many weights does Kestrel have?", FACTS, evidence([text], "2101.00001", 90, 90, 0.95))


def test_no_stated_limit_no_answer() -> None:
    """Which limits: a paper that states none is silent, however near its praise is."""
    assert asked("What are the limitations of Kestrel?", PAPER[:5]) == []


def test_limits_of_others_are_no_limits() -> None:
    """What a paper sets out to overcome, or says of others in its introduction, is no limit of its own."""
    texts = ["Existing networks fail to follow the path.", "We overcome the limitations of maps drawn at night."]
    assert asked("What are the limitations of Kestrel?", evidence(texts, "2101.00001", 70, 70, relevance=0.9)) == []
    opening = [replace(e, section=("1 Introduction",)) for e in evidence(["The roof fails to show."], "2101.00001")]
    assert asked("What are the limitations of Kestrel?", opening) == []


def test_a_fact_is_told_once() -> None:
    """Abstract and conclusion say the same in nearly the same words; another number is another fact."""
    again = ["The network Kestrel has 12 million weights.", "The network Kestrel has 13 million weights."]
    texts = asked("How many weights does Kestrel have?", FACTS, evidence(again, "2101.00001", 80, 80, relevance=0.49))
    assert again[0] not in texts
    assert again[1] in texts


def test_how_a_paper_works_is_its_presentation() -> None:
    """A question that names nothing but a paper gets the run that presents it, not the nearest sentence."""
    code = evidence(["Kestrel, its model and its output are kept with care."], "2101.00001", 90, 90, relevance=0.9)
    texts = asked("How does Kestrel work: what goes in, what comes out?", PAPER, code)
    assert texts[0] == ABSTRACT[1]


def test_differences_are_told_by_what_sets_apart() -> None:
    """How A differs from B: a sentence that contrasts them leads, before one that is as near."""
    texts = ["Kestrel and Merlin are networks for maps.", "Unlike Merlin, Kestrel follows a path."]
    found = asked("How does Kestrel differ from Merlin?", evidence(texts, "2101.00001", 90, 90, relevance=0.5))
    assert found[0] == texts[1]


def test_each_question_in_a_question_is_answered() -> None:
    """What, and how many: both answers are there, in the order asked, and no sentence twice."""
    meaning = evidence(["Kestrel is a network with sharp eyes."], "2101.00001", 80, 80, relevance=0.5)
    texts = asked("What is Kestrel, and how many weights does it have?", FACTS, meaning)
    assert texts[0] == "Kestrel is a network with sharp eyes."
    assert "Kestrel has 12 million weights [4]." in texts
    assert len(texts) == len(set(texts))


def test_a_sentence_that_answers_two_questions_leaves_no_filler() -> None:
    """Where one sentence has told both, nothing worse stands in for the second answer."""
    both = evidence(["Kestrel trains for 9 hours on 4 machines."], "2101.00001", 80, 80, relevance=0.9)
    assert asked("How long does Kestrel train, and on how many machines?", FACTS, both) == [both[0].text]


def test_the_ranking_decides_what_comes_first() -> None:
    """Scores lead, whatever the nearness; what scores far below the first is not said beside it."""
    texts = ["Kestrel has 12 million weights.", "Kestrel has layers upon layers.", "Kestrel has 7 cameras in all."]
    near = evidence(texts, "2101.00001", 80, 80)
    question = "How many weights does Kestrel have?"
    ranked = [replace(e, scores=((0, question, score),)) for e, score in zip(near, (1.0, 4.0, 3.0), strict=True)]
    assert asked(question, ranked) == [texts[1], texts[2]]


def test_a_summary_has_as_many_sentences_as_are_asked_for() -> None:
    """They come from where a paper sums itself up, the best first and the others in the paper's order."""
    made = task([Point("Answer")], PAPER, question="Summarise the paper in three sentences.")
    told = [claim.text for claim in written(made)]
    assert len(told) == 3
    assert set(told) <= {*ABSTRACT, *LATER}
    assert [e.number for e in PAPER if e.text in told[1:]] == [
        PAPER[[e.text for e in PAPER].index(t)].number for t in told[1:]
    ]
    assert len(written(task([Point("Answer")], PAPER, question="Summarise it in one sentence."))) == 1


def test_of_two_that_rank_alike_the_one_that_names_what_is_asked_leads() -> None:
    """What a heading or a neighbour says is worth a place in the ranking, but no lead over the thing itself."""
    texts = ("The decoder is a stack of 4 layers, too.", "The encoder is a stack of 6 layers.")
    question = "How many layers has the encoder?"
    for best, leads in ((6.0, 1), (9.0, 0)):
        scores = (best, 5.0)
        group = [
            replace(one, scores=((0, question, score),))
            for one, score in zip(evidence(texts, "2101.00001"), scores, strict=True)
        ]
        assert written(task([Point("Answer")], group, question=question))[0].text == texts[leads]


def test_what_only_the_sentence_before_names_is_named_first() -> None:
    """A quote that says "this storm" stands below the one that tells which; a quote that names it stands alone."""
    names = "In spring the storm HX2019 crossed the bay."
    for answers, told in (
        ("This storm raised the tide by four metres.", 2),
        ("HX2019 raised the tide by four metres.", 1),
    ):
        group = evidence([names, answers], "2101.00001")
        question = "By how many metres did the storm raise the tide?"
        ranked = [replace(e, scores=((0, question, score),)) for e, score in zip(group, (1.0, 6.0), strict=True)]
        assert asked(question, ranked) == [names, answers][-told:]
