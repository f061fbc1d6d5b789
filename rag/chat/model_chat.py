"""Talk to one chat model, whoever serves it: retry what may pass, leave out what it refuses, give up in good time.

The server's own protocol is `protocols`' or `providers`' business: a `Server` turns a `Call` into pieces of a reply.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any, Protocol

from rag.chat.connection import Patience, in_time
from rag.chat.exchange import (
    MODES,
    WORD_TOKENS,
    Capabilities,
    Chat,
    Choice,
    Message,
    Reply,
    Request,
    SchemaMode,
    chosen,
    failure,
    one_of,
    retry_after,
    status_of,
    weighed,
    whole,
)
from rag.errors import WriterError

TRIES = 4  # one call and three retries: 0.5 + 1 + 2 s of waiting outlast the usual hiccup
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0  # a Retry-After beyond this is reported instead of obeyed
MOST_TEXT = 2_000_000  # characters of a reply; no answer is that long
CHARS_PER_TOKEN = 16  # of any tokenizer, on average at most: a longer reply runs past its ceiling
ALTERNATIVES = (20, 5)  # top_logprobs asked for: OpenAI's most, then what stricter servers allow
LEAST_MASS = 0.01  # that the options must have together: below, the model is about to say something else, or to think

_REFUSABLE = {400, 404, 415, 422, 500, 501}
_MODE = re.compile(
    r"response_format|json_schema|json_object|json mode|structured|grammar|guided|strict|in(?:valid)? format|schema",
    re.I,
)
_REFUSED = {  # part of a call -> how servers say that they do not take it
    "stream_options": re.compile(r"stream_options|include_usage", re.I),
    "temperature": re.compile(r"temperature", re.I),
    "system": re.compile(r"system (?:role|message|prompt)|role.{0,12}system|roles? must alternate|alternat", re.I),
    "max_completion_tokens": re.compile(r"max_completion_tokens", re.I),
}
_NO_LOGPROBS = re.compile(r"logprob", re.I)


@dataclass(frozen=True, slots=True)
class Call:
    """Hold one request as a server is to be sent it."""

    messages: tuple[Message, ...]
    mode: SchemaMode
    schema: Mapping[str, Any]
    name: str
    max_tokens: int | None
    temperature: float | None
    alternatives: int = 0  # how many candidates of each token to tell the log-probabilities of
    left_out: frozenset[str] = frozenset()  # of `stream_options`, `max_completion_tokens`


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold what a server said at once: some words, or what it tells at the end."""

    text: str = ""
    thought: str = ""
    finish: str = ""
    refused: bool = False
    model: str = ""
    tokens: Mapping[str, float] = field(default_factory=dict)  # input_tokens, output_tokens, cached_tokens
    candidates: tuple[tuple[str, float], ...] = ()  # tokens that could have stood here, with their log-probabilities


class Server(Protocol):
    """Speak one server's protocol; raise whatever error its client raises."""

    @property
    def name(self) -> str:
        """Return the model's name as the user gave it."""
        ...

    @property
    def address(self) -> str:
        """Return what sets its replies apart from those of another server with a model of that name."""
        ...

    @property
    def local(self) -> bool:
        """Tell whether it runs on this machine."""
        ...

    @property
    def key(self) -> str | None:
        """Return the key that no error may show."""
        ...

    @property
    def turn(self) -> AbstractContextManager[Any]:
        """Return what a call is made in: a lock where calls would wait for one another, which is no silence."""
        ...

    def stream(self, call: Call) -> Iterator[Piece]:
        """Yield the reply to a call."""
        ...

    def context(self) -> int | None:
        """Return how many tokens prompt and reply may have together, where the server tells."""
        ...


@dataclass(slots=True)
class ModelChat(Chat):
    """Ask one model. What its server refuses is left out from then on, for all threads."""

    server: Server
    max_tokens: int | None = None
    temperature: float | None = 0.0
    patience: Patience = field(default_factory=Patience)
    tries: int = TRIES
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    on_retry: Callable[[WriterError, float], None] | None = field(default=None, repr=False)
    mode: SchemaMode = "json_schema"
    honours_schema: bool | None = None  # what `examine` found
    _left_out: frozenset[str] = frozenset()
    _alternatives: int = ALTERNATIVES[0]
    _logprobs: bool | None = None
    _context: list[int | None] = field(default_factory=list, repr=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """Return the model's name as the user gave it."""
        return self.server.name

    @property
    def capabilities(self) -> Capabilities:
        """Return what is known by now; the server is asked once for its context."""
        if not self._context:
            try:
                self._context.append(self.server.context())
            except Exception:  # noqa: BLE001 - every provider has its own errors; what cannot be told is unknown
                self._context.append(None)
        return Capabilities(self._context[0], self.mode, self.honours_schema, self._logprobs)

    def complete(self, request: Request) -> Reply:
        """Ask once, again after what may pass, in a looser mode after what the server cannot do."""
        heard = self._ask(request)
        if heard.refused or heard.finish in ("content_filter", "refusal", "safety", "SAFETY"):
            raise WriterError(f"{self.name}: the provider refused to answer", kind="provider_refusal")
        truncated = heard.finish in ("length", "max_tokens", "MAX_TOKENS")
        if truncated and request.whole:
            used = heard.tokens.get("input_tokens", 0) + heard.tokens.get("output_tokens", 0)
            if self._context and self._context[0] and used + 1 >= self._context[0]:
                raise WriterError(f"{self.name}: the context is full; ask with less", kind="context_overflow")
            raise WriterError(f"{self.name}: the reply was cut off; raise --max-tokens", kind="truncated")
        text = heard.text if heard.text.strip() or request.schema is None else heard.thought
        return Reply(whole(text), heard.mode, whole(heard.model) or self.name, heard.usage, truncated)

    def choose(self, messages: Sequence[Message], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return how probable each option is as the answer's first token, where log-probabilities are told.

        Elsewhere, and where no option is among the likely tokens (models that think first), a word is asked for.
        """
        if self._logprobs is not False and (choice := self._weighed(messages, options)):
            return choice
        schema = one_of(options) if self.mode == "json_schema" else None
        request = Request(tuple(messages), schema, "choice", WORD_TOKENS)
        try:
            return chosen(self.complete(request), options)
        except WriterError as error:
            if error.kind != "truncated":
                raise
        return chosen(self.complete(replace(request, max_tokens=None)), options)  # it thinks before it speaks

    def _weighed(self, messages: Sequence[Message], options: Sequence[str]) -> Choice | None:
        """Return a choice by log-probabilities, or None where none are told or none is an option's."""
        try:
            heard = self._ask(Request(tuple(messages), max_tokens=1), alternatives=True)
        except WriterError as error:
            if error.kind != "bad_request":
                raise
            heard = None  # such as a model that refuses to say one token
        if heard is None or (heard.begun and not heard.candidates):
            with self._lock:
                self._left_out |= {"logprobs"}
        self._logprobs = "logprobs" not in self._left_out
        shares, mass = weighed(heard.candidates if heard else (), options)
        if heard is None or mass < LEAST_MASS:
            return None
        return Choice(shares, "logprobs", mass, whole(heard.model) or self.name, heard.usage)

    def _ask(self, request: Request, *, alternatives: bool = False) -> _Heard:
        """Return what was heard, after as many tries as it takes: what failed before its first word may pass."""
        started = time.monotonic()
        for attempt in range(self.tries):
            heard = _Heard(started, attempt)
            try:
                self._hear(heard, request, alternatives)
                return heard
            except Exception as error:  # noqa: BLE001 - every provider has its own tree of errors; `failure` names them
                outcome, wait = failure(error, self.name, self.server.key), retry_after(error)
            if heard.begun or not outcome.retryable or attempt + 1 == self.tries:
                break
            if wait is None:
                wait = FIRST_WAIT_S * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, no secret
            if wait > LONGEST_WAIT_S:
                break
            if self.on_retry is not None:
                self.on_retry(outcome, wait)
            self.sleep(wait)
        raise outcome

    def _hear(self, heard: _Heard, request: Request, alternatives: bool) -> None:
        """Listen to one reply; what the server says it cannot do is left out from then on."""
        ceiling = min(filter(None, (request.max_tokens, self.max_tokens)), default=None)
        most = min(MOST_TEXT, CHARS_PER_TOKEN * ceiling + 1000) if ceiling else MOST_TEXT
        first = self.patience.first(sum(len(message["content"]) for message in request.messages), self.server.local)
        while not (alternatives and "logprobs" in self._left_out):
            left_out = self._left_out
            heard.mode = "text" if request.schema is None else self.mode
            call = Call(
                folded(request.messages) if "system" in left_out else request.messages,
                heard.mode,
                request.schema or {},
                request.name,
                ceiling,
                None if "temperature" in left_out else self.temperature,
                self._alternatives if alternatives else 0,
                left_out,
            )
            try:
                with self.server.turn:
                    for piece in in_time(partial(self.server.stream, call), first, self.patience):
                        heard.add(piece, most)
                return
            except Exception as error:
                if heard.begun or not self._leaves_out(error, call):
                    raise

    def _leaves_out(self, error: Exception, call: Call) -> bool:
        """Tell whether the server refused a part of the call, which is then left out; the strictest word first."""
        status, said = status_of(error), str(error)
        with self._lock:
            if failure(error, self.name).kind == "context_overflow":
                return False
            unable = isinstance(error, (NotImplementedError, TypeError))
            if call.alternatives and (unable or (status in (*_REFUSABLE, 403) and _NO_LOGPROBS.search(said))):
                if unable or call.alternatives == ALTERNATIVES[-1]:
                    self._left_out |= {"logprobs"}
                self._alternatives = ALTERNATIVES[-1]
                return True
            for part, pattern in _REFUSED.items():
                if status in _REFUSABLE and pattern.search(said) and holds(call, part):
                    self._left_out |= {part}
                    return True
            if call.mode == "text" or not (unable or (status in _REFUSABLE and _MODE.search(said))):
                return False
            self.mode = max(self.mode, MODES[MODES.index(call.mode) + 1], key=MODES.index)
            return True


@dataclass(slots=True)
class _Heard:
    """Put a reply together from its pieces."""

    started: float
    retries: int
    mode: SchemaMode = "text"
    begun: bool = False
    parts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    size: int = 0
    finish: str = ""
    refused: bool = False
    model: str = ""
    tokens: dict[str, float] = field(default_factory=dict)
    candidates: tuple[tuple[str, float], ...] = ()
    first: float = 0.0  # when the first piece came

    def add(self, piece: Piece, most: int) -> None:
        """Take a piece; raise `WriterError` when the reply has run past all bounds."""
        if not self.begun:
            self.begun, self.first = True, time.monotonic()
        self.parts.append(piece.text)
        self.thoughts.append(piece.thought)
        self.size += len(piece.text) + len(piece.thought)
        if self.size > most:
            raise WriterError(f"the reply has more than {most} characters and goes on", kind="truncated")
        self.finish = piece.finish or self.finish
        self.refused = self.refused or piece.refused
        self.model = piece.model or self.model
        self.tokens.update(piece.tokens)
        self.candidates = self.candidates or piece.candidates

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def thought(self) -> str:
        return "".join(self.thoughts)

    @property
    def usage(self) -> dict[str, float]:
        now = time.monotonic()
        took = {"seconds": now - self.started, "first_token_seconds": self.first - self.started}
        return {"input_tokens": 0.0, "output_tokens": 0.0, **self.tokens, **took, "retries": float(self.retries)}


def holds(call: Call, part: str) -> bool:
    """Tell whether a part that a server may refuse stands in the call."""
    if part == "system":
        roles = [message["role"] for message in call.messages]
        return "system" in roles or any(one == next_ for one, next_ in pairwise(roles))
    return call.temperature is not None if part == "temperature" else part not in call.left_out


def folded(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the messages without a system role and without two of one role in a row."""
    folded: list[Message] = []
    for message in messages:
        role = "user" if message["role"] == "system" else message["role"]
        if folded and folded[-1]["role"] == role:
            folded[-1] = {"role": role, "content": f"{folded[-1]['content']}\n\n{message['content']}"}
        else:
            folded.append({"role": role, "content": message["content"]})
    return tuple(folded)
