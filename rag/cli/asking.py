"""Offer `rag ask` and `rag batch`, one question or many, and what surrounds them: `search`, `brief`, `show`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.cli.options import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    Check,
    Corpus,
    Format,
    Llm,
    Model,
    Offline,
    Output,
    PaperIds,
    PdfDir,
    Plan,
    Timeout,
    Total,
    brief_of,
    check_writable,
    contents,
    engine_of,
    formatted,
    formatted_all,
    patience_of,
    printable,
    progress_bars,
    resumable,
    searcher_of,
    settings_of,
    show_text,
    tell_on_terminal,
)
from rag.errors import RagError, RecordError
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
    plan: Plan = None,
    check: Check = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.md,
    output: Output = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Answer the demo brief over the two papers that come with the program.")
    ] = False,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Ceiling of one reply of the chat model.", show_default=False)
    ] = None,
    timeout: Timeout = None,
    total: Total = None,
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
    options: dict[str, Any] = {"record": record, "keep_raw": keep_raw, "plan": plan, "check": check}
    options |= patience_of(timeout, total)
    if reply_cache:
        options["cache"] = settings.corpus / "replies"
    if max_tokens:
        options["max_tokens"] = max_tokens
    engine = engine_of(settings, **options)
    if nli:
        from rag.gates import NliSupport

        engine.support = NliSupport.load(nli, offline=offline)
    with resumable(settings, brief.papers), progress_bars() as progress:
        answer = engine.ask(brief, progress=progress, heard=tell_on_terminal)
    show_text(formatted(answer, format_, engine), output, markdown=format_ is Format.md)


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
    plan: Plan = None,
    check: Check = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Calls to the chat model at once; fewer when it says it is busy.")
    ] = 8,
    timeout: Timeout = None,
    total: Total = None,
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
    from rag.batch import Limits, Options, read_questions, watch

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
    writing: dict[str, Any] = {"plan": plan, "check": check, **patience_of(timeout, total)}
    if reply_tokens:
        writing["max_tokens"] = reply_tokens
    if reply_cache:
        writing["cache"] = settings.corpus / "replies"
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
    file: Annotated[Path, typer.Argument(help="A stored answer record, or a batch's answers.", show_default=False)],
    ident: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Which of a batch's answers.", show_default=False)
    ] = None,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.md,
    output: Output = None,
) -> None:
    """Print a stored answer in any format; a batch's answers, or one of them; as one page with -f html."""
    from rag.record import check_answer, load_answers

    try:
        answers = load_answers(contents(file))
        if ident is not None:
            answers = [(name, answer) for name, answer in answers if name == ident]
        for _, answer in answers:
            check_answer(answer)
    except RecordError as error:
        raise RecordError(f"{file}: {error}; `rag ask -f json` writes what can be shown") from None
    if not answers:
        raise RecordError(f"{file} has no answer {ident!r}; without an id all of them are shown")
    check_writable(output)
    if len(answers) == 1:
        text = formatted(answers[0][1], format_, searcher_of(settings_of(corpus, pdf_dir, True, None)))
    else:
        text = formatted_all(answers, format_, file.name)
    show_text(text, output, markdown=format_ is Format.md)
