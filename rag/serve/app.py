"""Put the application together: the guard, the web app, the OpenAI-compatible endpoint, errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from rag.engine import Engine
from rag.errors import RagError
from rag.serve import completions, pages
from rag.serve.errors import fault
from rag.serve.guard import Access, Guard
from rag.serve.jobs import Desk

LISTENERS = 200  # threads that wait for news of a job; each costs next to nothing


def application(engine: Engine, access: Access, *, whole_corpus: bool = False) -> ASGIApp:
    """Return the application over one engine. FastAPI's own docs pages load from elsewhere and are left out."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = LISTENERS
        yield
        desk.close()

    desk = Desk(engine)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(completions.router(desk, whole_corpus))
    app.include_router(pages.router(desk, access))
    app.add_exception_handler(HTTPException, http_fault)
    app.add_exception_handler(RagError, our_fault)
    return Guard(app, access)


def http_fault(request: Request, error: Exception) -> Response:
    """Word what the framework refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return fault(error.status_code, error.detail)


def our_fault(request: Request, error: Exception) -> Response:
    """Word what somebody asked for and cannot have."""
    return fault(400, str(error))
