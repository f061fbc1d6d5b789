"""Examine an installation: versions, model, corpus, writer, arXiv. Nothing is changed and nothing heavy imported."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, version

from rag.chat import Chat, ModelChat, Reply, Request, read_json
from rag.errors import RagError, WriterError
from rag.searching import Index, changed_at
from rag.settings import Settings, cores

PACKAGES = (
    "paperbound",
    "faiss-cpu",
    "onnxruntime",
    "sentence-transformers",
    "pypdfium2",
    "pypdf",
    "langchain",
    "arxiv",
    "openai",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what was looked at, whether it is well, and what was found."""

    what: str
    good: bool
    text: str


def licenses(package: str = "paperbound") -> list[tuple[str, str, str]]:
    """Return name, version and licence of a package and of all that it needs and is installed, as their makers say.

    Extras count for the package alone. Data that is shipped within the package comes last.
    """
    found: dict[str, tuple[str, str, str]] = {}
    left = [package]
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in found:
            continue
        try:
            told = distribution(name).metadata
        except PackageNotFoundError:  # of another platform, or of an extra that nobody asked for
            continue
        kinds = [kind.rsplit(" :: ", 1)[-1] for kind in told.get_all("Classifier", []) if kind.startswith("License")]
        first = [text.strip().partition("\n")[0][:60] for text in told.get_all("License", [])]  # some hold all of it
        said = next(filter(None, (*told.get_all("License-Expression", []), ", ".join(kinds), *first)), "not told")
        found[name] = (told["Name"], told["Version"], said)
        needs = [need for need in told.get_all("Requires-Dist", []) if len(found) == 1 or "extra ==" not in need]
        left += [needed[0] for need in needs if (needed := re.match(r"[\w.-]+", need))]
    return [*(found[name] for name in sorted(found)), ("Unicode's confusables", "17.0.0", "Unicode-3.0")]


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield one finding per part."""
    yield Finding("python", True, f"{platform.python_version()} on {platform.system()}")
    for name in PACKAGES:
        found = installed(name)
        yield Finding(name, bool(found), found or "not installed; run: pip install paperbound")
    yield model(settings)
    yield embedding(settings)
    yield corpus(settings)
    yield from writer(settings)
    yield arxiv(settings)


def installed(package: str) -> str:
    """Return a package's version, `2.13.0+cpu` for torch without CUDA; empty where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def model(settings: Settings) -> Finding:
    """Say where the embedding model's weights lie and what runs them."""
    from rag.searching import find_weights

    try:
        weights = find_weights(settings.model, offline=True)
    except RagError as error:
        return Finding("model", False, str(error))
    fast = weights.is_plain_bert
    runtime = "onnxruntime (fast)" if fast else "sentence-transformers"
    return Finding("model", True, f"{settings.model}, weights {weights.sha256[:12]} in {weights.folder}, by {runtime}")


def embedding(settings: Settings) -> Finding:
    """Say what embeds many papers at once."""
    from rag.searching import BULK_PAPERS, gpu

    here = f"this processor, on {cores()} threads"
    device = gpu()
    if not device:
        return Finding("embedding", True, f"by {here}; no GPU is visible")
    build = installed("torch")
    if device == "cuda" and build.endswith("+cpu"):
        why = f"torch {build} cannot use it, install one built for CUDA"
        return Finding("embedding", True, f"by {here}; there is a GPU, but {why}")
    return Finding("embedding", True, f"{BULK_PAPERS} papers or more on the GPU ({device}), fewer by {here}")


def corpus(settings: Settings) -> Finding:
    """Say what is stored, or why it cannot be read."""
    try:
        if changed_at(settings.index_dir) is None:
            return Finding("corpus", True, f"{settings.corpus}: empty, filled by the first rag ingest or rag ask")
        index = Index.open(settings.index_dir)
    except RagError as error:
        return Finding("corpus", False, str(error))
    made = index.manifest
    return Finding("corpus", True, f"{settings.corpus}: {len(made.papers)} papers, {made.rows} passages, {made.model}")


def writer(settings: Settings) -> Iterator[Finding]:
    """Ask the chat model, where one is set, what it can do and how long it takes."""
    if settings.llm in (None, "extractive"):
        text = "extractive, nothing leaves this machine; for a chat model set --llm or RAG_LLM"
        yield Finding("writer", True, text)
        return
    from rag.chat import open_chat

    try:
        chat = open_chat(str(settings.llm), offline=settings.offline)
    except RagError as error:
        yield Finding("writer", False, str(error))
        return
    for seen in examine_model(chat):
        yield Finding(seen.what, seen.good, seen.text)


def arxiv(settings: Settings) -> Finding:
    """Say whether arXiv answers; with `--offline` it is not asked."""
    if settings.offline:
        return Finding("arXiv", True, "not asked (--offline)")
    from rag.fetching import reachable

    if reachable(settings):
        return Finding("arXiv", True, f"{settings.arxiv_api} answers")
    return Finding("arXiv", False, f"{settings.arxiv_api} does not answer; use --pdf-dir with PDFs you have")


# --- examine a chat model: is it there, what can it do, how fast is it, and how long will an answer take -----

ANSWERS = {"a question": (800, 120), "a brief": (6_000, 1_500)}  # tokens read and written, with small prompts
READ_LINES = 12  # of text that is read to measure speed: some 250 tokens
WRITTEN_TOKENS = 40  # enough to measure speed, few enough to wait for
FRUIT = {
    "type": "object",
    "properties": {"fruit": {"type": "string", "enum": ["quince", "medlar"]}},
    "required": ["fruit"],
    "additionalProperties": False,
}
AGAINST = 'Reply with this JSON object and with nothing else: {"fruit": "banana"}'
SURE = "Is ice colder than steam? Reply with one word, Yes or No."


@dataclass(frozen=True, slots=True)
class Observation:
    """Say what was looked at, whether it is well, and what was found."""

    what: str
    good: bool
    text: str


def examine_model(chat: Chat) -> Iterator[Observation]:
    """Yield what is found; end where the model cannot be reached. The chat remembers whether it obeys schemas."""
    mark = time.time_ns()  # no cache of the server's holds what follows
    lines = [f"Shelf {line} of {mark} holds {line * 7} books on ferries, lamps and maps." for line in range(READ_LINES)]
    ask = "\n".join([*lines, "Say in about eighty words why people put books on shelves."])
    try:
        spoken = chat.complete(Request(({"role": "user", "content": ask},), max_tokens=WRITTEN_TOKENS, whole=False))
    except WriterError as error:
        yield Observation("writer", False, str(error))
        return
    yield Observation("writer", True, f"{chat.name}: {spoken.model} answers")
    context = chat.capabilities.context
    yield Observation("context", True, f"{context:,} tokens" if context else "the server does not tell")
    yield _schema(chat)
    yield _logprobs(chat)
    yield _speed(spoken)


def _schema(chat: Chat) -> Observation:
    """Ask for a word that the schema allows and the prompt argues against."""
    try:
        reply = chat.complete(Request(({"role": "user", "content": AGAINST},), FRUIT, "fruit", 64))
        obeyed = read_json(reply.text).get("fruit") in FRUIT["properties"]["fruit"]["enum"]  # type: ignore[index]
    except WriterError as error:
        if error.kind not in ("not_json", "empty", "truncated"):
            return Observation("schema", False, str(error))
        obeyed = False
    mode = chat.capabilities.mode
    if isinstance(chat, ModelChat):
        chat.honours_schema = obeyed and mode == "json_schema"
    if mode != "json_schema":
        return Observation("schema", True, f"refused; replies are asked for as {mode.replace('_', ' ')}")
    return Observation("schema", True, "honoured" if obeyed else "accepted, but not obeyed: replies may need repair")


def _logprobs(chat: Chat) -> Observation:
    try:
        choice = chat.choose(({"role": "user", "content": SURE},))
    except WriterError as error:
        return Observation("logprobs", False, str(error))
    if choice.by == "word":
        return Observation("logprobs", True, f"not told; checks ask for a word ({max(choice, key=choice.__getitem__)})")
    return Observation("logprobs", True, f"told: Yes {choice['Yes']:.2f} for a true statement")


def _speed(spoken: Reply) -> Observation:
    """Say how fast it reads and writes, and what that makes of an answer."""
    usage = spoken.usage
    read, written = usage.get("input_tokens", 0) - usage.get("cached_tokens", 0), usage.get("output_tokens", 0)
    reading = usage.get("first_token_seconds", 0.0)
    writing = usage.get("seconds", 0.0) - reading
    if read <= 0 or written <= 1 or writing <= 0 or reading <= 0:
        return Observation("speed", True, "cannot be measured: the server does not count tokens")
    reads, writes = read / reading, (written - 1) / writing
    seconds = {name: more / reads + less / writes for name, (more, less) in ANSWERS.items()}
    takes = ", ".join(f"{name} {f'{s:.0f} s' if s < 120 else f'{s / 60:.0f} min'}" for name, s in seconds.items())
    return Observation("speed", True, f"reads {_rate(reads)}, writes {_rate(writes)} tokens/s; takes about {takes}")


def _rate(tokens: float) -> str:
    return f"{tokens:.0f}" if tokens >= 10 else f"{tokens:.1f}"
