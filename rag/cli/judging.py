"""Offer the evaluator as `rag eval` and `rag verify`. The engine is handed to it as a callable; it never imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.options import progress_bars
from rag.cli.whitelists import judged_by
from rag.errors import RagError, SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.answers import Answer, Draft, Task
    from rag.engine import Engine
    from rag.tables import Table

FORMAT = typer.Option(
    "--format",
    "-f",
    help="table, json (rag.report/1), md, html, junit or sarif; default: as --output ends, else table.",
)
CORPUS = typer.Option(envvar="RAG_CORPUS", help="Corpus folder: stored pages and fetched PDFs.", show_default=False)
PDF_DIR = typer.Option("--pdf-dir", help="Folder of PDFs; repeat for more.")
BRIEF = typer.Option("--brief", help="The brief or whitelist that the answers are held against.", show_default=False)
PAPER = typer.Option(
    "--paper", "--papers", "-p", help="Allowed paper, in place of a brief; several with commas, or repeat."
)
QUESTIONS = typer.Option(help="JSON lines of questions with their whitelists, one per answer.", show_default=False)
OUTPUT = typer.Option("--output", "-o", help="Write the report to this file.", show_default=False)
FAIL_ON = typer.Option("--fail-on", help="Exit 1 when this violation occurs; `any` for all. Repeat for more.")
JUDGE = typer.Option(
    "--judge", help="Chat model that says whether claims answer: a scale of its own; replies are kept."
)
THRESHOLD = typer.Option("--threshold", help="Exit 1 when a metric misses a value, e.g. quote_fidelity=1.")
COMPARE = typer.Option("--compare", help="Show what changed since this JSON report.", show_default=False)


def evaluator(name: str) -> Any:
    """Return a module of the evaluator: `rag.eval` in a wheel, `eval` in a checkout."""
    try:
        return import_module(f"rag.eval.{name}")
    except ModuleNotFoundError as error:
        if error.name not in ("rag.eval", f"rag.eval.{name}"):
            raise
        return import_module(f"eval.{name}")


def evaluate(
    answers: Annotated[
        Path | None,
        typer.Argument(help="Answers: JSON lines of records, a batch's output, one .json or .md.", show_default=False),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(help="Ask the engine a suite of questions, then judge: a name, or `all`.", show_default=False),
    ] = None,
    brief: Annotated[Path | None, BRIEF] = None,
    paper: Annotated[list[str] | None, PAPER] = None,
    questions: Annotated[Path | None, QUESTIONS] = None,
    leak: Annotated[bool, typer.Option("--leak", help="Ask again without the key papers; needs --suite.")] = False,
    llm: Annotated[
        str | None, typer.Option(envvar="RAG_LLM", help="Chat model that writes, for --suite.", show_default=False)
    ] = None,
    judge: Annotated[str | None, JUDGE] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Models on this machine alone; of a suite, what needs no download.")
    ] = False,
    corpus: Annotated[Path | None, CORPUS] = None,
    pdf_dir: Annotated[list[Path] | None, PDF_DIR] = None,
    format_: Annotated[str | None, FORMAT] = None,
    output: Annotated[Path | None, OUTPUT] = None,
    fail_on: Annotated[list[str] | None, FAIL_ON] = None,
    threshold: Annotated[list[str] | None, THRESHOLD] = None,
    compare: Annotated[Path | None, COMPARE] = None,
) -> None:
    """Judge recorded answers, ours or another system's, or run a suite and judge that."""
    commands = evaluator("commands")
    least = commands.parse_least(threshold or [])
    commands.check_gates(fail_on or [], least)
    folders = pdf_dir or []
    if answers is not None and suite is None:
        given = evaluator("cases").given(brief, judged_by(paper), questions)
        sources = {"corpus": _home(corpus, folders), "pdf_dirs": folders}
        with progress_bars() as progress:
            heard = _heard(judge, offline, progress)
            report = evaluator("run").judge_file(answers, cases=given, reprint=reprinted, **sources, **heard)
    elif suite is not None and answers is None:
        with progress_bars() as progress:
            heard = _heard(judge, offline, progress)
            report = ask_and_judge(suite, leak, llm, offline, corpus, folders, heard)
    else:
        raise SettingsError("give a file of answers, or --suite NAME to ask and judge; see: rag eval --help")
    raise typer.Exit(
        commands.deliver(
            report, form=format_, out=output, fail_on=fail_on or [], least=least, old=compare, source=answers
        )
    )


def reprinted(record: str, form: str, quotes: str, name: str) -> bytes:
    """Print the record that a document carries anew; raise `RagError` where it cannot be printed so."""
    from rag.printing import Format, printed_as, to_document
    from rag.record import check_answer, check_table, is_table, load_answer, load_table

    made: Answer | Table
    if is_table(record):
        check_table(made := load_table(record))
    else:
        check_answer(made := load_answer(record))
    return printed_as(made, Format.bib) if form == Format.bib else to_document(made, form, quotes, name)


def _heard(judge: str | None, offline: bool, progress: Any) -> dict[str, Any]:
    """Return the model that judges whether answers answer, and what hears of the progress."""
    return {"model": evaluator("commands").chat_model(judge, offline), "progress": progress}


def _home(corpus: Path | None, folders: Sequence[Path]) -> Path | None:
    """Return the corpus: as named, else the default one; none where PDFs are given and there is no default one."""
    home = corpus or Settings.from_env().corpus
    return home if corpus or not folders or (home / "index").is_dir() else None


def verify(
    answer: Annotated[
        Path,
        typer.Argument(
            help="A record (.json), Markdown (.md), a page (.html), a table (.csv too), a batch's answers (.jsonl).",
            show_default=False,
        ),
    ],
    brief: Annotated[Path | None, BRIEF] = None,
    paper: Annotated[list[str] | None, PAPER] = None,
    questions: Annotated[Path | None, QUESTIONS] = None,
    corpus: Annotated[Path | None, CORPUS] = None,
    pdf_dir: Annotated[list[Path] | None, PDF_DIR] = None,
    format_: Annotated[str | None, FORMAT] = None,
    output: Annotated[Path | None, OUTPUT] = None,
    fail_on: Annotated[list[str] | None, FAIL_ON] = None,
) -> None:
    """Check an answer, a table or a batch against brief and papers, offline, years later; exit 1 on any violation.

    PDFs are taken from where the corpus read them, and from --pdf-dir; it says so where there is none to check against.
    """
    if (brief is None) == (not paper) and questions is None:
        raise SettingsError("say what is allowed: --brief FILE, the papers with -p 2108.10257, or --questions FILE")
    commands = evaluator("commands")
    fails = fail_on or ["any"]
    commands.check_gates(fails, {})
    folders = pdf_dir or []
    home, papers = _home(corpus, folders), judged_by(paper)
    sources = {"corpus": home, "pdf_dirs": folders}
    report = evaluator("run").verify(answer, brief, papers, questions, reprint=reprinted, **sources)
    raise typer.Exit(commands.deliver(report, form=format_, out=output, fail_on=fails, source=answer))


def calibrate(
    data: Annotated[
        Path | None,
        typer.Argument(
            help="JSON lines of claim, evidence (a list), supported (true, false), or a folder of them; default: our own.",
            show_default=False,
        ),
    ] = None,
    corpus: Annotated[Path | None, CORPUS] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Allow chat models on this machine alone.")] = False,
    llm: Annotated[
        str | None, typer.Option(envvar="RAG_LLM", help="Chat model that checks claims.", show_default=False)
    ] = None,
) -> None:
    """Measure from which probability on a chat model's check of claims is to be believed, and keep it; takes minutes."""
    from rag.chat import open_chat
    from rag.cli.options import printable, progress_bars, settings_of
    from rag.writers import ModelCheck, keep_calibration
    from rag.writers import calibrate as measure

    settings = settings_of(corpus, None, offline, None, llm)
    if settings.llm in (None, "extractive"):
        raise RagError("name the chat model that checks: rag calibrate --llm ollama:qwen3")
    try:
        pairs = evaluator("claim_pairs").load(data)
    except ValueError as error:
        raise RagError(str(error)) from None
    check = ModelCheck(open_chat(str(settings.llm), offline=offline))
    with progress_bars() as progress:
        found = measure(check, pairs, lambda done: progress("checking", done, len(pairs)))
    keep_calibration(found, settings.calibrations)
    typer.echo(f"{printable(found.model)}: {found.right} right and {found.wrong} wrong claims, AUC {found.auc:.2f}")
    typer.echo("threshold  right kept  wrong passed")
    for threshold, right, wrong in found.curve[1::2]:
        typer.echo(f"{threshold:9.2f}  {right:10.2f}  {wrong:12.2f}")
    typer.echo(f"from {found.threshold:.2f} on a claim passes; kept in {settings.calibrations}")


def ask_and_judge(
    suite: str,
    leak: bool,
    llm: str | None,
    offline: bool,
    corpus: Path | None,
    folders: Sequence[Path],
    heard: Mapping[str, Any],
) -> Any:
    """Run a suite over a corpus of its own, so that a user's library is left as it is, and return the report.

    `heard` holds the model that judges whether answers answer, and the progress callback.
    """
    from rag.engine import Engine

    suites, run = evaluator("suite"), evaluator("run")
    answers: dict[str, Answer] = {}
    with TemporaryDirectory() as made:
        pdfs = suites.write_pdfs(Path(made) / "pdfs")
        for path in (path for folder in folders for path in sorted(folder.glob("*.pdf"))):
            if not (pdfs / path.name).exists():  # one folder, where the engine looks for the user's own
                (pdfs / path.name).symlink_to(path.resolve())
        cases = suites.load_suite(suite, ("generated", "demo") if offline and not folders else ())
        home = corpus or Path(made) / "corpus"
        engine = Engine(replace(Settings.from_env(), corpus=home, pdf_dir=pdfs, offline=offline, llm=llm))

        def ask(case: Any) -> Answer:
            answers[case.id] = engine.ask(_brief(case, engine))
            return answers[case.id]

        def draft(case: Any) -> tuple[Draft, Task]:  # before any gate
            prepared = engine.prepare(_brief(case, engine))
            return engine.writer.write(prepared.task), prepared.task

        report = run.run_suite(cases, ask, corpus=home, pdf_dirs=[pdfs], name=suite, **heard)
        if leak:
            leak_test, asked = evaluator("leak").leak_test, (case for case in cases if case.id in answers)
            report["leak"] = [leak_test(case, answers[case.id], draft) for case in asked]
        return report


def _brief(case: Any, engine: Engine) -> Any:
    """Return a case as the engine's brief, its library of papers that are not allowed stored beside."""
    from rag.briefs import Brief

    if case.library:
        engine.ingest(list(case.library))
    if case.brief:
        return Brief.parse(case.brief, case.id)
    return Brief.of(case.question, case.papers or (), case.sections)
