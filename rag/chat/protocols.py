"""Speak the two protocols of model servers: OpenAI's chat completions, which most have, and Ollama's own.

Ollama's, because its OpenAI door takes no context length and cuts what is too long in silence, the rules first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from rag.chat.exchange import ServerError
from rag.chat.model_chat import Call, Piece
from rag.errors import WriterError

if TYPE_CHECKING:
    import openai

MOST_LINE = 2_000_000  # bytes of one event; a token with its candidates has 2 kB
OWN_HOST = "api.openai.com"
KEEP_ALIVE = "30m"  # how long Ollama holds the model after a call; its own five minutes may pass between two questions
CHARS_PER_TOKEN_MOST = 8  # prose has 4 to 5; a prompt of which fewer tokens were read has been cut
LONG_PROMPT = 2_000  # characters; in shorter ones the template's own tokens count too much

_CONTEXT = ("max_model_len", "loaded_context_length", "context_length", "max_context_length")


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream; raise `WriterError` for one beyond bounds.

    Broken at line feeds alone: JSON may hold every other character that Unicode calls a line's end.
    """
    rest: list[bytes] = []
    size = 0
    for chunk in chunks:
        *ended, last = chunk.split(b"\n")
        for line in ended:
            yield b"".join([*rest, line])
            rest, size = [], 0
        rest.append(last)
        size += len(last)
        if size > MOST_LINE:
            raise WriterError("one event of the stream is larger than any reply", kind="server_error")
    yield b"".join(rest)


def _json(content: bytes) -> Any:
    return json.loads(content.decode("utf-8", "replace"))


# --- OpenAI's protocol -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class OpenAiServer:
    """Stream chat completions from OpenAI or any server that speaks its protocol."""

    name: str
    model: str
    client: openai.OpenAI = field(repr=False)
    address: str = ""
    local: bool = False
    turn: AbstractContextManager[Any] = field(default_factory=nullcontext, repr=False)

    @property
    def key(self) -> str:
        """Return the key that no error may show."""
        return self.client.api_key

    def stream(self, call: Call) -> Iterator[Piece]:
        """Yield the reply; a server that does not stream says it in one piece."""
        raw = self.client.chat.completions.with_raw_response.create(
            model=self.model,
            messages=list(call.messages),  # type: ignore[arg-type]  # typed as any of eight kinds of message
            stream=True,
            extra_body=self._body(call),  # as it is: the client would walk through every id of the schema
        )
        response = raw.http_response
        try:
            if "json" in response.headers.get("content-type", ""):
                yield _piece(_json(response.read()), whole=True)
                return
            events = (line[5:].strip() for line in lines(response.iter_bytes()) if line.startswith(b"data:"))
            told = False
            for event in events:
                if event == b"[DONE]":
                    break
                piece = _piece(_json(event), whole=False)
                told = True
                if piece != Piece(model=piece.model):
                    yield piece
            if not told:
                raise ServerError("the stream holds no event of the protocol")
        finally:
            response.close()

    def _body(self, call: Call) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if call.temperature is not None:
            body["temperature"] = call.temperature
        if "stream_options" not in call.left_out:
            body["stream_options"] = {"include_usage": True}
        if call.mode == "json_schema":
            named = {"name": call.name, "strict": True, "schema": dict(call.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif call.mode == "json_object":
            body["response_format"] = {"type": "json_object"}
        if call.alternatives:
            body |= {"logprobs": True, "top_logprobs": call.alternatives}
        if call.max_tokens is not None:
            if "max_completion_tokens" not in call.left_out:
                body["max_completion_tokens"] = call.max_tokens
            if self.client.base_url.host != OWN_HOST:  # older servers know the older name alone; OpenAI refuses both
                body["max_tokens"] = call.max_tokens
        return body

    def context(self) -> int | None:
        """Return the context that the server tells beside the model's name: llama.cpp, vLLM, LM Studio and others."""
        if self.client.base_url.host == OWN_HOST:
            return None
        path = "/models"
        if self.name.startswith("lmstudio:"):  # its OpenAI door does not tell
            path = str(self.client.base_url.copy_with(path="/api/v0/models"))
        told = _json(self.client.get(path, cast_to=httpx.Response).read())["data"]
        own = [item for item in told if item.get("id") == self.model] or (told if len(told) == 1 else [])
        for item in own:
            found = [(item.get("meta") or {}).get("n_ctx"), *(item.get(name) for name in _CONTEXT)]
            return next((int(size) for size in found if size), None)
        return None


def _piece(found: Any, *, whole: bool) -> Piece:
    """Read one event, or a whole completion, which must hold a choice."""
    if error := found.get("error"):
        told = error if isinstance(error, Mapping) else {"message": str(error)}
        code = told.get("code")
        raise ServerError(f"{told.get('message', '')} {code or ''}".strip(), code if isinstance(code, int) else None)
    choices = found["choices"] if whole else found.get("choices")
    choice = choices[0] if whole or choices else {}
    said = choice.get("message" if whole else "delta") or {}
    tokens = found.get("usage") or {}
    counted = {"input_tokens": tokens.get("prompt_tokens"), "output_tokens": tokens.get("completion_tokens")}
    counted["cached_tokens"] = (tokens.get("prompt_tokens_details") or {}).get("cached_tokens")
    return Piece(
        words_of(said.get("content")),
        words_of(said.get("reasoning_content") or said.get("reasoning")),
        str(choice.get("finish_reason") or ""),
        bool(said.get("refusal")),
        str(found.get("model") or ""),
        {name: float(count) for name, count in counted.items() if count},
        _candidates((choice.get("logprobs") or {}).get("content")),
    )


def words_of(content: Any) -> str:
    """Return the text of a content, which some servers send in parts."""
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else str(part.get("text") or "") for part in content)
    return content if isinstance(content, str) else ""


def _candidates(tokens: Any) -> tuple[tuple[str, float], ...]:
    """Return what could have stood in the place of the first of some tokens."""
    if not tokens:
        return ()
    likely = tokens[0].get("top_logprobs") or [tokens[0]]
    return tuple((str(item["token"]), float(item["logprob"])) for item in likely)


# --- Ollama's protocol ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class OllamaServer:
    """Stream chats from Ollama, with a context that is really set and a prompt that is really read."""

    name: str
    model: str
    client: httpx.Client = field(repr=False)
    address: str
    size: int
    local: bool = True
    key: str | None = field(default=None, repr=False)
    turn: AbstractContextManager[Any] = field(default_factory=nullcontext, repr=False)

    def stream(self, call: Call) -> Iterator[Piece]:
        """Yield the reply; raise `ServerError` when the prompt was cut."""
        with self.client.stream("POST", "/api/chat", json=self._body(call), headers=self._headers()) as response:
            if not response.is_success:
                said = response.read().decode("utf-8", "replace")
                raise ServerError(said, response.status_code, response.headers)
            told = False
            for line in lines(response.iter_bytes()):
                if not line.strip():
                    continue
                found = _json(line)
                if error := found.get("error"):
                    raise ServerError(str(error), 500)
                told = True
                if found.get("done"):
                    self._check_whole(found.get("prompt_eval_count"), call)
                message = found.get("message") or {}
                tokens = {"input_tokens": found.get("prompt_eval_count"), "output_tokens": found.get("eval_count")}
                yield Piece(
                    words_of(message.get("content")),
                    words_of(message.get("thinking")),
                    str(found.get("done_reason") or ""),
                    model=str(found.get("model") or ""),
                    tokens={name: float(count) for name, count in tokens.items() if count},
                    candidates=_candidates(found.get("logprobs")),
                )
            if not told:
                raise ServerError("the stream holds no event of the protocol")

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"} if self.key else {}

    def _body(self, call: Call) -> dict[str, Any]:
        options: dict[str, Any] = {"num_ctx": self.size}
        if call.max_tokens is not None:
            options["num_predict"] = call.max_tokens
        if call.temperature is not None:
            options["temperature"] = call.temperature
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(call.messages),
            "stream": True,
            "keep_alive": KEEP_ALIVE,
            "options": options,
            "truncate": False,  # newer servers then refuse a prompt that is too long
            "shift": False,
        }
        if call.mode != "text":
            body["format"] = dict(call.schema) if call.mode == "json_schema" else "json"
        if call.alternatives:
            body |= {"logprobs": True, "top_logprobs": call.alternatives}
        return body

    def _check_whole(self, read: Any, call: Call) -> None:
        """Raise `ServerError` when fewer tokens were read than were sent: older servers cut in silence."""
        sent = sum(len(message["content"]) for message in call.messages)
        if not isinstance(read, int) or read <= 0:
            return
        if read >= self.size or (sent > LONG_PROMPT and read < sent / CHARS_PER_TOKEN_MOST):
            raise ServerError(f"context overflow: Ollama read {read} tokens of a prompt of {sent} characters")

    def context(self) -> int | None:
        """Return the context that is asked for, or the model's own where that is smaller."""
        told = self.client.post("/api/show", json={"model": self.model}, headers=self._headers())
        own = [size for name, size in told.json()["model_info"].items() if name.endswith(".context_length")]
        return min(self.size, *map(int, own)) if own else self.size
