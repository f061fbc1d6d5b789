"""Print what a command has to say: answers in their formats, progress, foreign text made harmless."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import typer

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.papers import AllowedPaper
    from rag.settings import Settings


EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


_SAID = Event()  # that Ctrl-C was heard; typer itself would leave without a word


class Format(StrEnum):
    """Name the forms in which an answer can be printed."""

    md = "md"
    json = "json"
    html = "html"
    bib = "bib"


def say_interrupted(text: str) -> None:
    """Say once what Ctrl-C leaves behind."""
    if not _SAID.is_set():
        typer.echo(f"rag: interrupted; {text}", err=True)
    _SAID.set()


@contextmanager
def resumable(settings: Settings, papers: Sequence[AllowedPaper]) -> Iterator[None]:
    """Tell somebody who pressed Ctrl-C what is kept and how to go on; typer itself would leave without a word."""
    try:
        yield
    except KeyboardInterrupt:
        from rag.searching import Index

        index = Index.existing(settings.index_dir)
        kept = sum(index is not None and index.resolve(paper) is not None for paper in papers)
        of = f"{kept} of {len(papers)} paper{'s' if len(papers) != 1 else ''}"
        say_interrupted(f"{of} stored and kept; run the same command again for the rest")
        raise typer.Exit(EXIT_INTERRUPTED) from None


def formatted(answer: Any, format_: Format, engine: Engine) -> str:
    """Return an answer as text in the format asked for."""
    if format_ is Format.json:
        return str(answer.to_json()) + "\n"
    if format_ is Format.html:
        from rag.illustrated_page import illustrated_page

        return illustrated_page(answer, engine.index)
    if format_ is Format.bib:
        from rag.printing import to_bibtex

        return to_bibtex(answer.references)
    return str(answer.to_markdown())


def check_writable(output: Path | None) -> None:
    """Find out before the work, not after it, that the output cannot be written."""
    if output is not None and not output.absolute().parent.is_dir():
        raise RagError(f"no folder {output.absolute().parent} for --output {output.name}; make it first")


def show_text(text: str, output: Path | None, markdown: bool) -> None:
    """Write a text to a file, or to the screen: styled on a terminal, as it is in a pipe."""
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise RagError(f"{output} cannot be written: {error.strerror}") from None
        typer.echo(f"wrote {output}", err=True)
    elif markdown and sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        sys.stdout.write(text)
        sys.stdout.flush()


def printable(text: str) -> str:
    """Put foreign text on one line without control characters, which could drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


@contextmanager
def progress_bars() -> Iterator[Any]:
    """Yield a progress callback: bars on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show_progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show_progress
