"""Offer the engine as the command `rag`. No logic of its own: options in, text out, errors in one line.

Exit codes: 0 for an answer or a refusal, 1 where an evaluation found violations, 2 for bad input, 130 for Ctrl-C.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Annotated

import typer

from rag.cli import asking, batching, ingesting, judging, serving
from rag.cli.options import (
    EXIT_BAD_INPUT,
    EXIT_INTERRUPTED,
    Corpus,
    Llm,
    Model,
    Offline,
    printable,
    say_interrupted,
    settings_of,
)
from rag.errors import RagError

GOODBYE = "what was finished is kept, run the same command again to go on"

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Answer questions from a whitelist of arXiv papers, every sentence cited to a verbatim quote on a page.",
    epilog="Start with:  rag ask --demo      then:  rag ask BRIEF.txt --pdf-dir MY_PDFS\n\n"
    "Exit codes:  0 an answer or a refusal    1 the judge found a violation, or a batch an answer that failed    "
    "2 bad input, or nothing could be done    130 Ctrl-C",
)
papers_app = typer.Typer(no_args_is_help=True, help="List, show or remove stored papers.")
app.add_typer(papers_app, name="papers")


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"paperbound {version('paperbound')}")
        raise typer.Exit


@app.callback()
def every_command(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take what may stand before any command."""


app.command(
    epilog='Examples:  rag ask brief.txt    rag ask "How does SwinIR work?" -p 2108.10257 --pdf-dir pdfs --offline'
)(asking.ask)
app.command(
    epilog="Examples:  rag ingest brief.txt    rag ingest 2108.10257 hep-th/9108004    rag ingest --pdf-dir pdfs"
)(ingesting.ingest)
app.command(epilog='Example:  rag search "how is blur modelled" -p 2404.11358v2 -k 3')(asking.search)
app.command("brief", epilog="Example:  rag brief corpus/briefs/sports-deblur.txt")(asking.show_brief)
app.command(epilog="Example:  rag show answer.json -o answer.html")(asking.show)
app.command(epilog="Example:  rag batch questions.jsonl -o answers.jsonl --llm openai:gpt-5-mini --concurrency 16")(
    batching.batch
)
app.command(
    epilog='Examples:  rag table -p 1706.03762 -p 1810.04805 --ask "data set" --ask "main limitation"    '
    "rag table brief.txt -o table.html    rag table --pdf-dir pdfs --columns columns.toml -o table.csv"
)(batching.table)
app.command(epilog="Example:  rag serve --open")(serving.serve)
app.command(epilog="Example:  rag mcp --papers 2108.10257 --papers 2404.11358v2    (docs/serve.md)")(serving.mcp)


@app.command(epilog="Example:  rag doctor --offline")
def doctor(
    corpus: Corpus = None,
    offline: Offline = False,
    model: Model = None,
    llm: Llm = None,
    licenses_: Annotated[
        bool, typer.Option("--licenses", help="List what is installed with its licence, and end.")
    ] = False,
) -> None:
    """Report versions, model, corpus, writer and whether arXiv can be reached."""
    from rag.doctor import examine, licenses

    if licenses_:
        for row in licenses():
            typer.echo(printable("  ".join(row)))
        return
    settings = settings_of(corpus, None, offline, model, llm)
    findings = list(examine(settings))
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.good else '!! '} {finding.what:<{width}}  {printable(finding.text)}")


papers_app.command("list")(ingesting.papers_list)
papers_app.command("show")(ingesting.papers_show)
papers_app.command("remove")(ingesting.papers_remove)
app.command(
    "eval", epilog="Examples:  rag eval answers.jsonl --brief brief.txt    rag eval --suite all --offline --fail-on any"
)(judging.evaluate)
app.command(
    "calibrate",
    epilog="Examples:  rag calibrate --llm ollama:qwen3    rag calibrate claims.jsonl --llm openai:gpt-5-mini",
)(judging.calibrate)
app.command("verify", epilog="Example:  rag verify answer.json --brief brief.txt --pdf-dir pdfs")(judging.verify)


def main() -> None:
    """Run the command; print expected errors as one line on stderr and exit with 2."""
    pressed: list[int] = []  # Ctrl-C, noted: libraries that it meets while they load turn it into errors of their own

    def note(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, note)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # neither a closed one nor a test's
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal is no reason to fail
    try:
        _run()
    except SystemExit as ended:
        if pressed and ended.code == EXIT_INTERRUPTED:
            say_interrupted(GOODBYE)
        raise
    except Exception:
        if not pressed:
            raise
        say_interrupted(GOODBYE)
        raise SystemExit(EXIT_INTERRUPTED) from None


def _run() -> None:
    try:
        app()
    except RagError as error:
        typer.echo(f"rag: {printable(str(error))}", err=True)
        raise SystemExit(EXIT_BAD_INPUT) from None
    except KeyboardInterrupt:
        say_interrupted(GOODBYE)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:  # a full disk or a folder that cannot be written, wherever it is met
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"rag: {printable(where + (error.strerror or str(error)))}", err=True)
        raise SystemExit(EXIT_BAD_INPUT) from None
