"""Write and read the list of what an index holds. It may come from anywhere, so nothing in it is taken on trust.

A name in it leads to a file of the index folder and nowhere else, and rows lie within the vector file. Not handled
here: whether the files hold what was written (`index` compares hashes when it reads them).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from itertools import product
from operator import attrgetter
from pathlib import Path
from typing import Any

from rag import files
from rag.errors import CorpusError
from rag.papers import paper_key

SCHEMA = "rag.index/1"
MOST_DIMENSIONS = 1 << 16  # ten times those of any embedding model

_FILE = re.compile(r"papers/(?!.*\.\.)[\w.-]+\.json")
_VECTORS = re.compile(r"vectors-[0-9]{1,18}\.f32")


@dataclass(frozen=True, slots=True)
class Entry:
    """Describe one stored paper as the manifest lists it; `pdf` is where its PDF lay when it was read."""

    key: str
    paper: str
    version: int | None
    title: str
    file: str
    sha256: str
    terms_sha256: str
    pdf_sha256: str
    pdf: str
    extractor: str
    first_row: int
    rows: int
    vectors_sha256: str
    sentences_sha256: str
    notices: tuple[tuple[str, str], ...] = ()  # (kind, text) pairs found while fetching


@dataclass(frozen=True, slots=True)
class Manifest:
    """Describe an index. `rows` counts all rows in use; what lies behind them in the file is unpublished."""

    model: str
    fingerprint: str
    dimension: int
    vectors: str
    rows: int = 0
    papers: tuple[Entry, ...] = ()
    schema: str = SCHEMA


def dump_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as JSON, a paper a line."""
    head = json.dumps({name: getattr(manifest, name) for name in _names(Manifest) if name != "papers"}, indent=1)
    lines = ",\n".join(map(entry_line, manifest.papers))
    return f'{head[:-2]},\n "papers": [\n{lines}\n]\n}}\n'.encode()


@lru_cache(1 << 16)
def entry_line(entry: Entry) -> str:
    """Return an entry as JSON, remembered: every paper that is added publishes all of them again."""
    return json.dumps({name: getattr(entry, name) for name in _names(Entry)}, ensure_ascii=False)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def load_manifest(data: bytes, path: Path) -> Manifest:
    """Return the manifest that `dump_manifest` wrote; raise `CorpusError`, naming `path`, for anything else."""
    try:
        told = json.loads(data.decode())
        if b"\\u" in data:  # half a character, which cannot be written or printed, can only come escaped
            json.dumps(told, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path} cannot be read ({error}); run: rag ingest --rebuild BRIEF") from None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        found = told.get("schema") if isinstance(told, dict) else type(told).__name__
        raise CorpusError(f"{path} has schema {found!r}, expected {SCHEMA!r}; run: rag ingest --rebuild BRIEF")
    try:
        return manifest_of(told)
    except (TypeError, KeyError, ValueError) as error:
        raise CorpusError(f"{path} is not an index manifest ({error}); run: rag ingest --rebuild BRIEF") from None


def manifest_of(told: Mapping[str, Any]) -> Manifest:
    """Return the manifest that JSON tells; raise `ValueError`, `TypeError` or `KeyError` for what is none."""
    papers = tuple(map(entry_of, told["papers"]))
    manifest = Manifest(**{**told, "papers": papers})
    _check_types(manifest)
    if not 1 <= manifest.dimension <= MOST_DIMENSIONS or manifest.rows < 0:
        raise ValueError(f"{manifest.rows} rows of {manifest.dimension} numbers")
    if not _VECTORS.fullmatch(manifest.vectors):
        raise ValueError(f"vectors in {manifest.vectors!r}")
    for entry in papers:
        if min(entry.first_row, entry.rows) < 0 or entry.first_row + entry.rows > manifest.rows:
            raise ValueError(f"{entry.key}: rows outside the {manifest.rows} that there are")
    if len({entry.key for entry in papers}) < len(papers) or len({entry.file for entry in papers}) < len(papers):
        raise ValueError("a paper or a file stands in it twice")
    return manifest


def entry_of(told: Mapping[str, Any]) -> Entry:
    """Return the entry that JSON tells; raise like `manifest_of`."""
    notices = tuple((kind, text) for kind, text in told["notices"])
    entry = Entry(**{**told, "notices": notices})
    _check_types(entry)
    if not all(type(part) is str for notice in notices for part in notice):
        raise ValueError(f"{entry.key}: notices {notices!r}")
    if not _FILE.fullmatch(entry.file):
        raise ValueError(f"{entry.key}: file {entry.file!r}")
    if entry.key != paper_key(entry.paper, entry.version):
        raise ValueError(f"{entry.key!r} stands for {entry.paper!r}, version {entry.version}")
    return entry


def _check_types(record: Entry | Manifest) -> None:
    """Raise `ValueError` unless every field is of its type."""
    kind: type = type(record)
    values, known = attrgetter(*_names(kind))(record), _kinds(kind)
    if tuple(map(type, values)) not in known:
        wrong = [
            f"{name} {value!r}"
            for number, (name, value) in enumerate(zip(_names(kind), values, strict=True))
            if type(value) not in {kinds[number] for kinds in known}
        ]
        raise ValueError(", ".join(wrong))


@cache
def _kinds(kind: type) -> frozenset[tuple[type, ...]]:
    """Return the types that the fields of a record may have together."""
    known = {"str": (str,), "int": (int,), "int | None": (int, type(None))}
    return frozenset(product(*(known.get(str(field.type), (tuple,)) for field in fields(kind))))


# --- its file -------------------------------------------------------------------------------------------------


def changed_at(folder: Path) -> int | None:
    """Return when an index was last published, in nanoseconds; None before the first ingest.

    Raise `CorpusError` when there cannot be one: the folder is a file, or may not be looked into.
    """
    try:
        return (folder / "manifest.json").stat().st_mtime_ns
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _no_folder(folder, error) from None


def read_manifest(folder: Path) -> bytes:
    """Return the bytes of an index's manifest; raise `CorpusError` where there is none."""
    try:
        return files.contents(folder / "manifest.json")
    except FileNotFoundError:
        raise CorpusError(f"no index at {folder}; run: rag ingest BRIEF") from None
    except OSError as error:
        raise _no_folder(folder, error) from None


def _no_folder(folder: Path, error: OSError) -> CorpusError:
    return CorpusError(f"no index can be read at {folder}: {error.strerror}; --corpus must name a folder you may read")
