"""Write and read the record `rag.answer/1` strictly: unknown fields, wrong types and other schemas are refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from rag.errors import RecordError
from rag.types import ANSWER_SCHEMA, Answer

if TYPE_CHECKING:
    from pydantic import TypeAdapter


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
    except (ValueError, RecursionError) as error:
        raise RecordError(f"not a JSON record: {error}") from None
    if not isinstance(record, dict) or record.get("schema") != ANSWER_SCHEMA:
        found = record.get("schema") if isinstance(record, dict) else type(record).__name__
        raise RecordError(f"schema is {found!r}, expected {ANSWER_SCHEMA!r}")
    try:
        return _adapter().validate_python(record)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordError(f"field {place}: {first['msg']}") from None


@cache
def _adapter() -> TypeAdapter[Answer]:
    from pydantic import ConfigDict, TypeAdapter

    config: Any = ConfigDict(extra="forbid")
    for kind in _record_types():
        kind.__pydantic_config__ = config  # type: ignore[attr-defined]
    return TypeAdapter(Answer)


def _record_types() -> list[type]:
    from rag import types as t

    return [
        t.Answer, t.Section, t.Claim, t.Citation, t.Span, t.Reference, t.Coverage, t.Gap, t.Dropped, t.Notice,
        t.Provenance, t.Refusal, t.AnswerFailure,
    ]  # fmt: skip
