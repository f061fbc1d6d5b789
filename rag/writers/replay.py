"""Keep a model's replies: a cache on disk, a recording to test against later, and the replay of one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag import files
from rag.errors import SettingsError, WriterError
from rag.writers.chat import MODES, Chat, Reply, Request

RECORDING = "rag.replies/1"


def request_hash(request: Request, *more: str) -> str:
    """Return the sha256 over messages and schema, and over whatever else sets replies apart."""
    content = [[dict(message) for message in request.messages], request.schema, request.name, *more]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@dataclass(slots=True)
class Recorder:
    """Append every reply of `chat` to a file that `Replay` reads."""

    chat: Chat
    path: Path

    @property
    def name(self) -> str:
        """Return the model's own name."""
        return self.chat.name

    def complete(self, request: Request) -> Reply:
        """Return the model's reply after writing it down."""
        return self._write(request, self.chat.complete(request))

    async def acomplete(self, request: Request) -> Reply:
        """Return the model's reply after writing it down."""
        return self._write(request, await self.chat.acomplete(request))

    def _write(self, request: Request, reply: Reply) -> Reply:
        line = {"schema": RECORDING, "request": request_hash(request), "name": self.name, **_to_json(reply)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return reply


@dataclass(slots=True)
class Replay:
    """Answer from recorded replies; the same request gets its recorded replies in turn, the last one ever after."""

    name: str
    replies: Mapping[str, list[Reply]] = field(repr=False)
    used: dict[str, int] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: Path) -> Replay:
        """Read a recording; raise `SettingsError` with the line that is none."""
        replies: dict[str, list[Reply]] = {}
        name = ""
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"cannot read the recording {path}: {error}") from None
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
                if found["schema"] != RECORDING:
                    raise ValueError(f"schema is {found['schema']!r}, expected {RECORDING!r}")
                replies.setdefault(found["request"], []).append(_from_json(found))
                name = str(found["name"])
            except (ValueError, KeyError, TypeError) as error:
                raise SettingsError(f"{path}, line {number}: not a recorded reply: {error}") from None
        if not replies:
            raise SettingsError(f"the recording {path} is empty; make one with --record")
        return cls(name, replies)

    def complete(self, request: Request) -> Reply:
        """Return the recorded reply; raise `WriterError` (`not_recorded`) where there is none."""
        key = request_hash(request)
        if key not in self.replies:
            raise WriterError(
                f"{self.name}: no recorded reply to this request (prompt or evidence changed); record it again",
                kind="not_recorded",
            )
        turn = self.used.get(key, 0)
        self.used[key] = turn + 1
        return self.replies[key][min(turn, len(self.replies[key]) - 1)]

    async def acomplete(self, request: Request) -> Reply:
        """Return the recorded reply."""
        return self.complete(request)


@dataclass(slots=True)
class Cache:
    """Keep replies on disk by the hash of model, settings, prompt and schema."""

    chat: Chat
    folder: Path
    settings: str = ""

    @property
    def name(self) -> str:
        """Return the model's own name."""
        return self.chat.name

    def complete(self, request: Request) -> Reply:
        """Return the kept reply, else the model's, which is then kept."""
        path = self._path(request)
        return self._read(path) or self._write(path, self.chat.complete(request))

    async def acomplete(self, request: Request) -> Reply:
        """Return the kept reply, else the model's, which is then kept."""
        path = self._path(request)
        return self._read(path) or self._write(path, await self.chat.acomplete(request))

    def _path(self, request: Request) -> Path:
        return self.folder / f"{request_hash(request, self.name, self.settings)}.json"

    def _read(self, path: Path) -> Reply | None:
        try:
            reply = _from_json(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):  # absent or torn: the model is asked again
            return None
        return Reply(reply.text, reply.mode, reply.model, {"cached": 1.0})

    def _write(self, path: Path, reply: Reply) -> Reply:
        files.keep(path, json.dumps(_to_json(reply), ensure_ascii=False).encode())
        return reply


def _to_json(reply: Reply) -> dict[str, Any]:
    return {"text": reply.text, "mode": reply.mode, "model": reply.model, "usage": dict(reply.usage)}


def _from_json(found: Mapping[str, Any]) -> Reply:
    text, mode, model = found["text"], found["mode"], found["model"]
    if not isinstance(text, str) or not isinstance(model, str) or mode not in MODES:
        raise ValueError("text, mode or model is not what a recording holds")
    return Reply(text, mode, model, {str(key): float(value) for key, value in found["usage"].items()})
