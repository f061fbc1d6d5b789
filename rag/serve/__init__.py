"""Serving one corpus to browsers, to OpenAI's clients and to agents, from this machine.

Nothing of it is imported by any other command. Read in this order: `guard`, `app`, `jobs`, `chat_request`,
`completions`, `history`, `drawing`, `site`, `pages`; for agents `tools`, `mcp_server`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.serve.app import application
    from rag.serve.guard import Access
    from rag.serve.mcp_server import run_stdio
    from rag.serve.server import serve

__all__ = ["Access", "application", "run_stdio", "serve"]

_HOMES = {
    "Access": "rag.serve.guard",
    "application": "rag.serve.app",
    "run_stdio": "rag.serve.mcp_server",
    "serve": "rag.serve.server",
}

__getattr__ = lazy(__name__, _HOMES)
