"""Offer the engine as the command `rag`. No logic of its own: options in, text out, errors in one line.

Exit codes: 0 for an answer or a refusal, 1 where an evaluation found violations, 2 for bad input, 130 for Ctrl-C.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag import cli_eval
from rag.errors import RagError
from rag.settings import Settings, resource

if TYPE_CHECKING:
    from rag.briefs.brief import Brief
    from rag.engine import Engine
    from rag.ingest import Ingested
    from rag.types import AllowedPaper

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Answer questions from a whitelist of arXiv papers, every sentence cited to a verbatim quote on a page.",
    epilog="Start with:  rag ask --demo      then:  rag ask BRIEF.txt --pdf-dir MY_PDFS",
)
papers_app = typer.Typer(no_args_is_help=True, help="List, show or remove stored papers.")
app.add_typer(papers_app, name="papers")


class Format(StrEnum):
    """Name the forms in which an answer can be printed."""

    md = "md"
    json = "json"
    html = "html"
    bib = "bib"


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
        help="Chat model that writes, e.g. openai:gpt-5-mini; default: the extractive writer.",
        show_default=False,
    ),
]
PaperIds = Annotated[
    list[str] | None, typer.Option("--paper", "-p", help="Allowed paper, for a bare question; repeat for more.")
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of the screen.")]


@app.command(
    epilog='Examples:  rag ask brief.txt    rag ask "How does SwinIR work?" -p 2108.10257 --pdf-dir pdfs --offline'
)
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
        pdf_dir, offline = resource("demo") / "pdf", offline or llm is None
        question = question or str(resource("demo") / "brief.txt")
    settings = _settings(corpus, pdf_dir, offline, model, llm)
    brief = _brief(question, paper)
    _writable(output)
    options: dict[str, Any] = {"record": record, "keep_raw": keep_raw}
    if reply_cache:
        options["cache"] = settings.corpus / "replies"
    if max_tokens:
        options["max_tokens"] = max_tokens
    engine = _engine(settings, **options)
    if nli:
        from rag.gates.nli import NliSupport

        engine.support = NliSupport.load(nli, offline=offline)
    with _progress() as progress:
        answer = engine.ask(brief, progress=progress)
    _print(_formatted(answer, format_, engine), output, markdown=format_ is Format.md)


@app.command(
    epilog="Examples:  rag ingest brief.txt    rag ingest 2108.10257 hep-th/9108004    rag ingest --pdf-dir pdfs"
)
def ingest(
    what: Annotated[
        list[str] | None, typer.Argument(help="Briefs, whitelists (TOML, JSON) or arXiv ids.", show_default=False)
    ] = None,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Begin the index anew with these papers.")] = False,
) -> None:
    """Fetch papers, read them and make them searchable; what is stored already is left alone."""
    settings = _settings(corpus, pdf_dir, offline, model)
    papers = _papers(what or [], settings)
    with _progress() as progress:
        report = _engine(settings).ingest(papers, rebuild=rebuild, progress=progress)
    _report(report)
    if report.failed and not (report.added or report.kept):
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command(epilog='Example:  rag search "how is blur modelled" -p 2404.11358v2 -k 3')
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
    engine = _engine(_settings(corpus, None, offline, model))
    index = engine.index
    wanted = paper or ([entry.key for entry in index.entries] if index else [])
    for rank, hit in enumerate(engine.search(question, wanted, k, reranker=reranker), 1):
        scores = "  ".join(f"{name} {value:.3f}" for name, value in hit.scores.items())
        typer.echo(f"{rank}. {hit.paper}  {' / '.join(hit.passage.section)}  score {hit.score:.4f}  {scores}")
        typer.echo(f"   {_printable(hit.passage.text)}\n")


@app.command("brief", epilog="Example:  rag brief corpus/briefs/sports-deblur.txt")
def show_brief(file: Annotated[Path, typer.Argument(help="A brief file.", show_default=False)]) -> None:
    """Show what was understood of a brief."""
    brief = _brief(str(file), None)
    typer.echo(f"Question: {_printable(brief.question)}\n\nSections of the answer:")
    for number, point in enumerate(brief.points, 1):
        about = ", rests on the question" if point.about_user else ""
        typer.echo(f"  {number}. {_printable(point.title)} ({point.kind}{about})")
    typer.echo("\nAllowed papers:")
    for allowed in brief.papers:
        role = " (recommended)" if allowed.recommended else ""
        summary = f"summary of {len(allowed.summary)} characters" if allowed.summary else "no summary"
        typer.echo(
            f"  {allowed.key}  {_printable(allowed.model) or '(no name)'}{role}; {allowed.github or 'no code'}; {summary}"
        )


@app.command(epilog="Example:  rag show answer.json --format html -o answer.html")
def show(
    file: Annotated[Path, typer.Argument(help="A stored answer record.", show_default=False)],
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.md,
    output: Output = None,
) -> None:
    """Print a stored answer in any format."""
    from rag.record import check_answer, load_answer

    answer = load_answer(_read(file))
    check_answer(answer)
    _writable(output)
    engine = _engine(_settings(corpus, pdf_dir, True, None))
    _print(_formatted(answer, format_, engine), output, markdown=format_ is Format.md)


@app.command(epilog="Example:  rag batch questions.jsonl -o answers.jsonl --llm openai:gpt-5-mini --concurrency 16")
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
    from rag.batches.batch import Options
    from rag.batches.ceiling import Limits
    from rag.batches.questions import read_questions
    from rag.batches.watch import watch

    if output is None and not dry_run:
        raise RagError("--output names the file of answers, e.g. -o answers.jsonl")
    if go_on and anew:
        raise RagError("--continue and --anew exclude each other")
    prices = (price_in or 0.0, price_out or 0.0) if price_in is not None or price_out is not None else None
    limits = Limits(max_tokens, max_minutes, max_cost, prices)
    changed: Any = "continue" if go_on else "anew" if anew else "refuse"
    options = Options(concurrency, ordered, retry_failed, changed, limits)
    read = read_questions(questions)
    for bad in read.bad:
        typer.echo(f"bad line {_printable(str(bad))}", err=True)
    if read.bad and not skip_bad:
        raise RagError(f"{len(read.bad)} bad lines; mend them, or go on without them: --skip-bad")
    settings = _settings(corpus, pdf_dir, offline, model, llm)
    writing: dict[str, Any] = {"timeout": timeout} | ({"max_tokens": reply_tokens} if reply_tokens else {})
    if reply_cache:
        writing["cache"] = settings.corpus / "replies"
    engine = _engine(settings, **writing)
    with _progress() as progress:
        job = engine.batch(read.good, output, options=options, progress=progress, writer_options=writing)
        if dry_run:
            from rag.batches.estimate import estimate

            typer.echo("\n".join(map(_printable, estimate(job))))
            return
        interrupted = watch(job)
    for line in job.tally.summary():
        typer.echo(_printable(line), err=True)
    if interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    if job.tally.any_failed:
        raise typer.Exit(EXIT_FAILED)


@app.command(epilog="Example:  rag doctor --offline")
def doctor(corpus: Corpus = None, offline: Offline = False, model: Model = None, llm: Llm = None) -> None:
    """Report versions, model, corpus, writer and whether arXiv can be reached."""
    from rag.doctor import examine

    settings = _settings(corpus, None, offline, model, llm)
    findings = list(examine(settings))
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.good else '!! '} {finding.what:<{width}}  {finding.text}")


@papers_app.command("list")
def papers_list(corpus: Corpus = None) -> None:
    """List the stored papers."""
    index = _engine(_settings(corpus, None, True, None)).index
    for entry in index.entries if index else ():
        typer.echo(f"{entry.key:<18} {entry.rows:>5} passages  {_printable(entry.title)}")
    if not index or not index.entries:
        typer.echo("no papers yet; run: rag ingest BRIEF", err=True)


@papers_app.command("show")
def papers_show(
    key: Annotated[str, typer.Argument(help="Id, with version where several are stored.")], corpus: Corpus = None
) -> None:
    """Show what is stored of a paper: pages, sections, what could not be read."""
    from rag.searching.index import Index

    index = Index.open(_settings(corpus, None, True, None).index_dir)
    entry = index.entry(_stored_key(index, key))
    paper = index.paper(entry.key)
    typer.echo(f"{entry.key}  {_printable(paper.title)}\n{_printable(', '.join(paper.authors))}".rstrip())
    typer.echo(
        f"{len(paper.pages)} pages, {len(paper.sentences)} sentences, {len(paper.passages)} passages; read by {paper.extractor}"
    )
    typer.echo(f"PDF {entry.pdf} sha256 {paper.pdf_sha256}")
    for section in dict.fromkeys(passage.section for passage in paper.passages):
        typer.echo(f"  {_printable(' / '.join(section)) or '(front)'}")
    for gap in paper.gaps:
        typer.echo(f"  not well readable: {_printable(gap)}")
    for hidden in paper.hidden:
        typer.echo(f"  hidden text on page {hidden.page} ({hidden.reason}): {_printable(hidden.text)[:200]}")


@papers_app.command("remove")
def papers_remove(
    keys: Annotated[list[str], typer.Argument(help="Ids, with version where several are stored.")],
    corpus: Corpus = None,
) -> None:
    """Remove papers from the index: text, words and vectors."""
    from rag.ingest import remove
    from rag.searching.index import Index

    settings = _settings(corpus, None, True, None)
    for key in keys:
        stored = _stored_key(Index.open(settings.index_dir), key)
        remove(stored, settings)
        typer.echo(f"removed {stored}")


app.command(
    "eval", epilog="Examples:  rag eval answers.jsonl --brief brief.txt    rag eval --suite all --offline --fail-on any"
)(cli_eval.evaluate)
app.command("verify", epilog="Example:  rag verify answer.json --brief brief.txt --pdf-dir pdfs")(cli_eval.verify)


def main() -> None:
    """Run the command; print expected errors as one line on stderr and exit with 2."""
    try:
        app()
    except RagError as error:
        typer.echo(f"rag: {_printable(str(error))}", err=True)
        raise SystemExit(EXIT_BAD_INPUT) from None
    except KeyboardInterrupt:
        typer.echo("rag: interrupted; what was finished is kept, run the same command again to go on", err=True)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:  # a full disk or a folder that cannot be written, wherever it is met
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"rag: {_printable(where + (error.strerror or str(error)))}", err=True)
        raise SystemExit(EXIT_BAD_INPUT) from None


# --- options in ------------------------------------------------------------------------------------------------


def _settings(
    corpus: Path | None, pdf_dir: Path | None, offline: bool, model: str | None, llm: str | None = None
) -> Settings:
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


def _engine(settings: Settings, **writer_options: Any) -> Engine:
    from rag.engine import Engine, open_writer

    return Engine(settings, writer=open_writer(settings, **writer_options))


def _brief(question: str | None, papers: list[str] | None) -> Brief:
    from rag.briefs.brief import Brief
    from rag.errors import BriefError

    if question is None:
        raise BriefError("give a brief file or a question; to see one answered, run: rag ask --demo")
    if papers:
        return Brief.of(question, papers)
    if _looks_like_file(question):
        return Brief.load(Path(question))
    raise BriefError('a bare question needs its allowed papers: rag ask "..." --paper 2108.10257')


def _looks_like_file(text: str) -> bool:
    return (
        Path(text).suffix in (".txt", ".md", ".toml", ".json")
        or "/" in text
        or (len(text) < 200 and Path(text).exists())
    )


def _papers(what: list[str], settings: Settings) -> list[AllowedPaper]:
    from rag.briefs.brief import Brief
    from rag.briefs.whitelist import load_whitelist
    from rag.errors import BriefError

    found: list[AllowedPaper] = []
    for item in what:
        path = Path(item)
        if path.suffix in (".toml", ".json"):
            found += load_whitelist(path)
        elif path.suffix in (".txt", ".md") or path.is_file():
            found += Brief.load(path, need_question=False).papers
        else:
            found += Brief.of("Which papers?", [item]).papers
    if not what and settings.pdf_dir:
        from rag.fetching.copies import OwnFolder
        from rag.reading.pdf import stamp

        own = OwnFolder(settings.pdf_dir, stamp)
        found = list(own.papers())
        for name in own.left_out():
            typer.echo(f"left out {_printable(name)}: no arXiv id in its name or on its first page", err=True)
    if not found:
        raise BriefError("nothing to ingest; give a brief, a whitelist, arXiv ids or --pdf-dir")
    return found


def _stored_key(index: Any, key: str) -> str:
    from rag.briefs.brief import Brief

    (allowed,) = Brief.of("Which paper?", [key]).papers
    entry = index.resolve(allowed)
    return entry.key if entry else allowed.key


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RagError(f"{file} cannot be read: {error.strerror}") from None


# --- text out --------------------------------------------------------------------------------------------------


def _formatted(answer: Any, format_: Format, engine: Engine) -> str:
    if format_ is Format.json:
        return str(answer.to_json()) + "\n"
    if format_ is Format.html:
        from rag.exhibit import page

        return page(answer, engine.index)
    if format_ is Format.bib:
        from rag.page import bibtex

        return bibtex(answer.references)
    return str(answer.to_markdown())


def _writable(output: Path | None) -> None:
    """Find out before the work, not after it, that the output cannot be written."""
    if output is not None and not output.absolute().parent.is_dir():
        raise RagError(f"no folder {output.absolute().parent} for --output {output.name}; make it first")


def _print(text: str, output: Path | None, markdown: bool) -> None:
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


def _report(report: Ingested) -> None:
    for entry in report.added:
        typer.echo(f"added {entry.key:<18} {entry.rows:>4} passages  {_printable(entry.title)}")
        for kind, text in entry.notices:
            typer.echo(f"      note ({kind}): {_printable(text)}")
    if report.kept:
        typer.echo(f"kept {len(report.kept)} that were there already")
    for allowed, error in report.failed:
        reason = str(error).removeprefix(f"{allowed.key}: ")
        typer.echo(f"failed {allowed.key}: {_printable(reason)}", err=True)


def _printable(text: str) -> str:
    """Put foreign text on one line without control characters, which could drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


@contextmanager
def _progress() -> Iterator[Any]:
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
