"""Offer `rag ask`, one question, and what surrounds it: `search`, `brief`, `show`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import (
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
    contents,
    engine_of,
    formatted_all,
    printable,
    progress_bars,
    resumable,
    searcher_of,
    settings_of,
    show_text,
    teller,
    writing_of,
)
from rag.cli.whitelists import brief_of, entries_of, expanded
from rag.errors import RagError, RecordError
from rag.printing import Format
from rag.settings import resource

if TYPE_CHECKING:
    from rag.engine import Engine


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
    format_: Form = None,
    output: Output = None,
    quotes: QuotesIn = Quotes.notes,
    demo: Annotated[
        bool, typer.Option("--demo", help="Answer the demo brief over the two papers that come with the program.")
    ] = False,
    max_tokens: ReplyTokens = None,
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
    reply_cache: ReplyCache = True,
) -> None:
    """Answer a brief, or a question over some papers."""
    if demo:
        pdf_dir, question = resource("demo") / "pdf", question or str(resource("demo") / "brief.txt")
    settings = settings_of(corpus, pdf_dir, offline, model, llm)
    if demo and settings.llm in (None, "extractive"):
        settings = replace(settings, offline=True)
    brief = brief_of(question, paper, settings.corpus)
    printing = Printing.of(output, format_, quotes)
    if printing.form is Format.csv:
        raise RagError("an answer is no table; for CSV see: rag table --help")
    writing = writing_of(settings, plan, check, timeout, total, max_tokens, reply_cache)
    engine = engine_of(settings, record=record, keep_raw=keep_raw, **writing)
    if nli:
        from rag.gates import NliSupport
        from rag.searching import find_folder

        engine.support = NliSupport.load(find_folder(nli, offline))
    with resumable(settings, brief.papers), progress_bars() as progress:
        answer = engine.ask(brief, progress=progress, heard=teller())
    printing.show(answer, engine)


def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    paper: PaperIds = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many passages.")] = 5,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    reranker: Annotated[
        str | None,
        typer.Option(help="Cross-encoder that reads the best hits again: name or folder.", show_default=False),
    ] = None,
) -> None:
    """Show the passages that a search finds in the given papers (default: all stored), with page and scores.

    A paper that is not stored yet is fetched first.
    """
    engine = searcher_of(settings_of(corpus, pdf_dir, offline, model))
    index = engine.index
    wanted = expanded(paper, engine.settings.corpus) or ([entry.key for entry in index.entries] if index else [])
    for rank, hit in enumerate(engine.search(question, wanted, k, reranker=reranker), 1):
        scores = "  ".join(f"{name} {value:.3f}" for name, value in hit.scores.items())
        pages = engine.stored(hit).pages_of(hit.passage)
        where = f"{hit.paper}, p. {'–'.join(map(str, dict.fromkeys((pages[0], pages[-1]))))}" if pages else hit.paper
        typer.echo(f"{rank}. {where}  {printable(' / '.join(hit.passage.section))}  score {hit.score:.4f}  {scores}")
        typer.echo(f"   {printable(hit.passage.text)}\n")


def show_brief(
    file: Annotated[
        str, typer.Argument(help="A brief, a .bib, .ris or CSL JSON file, or zotero:COLLECTION.", show_default=False)
    ],
) -> None:
    """Show what was understood of a brief, or of each entry of a reference manager's file."""
    from rag.briefs import summary as counted

    if entries := entries_of(file):
        for entry in entries:
            told = entry.paper.key if entry.paper else entry.reason
            named = f"line {entry.line:<5} {printable(entry.key):<24}"
            typer.echo(f"{entry.state:<12} {named} {printable(told)}  {printable(entry.title)}".rstrip())
        typer.echo(f"\n{counted(entries)}")
        return
    brief = brief_of(file, None)
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
    format_: Form = None,
    output: Output = None,
    quotes: QuotesIn = Quotes.notes,
) -> None:
    """Print a stored answer or table in any format; a batch's answers, or one of them; as one page with -f html."""
    from rag.record import check_answer, is_table, load_answers

    printing, text = Printing.of(output, format_, quotes), contents(file)
    if is_table(text):
        _show_table(file, text, printing, searcher_of(settings_of(corpus, pdf_dir, True, None)))
        return
    try:
        answers = load_answers(text)
        if ident is not None:
            answers = [(name, answer) for name, answer in answers if name == ident]
        for _, answer in answers:
            check_answer(answer)
    except RecordError as error:
        raise RecordError(f"{file}: {error}; `rag ask -f json` writes what can be shown") from None
    if not answers:
        raise RecordError(f"{file} has no answer {ident!r}; without an id all of them are shown")
    if len(answers) == 1:
        printing.show(answers[0][1], searcher_of(settings_of(corpus, pdf_dir, True, None)))
    else:
        show_text(formatted_all(answers, printing.form, file.name), output, markdown=printing.form is Format.md)


def _show_table(file: Path, text: bytes, printing: Printing, engine: Engine) -> None:
    from rag.record import check_table, load_table

    try:
        check_table(table := load_table(text))
    except RecordError as error:
        raise RecordError(f"{file}: {error}; `rag table -f json` writes what can be shown") from None
    printing.show(table, engine)
