from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from rag.chat import Choice, Request, read_json
from rag.chat.protocols import OpenAiServer
from rag.errors import WriterError
from tests import ollama_server
from tests import openai_server as fake
from tests.chat.opened import ASK, ASK_FRUIT, KEY, failing, opened
from tests.openai_server import Body, Model, Turn, serve

JSON = '{"fruit": "quince"}'
QUESTION = ({"role": "user", "content": "Is ice colder than steam?"},)


def test_a_reply_comes_with_its_model_and_its_usage() -> None:
    with serve([Turn("A glider flies.")]) as server:
        reply = opened(server.url).complete(ASK)
    assert (reply.text, reply.mode, reply.model, reply.truncated) == ("A glider flies.", "text", "m", False)
    assert (reply.usage["input_tokens"], reply.usage["output_tokens"], reply.usage["retries"]) == (1000, 200, 0)
    assert 0 < reply.usage["first_token_seconds"] <= reply.usage["seconds"]


def test_a_server_that_does_not_stream_is_understood() -> None:
    with serve([Turn(JSON, whole=True)]) as server:
        assert read_json(opened(server.url).complete(ASK_FRUIT).text) == {"fruit": "quince"}


# --- failures by name --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (Turn('{"fruit": ', finish="length"), "truncated"),
        (Turn("", finish="content_filter"), "provider_refusal"),
        (Turn(None, refusal="I cannot help with that."), "provider_refusal"),
        (Turn("bad request", status=400), "bad_request"),
        (Turn(f"Incorrect API key provided: {KEY}", status=401), "unauthorized"),
        (Turn("forbidden", status=403), "unauthorized"),
        (Turn("slow down", status=429), "rate_limited"),
        (Turn("conflict", status=409), "bad_request"),
        (Turn("too large", status=413), "context_overflow"),
        (Turn("gateway timeout", status=504), "timeout"),
        (Turn("oops", status=500), "server_error"),
        (Turn("busy", status=503), "server_error"),
        (Turn(raw=b"<html>It works!</html>"), "server_error"),
        (Turn(raw=b"<html>It works!</html>", headers={"content-type": "text/html"}), "server_error"),
        (Turn(raw=b'{"hello": "world"}'), "server_error"),
        (Turn(raw=b'{"choices": []}'), "server_error"),
        (Turn(raw=b'{"choices": 5}'), "server_error"),
        (Turn(raw=b"[]"), "server_error"),
        (Turn(raw=b"data: {broken\n\n", headers={"content-type": "text/event-stream"}), "server_error"),
        (Turn(raw=b"data: [DONE]\n\n", headers={"content-type": "text/event-stream"}), "server_error"),
        (Turn(raw=b'data: {"error": {"message": "no", "code": 500}}\n', headers={"content-type": "text/event-stream"}),
         "server_error"),
        (Turn("x" * 100, cut=True), "connection"),
        (Turn("x" * 100, cut=True, whole=True), "connection"),
        (Turn(drop=True), "connection"),
    ],
)  # fmt: skip
def test_every_way_to_fail_has_a_name(turn: Turn, kind: str) -> None:
    with serve([turn]) as server:
        assert failing(lambda: opened(server.url).complete(ASK_FRUIT)).kind == kind


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "Input tokens exceed the configured limit of 272000 tokens. context_length_exceeded",
        "the request exceeds the available context size (8192 tokens), try increasing it",
        "request (9001 tokens) exceeds the available context size (8192 tokens)",
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
        "You passed 4097 input tokens and requested 1024 output tokens. However, the model's context length is only "
        "4096 tokens, resulting in a maximum input length of 3072 tokens.",
        "Trying to keep the first 4113 tokens when context the overflows. However, the model is loaded with context "
        "length of only 4096 tokens, which is not enough.",
        "The number of tokens to keep from the initial prompt is greater than the context length.",
        "Reached context length of 4096 tokens with model",
        "Context size has been exceeded.",
        "the input length exceeds the context length",
        "input length exceeds maximum context length",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "The input token count (1200000) exceeds the maximum number of tokens allowed",
        "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096.",
    ],
)
@pytest.mark.parametrize("status", [400, 500])
def test_a_prompt_that_is_too_long_is_known_in_every_wording(said: str, status: int) -> None:
    """It is asked once: only a smaller prompt helps."""
    with serve([Turn(said, status=status)]) as server:
        error = failing(lambda: opened(server.url).complete(ASK))
    assert (error.kind, error.retryable) == ("context_overflow", False)
    assert len(server.requests) == 1


def test_an_overflow_told_in_mid_stream_is_one_too() -> None:
    said = b'data: {"error": {"code": 400, "message": "exceeds the available context size", "type": "x"}}\n\n'
    with serve([Turn(raw=said, headers={"content-type": "text/event-stream"})]) as server:
        assert failing(lambda: opened(server.url).complete(ASK)).kind == "context_overflow"


def test_a_reply_that_fills_the_context_is_an_overflow() -> None:
    """The ceiling is not to blame where prompt and reply together are as long as the context that the server told."""
    models = {"data": [{"id": "m", "meta": {"n_ctx": 1200}}]}
    with serve([Turn("It is", finish="length")], models=models) as server:
        chat = opened(server.url)
        assert failing(lambda: chat.complete(ASK)).kind == "truncated"
        assert chat.capabilities.context == 1200
        assert failing(lambda: chat.complete(ASK)).kind == "context_overflow"


def test_a_cut_reply_is_given_to_who_can_use_it() -> None:
    with serve([Turn("It is", finish="length")]) as server:
        reply = opened(server.url).complete(Request(ASK.messages, whole=False))
    assert (reply.text, reply.truncated) == ("It is", True)


def test_nobody_at_the_address_is_a_connection_error() -> None:
    with serve([Turn("x")]) as server:
        url = server.url
    assert failing(lambda: opened(url).complete(ASK)).kind == "connection"


# --- what is asked again ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_what_may_pass_is_asked_again(status: int) -> None:
    """Two failures and a success make one answer and two waits that grow."""
    turns = [Turn("wait", status=status), Turn("wait", status=status), Turn("Here.")]
    waits: list[float] = []
    with serve(turns) as server:
        reply = opened(server.url, waits=waits).complete(ASK)
    assert len(server.requests) == 3
    assert reply.usage["retries"] == 2
    assert 0.25 <= waits[0] <= 0.75
    assert 0.5 <= waits[1] <= 1.5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 504])
def test_what_cannot_pass_is_asked_once(status: int) -> None:
    waits: list[float] = []
    with serve([Turn("no", status=status)]) as server:
        failing(lambda: opened(server.url, waits=waits).complete(ASK))
    assert len(server.requests) == 1
    assert waits == []


def test_a_reply_that_breaks_off_is_not_asked_for_again() -> None:
    """Only what failed before its first word is repeated unasked."""
    with serve([Turn("word " * 50, cut=True)]) as server:
        assert failing(lambda: opened(server.url).complete(ASK)).kind == "connection"
    assert len(server.requests) == 1


def test_retries_happen_in_one_place() -> None:
    """Four tries make four requests: the client library adds none of its own."""
    waits: list[float] = []
    with serve([Turn("oops", status=500)]) as server:
        failing(lambda: opened(server.url, waits=waits).complete(ASK))
    assert (len(server.requests), len(waits)) == (4, 3)


@pytest.mark.parametrize(("header", "value"), [("retry-after", "7"), ("retry-after-ms", "7000")])
@pytest.mark.parametrize("spec", ["openai:m", "ollama:m"])
def test_the_server_says_how_long_to_wait(header: str, value: str, spec: str) -> None:
    waits: list[float] = []
    with serve([Turn("wait", status=429, headers={header: value})]) as server:
        failing(lambda: opened(server.url, spec, waits).complete(ASK))
    assert waits == [7.0, 7.0, 7.0]


@pytest.mark.parametrize("value", ["-5", "nan", "inf", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_wait_that_makes_no_sense_is_never_slept(value: str) -> None:
    """A negative, endless or unreadable wait becomes none or the usual one, never an error of the clock."""
    waits: list[float] = []
    with serve([Turn("wait", status=429, headers={"retry-after": value})]) as server:
        failing(lambda: opened(server.url, waits=waits).complete(ASK))
    assert len(waits) == 3
    assert all(0 <= wait <= 3 for wait in waits)


def test_a_wait_beyond_reason_is_reported_instead() -> None:
    waits: list[float] = []
    with serve([Turn("wait", status=429, headers={"retry-after": "86400"})]) as server:
        error = failing(lambda: opened(server.url, waits=waits).complete(ASK))
    assert error.kind == "rate_limited"
    assert waits == []


# --- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [Turn(hang=True), Turn("word " * 50, stall=True), Turn(drip=True)])
@pytest.mark.parametrize("spec", ["openai:m", "ollama:m"])
def test_silence_ends_the_wait_and_the_prompt_is_not_sent_again(turn: Turn, spec: str) -> None:
    """Silence from the first, in mid-sentence, or blanks without a word: the same prompt would take as long again."""
    with serve([turn], ollama_server.speak if spec == "ollama:m" else None) as server:
        error = failing(lambda: opened(server.url, spec, timeout=0.2).complete(ASK))
        assert (error.kind, error.retryable) == ("timeout", False)
        assert len(server.requests) == 1


def test_a_wait_that_is_over_hangs_up() -> None:
    """A server is not left writing to nobody: what it does next would wait for it."""
    with serve([Turn(drip=True)]) as server:
        failing(lambda: opened(server.url, timeout=0.1).complete(ASK))
        assert server.left.wait(10)


def _slowly(pieces: int, said: threading.Event) -> Any:
    """Yield events of a stream one by one, each after a while that is shorter than any limit."""
    for _ in range(pieces):
        said.wait(0.02)
        yield b'data: {"choices": [{"index": 0, "delta": {"content": "word "}}]}\n\n'
    yield b"data: [DONE]\n\n"


def test_a_long_reply_may_take_long() -> None:
    """The limit is silence: twice as many words as it would allow in all arrive."""
    said = threading.Event()
    turn = Turn(pieces=_slowly(40, said), headers={"content-type": "text/event-stream"})
    with serve([turn]) as server:
        reply = opened(server.url, timeout=0.4).complete(ASK)
    assert reply.text == "word " * 40
    assert reply.usage["seconds"] > 0.8


def test_a_total_that_the_user_sets_holds() -> None:
    said = threading.Event()
    turn = Turn(pieces=_slowly(10_000, said), headers={"content-type": "text/event-stream"})
    with serve([turn]) as server:
        error = failing(lambda: opened(server.url, total=0.3).complete(ASK))
        assert server.left.wait(10)
    assert error.kind == "timeout"
    assert "no whole reply within 0.3 s" in str(error)


def test_a_slow_machine_may_read_a_long_prompt_for_longer() -> None:
    """Before the first word of a prompt of 8,000 tokens five limits may pass on this machine, one at a hosted model."""
    from rag.chat import Patience

    assert Patience(120).first(32_000, local=True) == 600
    assert Patience(120).first(32_000, local=False) == 120


# --- what servers refuse -------------------------------------------------------------------------------------------

REFUSALS: list[tuple[str, int, str]] = [
    ("temperature", 400, "Unsupported value: 'temperature' does not support 0.0 with this model."),
    ("stream_options", 422, "[{'type': 'extra_forbidden', 'loc': ['body', 'stream_options'], 'msg': 'Extra inputs'}]"),
    ("max_completion_tokens", 400, "Unrecognized request argument supplied: max_completion_tokens"),
]


def _refusing(part: str, status: int, said: str, text: str = JSON) -> Model:
    return lambda body: Turn(said, status=status) if part in body else Turn(text)


@pytest.mark.parametrize(("part", "status", "said"), REFUSALS)
def test_what_a_server_refuses_is_left_out_from_then_on(part: str, status: int, said: str) -> None:
    with serve(_refusing(part, status, said)) as server:
        chat = opened(server.url, max_tokens=100)
        assert chat.complete(ASK_FRUIT).mode == "json_schema"
        chat.complete(ASK_FRUIT)
    assert [part in body for body in server.requests] == [True, False, False]
    assert all(body["max_tokens"] == 100 for body in server.requests)


@pytest.mark.parametrize(("refused", "mode"), [("json_schema", "json_object"), ("json_schema json_object", "text")])
def test_a_server_without_schemas_is_asked_more_loosely(refused: str, mode: str) -> None:
    with serve(fake.without(refused, lambda body: Turn(JSON))) as server:
        chat = opened(server.url)
        assert chat.complete(ASK_FRUIT).mode == mode
        asked = len(server.requests)
        assert chat.complete(ASK_FRUIT).mode == mode
    assert len(server.requests) == asked + 1
    assert chat.capabilities.mode == mode


def test_everything_may_be_refused_at_once() -> None:
    def strict(body: Body) -> Turn:
        for part in ("temperature", "stream_options", "max_completion_tokens", "response_format"):
            if part in body:
                return Turn(f"unknown field: {part}", status=400)
        if body["messages"][0]["role"] == "system":
            return Turn("System role not supported", status=500)
        return Turn(JSON, whole=True)

    with serve(strict) as server:
        reply = opened(server.url, max_tokens=100).complete(ASK_FRUIT)
    assert (reply.text, reply.mode) == (JSON, "text")
    assert set(server.requests[-1]) == {"messages", "model", "stream", "max_tokens"}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "System role not supported"),
        (500, "Jinja Exception: System role not supported"),
        (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        (400, "Only user and assistant roles are supported; role 'system' is not"),
    ],
)
def test_a_server_without_a_system_role_gets_its_text_from_the_user(status: int, said: str) -> None:
    """Two texts of one role in a row become one; it is remembered."""

    def model(body: Body) -> Turn:
        roles = [message["role"] for message in body["messages"]]
        return Turn("Yes.") if roles == ["user", "assistant", "user"] else Turn(said, status=status)

    messages = (
        *ASK.messages,
        {"role": "assistant", "content": "A plane."},
        {"role": "user", "content": "Sure?"},
        {"role": "user", "content": "Really?"},
    )
    with serve(model) as server:
        chat = opened(server.url)
        assert chat.complete(Request(messages)).text == "Yes."
        chat.complete(Request(messages))
    assert len(server.requests) == 3
    assert [message["content"] for message in server.requests[-1]["messages"]] == [
        "Be brief.\n\nWhat is a glider?", "A plane.", "Sure?\n\nReally?",
    ]  # fmt: skip


def test_a_refusal_that_leaving_out_does_not_mend_is_an_error() -> None:
    with serve([Turn("temperature, stream_options and response_format are wrong", status=400)]) as server:
        assert failing(lambda: opened(server.url).complete(ASK_FRUIT)).kind == "bad_request"
    assert len(server.requests) == 5  # each part once, the form in two steps


# --- what models say ------------------------------------------------------------------------------------------------


def test_json_that_stands_among_the_thoughts_alone_is_the_reply() -> None:
    with serve([Turn(None, thoughts=JSON)]) as server:
        assert opened(server.url).complete(ASK_FRUIT).text == JSON
        assert opened(server.url).complete(ASK).text == ""
    with serve([Turn(None, thoughts=JSON, whole=True)]) as server:
        assert opened(server.url).complete(ASK_FRUIT).text == JSON


def test_thoughts_beside_a_reply_are_left_out() -> None:
    with serve([Turn(JSON, thoughts="The user wants fruit.")]) as server:
        assert opened(server.url).complete(ASK_FRUIT).text == JSON


@pytest.mark.parametrize("whole", [False, True])
def test_a_lone_surrogate_becomes_a_sign_that_can_be_printed(whole: bool) -> None:
    """One letter whose halves come in two pieces is whole again."""
    with serve([Turn("abc\ud83d\ude00 \ud800.", whole=whole)]) as server:
        reply = opened(server.url).complete(ASK)
    assert reply.text == "abc\U0001f600 \ufffd."
    reply.text.encode()


def test_a_reply_that_runs_past_its_ceiling_is_cut_off() -> None:
    """A server that takes no notice of the ceiling does not keep anyone listening."""
    event = b'data: {"choices": [{"delta": {"content": "on and on and on "}}]}\n\n'
    turn = Turn(pieces=(event for _ in range(10**9)), headers={"content-type": "text/event-stream"})
    with serve([turn]) as server:
        error = failing(lambda: opened(server.url, max_tokens=50).complete(ASK))
        assert server.left.wait(10)
    assert error.kind == "truncated"
    assert "goes on" in str(error)


# --- choosing ----------------------------------------------------------------------------------------------------

LIKELY = {"Yes": 0.5, "No": 0.2, " yes": 0.1, "YES": 0.05, "The": 0.1, "N": 0.05}


@pytest.mark.parametrize("spec", ["openai:m", "ollama:m"])
def test_a_choice_is_read_from_one_token(spec: str) -> None:
    """All ways to begin an option count for it; what is neither is left out of the shares."""
    with serve([Turn("Yes", likely=LIKELY)], ollama_server.speak if spec == "ollama:m" else None) as server:
        chat = opened(server.url, spec)
        choice = chat.choose(QUESTION)
    assert choice == {"Yes": pytest.approx(0.65 / 0.9), "No": pytest.approx(0.25 / 0.9)}
    assert choice.by == "logprobs"
    assert choice.mass == pytest.approx(0.9)
    assert chat.capabilities.logprobs is True
    body = server.requests[0]
    ceiling = body["options"]["num_predict"] if spec == "ollama:m" else body["max_tokens"]
    assert ceiling == 1
    assert body["top_logprobs"] == 20


def _without_logprobs(said: str, status: int = 400) -> Model:
    return lambda body: Turn(said, status=status) if "logprobs" in body else Turn('{"answer": "No"}')


@pytest.mark.parametrize(
    "model",
    [
        lambda body: Turn('{"answer": "No"}'),
        _without_logprobs("logprobs is not supported with this model"),
        _without_logprobs("You are not allowed to request logprobs from this model", 403),
        _without_logprobs("max_tokens must be at least 16"),
    ],
)
def test_without_log_probabilities_a_word_is_asked_for(model: Model) -> None:
    """Told nothing, refused, or unable to say one token: it is remembered, and the choice says so."""
    with serve(model) as server:
        chat = opened(server.url)
        choice = chat.choose(QUESTION)
        asked = len(server.requests)
        chat.choose(QUESTION)
    assert dict(choice) == {"Yes": 0.0, "No": 1.0}
    assert choice.by == "word"
    assert chat.capabilities.logprobs is False
    assert len(server.requests) == asked + 1
    assert fake.enum(server.requests[-1], "answer") == ["Yes", "No"]


def test_a_server_that_tells_five_candidates_is_asked_for_five() -> None:
    def model(body: Body) -> Turn:
        few = body.get("top_logprobs", 0) <= 5
        return Turn("No", likely=LIKELY) if few else Turn("top_logprobs must be <= 5", status=400)

    with serve(model) as server:
        chat = opened(server.url)
        assert chat.choose(QUESTION).by == "logprobs"
        chat.choose(QUESTION)
    assert [body["top_logprobs"] for body in server.requests] == [20, 5, 5]


def test_a_model_that_thinks_first_is_asked_for_a_word() -> None:
    """No option is among its likely first tokens; log-probabilities are still asked for the next time."""

    def model(body: Body) -> Turn:
        if "logprobs" in body:
            return Turn("<think>", likely={"<think>": 0.999, "Yes": 0.001})
        return Turn("<think>Is it Yes or No?</think>Yes, it is.")

    with serve(fake.without("json_schema json_object", model)) as server:
        choice = opened(server.url).choose(QUESTION)
    assert dict(choice) == {"Yes": 1.0, "No": 0.0}
    assert choice.by == "word"


def test_a_model_that_thinks_long_before_its_word_is_given_room() -> None:
    def model(body: Body) -> Turn:
        if body.get("max_tokens", 10**6) < 100:
            return Turn("Well, let me see", finish="length")
        return Turn('{"answer": "Yes"}')

    with serve(model) as server:
        assert opened(server.url, max_tokens=1000).choose(QUESTION)["Yes"] == 1.0


@pytest.mark.parametrize("said", ["Perhaps.", "Yes and No.", "Yesterday."])
def test_a_word_that_is_no_option_is_no_choice(said: str) -> None:
    with serve([Turn(said)]) as server:
        assert failing(lambda: opened(server.url).choose(QUESTION)).kind == "not_json"


def test_options_are_whatever_is_asked() -> None:
    likely = {"sup": 0.1, "contra": 0.6, "neut": 0.1, "s": 0.1}
    with serve([Turn("contra", likely=likely)]) as server:
        choice = opened(server.url).choose(QUESTION, ("supported", "contradicted", "neutral"))
    assert isinstance(choice, Choice)
    assert list(choice) == ["supported", "contradicted", "neutral"]
    assert max(choice, key=choice.__getitem__) == "contradicted"
    assert sum(choice.values()) == pytest.approx(1.0)


# --- many at once --------------------------------------------------------------------------------------------------


def test_threads_share_a_chat_and_what_it_has_learnt() -> None:
    with serve(_refusing("temperature", 400, "no temperature here")) as server:
        chat = opened(server.url)
        replies: list[str] = []
        threads = [threading.Thread(target=lambda: replies.append(chat.complete(ASK_FRUIT).text)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        chat.complete(ASK_FRUIT)
    assert replies == [JSON] * 8
    assert "temperature" not in server.requests[-1]


def test_calls_that_would_wait_for_one_another_wait_in_turn() -> None:
    """Waiting for one's turn at a server that answers one at a time is no silence of the server's."""
    with serve([Turn("Here.")]) as server:
        chat = opened(server.url, timeout=5)
        assert isinstance(chat.server, OpenAiServer)
        chat.server = replace(chat.server, turn=threading.Lock())
        with chat.server.turn:
            threads = [threading.Thread(target=chat.complete, args=(ASK,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            assert server.requests == []
        for thread in threads:
            thread.join()
    assert len(server.requests) == 4


def test_asking_without_blocking_gives_the_same() -> None:
    async def both() -> list[str]:
        return [reply.text for reply in await asyncio.gather(chat.acomplete(ASK), chat.acomplete(ASK))]

    with serve([Turn("Here.")]) as server:
        chat = opened(server.url)
        assert asyncio.run(both()) == ["Here.", "Here."]


def test_an_error_of_a_listener_is_raised_as_it_is() -> None:
    """`on_retry` hears of every wait."""
    heard: list[tuple[WriterError, float]] = []
    with serve([Turn("slow down", status=429), Turn("Here.")]) as server:
        chat = opened(server.url)
        chat.on_retry = lambda error, wait: heard.append((error, wait))
        chat.complete(ASK)
    assert [(error.kind, wait > 0) for error, wait in heard] == [("rate_limited", True)]
