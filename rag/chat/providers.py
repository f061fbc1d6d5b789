"""Open the chat model that a spec names: who serves it, where, with which key; servers of our own are started here.

openai:MODEL, lmstudio:MODEL, vllm:MODEL   servers that speak OpenAI's protocol
ollama:MODEL                               Ollama, by its own protocol
llamacpp:FILE.gguf                         llama.cpp in this process, on loopback
replay:FILE                                what was recorded
PROVIDER:MODEL                             any other, by langchain's `init_chat_model`

Addresses and keys come from the caller, else from OPENAI_BASE_URL and OPENAI_API_KEY and the like (LMSTUDIO_, VLLM_),
or OLLAMA_HOST. Tracing is off: with an endpoint configured nobody else is called, whatever LANGCHAIN_ or LANGSMITH_
variables say. Keys are handed through and stand in no error, repr or log.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from rag import files
from rag.chat.connection import SILENCE_S, Patience, http_client
from rag.chat.exchange import Chat, redact
from rag.chat.model_chat import Call, ModelChat, Piece, Server
from rag.chat.protocols import OllamaServer, OpenAiServer, words_of
from rag.chat.replay import Cache, Recorder, Replay
from rag.errors import SettingsError
from rag.loopback import LOOPBACK, is_loopback
from rag.settings import cores

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

ADDRESSES = {"openai": "", "lmstudio": "http://127.0.0.1:1234/v1", "vllm": "http://127.0.0.1:8000/v1"}
OLLAMA = "http://127.0.0.1:11434"
OLLAMA_PORT = 11434
CONTEXT = 8_192  # tokens: room for every prompt of ours; a 1.5B model needs 1.6 GB with it
GGUF = b"GGUF"  # how a file of weights for llama.cpp begins


def open_chat(
    spec: str,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    timeout: float = SILENCE_S,
    total: float | None = None,
    max_tokens: int | None = None,
    temperature: float | None = 0.0,
    context: int = CONTEXT,
    offline: bool = False,
    cache: Path | None = None,
    record: Path | None = None,
) -> Chat:
    """Open the chat model that `spec` names; raise `SettingsError` in one line when it cannot be.

    `timeout` is how many seconds it may be silent, `total` how many a whole reply may take, `max_tokens` the ceiling of
    a reply, `context` what models on this machine are given (llamacpp, ollama). `offline` allows servers on this
    machine alone. `cache` and `record` name where replies are kept.
    """
    chat: Chat
    if spec.startswith("replay:"):
        chat = Replay.load(Path(spec.removeprefix("replay:")))
    else:
        patience = Patience(timeout, total)
        server = _server(spec, api_key, base_url, patience, max_tokens, temperature, context, offline)
        chat = ModelChat(server, max_tokens, temperature, patience)
        if cache is not None:
            chat = Cache(chat, cache, settings=f"{server.address} {max_tokens} {temperature}")
    return chat if record is None else Recorder(chat, record)


def _server(
    spec: str, key: str | None, url: str | None, patience: Patience,
    max_tokens: int | None, temperature: float | None, context: int, offline: bool,
) -> Server:  # fmt: skip
    provider, _, model = spec.partition(":")
    if not (provider and model):
        raise SettingsError(f"--llm {spec!r} is not of the form provider:model, such as openai:gpt-4.1-mini")
    if provider == "llamacpp":
        return _llamacpp(spec, Path(model).expanduser(), patience, context)
    if provider == "ollama":
        url = url.rstrip("/").removesuffix("/v1") if url else ollama_url(os.environ.get("OLLAMA_HOST", ""))
        client = http_client(url, patience, offline=offline)
        return OllamaServer(spec, model, client, url, context, is_loopback(url), key)
    if provider in ADDRESSES:
        url = url or os.environ.get(f"{provider.upper()}_BASE_URL") or ADDRESSES[provider]
        key = key or os.environ.get(f"{provider.upper()}_API_KEY") or ("none" if url else "")
        return _openai(spec, model, url or "https://api.openai.com/v1", key, patience, offline)
    if offline:
        raise SettingsError(
            f"--offline forbids {provider}; use replay:FILE, llamacpp:FILE.gguf, ollama:MODEL or another server on "
            "this machine (OPENAI_BASE_URL=http://127.0.0.1:PORT/v1), or the extractive writer"
        )
    options = {
        "max_retries": 0, "timeout": patience.silence, "temperature": temperature, "max_tokens": max_tokens,
        "base_url": url, "api_key": key,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value is not None}
    return LangchainModel.open(spec, given, patience)


def _openai(spec: str, model: str, url: str, key: str, patience: Patience, offline: bool) -> OpenAiServer:
    client = http_client(url, patience, offline=offline)
    if not key:
        raise SettingsError("no key for openai: set OPENAI_API_KEY (or OPENAI_BASE_URL for a server of your own)")
    from openai import OpenAI

    given: Any = client  # newer openai packages name a fork of httpx as the type, and take both
    opened = OpenAI(api_key=key, base_url=url, http_client=given, max_retries=0)
    return OpenAiServer(spec, model, opened, url, is_loopback(url))


def ollama_url(host: str) -> str:
    """Return the address that OLLAMA_HOST names, which may be a host, a port, both, or a URL."""
    host = host.strip().strip("\"'").rstrip("/")
    scheme, _, rest = host.rpartition("://")
    name, colon, port = rest.rpartition(":") if not rest.endswith("]") else (rest, "", "")
    if not colon:
        name, port = rest, ""
    if name in ("", "0.0.0.0", "[::]"):  # noqa: S104 - where a server listens everywhere, it is asked here
        name = LOOPBACK
    usual = {"http": "80", "https": "443"}.get(scheme, str(OLLAMA_PORT))
    return f"{scheme or 'http'}://{name}:{port or usual}" if host else OLLAMA


def _llamacpp(spec: str, file: Path, patience: Patience, context: int) -> Server:
    """Return the server of this process for a model; raise `SettingsError` without the package or the file."""
    try:
        begins = files.contents(file, len(GGUF))
    except OSError as error:
        raise SettingsError(f"--llm {spec}: {file} cannot be read: {error.strerror}") from None
    if begins != GGUF:
        raise SettingsError(f"--llm {spec}: {file} is no GGUF file")
    if importlib.util.find_spec("xllamacpp") is None:
        raise SettingsError(f"--llm {spec} needs llama.cpp; run: pip install 'paperbound[local]'")
    try:
        running = running_here(file.resolve(), context)
    except RuntimeError as error:
        raise SettingsError(f"--llm {spec}: llama.cpp cannot load {file}: {' '.join(str(error).split())}") from None
    server = _openai(spec, file.name, running.url, running.key, patience, True)
    return replace(server, address="", turn=running.turn)  # its port is another each time; the spec says enough


@dataclass(frozen=True, slots=True)
class Running:
    """Hold a server of this process, which ends with it: where it listens, its key, and the turn of who asks it."""

    url: str
    key: str
    turn: threading.Lock
    server: object


@cache
def running_here(file: Path, context: int) -> Running:
    """Start llama.cpp's own server on a free port of loopback, with a key nobody else has; once for each model."""
    import xllamacpp

    key = secrets.token_urlsafe(24)
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.hostnames, params.port, params.api_keys = [LOOPBACK], 0, [key]
    params.n_ctx, params.n_parallel = context, 1
    params.cpuparams.n_threads = cores()
    params.ui, params.endpoint_slots, params.verbosity = False, False, 0
    server = xllamacpp.Server(params)
    return Running(f"{server.listening_address}/v1", key, threading.Lock(), server)


# --- other providers -------------------------------------------------------------------------------------------------

_HOLDERS = ("client", "_client", "sync_client")  # by which langchain's models and providers' packages hold clients
_DEEPEST = 4  # langchain-groq: client._client._client


def initialised(spec: str, options: Mapping[str, Any]) -> BaseChatModel:
    """Return langchain's model for a spec; raise `SettingsError` when it has none."""
    provider, _, model = spec.partition(":")
    with no_tracing():
        try:
            from langchain.chat_models import init_chat_model

            opened: BaseChatModel = init_chat_model(model, model_provider=provider, **options)
        except (ImportError, ValueError, TypeError) as error:
            raise SettingsError(f"cannot open --llm {spec}: {redact(str(error).splitlines()[0])}") from None
    return opened


def forbid_redirects(holder: object, depth: int = _DEEPEST) -> None:
    """Let the HTTP clients with which a model of another provider asks follow no redirect."""
    for name in _HOLDERS:
        held = getattr(holder, name, None)
        if isinstance(held, httpx.Client):
            held.follow_redirects = False
        elif held is not None and depth:
            forbid_redirects(held, depth - 1)


@dataclass(slots=True)
class LangchainModel:
    """Ask a chat model of any provider through its langchain package, whose own retries are off; in one piece."""

    name: str
    model: BaseChatModel = field(repr=False)
    address: str = ""
    key: str | None = field(default=None, repr=False)
    local: bool = False
    turn: AbstractContextManager[Any] = field(default_factory=nullcontext, repr=False)

    @classmethod
    def open(cls, spec: str, options: Mapping[str, Any], patience: Patience) -> LangchainModel:
        """Open `provider:model`; raise `SettingsError` when langchain cannot.

        Packages that build on OpenAI's, Azure's among them, are given our own client. Of others' clients we only
        know that they must follow no redirect.
        """
        opened = initialised(spec, options)
        if asked := getattr(opened, "root_client", None):
            address = str(asked.base_url)
            opened = initialised(spec, {**options, "http_client": http_client(address, patience)})
        else:
            forbid_redirects(opened)
        key = options.get("api_key") or os.environ.get(f"{spec.partition(':')[0].upper()}_API_KEY")
        return cls(spec, opened, options.get("base_url", ""), key)

    def stream(self, call: Call) -> Iterator[Piece]:
        """Yield the whole reply; raise `NotImplementedError` for log-probabilities: no two packages tell them alike.

        The schema is bound as the provider's package has it; Azure has it as OpenAI does.
        """
        if call.alternatives:
            raise NotImplementedError("log-probabilities are not asked for through langchain")
        held = {"temperature": call.temperature, "max_tokens": call.max_tokens}
        changed = {key: value for key, value in held.items() if getattr(self.model, key, value) != value}
        model = self.model.model_copy(update=changed)
        asked: Any = model
        if call.mode == "json_object":
            asked = model.bind(response_format={"type": "json_object"})
        elif call.mode == "json_schema" and self.name.startswith("azure_openai:"):
            named = {"name": call.name, "strict": True, "schema": dict(call.schema)}
            asked = model.bind(extra_body={"response_format": {"type": "json_schema", "json_schema": named}})
        elif call.mode == "json_schema":
            schema = {"title": call.name, "description": "The reply.", **call.schema}
            asked = model.with_structured_output(schema, method="json_schema", include_raw=True)
        with no_tracing():
            said = asked.invoke(list(call.messages))
        yield _piece(said["raw"] if isinstance(said, dict) else said)

    def context(self) -> int | None:
        """Return what the langchain package knows of the model."""
        told = (getattr(self.model, "profile", None) or {}).get("max_input_tokens")
        return told if isinstance(told, int) else None


def _piece(message: Any) -> Piece:
    """Return a message as a piece; some providers put structured output into a tool call instead of its content."""
    details = message.response_metadata or {}
    tokens = message.usage_metadata or {}
    if not message.content and getattr(message, "tool_calls", None):
        text = json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    else:
        text = words_of(message.content)
    return Piece(
        text,
        str(message.additional_kwargs.get("reasoning_content") or ""),
        str(details.get("finish_reason") or details.get("stop_reason") or details.get("done_reason") or ""),
        bool(message.additional_kwargs.get("refusal")),
        str(details.get("model_name") or ""),
        {name: float(tokens[name]) for name in ("input_tokens", "output_tokens") if name in tokens},
    )


@contextmanager
def no_tracing() -> Iterator[None]:
    """Keep langchain from reporting runs to anyone, whatever the environment says."""
    from langsmith import tracing_context

    with tracing_context(enabled=False):
        yield
