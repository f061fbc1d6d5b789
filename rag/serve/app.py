"""Put the application together: the guard, the web app, the OpenAI-compatible endpoint, MCP, errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.engine import Engine
from rag.errors import RagError
from rag.papers import AllowedPaper
from rag.serve import completions, pages
from rag.serve.errors import fault
from rag.serve.guard import Access, Guard
from rag.serve.jobs import Desk

LISTENERS = 200  # threads that wait for news of a job; each costs next to nothing


def application(
    engine: Engine,
    access: Access,
    *,
    whole_corpus: bool = False,
    also: Sequence[str] = (),
    agents_papers: Sequence[AllowedPaper] | None = None,
) -> ASGIApp:
    """Return the application over one engine; `also` names more writers to choose from.

    `agents_papers` is the whitelist that no agent's call widens. FastAPI's own docs pages load from elsewhere and are
    left out.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = LISTENERS
        yield
        await agents.close()
        desk.close()

    desk = Desk(engine, also)
    agents = Agents(desk, access, agents_papers)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(completions.router(desk, whole_corpus))
    app.include_router(pages.router(desk, access))
    app.router.routes.append(Route("/mcp", agents))
    app.add_exception_handler(HTTPException, http_fault)
    app.add_exception_handler(RagError, our_fault)
    return Guard(app, access)


class Agents:
    """Speak MCP; what it takes two seconds to import is imported when the first client comes."""

    def __init__(self, desk: Desk, access: Access, outer: Sequence[AllowedPaper] | None = None) -> None:
        self.desk, self.access, self.outer = desk, access, outer
        self.app: Starlette | None = None
        self.opening, self.leave = asyncio.Lock(), asyncio.Event()
        self.living: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the SDK."""
        if find_spec("mcp") is None:
            refused = fault(404, "MCP is not installed here; run: pip install 'paperbound[mcp]'")
            await refused(scope, receive, send)
            return
        async with self.opening:
            if self.app is None:
                app, ready = await anyio.to_thread.run_sync(self.made), asyncio.Event()
                self.living = asyncio.create_task(self.live(app, ready))
                await ready.wait()
                self.app = app
        await self.app(scope, receive, send)

    def made(self) -> Starlette:
        """Return the SDK's application."""
        from rag.serve.mcp_server import http_app

        return http_app(self.desk, self.access.hosts, self.outer)

    async def live(self, app: Starlette, ready: asyncio.Event) -> None:
        """Hold the SDK's own lifespan open until the end, in one task, as it has to be."""
        async with app.router.lifespan_context(app):
            ready.set()
            await self.leave.wait()

    async def close(self) -> None:
        """Let every client go."""
        self.leave.set()
        if self.living:
            await self.living


def http_fault(request: Request, error: Exception) -> Response:
    """Word what the framework refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return fault(error.status_code, error.detail)


def our_fault(request: Request, error: Exception) -> Response:
    """Word what somebody asked for and cannot have."""
    return fault(400, str(error))
