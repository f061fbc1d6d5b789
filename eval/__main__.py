"""Judge answers from the command line without the engine: `python -m eval ANSWERS.jsonl --brief BRIEF`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.errors import RagError, SettingsError

from .cases import given
from .commands import FORMATS, chat_model, check_gates, compare_files, deliver, parse_least
from .report import Report
from .run import judge_file, verify
from .suite import load_suite, suite_names


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["verify"]:
            return _verify(arguments[1:])
        if arguments[:1] == ["compare"]:
            return _compare(arguments[1:])
        return _judge(arguments)
    except RagError as error:
        print(f"eval: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def _judge(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Judge recorded answers. Other commands: verify ANSWER --brief BRIEF, compare OLD.json NEW.json.",
    )
    parser.add_argument(
        "answers", type=Path, help="JSON lines of records, or of {id, answer|markdown|error}; or one .json or .md"
    )
    parser.add_argument("--brief", type=Path, help="the brief (or whitelist) that all answers are held against")
    parser.add_argument(
        "--questions", type=Path, help="JSON lines of {id, question, papers|brief}: one whitelist per answer"
    )
    parser.add_argument(
        "--suite", help=f"take questions, whitelists and gold labels from a suite: {', '.join(suite_names())}"
    )
    parser.add_argument(
        "--judge", metavar="SPEC", help="chat model that says whether claims answer and bear out; replies are kept"
    )
    parser.add_argument("--offline", action="store_true", help="allow a chat model on this machine alone")
    _common(parser)
    args = parser.parse_args(arguments)
    check_gates(args.fail_on, parse_least(args.threshold))
    cases = [*given(args.brief, args.paper, args.questions), *(load_suite(args.suite) if args.suite else ())]
    model = chat_model(args.judge, args.offline)
    report = judge_file(args.answers, cases=cases, corpus=args.corpus, pdf_dirs=args.pdf_dir, model=model)
    return _delivered(args, report, args.answers, args.fail_on)


def _delivered(args: argparse.Namespace, report: Report, source: Path, fail_on: Sequence[str]) -> int:
    least = parse_least(args.threshold)
    return deliver(
        report, form=args.format, out=args.output, fail_on=fail_on, least=least, old=args.compare, source=source
    )


def _verify(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m eval verify", description="Check one answer, offline, years later."
    )
    parser.add_argument("answer", type=Path, help="a record (.json) or Markdown (.md)")
    parser.add_argument("--brief", type=Path, help="the brief (or whitelist) that it answers")
    _common(parser)
    args = parser.parse_args(arguments)
    if (args.brief is None) == (not args.paper):
        raise SettingsError("say what is allowed: --brief FILE, or the papers with -p 2108.10257")
    fail_on = args.fail_on or ["any"]
    check_gates(fail_on, parse_least(args.threshold))
    report = verify(args.answer, args.brief, args.paper, corpus=args.corpus, pdf_dirs=args.pdf_dir)
    return _delivered(args, report, args.answer, fail_on)


def _compare(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval compare", description="Show what got better or worse.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--format", choices=("table", "html"), default="table", help="html: the new report's page")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args(arguments)
    return compare_files(args.old, args.new, args.output, args.format)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-p", "--paper", "--papers", action="append", default=[], metavar="ID",
        help="allowed paper, in place of a brief; several with commas, or repeat",
    )  # fmt: skip
    parser.add_argument("--corpus", type=Path, help="the corpus folder, for stored pages and fetched PDFs")
    parser.add_argument(
        "--pdf-dir", type=Path, action="append", default=[], help="a folder of PDFs; may be given more than once"
    )
    parser.add_argument("--format", choices=FORMATS, help="default: as --output ends, else table")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument(
        "--fail-on", action="append", default=[], metavar="KIND", help="exit 1 when this kind occurs; `any` for all"
    )
    parser.add_argument(
        "--threshold", action="append", default=[], metavar="METRIC=N", help="exit 1 when a metric misses it"
    )
    parser.add_argument(
        "--compare", type=Path, metavar="OLD.json", help="also show what changed since that report; exit 1 when worse"
    )


if __name__ == "__main__":
    sys.exit(main())
