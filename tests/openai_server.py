"""Serve the OpenAI chat-completions protocol on loopback, with scripted models and scripted faults.

A model is a function from the request's body to a `Turn`. Nothing here knows the writer that is tested.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What the server does with one request."""

    text: str | None = ""
    finish: str = "stop"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None
    raw: bytes | None = None  # the whole body as is
    cut: bool = False  # announce the body's length and hang up half-way
    hang: bool = False  # answer nothing until the server closes
    drop: bool = False  # close the connection without a word
    drip: bool = False  # send the body byte by byte, never quite to its end


Model = Callable[[Body], Turn]


@dataclass
class Server:
    """A running server: its address, what it was asked, and the headers that came."""

    url: str
    requests: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serve(model: Model | Sequence[Turn]) -> Iterator[Server]:
    """Serve until the block ends. A sequence is played turn by turn, its last turn for ever."""
    played = Server("")
    closing = threading.Event()
    play = model if callable(model) else _in_turn(list(model))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = _json(self.rfile.read(int(self.headers["content-length"])))
            played.requests.append(body)
            played.headers.append({key.lower(): value for key, value in self.headers.items()})
            turn = play(body)
            if turn.hang:
                closing.wait()
            if turn.hang or turn.drop:
                self.close_connection = True
                return
            self._send(turn, turn.raw if turn.raw is not None else _completion(body, turn))

        def _send(self, turn: Turn, content: bytes) -> None:
            self.send_response(turn.status)
            for key, value in {"content-type": "application/json", **turn.headers}.items():
                self.send_header(key, value)
            self.send_header("content-length", str(len(content) + (10**6 if turn.drip else 0)))
            self.end_headers()
            if turn.drip:
                self._drip()
                return
            self.wfile.write(content[: len(content) // 2] if turn.cut else content)
            self.close_connection = self.close_connection or turn.cut

        def _drip(self) -> None:
            while not closing.wait(0.01):
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    break
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    played.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield played
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _json(content: bytes) -> Body:
    """Read a request; what is none of ours (a trace that should not be sent) is an empty one."""
    try:
        return dict(json.loads(content))
    except ValueError:
        return {}


def _in_turn(turns: list[Turn]) -> Model:
    return lambda _body: turns.pop(0) if len(turns) > 1 else turns[0]


def _completion(body: Body, turn: Turn) -> bytes:
    if turn.status != 200:
        return json.dumps({"error": {"message": turn.text, "type": "error", "code": None}}).encode()
    message = {"role": "assistant", "content": turn.text, "refusal": turn.refusal}
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": turn.finish, "message": message, "logprobs": None}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
        }
    ).encode()


# --- what a model sees -----------------------------------------------------------------------------------------

_LINE = re.compile(r"^(E\d+): (.*)$", re.MULTILINE)


def shown(body: Body) -> dict[str, str]:
    """Return the evidence lines of the prompt, id to text, as a model reads them."""
    return dict(_LINE.findall(body["messages"][1]["content"]))


def enum(body: Body, name: str) -> list[Any]:
    """Return what the schema of the request allows for a field, wherever it stands."""

    def search(schema: Any) -> list[Any] | None:
        if isinstance(schema, dict):
            for key, value in schema.items():
                if key == name and isinstance(value, dict):
                    found = value.get("enum") or value.get("items", {}).get("enum")
                    if found:
                        return list(found)
                inner = search(value)
                if inner:
                    return inner
        return None

    return search(body["response_format"]["json_schema"]["schema"]) or []


def reply(sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return a reply in the asked form."""
    return json.dumps({"sections": [{"title": title, "claims": list(claims)} for title, claims in sections.items()]})


def claim(text: str, *evidence: str, subject: str = "none", stage: str = "none") -> dict[str, Any]:
    """Return one claim in the asked form."""
    return {"text": text, "evidence": list(evidence), "subject": subject, "stage": stage}


# --- models ------------------------------------------------------------------------------------------------------


def perfect(body: Body) -> Turn:
    """Copy the first sentences shown into the last section; chat when no form is asked for."""
    if "response_format" not in body:
        return Turn("Hello!")
    title = enum(body, "title")[-1]
    return Turn(reply({title: [claim(text, name) for name, text in list(shown(body).items())[:3]]}))


def prose(body: Body) -> Turn:
    """Ignore the schema and chat."""
    return Turn("Sure! Here is what I found: " + " ".join(shown(body).values()))


def fenced(body: Body) -> Turn:
    """Wrap a perfect reply in a code block, as chatty models do."""
    return Turn(f"```json\n{perfect(body).text}\n```")


def inventor(body: Body) -> Turn:
    """Invent an id, a quote, a paper, a link, a number and a section."""
    titles = enum(body, "title")
    first = next(iter(shown(body)))
    lies = [
        claim("This is stated nowhere at all.", "E999"),
        claim('The authors write: "we solve everything".', first),
        claim("Another paper shows the same.", first, subject="1234.56789"),
        claim("See https://evil.example.com/paper for proof.", first),
        claim("It gains 99.7 % over all rivals.", first),
        claim("Smith et al. (2019) proved it first.", first),
        claim("Nothing stands behind this."),
    ]
    return Turn(reply({titles[-1]: lies, "A section of my own": [claim("This goes nowhere.", first)]}))


def without(mode: str, then: Model) -> Model:
    """Refuse a response format the way servers do, and otherwise be `then`."""

    def model(body: Body) -> Turn:
        if body.get("response_format", {}).get("type") in mode.split():
            return Turn("response_format type is not supported by this server", status=400)
        return then(body)

    return model


def quoting(body: Body) -> Turn:
    """Copy three sentences of the papers into the first section, and give up what comes back for repair."""
    if body["response_format"]["json_schema"]["name"] == "repair":
        return Turn(json.dumps({"claims": []}))
    asked, _, papers = body["messages"][1]["content"].partition("\nPAPER ")
    lines = [(name, text) for name, text in _LINE.findall(papers) if text not in asked]
    return Turn(reply({enum(body, "title")[0]: [claim(text, name) for name, text in lines[:3]]}))
