"""A model's word on whether claims bear out: asked in the judge's own wording, measured first, never a violation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from eval import commands
from eval.agreement import Heard, Label, calibrate
from eval.compliant import make_world
from eval.exhibits import from_answer
from eval.invented import shelf
from eval.judge import judge
from eval.library import Library
from eval.metrics import in_own_words
from eval.model_judge import FAITHFUL, FALSE_ALARMS, labels, sparing, weighed
from eval.relevance import AT_ONCE, FAILURES, Asking
from eval.report import Report, build, failures
from rag.errors import WriterError

PAPERS = shelf(21, 4, first=91401)
WORLD = make_world(PAPERS, 2, 9)
JUDGED = judge(WORLD.case, from_answer(WORLD.answer), Library(papers=[paper.paper for paper in PAPERS]))
OWN = [claim for claim in JUDGED.claims if in_own_words(claim)]


@dataclass
class Scripted:
    """A model that knows the labels, finds a mistake in whatever holds one word, and fails when it is told to."""

    mistaken: str = "\0"
    fails: bool = False
    name: str = "scripted"
    asked: list[str] = field(default_factory=list)

    def choose(self, messages: Sequence[Mapping[str, str]], options: Sequence[str] = ()) -> Mapping[str, float]:
        """Return the probability of Yes."""
        summary = messages[-1]["content"].partition("Summary: ")[2]
        self.asked.append(summary)
        if self.fails:
            raise WriterError("scripted: connection: refused", kind="connection")
        wrong = any(summary.startswith(f"{label.claim}\n") for label in labels() if not label.answers)
        yes = 0.1 if wrong or self.mistaken in summary else 0.9
        return {"Yes": yes, "No": 1 - yes}


def reported(model: Scripted) -> Report:
    """Return the report of the invented answer, judged with a model."""
    asking = Asking(model, FAITHFUL)
    faith = calibrate(asking, labels(), limit=sparing)
    return build(weighed([JUDGED], asking), faith=faith)


def test_claims_in_own_words_are_asked_of_and_no_others() -> None:
    """Verbatim claims and the brief's need no model; every other one has a score."""
    asking = Asking(Scripted(), FAITHFUL)
    (case,) = weighed([JUDGED], asking)
    assert OWN
    assert [score is not None for score in case.faithful] == [in_own_words(claim) for claim in JUDGED.claims]


def test_what_the_model_says_is_counted_beside_the_exact_checks() -> None:
    """A claim that it finds a mistake in is borne out by wording, not by the model nor by both, and is no violation."""
    report = reported(Scripted(mistaken=OWN[0].text))
    figures = report["faithfulness"]["metrics"]
    assert figures["no_fault_found"]["hits"] == figures["borne_by_wording"]["hits"] == len(OWN)
    assert figures["borne_by_model"]["hits"] == figures["borne_by_both"]["hits"] == len(OWN) - 1
    assert report["faithfulness"]["judge"]["auc"] == 1.0
    assert not any(case["violations"] for case in report["cases"][0]["claims"])
    for form in ("table", "md", "html"):
        assert "own words bear out" in commands.render(report, form)
    assert failures(report, [], {"borne_by_both": 1})


def test_without_a_model_the_exact_checks_are_reported_alone() -> None:
    """What needs a model has no data."""
    told = build([JUDGED])["faithfulness"]
    assert told["judge"] is None
    assert told["metrics"]["borne_by_wording"]["value"] == 1.0
    assert told["metrics"]["borne_by_both"]["value"] is None


def test_a_model_that_fails_costs_scores_not_the_run() -> None:
    """Every claim is unscored with its reason, nothing is a number that is none."""
    model = Scripted(fails=True)
    report = reported(model)
    assert FAILURES <= len(model.asked) <= AT_ONCE
    assert report["faithfulness"]["metrics"]["borne_by_model"]["value"] is None
    assert sum(report["faithfulness"]["unscored"].values()) == len(OWN)
    assert "NaN" not in json.dumps(report)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=80))
def test_few_right_claims_fall_below_the_threshold(scores: list[float]) -> None:
    """No more than the share allowed, whatever wrong ones score."""
    heard = [Heard(Label("p", "q", "c", True), score) for score in scores] + [Heard(Label("p", "q", "c", False), 0.5)]
    least = sparing(heard)
    assert sum(score < least for score in scores) <= FALSE_ALARMS * len(scores)


def test_the_labels_are_many_and_of_both_kinds() -> None:
    """From several papers, so that a threshold can be set without the paper that it is measured on."""
    table = labels()
    assert len({label.paper for label in table}) >= 4
    assert min(sum(label.answers is kind for label in table) for kind in (True, False)) >= 40


def test_the_wording_is_not_the_engines() -> None:
    """A claim that the engine's check let pass is asked of in other words."""
    from rag.writers.prompt import load_prompt

    engine = load_prompt("check.md")
    assert FAITHFUL.ask.split("$claim")[1].strip() not in engine
