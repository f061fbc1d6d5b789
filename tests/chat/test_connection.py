from __future__ import annotations

import gzip
import json
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from rag.chat.connection import MOST_BODY, MOST_STREAM, Patience, http_client
from rag.errors import SettingsError
from rag.loopback import is_loopback
from tests.chat.opened import ASK, KEY, failing, opened
from tests.openai_server import Turn, serve

STREAM = {"content-type": "text/event-stream"}
MUCH = 60_000_000  # bytes; a body of 2 GiB, read in steps, may take no more


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.8.9.1/v1", True),
        ("http://localhost:8000", True),
        ("https://LOCALHOST/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://0.0.0.0:8000", True),
        ("http://localhost.evil.example/v1", False),
        ("http://localhost@evil.example/v1", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://127.1/v1", False),
        ("http://2130706433/v1", False),
        ("http://localhost.localdomain/v1", False),
        ("http://[::ffff:8.8.8.8]/v1", False),
        ("http://192.168.0.2:8000/v1", False),
        ("http://my-laptop/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_loopback_is_known_by_name_alone(url: str, local: bool) -> None:
    """A name that would have to be looked up is not this machine, whatever it resolves to."""
    assert is_loopback(url) is local
    if not local:
        with pytest.raises(SettingsError, match="--offline forbids"):
            http_client(url, Patience(), offline=True)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://127.0.0.1/", "http://", "file:///etc/passwd", "http://[::1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="no address"):
        http_client(url, Patience())


@pytest.mark.parametrize("spec", ["openai:m", "ollama:m"])
@pytest.mark.parametrize("offline", [True, False])
def test_no_proxy_is_obeyed_on_this_machine(monkeypatch: pytest.MonkeyPatch, spec: str, offline: bool) -> None:
    """With every proxy variable set, prompt and key reach the server and nobody else."""
    with serve([Turn("Here.")]) as proxy, serve([Turn("Here.")]) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
            monkeypatch.setenv(name.lower(), proxy.url.removesuffix("/v1"))
        for none in ("", "example.org"):
            monkeypatch.setenv("NO_PROXY", none)
            monkeypatch.setenv("no_proxy", none)
            chat = opened(server.url, spec, offline=offline)
            if spec == "openai:m":
                assert chat.complete(ASK).text == "Here."
            else:
                failing(lambda: chat.complete(ASK))  # noqa: B023 - called at once
        assert server.requests
        assert proxy.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("spec", ["openai:m", "ollama:m"])
def test_no_redirect_is_followed(status: int, spec: str) -> None:
    with serve([Turn("stolen")]) as thief:
        where = thief.url.replace("127.0.0.1", "localhost")
        with serve([Turn("", status=status, headers={"location": where})]) as server:
            error = failing(lambda: opened(server.url, spec).complete(ASK))
        assert (error.kind, error.retryable) == ("bad_request", False)
        assert where in str(error)
        assert (thief.requests, thief.paths) == ([], [])


@pytest.mark.parametrize("header", ["location", "refresh", "alt-svc", "content-location", "link"])
def test_no_header_of_an_answer_leads_elsewhere(header: str) -> None:
    """Where the answer itself is whole, what it says of other places is not looked at."""
    with serve([Turn("stolen")]) as thief:
        where = thief.url.replace("127.0.0.1", "localhost")
        told = {"refresh": f"0; url={where}", "alt-svc": f'h2="{where[7:-3]}"', "link": f"<{where}>; rel=preload"}
        with serve([Turn("Here.", headers={header: told.get(header, where)})]) as server:
            chat = opened(server.url)
            assert [chat.complete(ASK).text for _ in range(2)] == ["Here."] * 2
        assert (thief.requests, thief.paths) == ([], [])


def test_a_client_goes_to_its_own_host_alone() -> None:
    """A key cannot be carried elsewhere by a request to another address."""
    with serve([Turn("x")]) as server:
        client = http_client("http://127.0.0.1:1", Patience())
        assert failing(lambda: client.get(server.url.replace("127.0.0.1", "127.0.0.2"))).kind == "bad_request"
    assert server.paths == []


def test_localhost_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system says of the name, it is this machine, by IPv4 or by IPv6."""
    looked_up: list[str] = []
    resolve = socket.getaddrinfo

    def watched(host: str, *args: object, **more: object) -> object:
        looked_up.append(host)
        return resolve(host, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    with serve([Turn("Here.")]) as server:
        assert opened(server.url.replace("127.0.0.1", "localhost"), offline=True).complete(ASK).text == "Here."
    assert server.headers[0]["host"].startswith("localhost:")
    assert set(looked_up) <= {"127.0.0.1", "::1"}


def test_localhost_may_be_an_address_of_six() -> None:
    with _six() as url:
        assert opened(url, offline=True).complete(ASK).text == "Here."


@contextmanager
def _six() -> Iterator[str]:
    """Serve one reply on ::1 alone."""
    try:
        listening = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    body = json.dumps({"choices": [{"message": {"content": "Here."}, "finish_reason": "stop"}]}).encode()

    def answer() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65_536):
                    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(
                        body
                    )
                    connection.sendall(head + body)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with listening:
        yield f"http://localhost:{listening.getsockname()[1]}/v1"


# --- size ---------------------------------------------------------------------------------------------------------


def _bomb(size: int) -> Iterator[bytes]:
    """Yield gzip of so many spaces, made once per mebibyte."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    for _ in range(size // 2**20):
        yield block


def _endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


BOMBS = {
    "gzip": lambda: Turn(pieces=_bomb(2**31), headers={"content-encoding": "gzip", "content-type": "application/json"}),
    "gzip stream": lambda: Turn(pieces=_bomb(2**31), headers={"content-encoding": "gzip", **STREAM}),
    "gzip error": lambda: Turn(pieces=_bomb(2**31), headers={"content-encoding": "gzip"}, status=400),
    "plain": lambda: Turn(pieces=_endless(b" " * 65_536), headers={"content-type": "application/json"}),
    "plain error": lambda: Turn(pieces=_endless(b"x" * 65_536), status=503),
    "one event": lambda: Turn(pieces=_endless(b"x" * 65_536), headers=STREAM),
    "comments": lambda: Turn(pieces=_endless(b": still here".ljust(1000) + b"\n\n"), headers=STREAM),
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("spec", ["openai:m", "ollama:m"])
def test_no_reply_takes_more_than_its_share(bomb: str, spec: str) -> None:
    """Compressed, plain, as an error, as one endless event: refused early, in bounded memory, and not asked again."""
    with serve([Turn("warm")]) as server:
        opened(server.url).complete(ASK)  # what the first call loads is not what is measured
    with serve(lambda body: BOMBS[bomb]()) as server:
        chat = opened(server.url, spec)
        tracemalloc.start()
        error = failing(lambda: chat.complete(ASK))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert error.kind == "server_error"
    assert str(error).startswith(f"{spec}: ")
    assert most < MUCH
    assert len(server.requests) == 1 or (bomb, spec) == ("comments", "ollama:m")  # where it is no JSON from the first


def test_honest_compression_is_read() -> None:
    whole = json.dumps({"choices": [{"message": {"content": "Here."}, "finish_reason": "stop"}]}).encode()
    for name, packed in (("gzip", gzip.compress(whole)), ("deflate", zlib.compress(whole))):
        with serve([Turn(raw=packed, headers={"content-encoding": name})]) as server:
            assert opened(server.url).complete(ASK).text == "Here."
    assert server.headers[0]["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"no gzip"), ("zstd", b"")]
)
def test_other_compression_is_an_error(encoding: str, body: bytes) -> None:
    with serve([Turn(raw=body, headers={"content-encoding": encoding})]) as server:
        assert failing(lambda: opened(server.url).complete(ASK)).kind == "server_error"


def _raw_server(answer: Iterator[bytes]) -> tuple[socket.socket, str]:
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            try:
                for piece in answer:
                    connection.sendall(piece)
            except OSError:
                pass

    threading.Thread(target=run, daemon=True).start()
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


def test_endless_headers_are_refused() -> None:
    def headers() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        yield from _endless(b"x-more: " + b"y" * 1000 + b"\r\n")

    listening, url = _raw_server(headers())
    with listening:
        chat = opened(url)
        chat.tries = 1
        assert failing(lambda: chat.complete(ASK)).kind == "connection"


def test_an_endless_welcome_is_not_listened_to_for_ever() -> None:
    """Interim answers are no answer: the wait ends as for silence."""
    listening, url = _raw_server(_endless(b"HTTP/1.1 102 Processing\r\n\r\n"))
    with listening:
        assert failing(lambda: opened(url, timeout=0.2).complete(ASK)).kind == "timeout"


def test_limits_leave_room_for_what_is_honest() -> None:
    """A stream of ten of our longest replies fits; errors and lists of models are small."""
    assert MOST_STREAM >= 10 * 4096 * 300
    assert MOST_BODY >= 1_000_000


# --- keys --------------------------------------------------------------------------------------------------------


def test_a_key_goes_to_the_configured_host_and_is_nowhere_to_be_seen() -> None:
    with serve([Turn(f"bad key {KEY}", status=401)]) as server:
        chat = opened(server.url)
        assert "***" in str(failing(lambda: chat.complete(ASK)))
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(chat)


def test_a_client_outside_this_machine_obeys_the_proxies_of_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosted models stay reachable from behind a proxy; the tunnel is asked for the configured host alone."""
    with serve([Turn("x")]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        client = http_client("http://models.example/v1", Patience())
        assert client.post("/chat", json={}).status_code == 200
        assert proxy.paths == ["http://models.example/v1/chat"]
        with pytest.raises(httpx.HTTPError):
            http_client("https://models.example/v1", Patience(0.5)).post("/chat", json={})
