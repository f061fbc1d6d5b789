"""Write a paper to its file and read it back. The files' hashes stand in the manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from rag.errors import CorpusError
from rag.papers import HiddenText, Page, Paper, Passage, Region, Sentence, Span

_PASSAGES = b',"passages":['  # where they begin in a stored paper


def dump_paper(paper: Paper) -> bytes:
    """Return a paper as JSON, the same bytes for the same paper."""
    return json.dumps(paper, default=_fields, ensure_ascii=False, separators=(",", ":")).encode()


def _fields(item: Any) -> dict[str, Any]:
    """Return a dataclass's fields in order, without copying what they hold: a paper has tens of thousands of tuples."""
    return {field.name: getattr(item, field.name) for field in fields(item)}


def load_paper(data: bytes) -> Paper:
    """Return the paper that `dump_paper` wrote. Their hash stood in the manifest."""
    told: dict[str, Any] = json.loads(data)
    told["authors"] = tuple(told["authors"])
    told["gaps"] = tuple(told["gaps"])
    told["pages"] = tuple(_page(page) for page in told["pages"])
    told["sentences"] = tuple(_sentence(sentence) for sentence in told["sentences"])
    told["passages"] = _passages(told["passages"])
    told["hidden"] = tuple(HiddenText(**hidden) for hidden in told["hidden"])
    return Paper(**told)


def load_passages(data: bytes) -> tuple[Passage, ...]:
    """Return a paper's passages without parsing its pages, which take fifty times longer.

    The mark cannot stand inside a text: JSON writes a quotation mark there with a backslash before it.
    """
    start = data.rindex(_PASSAGES) + len(_PASSAGES) - 1
    return _passages(json.JSONDecoder().raw_decode(data[start:].decode())[0])


def _passages(told: list[dict[str, Any]]) -> tuple[Passage, ...]:
    return tuple(Passage(**{**passage, "section": tuple(passage["section"])}) for passage in told)


def _page(told: dict[str, Any]) -> Page:
    told["regions"] = tuple(Region(**region) for region in told["regions"])
    told["glyphs"] = tuple((start, glyph, length) for start, glyph, length in told["glyphs"])
    told["flags"] = tuple(told["flags"])
    return Page(**told)


def _sentence(told: dict[str, Any]) -> Sentence:
    told["spans"] = tuple(Span(**span) for span in told["spans"])
    told["section"] = tuple(told["section"])
    told["flags"] = tuple(told["flags"])
    return Sentence(**told)


def sealed(path: Path, sha256: str) -> bytes:
    """Return what a file holds; raise `CorpusError` unless its hash is this one."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CorpusError(f"{path} is not what was written (its hash differs); run: rag ingest --rebuild BRIEF")
    return data


def delete(path: Path) -> None:
    """Delete a file if it is there; raise `CorpusError` when it cannot be deleted."""
    try:
        if path.is_file():
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CorpusError(f"{path} cannot be deleted: {error.strerror}; delete it yourself") from None
