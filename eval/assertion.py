"""Assert in a test that an answer keeps to its papers: `assert_compliant(answer, ["1706.03762"], pdf_dir="pdfs")`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from rag.answers import Answer
from rag.papers import paper_key

from .bench import UNCHECKED
from .cases import Case, allowing, read_case, read_case_file
from .library import Library
from .report import Report, build, wrongs
from .report_text import plain, short
from .run import Row, judge_rows, match, read_answers, row_of

_ANSWERS = (".json", ".jsonl", ".md", ".markdown", ".txt")  # what a text may end in that names a file of answers
_WHITELISTS = (".txt", ".md", ".toml", ".json")
_LONGEST_PATH = 1000


def assert_compliant(
    answer: str | PathLike[str] | Mapping[str, Any] | Answer,
    whitelist: str | PathLike[str] | Sequence[str] | Case,
    *,
    question: str = "",
    pdf_dir: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    corpus: str | PathLike[str] | None = None,
) -> Report:
    """Raise `AssertionError` with every violation unless the answer keeps to the whitelist; else return the report.

    `answer` is Markdown, a record as a mapping (or an object with `answer` in it), an `Answer`, or a file of one or
    many. `whitelist` is ids, a brief, or a file of either. What could not be read fails, and so does a quote that could
    not be looked up in `pdf_dir` or `corpus`; with neither of them no quote is looked up, which a warning says. Raises
    `RagError` for a whitelist or a file that cannot be used.
    """
    __tracebackhide__ = True  # pytest then shows the test that failed, not this function
    case = _case(whitelist, question)
    folders = [pdf_dir] if isinstance(pdf_dir, (str, PathLike)) else list(pdf_dir)
    library = Library(Path(corpus) if corpus else None, [Path(folder) for folder in folders])
    report = build(judge_rows(match(_rows(answer), [case]), library))
    found = [line for one in report["cases"] for line in _lines(one, named=len(report["cases"]) > 1)]
    quotes = [
        cite for one in report["cases"] for claim in one["claims"] for cite in claim["citations"] if cite["quote"]
    ]
    if folders or corpus:
        found += [f"- no PDF of {key} at hand: its quotes were not looked up" for key in _absent(quotes, library)]
    elif quotes:
        warnings.warn("no quote was looked up: give pdf_dir=FOLDER or corpus=FOLDER", stacklevel=2)
    if found:
        allowed = ", ".join(paper.key for paper in case.papers or ()) or "none"
        count = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        raise AssertionError("\n".join([f"{count} in the answer (allowed papers: {allowed})", *found]))
    return report


def _case(whitelist: str | PathLike[str] | Sequence[str] | Case, question: str) -> Case:
    if isinstance(whitelist, Case):
        return whitelist
    if _names_a_file(whitelist, _WHITELISTS):
        return read_case_file(Path(whitelist))  # type: ignore[arg-type]
    if isinstance(whitelist, str) and "\n" in whitelist.strip():
        return read_case(whitelist)
    listed = [whitelist] if isinstance(whitelist, str) else list(whitelist)  # type: ignore[arg-type]
    return replace(allowing(listed), question=question)


def _rows(answer: str | PathLike[str] | Mapping[str, Any] | Answer) -> list[Row]:
    if isinstance(answer, Answer):
        return [Row("answer", answer=answer)]
    if isinstance(answer, Mapping):
        return [row_of(dict(answer), "answer")]
    if _names_a_file(answer, _ANSWERS):
        return read_answers(Path(answer))
    return [Row("answer", markdown=str(answer)) if str(answer).strip() else Row("answer", error="the answer is empty")]


def _names_a_file(given: object, endings: Sequence[str]) -> bool:
    if isinstance(given, PathLike):
        return True
    if not isinstance(given, str) or len(given) > _LONGEST_PATH or "\n" in given:
        return False
    return Path(given).suffix.lower() in endings and Path(given).is_file()


def _lines(case: Report, *, named: bool) -> Iterator[str]:
    """Yield a line per fault, with the claim below it."""
    name = f"{plain(case['id'])}, " if named else ""
    for wrong in wrongs(case):
        claim = f"\n    {plain(short(wrong.claim))}" if wrong.claim else ""
        yield f"- {name}{wrong.place}: {wrong.kind}: {plain(wrong.reason)}{claim}"
    if case["status"] == "answered" and not case["claims"]:
        yield f"- {name}no claim was read in it, and it is no refusal"


def _absent(quotes: Sequence[Report], library: Library) -> list[str]:
    """Return the keys of the papers that are quoted but neither stored nor there as a PDF."""
    quoted = {(q["paper"], q["version"]) for q in quotes if q["paper"] and q["verdict"] == UNCHECKED}
    return sorted(paper_key(*one) for one in quoted if not library.stored(*one) and not library.pdf(*one, None))
