"""Small questions: pick by yes or no, write from what was picked, never leave empty what can be filled."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from rag.answers import Draft, DraftClaim, Evidence, Task
from rag.chat import Chat, Choice, Reply, Request
from rag.errors import WriterError
from rag.gates import settle
from rag.language import read_question
from rag.papers import AllowedPaper, Names, Point
from rag.writers.floor import floored
from rag.writers.pick import pick
from rag.writers.slots import slots
from rag.writers.small import SmallPlan, needed

GLIDER, KITE = "2401.00001", "2401.00002"
TEXTS = (
    (GLIDER, "Glider restores a torn map from three photographs of its pieces."),
    (GLIDER, "The input of Glider is a set of three photographs, taken from above."),
    (GLIDER, "Glider produces one whole map as its output."),
    (GLIDER, "It consists of an encoder and a puzzle solver."),
    (KITE, "KiteNet restores a broken mosaic from a sketch of its border."),
    (KITE, "KiteNet takes a sketch and a box of stones as input."),
    (KITE, "The network outputs the place of every stone."),
)


def task_of(question: str, *points: Point, names: Names | None = None) -> Task:
    papers = (AllowedPaper(GLIDER, model="Torn-Glider-v2: Mending Maps"), AllowedPaper(KITE, model="KiteNet"))
    asked = read_question(question, points, papers, names or Names())
    evidence = [Evidence("E1", "brief", question)]
    for number, (paper, text) in enumerate(TEXTS, 2):
        evidence.append(Evidence(f"E{number}", "pdf", text, paper, 1, number=number, relevance=1 - number / 20))
    return Task(asked, points or (Point("Answer"),), papers, tuple(evidence))


@dataclass
class Scripted(Chat):
    """Says yes where `likes` stands in the sentence, and writes what `writes` makes of the prompt."""

    likes: str = ""
    writes: Callable[[str], object] = lambda prompt: {"claims": []}
    asked: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    name: str = "owl"

    def complete(self, request: Request) -> Reply:
        prompt = request.messages[-1]["content"]
        self.asked.append(prompt)
        written = self.writes(prompt)
        if isinstance(written, WriterError):
            raise written
        return Reply(json.dumps(written), "json_schema", self.name, {"input_tokens": 10.0})

    def choose(self, messages: Sequence[Mapping[str, str]], options: Sequence[str] = ("Yes", "No")) -> Choice:
        self.chosen.append(messages[-1]["content"])
        sentence = self.chosen[-1].split("Sentence: ")[1].split("\n")[0]
        yes = 0.9 if self.likes and self.likes in sentence else 0.2
        return Choice({"Yes": yes, "No": 1 - yes}, "logprobs", usage={"input_tokens": 1.0})


def first_shown(prompt: str) -> dict[str, object]:
    """State the first shown sentence in its own words, citing all that is shown."""
    shown = [line.split(": ", 1) for line in prompt.splitlines() if line[:1] == "E" and line[1:2].isdigit()]
    return {"claims": [{"text": shown[0][1].replace("Glider", "The Glider"), "evidence": [name for name, _ in shown]}]}


def test_what_the_model_says_yes_to_comes_first_and_the_rest_is_left_out() -> None:
    evidence = task_of("How is a map restored?").evidence[1:]
    found = pick(Scripted("whole map"), "What comes out?", evidence, 3)
    assert [item.text for item in found.sentences] == [TEXTS[2][1]]
    assert found.stated == 0.9
    assert found.usage == {"input_tokens": len(evidence)}


def test_without_a_yes_the_ranking_stays() -> None:
    evidence = task_of("How is a map restored?").evidence[1:]
    assert pick(Scripted(), "What comes out?", evidence, 3).sentences == evidence[:3]


def test_a_sentence_is_written_from_what_was_picked_and_cites_no_more_than_it_needs() -> None:
    chat = Scripted("restores a", first_shown)
    draft = SmallPlan(chat, lambda stage, reply: None).write(task_of("Which model restores a torn map?"))
    [[claim, *_]] = draft.claims
    assert (claim.text, len(claim.evidence)) == (TEXTS[0][1].replace("Glider", "The Glider"), 1)
    assert (claim.subject, draft.unstated) == (GLIDER, ())
    assert all("consists of" not in prompt for prompt in chat.asked)


def test_what_states_the_answer_too_stands_beside_it_in_the_papers_own_words() -> None:
    task = task_of("Which model restores a torn map?")
    for likes, beside in (("restores a", [TEXTS[4][1]]), ("restores a torn", [])):
        draft = SmallPlan(Scripted(likes, first_shown), lambda stage, reply: None).write(task)
        assert [claim.text for claim in draft.claims[0] if claim.form == "verbatim"] == beside


def test_where_no_sentence_states_it_nothing_is_written_and_the_nearest_stand_in() -> None:
    chat = Scripted("", first_shown)
    task = task_of("Which glue does the torn map need?")
    draft = SmallPlan(chat, lambda stage, reply: None).write(task)
    assert (draft.claims, draft.unstated, chat.asked) == (((),), (0,), [])
    settled = floored(settle(draft, task), draft, task)
    assert [claim.form for claim in settled.claims[0]] == ["verbatim"] * 2


def test_the_cells_of_a_workflow_are_asked_one_by_one_by_the_name_that_the_paper_uses() -> None:
    task = task_of("How are broken things mended?", Point("Workflow", "workflow"), Point("Papers", "papers"))
    asked = [(slot.paper, slot.stage, slot.ask) for slot in slots(task) if slot.stage]
    assert [(paper, stage) for paper, stage, _ in asked] == [
        (paper, stage) for paper in (GLIDER, KITE) for stage in ("input", "model", "output")
    ]
    assert asked[0][2] == "What does Glider take as input?"
    draft = SmallPlan(Scripted("E", first_shown), lambda stage, reply: None).write(task)
    settled = floored(settle(draft, task), draft, task)
    assert {(claim.subject, claim.stage) for claim in settled.claims[0] if claim.stage} >= {(GLIDER, "input")}


@pytest.mark.parametrize(
    ("question", "glider"),
    [
        ("What are the limitations of Glider and of KiteNet?", "What are the limitations of Glider"),
        ("How many photographs do Glider and KiteNet take?", "How many photographs do Glider"),
        ("How do Glider and KiteNet differ in what is restored?", "How does Glider deal with restored"),
    ],
)
def test_each_side_is_asked_for_what_is_wanted_of_it(question: str, glider: str) -> None:
    """An amount, a name or limits are asked of each paper as such; else what it does about the matter is."""
    both = Names(papers=frozenset((GLIDER, KITE)), called={GLIDER: frozenset({"Glider"}), KITE: frozenset({"KiteNet"})})
    asked = {slot.paper: slot.ask for slot in slots(task_of(question, names=both))}
    assert asked.keys() == {GLIDER, KITE}
    assert asked[GLIDER].startswith(glider)
    assert "KiteNet" not in asked[GLIDER]


def test_a_briefs_own_question_is_answered_in_short() -> None:
    task = task_of("Which model restores a torn map?", Point("Inputs"), Point("Outputs"))
    draft = SmallPlan(Scripted("restores a", first_shown), lambda stage, reply: None).write(task)
    assert [claim.subject for claim in draft.in_short] == [GLIDER]


def test_every_step_is_told() -> None:
    steps: list[tuple[int, int]] = []
    task = task_of("Which model restores a torn map?", Point("Inputs"), Point("Outputs"))
    SmallPlan(Scripted("a"), lambda stage, reply: None, lambda done, total: steps.append((done, total))).write(task)
    assert steps == [(number, len(steps)) for number in range(len(steps))]
    assert len(steps) == len(list(slots(task)))


def test_what_took_too_long_is_asked_again_with_half_the_sentences_and_no_more() -> None:
    chat = Scripted("r", lambda prompt: WriterError("silent", kind="timeout"))
    with pytest.raises(WriterError, match="silent"):
        SmallPlan(chat, lambda stage, reply: None).write(task_of("Which model restores a torn map?"))
    first, second = (sum(line[:1] == "E" and line[1:2].isdigit() for line in p.splitlines()) for p in chat.asked)
    assert second == max(1, first // 2)


def test_one_question_that_fails_leaves_its_place_alone_empty() -> None:
    def writes(prompt: str) -> object:
        return WriterError("no", kind="not_json") if "does KiteNet take" in prompt else first_shown(prompt)

    task = task_of("How are broken things mended?", Point("Workflow", "workflow"))
    draft = SmallPlan(Scripted("e", writes), lambda stage, reply: None).write(task)
    assert draft.provenance["failed"] == "not_json"
    assert (KITE, "input") not in {(claim.subject, claim.stage) for claim in draft.claims[0]}
    assert {(KITE, "model"), (KITE, "output"), (GLIDER, "input")} <= {(c.subject, c.stage) for c in draft.claims[0]}


@pytest.mark.parametrize(
    ("text", "ids", "kept"),
    [
        ("Glider restores a torn map.", ["E2", "E3"], ("E2",)),
        ("Glider restores a torn map and KiteNet a broken mosaic.", ["E2", "E6"], ("E2", "E6")),
        ("Glider restores a torn map.", ["E99", "E2"], ("E99", "E2")),
        ("Nothing of it.", ["E2", "E6"], ("E2",)),
    ],
)
def test_a_citation_that_says_nothing_of_the_claim_is_left_out_and_an_unknown_one_is_not(
    text: str, ids: list[str], kept: tuple[str, ...]
) -> None:
    known = {item.id: item for item in task_of("How?").evidence}
    assert needed(text, ids, known) == kept


def test_the_floor_prefers_the_picked_sentence_to_the_extractive_choice() -> None:
    task = task_of("Which model restores a torn map?")
    picked = DraftClaim(TEXTS[2][1], ("E4",), "verbatim")
    draft = Draft(((),), stand_ins=((picked,),))
    assert floored(settle(draft, task), draft, task).claims == ((picked,),)
    bare = replace(draft, stand_ins=())
    assert floored(settle(bare, task), bare, task).claims[0]


def test_what_is_written_is_told_at_once_with_its_point() -> None:
    told: list[tuple[int | None, str]] = []
    plan = SmallPlan(Scripted("restores a", first_shown), lambda stage, reply: None)
    plan.heard = lambda point, claims: told.extend((point, claim.text) for claim in claims)
    draft = plan.write(task_of("Which model restores a torn map?", Point("Models"), Point("Outputs")))
    written = [(number, claim.text) for number, claims in enumerate(draft.claims) for claim in claims]
    assert told == [*written, *((None, claim.text) for claim in draft.in_short)]


def test_a_cell_is_filled_with_one_quote() -> None:
    task = task_of("How are broken things mended?", Point("Workflow", "workflow"))
    quotes = [DraftClaim(text, (f"E{n}",), "verbatim", GLIDER, "input") for n, (_, text) in enumerate(TEXTS[:2], 2)]
    draft = Draft(((),), stand_ins=(tuple(quotes),))
    settled = floored(settle(draft, task), draft, task)
    assert [claim.text for claim in settled.claims[0] if (claim.subject, claim.stage) == (GLIDER, "input")] == [
        TEXTS[0][1]
    ]


def test_a_reply_that_nothing_states_it_is_a_reply_though_other_questions_fail() -> None:
    class Tiring(Scripted):
        def choose(self, messages: Sequence[Mapping[str, str]], options: Sequence[str] = ("Yes", "No")) -> Choice:
            if len(self.chosen) >= len(TEXTS):  # the first question's sentences are behind it
                raise WriterError("silent", kind="timeout")
            return super().choose(messages, options)

    points = (Point("Inputs", text="Inputs"), Point("Outputs", text="Outputs"))
    task = task_of("Which glue does the torn map need?", *points)
    draft = SmallPlan(Tiring(), lambda stage, reply: None).write(task)
    assert (draft.unstated, draft.provenance["failed"]) == ((0,), "timeout")
    assert draft.provenance.keys() >= {"prompt:pick.md", "plan"}
