"""Whether answers answer is a scale of its own: signs without a model, and a model that is measured first."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from eval import commands, compare
from eval.__main__ import main
from eval.agreement import Heard, Label, auc, best_threshold, calibrate, calibrated, kappa, labels
from eval.answering import Signs, signs_of
from eval.cases import Case, read_questions
from eval.exhibits import Exhibit, Listed, Statement, failed
from eval.judge import JudgedCase, Score, judge
from eval.library import Library
from eval.metrics import ANSWERING, MEANING, answering, shares
from eval.relevance import AT_ONCE, FAILURES, Asking, scored
from eval.report import Report, build, failures
from eval.run import run_suite
from rag.answers import Answer, Citation, Claim, Section
from rag.cli import app
from rag.errors import BriefError, RagError, WriterError
from tests.openai_server import Turn, serve

ASKED = Case("q", "How much oil does the lamp take?", (), facts=(("7 litres", "seven litres"), ("oil",)))
UNANSWERABLE = Case("u", "What does the wick cost?", (), kind="unanswerable")
OIL, LAMP = "A lamp takes 7 litres of oil.", "Lamps hang in rows."


def exhibit(*texts: str, status: str = "answered", gap: str = "", titles: tuple[str, ...] = ()) -> Exhibit:
    """Return an answer of plain sentences."""
    statements = tuple(Statement(f"sentence {n}", "", text, ()) for n, text in enumerate(texts, 1))
    references = tuple(Listed(f"references[{n}]", None, None, title, ()) for n, title in enumerate(titles))
    asides = (("gaps[0]", gap),) if gap else ()
    return Exhibit("record", status, statements, references=references, asides=asides)


def judged(case: Case, *texts: str, status: str = "answered") -> JudgedCase:
    """Judge an answer of plain sentences."""
    return judge(case, exhibit(*texts, status=status), Library())


# --- signs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "given", "first", "found", "beside"),
    [
        (ASKED, exhibit(OIL, LAMP), True, 2, 1),
        (ASKED, exhibit(LAMP, OIL), False, 2, 1),
        (ASKED, exhibit("It takes seven litres."), False, 1, 0),
        (ASKED, exhibit(status="refused"), False, 0, 0),
        (replace(ASKED, kind="compare"), exhibit("One takes 7 litres.", "The other takes oil."), True, 2, 0),
        (UNANSWERABLE, exhibit(OIL), None, 0, 0),
    ],
)
def test_key_facts_are_counted_where_they_stand(
    case: Case, given: Exhibit, first: bool | None, found: int, beside: int
) -> None:
    """The leading claims state all of them or not; all claims state some; a claim with none is beside them."""
    signs = signs_of(case, given)
    assert (signs.first, signs.found, signs.beside) == (first, found, beside)


@pytest.mark.parametrize(
    ("case", "given", "right"),
    [
        (ASKED, exhibit(OIL), True),
        (ASKED, exhibit(status="refused"), False),
        (ASKED, failed("crashed"), None),
        (UNANSWERABLE, exhibit(OIL), False),
        (UNANSWERABLE, exhibit(status="refused"), True),
        (UNANSWERABLE, exhibit(LAMP, gap="The paper does not say what a wick costs."), True),
        (UNANSWERABLE, exhibit(LAMP, gap="Nothing more was found."), False),
        (UNANSWERABLE, exhibit(LAMP, gap="What the wick is made of.", titles=("The wick, its costs",)), False),
        (replace(UNANSWERABLE, contradicts=(("no wick",),)), exhibit("The lamp has no wick."), True),
        (Case("?", "What is it?"), exhibit(status="refused"), None),
    ],
)
def test_refusals_are_right_in_their_place(case: Case, given: Exhibit, right: bool | None) -> None:
    """What nothing answers is refused, denied, or a gap that names it; what something answers is not refused."""
    assert signs_of(case, given).refusal_right is right


def test_no_key_fact_is_no_data() -> None:
    """Without expectations nothing is counted, and no share is 0 or 1 for want of them."""
    told = answering([judged(Case("q", "Why?"), OIL)])
    assert all(share.value is None for share in told.values())
    assert list(told) == list(ANSWERING)


def test_the_scales_do_not_mix() -> None:
    """Key facts move no share of compliance, and a violation none of answering."""
    assert not set(ANSWERING) & set(MEANING)
    plain, with_facts = judged(replace(ASKED, facts=()), OIL), judged(ASKED, OIL)
    assert with_facts.violations  # it cites nothing
    assert shares([plain]) == shares([with_facts])
    assert answering([with_facts])["complete"].value == 1.0


@pytest.mark.parametrize("facts", ['"x"', "[[]]", "[[1]]", '[[" "]]', "[1]"])
def test_facts_of_another_form_are_refused(facts: str, tmp_path: Path) -> None:
    """The line is named."""
    questions = tmp_path / "q.jsonl"
    questions.write_text(f'{{"id": "q7", "question": "Why?", "papers": [], "facts": {facts}}}\n', "utf-8")
    with pytest.raises(BriefError, match="q7: facts must be a list of facts"):
        read_questions(questions)


def test_a_fact_without_alternatives_may_be_a_text(tmp_path: Path) -> None:
    """`["Adam"]` means `[["Adam"]]`."""
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "q", "question": "Why?", "papers": [], "facts": ["Adam", ["8", "eight"]]}\n', "utf-8")
    assert read_questions(questions)[0].facts == (("Adam",), ("8", "eight"))


# --- agreement --------------------------------------------------------------------------------------------------


def heard(paper: str, *pairs: tuple[bool, float]) -> list[Heard]:
    """Return labels of one paper with their scores."""
    return [Heard(Label(paper, f"q{n}", "c", answers), score) for n, (answers, score) in enumerate(pairs)]


SCORES = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])), min_size=1, max_size=30)


@given(SCORES)
def test_auc_is_the_share_of_pairs_in_order(pairs: list[tuple[bool, float]]) -> None:
    """It agrees with counting every pair, ties as halves."""
    right = [score for answers, score in pairs if answers]
    wrong = [score for answers, score in pairs if not answers]
    value = auc(heard("p", *pairs))
    if not right or not wrong:
        assert value is None
    else:
        wins = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)
        assert value == pytest.approx(wins / len(right) / len(wrong))


@given(SCORES)
def test_no_threshold_parts_the_labels_better(pairs: list[tuple[bool, float]]) -> None:
    """It reaches the best of all thresholds."""

    def parts(limit: float) -> float:
        right = [score >= limit for answers, score in pairs if answers]
        wrong = [score < limit for answers, score in pairs if not answers]
        return sum(right) / max(len(right), 1) + sum(wrong) / max(len(wrong), 1)

    assert parts(best_threshold(heard("p", *pairs))) == pytest.approx(max(parts(score) for _, score in pairs))


def test_kappa_agrees_with_the_textbook() -> None:
    """Of 50 grants both readers take 20 and refuse 15, one of them alone takes 5, the other 10: .4."""
    made = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    told = [
        replace(one, said=said) for (_, said), one in zip(made, heard("p", *((a, 0) for a, _ in made)), strict=True)
    ]
    assert kappa(told) == pytest.approx(0.4)
    assert kappa([one for one in told if one.label.answers and one.said]) is None


def test_a_paper_sets_no_threshold_for_itself() -> None:
    """A model whose scores part each paper well, but at another place for each, does not agree with the reader."""
    moved = [heard(f"p{n}", (True, n + 0.5), (False, n + 0.1)) for n in range(10)]
    told = calibrated("m", [one for paper in moved for one in paper], {})
    assert told.kappa is not None
    assert told.kappa < 0.3
    assert calibrated("m", heard("p", (True, 0.9)), {"down": 1}).threshold is None


def test_the_labels_are_many_and_of_both_kinds() -> None:
    """Each question has claims that answer and claims that do not, so that its subject alone tells nothing."""
    table = labels()
    assert len(table) >= 120
    assert len({label.paper for label in table}) >= 10
    assert len({(label.question, label.claim) for label in table}) == len(table)
    for question in {label.question for label in table}:
        assert {label.answers for label in table if label.question == question} == {True, False}


@pytest.mark.parametrize("text", ["", "question = 3", "[[question]]\npaper = 'x'\ntext = '?'\nyes = ['a']\nno = ['b']"])
def test_a_table_that_is_none_is_named(text: str, tmp_path: Path) -> None:
    """No label, or labels of one paper, cannot measure anything."""
    (tmp_path / "t.toml").write_text(text, "utf-8")
    with pytest.raises(RagError, match=r"t\.toml"):
        labels(tmp_path / "t.toml")


# --- a model ----------------------------------------------------------------------------------------------------


@dataclass
class Scripted:
    """A model that knows the reader's labels, says Yes to what names oil, and fails when it is told to."""

    fails: bool = False
    failing: Sequence[str] = ()  # what it fails on
    value: float | None = None
    name: str = "scripted"
    asked: list[str] = field(default_factory=list)

    def choose(self, messages: Sequence[Mapping[str, str]], options: Sequence[str] = ()) -> Mapping[str, float]:
        """Return the probability of Yes."""
        text = messages[-1]["content"]
        self.asked.append(text)
        if self.fails or any(f"A: {claim}\n" in text for claim in self.failing):
            raise WriterError("scripted: connection: refused", kind="connection")
        good = "oil" in text.partition("A: ")[2]
        good |= any(f"A: {label.claim}\n" in text for label in labels() if label.answers)
        yes = self.value if self.value is not None else 0.9 if good else 0.2
        return {"Yes": yes, "No": 1 - yes}


def reported(model: Scripted, *cases: JudgedCase) -> Report:
    """Return the report of cases that a model has judged."""
    asking = Asking(model)
    agreement = calibrate(asking, labels())
    return build(scored(cases, asking), agreement=agreement)


def test_a_model_says_which_claims_answer() -> None:
    """Leading claims and all claims are counted from the calibrated score on; the agreement is in every form."""
    report = reported(Scripted(), judged(ASKED, OIL, LAMP), judged(replace(ASKED, id="b"), LAMP))
    figures = report["answering"]["metrics"]
    assert (figures["first_answers"]["hits"], figures["first_answers"]["n"]) == (1, 2)
    assert (figures["claims_beside"]["hits"], figures["claims_beside"]["n"]) == (2, 3)
    assert report["answering"]["judge"]["kappa"] == 1.0
    for form in ("table", "md", "html"):
        assert "1.00 \\(1.00" in commands.render(report, form) or "1.00 (1.00" in commands.render(report, form)
    assert "Beside the point" in commands.render(report, "html")
    assert failures(report, [], {"first_answers": 0.9}) == ["first_answers: 0.500, wanted at least 0.9"]
    assert failures(report, [], {"claims_beside": 0.5}) == ["claims_beside: 0.667, wanted at most 0.5"]


def test_a_model_that_fails_costs_scores_not_the_run() -> None:
    """Nothing is counted, every score has its reason, and it is not asked for ever."""
    model = Scripted(fails=True)
    report = reported(model, judged(ASKED, OIL, LAMP))
    assert FAILURES <= len(model.asked) <= AT_ONCE
    told = report["answering"]
    assert told["metrics"]["first_answers"]["value"] is None
    assert sum(told["unscored"].values()) == 3
    assert sum(told["judge"]["unscored_labels"].values()) == len(labels())
    assert "connection: refused" in commands.render(report, "table")
    assert "NaN" not in json.dumps(report)
    assert failures(report, [], {"first_answers": 0.5}) == ["first_answers: no data, wanted 0.5"]


def test_a_model_that_agrees_with_nobody_is_said_to(tmp_path: Path) -> None:
    """Its figures stand under a warning; one that is no model is named by the option that named it."""
    blind = reported(Scripted(value=0.5), judged(ASKED, OIL))
    assert "more than a hint" in commands.render(blind, "table")
    assert "more than a hint" not in commands.render(reported(Scripted(), judged(ASKED, OIL)), "table")
    (tmp_path / "a.md").write_text(OIL, "utf-8")
    done = CliRunner().invoke(app, ["eval", str(tmp_path / "a.md"), "-p", "2604.90001", "--judge", "qwen"])
    assert str(done.exception).startswith("--judge 'qwen' is not of the form")


def test_a_number_that_is_none_is_unscored() -> None:
    """No NaN is counted or printed."""
    report = reported(Scripted(value=math.nan), judged(ASKED, OIL))
    assert report["answering"]["unscored"] == {"the judge gave no number": 2}
    assert "NaN" not in commands.render(report, "json")


def test_without_a_question_nothing_can_answer() -> None:
    """It is said, not guessed."""
    report = reported(Scripted(), judged(Case("q", ""), OIL))
    assert report["answering"]["unscored"] == {"no question is known": 2}


def test_a_suite_is_judged_by_a_model_as_well() -> None:
    """What an engine answers to a suite is put to the model like any file of answers."""

    def engine(case: Case) -> Answer:
        told = Claim(OIL, "own_words", (Citation("brief", OIL, ""),))
        return Answer(case.question, "answered", "none", sections=(Section("Answer", "prose", (told,)),))

    told = run_suite([ASKED], engine, model=Scripted())["answering"]
    assert told["judge"]["model"] == "scripted"
    assert told["metrics"]["first_answers"]["hits"] == told["metrics"]["first_answers"]["n"] == 1


def test_nothing_is_asked_twice() -> None:
    """The same claim under the same question, whatever the blanks, is one call."""
    model = Scripted()
    asking = Asking(model)
    assert asking.score("Why?", "Because of  oil.") == asking.score("Why? ", "Because of oil.")
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    ("fails", "unheard"), [("", ""), ("135", "135"), ("0246", "0246"), ("567", "56789"), ("2348", "23456789")]
)
def test_asking_side_by_side_tells_what_one_by_one_does(fails: str, unheard: str) -> None:
    """Whatever fails in between; after failures in a row nothing more is heard."""
    puts = [("Why?", f"{OIL} {number}") for number in range(10)]

    def told(ahead: int) -> list[Score]:
        asking = Asking(Scripted(failing=[f"{OIL} {number}" for number in fails]))
        asking.hear(puts[:ahead])
        return [asking.score(*put) for put in puts]

    assert told(0) == told(5) == told(10)
    assert "".join(str(number) for number, score in enumerate(told(10)) if score.value is None) == unheard


def test_a_second_run_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies are kept by prompt and model: the same command with the server gone tells the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    (tmp_path / "answers.jsonl").write_text(json.dumps({"id": "a", "question": ASKED.question, "answer": OIL}), "utf-8")
    command = ["eval", str(tmp_path / "answers.jsonl"), "-p", "2604.90001", "--pdf-dir", str(tmp_path), "-f", "json"]

    def model(body: Mapping[str, object]) -> Turn:
        yes = 0.8 if "oil" in str(body) or any(one.claim in str(body) for one in labels() if one.answers) else 0.1
        return Turn("Yes", likely={"Yes": yes, "No": 1 - yes})

    with serve(model) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        first = CliRunner().invoke(app, [*command, "--judge", "openai:any"])
        asked = len(server.requests)
    assert first.exit_code == 0, first.output
    assert asked >= len(labels())
    second = CliRunner().invoke(app, [*command, "--judge", "openai:any"])
    assert second.stdout == first.stdout
    main([*command[1:-2], "--format", "json", "-o", str(tmp_path / "r.json"), "--judge", "openai:any"])
    assert (tmp_path / "r.json").read_text("utf-8") == first.stdout
    told = json.loads(second.stdout)["answering"]
    assert told["metrics"]["first_answers"]["value"] == 1.0
    assert told["unscored"] == {}


# --- what changed -----------------------------------------------------------------------------------------------


def test_an_answer_that_no_longer_answers_is_worse() -> None:
    """The second scale is compared by itself, case by case, worse first, and fails a comparison."""
    other = replace(ASKED, id="other")
    old = build([judged(ASKED, OIL, LAMP), judged(other, LAMP, OIL)])
    new = build([judged(ASKED, LAMP, OIL), judged(other, OIL, LAMP)])
    told = compare.compare(old, new)
    assert told["cases"] == []
    assert [(row["name"], row["change"]) for row in told["answering"]] == [("q", "worse"), ("other", "better")]
    assert compare.worse(told)
    assert "does not lead with an answer" in commands.render(new, "html", old=old)
    assert not compare.worse(compare.compare(old, old))
    earlier = {key: value for key, value in old.items() if key != "answering"}
    assert compare.compare({**earlier, "cases": []}, new)["answering"] == []


def test_signs_are_plain_data() -> None:
    """Reports of the same answers are the same, byte for byte."""
    assert isinstance(judged(ASKED, OIL).signs, Signs)
    assert commands.render(build([judged(ASKED, OIL)]), "json") == commands.render(build([judged(ASKED, OIL)]), "json")
