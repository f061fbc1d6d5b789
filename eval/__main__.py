"""Judge answers from the command line without the engine: `python -m eval ANSWERS.jsonl --brief BRIEF`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.errors import RagError

from .cases import Case, read_case_file, read_questions
from .commands import FORMATS, check_gates, compare_files, deliver, parse_least
from .run import judge_file, verify
from .suite import load_suite, suite_names


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        if given[:1] == ["verify"]:
            return _verify(given[1:])
        if given[:1] == ["compare"]:
            return _compare(given[1:])
        return _judge(given)
    except RagError as error:
        print(f"eval: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def _judge(given: Sequence[str]) -> int:
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
    _common(parser)
    args = parser.parse_args(given)
    least = parse_least(args.threshold)
    check_gates(args.fail_on, least)
    report = judge_file(args.answers, cases=_cases(args), corpus=args.corpus, pdf_dirs=args.pdf_dir)
    return deliver(report, form=args.format, out=args.output, fail_on=args.fail_on, least=least, old=args.compare)


def _cases(args: argparse.Namespace) -> list[Case]:
    cases = [read_case_file(args.brief)] if args.brief else []
    cases += read_questions(args.questions) if args.questions else []
    return cases + (list(load_suite(args.suite)) if args.suite else [])


def _verify(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m eval verify", description="Check one answer, offline, years later."
    )
    parser.add_argument("answer", type=Path, help="a record (.json) or Markdown (.md)")
    parser.add_argument("--brief", type=Path, required=True, help="the brief (or whitelist) that it answers")
    _common(parser)
    args = parser.parse_args(given)
    least = parse_least(args.threshold)
    fail_on = args.fail_on or ["any"]
    check_gates(fail_on, least)
    report = verify(args.answer, args.brief, corpus=args.corpus, pdf_dirs=args.pdf_dir)
    return deliver(report, form=args.format, out=args.output, fail_on=fail_on, least=least, old=args.compare)


def _compare(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval compare", description="Show what got better or worse.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    args = parser.parse_args(given)
    return compare_files(args.old, args.new)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, help="the corpus folder, for stored pages and fetched PDFs")
    parser.add_argument(
        "--pdf-dir", type=Path, action="append", default=[], help="a folder of PDFs; may be given more than once"
    )
    parser.add_argument("--format", choices=FORMATS, default="table")
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
