"""Write and read the records `rag.answer/2` and `rag.table/1` strictly: unknown fields, wrong types are refused.

Records of the form before it, `rag.answer/1`, are read too; they have no `in_short`, `checks` or `nearest`.

`load_answer` and `load_table` check form alone, so that a record whose content is wrong can still be judged;
`check_answer` and `check_table` check the content that showing a record relies on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass, replace
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from rag import answers, tables
from rag.answers import ANSWER_SCHEMA, READABLE_SCHEMAS, Answer, Citation, Coverage, Gap, Notice, Reference
from rag.briefs import is_bare_id, is_citekey, is_doi_address, parse_github, shown
from rag.errors import BriefError, RecordError
from rag.papers import AllowedPaper, Span, is_local
from rag.tables import TABLE_SCHEMA, Cell, Table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import TypeAdapter

Made = TypeVar("Made")
Sealed = TypeVar("Sealed", Answer, Table)

MAX_DEPTH = 32  # a record needs 9 levels; `run` may hold a few more
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which no file can hold


def dump_answer(answer: Answer, run: bool = True) -> str:
    """Return the record as one line of JSON; `run=False` leaves out times and costs, for comparing bytes."""
    return _dump(answer, run)


def dump_table(table: Table, run: bool = True) -> str:
    """Return the record of a table as one line of JSON."""
    return _dump(table, run)


def sealed(made: Sealed) -> Sealed:
    """Return an answer or a table with a digest of each field but `run`, of a table of each row.

    A digest is the SHA-256 of the field's canonical JSON: sorted keys, no blanks, characters as they are (RFC 8785).
    """
    told = {name: value for name, value in as_written(made).items() if name not in ("run", "digests")}
    if isinstance(made, Table):
        told |= {f"rows.{number}": row for number, row in enumerate(told.pop("rows"))}
    return replace(made, digests={name: _digest(value) for name, value in told.items()})


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def as_written(made: DataclassInstance) -> dict[str, Any]:
    """Return a dataclass as its file holds it: with fields that came `LATER` only where they say something.

    So a record written before them keeps its bytes and digests.
    """
    return {one.name: _plain(getattr(made, one.name)) for one in fields(made) if not _unsaid(made, one)}


def _unsaid(made: DataclassInstance, one: Field[Any]) -> bool:
    return bool(one.metadata.get("later")) and getattr(made, one.name) == one.default


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return as_written(value)
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _dump(made: Answer | Table, run: bool) -> str:
    record = as_written(made)
    ordered = {"schema": record.pop("schema"), **record}
    if not run:
        del ordered["run"]
    return json.dumps(ordered, ensure_ascii=False)


def load_answer(text: str | bytes) -> Answer:
    """Return the answer that `dump_answer` wrote, as a record of today's form.

    Raise `RecordError` with the place of the first fault.

    >>> answer = engine.ask("How many seconds does TernBurst need?", ["2604.90001"])
    >>> load_answer(answer.to_json()) == answer
    True
    """
    record = _read(text, READABLE_SCHEMAS)
    answer: Answer = _validated(_adapter(Answer, answers), record)
    more = (
        answer.digests,
        answer.in_short,
        *(claim.checks for claim in answer.claims),
        *(gap.nearest for gap in answer.gaps),
    )
    if record["schema"] != ANSWER_SCHEMA and any(more):
        raise RecordError(f"field digests, in_short, checks or nearest: a record {record['schema']!r} has none")
    return replace(answer, schema=ANSWER_SCHEMA)


def load_table(text: str | bytes) -> Table:
    """Return the table that `dump_table` wrote; raise `RecordError` with the place of the first fault."""
    table: Table = _validated(_adapter(Table, tables), _read(text, (TABLE_SCHEMA,)))
    for number, row in enumerate(table.rows):
        if len(row.cells) != len(table.columns):
            raise RecordError(f"field rows.{number}.cells: {len(row.cells)} cells for {len(table.columns)} columns")
    return table


def is_table(text: str | bytes) -> bool:
    """Tell whether a text claims to be the record of a table."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and record.get("schema") == TABLE_SCHEMA


def _read(text: str | bytes, schemas: Sequence[str]) -> dict[str, object]:
    try:
        record = json.loads(text)
    except RecursionError:
        raise RecordError("not a JSON record: nested too deeply") from None
    except ValueError as error:
        raise RecordError(f"not a JSON record: {error}") from None
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema not in schemas:
        found = shown(schema) if isinstance(schema, str) else "no text"
        raise RecordError(f"schema is {found}, expected {schemas[-1]!r}")
    _check_texts(record)
    return dict(record)


def _validated(adapter: TypeAdapter[Made], record: object) -> Made:
    from pydantic import ValidationError

    try:
        return adapter.validate_json(json.dumps(record), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise RecordError(f"field {_place(first['loc'])}: {first['msg']}") from None


def load_answers(text: bytes) -> list[tuple[str, Answer]]:
    """Return the answers of a file with their ids: a batch's lines, or one record, whose id is empty.

    Raise `RecordError` with the line of the first fault.
    """
    lines = [(number, line) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]
    if not lines or _of_batch(lines[0][1]) is None:
        return [("", load_answer(text))]
    found = []
    for number, line in lines:
        told = _of_batch(line)
        if told is None:
            raise RecordError(f"line {number}: is not an answer of a batch")
        try:
            found.append((told[0], load_answer(told[1])))
        except RecordError as error:
            raise RecordError(f"line {number}: {error}") from None
    return found


def _of_batch(line: bytes) -> tuple[str, str] | None:
    """Return id and record of a batch's line, None for any other."""
    try:
        told = json.loads(line)
        return str(told["id"]), json.dumps(told["answer"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _check_texts(record: object) -> None:
    """Raise `RecordError` for nesting that no record has and for text that is no Unicode, before a parser sees it."""
    left: list[tuple[tuple[object, ...], object]] = [((), record)]
    while left:
        place, value = left.pop()
        if len(place) > MAX_DEPTH:
            raise RecordError(f"field {_place(place)}: nested too deeply")
        if isinstance(value, dict):
            left += [((*place, key), part) for key, part in value.items()] + [((*place, key), key) for key in value]
        elif isinstance(value, list):
            left += [((*place, number), part) for number, part in enumerate(value)]
        elif isinstance(value, str) and _SURROGATE.search(value):
            raise RecordError(f"field {_place(place)}: half a surrogate pair, which is no character")


def _place(parts: Sequence[object]) -> str:
    """Return a place as `sections.0.title`; foreign keys that could drive a terminal are escaped."""
    place = ".".join(map(str, parts))
    return place if place.isprintable() and len(place) <= 200 else shown(place)


@cache
def _adapter(made: type[Made], home: ModuleType) -> TypeAdapter[Made]:
    from pydantic import ConfigDict, TypeAdapter

    for kind in (Span, *vars(answers).values(), *vars(home).values()):
        if isinstance(kind, type) and is_dataclass(kind):
            kind.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    return TypeAdapter(made)


# --- content ------------------------------------------------------------------------------------------------


def check_answer(answer: Answer) -> None:
    """Raise `RecordError` where an answer cannot be shown as it claims to be: ids, links, citations, places."""
    for place, fault in faults(answer):
        raise RecordError(f"{place}: {fault}")


def check_table(table: Table) -> None:
    """Raise `RecordError` where a table cannot be shown as it claims to be: ids, links, citations, places."""
    for number, row in enumerate(table.rows):
        paper = row.reference.paper
        if not is_bare_id(paper):
            raise RecordError(f"rows.{number}.reference.paper: {shown(paper)} is no arXiv id without version")
        for place, fault in reference_faults(f"rows.{number}.reference", row.reference):
            raise RecordError(f"{place}: {fault}")
        for j, cell in enumerate(row.cells):
            for place, fault in cell_faults(f"rows.{number}.cells.{j}", cell, paper):
                raise RecordError(f"{place}: {fault}")


def cell_faults(place: str, cell: Cell, paper: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a cell of a paper's row: it is stated and says nothing, or quotes another paper."""
    if (cell.state == "stated") != bool(cell.claims):
        yield f"{place}.claims", f"the cell is {cell.state} and makes {len(cell.claims)} claims"
    quotes = [(f"{place}.nearest.{k}", citation) for k, citation in enumerate(cell.nearest)]
    for i, claim in enumerate(cell.claims):
        if not claim.citations:
            yield f"{place}.claims.{i}.citations", "a claim needs at least one"
        quotes += [(f"{place}.claims.{i}.citations.{k}", citation) for k, citation in enumerate(claim.citations)]
    for at, citation in quotes:
        if citation.paper != paper:
            yield f"{at}.paper", f"is {shown(str(citation.paper))} in the row of {paper}"
        yield from citation_faults(at, citation)


def faults(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield the place of every fault in an answer's content, and what is wrong there."""
    claims = [(f"in_short.{i}", claim) for i, claim in enumerate(answer.in_short)]
    claims += [
        (f"sections.{i}.claims.{j}", claim)
        for i, section in enumerate(answer.sections)
        for j, claim in enumerate(section.claims)
    ]
    citations = [
        (f"{place}.citations.{k}", found) for place, claim in claims for k, found in enumerate(claim.citations)
    ]
    citations += [(f"gaps.{i}.statement", gap.statement) for i, gap in enumerate(answer.gaps) if gap.statement]
    citations += [
        (f"gaps.{i}.nearest.{k}", one) for i, gap in enumerate(answer.gaps) for k, one in enumerate(gap.nearest)
    ]
    lists: dict[str, Sequence[Reference | Coverage | Gap | Notice]] = {
        "references": answer.references,
        "coverage": answer.coverage,
        "gaps": answer.gaps,
        "notices": answer.notices,
    }
    papers = [(f"{name}.{i}.paper", item.paper) for name, items in lists.items() for i, item in enumerate(items)]
    papers += [(f"{place}.subject", claim.subject) for place, claim in claims]
    papers += [(f"{place}.paper", citation.paper) for place, citation in citations]
    for place, paper in papers:
        if paper is not None and not is_bare_id(paper):
            yield place, f"{shown(paper)} is no arXiv id without version"
    for i, reference in enumerate(answer.references):
        yield from reference_faults(f"references.{i}", reference)
    for place, claim in claims:
        if not claim.citations:
            yield f"{place}.citations", "a claim needs at least one"
    for place, citation in citations:
        yield from citation_faults(place, citation)


def reference_faults(place: str, reference: Reference) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a listed paper: its address is built from its id, its code lies on GitHub."""
    url = AllowedPaper(reference.paper, reference.version).url
    own = is_local(reference.paper) and is_doi_address(reference.url)
    if reference.url != url and not own:
        yield f"{place}.url", f"is {shown(reference.url)}, expected {shown(url)}"
    if reference.github is not None:
        try:
            parse_github(reference.github)
        except BriefError as error:
            yield f"{place}.github", str(error)
    if reference.citekey and not is_citekey(reference.citekey):
        yield f"{place}.citekey", f"{shown(reference.citekey)} cannot stand as a citekey"
    yield from _version_faults(place, reference.version)


def citation_faults(place: str, citation: Citation) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a quote's place, as far as the record alone can tell."""
    yield from _version_faults(place, citation.version)
    if citation.source != "brief" and citation.paper is None:
        yield f"{place}.paper", f"a citation of source {citation.source} needs its paper"
    if citation.source == "pdf" and not citation.spans:
        yield f"{place}.spans", "a citation of a PDF needs at least one"
    for number, span in enumerate(citation.spans):
        if span.page < 1:
            yield f"{place}.spans.{number}", f"page is {span.page}; pages count from 1"
        if not 0 <= span.start < span.end:
            yield f"{place}.spans.{number}", f"start {span.start} and end {span.end} hold no text"


def _version_faults(place: str, version: int | None) -> Iterator[tuple[str, str]]:
    if version is not None and version < 1:
        yield f"{place}.version", f"is {version}; versions count from 1"
