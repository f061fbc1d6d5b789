"""Hold a record's fields to the digests that it bears: SHA-256 over the canonical JSON of each field but `run`.

Canonical are sorted keys, no blanks, and characters as they are (RFC 8785, for the texts, whole numbers and lists that
a record holds). A table has a digest for each of its rows. Anyone can make digests anew: they name what was changed by
hand or on the way, and are no proof against a forger.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from rag.answers import Answer
from rag.record import as_written

from .stored_pages import sha256

APART = frozenset(("run", "digests"))  # times and costs may differ between two runs


def digests_of(record: Mapping[str, object]) -> dict[str, str]:
    """Return the digest of each field of an answer's or a table's record."""
    fields = {name: value for name, value in record.items() if name not in APART}
    rows = fields.pop("rows", None)
    if isinstance(rows, list | tuple):
        fields |= {f"rows.{number}": row for number, row in enumerate(rows)}
    return {name: sha256(_canonical(value)) for name, value in fields.items()}


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def altered(record: Mapping[str, object]) -> tuple[str, ...] | None:
    """Return the fields that are not what their digests were made from; None for a record without digests."""
    told = record.get("digests")
    if not isinstance(told, Mapping) or not told:
        return None
    real = digests_of(record)
    return tuple(name for name in dict.fromkeys((*real, *map(str, told))) if real.get(name) != told.get(name))


def sealed(answer: Answer) -> Answer:
    """Return an answer with the digests of its fields made anew."""
    return replace(answer, digests=digests_of(as_written(answer)))
