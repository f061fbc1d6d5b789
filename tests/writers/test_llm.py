from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

from rag.answers import DraftClaim, Evidence, Failing, Failure, Task
from rag.chat import LangchainModel, ModelChat, open_chat, redact
from rag.errors import SettingsError, WriterError
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
    writer = LlmWriter.from_spec("openai:some-model", api_key=KEY, base_url=url, **options)  # type: ignore[arg-type]
    if isinstance(writer.chat, ModelChat):
        writer.chat.sleep = lambda seconds: None
    return writer


def open_model(url: str, **options: Any) -> ModelChat:
    chat = open_chat("openai:m", api_key=KEY, base_url=url, **options)
    assert isinstance(chat, ModelChat)
    return chat


def waits_of(url: str, tries: int = 4) -> tuple[WriterError, list[float]]:
    """Return how a writer fails and how long it would have waited in between."""
    waits: list[float] = []
    chat = open_model(url)
    chat.tries, chat.sleep = tries, waits.append
    with pytest.raises(WriterError) as caught:
        LlmWriter(chat).write(TASK)
    return caught.value, waits


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


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (Turn("Sure! Glider restores maps."), "not_json"),
        (Turn("[1, 2]"), "not_json"),
        (Turn('{"sections": [], "sections": []}'), "not_json"),
        (Turn('{"sections": NaN}'), "not_json"),
        (Turn("[" * 50_000), "not_json"),
        (Turn("  \n "), "empty"),
        (Turn(None), "empty"),
        (Turn('{"sections": [', finish="length"), "truncated"),
        (Turn("", finish="content_filter"), "provider_refusal"),
        (Turn(None, refusal="I cannot help with that."), "provider_refusal"),
        (Turn("bad request", status=400), "bad_request"),
        (Turn(f"Incorrect API key provided: {KEY}", status=401), "unauthorized"),
        (Turn("forbidden", status=403), "unauthorized"),
        (Turn("slow down", status=429), "rate_limited"),
        (Turn("conflict", status=409), "bad_request"),
        (Turn("oops", status=500), "server_error"),
        (Turn("busy", status=503), "server_error"),
        (Turn(raw=b"<html>It works!</html>"), "server_error"),
        (Turn(raw=b'{"hello": "world"}'), "server_error"),
        (Turn(raw=b'{"choices": []}'), "server_error"),
        (Turn("x", cut=True), "connection"),
        (Turn(drop=True), "connection"),
    ],
)
def test_every_way_to_fail_has_a_name(turn: Turn, kind: str) -> None:
    with serve([turn]) as server:
        error, _ = waits_of(server.url)
    assert error.kind == kind
    assert KEY not in str(error)
    assert "\n" not in str(error)


def test_a_server_that_says_nothing_times_out() -> None:
    with serve([Turn(hang=True)]) as server:
        chat = open_model(server.url, timeout=0.05)
        chat.tries = 1
        with pytest.raises(WriterError) as caught:
            LlmWriter(chat).write(TASK)
    assert caught.value.kind == "timeout"


def test_a_server_that_drips_times_out_all_the_same() -> None:
    """A byte now and then does not keep the writer waiting for ever."""
    with serve([Turn("x", drip=True)]) as server:
        chat = open_model(server.url, timeout=0.2)
        chat.tries = 1
        with pytest.raises(WriterError) as caught:
            LlmWriter(chat).write(TASK)
    assert caught.value.kind == "timeout"


def test_a_model_without_temperature_is_asked_without() -> None:
    """Reasoning models refuse the setting; it is left out from then on."""

    def model(body: fake.Body) -> Turn:
        if "temperature" in body:
            return Turn("Unsupported value: 'temperature' does not support 0.0 with this model.", status=400)
        return fake.perfect(body)

    with serve(model) as server:
        writer = open_writer(server.url)
        assert writer.write(TASK).provenance["schema_mode"] == "json_schema"
        writer.write(TASK)
    assert ["temperature" in body for body in server.requests] == [True, False, False]


class OtherProvider(GenericFakeChatModel):
    """A chat model of another provider: structured output goes its own way."""

    def with_structured_output(self, schema: Any, **options: Any) -> Any:
        assert (schema["title"], options) == ("answer", {"method": "json_schema", "include_raw": True})
        return self | RunnableLambda(lambda raw: {"raw": raw, "parsed": None, "parsing_error": None})


def test_other_providers_take_the_schema_their_own_way() -> None:
    text = "A contour loss compares the borders of neighbouring pieces."
    said = AIMessage(content=reply({HOW: [claim(text, "E2")]}))
    draft = LlmWriter(ModelChat(LangchainModel("other:m", OtherProvider(messages=iter([said]))))).write(TASK)
    assert draft.claims[1][0].text == text
    assert draft.provenance["schema_mode"] == "json_schema"


def test_a_provider_that_can_do_nothing_is_asked_for_text() -> None:
    """No structured output and no tools: the mode falls to what works, and is recorded."""
    said = AIMessage(content=reply({HOW: []}))
    draft = LlmWriter(ModelChat(LangchainModel("other:m", GenericFakeChatModel(messages=iter([said]))))).write(TASK)
    assert draft.provenance["schema_mode"] != "json_schema"


def test_nobody_at_the_address_is_a_connection_error() -> None:
    with serve([Turn("x")]) as server:
        url = server.url
    assert waits_of(url)[0].kind == "connection"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_what_may_pass_is_asked_again(status: int) -> None:
    """Two failures and a success make one answer and two waits that grow."""
    turns = [Turn("wait", status=status), Turn("wait", status=status), Turn(reply({HOW: []}))]
    waits: list[float] = []
    with serve(turns) as server:
        chat = open_model(server.url)
        chat.sleep = waits.append
        draft = LlmWriter(chat).write(TASK)
    assert len(server.requests) == 3
    assert draft.usage["retries"] == 2
    assert 0.25 <= waits[0] <= 0.75
    assert 0.5 <= waits[1] <= 1.5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_cannot_pass_is_asked_once(status: int) -> None:
    with serve([Turn("no", status=status)]) as server:
        _, waits = waits_of(server.url)
    assert len(server.requests) == 1
    assert waits == []


def test_retries_happen_in_one_place() -> None:
    """Four tries make four requests: the client library adds none of its own."""
    with serve([Turn("oops", status=500)]) as server:
        _, waits = waits_of(server.url, tries=4)
    assert len(server.requests) == 4
    assert len(waits) == 3


@pytest.mark.parametrize(("header", "value"), [("retry-after", "7"), ("retry-after-ms", "7000")])
def test_the_server_says_how_long_to_wait(header: str, value: str) -> None:
    with serve([Turn("wait", status=429, headers={header: value})]) as server:
        assert waits_of(server.url)[1] == [7.0, 7.0, 7.0]


@pytest.mark.parametrize("value", ["-5", "nan", "inf", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_wait_that_makes_no_sense_is_never_slept(value: str) -> None:
    """A negative, endless or unreadable wait becomes none or the usual one, never an error of the clock."""
    with serve([Turn("wait", status=429, headers={"retry-after": value})]) as server:
        _, waits = waits_of(server.url)
    assert len(waits) == 3
    assert all(0 <= wait <= 3 for wait in waits)


def test_a_wait_beyond_reason_is_reported_instead() -> None:
    with serve([Turn("wait", status=429, headers={"retry-after": "86400"})]) as server:
        error, waits = waits_of(server.url)
    assert error.kind == "rate_limited"
    assert waits == []


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


@pytest.mark.parametrize("content", ["", "not json\n", '{"schema": "other/1"}\n', '{"schema": "rag.replies/1"}\n'])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"r\.jsonl"):
        LlmWriter.from_spec(f"replay:{path}")


@pytest.mark.parametrize("spec", ["gpt-4", "openai:", ":x", "nobody:model"])
def test_a_model_that_makes_no_sense_is_a_clear_error(spec: str) -> None:
    with pytest.raises(SettingsError, match="--llm"):
        LlmWriter.from_spec(spec, api_key=KEY)


def test_no_key_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        LlmWriter.from_spec("openai:gpt-4.1-mini")


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


WATCHED = """
import json, sys
from pathlib import Path

reached = set()
def watch(event, args):
    if event == "socket.connect":
        reached.add(f"{args[1][0]}:{args[1][1]}" if isinstance(args[1], tuple) else "local")
    if event == "socket.getaddrinfo":
        reached.add(f"name:{args[0]}")
sys.addaudithook(watch)

from langchain_core.tracers.langchain import wait_for_all_tracers
from langchain_openai import ChatOpenAI
from rag.chat import LangchainModel, ModelChat
from rag.writers.llm import LlmWriter
from test_llm import TASK

LlmWriter.from_spec("openai:m", api_key="sk-test-0123456789", base_url=sys.argv[1]).write(TASK)
model = ChatOpenAI(model="m", api_key="sk-test-0123456789", base_url=sys.argv[1])
LlmWriter(ModelChat(LangchainModel("azure_openai:m", model))).write(TASK)
wait_for_all_tracers()
ours = sorted(reached)
model.invoke("a call outside our door")
wait_for_all_tracers()
print(json.dumps([ours, sorted(reached)]))
"""


@pytest.mark.parametrize("offline", ["0", "1"])
def test_nobody_but_the_configured_address_is_called(tmp_path: Path, offline: str) -> None:
    """With tracing switched on in the environment, a task reaches the model's address and nothing else.

    The same process then calls the model past our door, to show that the watch would have seen a trace leave.
    """
    with serve(fake.perfect) as server, serve([Turn(raw=b"{}")]) as tracer:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).resolve().parent),
            "HOME": str(tmp_path),
            "TIKTOKEN_CACHE_DIR": str(tmp_path),
            "HF_HUB_OFFLINE": offline,
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_API_KEY": "lsv2_test",
            "LANGCHAIN_API_KEY": "lsv2_test",
            "LANGSMITH_ENDPOINT": tracer.url,
            "LANGCHAIN_ENDPOINT": tracer.url,
        }
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, server.url], env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        ours, later = json.loads(done.stdout.splitlines()[-1])
        address = server.url.split("/")[2]
        elsewhere = tracer.url.split("/")[2]
    assert set(ours) <= {address, f"name:{address.split(':')[0]}"}
    assert elsewhere in later


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
