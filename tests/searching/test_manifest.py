"""A manifest is believed only where every value of it may be true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.searching import Index
from tests.shelf import alter_manifest, invented, shelve


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"schema": "rag.index/1", "model": "\\ud800"}',
        b'{"schema": "rag.index/1", "model": "\xed\xa0\x80"}',
        b'{"schema": "rag.index/9"}',
        b'{"schema": "rag.index/1"}',
        b"[" * 100_000,
    ],
)
def test_a_foreign_manifest_is_refused(tmp_path: Path, text: bytes) -> None:
    """Anything but a manifest of this schema is an error of ours with the remedy, never a traceback."""
    (tmp_path / "manifest.json").write_bytes(text)
    with pytest.raises(CorpusError, match="rag ingest --rebuild"):
        Index.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", 7),
        ("fingerprint", None),
        ("dimension", 0),
        ("dimension", True),
        ("dimension", 10**30),
        ("rows", -1),
        ("rows", 11),
        ("rows", "12"),
        ("vectors", "../vectors-1.f32"),
        ("vectors", "vectors-1.f32/"),
        ("vectors", ["vectors-1.f32"]),
        ("papers", None),
        ("papers", 5),
        ("papers", [None]),
        ("papers", ["text"]),
    ],
)
def test_a_manifest_with_a_foreign_value_is_refused(tmp_path: Path, name: str, value: object) -> None:
    """Every field is of its type, and within its bounds."""
    shelve(tmp_path, [invented(1), invented(2)])
    alter_manifest(tmp_path, lambda told: told.update({name: value}))
    with pytest.raises(CorpusError, match=r"is not an index manifest .*rag ingest --rebuild"):
        Index.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("file", "../../victim.txt"),
        ("file", "papers/../../victim.json"),
        ("file", "papers/..json"),
        ("file", "/victim.json"),
        ("file", "papers/a/b.json"),
        ("file", "papers/a\\b.json"),
        ("file", "papers/a.json\n"),
        ("file", "papers/a\x00.json"),
        ("file", ""),
        ("file", None),
        ("key", "2101.00009v1"),
        ("paper", "2101.00009"),
        ("version", "1"),
        ("version", 1.0),
        ("title", 3),
        ("sha256", None),
        ("first_row", -1),
        ("first_row", 7),
        ("rows", -1),
        ("rows", 1.5),
        ("notices", None),
        ("notices", ["ab", 3]),
        ("notices", [["kind", 3]]),
        ("notices", [["kind", "text", "more"]]),
    ],
)
def test_an_entry_with_a_foreign_value_is_refused(tmp_path: Path, name: str, value: object) -> None:
    """An entry names a file of this folder, rows that are there, and itself."""
    shelve(tmp_path, [invented(1), invented(2)])
    alter_manifest(tmp_path, lambda told: told["papers"][1].update({name: value}))
    with pytest.raises(CorpusError, match=r"is not an index manifest .*rag ingest --rebuild"):
        Index.open(tmp_path)


def test_an_unknown_field_of_the_manifest_is_refused(tmp_path: Path) -> None:
    """A manifest of a later version is not half understood."""
    shelve(tmp_path, [invented(1)])
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sharded": True}))
    with pytest.raises(CorpusError, match="is not an index manifest"):
        Index.open(tmp_path)
