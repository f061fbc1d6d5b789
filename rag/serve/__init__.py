"""Serving one corpus to browsers and to OpenAI's clients, from this machine.

Nothing of it is imported by any other command. Read in this order: `guard`, `app`, `jobs`, `chat_request`,
`completions`, `history`, `drawing`, `pages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.serve.app import application
    from rag.serve.guard import Access
    from rag.serve.server import serve

__all__ = ["Access", "application", "serve"]

_HOMES = {"Access": "rag.serve.guard", "application": "rag.serve.app", "serve": "rag.serve.server"}

__getattr__ = lazy(__name__, _HOMES)
