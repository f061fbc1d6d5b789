"""Read options: what several commands share, and what a word on the command line stands for."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.terminal import printable
from rag.errors import RagError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.briefs import Brief
    from rag.engine import Engine
    from rag.papers import AllowedPaper

Corpus = Annotated[
    Path | None,
    typer.Option(
        envvar="RAG_CORPUS",
        help="Folder of PDFs and index. Default: ./corpus in a checkout, else the user's data folder.",
        show_default=False,
    ),
]
PdfDir = Annotated[
    Path | None,
    typer.Option(
        help="Folder of PDFs you already have (2108.10257.pdf, hep-th_9108004v1.pdf, ...).", show_default=False
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Open no network connection at all.")]
Model = Annotated[
    str | None, typer.Option(help="Embedding model: a sentence-transformers name or folder.", show_default=False)
]
Llm = Annotated[
    str | None,
    typer.Option(
        envvar="RAG_LLM",
        help="Chat model that writes, e.g. openai:gpt-5-mini, ollama:qwen3, llamacpp:FILE.gguf; default: the extractive writer.",
        show_default=False,
    ),
]


class Plans(StrEnum):
    """How a chat model is asked."""

    small = "small"
    large = "large"


Plan = Annotated[
    Plans | None,
    typer.Option(
        help="Ask the model small questions or large ones; default: small for models on this machine.",
        show_default=False,
    ),
]
Check = Annotated[
    str | None,
    typer.Option(
        help="Chat model that checks what is written in own words; default: the one that writes; none: no check.",
        show_default=False,
    ),
]
PaperIds = Annotated[
    list[str] | None, typer.Option("--paper", "-p", help="Allowed paper, for a bare question; repeat for more.")
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of the screen.")]


def settings_of(
    corpus: Path | None, pdf_dir: Path | None, offline: bool, model: str | None, llm: str | None = None
) -> Settings:
    """Return the settings that options and environment give; raise `RagError` where a folder is missing."""
    settings = Settings.from_env()
    if pdf_dir is not None and not pdf_dir.is_dir():
        raise RagError(f"no folder at {pdf_dir}; --pdf-dir names the folder that holds your PDFs")
    return replace(
        settings,
        corpus=corpus or settings.corpus,
        pdf_dir=pdf_dir,
        offline=offline,
        model=model or settings.model,
        llm=llm or settings.llm,
    )


def engine_of(settings: Settings, **writer_options: Any) -> Engine:
    """Return the engine of these settings, with the writer they name."""
    from rag.engine import Engine, open_writer

    return Engine(settings, writer=open_writer(settings, **writer_options))


def searcher_of(settings: Settings) -> Engine:
    """Return an engine for commands that write nothing, so that no writer the environment names is in their way."""
    from rag.engine import Engine

    return Engine(replace(settings, llm=None))


def brief_of(question: str | None, papers: list[str] | None) -> Brief:
    """Return the brief that a command was given: a file, or a question with its papers."""
    from rag.briefs import Brief
    from rag.errors import BriefError

    if question is None:
        raise BriefError("give a brief file or a question; to see one answered, run: rag ask --demo")
    if papers:
        return Brief.of(question, papers)
    file = Path(question)
    if file.suffix in (".txt", ".md", ".toml", ".json") or "/" in question or (len(question) < 200 and file.exists()):
        return Brief.load(file)
    raise BriefError('a bare question needs its allowed papers: rag ask "..." --paper 2108.10257')


def papers_of(what: list[str], settings: Settings) -> list[AllowedPaper]:
    """Return the papers that briefs, whitelists, ids or a folder of PDFs name."""
    from rag.briefs import WHITELISTS, listed, named
    from rag.errors import BriefError

    found: list[AllowedPaper] = []
    for item in what:
        path = Path(item)
        is_file = path.suffix.lower() in (*WHITELISTS, ".txt", ".md") or path.is_file()
        found += listed(path) if is_file else named([item])
    if not what and settings.pdf_dir:
        from rag.fetching import OwnFolder
        from rag.reading import stamp_reader

        with stamp_reader() as stamp:
            own = OwnFolder(settings.pdf_dir, stamp)
            found, left_out = list(own.papers()), own.left_out()
        if not found and not left_out:
            raise BriefError(f"no PDF in {settings.pdf_dir}; --pdf-dir names the folder that holds your PDFs")
        for name in left_out:
            typer.echo(f"left out {printable(name)}: no arXiv id in its name or on its first page", err=True)
    if not found:
        raise BriefError("nothing to ingest; give a brief, a whitelist, arXiv ids or --pdf-dir")
    return found


def stored_key(index: Any, key: str) -> str:
    """Return the key under which a paper is stored, or the one asked for where none is."""
    from rag.briefs import named

    (allowed,) = named([key])
    entry = index.resolve(allowed)
    return entry.key if entry else allowed.key


def contents(file: Path) -> bytes:
    """Return what a file holds; raise `RagError` when it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise RagError(f"{file} cannot be read: {error.strerror}") from None
