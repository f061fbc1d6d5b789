"""Run the application: open its port, say where it is, warm the engine behind the first page."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable, Sequence
from threading import Timer

import uvicorn
from starlette.types import ASGIApp

from rag.engine import Engine
from rag.errors import SettingsError
from rag.papers import AllowedPaper
from rag.serve.app import application
from rag.serve.guard import EVERYWHERE, Access

WARM_S = 1.0
LEAVE_S = 3  # how long open connections may hold up the end


def serve(
    engine: Engine,
    *,
    port: int,
    host: str = "127.0.0.1",
    token: str | None = None,
    whole_corpus: bool = False,
    also: Sequence[str] = (),
    agents_papers: Sequence[AllowedPaper] | None = None,
    open_browser: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Serve until Ctrl-C; raise `SettingsError` where the port is taken or a token is missing. Port 0 takes any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen()  # from here on who connects waits instead of being refused
        except OSError as error:
            raise SettingsError(f"{host}:{port} cannot be opened ({error.strerror}); give another --port") from None
        port = listening.getsockname()[1]
        access = Access.of(host, port, token)
        app = application(engine, access, whole_corpus=whole_corpus, also=also, agents_papers=agents_papers)
        shown = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{port}/"
        say(f"serving {address} (OpenAI-compatible: {address}v1); Ctrl-C ends it")
        if open_browser:
            Timer(0.5, webbrowser.open, (f"{address}?token={token}" if token else address,)).start()
        Timer(WARM_S, lambda: engine.embedder).start()  # before the first question, after the first page
        uvicorn.Server(configured(app)).run(sockets=[listening])


def configured(app: ASGIApp) -> uvicorn.Config:
    """Return how the server runs: it believes no proxy, tells no name, and does not wait for open streams."""
    quiet = {"log_level": "warning", "access_log": False, "server_header": False, "proxy_headers": False}
    return uvicorn.Config(app, timeout_graceful_shutdown=LEAVE_S, **quiet)  # type: ignore[arg-type]
