"""Reach a model's server: only the host that was configured, in bounded size and time.

What is on loopback stays there: no proxy whatever the environment says, no name looked up, no redirect. Replies are
decompressed here, step by step, so that no body takes more memory than its limit. Time is measured between pieces of
a reply, not from its beginning: a long answer may take long, silence may not.
"""

from __future__ import annotations

import queue
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import TypeVar, cast

import httpx

from rag.errors import SettingsError, WriterError
from rag.loopback import Pin, is_loopback

SILENCE_S = 120.0
CONNECT_S = 10.0  # a server that runs accepts at once
ABOUT_S = 5.0  # that a server may take to say what it serves
PROMPT_PER_SILENCE = 2_000  # tokens of prompt that a slow machine may read in one more silence: 17 a second at 120 s
CHARS_PER_TOKEN = 4
MOST_BODY = 2_000_000  # bytes of one reply in a piece: errors, lists of models, replies of servers that do not stream
MOST_STREAM = 16_000_000  # bytes of a stream: each token of a reply comes wrapped in some 300 bytes of JSON
STEP = 65_536  # bytes that are decompressed at once
STREAMS = ("text/event-stream", "application/x-ndjson", "application/ndjson", "text/plain")

_T = TypeVar("_T")
_given_up: ContextVar[threading.Event | None] = ContextVar("given_up", default=None)


@dataclass(frozen=True, slots=True)
class Patience:
    """Say how long a server may be silent, and how long a whole reply may take."""

    silence: float = SILENCE_S
    total: float | None = None

    def first(self, prompt: int, local: bool) -> float:
        """Return how long the first token of a prompt of so many characters may take."""
        tokens = prompt / CHARS_PER_TOKEN if local else 0  # hosted models read faster than anyone waits
        return self.silence * (1 + tokens / PROMPT_PER_SILENCE)


def http_client(url: str, patience: Patience, *, offline: bool = False) -> httpx.Client:
    """Return the client for one server's base URL; raise `SettingsError` when `offline` forbids it."""
    try:
        host = httpx.URL(url).host if url.startswith(("http://", "https://")) else ""
    except httpx.InvalidURL:
        host = ""
    if not host:
        raise SettingsError(f"{url!r} is no address of a server; give one such as http://127.0.0.1:8000/v1")
    local = is_loopback(url)
    if offline and not local:
        raise SettingsError(
            f"--offline forbids {host}; use replay:FILE, a server on this machine "
            "(OPENAI_BASE_URL=http://127.0.0.1:PORT/v1), llamacpp:FILE.gguf, or the extractive writer"
        )

    pin = Pin()

    def ask(request: httpx.Request) -> None:
        if request.url.host != host:
            raise WriterError(f"{request.url.host} is not the configured {host}", kind="bad_request")
        request.headers["accept-encoding"] = "identity"
        waits = ABOUT_S if request.method == "GET" else patience.first(len(request.content), local)
        request.extensions["timeout"] = {"connect": CONNECT_S, "read": waits, "write": waits, "pool": waits}
        pin(request)

    def hear(response: httpx.Response) -> None:
        if response.is_redirect or 300 <= response.status_code < 400:
            where = response.headers.get("location", "nowhere")[:200]
            raise WriterError(f"{host} redirects to {where}, which is not followed", kind="bad_request")
        response.stream = _Bounded(response)

    return httpx.Client(
        base_url=url,
        trust_env=not local,
        follow_redirects=False,
        event_hooks={"request": [ask], "response": [hear]},
    )


class _Bounded(httpx.SyncByteStream):
    """Pass a response's bytes on, decompressed and counted; stop at once when nobody waits any more."""

    def __init__(self, response: httpx.Response) -> None:
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
            raise WriterError(f"the reply is compressed as {encoding[:40]!r}, unasked", kind="server_error")
        self._stream = cast("httpx.SyncByteStream", response.stream)
        self._unzip = zlib.decompressobj(wbits=47) if "gzip" in encoding or encoding == "deflate" else None
        streams = response.is_success and response.headers.get("content-type", "").startswith(STREAMS)
        self._left = MOST_STREAM if streams else MOST_BODY
        self._given_up = _given_up.get()

    def __iter__(self) -> Iterator[bytes]:
        for raw in self._stream:
            if self._given_up is not None and self._given_up.is_set():
                raise WriterError("nobody waits for this reply any more", kind="timeout")
            packed: bytes = raw
            while packed:
                plain, packed = self._unpack(packed)
                self._left -= len(plain)
                if self._left < 0:
                    raise WriterError("the reply is larger than any answer; not read to its end", kind="server_error")
                yield plain

    def _unpack(self, packed: bytes) -> tuple[bytes, bytes]:
        """Return a step's worth of plain bytes, and what is still packed."""
        if self._unzip is None:
            return packed, b""
        try:
            return self._unzip.decompress(packed, STEP), self._unzip.unconsumed_tail
        except zlib.error:
            raise WriterError("the reply's compression is damaged", kind="server_error") from None

    def close(self) -> None:
        self._stream.close()


def in_time(make: Callable[[], Iterator[_T]], first: float, patience: Patience) -> Iterator[_T]:
    """Yield what `make` yields, in a thread of its own; raise `TimeoutError` when it is silent too long.

    `first` is the limit before the first item. A client's own limit starts anew with each byte, heartbeats and blanks
    included; here an item counts. When the wait is over the thread ends at the next byte, or at its client's limit.
    """
    heard: queue.Queue[tuple[_T | None, BaseException | None]] = queue.Queue()
    gone = threading.Event()

    def read() -> None:
        _given_up.set(gone)
        error: BaseException | None = None
        try:
            with closing(make()) as items:  # type: ignore[type-var]  # generators, which close their connection
                for item in items:
                    heard.put((item, None))
                    if gone.is_set():
                        break
        except BaseException as caught:  # noqa: BLE001 - handed over to the waiting thread, which names it
            error = caught
        heard.put((None, error))

    threading.Thread(target=copy_context().run, args=(read,), daemon=True).start()
    end = None if patience.total is None else time.monotonic() + patience.total
    limit = first
    try:
        while True:
            left = limit if end is None else min(limit, end - time.monotonic())
            try:
                item, error = heard.get(timeout=max(left, 0))
            except queue.Empty:
                what = f"nothing within {limit:g} s" if left == limit else f"no whole reply within {patience.total:g} s"
                raise TimeoutError(what) from None
            if error is not None:
                raise error
            if item is None:
                return
            yield item
            limit = patience.silence
    finally:
        gone.set()
