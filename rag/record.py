"""Write and read the record `rag.answer/1` strictly: unknown fields, wrong types and other schemas are refused.

`load_answer` checks form alone, so that a record whose content is wrong can still be judged; `check_answer` checks
the content that showing a record relies on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from rag.answers import ANSWER_SCHEMA, Answer, Citation, Coverage, Gap, Notice, Reference
from rag.briefs import is_bare_id, parse_github, shown
from rag.errors import BriefError, RecordError
from rag.papers import AllowedPaper, Span

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MAX_DEPTH = 32  # a record needs 9 levels; `run` may hold a few more


def dump_answer(answer: Answer, run: bool = True) -> str:
    """Return the record as one line of JSON; `run=False` leaves out times and costs, for comparing bytes."""
    record = asdict(answer)
    ordered = {"schema": record.pop("schema"), **record}
    if not run:
        del ordered["run"]
    return json.dumps(ordered, ensure_ascii=False)


def load_answer(text: str | bytes) -> Answer:
    """Return the answer that `dump_answer` wrote; raise `RecordError` with the place of the first fault."""
    from pydantic import ValidationError

    try:
        record = json.loads(text)
    except RecursionError:
        raise RecordError("not a JSON record: nested too deeply") from None
    except ValueError as error:
        raise RecordError(f"not a JSON record: {error}") from None
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema != ANSWER_SCHEMA:
        found = shown(schema) if isinstance(schema, str) else "no text"
        raise RecordError(f"schema is {found}, expected {ANSWER_SCHEMA!r}")
    _check_texts(record)
    try:
        return _adapter().validate_json(json.dumps(record), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise RecordError(f"field {_place(first['loc'])}: {first['msg']}") from None


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
        elif isinstance(value, str) and not _is_unicode(value):
            raise RecordError(f"field {_place(place)}: half a surrogate pair, which is no character")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _place(parts: Sequence[object]) -> str:
    """Return a place as `sections.0.title`; foreign keys that could drive a terminal are escaped."""
    place = ".".join(map(str, parts))
    return place if place.isprintable() and len(place) <= 200 else shown(place)


@cache
def _adapter() -> TypeAdapter[Answer]:
    from pydantic import ConfigDict, TypeAdapter

    config: Any = ConfigDict(extra="forbid")
    for kind in _record_types():
        kind.__pydantic_config__ = config  # type: ignore[attr-defined]
    return TypeAdapter(Answer)


def _record_types() -> list[type]:
    from rag import answers as a

    return [
        a.Answer, a.Section, a.Claim, a.Citation, Span, a.Reference, a.Coverage, a.Gap, a.Dropped, a.Notice,
        a.Provenance, a.Refusal, a.AnswerFailure,
    ]  # fmt: skip


# --- content ------------------------------------------------------------------------------------------------


def check_answer(answer: Answer) -> None:
    """Raise `RecordError` where an answer cannot be shown as it claims to be: ids, links, citations, places."""
    for place, fault in _faults(answer):
        raise RecordError(f"{place}: {fault}")


def _faults(answer: Answer) -> Iterator[tuple[str, str]]:
    for place, paper in _papers(answer):
        if not is_bare_id(paper):
            yield place, f"{shown(paper)} is no arXiv id without version"
    for i, reference in enumerate(answer.references):
        yield from _reference_faults(f"references.{i}", reference)
    for i, section in enumerate(answer.sections):
        for j, claim in enumerate(section.claims):
            if not claim.citations:
                yield f"sections.{i}.claims.{j}.citations", "a claim needs at least one"
    for place, citation in _citations(answer):
        yield from _citation_faults(place, citation)


def _papers(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield every paper that the answer names, with the place."""
    lists: dict[str, Sequence[Reference | Coverage | Gap | Notice]] = {
        "references": answer.references,
        "coverage": answer.coverage,
        "gaps": answer.gaps,
        "notices": answer.notices,
    }
    for name, items in lists.items():
        yield from ((f"{name}.{i}.paper", item.paper) for i, item in enumerate(items) if item.paper is not None)
    for i, section in enumerate(answer.sections):
        for j, claim in enumerate(section.claims):
            if claim.subject is not None:
                yield f"sections.{i}.claims.{j}.subject", claim.subject
    for place, citation in _citations(answer):
        if citation.paper is not None:
            yield f"{place}.paper", citation.paper


def _citations(answer: Answer) -> Iterator[tuple[str, Citation]]:
    for i, section in enumerate(answer.sections):
        for j, claim in enumerate(section.claims):
            for k, citation in enumerate(claim.citations):
                yield f"sections.{i}.claims.{j}.citations.{k}", citation
    for i, gap in enumerate(answer.gaps):
        if gap.statement is not None:
            yield f"gaps.{i}.statement", gap.statement


def _reference_faults(place: str, reference: Reference) -> Iterator[tuple[str, str]]:
    url = AllowedPaper(reference.paper, reference.version).url
    if reference.url != url:
        yield f"{place}.url", f"is {shown(reference.url)}, expected {shown(url)}"
    if reference.github is not None:
        try:
            parse_github(reference.github)
        except BriefError as error:
            yield f"{place}.github", str(error)
    yield from _version_faults(place, reference.version)


def _citation_faults(place: str, citation: Citation) -> Iterator[tuple[str, str]]:
    yield from _version_faults(place, citation.version)
    if citation.source != "brief" and citation.paper is None:
        yield f"{place}.paper", f"a citation of source {citation.source} needs its paper"
    if citation.source == "pdf" and not citation.spans:
        yield f"{place}.spans", "a citation of a PDF needs at least one"
    for number, span in enumerate(citation.spans):
        yield from ((f"{place}.spans.{number}", fault) for fault in _span_faults(span))


def _version_faults(place: str, version: int | None) -> Iterator[tuple[str, str]]:
    if version is not None and version < 1:
        yield f"{place}.version", f"is {version}; versions count from 1"


def _span_faults(span: Span) -> Iterator[str]:
    if span.page < 1:
        yield f"page is {span.page}; pages count from 1"
    if not 0 <= span.start < span.end:
        yield f"start {span.start} and end {span.end} hold no text"
