"""Say what is asked of a chat model, what it answers, what it can do, and by which name it fails."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol

from rag.errors import WriterError

Message = Mapping[str, str]  # `role` and `content`
SchemaMode = Literal["json_schema", "json_object", "text"]
MODES: tuple[SchemaMode, ...] = ("json_schema", "json_object", "text")  # from strictest to loosest


@dataclass(frozen=True, slots=True)
class Request:
    """Hold what one call to a model consists of; without a schema any words will do."""

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    name: str = "answer"  # the schema's name
    max_tokens: int | None = None  # ceiling of this reply; None: the chat's own
    whole: bool = True  # a reply that the ceiling cuts off is an error (`truncated`)


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold a model's raw words (no lone surrogate in them) and what came with them."""

    text: str
    mode: SchemaMode
    model: str = ""
    usage: Mapping[str, float] = field(default_factory=dict)
    truncated: bool = False  # by its ceiling, where the request allows it


@dataclass(frozen=True, eq=False)  # equal as mappings are
class Choice(Mapping[str, float]):
    """Map each option to its probability as the reply's first word; they add up to 1."""

    probabilities: Mapping[str, float]
    by: Literal["logprobs", "word"]  # `word`: the model was made to say one, which has 1.0
    mass: float = 1.0  # what the options had together before all else was left out
    model: str = ""
    usage: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, option: str) -> float:
        return self.probabilities[option]

    def __iter__(self) -> Iterator[str]:
        return iter(self.probabilities)

    def __len__(self) -> int:
        return len(self.probabilities)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Say what a model can do as far as is known by now; None: nobody has told or tried."""

    context: int | None = None  # tokens of prompt and reply together
    mode: SchemaMode = "json_schema"  # the strictest that has not been refused
    honours_schema: bool | None = None  # whether it obeys the schema it accepts; `examine` finds out
    logprobs: bool | None = None


class Chat(Protocol):
    """Answer requests from any number of threads; raise `WriterError` with a named kind.

    Kinds: unauthorized, rate_limited, connection, timeout, context_overflow, truncated, provider_refusal, empty,
    not_json, server_error, bad_request, not_recorded. After `timeout` and `context_overflow` a smaller prompt may do.
    """

    @property
    def name(self) -> str:
        """Return the model's name."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """Return what is known of the model."""
        return Capabilities()

    def complete(self, request: Request) -> Reply:
        """Return the model's reply."""
        ...

    async def acomplete(self, request: Request) -> Reply:
        """Return the model's reply without blocking: `complete` in a thread, so that its rules hold for both."""
        return await asyncio.to_thread(self.complete, request)

    def choose(self, messages: Sequence[Message], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return how probable each option is as the answer; without log-probabilities the model names one."""
        request = Request(tuple(messages), one_of(options), "choice", WORD_TOKENS)
        return chosen(self.complete(request), options)


# --- one word of several -----------------------------------------------------------------------------------------

THOUGHTS = re.compile(  # what ends a model's thinking aloud; the beginning is often missing
    r"</(?:think|thinking|thought|reasoning)>|\[/THINK\]|◁/think▷|<\|channel\|>final<\|message\|>"
)
WORD_TOKENS = 64  # of a reply that names one option: `{"answer": "Yes"}` has eight, a chatty one a sentence


def one_of(options: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a reply that names one of the options."""
    answer = {"answer": {"type": "string", "enum": list(options)}}
    return {"type": "object", "properties": answer, "required": ["answer"], "additionalProperties": False}


def chosen(reply: Reply, options: Sequence[str]) -> Choice:
    """Return the one option that stands as a word in a reply; raise `WriterError` (`not_json`) for none or several."""
    text = THOUGHTS.split(reply.text)[-1]
    said = [option for option in options if re.search(rf"(?<!\w){re.escape(option)}(?!\w)", text, re.IGNORECASE)]
    if len(said) != 1:
        named = "none" if not said else "more than one"
        raise WriterError(
            f"{reply.model}: the reply names {named} of {', '.join(options)}", kind="not_json", retryable=True
        )
    return Choice(
        {option: float(option == said[0]) for option in options}, "word", model=reply.model, usage=reply.usage
    )


def weighed(tokens: Sequence[tuple[str, float]], options: Sequence[str]) -> tuple[dict[str, float], float]:
    """Return the options' shares of a first token's log-probabilities, and what they had together.

    A token stands for an option when it is the beginning of that one alone: "Yes", " yes" and "Y" for Yes.
    """
    mass = dict.fromkeys(options, 0.0)
    for token, logprob in tokens:
        start = token.strip(" \t\n\r\"'*_`Ġ▁").casefold()  # Ġ and ▁: blanks as some servers print them
        meant = [option for option in options if start and option.casefold().startswith(start)]
        if len(meant) == 1 and math.isfinite(logprob):
            mass[meant[0]] += math.exp(min(logprob, 0.0))
    together = sum(mass.values())
    return {option: value / together if together else 0.0 for option, value in mass.items()}, together


# --- what went wrong, by name ---------------------------------------------------------------------------------------

_SECRET = re.compile(r"\b(?:sk|pk|key|hf|gsk|xai|AIza)[-_]?[A-Za-z0-9_*.-]{8,}|\bBearer\s+\S+", re.IGNORECASE)
_OVERFLOW = re.compile(  # OpenAI and vLLM; llama.cpp; LM Studio; Ollama; Anthropic, Google, Mistral, TGI
    r"context[_ ]length[_ ]exceeded|maximum (?:context|model) length|context length is (?:only )?\d|input tokens exceed"
    r"|exceeds? (?:the )?(?:available )?(?:maximum )?context|exceed_context_size|context size has been exceeded"
    r"|when context the overflows|(?:greater|more|longer|larger) than the (?:model'?s? )?(?:maximum )?context"
    r"|reached context length|loaded with context length"
    r"|prompt (?:is )?too long|input token count|too large for model with|max_new_tokens` must be"
    r"|context window|context overflow",
    re.IGNORECASE,
)
_BY_STATUS = {
    401: "unauthorized", 403: "unauthorized", 408: "connection", 413: "context_overflow", 429: "rate_limited",
    504: "timeout", 524: "timeout",  # a gateway gave up waiting: the same prompt takes as long again
}  # fmt: skip
_PASSING = frozenset({"rate_limited", "connection", "server_error"})
_CONFLICT = 409  # some servers say so while they load a model
_REMEDY = {
    "unauthorized": "; check the key",
    "connection": "; check the address and whether the server runs",
    "timeout": "; raise the timeout or use a smaller model",
    "rate_limited": "; wait, or lower the number of parallel requests",
    "truncated": "; raise --max-tokens",
    "context_overflow": "; ask with a smaller prompt, or give the model more context",
}


class ServerError(Exception):
    """Carry what a server says is wrong; `status` is HTTP's, or the code that stands in the error itself."""

    def __init__(self, message: str, status: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status_code = status
        self.headers = headers or {}


def whole(text: str) -> str:
    """Return a text without lone surrogates; two halves that came apart are one letter again."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def redact(text: str, key: str | None = None) -> str:
    """Return the text without the key and whatever looks like one."""
    return _SECRET.sub("***", text.replace(key, "***") if key and len(key) > 4 else text)


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that an error carries."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "code", "status"):
            if isinstance(value := getattr(holder, name, None), int):
                return value
    return None


def failure(error: Exception, name: str, key: str | None = None) -> WriterError:
    """Return any provider's error under its fixed name, in one line that holds no key."""
    if isinstance(error, WriterError):
        said = redact(str(error), key)
        return error if said.startswith(name) else WriterError(f"{name}: {said}", error.kind, error.retryable)
    status = status_of(error)
    kind = kind_of(error, status)
    said = redact(" ".join(whole(str(error)).split()), key)[:200]
    where = f"{name}: {kind}" + (f" (HTTP {status})" if status else "")
    return WriterError(
        f"{where}: {said}{_REMEDY.get(kind, '')}", kind=kind, retryable=kind in _PASSING or status == _CONFLICT
    )


def kind_of(error: Exception, status: int | None) -> str:
    """Return the name of any provider's error, by its class and status: every package has a tree of its own."""
    family = {cls.__name__ for cls in type(error).__mro__}
    if "LengthFinishReasonError" in family:
        return "truncated"
    if family & {"ContentFilterFinishReasonError", "OpenAIRefusalError"}:
        return "provider_refusal"
    if family & {"APITimeoutError", "TimeoutException", "TimeoutError", "ReadTimeout", "Timeout"}:
        return "timeout"
    if status not in (401, 403, 429) and _OVERFLOW.search(str(error)):
        return "context_overflow"
    if status is not None and status >= 400:
        return _BY_STATUS.get(status, "server_error" if status >= 500 else "bad_request")
    if family & {"APIConnectionError", "TransportError", "ConnectionError"}:
        return "connection"
    if family & {
        "ValueError",
        "LookupError",
        "TypeError",
        "AttributeError",
        "APIError",
        "ModelAPIError",
        "ServerError",
    }:
        return "server_error"  # the body is not what the protocol promises
    return "error"


def retry_after(error: Exception) -> float | None:
    """Return how many seconds the server asks to wait, where it says so in a way that makes sense."""
    headers = getattr(getattr(error, "response", error), "headers", None) or {}
    said = headers.get("retry-after-ms") or headers.get("retry-after")
    if not said:
        return None
    try:
        seconds = float(said) / (1000 if headers.get("retry-after-ms") else 1)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
