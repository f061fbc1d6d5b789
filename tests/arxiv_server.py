"""Serve papers on loopback the way arXiv does: its Atom API under /api/query, PDFs under /pdf/.

Faults are scripted: `server.script("/pdf/2404", Reply(503), Reply(html=...))` answers the next requests whose path
contains the given text, in order, before the usual service goes on. Everything asked is kept in `server.asked`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
)


def small_pdf(remark: str) -> bytes:
    """Return the smallest file that is a PDF by its head and its end; different for each remark."""
    return b"%PDF-1.4\n%" + remark.encode() + b"\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Served:
    """Be one version of a paper as arXiv has it; without `pdf` it has been withdrawn."""

    paper: str
    version: int = 1
    title: str = "A Title"
    authors: tuple[str, ...] = ("Ada Example", "Bo Sample")
    abstract: str = "We say what we did."
    comment: str = ""
    published: str = "2024-10-24T17:57:45Z"
    pdf: bytes | None = b""

    @property
    def key(self) -> str:
        return f"{self.paper}v{self.version}"

    @property
    def content(self) -> bytes | None:
        return small_pdf(self.key) if self.pdf == b"" else self.pdf


@dataclass(frozen=True)
class Reply:
    """Be a scripted answer. `declared` is a Content-Length that the body need not keep."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None
    hold: threading.Event | None = None  # after half of the body, until it is set


@dataclass(frozen=True)
class Asked:
    """Keep one request."""

    path: str
    agent: str


class ArxivServer:
    """Serve in a thread for as long as the `with` block lasts."""

    def __init__(self, papers: Sequence[Served]) -> None:
        self.papers = list(papers)
        self.asked: list[Asked] = []
        self.half_sent = threading.Event()
        self._script: list[tuple[str, Reply]] = []
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> ArxivServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def api(self) -> str:
        return f"{self.url}/api/query"

    @property
    def pdf(self) -> str:
        return f"{self.url}/pdf"

    def script(self, path: str, *replies: Reply) -> None:
        self._script += [(path, reply) for reply in replies]

    def paths(self, part: str = "") -> list[str]:
        return [asked.path for asked in self.asked if part in asked.path]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.asked.append(Asked(handler.path, handler.headers.get("User-Agent", "")))
            found = next((entry for entry in self._script if entry[0] in handler.path), None)
            if found:
                self._script.remove(found)
        self._send(handler, found[1] if found else self._usual(handler.path))

    def _usual(self, path: str) -> Reply:
        url = urlsplit(path)
        if url.path == "/api/query":
            body = self._feed(parse_qs(url.query)).encode()
            return Reply(body=body, headers={"Content-Type": "application/atom+xml"})
        if url.path.startswith("/pdf/"):
            paper = self._find(url.path.removeprefix("/pdf/"))
            if paper and paper.content:
                return Reply(body=paper.content, headers={"Content-Type": "application/pdf"})
        return Reply(404, b"<html>not found</html>", {"Content-Type": "text/html"})

    def _find(self, key: str) -> Served | None:
        named = [paper for paper in self.papers if key in (paper.key, paper.paper)]
        return max(named, key=lambda paper: paper.version, default=None)

    def _feed(self, query: Mapping[str, list[str]]) -> str:
        ids = query.get("id_list", [""])[0].split(",")
        start, size = int(query["start"][0]) if "start" in query else 0, int(query["max_results"][0])
        found = [paper for key in ids if (paper := self._find(key))]
        entries = "".join(_entry(paper, self.url) for paper in found[start : start + size])
        total = f"<opensearch:totalResults>{len(ids)}</opensearch:totalResults>"  # arXiv counts what was asked
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{ATOM}{total}{entries}</feed>\n'

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        length = len(reply.body) if reply.declared is None else reply.declared
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        try:
            self._body(handler, reply)
        except OSError:
            handler.close_connection = True  # the client has gone, as a killed one does
        if length != len(reply.body):
            handler.close_connection = True

    def _body(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        half = len(reply.body) // 2
        handler.wfile.write(reply.body[:half])
        handler.wfile.flush()
        if reply.hold:
            self.half_sent.set()
            reply.hold.wait(60)
        handler.wfile.write(reply.body[half:])


def _entry(paper: Served, url: str) -> str:
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in paper.authors)
    comment = f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>" if paper.comment else ""
    # links name arxiv.org whoever serves them: mirrors copy the feed
    link = f'<link title="pdf" href="http://arxiv.org/pdf/{paper.key}" rel="related" type="application/pdf"/>'
    return (
        f"<entry><id>http://arxiv.org/abs/{paper.key}</id><updated>{paper.published}</updated>"
        f"<published>{paper.published}</published><title>{escape(paper.title)}</title>"
        f"<summary>{escape(paper.abstract)}</summary>{authors}{comment}"
        f'<link href="http://arxiv.org/abs/{paper.key}" rel="alternate" type="text/html"/>'
        f'{link if paper.pdf is not None else ""}<arxiv:primary_category term="cs.CV"/></entry>'
    )
