"""Offer `rag batch`: many questions, each answer kept the moment it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rag.cli.options import Corpus, Llm, Model, Offline, PdfDir, engine_of, settings_of
from rag.cli.printing import EXIT_FAILED, EXIT_INTERRUPTED, printable, progress_bars
from rag.errors import RagError


def batch(
    questions: Annotated[
        Path,
        typer.Argument(help="JSON lines (id, question, papers or brief), or a folder of briefs.", show_default=False),
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
    concurrency: Annotated[
        int, typer.Option(min=1, help="Calls to the chat model at once; fewer when it says it is busy.")
    ] = 8,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a reply may take.")] = 120.0,
    reply_tokens: Annotated[
        int | None, typer.Option(min=1, help="Ceiling of one reply of the chat model.", show_default=False)
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=0, help="Stop before this run has taken so many tokens.", show_default=False)
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(min=0, help="Begin no question after so many minutes.", show_default=False)
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, help="Stop before this run has cost so much; needs the prices.", show_default=False),
    ] = None,
    price_in: Annotated[
        float | None, typer.Option(min=0, help="Price of a million tokens read.", show_default=False)
    ] = None,
    price_out: Annotated[
        float | None, typer.Option(min=0, help="Price of a million tokens written.", show_default=False)
    ] = None,
    ordered: Annotated[
        bool, typer.Option("--ordered", help="At the end, bring the answers into the order of the questions.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Ask failed questions again.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Go on without the lines that cannot be read.")] = False,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on although something has changed: keep what is finished.")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin anew; older answers are set aside under another name.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would take, and do nothing.")] = False,
    reply_cache: Annotated[
        bool, typer.Option(help="Keep the chat model's replies and do not pay for the same one twice.")
    ] = True,
) -> None:
    """Answer many questions, each kept the moment it is finished; run the same command again to go on."""
    from rag.batch.ceiling import Limits
    from rag.batch.question_file import read_questions
    from rag.batch.run import Options
    from rag.batch.watch import watch

    if output is None and not dry_run:
        raise RagError("--output names the file of answers, e.g. -o answers.jsonl")
    if output is not None and output.resolve() == questions.resolve():
        raise RagError(f"--output {output} is the file of questions; give the answers a file of their own")
    if go_on and anew:
        raise RagError("--continue and --anew exclude each other")
    prices = (price_in or 0.0, price_out or 0.0) if price_in is not None or price_out is not None else None
    limits = Limits(max_tokens, max_minutes, max_cost, prices)
    changed: Any = "continue" if go_on else "anew" if anew else "refuse"
    options = Options(concurrency, ordered, retry_failed, changed, limits)
    read = read_questions(questions)
    for bad in read.bad:
        typer.echo(f"bad line {printable(str(bad))}", err=True)
    if read.bad and not skip_bad:
        raise RagError(
            f"{len(read.bad)} bad line{'s' if len(read.bad) > 1 else ''}; mend {'them' if len(read.bad) > 1 else 'it'}, or go on without: --skip-bad"
        )
    settings = settings_of(corpus, pdf_dir, offline, model, llm)
    writing: dict[str, Any] = {"timeout": timeout} | ({"max_tokens": reply_tokens} if reply_tokens else {})
    if reply_cache:
        writing["cache"] = settings.corpus / "replies"
    engine = engine_of(settings, **writing)
    with progress_bars() as progress:
        job = engine.batch(read.good, output, options=options, progress=progress, writer_options=writing)
        if dry_run:
            from rag.batch.estimate import estimate

            typer.echo("\n".join(map(printable, estimate(job))))
            return
        interrupted = watch(job)
    for line in job.tally.summary():
        typer.echo(printable(line), err=True)
    if interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    if job.tally.any_failed:
        raise typer.Exit(EXIT_FAILED)
