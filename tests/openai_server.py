"""Serve the OpenAI chat-completions protocol on loopback, with scripted models and scripted faults.

A model is a function from the request's body to a `Turn`. Nothing here knows the writer that is tested.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    thoughts: str | None = None  # words of reasoning, which come before the text
    likely: Mapping[str, float] = field(default_factory=dict)  # first token -> probability, for who asks
    counted: tuple[int, int] = (1000, 200)  # tokens of prompt and reply; nothing is told of (0, 0)
    whole: bool = False  # answer in one piece although a stream is asked for
    raw: bytes | None = None  # the whole body as is
    pieces: Iterable[bytes] | None = None  # the body as is, sent piece by piece for as long as anyone listens
    cut: bool = False  # hang up half-way
    hang: bool = False  # answer nothing until the server closes
    stall: bool = False  # say half of it, then nothing until the server closes
    drop: bool = False  # close the connection without a word
    drip: bool = False  # send blanks, never quite to an end


CHECKS = "Does the evidence state everything in the claim?"
AGREES = Turn("Yes", likely={"Yes": 0.9, "No": 0.1})  # what every model says to that

Model = Callable[[Body], Turn]
Speak = Callable[[Body, Turn], tuple[str, list[bytes]]]
"""Return the content type and the pieces of a reply, as a protocol has them."""


@dataclass
class Server:
    """A running server: its address, what it was asked and where, and the headers that came."""

    url: str
    requests: list[Body] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    checks: list[Body] = field(default_factory=list)  # questions whether evidence states a claim, apart from the others
    left: threading.Event = field(default_factory=threading.Event)  # set when someone stops listening half-way


@contextmanager
def serve(
    model: Model | Sequence[Turn], speak: Speak | None = None, *, models: Any = None, host: str = "127.0.0.1"
) -> Iterator[Server]:
    """Serve until the block ends. A sequence is played turn by turn, its last turn for ever.

    `models` is what a GET finds. Every path is served; a body that is none counts as an empty one.
    """
    played = Server("")
    closing = threading.Event()
    play = model if callable(model) else _in_turn(list(model))
    say = speak or _openai

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            played.paths.append(self.path)
            found = Turn(raw=json.dumps(models).encode()) if models is not None else Turn("not found", status=404)
            self._send(found, *say({}, found))

        def do_POST(self) -> None:
            body = _json(self.rfile.read(int(self.headers["content-length"])))
            if CHECKS in str(body.get("messages")):
                played.checks.append(body)
                return self._send(AGREES, *say(body, AGREES))
            played.requests.append(body)
            played.paths.append(self.path)
            played.headers.append({key.lower(): value for key, value in self.headers.items()})
            turn = play(body)
            if turn.hang:
                closing.wait()
            if turn.hang or turn.drop:
                self.close_connection = True
                return None
            try:
                self._send(turn, *say(body, turn))
            except OSError:  # whoever asked has hung up
                played.left.set()
                self.close_connection = True

        def _send(self, turn: Turn, kind: str, pieces: list[bytes]) -> None:
            self.send_response(turn.status)
            chunked = len(pieces) > 1 or turn.pieces is not None or turn.drip
            length = {} if chunked else {"content-length": str(sum(map(len, pieces)) + (10**6 if turn.cut else 0))}
            if chunked:
                length = {"transfer-encoding": "chunked"}
            for key, value in {"content-type": kind, **length, **turn.headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if turn.cut or turn.stall:
                pieces = pieces[: len(pieces) // 2] if chunked else [pieces[0][: len(pieces[0]) // 2]]
            for piece in turn.pieces if turn.pieces is not None else self._blanks() if turn.drip else pieces:
                if piece and not closing.is_set():
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            self.wfile.flush()
            if turn.stall:
                closing.wait()
            if turn.cut or turn.stall:
                self.close_connection = True
            elif chunked:
                self.wfile.write(b"0\r\n\r\n")

        def _blanks(self) -> Iterator[bytes]:
            while not closing.wait(0.01):
                yield b" "

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    played.url = f"http://{host}:{server.server_address[1]}/v1"
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


def _openai(body: Body, turn: Turn) -> tuple[str, list[bytes]]:
    """Return a chat completion, in events where a stream is asked for."""
    if turn.raw is not None:
        return "application/json", [turn.raw]
    if turn.status != 200:
        error = {"error": {"message": turn.text, "type": "error", "code": None}}
        return "application/json", [json.dumps(error).encode()]
    usage = dict(zip(("prompt_tokens", "completion_tokens"), turn.counted, strict=True)) if any(turn.counted) else None
    logprobs = _logprobs(turn.likely) if body.get("logprobs") and turn.likely else None
    top = {"id": "chatcmpl-1", "created": 1, "model": body.get("model", "")}
    if not body.get("stream") or turn.whole:
        message = {"role": "assistant", "content": turn.text, "refusal": turn.refusal}
        message |= {"reasoning_content": turn.thoughts} if turn.thoughts is not None else {}
        choice = {"index": 0, "finish_reason": turn.finish, "message": message, "logprobs": logprobs}
        whole = {**top, "object": "chat.completion", "choices": [choice], "usage": usage}
        return "application/json", [json.dumps(whole).encode()]
    said = [{"reasoning_content": part} for part in tokens(turn.thoughts)]
    said += [{"content": part} for part in tokens(turn.text)] + ([{"refusal": turn.refusal}] if turn.refusal else [])
    choices: list[Any] = [[{"index": 0, "delta": {"role": "assistant", "content": None}, "finish_reason": None}]]
    choices += [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in said]
    if logprobs and len(choices) > 1:
        choices[1][0]["logprobs"] = logprobs
    choices.append([{"index": 0, "delta": {}, "finish_reason": turn.finish}])
    events = [{**top, "object": "chat.completion.chunk", "choices": choice} for choice in choices]
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append({**top, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    return "text/event-stream", [f"data: {json.dumps(event)}\n\n".encode() for event in events] + [b"data: [DONE]\n\n"]


def tokens(text: str | None) -> list[str]:
    """Part a text as servers do, a few letters at a time."""
    return [text[i : i + 4] for i in range(0, len(text), 4)] if text and len(text) < 10_000 else [text] if text else []


def _logprobs(likely: Mapping[str, float]) -> dict[str, Any]:
    top = [{"token": token, "logprob": math.log(share), "bytes": None} for token, share in likely.items()]
    return {"content": [{**top[0], "top_logprobs": top}]}


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
    """Copy the first sentences shown into the last section, or as claims where none is asked for; else say Yes."""
    if "response_format" not in body:
        return Turn("Yes", likely={"Yes": 0.9, "No": 0.1})
    if fruits := enum(body, "fruit"):  # whether it obeys a schema
        return Turn(json.dumps({"fruit": fruits[0]}))
    lines = list(shown(body).items())
    if titles := enum(body, "title"):
        return Turn(reply({titles[-1]: [claim(text, name) for name, text in lines[:3]]}))
    return Turn(json.dumps({"claims": [{"text": text, "evidence": [name]} for name, text in lines[:1]]}))


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
