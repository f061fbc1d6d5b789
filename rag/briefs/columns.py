"""Read what a table asks of every paper: short headings, whole questions, a TOML file of both, or a brief's points.

A heading stands for the question that it is short for ("data set": which ones are used?); a question stays as it is,
under its own heading where one is given before it ("Data: Which data sets are used?").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from rag.briefs.brief import Brief
from rag.briefs.ids import shown
from rag.briefs.whitelist import check_whole, read_text
from rag.errors import BriefError
from rag.language import is_question, table, words
from rag.papers import Point
from rag.tables import Column

MAX_COLUMNS = 50  # as many as a brief has points
MAX_NAME = 100  # characters: a heading
MAX_ASK = 1000

_HEADED = re.compile(r"(?P<name>[^:?]{1,60}):\s+(?P<ask>\S.*\?\W*)", re.DOTALL)
_PLURAL = re.compile(r"(?:[^s]s|data|criteria)$", re.IGNORECASE)
_STAGES = {"Input": "input", "Model": "method", "Output": "output"}  # what a point on the workflow asks for


def columns_of(asked: Iterable[str | Column]) -> tuple[Column, ...]:
    """Return the columns of headings and questions; raise `BriefError` where two bear one heading, or there is none."""
    columns = tuple(item if isinstance(item, Column) else column_of(item) for item in asked)
    if not columns:
        raise BriefError('no column; ask something of the papers, e.g. --ask "input" --ask "main limitation"')
    if len(columns) > MAX_COLUMNS:
        raise BriefError(f"{len(columns)} columns; keep to {MAX_COLUMNS}")
    for number, column in enumerate(columns):
        if column.name in (other.name for other in columns[:number]):
            raise BriefError(f"two columns are headed {shown(column.name)}; give each its own heading")
        if len(column.name) > MAX_NAME or not column.name.isprintable() or not column.name.strip():
            raise BriefError(f"the heading {shown(column.name)} is unusable; give 1 to {MAX_NAME} printable characters")
        if len(column.ask) > MAX_ASK:
            raise BriefError(f"column {shown(column.name)} asks {len(column.ask)} characters; keep to {MAX_ASK}")
    return columns


def column_of(text: str) -> Column:
    """Return the column of a heading, a question, or a heading and its question."""
    text = " ".join(text.split())
    check_whole(text)
    if not any(map(str.isalnum, text)):
        raise BriefError(f"the column {shown(text)} asks nothing; give a heading or a question")
    if headed := _HEADED.fullmatch(text):
        return Column(headed["name"].strip(), headed["ask"])
    if is_question(text):
        return Column(text if len(text) <= MAX_NAME else text[: MAX_NAME - 1].rstrip() + "…", text)
    return Column(text, question_of(text))


def question_of(heading: str) -> str:
    """Return the question that a short heading stands for."""
    known = _known().get(frozenset(words(heading)))
    verb = "are" if _PLURAL.search(heading) else "is"
    return known or f"What {verb} the {heading.rstrip('.:')}?"


@cache
def _known() -> dict[frozenset[str], str]:
    """Return the questions of `column_questions` by the stems of their headings."""
    rows = table("column_questions")["column"]
    return {frozenset(words(heading)): row["ask"] for row in rows for heading in row["words"]}


def load_columns(path: Path) -> tuple[Column, ...]:
    """Return the columns of a TOML file: tables `[[column]]` with `name`, `ask` or both; raise `BriefError`."""
    try:
        told = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BriefError(f"{path}: not TOML: {error}") from None
    rows = told.get("column")
    if set(told) != {"column"} or not isinstance(rows, list):
        raise BriefError(f'{path}: expected tables [[column]] and nothing else, each with name = "…", ask = "…?"')
    return columns_of(_column(row, f"{path}: column {number}") for number, row in enumerate(rows, 1))


def _column(row: object, place: str) -> Column:
    if not isinstance(row, dict) or not row or set(row) - {"name", "ask"}:
        raise BriefError(f"{place}: give name, ask or both, and nothing else")
    if not all(isinstance(value, str) and value.strip() for value in row.values()):
        raise BriefError(f"{place}: name and ask are texts that say something")
    if "ask" not in row:
        return column_of(row["name"])
    asked = column_of(row["ask"])
    return Column(" ".join(row["name"].split()), asked.ask) if "name" in row else asked


def columns_of_brief(brief: Brief) -> tuple[Column, ...]:
    """Return a brief's points as columns: input, model and output for its workflow, none for lists and the user."""
    return columns_of(column for point in brief.points for column in _of_point(point, brief.question))


def _of_point(point: Point, question: str) -> Sequence[Column]:
    if point.kind == "papers" or point.about_user:
        return ()
    if point.kind == "workflow":
        return [Column(name, question_of(heading)) for name, heading in _STAGES.items()]
    return [Column(point.title, point.text or question)]
