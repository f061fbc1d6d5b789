"""Offer `rag serve`, the corpus in a browser and for any OpenAI client, and `rag mcp`, for agents."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from rag.cli.options import Corpus, Llm, Model, Offline, PdfDir, engine_of, settings_of
from rag.cli.whitelists import expanded
from rag.errors import SettingsError
from rag.papers import AllowedPaper
from rag.settings import Settings


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any that is free.")] = 8765,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    llm: Llm = None,
    also: Annotated[
        list[str] | None,
        typer.Option(help="Another chat model to choose in the browser; repeat for more.", show_default=False),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open a browser.")] = False,
    whole_corpus: Annotated[
        bool, typer.Option("--whole-corpus", help="Offer all stored papers as a model too, named `corpus`.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but this machine's needs --token.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            envvar="RAG_SERVE_TOKEN", help="Who comes must show it; 16 characters or more.", show_default=False
        ),
    ] = None,
    mcp_paper: Annotated[
        list[str] | None,
        typer.Option(
            "--mcp-papers",
            help="The only papers that agents may use at /mcp, whatever a call names: as for `rag ask`.",
            show_default=False,
        ),
    ] = None,
    mcp_shelf: Annotated[
        str | None, typer.Option(help="The same, by the name of a shelf of the corpus.", show_default=False)
    ] = None,
) -> None:
    """Serve the corpus in a browser, on this machine, and to any OpenAI client under /v1."""
    if not all(map(find_spec, ("fastapi", "uvicorn", "python_multipart"))):
        raise SettingsError("serving needs FastAPI, uvicorn and python-multipart; run: pip install 'paperbound[serve]'")
    from rag.serve import serve as run

    settings = settings_of(corpus, pdf_dir, offline, model, llm)
    engine = engine_of(settings, cache=settings.corpus / "replies")  # what a killed server had asked is not asked again
    run(
        engine, port=port, host=host, token=token, whole_corpus=whole_corpus, also=also or (), open_browser=open_,
        say=typer.echo, agents_papers=pinned_to(mcp_paper, mcp_shelf, settings),
    )  # fmt: skip


def pinned_to(papers: list[str] | None, shelf: str | None, settings: Settings) -> tuple[AllowedPaper, ...] | None:
    """Return the whitelist that no call of an agent widens, None where there is none."""
    from rag.briefs import named
    from rag.shelves import load_shelves, shelf_of

    listed = [part for item in papers or () for part in item.split(",") if part]
    pinned = [*expanded(listed), *(shelf_of(shelf, load_shelves(settings.corpus)) if shelf is not None else ())]
    return tuple(named(pinned)) if pinned else None


def mcp(
    paper: Annotated[
        list[str] | None,
        typer.Option(
            "--papers",
            "--paper",
            "-p",
            help="The only papers that may be used, whatever a call names: as for `rag ask`.",
            show_default=False,
        ),
    ] = None,
    shelf: Annotated[
        str | None, typer.Option(help="The same, by the name of a shelf of the corpus.", show_default=False)
    ] = None,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    llm: Llm = None,
) -> None:
    """Serve agents over the Model Context Protocol, on standard input and output."""
    if not find_spec("mcp"):
        raise SettingsError("MCP needs its SDK; run: pip install 'paperbound[mcp]'")
    from rag.serve import run_stdio

    settings = settings_of(corpus, pdf_dir, offline, model, llm)
    run_stdio(engine_of(settings, cache=settings.corpus / "replies"), pinned_to(paper, shelf, settings))
