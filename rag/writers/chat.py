"""Talk to a chat model: one request in, one raw reply out, retries and timeouts in this one place.

Any provider goes through langchain's `init_chat_model`, whose own retries are off. Tracing is off too: with an
endpoint configured nobody else is called, whatever LANGCHAIN_ or LANGSMITH_ variables say. Keys are handed through and
stand in no error, repr or log.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag.errors import SettingsError, WriterError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

SchemaMode = Literal["json_schema", "json_object", "text"]
MODES: tuple[SchemaMode, ...] = ("json_schema", "json_object", "text")  # from strictest to loosest

TRIES = 4  # one call and three retries: 0.5 + 1 + 2 s of waiting outlast the usual hiccup
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0  # a Retry-After beyond this is reported instead of obeyed
TIMEOUT_S = 120.0
RETRYABLE = {408, 409, 429}
_SECRET = re.compile(r"\b(?:sk|pk|key|hf|gsk|xai|AIza)[-_]?[A-Za-z0-9_*.-]{8,}|\bBearer\s+\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """Hold what one call to a model consists of."""

    messages: tuple[Mapping[str, str], ...]
    schema: Mapping[str, Any]
    name: str  # the schema's name


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold a model's raw words and what came with them."""

    text: str
    mode: SchemaMode
    model: str = ""
    usage: Mapping[str, float] = field(default_factory=dict)


class Chat(Protocol):
    """Answer a request; raise `WriterError` with a named kind."""

    @property
    def name(self) -> str:
        """Return the model's name."""
        ...

    def complete(self, request: Request) -> Reply:
        """Return the model's reply."""
        ...

    async def acomplete(self, request: Request) -> Reply:
        """Return the model's reply without blocking."""
        ...


@dataclass(slots=True)
class LangchainChat:
    """Call a chat model of any provider; `mode` falls back for good when the server refuses a stricter one."""

    name: str
    model: BaseChatModel = field(repr=False)
    mode: SchemaMode = "json_schema"
    tries: int = TRIES
    timeout: float = TIMEOUT_S
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    on_retry: Callable[[WriterError, float], None] | None = field(default=None, repr=False)

    @classmethod
    def from_spec(
        cls,
        spec: str,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = TIMEOUT_S,
        max_tokens: int | None = None,
        temperature: float | None = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> LangchainChat:
        """Open `provider:model`; OPENAI_API_KEY and OPENAI_BASE_URL hold for `openai` where nothing else is given."""
        provider, _, model = spec.partition(":")
        if not (provider and model):
            raise SettingsError(f"--llm {spec!r} is not of the form provider:model, such as openai:gpt-4.1-mini")
        options: dict[str, Any] = {"max_retries": 0, "timeout": timeout, "temperature": temperature}
        if max_tokens is not None:
            options["max_tokens"] = max_tokens
        if provider == "openai":
            options["use_responses_api"] = False  # compatible servers speak chat completions
            base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
            api_key = api_key or os.environ.get("OPENAI_API_KEY") or ("none" if base_url else None)
            if api_key is None:
                raise SettingsError(
                    "no key for openai: set OPENAI_API_KEY (or OPENAI_BASE_URL for a server of your own)"
                )
        if base_url:
            options["base_url"] = base_url
        if api_key:
            options["api_key"] = api_key
        options = {name: value for name, value in options.items() if value is not None}
        return cls(
            spec, _open(provider, model, options), timeout=timeout, sleep=sleep, secrets=tuple(filter(None, [api_key]))
        )

    def complete(self, request: Request) -> Reply:
        """Ask once, again after what may pass, in a looser mode after what the server cannot do."""
        started = time.monotonic()
        for attempt in range(self.tries):
            try:
                message = self._ask(request)
            except Exception as error:  # noqa: BLE001 - every provider has its own tree of errors; `_outcome` names them all
                self._after(error, attempt)
            else:
                return self._reply(message, time.monotonic() - started, attempt)
        raise AssertionError("unreachable: the last attempt raises")

    async def acomplete(self, request: Request) -> Reply:
        """Do what `complete` does in a thread, so that one set of rules holds for both."""
        import asyncio

        return await asyncio.to_thread(self.complete, request)

    def _ask(self, request: Request) -> Any:
        """Return the model's message; what the server says it cannot do is left out from then on."""
        with no_tracing():
            while True:
                mode = self.mode
                try:
                    return self._within_time(self._bound(request, mode), list(request.messages))
                except Exception as error:
                    if _refuses_temperature(error) and getattr(self.model, "temperature", None) is not None:
                        self.model = self.model.model_copy(update={"temperature": None})
                    elif _refuses_mode(error, mode):
                        self.mode = MODES[MODES.index(mode) + 1]
                    else:
                        raise

    def _bound(self, request: Request, mode: SchemaMode) -> Any:
        """Bind the schema: as OpenAI's protocol has it, for other providers as their langchain package has it."""
        openai = self.name.startswith(("openai:", "azure_openai:"))
        if mode == "json_schema" and not openai:
            schema = {"title": request.name, "description": "The reply.", **request.schema}
            return self.model.with_structured_output(schema, method="json_schema", include_raw=True)
        if mode == "json_schema":
            named = {"name": request.name, "strict": True, "schema": dict(request.schema)}
            return self._formatted({"type": "json_schema", "json_schema": named})
        if mode == "json_object":
            return self._formatted({"type": "json_object"})
        return self.model

    def _formatted(self, form: Mapping[str, Any]) -> Any:
        """Bind a reply's form; as an extra field OpenAI's client sends it as it is, else it walks through every id."""
        if self.name.startswith(("openai:", "azure_openai:")):
            return self.model.bind(extra_body={"response_format": form})
        return self.model.bind(response_format=form)

    def _within_time(self, model: Any, messages: list[Any]) -> Any:
        """Call the model, but wait no longer than `timeout` in all: a client's own limit starts anew with each byte."""
        result: list[Any] = []
        context = copy_context()

        def call() -> None:
            try:
                result.append((context.run(model.invoke, messages), None))
            except Exception as error:  # noqa: BLE001 - handed over to the waiting thread, which names it
                result.append((None, error))

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(self.timeout)
        if not result:
            raise TimeoutError(f"no whole reply within {self.timeout:g} s")
        message, error = result[0]
        if error is not None:
            raise error
        return message["raw"] if isinstance(message, dict) else message

    def _after(self, error: Exception, attempt: int) -> None:
        """Wait before the next attempt, or raise the error under its name."""
        outcome, wait = _outcome(error, self.name, self.secrets)
        if not outcome.retryable or attempt + 1 == self.tries:
            raise outcome from None
        if wait is None:
            wait = FIRST_WAIT_S * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, no secret
        if wait > LONGEST_WAIT_S:
            raise outcome from None
        if self.on_retry is not None:
            self.on_retry(outcome, wait)
        self.sleep(wait)

    def _reply(self, message: Any, seconds: float, retries: int) -> Reply:
        details = message.response_metadata or {}
        finish = str(details.get("finish_reason") or details.get("stop_reason") or details.get("done_reason") or "")
        if message.additional_kwargs.get("refusal") or finish in ("content_filter", "refusal", "safety", "SAFETY"):
            raise WriterError(f"{self.name}: the provider refused to answer", kind="provider_refusal")
        if finish in ("length", "max_tokens", "MAX_TOKENS"):
            raise WriterError(f"{self.name}: the reply was cut off; raise --max-tokens", kind="truncated")
        tokens = message.usage_metadata or {}
        usage = {
            "input_tokens": float(tokens.get("input_tokens", 0)),
            "output_tokens": float(tokens.get("output_tokens", 0)),
            "seconds": seconds,
            "retries": float(retries),
        }
        return Reply(_text(message), self.mode, str(details.get("model_name") or self.name), usage)


def _open(provider: str, model: str, options: dict[str, Any]) -> BaseChatModel:
    with no_tracing():
        try:
            from langchain.chat_models import init_chat_model

            opened: BaseChatModel = init_chat_model(model, model_provider=provider, **options)
            return opened
        except (ImportError, ValueError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"cannot open --llm {provider}:{model}: {redact(reason)}") from None


@contextmanager
def no_tracing() -> Iterator[None]:
    """Keep langchain from reporting runs to anyone, whatever the environment says."""
    from langsmith import tracing_context

    with tracing_context(enabled=False):
        yield


def _text(message: Any) -> str:
    """Return the words of a message; some providers put structured output into a tool call instead."""
    if not message.content and getattr(message, "tool_calls", None):
        return json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    if isinstance(message.content, str):
        return message.content
    return "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in message.content)


# --- what went wrong, by name ---------------------------------------------------------------------------------------


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """Return the text without anything that is or looks like a key."""
    for secret in secrets:
        if len(secret) > 4:
            text = text.replace(secret, "***")
    return _SECRET.sub("***", text)


def _status(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "code", "status"):
            if isinstance(value := getattr(holder, name, None), int):
                return value
    return None


def _refuses_temperature(error: Exception) -> bool:
    """Tell whether the model takes no temperature, as reasoning models do not."""
    return _status(error) == 400 and "temperature" in str(error)


def _refuses_mode(error: Exception, mode: SchemaMode) -> bool:
    """Tell whether the server says that it cannot constrain its output in this way."""
    if mode == "text" or _status(error) not in (400, 404, 415, 422, 500, 501):
        return isinstance(error, (NotImplementedError, TypeError)) and mode != "text"
    return bool(
        re.search(
            r"response_format|json_schema|json_object|json mode|structured|grammar|guided|strict",
            str(error),
            re.IGNORECASE,
        )
    )


def _outcome(error: Exception, name: str, secrets: Sequence[str]) -> tuple[WriterError, float | None]:
    """Return the error under its fixed name, and how long the server asks to wait."""
    if isinstance(error, WriterError):
        return error, None
    status = _status(error)
    kind, retryable = _kind(error, status)
    said = redact(" ".join(str(error).split()), secrets)[:200]
    remedy = {
        "unauthorized": "; check the key",
        "connection": "; check the address and whether the server runs",
        "timeout": "; raise the timeout or use a smaller model",
        "rate_limited": "; wait, or lower the number of parallel requests",
        "truncated": "; raise --max-tokens",
    }.get(kind, "")
    where = f"{name}: {kind}" + (f" (HTTP {status})" if status else "")
    return WriterError(f"{where}: {said}{remedy}", kind=kind, retryable=retryable), _retry_after(error)


def _kind(error: Exception, status: int | None) -> tuple[str, bool]:
    family = {cls.__name__ for cls in type(error).__mro__}
    if "LengthFinishReasonError" in family:
        return "truncated", False
    if family & {"ContentFilterFinishReasonError", "OpenAIRefusalError"}:
        return "provider_refusal", False
    if family & {"APITimeoutError", "TimeoutException", "TimeoutError", "ReadTimeout", "Timeout"}:
        return "timeout", True
    if status is not None and status >= 400:
        by_status = {401: "unauthorized", 403: "unauthorized", 429: "rate_limited", 408: "timeout"}
        if status >= 500:
            return "server_error", True
        return by_status.get(status, "bad_request"), status in RETRYABLE
    if family & {"APIConnectionError", "TransportError", "ConnectionError"}:
        return "connection", True
    if family & {"ValueError", "LookupError", "TypeError", "AttributeError", "APIError", "ModelAPIError"}:
        return "server_error", True  # the body is not what the protocol promises
    return "error", False


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
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
