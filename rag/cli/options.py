"""Read options: what several commands share, and what a word on the command line stands for."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag import files
from rag.errors import RagError
from rag.printing import Format, format_of, printed_as
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.answers import Answer, Claim
    from rag.engine import Engine
    from rag.papers import AllowedPaper
    from rag.settings import Settings
    from rag.tables import Table

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
        help="Folder of PDFs you already have (2108.10257.pdf, hep-th_9108004v1.pdf, ...), or of arXiv's bulk tars.",
        show_default=False,
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


class Quotes(StrEnum):
    """Where a document shows quotes that its sentences do not repeat."""

    notes = "notes"
    blocks = "blocks"


QuotesIn = Annotated[
    Quotes,
    typer.Option("--quotes", help="In docx, odt, tex, qmd, obsidian, ipynb: quotes in footnotes, or in blocks below."),
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
Timeout = Annotated[
    float | None,
    typer.Option(min=0.1, help="Seconds that the chat model may be silent; default: 120.", show_default=False),
]
Total = Annotated[
    float | None,
    typer.Option(
        min=0.1, help="Seconds that a whole reply may take; default: as long as it goes on.", show_default=False
    ),
]
ReplyTokens = Annotated[
    int | None, typer.Option(min=1, help="Ceiling of one reply of the chat model.", show_default=False)
]
ReplyCache = Annotated[bool, typer.Option(help="Keep the chat model's replies and do not pay for the same one twice.")]
PaperIds = Annotated[
    list[str] | None,
    typer.Option(
        "--paper",
        "-p",
        help="Allowed paper (id, link, DOI) a .bib, .ris, .json, .toml that lists them, or zotero:COLLECTION; repeat for more.",
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of the screen.")]
Form = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="How to print it; default: as --output ends, else md.", show_default=False),
]


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


def writing_of(
    settings: Settings, plan: str | None, check: str | None, timeout: float | None, total: float | None,
    max_tokens: int | None, reply_cache: bool,
) -> dict[str, Any]:  # fmt: skip
    """Return what the user says of how a chat model writes, as `LlmWriter.from_spec` takes it."""
    given = {
        "plan": plan, "check": check, "timeout": timeout, "total": total, "max_tokens": max_tokens,
        "cache": settings.corpus / "replies" if reply_cache else None,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def contents(file: Path) -> bytes:
    """Return what a file holds; raise `RagError` when it cannot be read."""
    try:
        return files.contents(file)
    except OSError as error:
        raise RagError(f"{file} cannot be read: {error.strerror}") from None


# --- print what a command has to say: answers in their formats, progress, foreign text made harmless -----

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


_FOOTNOTE = re.compile(r"(?<!\\)\[\^([\w-]+)\]")
OURS = "% Paperbound: the papers of"  # on top of a bibliography that we may write anew
_SAID = Event()  # that Ctrl-C was heard; typer itself would leave without a word


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


@dataclass(frozen=True, slots=True)
class Printing:
    """Hold how a command prints: in which form, with quotes where, into which file, None for the screen."""

    form: Format
    quotes: Quotes
    output: Path | None

    @classmethod
    def of(cls, output: Path | None, form: Format | None, quotes: Quotes) -> Printing:
        """Return what is asked for; raise `RagError` before the work, not after it, where it cannot be."""
        made = cls(format_of(output, form), quotes, output)
        check_writable(output)
        if made.bib and made.bib.exists() and not contents(made.bib).startswith(OURS.encode()):
            raise RagError(f"{made.bib} is there and none of ours; choose another name than {output} for LaTeX")
        return made

    @property
    def bib(self) -> Path | None:
        """Return the file of LaTeX's bibliography: beside the file that cites it."""
        named = self.output is not None and re.fullmatch(r"\w[\w.-]*", self.output.stem, re.ASCII)
        if self.output is None or self.form is not Format.tex:
            return None
        return self.output.with_suffix(".bib") if named else self.output.with_name("references.bib")

    def show(self, made: Answer | Table, engine: Engine) -> None:
        """Print an answer or a table."""
        if self.form is Format.html:
            from rag.answers import Answer
            from rag.illustrated_page import illustrated_page, illustrated_table

            index = engine.index
            page = illustrated_page(made, index) if isinstance(made, Answer) else illustrated_table(made, index)
            show_text(page, self.output, markdown=False)
            return
        if self.bib:
            write(self.bib, f"{OURS} {self.output and self.output.name}\n\n".encode() + printed_as(made, Format.bib))
        told = printed_as(made, self.form, self.quotes.value, self.bib.stem if self.bib else "references")
        show_text(told, self.output, markdown=self.form is Format.md)


def formatted_all(answers: Sequence[tuple[str, Any]], format_: Format, title: str) -> str:
    """Return many answers, with their ids, as one text in the format asked for."""
    from rag.printing import BIBLIOGRAPHIES, to_markdown, to_report

    if format_ is Format.json:
        return "".join(f"{answer.to_json()}\n" for _, answer in answers)
    if format_ is Format.html:
        return to_report(answers, title)
    if format_ in BIBLIOGRAPHIES:
        return BIBLIOGRAPHIES[format_](list(dict.fromkeys(one for _, answer in answers for one in answer.references)))
    if format_ is not Format.md:
        raise RagError(f"-f {format_} prints one answer; give the id of one of the {len(answers)}")
    return "\n".join(to_markdown(answer, f"{number}-") for number, (_, answer) in enumerate(answers, 1))


def check_writable(output: Path | None) -> None:
    """Find out before the work, not after it, that the output cannot be written."""
    if output is not None and not output.absolute().parent.is_dir():
        raise RagError(f"no folder {output.absolute().parent} for --output {output.name}; make it first")


def show_text(told: str | bytes, output: Path | None, markdown: bool) -> None:
    """Write a text to a file, or to the screen: styled on a terminal, as it is in a pipe."""
    data = told if isinstance(told, bytes) else told.encode("utf-8", "backslashreplace")
    if output is not None:
        write(output, data)
        return
    if sys.stdout is None:
        raise RagError("standard output is closed; write to a file with -o")
    on_screen = sys.stdout.isatty()
    if on_screen and data.startswith(b"PK"):
        raise RagError("a document is nothing for the screen; write it to a file with -o")
    if markdown and on_screen:
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(_FOOTNOTE.sub(r"[\1]", data.decode())))  # which it would print as they are written
    elif markdown or on_screen:
        sys.stdout.write(escaped(data.decode()) if on_screen else data.decode())
        sys.stdout.flush()
    else:  # what a program reads next is UTF-8, whatever the terminal would be
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


def write(file: Path, data: bytes) -> None:
    """Write a file and say so."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise RagError(f"{file} cannot be written: {error.strerror}") from None
    typer.echo(f"wrote {file}", err=True)


def escaped(text: str) -> str:
    """Return a text of several lines for a terminal: what could drive it, or turn its line about, as JSON writes it."""
    return "".join(char if char.isprintable() or char in "\n\t" else f"\\u{ord(char):04x}" for char in text)


def printable(text: str) -> str:
    """Put foreign text on one line without control characters, which could drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def teller() -> Callable[[Claim], None] | None:
    """Return what prints a claim as it passes, above the bars of a terminal; None for a pipe."""
    return (lambda claim: typer.echo(f"  {printable(claim.text)}", err=True)) if sys.stderr.isatty() else None


@contextmanager
def progress_bars(lines: bool = False) -> Iterator[Any]:
    """Yield a progress callback: bars on a terminal, in a pipe nothing, or `lines`, one for each paper that is stored."""
    if not sys.stderr.isatty():

        def tell(stage: str, done: int, total: int) -> None:
            if lines and stage == "embedding":  # its last stage: the paper is stored
                typer.echo(f"stored {done} of {total}", err=True)

        yield tell
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
