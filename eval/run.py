"""Run evaluations: judge a file of answers, verify one, run an engine over a suite, compare two reports.

Functions here return reports; `commands` turns them into exit codes. An engine is handed in as a callable, so nothing
here knows any engine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rag.answers import READABLE_SCHEMAS, Answer
from rag.errors import RagError, RecordError
from rag.files import text_of
from rag.papers import AllowedPaper
from rag.record import is_table, load_answer, load_table

from .agreement import calibrate, labels
from .bench import UNCHECKED
from .cases import Case, allowing, given, read_case, read_case_file
from .digests import altered
from .documents import SUFFIXES, Document, Reprint, difference, read_document
from .exhibits import Exhibit, failed, from_answer
from .html_page import markdown_of
from .judge import JudgedCase, judge
from .library import Library
from .model_judge import FAITHFUL, sparing, weighed
from .model_judge import labels as labels_of_claims
from .read_markdown import read_markdown
from .relevance import Asking, Model, scored
from .report import Report, build
from .tables import about, answers_of, exhibits_of_csv, rows_altered

Ask = Callable[[Case], Answer]
Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much
PAGES = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one line of an answers file: an answer as it came, whose it is, and the whitelist given beside it."""

    id: str
    answer: Answer | None = None
    markdown: str | None = None
    error: str = ""
    case: Case | None = None
    paper: str = ""  # of a table's row: the only paper that it may cite
    question: str = ""  # beside an answer in Markdown
    line: int = 0  # of the answers file, from 1; 0 where the answer is not one of its lines
    exhibit: Exhibit | None = None  # of a line of CSV
    altered: tuple[str, ...] | None = None  # of a record: as `Exhibit.altered`
    shows: str = ""  # of a document: as `Exhibit.shows`
    unread: str = ""  # of a document: what of it was not compared


def read_answers(path: Path, reprint: Reprint | None = None) -> list[Row]:
    """Return the rows of an answers file: JSON lines of records, of `{id, answer|markdown|error}`, or one document.

    A document is a record or a table (.json), Markdown (.md, .txt), a page (.html), a table as CSV (.csv), or what
    carries a record (.docx, .odt, .tex, .qmd, .ipynb, Obsidian's .md), which `reprint` prints anew to compare.
    A line that cannot be read is a row with an error: it is counted as a failure, never skipped.
    """
    try:
        document = read_document(path) if path.suffix.lower() in (*SUFFIXES, ".md") else None
        if document:
            return _rows_of_document(document, path, reprint)
        text = text_of(path)
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecordError(f"{path} is not a text file (UTF-8)") from None
    if path.suffix.lower() in (*PAGES, ".md", ".markdown", ".txt"):
        if not text.strip():
            raise RecordError(f"{path} is empty; give a file that holds an answer")
        return [Row(path.stem, markdown=markdown_of(text) if path.suffix.lower() in PAGES else text)]
    if path.suffix.lower() == ".csv":
        return [Row(paper, exhibit=exhibit, paper=paper) for paper, exhibit in exhibits_of_csv(text)]
    if path.suffix.lower() == ".json":
        return _rows_of_table(text, path.stem) or [_row(text, path.stem)]
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    return [replace(_row(line, str(place)), line=number) for place, (number, line) in enumerate(lines, start=1)]


def _rows_of_document(document: Document, path: Path, reprint: Reprint | None) -> list[Row]:
    rows = _rows_of_table(document.record, path.stem) or [_record(json.loads(document.record), path.stem)]
    if any(row.error for row in rows):
        return rows
    shows, unread = difference(document, path, reprint)
    return [replace(row, shows=shows, unread=unread) for row in rows]


def _rows_of_table(text: str, name: str) -> list[Row]:
    """Return the rows of a table over papers, none for any other document."""
    if not is_table(text):
        return []
    try:
        table = load_table(text)
        found = rows_altered(altered(json.loads(text)), len(table.rows))
        told = zip(answers_of(table), found, strict=True)
        return [Row(paper, answer=answer, paper=paper, altered=wrong) for (paper, answer), wrong in told]
    except RecordError as error:
        return [Row(name, error=f"not a record: {error}")]


def _row(text: str, name: str) -> Row:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Row(name, error=f"not JSON: {error}")
    try:
        return row_of(told, name)
    except RecursionError:
        return Row(name, error="nested too deeply")


def row_of(told: object, name: str) -> Row:
    """Return one answer as JSON has it: a record, or an object with a record or Markdown in it; errors are kept."""
    if not isinstance(told, dict):
        return Row(name, error=f"expected an object, found {type(told).__name__}")
    if told.get("schema") in READABLE_SCHEMAS and "id" not in told:
        return _record(told, name)
    ident = str(told.get("id") or name)
    case = _own_case(told, ident)
    if isinstance(told.get("answer"), dict):
        return replace(_record(told["answer"], ident), case=case)
    if told.get("schema") in READABLE_SCHEMAS:
        return replace(_record({key: told[key] for key in told if key in _FIELDS}, ident), case=case)
    markdown = told.get("markdown") or told.get("answer") or told.get("output") or told.get("response")
    if isinstance(markdown, str):
        return Row(ident, markdown=markdown, case=case, question=str(told.get("question") or ""))
    error = told.get("error") or told.get("reason")
    if error is None and "schema" in told:
        return replace(_record(told, ident), case=case)
    return Row(ident, error=str(error or "holds no answer"), case=case)


_FIELDS = frozenset(Answer.__dataclass_fields__)


def _record(told: Mapping[str, Any], name: str) -> Row:
    try:
        return Row(name, answer=load_answer(json.dumps(told)), altered=altered(told))
    except (RecordError, UnicodeEncodeError) as error:
        return Row(name, error=f"not a record: {error}")


def _own_case(told: Mapping[str, Any], name: str) -> Case | None:
    """Return the case that stands beside an answer in the same line: `papers` or the text of a `brief`."""
    given = told.get("case") if isinstance(told.get("case"), dict) else told
    assert isinstance(given, dict)  # noqa: S101 - chosen above
    brief = given.get("brief")
    try:
        if isinstance(brief, str) and "\n" in brief:
            return replace(read_case(brief, name), whitelist_from="beside the answer")
        if isinstance(given.get("papers"), list):
            case = read_case(
                json.dumps({key: given[key] for key in ("question", "papers", "sections", "expect") if given.get(key)}),
                name,
            )
            return replace(case, whitelist_from="beside the answer")
    except RagError:
        return None
    return None


# --- judging ----------------------------------------------------------------------------------------------------


def match(rows: Sequence[Row], cases: Sequence[Case]) -> list[tuple[Case, Row]]:
    """Tie rows to cases: by id, by question, or to the only case there is. Cases without an answer are failures.

    A whitelist that stands beside an answer counts only where none was given: an answer cannot widen its own.
    """
    by_id = {case.id: case for case in cases}
    by_question = {" ".join(case.question.split()): case for case in cases if case.question}
    tied = []
    for row in rows:
        asked = " ".join((row.answer.question if row.answer else row.question).split())
        case = by_id.get(row.id) or by_question.get(asked)
        if case is None and len(cases) == 1:
            case = _for_several(cases[0], row.id, asked) if len(rows) > 1 else cases[0]
        case = case or row.case or Case(row.id, asked)
        if row.question and not case.question:
            case = replace(case, question=row.question)
        tied.append((about(case, row.paper) if row.paper else case, row))
    answered = {case.id for case, _ in tied}
    missing = [
        (case, Row(case.id, error="no answer was given"))
        for case in cases
        if case.id not in answered and (len(cases) > 1 or not rows)
    ]
    return tied + missing


def _for_several(case: Case, name: str, asked: str) -> Case:
    """Return the only case as the whitelist of one of several answers, which may ask something else."""
    if not asked or asked == " ".join(case.question.split()):
        return replace(case, id=name)
    return replace(case, id=name, question=asked, sections=(), brief="")


def judge_rows(tied: Sequence[tuple[Case, Row]], library: Library) -> list[JudgedCase]:
    """Judge every answer against its case."""
    elsewhere = frozenset(paper.paper for case, _ in tied for paper in case.papers or ())
    judged = (judge(case, exhibit_of(row, case, library), library, elsewhere) for case, row in tied)
    return [replace(one, line=row.line) for one, (_, row) in zip(judged, tied, strict=True)]


def exhibit_of(row: Row, case: Case, library: Library | None = None) -> Exhibit:
    """Return a row as an exhibit: a record, Markdown, or a failure."""
    if row.answer is not None:
        unread = (("document", row.unread),) if row.unread else ()
        exhibit = replace(from_answer(row.answer), altered=row.altered, shows=row.shows, unread=unread)
        return replace(exhibit, question="") if row.paper else exhibit
    if row.exhibit is not None:
        return row.exhibit
    if row.markdown is not None:
        return read_markdown(row.markdown, case, library)
    return failed(row.error)


def judge_file(
    answers: Path,
    *,
    cases: Sequence[Case] = (),
    corpus: Path | None = None,
    pdf_dirs: Sequence[Path] = (),
    model: Model | None = None,
    progress: Progress = lambda what, done, of: None,
    reprint: Reprint | None = None,
) -> Report:
    """Return the report of a file of answers; a chat model, if there is one, says what answers and what bears out."""
    library = Library(corpus, pdf_dirs)
    rows = read_answers(answers, reprint)
    judged = judge_rows(match(rows, cases), library)
    return _report(judged, library, answers.name, model, progress, unsealed(rows))


def _report(
    judged: list[JudgedCase],
    library: Library,
    name: str,
    model: Model | None,
    progress: Progress,
    problems: Iterable[str] = (),
) -> Report:
    """Return the report of judged answers, after a chat model was heard on them, if there is one."""
    agreement = faith = None
    if model is not None:
        asking, reading = Asking(model), Asking(model, FAITHFUL)
        agreement = calibrate(asking, labels(), partial(progress, "labelled claims"))
        judged = scored(judged, asking, partial(progress, "answers"))
        faith = calibrate(reading, labels_of_claims(), partial(progress, "labelled pairs"), sparing)
        judged = weighed(judged, reading, partial(progress, "claims and quotes"))
    problems = [*library.problems, *unproved(judged), *problems]
    return build(judged, name=name, problems=problems, agreement=agreement, faith=faith)


def unsealed(rows: Sequence[Row]) -> Iterator[str]:
    """Yield one line that says how many records bear no digests."""
    count = sum(row.answer is not None and row.altered is None for row in rows)
    if count:
        yield f"no digests in {count} records: fields that nothing else bears out are not held (eval/VIOLATIONS.md)"


_UNPROVED = {True: "the raw text there is in pieces", False: "they quote nothing"}


def unproved(judged: Sequence[JudgedCase]) -> Iterator[str]:
    """Yield one line that says how many quotes were not held against a PDF, why, and what to do."""
    claims = [claim for case in judged for claim in case.claims]
    cites = [cite for claim in claims for cite in claim.citations] + [cite for case in judged for cite in case.asides]
    cites = [cite for cite in cites if cite.source == "pdf"]
    missing = [cite for cite in cites if cite.pdf == UNCHECKED]
    if missing:
        reasons = Counter(cite.no_pdf or _UNPROVED["raw_text_broken" in cite.notes] for cite in missing)
        why = "; ".join(f"{count}: {reason}" for reason, count in reasons.items())
        yield f"NOT checked against PDFs: {len(missing)} of {len(cites)} citations ({why})"


def verify(
    answer: Path,
    brief: Path | None = None,
    papers: Sequence[AllowedPaper | str] = (),
    questions: Path | None = None,
    *,
    corpus: Path | None = None,
    pdf_dirs: Sequence[Path] = (),
    reprint: Reprint | None = None,
) -> Report:
    """Return the report of an answer in any form against a brief or the papers allowed; a batch has its questions."""
    if questions is not None:
        cases = given(brief, papers, questions)
    else:
        cases = [read_case_file(brief) if brief else allowing(papers, answer.stem)]
    return judge_file(answer, cases=cases, corpus=corpus, pdf_dirs=pdf_dirs, reprint=reprint)


def run_suite(
    cases: Iterable[Case],
    ask: Ask,
    *,
    corpus: Path | None = None,
    pdf_dirs: Sequence[Path] = (),
    name: str = "",
    model: Model | None = None,
    progress: Progress = lambda what, done, of: None,
) -> Report:
    """Ask an engine every case of a suite, then judge. An error of the engine is a recorded failure."""
    tied = [(case, ask_one(case, ask)) for case in cases]
    library = Library(corpus, pdf_dirs)
    return _report(judge_rows(tied, library), library, name, model, progress)


def ask_one(case: Case, ask: Ask) -> Row:
    """Return an engine's answer, or its failure: whatever it raises must not take the other cases along."""
    try:
        return Row(case.id, answer=ask(case))
    except Exception as error:  # noqa: BLE001 - an engine may raise anything; it is recorded, not lost
        return Row(case.id, error=f"{type(error).__name__}: {error}")
