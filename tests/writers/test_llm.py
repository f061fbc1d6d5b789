from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest

from rag.answers import DraftClaim, Evidence, Failing, Failure, Task
from rag.chat import ModelChat, redact
from rag.errors import WriterError
from rag.gates import settle
from rag.language import read_question
from rag.papers import AllowedPaper, Point
from rag.writers.llm import LlmWriter, Prices
from tests import openai_server as fake
from tests.openai_server import Turn, claim, reply, serve

KEY = "sk-test-0123456789abcdef"
GLIDER = "Our model Glider restores a torn map from three photographs of its pieces."
LOSS = "Glider is trained with a contour loss that compares the borders of neighbouring pieces."
TASK = Task(
    read_question("How can a torn map be put together again?"),
    (Point("What the user wants", about_user=True), Point("How the model works")),
    (AllowedPaper("2401.00001", model="Glider"), AllowedPaper("2401.00002", model="Kite")),
    (
        Evidence("E1", "pdf", GLIDER, "2401.00001", 1),
        Evidence("E2", "pdf", LOSS, "2401.00001", 1, number=1),
        Evidence("E3", "pdf", "Kite predicts where a missing piece of a mosaic was.", "2401.00002", 1),
        Evidence("E4", "brief", "How can a torn map be put together again?"),
    ),
)
HOW = "How the model works"


def open_writer(url: str, **options: object) -> LlmWriter:
    options = {"plan": "large", **options}
    writer = LlmWriter.from_spec("openai:some-model", api_key=KEY, base_url=url, **options)  # type: ignore[arg-type]
    if isinstance(writer.chat, ModelChat):
        writer.chat.sleep = lambda seconds: None
    return writer


def test_a_reply_in_the_schema_becomes_claims() -> None:
    """What the model writes arrives unaltered, under the section it names, with ids only."""
    text = "A contour loss compares the borders of neighbouring pieces."
    turn = Turn(reply({HOW: [claim(text, "E2", subject="2401.00001", stage="model")]}))
    with serve([turn]) as server:
        draft = open_writer(server.url).write(TASK)
    assert draft.claims == ((), (DraftClaim(text, ("E2",), "own_words", "2401.00001", "model"),))
    assert draft.provenance["schema_mode"] == "json_schema"
    assert draft.usage["input_tokens"] == 1000
    assert draft.shown == frozenset({"E1", "E2", "E3", "E4"})


def test_the_request_carries_a_strict_schema_of_what_is_shown() -> None:
    with serve(fake.perfect) as server:
        open_writer(server.url, max_tokens=321).write(TASK)
    [body] = server.requests
    assert body["response_format"]["json_schema"]["strict"] is True
    assert fake.enum(body, "evidence") == ["E1", "E2", "E3", "E4"]
    assert fake.enum(body, "title") == ["What the user wants", HOW]
    assert fake.enum(body, "subject") == ["2401.00001", "2401.00002", "none"]
    assert body["max_completion_tokens"] == 321


@pytest.mark.parametrize(("refused", "mode"), [("json_schema", "json_object"), ("json_schema json_object", "text")])
def test_a_server_without_schemas_is_asked_more_loosely_and_the_answer_says_so(refused: str, mode: str) -> None:
    """The looser mode is kept: the second task is not refused again."""
    with serve(fake.without(refused, fake.without(refused, _copy))) as server:
        writer = open_writer(server.url)
        first = writer.write(TASK)
        asked = len(server.requests)
        writer.write(TASK)
    assert first.provenance["schema_mode"] == mode
    assert [len(claims) for claims in first.claims] == [0, 1]
    assert len(server.requests) == asked + 1


def _copy(body: fake.Body) -> Turn:
    name, text = next(iter(fake.shown(body).items()))
    return Turn(reply({HOW: [claim(text, name)]}))


def test_a_code_block_around_the_reply_is_read() -> None:
    with serve(fake.fenced) as server:
        assert open_writer(server.url).write(TASK).claims[1]


def test_a_key_is_nowhere_to_be_seen(tmp_path: Path) -> None:
    """Not in the repr, not in what is recorded, not in what is cached or kept."""
    with serve(fake.perfect) as server:
        writer = open_writer(server.url, cache=tmp_path / "c", record=tmp_path / "r", keep_raw=tmp_path / "k")
        draft = writer.write(TASK)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert written
    assert KEY not in written + repr(writer) + repr(draft)
    assert redact(f"key {KEY} and Bearer abc.def") == "key *** and ***"


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (Turn("Sure! Glider restores maps."), "not_json"),
        (Turn("[1, 2]"), "not_json"),
        (Turn('{"sections": [], "sections": []}'), "not_json"),
        (Turn("  \n "), "empty"),
        (Turn(None), "empty"),
        (Turn('{"sections": [', finish="length"), "truncated"),
    ],
)
def test_a_reply_that_is_no_answer_is_called_what_it_is(turn: Turn, kind: str) -> None:
    with serve([turn]) as server, pytest.raises(WriterError) as caught:
        open_writer(server.url).write(TASK)
    assert caught.value.kind == kind


def test_replies_are_cached_by_model_prompt_and_schema(tmp_path: Path) -> None:
    with serve(fake.perfect) as server:
        first = open_writer(server.url, cache=tmp_path).write(TASK)
        again = open_writer(server.url, cache=tmp_path).write(TASK)
        open_writer(server.url, cache=tmp_path, max_tokens=99).write(TASK)
    assert again.claims == first.claims
    assert again.usage == {"cached": 1.0}
    assert len(server.requests) == 2


def test_a_torn_cache_entry_is_asked_again(tmp_path: Path) -> None:
    with serve(fake.perfect) as server:
        open_writer(server.url, cache=tmp_path).write(TASK)
        [entry] = tmp_path.iterdir()
        entry.write_text(entry.read_text()[:20])
        open_writer(server.url, cache=tmp_path).write(TASK)
    assert len(server.requests) == 2


def test_a_recording_answers_without_the_model(tmp_path: Path) -> None:
    """The replayed draft is the recorded one, under the model's name, in the same schema mode."""
    with serve(fake.without("json_schema", _copy)) as server:
        live = open_writer(server.url, record=tmp_path / "r.jsonl").write(TASK)
    replayed = LlmWriter.from_spec(f"replay:{tmp_path / 'r.jsonl'}")
    draft = replayed.write(TASK)
    assert replayed.name == "openai:some-model"
    assert (draft.claims, draft.provenance) == (live.claims, live.provenance)


def test_a_recording_of_another_question_is_no_answer(tmp_path: Path) -> None:
    with serve(fake.perfect) as server:
        open_writer(server.url, record=tmp_path / "r.jsonl").write(TASK)
    other = Task(read_question("Another question?"), TASK.points, TASK.papers, TASK.evidence)
    with pytest.raises(WriterError) as caught:
        LlmWriter.from_spec(f"replay:{tmp_path / 'r.jsonl'}").write(other)
    assert caught.value.kind == "not_recorded"


def test_raw_replies_are_kept_as_they_came(tmp_path: Path) -> None:
    """Even a reply that is no JSON is there to be looked at afterwards."""
    with serve([Turn("Sure! é")]) as server, pytest.raises(WriterError):
        open_writer(server.url, keep_raw=tmp_path / "raw.jsonl").write(TASK)
    assert [json.loads(line) for line in (tmp_path / "raw.jsonl").read_text().splitlines()] == [
        {"stage": "draft", "reply": "Sure! é"}
    ]


def test_prices_make_a_cost() -> None:
    with serve(fake.perfect) as server:
        draft = open_writer(server.url, prices=Prices(input=2.0, output=10.0)).write(TASK)
    assert draft.usage["cost"] == pytest.approx((1000 * 2 + 200 * 10) / 1e6)


def test_failing_claims_go_back_together_with_their_reasons() -> None:
    """One request holds them all; what comes back stands in their place."""
    failing = [
        Failing(1, DraftClaim("Glider restores 5 maps.", ("E1",)), (Failure("number", "5 does not occur", True),)),
        Failing(1, DraftClaim("Kite flies.", ("E3",)), (Failure("support", "0.1", False),)),
    ]
    better = {"number": 1, **claim("Glider restores a torn map.", "E1")}
    stray = {"number": 7, **claim("Nobody asked.", "E1")}
    with serve([Turn(json.dumps({"claims": [better, stray]}))]) as server:
        repaired = open_writer(server.url).repair(TASK, failing)
    [body] = server.requests
    said = body["messages"][-1]["content"]
    assert "number: 5 does not occur" in said
    assert "2. (section: How the model works) Kite flies." in said
    assert repaired.claims == (DraftClaim("Glider restores a torn map.", ("E1",)), None)
    assert [item.reason for item in repaired.dropped] == ["unknown_number"]


def test_nothing_that_a_hostile_model_invents_gets_through() -> None:
    """Every lie is listed with its reason; the section stays empty rather than false."""
    with serve(fake.inventor) as server:
        writer = open_writer(server.url)
        draft = writer.write(TASK)
    settled = settle(draft, TASK)
    assert settled.claims[0] == ()
    assert all(item.form == "verbatim" and item.text == GLIDER for item in settled.claims[1])
    assert {item.reason for item in (*draft.dropped, *settled.dropped)} >= {
        "unknown_section", "unknown_evidence", "paper_not_allowed", "outside_link", "number", "outside_work",
        "no_citation",
    }  # fmt: skip


def test_a_failed_repair_keeps_the_first_draft() -> None:
    """The server dies between draft and repair: soft failures still become quotes."""
    wrong = claim("Glider restores paintings of Rembrandt.", "E1")
    with serve([Turn(reply({HOW: [wrong]})), Turn("gone", status=401)]) as server:
        writer = open_writer(server.url)
        settled = settle(writer.write(TASK), TASK, repair=lambda failing: writer.repair(TASK, failing))
    assert settled.claims[1] == (DraftClaim(GLIDER, ("E1",), "verbatim"),)
    assert settled.provenance["repair"] == "unauthorized"


def test_writing_without_blocking_gives_the_same() -> None:
    with serve(fake.perfect) as server:
        writer = open_writer(server.url)
        assert asyncio.run(writer.awrite(TASK)).claims == writer.write(TASK).claims


def test_threads_share_a_writer() -> None:
    with serve(fake.perfect) as server:
        writer = open_writer(server.url)
        drafts: list[object] = []
        threads = [threading.Thread(target=lambda: drafts.append(writer.write(TASK).claims)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(drafts) == 4
    assert all(claims == drafts[0] for claims in drafts)


@pytest.mark.parametrize("turn", [Turn("exceeds the available context size", status=400), Turn("late", status=504)])
def test_a_prompt_that_is_too_long_is_never_sent_again_but_half_of_it(turn: Turn) -> None:
    evidence = tuple(Evidence(f"E{n}", "pdf", f"{GLIDER} Take {n}.", "2401.00001", 1, number=n) for n in range(1, 300))
    task = Task(TASK.question, TASK.points, TASK.papers, evidence)

    def model(body: fake.Body) -> Turn:
        return turn if len(body["messages"][1]["content"]) > 9000 else Turn(reply({HOW: [claim(GLIDER, "E1")]}))

    with serve(model) as server:
        draft = open_writer(server.url).write(task)
    sizes = [len(body["messages"][1]["content"]) for body in server.requests]
    assert sizes == sorted(set(sizes), reverse=True)
    assert draft.claims[1]
    with serve([turn]) as server, pytest.raises(WriterError):
        open_writer(server.url).write(TASK)
    assert len(server.requests) < 6


def test_a_prompt_leaves_half_of_a_known_context_for_the_reply() -> None:
    models = {"data": [{"id": "some-model", "max_model_len": 4096}]}
    evidence = tuple(Evidence(f"E{n}", "pdf", f"{GLIDER} Take {n}.", "2401.00001", 1, number=n) for n in range(1, 300))
    with serve([Turn(reply({HOW: []}))], models=models) as server:
        open_writer(server.url).write(Task(TASK.question, TASK.points, TASK.papers, evidence))
    said = "".join(message["content"] for message in server.requests[0]["messages"])
    assert len(said) < 2048 * 4
