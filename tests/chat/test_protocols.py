from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rag.chat import Request, read_json
from rag.chat.protocols import lines
from rag.errors import WriterError
from tests import ollama_server
from tests.chat.opened import ASK, ASK_FRUIT, FRUIT, failing, opened
from tests.openai_server import Turn, serve

JSON = '{"fruit": "quince"}'


def test_lines_end_at_line_feeds_alone() -> None:
    """What Unicode calls a line's end may stand in JSON, and a chunk may end anywhere."""
    text = "eins\u2028zwei\x85drei\n\nvier\r\nfünf".encode()
    for size in range(1, len(text) + 1):
        chunks = [text[i : i + size] for i in range(0, len(text), size)]
        assert list(lines(chunks)) == text.split(b"\n")


def test_a_line_without_an_end_is_refused() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    with pytest.raises(WriterError, match="larger than any reply"):
        list(lines(endless()))


# --- OpenAI's protocol ---------------------------------------------------------------------------------------------


def test_openai_is_asked_in_its_own_words() -> None:
    with serve([Turn(JSON)]) as server:
        opened(server.url, max_tokens=500).complete(Request(ASK.messages, FRUIT, "fruit", 80))
    assert server.paths == ["/v1/chat/completions"]
    assert server.requests[0] == {
        "model": "m",
        "messages": list(ASK.messages),
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_completion_tokens": 80,
        "max_tokens": 80,
        "response_format": {"type": "json_schema", "json_schema": {"name": "fruit", "strict": True, "schema": FRUIT}},
    }


def test_openai_itself_is_asked_by_the_newer_name_alone() -> None:
    """It refuses a call that names the ceiling twice."""
    from openai import OpenAI

    from rag.chat.model_chat import Call
    from rag.chat.protocols import OpenAiServer

    server = OpenAiServer("openai:m", "m", OpenAI(api_key="none"))
    body = server._body(Call(ASK.messages, "text", {}, "answer", 80, None))
    assert (body["max_completion_tokens"], "max_tokens" in body) == (80, False)
    assert server.context() is None


@pytest.mark.parametrize(
    ("spec", "entry", "context"),
    [
        ("openai:m", {"id": "m", "meta": {"n_ctx": 8192, "n_ctx_train": 32768}}, 8192),
        ("vllm:m", {"id": "m", "max_model_len": 4096}, 4096),
        ("lmstudio:m", {"id": "m", "loaded_context_length": 4096, "max_context_length": 32768}, 4096),
        ("lmstudio:m", {"id": "m", "state": "not-loaded", "max_context_length": 32768}, 32768),
        ("openai:m", {"id": "m", "context_length": 131072}, 131072),
        ("openai:m", {"id": "another-name", "max_model_len": 2048}, 2048),
        ("openai:m", {"id": "m"}, None),
    ],
)
def test_the_context_is_known_where_the_server_tells(spec: str, entry: dict[str, Any], context: int | None) -> None:
    with serve([Turn(JSON)], models={"object": "list", "data": [entry]}) as server:
        chat = opened(server.url, spec)
        assert chat.capabilities.context == context
        assert chat.capabilities.context == context
    assert server.paths == ["/api/v0/models" if spec.startswith("lmstudio") else "/v1/models"]


@pytest.mark.parametrize("models", [None, {}, [], {"data": "none"}, {"data": [{"id": "a"}, {"id": "b"}]}])
def test_a_server_that_does_not_tell_its_context_is_no_error(models: Any) -> None:
    with serve([Turn(JSON)], models=models) as server:
        assert opened(server.url).capabilities.context is None


def test_what_a_cache_spared_is_counted() -> None:
    usage = b'"usage": {"prompt_tokens": 900, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 800}}'
    raw = b'{"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}], ' + usage + b"}"
    with serve([Turn(raw=raw)]) as server:
        usage_told = opened(server.url).complete(ASK).usage
    assert (usage_told["input_tokens"], usage_told["cached_tokens"]) == (900, 800)


@pytest.mark.parametrize(
    "content", ['[{"type": "text", "text": "Here"}, {"type": "text", "text": "."}]', '["Here", "."]', '"Here."']
)
def test_content_in_parts_is_put_together(content: str) -> None:
    raw = f'{{"choices": [{{"message": {{"content": {content}}}}}]}}'.encode()
    with serve([Turn(raw=raw)]) as server:
        assert opened(server.url).complete(ASK).text == "Here."


def test_events_may_come_in_any_pieces() -> None:
    """Comments, carriage returns, blanks after the colon or none, bytes one by one."""
    stream = (
        ': ping\r\n\r\ndata: {"choices":[{"delta":{"role":"assistant"}}]}\r\n\r\nevent: x\r\nid: 1\r\n'
        'data:{"choices":[{"delta":{"content":"Hé\u2028"}}]}\r\n\r\n: ping\r\n\r\n'
        'data: {"choices":[{"delta":{"content":"re."},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\nrubbish'
    ).encode()
    pieces = [stream[i : i + 1] for i in range(len(stream))]
    with serve([Turn(pieces=pieces, headers={"content-type": "text/event-stream; charset=utf-8"})]) as server:
        assert opened(server.url).complete(ASK).text == "Hé\u2028re."


# --- Ollama's protocol --------------------------------------------------------------------------------------------


def test_ollama_is_asked_in_its_own_words() -> None:
    """The context, the ceiling and the schema are really set, under the names that it knows."""
    with serve([Turn(JSON)], ollama_server.speak) as server:
        chat = opened(server.url.removesuffix("/v1"), "ollama:qwen3:8b", max_tokens=500, context=6000)
        reply = chat.complete(ASK_FRUIT)
    assert server.paths == ["/api/chat"]
    assert server.requests[0] == {
        "model": "qwen3:8b",
        "messages": list(ASK.messages),
        "stream": True,
        "keep_alive": "30m",
        "options": {"num_ctx": 6000, "num_predict": 500, "temperature": 0.0},
        "truncate": False,
        "shift": False,
        "format": FRUIT,
    }
    assert (read_json(reply.text), reply.mode, reply.model) == ({"fruit": "quince"}, "json_schema", "qwen3:8b")
    assert (reply.usage["input_tokens"], reply.usage["output_tokens"]) == (1000, 200)


LONG = Request(({"role": "user", "content": "A glider flies without an engine. " * 900},))


def test_a_prompt_that_ollama_cut_is_an_overflow() -> None:
    """It answers all the same; the count of what it read gives it away."""
    with serve(ollama_server.cutting(), ollama_server.speak) as server:
        error = failing(lambda: opened(server.url, "ollama:m", context=4096).complete(LONG))
        assert opened(server.url, "ollama:m", context=16_384).complete(LONG).text == "Yes."
    assert (error.kind, error.retryable) == ("context_overflow", False)


def test_messages_that_ollama_dropped_are_an_overflow() -> None:
    """An older server leaves out whole messages; then it read far less than was sent, and less than its context."""
    with serve([Turn("Yes.", counted=(900, 5))], ollama_server.speak) as server:
        error = failing(lambda: opened(server.url, "ollama:m", context=16_384).complete(LONG))
    assert error.kind == "context_overflow"


def test_a_server_that_counts_nothing_is_believed() -> None:
    with serve([Turn("Yes.", counted=(0, 0))], ollama_server.speak) as server:
        assert opened(server.url, "ollama:m").complete(LONG).text == "Yes."


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (Turn('model "m" not found, try pulling it first', status=404), "bad_request"),
        (Turn("the input length exceeds the context length", status=400), "context_overflow"),
        (Turn("llama runner process has terminated", status=500), "server_error"),
        (Turn(raw=b'{"message": {"content": "He"}}\n{"error": "out of memory"}\n'), "server_error"),
        (Turn(raw=b"Ollama is running"), "server_error"),
        (Turn(raw=b""), "server_error"),
        (Turn(raw=b"[1]\n"), "server_error"),
        (Turn("word " * 50, cut=True), "connection"),
        (Turn('{"fruit": ', finish="length"), "truncated"),
    ],
)
def test_every_way_of_ollama_to_fail_has_a_name(turn: Turn, kind: str) -> None:
    with serve([turn], ollama_server.speak) as server:
        assert failing(lambda: opened(server.url, "ollama:m").complete(ASK_FRUIT)).kind == kind


def test_an_older_ollama_is_asked_for_json_without_a_schema() -> None:
    def model(body: dict[str, Any]) -> Turn:
        fits = body.get("format") in (None, "json")
        return Turn(JSON) if fits else Turn("invalid JSON schema in format", status=400)

    with serve(model, ollama_server.speak) as server:
        assert opened(server.url, "ollama:m").complete(ASK_FRUIT).mode == "json_object"


def test_thoughts_of_ollama_are_no_reply_unless_there_is_no_other() -> None:
    with serve([Turn("Here.", thoughts="Hm.")], ollama_server.speak) as server:
        assert opened(server.url, "ollama:m").complete(ASK).text == "Here."
    with serve([Turn("", thoughts=JSON)], ollama_server.speak) as server:
        assert opened(server.url, "ollama:m").complete(ASK_FRUIT).text == JSON


@pytest.mark.parametrize(("own", "context"), [(2048, 2048), (131_072, 8192)])
def test_ollama_gives_no_more_context_than_the_model_has(own: int, context: int) -> None:
    shown = b'{"model_info": {"general.architecture": "qwen3", "qwen3.context_length": %d}}' % own
    with serve([Turn(raw=shown)], ollama_server.speak) as server:
        assert opened(server.url, "ollama:m").capabilities.context == context
    assert server.paths == ["/api/show"]
