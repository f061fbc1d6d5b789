"""A collection of Zotero's is a whitelist: its local API, read over loopback, faults included."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from rag.cli import app
from rag.errors import BriefError, SettingsError
from rag.fetching import zotero_entries

COLLECTIONS = [
    {"key": "AAAA1111", "data": {"name": "Blur", "parentCollection": False}},
    {"key": "BBBB2222", "data": {"name": "Motion", "parentCollection": "AAAA1111"}},
    {"key": "CCCC3333", "data": {"name": "Motion", "parentCollection": False}},
    {"key": "DDDD4444", "data": {"name": "Empty", "parentCollection": False}},
]
ITEMS = [
    {"id": f"item{n}", "type": "article", "title": f"Paper {n}", "DOI": f"10.48550/arXiv.2101.{n:05}"}
    for n in range(1, 131)
]


@contextmanager
def zotero(status: int = 200, body: bytes | None = None, items: Any = ITEMS) -> Iterator[tuple[str, list[str]]]:
    """Serve the library as Zotero does: lists in pages, CSL JSON under `items`."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            start, limit = int(query["start"][0]), int(query["limit"][0])
            if url.path == "/api/users/0/collections":
                told: Any = COLLECTIONS[start : start + limit]
            else:
                told = {"items": [] if "DDDD4444" in url.path else items[start : start + limit]}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode() if body is None else body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("name", ["Blur", "blur", "AAAA1111", "Blur / Motion", "Blur/motion", "BBBB2222"])
def test_a_collection_is_found_by_name_path_or_key(name: str) -> None:
    """All of its items are read, page by page."""
    with zotero() as (base, asked):
        entries = zotero_entries(name, base)
    assert [entry.paper.key for entry in entries if entry.paper] == [f"2101.{n:05}" for n in range(1, 131)]
    assert len(asked) == 3  # collections, and two pages of items
    assert all(path.startswith("/api/users/0/") for path in asked)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Motion", "names 'Blur / Motion', 'Motion'; give one with its path"),
        ("Bluur", "no collection is named 'Bluur'; did you mean 'Blur'"),
        ("Empty", "holds no entry"),
    ],
)
def test_what_is_in_doubt_is_refused(name: str, message: str) -> None:
    """A name of two collections, of none, or of an empty one is one line."""
    with zotero() as (base, _), pytest.raises(BriefError, match=re.escape(message)):
        zotero_entries(name, base)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (403, b"", "Allow other applications on this computer"),
        (500, b"", "it answered 500"),
        (302, b"", "it answered 302"),
        (200, b"<html>", "no JSON"),
        (200, b"[" * 100_000, "no JSON"),
        (200, b'{"a": 1}', "no list of items"),
        (200, b"[1]", "no list of items"),
    ],
)
def test_faults_are_one_line_with_a_remedy(status: int, body: bytes, message: str) -> None:
    """Whatever answers on the port, nothing is taken for a whitelist that is none."""
    with zotero(status, body) as (base, _), pytest.raises(BriefError, match=message):
        zotero_entries("Blur", base)


def test_zotero_that_does_not_run_is_said() -> None:
    """A closed port is told from a refusal."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(BriefError, match="does not run on this machine"):
        zotero_entries("Blur", f"http://127.0.0.1:{port}")


def test_no_other_machine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address must be here, and no proxy is asked for what is here."""
    with pytest.raises(SettingsError, match="is on this machine"):
        zotero_entries("Blur", "http://zotero.example.org:23119")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with zotero() as (base, _):
        assert zotero_entries("Blur", base)


def test_commands_take_a_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """`rag brief zotero:NAME` lists its entries."""
    with zotero(items=ITEMS[:2]) as (base, _):
        monkeypatch.setenv("RAG_ZOTERO", base)
        shown = CliRunner().invoke(app, ["brief", "zotero:Blur"])
    assert shown.exit_code == 0
    assert "2 of 2 entries allowed" in shown.output
