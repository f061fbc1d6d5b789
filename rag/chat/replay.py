"""Keep a model's replies: a cache on disk, a recording to test against later, and the replay of one.

A choice is kept like a reply, as the one that a request named `choice:Yes|No` got.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rag import files
from rag.chat.exchange import MODES, THOUGHTS, Capabilities, Chat, Choice, Message, Reply, Request
from rag.errors import SettingsError, WriterError

RECORDING = "rag.replies/1"


def request_hash(request: Request, *more: str) -> str:
    """Return the sha256 over messages and schema, and over whatever else sets replies apart."""
    content: list[Any] = [[dict(message) for message in request.messages], request.schema, request.name, *more]
    content += [] if request.max_tokens is None else [request.max_tokens]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@dataclass(slots=True)
class Recorder(Chat):
    """Append every reply of `chat` to a file that `Replay` reads."""

    chat: Chat
    path: Path
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """Return the model's own name."""
        return self.chat.name

    @property
    def capabilities(self) -> Capabilities:
        """Return the model's own."""
        return self.chat.capabilities

    def complete(self, request: Request) -> Reply:
        """Return the model's reply after writing it down."""
        return self._write(request, self.chat.complete(request))

    def choose(self, messages: Sequence[Message], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return the model's choice after writing it down."""
        choice = self.chat.choose(messages, options)
        self._write(_choice_request(messages, options), _as_reply(choice))
        return choice

    def _write(self, request: Request, reply: Reply) -> Reply:
        line = {"schema": RECORDING, "request": request_hash(request), "name": self.name, **_to_json(reply)}
        line |= {"context": self.capabilities.context}  # how much of a task fits depends on it
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return reply


@dataclass(slots=True)
class Replay(Chat):
    """Answer from recorded replies; the same request gets its recorded replies in turn, the last one ever after."""

    model: str
    replies: Mapping[str, list[Reply]] = field(repr=False)
    context: int | None = None
    used: dict[str, int] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """Return the name of the model that was recorded."""
        return self.model

    @property
    def capabilities(self) -> Capabilities:
        """Return what was known of the model."""
        return Capabilities(self.context)

    @classmethod
    def load(cls, path: Path) -> Replay:
        """Read a recording; raise `SettingsError` with the line that is none."""
        replies: dict[str, list[Reply]] = {}
        name, context = "", None
        try:
            lines = files.contents(path).decode("utf-8").split("\n")
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
                name, context = str(found["name"]), found.get("context")
            except (ValueError, KeyError, TypeError) as error:
                raise SettingsError(f"{path}, line {number}: not a recorded reply: {error}") from None
        if not replies:
            raise SettingsError(f"the recording {path} is empty; make one with --record")
        return cls(name, replies, context if isinstance(context, int) else None)

    def complete(self, request: Request) -> Reply:
        """Return the recorded reply; raise `WriterError` (`not_recorded`) where there is none."""
        key = request_hash(request)
        if key not in self.replies:
            raise WriterError(
                f"{self.name}: no recorded reply to this request (prompt or evidence changed); record it again",
                kind="not_recorded",
            )
        with self._lock:
            turn = self.used.get(key, 0)
            self.used[key] = turn + 1
        return self.replies[key][min(turn, len(self.replies[key]) - 1)]

    def choose(self, messages: Sequence[Message], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return the recorded choice; raise `WriterError` (`not_recorded`) where there is none."""
        return _as_choice(self.complete(_choice_request(messages, options)))


@dataclass(slots=True)
class Cache(Chat):
    """Keep replies on disk by the hash of model, settings, prompt and schema."""

    chat: Chat
    folder: Path
    settings: str = ""

    @property
    def name(self) -> str:
        """Return the model's own name."""
        return self.chat.name

    @property
    def capabilities(self) -> Capabilities:
        """Return the model's own."""
        return self.chat.capabilities

    def complete(self, request: Request) -> Reply:
        """Return the kept reply, else the model's, which is then kept."""
        return self._kept(request, lambda: self.chat.complete(request))

    def choose(self, messages: Sequence[Message], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return the kept choice, else the model's, which is then kept."""
        ask = _choice_request(messages, options)
        return _as_choice(self._kept(ask, lambda: _as_reply(self.chat.choose(messages, options))))

    def _kept(self, request: Request, ask: Callable[[], Reply]) -> Reply:
        path = self.folder / f"{request_hash(request, self.name, self.settings)}.json"
        try:
            kept = _from_json(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):  # absent or torn: the model is asked again
            reply = ask()
            files.keep(path, json.dumps(_to_json(reply), ensure_ascii=False).encode())
            return reply
        return replace(kept, usage={"cached": 1.0})


def _choice_request(messages: Sequence[Message], options: Sequence[str]) -> Request:
    return Request(tuple(messages), None, f"choice:{'|'.join(options)}")


def _as_reply(choice: Choice) -> Reply:
    told = {"probabilities": dict(choice), "by": choice.by, "mass": choice.mass}
    return Reply(json.dumps(told), "text", choice.model, choice.usage)


def _as_choice(reply: Reply) -> Choice:
    told = json.loads(reply.text)
    return Choice(told["probabilities"], told["by"], told["mass"], reply.model, reply.usage)


def _to_json(reply: Reply) -> dict[str, Any]:
    told = {"text": reply.text, "mode": reply.mode, "model": reply.model, "usage": dict(reply.usage)}
    return told | ({"truncated": True} if reply.truncated else {})


def _from_json(found: Mapping[str, Any]) -> Reply:
    text, mode, model = found["text"], found["mode"], found["model"]
    if not isinstance(text, str) or not isinstance(model, str) or mode not in MODES:
        raise ValueError("text, mode or model is not what a recording holds")
    usage = {str(key): float(value) for key, value in found["usage"].items()}
    return Reply(text, mode, model, usage, found.get("truncated") is True)


# --- read the one JSON object of a model's reply, in the wrappings that models give it -----

MOST_TEXT = 2_000_000  # characters; no answer is that long

_START = re.compile(r'\[\s*\{\s*["}]|\{\s*["}]')  # of an object, or of a list of them; not "the set {a, b}"
_BACKSLASH = re.compile(
    r"\\(?:(?P<pair>u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"  # one letter in two halves
    r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|(?P<code>u[0-9a-fA-F]{4})|(?P<word>[a-zA-Z]+)|(?P<sign>.))",
    re.DOTALL,
)
_TEX = frozenset(  # commands of LaTeX that begin like an escape of JSON; not \ne and \ni: "\ne.g.", "\ni.e."
    "nabla natural nearrow neg neq newline nexists nleq nmid nolimits nonumber norm not notin nsim nsubseteq nu nwarrow"
    " rangle rbrace rbrack rceil rfloor rho right rightarrow rightharpoonup rm rVert rvert"
    " tan tanh tau tbinom text textbf textit textrm textsc textsf texttt textstyle tfrac therefore theta tilde times to"
    " top triangle triangleleft triangleright triangleq".split()
)


def read_json(text: str) -> dict[str, Any]:
    """Return the one JSON object of a reply; raise `WriterError` (`empty`, `not_json`) otherwise."""
    if not text.strip():
        raise WriterError("the model's reply is empty", kind="empty", retryable=True)
    if len(text) > MOST_TEXT:
        raise WriterError(f"the model's reply has {len(text)} characters, more than {MOST_TEXT}", kind="not_json")
    if not text.lstrip().startswith(("{", "```")):  # else what looks like the end of thoughts is part of the reply
        _, *spoken = THOUGHTS.split(text, maxsplit=1)
        text = spoken[0] if spoken and spoken[0].strip() else text
    try:
        return _only_object(_BACKSLASH.sub(_as_written, text))
    except (ValueError, RecursionError) as error:
        raise WriterError(f"the model's reply is not JSON: {error}", kind="not_json", retryable=True) from None


def _as_written(match: re.Match[str]) -> str:
    r"""Return an escape as JSON, doubling the backslash where none of its escapes is meant.

    `\alpha`, `\$` and `\frac` (no reply holds a form feed) stand for themselves; `\nu` too, `\nThe` is a line end.
    """
    escape, word, sign = match[0], match["word"], match["sign"]
    if match["half"]:
        return "\\ufffd"
    if sign == "'":
        return sign  # as other languages escape it
    if word:
        control = word in _TEX if word[0] in "nrt" else word[0] not in "bf" or len(word) > 1
        return f"\\{escape}" if control else escape
    return f"\\{escape}" if sign and sign not in '"\\/' else escape


def _only_object(text: str) -> dict[str, Any]:
    """Return the object that stands in a text; raise `ValueError` for none, for several, or for a broken one."""
    found: Any = None
    at = 0
    while start := _START.search(text, at):
        item, at = _DECODER.raw_decode(text, start.start())
        if found is not None and item != found:
            raise ValueError("several objects stand in it")
        found = item
    if not isinstance(found, dict):
        raise ValueError("no object stands in it" if found is None else "it is a list, not an object")
    return found


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _finite(number: str) -> float:
    value = float(number)  # "NaN" and "Infinity" come here too
    if not math.isfinite(value):
        raise ValueError(f"{number} is no number of JSON")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_finite, parse_float=_finite)
