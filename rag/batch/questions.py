"""Read the questions of a batch: JSON lines, or a folder of briefs. Bad ones are returned with place and reason.

A line holds `id`, and `question` with `papers` (ids, links or tables, as in a whitelist), or `brief` (a path beside
the file, or the text itself); optional are `sections` (what each section of the answer explains) and `writer`
(`extractive`, or a chat model such as `openai:gpt-5-mini`). A line without id goes by its number. Other fields are
the user's own and left alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag.briefs import Brief, parse_whitelist, shown
from rag.errors import BatchError, BriefError

MAX_BYTES = 1 << 30  # of a questions file: a million questions; more is surely something else
MAX_LINE = 1 << 20  # of one line, as of one brief
MAX_ID = 200  # characters
BRIEFS = (".txt", ".md")


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
        papers = [{**asdict(paper), "line": None} for paper in brief.papers]
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
    """Return the questions of a JSON lines file or a folder of briefs; raise `BriefError` if it is neither."""
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
        raise BriefError(f"{path}: holds no question; give one JSON object a line, or a folder of .txt briefs")
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
            yield str(file), _tried(lambda file=file: Question.of(file.stem, Brief.load(file)))


def in_file(path: Path) -> Iterable[tuple[str, Question | str]]:
    """Yield the lines of a JSON lines file, each with its place: a question, or why it is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BriefError(f"{path}: cannot be read ({error.strerror}); give a .jsonl file or a folder") from None
    if len(raw) > MAX_BYTES:
        raise BriefError(f"{path}: larger than {MAX_BYTES >> 30} GiB; split it")
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield f"{path}:{number}", _tried(lambda line=line, number=number: question_of(line, number, path))


def _tried(make: Any) -> Question | str:
    try:
        question: Question = make()
    except BriefError as error:
        return str(error)
    return question


# --- one line ------------------------------------------------------------------------------------------------


def question_of(line: bytes, number: int, path: Path) -> Question:
    """Return the question of one line; raise `BriefError` with the reason where it is none."""
    told = object_of(line)
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
    papers = parse_whitelist(json.dumps({"papers": told["papers"]}), "papers", is_json=True)
    return Brief.of(question, papers)
