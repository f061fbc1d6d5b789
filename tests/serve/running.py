"""Run the real application on loopback, over the demo papers, in a thread of the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from rag import Brief, Engine
from rag.papers import AllowedPaper
from rag.serve import Access, application
from rag.serve.server import configured
from rag.settings import resource
from tests.hash_embedder import HashEmbedder

DEMO = Brief.load(resource("demo") / "brief.txt")
TERN, LAPWING = (paper.paper for paper in DEMO.papers)
QUESTION = "How does TernBurst merge a burst of frames?"


def demo_engine(corpus: Path) -> Engine:
    """Return an engine whose embedder needs no weights, and which stores nothing yet."""
    settings = Engine.open(corpus, pdf_dir=resource("demo") / "pdf", offline=True).settings
    return Engine(settings, embedder=HashEmbedder())


@contextmanager
def running(
    engine: Engine,
    token: str | None = None,
    *,
    whole_corpus: bool = False,
    also: Sequence[str] = (),
    agents_papers: Sequence[AllowedPaper] | None = None,
) -> Iterator[tuple[str, Access]]:
    """Yield the address of a server over an engine, without a slash at its end, and who may come."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        access = Access.of("127.0.0.1", port, token)
        app = application(engine, access, whole_corpus=whole_corpus, also=also, agents_papers=agents_papers)
        server = uvicorn.Server(configured(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}", access
        server.should_exit = True
        thread.join()
