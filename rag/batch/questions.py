"""Read the questions of a batch: JSON lines or an array, a CSV table, a folder of briefs. Bad ones come with a reason.

A line, an item, a row holds `id`, and `question` with `papers` (ids, links or tables, as in a whitelist), or `brief`
(a path beside the file, or the text itself); optional are `sections` (what each section of the answer explains) and
`writer` (`extractive`, or a chat model such as `openai:gpt-5-mini`). A line without id goes by its number. Other
fields are the user's own and left alone. In a table, columns bear the fields' names, and several papers, or sections,
stand in one cell with semicolons between.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rag import files
from rag.briefs import Brief, clean_text, parse_whitelist, shown
from rag.errors import BatchError, BriefError
from rag.record import as_written

MAX_BYTES = 1 << 30  # of a questions file: a million questions; more is surely something else
MAX_LINE = 1 << 20  # of one line, as of one brief
MAX_ID = 200  # characters
BRIEFS = (".txt", ".md")
TABLES = {".csv": ",;\t", ".tsv": "\t"}  # suffixes, each with what may stand between cells
LISTS = ("papers", "sections")

Told = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """Hold one question of a batch. `writer` None means the batch's own; `digest` changes with what is asked."""

    id: str
    brief: Brief
    writer: str | None = None
    digest: str = ""
    line: int = 0

    @classmethod
    def of(cls, name: str, brief: Brief, writer: str | None = None, line: int = 0) -> Question:
        """Make a question; `name` is its id, its digest a hash over all that shapes the answer."""
        papers = [{**as_written(paper), "line": None} for paper in brief.papers]
        told = [brief.question, [asdict(point) for point in brief.points], papers, writer]
        digest = hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()[:16]
        return cls(name, brief, writer, digest, line)


@dataclass(frozen=True, slots=True)
class BadLine:
    """Say which line (or file of a folder) cannot be asked, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Questions:
    """Hold what was read: the questions in order, and the lines that are none."""

    good: tuple[Question, ...]
    bad: tuple[BadLine, ...] = ()


def read_questions(path: Path) -> Questions:
    """Return the questions of a file or a folder of briefs; raise `BriefError` if it is neither."""
    found = in_folder(path) if path.is_dir() else in_file(path)
    good: dict[str, Question] = {}
    bad: list[BadLine] = []
    for place, item in found:
        if isinstance(item, str):
            bad.append(BadLine(place, item))
        elif item.id in good:
            first = good[item.id].line
            bad.append(BadLine(place, f"id {shown(item.id)} is given before" + (f", on line {first}" if first else "")))
        else:
            good[item.id] = item
    if not good and not bad:
        raise BriefError(f"{path}: holds no question; give one JSON object a line, a .csv, or a folder of .txt briefs")
    return Questions(tuple(good.values()), tuple(bad))


def numbered(questions: Sequence[Question | Brief]) -> Sequence[Question]:
    """Return questions; those that are only briefs go by their place."""
    asked = [
        item if isinstance(item, Question) else Question.of(str(number), item)
        for number, item in enumerate(questions, 1)
    ]
    if len({question.id for question in asked}) < len(asked):
        raise BatchError("two questions have the same id; give each its own")
    return asked


def in_folder(path: Path) -> Iterable[tuple[str, Question | str]]:
    """Yield the briefs of a folder by name, each with its place: a question, or why it is none."""
    for file in sorted(path.iterdir()):
        if file.suffix.lower() in BRIEFS and not file.name.startswith("."):
            yield str(file), _tried(partial(of_brief, file))


def of_brief(file: Path) -> Question:
    """Return the question of a brief, under the file's name."""
    return Question.of(file.stem, Brief.load(file))


def in_file(path: Path) -> Iterable[tuple[str, Question | str]]:
    """Yield what a file asks, each with its place: a question, or why it is none."""
    try:
        raw = files.contents(path, MAX_BYTES + 1)
    except OSError as error:
        raise BriefError(
            f"{path}: cannot be read ({error.strerror}); give a .jsonl or .csv file, or a folder"
        ) from None
    if len(raw) > MAX_BYTES:
        raise BriefError(f"{path}: larger than {MAX_BYTES >> 30} GiB; split it")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    told = rows_of(raw, path) if path.suffix.lower() in TABLES else objects_in(raw, path)
    for number, make in told:
        yield f"{path}:{number}", _tried(partial(question_of, make, number, path))


def objects_in(raw: bytes, path: Path) -> Iterator[tuple[int, Told]]:
    """Yield what reads each object of JSON, by line, or by place where the whole is an array or one object."""
    if raw.lstrip()[:1] == b"[" or (path.suffix.lower() == ".json" and raw.lstrip()[:1] == b"{"):
        try:
            items = json.loads(raw)
        except (ValueError, RecursionError):
            items = None  # of lines that each are an array, or an object: told one by one
        if items is not None:
            for number, item in enumerate(items if isinstance(items, list) else [items], 1):
                line = json.dumps(item).encode()
                yield number, partial(object_of, line)
            return
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            yield number, partial(object_of, line)


def rows_of(raw: bytes, path: Path) -> Iterator[tuple[int, Told]]:
    """Yield what reads each row of a table with a header; raise `BriefError` where its columns ask nothing."""
    text = clean_text(raw, str(path))
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(TABLES[path.suffix.lower()], key=head.count), strict=True)
    try:
        columns = {name: name.strip().lower() for name in rows.fieldnames or () if name}
        if not {"question", "brief"} & set(columns.values()):
            raise BriefError(f"{path}:1: no column is named question; name the columns: id,question,papers")
        for row in rows:
            told: dict[str, Any] = {
                column: row[name].strip() for name, column in columns.items() if (row[name] or "").strip()
            }
            lists = {name: cells(told[name]) for name in LISTS if name in told}
            yield rows.line_num, partial(dict, told | lists)
    except csv.Error as error:
        raise BriefError(f"{path}:{rows.line_num}: {error}; save the table as CSV once more") from None


def cells(text: str) -> list[str]:
    """Return what stands in one cell of a table with semicolons, or line ends, between."""
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


def _tried(make: Callable[[], Question]) -> Question | str:
    try:
        return make()
    except BriefError as error:
        return str(error)


# --- one line ------------------------------------------------------------------------------------------------


def question_of(read: Told, number: int, path: Path) -> Question:
    """Return the question of one line; raise `BriefError` with the reason where it is none."""
    told = read()
    value = told.get("id", number)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BriefError(f"id: is {type(value).__name__}, expected a text")
    name = str(value)
    if not name.strip() or len(name) > MAX_ID or not name.isprintable():
        raise BriefError(f"id: {shown(name)} is not usable; give 1 to {MAX_ID} printable characters")
    writer = _text(told, "writer")
    provider, _, model = writer.partition(":")
    if writer and writer != "extractive" and not (provider.strip() and model.strip()):
        raise BriefError(f"writer: {shown(writer)} is neither 'extractive' nor provider:model")
    sections = told.get("sections") or []
    if not isinstance(sections, list) or not all(isinstance(item, str) and item.strip() for item in sections):
        raise BriefError("sections: expected a list of texts, one for each section of the answer")
    brief = brief_of(told, name, path)
    if sections:
        brief = replace(brief, points=Brief.of(brief.question, brief.papers, sections).points)
    return Question.of(name, brief, writer or None, number)


def object_of(line: bytes) -> dict[str, Any]:
    """Return the JSON object of a line, all of its texts true Unicode; raise `BriefError` for anything else."""
    if len(line) > MAX_LINE:
        raise BriefError(f"longer than {MAX_LINE >> 20} MiB; a question is a short text")
    try:
        told = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BriefError(f"byte 0x{line[error.start]:02x} is not UTF-8; save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise BriefError(f"not JSON: {error.msg} at column {error.colno}") from None
    except (ValueError, RecursionError) as error:
        raise BriefError(f"not JSON: {error}") from None
    if not isinstance(told, dict):
        raise BriefError(f"is {type(told).__name__}, expected an object with 'question' and 'papers'")
    try:
        if b"\\u0000" in line:
            raise ValueError
        if b"\\u" in line:
            json.dumps(told, ensure_ascii=False).encode("utf-8")
    except ValueError:
        raise BriefError("holds an escape (\\u0000, or half a surrogate pair) that is no character") from None
    return told


def _text(told: Mapping[str, Any], field: str) -> str:
    value = told.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BriefError(f"{field}: is {type(value).__name__}, expected a text")
    return value.strip()


def brief_of(told: Mapping[str, Any], name: str, path: Path) -> Brief:
    """Return the brief of a line: its own text, a file beside it, or a question with papers."""
    given, question = _text(told, "brief"), _text(told, "question")
    if given and (question or told.get("papers")):
        raise BriefError("give 'brief', or 'question' with 'papers', not both")
    if given:
        return Brief.parse(given, name) if "\n" in given else Brief.load(path.parent / given)
    if not question:
        raise BriefError("no question; give 'question' with 'papers', or 'brief'")
    if "papers" not in told:
        raise BriefError('no paper is allowed; give "papers": ["2108.10257"]')
    named = [told["papers"]] if isinstance(told["papers"], str) else told["papers"]
    papers = parse_whitelist(json.dumps({"papers": named}), "papers", is_json=True)
    return Brief.of(question, papers)
