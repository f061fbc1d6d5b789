"""Offer `rag ask`, `search`, `brief` and `show`: one question, and what surrounds it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.cli.options import (
    Corpus,
    Llm,
    Model,
    Offline,
    Output,
    PaperIds,
    PdfDir,
    brief_of,
    contents,
    engine_of,
    searcher_of,
    settings_of,
)
from rag.cli.printing import Format, check_writable, formatted, printable, progress_bars, resumable, show_text
from rag.errors import RecordError
from rag.settings import resource


def ask(
    question: Annotated[
        str | None, typer.Argument(help="A brief file, or a question in quotes.", show_default=False)
    ] = None,
    paper: PaperIds = None,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    llm: Llm = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.md,
    output: Output = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Answer the demo brief over the two papers that come with the program.")
    ] = False,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Ceiling of one reply of the chat model.", show_default=False)
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Record the chat model's replies, for --llm replay:FILE.", show_default=False)
    ] = None,
    keep_raw: Annotated[
        Path | None, typer.Option(help="Append the chat model's raw replies to this file.", show_default=False)
    ] = None,
    nli: Annotated[
        str | None,
        typer.Option(
            help="Cross-encoder that checks a claim's support: name or folder; default: built in.", show_default=False
        ),
    ] = None,
    reply_cache: Annotated[
        bool, typer.Option(help="Keep the chat model's replies and do not pay for the same one twice.")
    ] = True,
) -> None:
    """Answer a brief, or a question over some papers."""
    if demo:
        pdf_dir, question = resource("demo") / "pdf", question or str(resource("demo") / "brief.txt")
    settings = settings_of(corpus, pdf_dir, offline, model, llm)
    if demo and settings.llm in (None, "extractive"):
        settings = replace(settings, offline=True)
    brief = brief_of(question, paper)
    check_writable(output)
    options: dict[str, Any] = {"record": record, "keep_raw": keep_raw}
    if reply_cache:
        options["cache"] = settings.corpus / "replies"
    if max_tokens:
        options["max_tokens"] = max_tokens
    engine = engine_of(settings, **options)
    if nli:
        from rag.gates import NliSupport

        engine.support = NliSupport.load(nli, offline=offline)
    with resumable(settings, brief.papers), progress_bars() as progress:
        answer = engine.ask(brief, progress=progress)
    show_text(formatted(answer, format_, engine), output, markdown=format_ is Format.md)


def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    paper: PaperIds = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many passages.")] = 5,
    corpus: Corpus = None,
    offline: Offline = False,
    model: Model = None,
    reranker: Annotated[
        str | None,
        typer.Option(help="Cross-encoder that reads the best hits again: name or folder.", show_default=False),
    ] = None,
) -> None:
    """Show the passages that a search finds in the given papers (default: all stored), with each stage's score."""
    engine = searcher_of(settings_of(corpus, None, offline, model))
    index = engine.index
    wanted = paper or ([entry.key for entry in index.entries] if index else [])
    for rank, hit in enumerate(engine.search(question, wanted, k, reranker=reranker), 1):
        scores = "  ".join(f"{name} {value:.3f}" for name, value in hit.scores.items())
        typer.echo(f"{rank}. {hit.paper}  {' / '.join(hit.passage.section)}  score {hit.score:.4f}  {scores}")
        typer.echo(f"   {printable(hit.passage.text)}\n")


def show_brief(file: Annotated[Path, typer.Argument(help="A brief file.", show_default=False)]) -> None:
    """Show what was understood of a brief."""
    brief = brief_of(str(file), None)
    typer.echo(f"Question: {printable(brief.question)}\n\nSections of the answer:")
    for number, point in enumerate(brief.points, 1):
        about = ", rests on the question" if point.about_user else ""
        typer.echo(f"  {number}. {printable(point.title)} ({point.kind}{about})")
    typer.echo("\nAllowed papers:")
    for allowed in brief.papers:
        role = " (recommended)" if allowed.recommended else ""
        summary = f"summary of {len(allowed.summary)} characters" if allowed.summary else "no summary"
        typer.echo(
            f"  {allowed.key}  {printable(allowed.model) or '(no name)'}{role}; {allowed.github or 'no code'}; {summary}"
        )


def show(
    file: Annotated[Path, typer.Argument(help="A stored answer record.", show_default=False)],
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.md,
    output: Output = None,
) -> None:
    """Print a stored answer in any format."""
    from rag.record import check_answer, load_answer

    try:
        answer = load_answer(contents(file))
    except RecordError as error:
        raise RecordError(f"{file}: {error}; `rag ask -f json` writes what can be shown") from None
    check_answer(answer)
    check_writable(output)
    engine = searcher_of(settings_of(corpus, pdf_dir, True, None))
    show_text(formatted(answer, format_, engine), output, markdown=format_ is Format.md)
