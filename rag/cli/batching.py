"""Offer `rag batch` and `rag table`: many questions, or several to each of several papers, each answer kept as it comes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.options import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    Check,
    Corpus,
    Form,
    Llm,
    Model,
    Offline,
    Output,
    PaperIds,
    PdfDir,
    Plan,
    Printing,
    Quotes,
    QuotesIn,
    ReplyCache,
    ReplyTokens,
    Timeout,
    Total,
    engine_of,
    printable,
    progress_bars,
    settings_of,
    writing_of,
)
from rag.cli.whitelists import papers_of
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.batch import Limits
    from rag.tables import Column

Concurrency = Annotated[
    int, typer.Option(min=1, help="Calls to the chat model at once; fewer when it says it is busy.")
]
MaxTokens = Annotated[
    int | None, typer.Option(min=0, help="Stop before this run has taken so many tokens.", show_default=False)
]
MaxMinutes = Annotated[
    float | None, typer.Option(min=0, help="Begin no question after so many minutes.", show_default=False)
]
MaxCost = Annotated[
    float | None,
    typer.Option(min=0, help="Stop before this run has cost so much; needs the prices.", show_default=False),
]
PriceIn = Annotated[float | None, typer.Option(min=0, help="Price of a million tokens read.", show_default=False)]
PriceOut = Annotated[float | None, typer.Option(min=0, help="Price of a million tokens written.", show_default=False)]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Ask failed questions again.")]
GoOn = Annotated[bool, typer.Option("--continue", help="Go on although something has changed: keep what is finished.")]
Anew = Annotated[bool, typer.Option("--anew", help="Begin anew; older answers are set aside under another name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would take, and do nothing.")]


def limits_of(
    tokens: int | None, minutes: float | None, cost: float | None, price_in: float | None, price_out: float | None
) -> Limits:
    """Return the ceilings of a run; a price that is not given is nothing."""
    from rag.batch import Limits

    prices = (price_in or 0.0, price_out or 0.0) if price_in is not None or price_out is not None else None
    return Limits(tokens, minutes, cost, prices)


def changed_of(go_on: bool, anew: bool) -> Any:
    """Return what to do when something has changed since a run began."""
    if go_on and anew:
        raise RagError("--continue and --anew exclude each other")
    return "continue" if go_on else "anew" if anew else "refuse"


def batch(
    questions: Annotated[
        Path,
        typer.Argument(
            help="JSON lines (id, question, papers or brief), a CSV with such columns, or a folder of briefs.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File of answers, one JSON line each; it is also what a killed run resumes from.",
            show_default=False,
        ),
    ] = None,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    llm: Llm = None,
    plan: Plan = None,
    check: Check = None,
    concurrency: Concurrency = 8,
    timeout: Timeout = None,
    total: Total = None,
    reply_tokens: ReplyTokens = None,
    max_tokens: MaxTokens = None,
    max_minutes: MaxMinutes = None,
    max_cost: MaxCost = None,
    price_in: PriceIn = None,
    price_out: PriceOut = None,
    ordered: Annotated[
        bool, typer.Option("--ordered", help="At the end, bring the answers into the order of the questions.")
    ] = False,
    retry_failed: RetryFailed = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Go on without the lines that cannot be read.")] = False,
    go_on: GoOn = False,
    anew: Anew = False,
    dry_run: DryRun = False,
    reply_cache: ReplyCache = True,
) -> None:
    """Answer many questions, each kept the moment it is finished; run the same command again to go on."""
    from rag.batch import Options, read_questions, watch

    if output is None and not dry_run:
        raise RagError("--output names the file of answers, e.g. -o answers.jsonl")
    if output is not None and output.resolve() == questions.resolve():
        raise RagError(f"--output {output} is the file of questions; give the answers a file of their own")
    limits = limits_of(max_tokens, max_minutes, max_cost, price_in, price_out)
    options = Options(concurrency, ordered, retry_failed, changed_of(go_on, anew), limits)
    read = read_questions(questions)
    for bad in read.bad:
        typer.echo(f"bad line {printable(str(bad))}", err=True)
    if read.bad and not skip_bad:
        raise RagError(
            f"{len(read.bad)} bad line{'s' if len(read.bad) > 1 else ''}; mend {'them' if len(read.bad) > 1 else 'it'}, or go on without: --skip-bad"
        )
    settings = settings_of(corpus, pdf_dir, offline, model, llm)
    writing = writing_of(settings, plan, check, timeout, total, reply_tokens, reply_cache)
    engine = engine_of(settings, **writing)
    with progress_bars() as progress:
        job = engine.batch(read.good, output, options=options, progress=progress, writer_options=writing)
        if dry_run:
            typer.echo("\n".join(map(printable, job.estimate())))
            return
        interrupted = watch(job)
    for line in job.tally.summary():
        typer.echo(printable(line), err=True)
    if interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    if job.tally.any_failed:
        raise typer.Exit(EXIT_FAILED)


def table(
    brief: Annotated[
        Path | None,
        typer.Argument(help="A brief (its papers, its points as columns) or a whitelist.", show_default=False),
    ] = None,
    paper: PaperIds = None,
    ask: Annotated[
        list[str] | None,
        typer.Option(
            "--ask", "-a", help='A column: "data set", "main limitation", or a whole question; repeat for more.'
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(help='TOML file of columns: [[column]], name = "…", ask = "…?".', show_default=False),
    ] = None,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    llm: Llm = None,
    plan: Plan = None,
    check: Check = None,
    format_: Form = None,
    output: Output = None,
    quotes: QuotesIn = Quotes.notes,
    journal: Annotated[
        Path | None,
        typer.Option(
            help="File of finished cells, from which a killed run goes on; default: beside --output until it is whole.",
            show_default=False,
        ),
    ] = None,
    concurrency: Concurrency = 8,
    timeout: Timeout = None,
    total: Total = None,
    reply_tokens: ReplyTokens = None,
    max_tokens: MaxTokens = None,
    max_minutes: MaxMinutes = None,
    max_cost: MaxCost = None,
    price_in: PriceIn = None,
    price_out: PriceOut = None,
    retry_failed: RetryFailed = False,
    go_on: GoOn = False,
    anew: Anew = False,
    dry_run: DryRun = False,
    reply_cache: ReplyCache = True,
) -> None:
    """Ask several questions of each of several papers: a table with the quote behind every cell."""
    from rag.batch import Options, watch
    from rag.table import TableJob

    printing = Printing.of(output, format_, quotes)
    settings = settings_of(corpus, pdf_dir, offline, model, llm)
    asked = _columns(brief, ask, columns)
    if brief is None and not paper and pdf_dir is None:
        raise RagError("no paper; give -p 2108.10257, a brief or whitelist, or --pdf-dir for all PDFs in a folder")
    papers = papers_of([*([str(brief)] if brief else []), *(paper or [])], settings)
    limits = limits_of(max_tokens, max_minutes, max_cost, price_in, price_out)
    options = Options(concurrency, False, retry_failed, changed_of(go_on, anew), limits)
    writing = writing_of(settings, plan, check, timeout, total, reply_tokens, reply_cache)
    engine = engine_of(settings, **writing)
    with progress_bars() as progress:
        job = TableJob(engine.for_cells(), papers, asked, journal, output, options=options, progress=progress)
        if dry_run:
            typer.echo("\n".join(map(printable, job.batch.estimate())))
            return
        interrupted = watch(job)
    for line in job.summary():
        typer.echo(printable(line), err=True)
    if interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    printing.show(job.table(), engine)
    job.close()
    if job.tally.any_failed:
        raise typer.Exit(EXIT_FAILED)


def _columns(brief: Path | None, ask: list[str] | None, file: Path | None) -> tuple[Column, ...]:
    from rag.briefs import columns_of, load_columns
    from rag.table import columns_for

    if file is None and not ask:
        return columns_for(brief, None)
    return columns_of([*(load_columns(file) if file else ()), *(ask or ())])
