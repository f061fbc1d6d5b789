"""Examine an installation: versions, model, corpus, writer, arXiv. Nothing is changed and nothing heavy imported."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rag.errors import RagError
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
    from rag.chat import examine, open_chat

    try:
        chat = open_chat(str(settings.llm), offline=settings.offline)
    except RagError as error:
        yield Finding("writer", False, str(error))
        return
    for seen in examine(chat):
        yield Finding(seen.what, seen.good, seen.text)


def arxiv(settings: Settings) -> Finding:
    """Say whether arXiv answers; with `--offline` it is not asked."""
    if settings.offline:
        return Finding("arXiv", True, "not asked (--offline)")
    from rag.fetching import reachable

    if reachable(settings):
        return Finding("arXiv", True, f"{settings.arxiv_api} answers")
    return Finding("arXiv", False, f"{settings.arxiv_api} does not answer; use --pdf-dir with PDFs you have")
