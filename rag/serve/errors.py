"""Word errors for the other side of a connection: one line, as OpenAI's clients read it, no path of this machine."""

from __future__ import annotations

import re

from starlette.responses import JSONResponse

_PATH = re.compile(r"(?<![\w:/.~-])(?:~|[A-Za-z]:)?(?:[\\/][\w .@+~-]*[\w@+~-])+[\\/]?")


def without_paths(text: str) -> str:
    """Return a message in which a path of this machine is cut to its last part; web addresses stay as they are."""
    return _PATH.sub(lambda match: re.split(r"[\\/]", match[0].rstrip("\\/"))[-1], text)


def worded(status: int, message: str, code: str | None = None) -> dict[str, object]:
    """Return an error as OpenAI's clients read it."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"error": {"message": without_paths(message), "type": kind, "param": None, "code": code}}


def fault(status: int, message: str, code: str | None = None) -> JSONResponse:
    """Return an error as a reply."""
    return JSONResponse(worded(status, message, code), status_code=status)
