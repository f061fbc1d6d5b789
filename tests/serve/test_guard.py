"""What other web pages, other machines and broken clients get: nothing. One test for each refusal."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag.errors import SettingsError
from rag.serve import Access
from rag.serve.errors import without_paths
from rag.serve.guard import MOST_OF_A_QUESTION
from tests.serve.running import QUESTION, TERN, demo_engine, running

TOKEN = "a-token-of-some-length"
BODY = {"messages": [{"role": "user", "content": QUESTION}], "paperbound": {"papers": [TERN]}}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(demo_engine(tmp_path_factory.mktemp("corpus"))) as (address, _):
        yield address


def port(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def raw(url: str, request: bytes) -> bytes:
    """Send bytes as they are, and return what comes until the other side closes."""
    with socket.create_connection(("127.0.0.1", port(url)), timeout=10) as connection:
        connection.sendall(request)
        told = b""
        while more := connection.recv(65536):
            told += more
    return told


@pytest.mark.parametrize(
    "name", ["evil.example", "127.0.0.1.evil.example:PORT", "127.0.0.1", "localhost:1", "0.0.0.0:PORT"]
)
def test_foreign_hosts_are_refused(url: str, name: str) -> None:
    """A name that was made to point here (DNS rebinding) finds nothing; the port counts."""
    told = httpx.get(f"{url}/v1/models", headers={"Host": name.replace("PORT", str(port(url)))})
    assert told.status_code == 421
    assert "object" not in told.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_our_own_names_are_known(url: str, host: str) -> None:
    assert httpx.get(f"{url}/v1/models", headers={"Host": f"{host}:{port(url)}"}).status_code == 200


def test_two_hosts_or_none_are_refused(url: str) -> None:
    ours = f"Host: 127.0.0.1:{port(url)}\r\n".encode()
    twice = b"GET /v1/models HTTP/1.1\r\n" + ours + b"Host: evil.example\r\nConnection: close\r\n\r\n"
    assert b" 200 " not in raw(url, twice).split(b"\r\n")[0]
    assert b" 200 " not in raw(url, b"GET /v1/models HTTP/1.0\r\n\r\n").split(b"\r\n")[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_origins_change_nothing(url: str, headers: dict[str, str]) -> None:
    """A page of another site, or of another port of this machine, cannot ask."""
    assert httpx.post(f"{url}/v1/chat/completions", json=BODY, headers=headers).status_code == 403


def test_our_own_origin_may_ask(url: str) -> None:
    headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
    assert httpx.post(f"{url}/v1/chat/completions", json=BODY, headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize("token", [None, "wrong", ""])
def test_what_is_no_program_s_needs_the_token_of_this_start(url: str, token: str | None) -> None:
    """Outside /v1 an unsafe method without the token is refused, whether or not there is such a page."""
    headers = {} if token is None else {"X-CSRF-Token": token}
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert httpx.request(method, f"{url}/anything", headers=headers).status_code == 403


def test_a_body_over_its_cap_is_refused(url: str) -> None:
    """By the length that it tells, by what it sends in pieces without one, and where the length is no number."""
    large = b" " * (MOST_OF_A_QUESTION + 1)
    assert httpx.post(f"{url}/v1/chat/completions", content=large).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range((MOST_OF_A_QUESTION >> 16) + 2):
            yield b" " * (1 << 16)

    assert httpx.post(f"{url}/v1/chat/completions", content=pieces()).status_code == 413


def test_replies_forbid_what_our_pages_never_do(url: str) -> None:
    """Also on refusals and errors."""
    for path, host in (("/v1/models", None), ("/nowhere", None), ("/v1/models", "evil.example")):
        told = httpx.get(f"{url}{path}", headers={"Host": host} if host else None)
        assert told.headers["content-security-policy"].startswith("default-src 'self';")
        assert "frame-ancestors 'none'" in told.headers["content-security-policy"]
        assert told.headers["x-content-type-options"] == "nosniff"
        assert told.headers["cache-control"] == "no-store"
        assert "server" not in told.headers


def test_no_page_of_the_framework_is_there(url: str) -> None:
    """Its docs load from elsewhere."""
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert httpx.get(f"{url}{path}").status_code == 404


def test_other_machines_need_a_token() -> None:
    """An address that others can reach is refused without a token, and with one that can be guessed."""
    for token in (None, "", "short"):
        with pytest.raises(SettingsError, match="--token"):
            Access.of("0.0.0.0", 8765, token)  # noqa: S104 - which is the point
    assert "evil.example:8765" not in Access.of("0.0.0.0", 8765, TOKEN).hosts  # noqa: S104
    assert "box.local:8765" in Access.of("box.local", 8765, TOKEN).hosts


def test_the_access_token_opens(tmp_path: Path) -> None:
    """As a bearer, or in a browser by an address that leaves a cookie which no script reads; else 401."""
    with running(demo_engine(tmp_path), TOKEN) as (url, _):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "paperbound=wrong"}, {"Cookie": "=;;="}):
            assert httpx.get(f"{url}/v1/models", headers=headers).status_code == 401
        assert httpx.get(f"{url}/?token=wrong").status_code == 401
        assert httpx.get(f"{url}/v1/models", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        welcome = httpx.get(f"{url}/?token={TOKEN}")
        assert (welcome.status_code, welcome.headers["location"]) == (303, "/")
        kept = welcome.headers["set-cookie"]
        assert "HttpOnly" in kept
        assert "samesite=strict" in kept.lower()
        assert httpx.get(f"{url}/v1/models", headers={"Cookie": kept.partition(";")[0]}).status_code == 200


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("no index at /data/me/corpus/index; run: rag ingest", "no index at index; run: rag ingest"),
        ("~/notes/a.txt: cannot be read", "a.txt: cannot be read"),
        (r"C:\Users\me\a.pdf is torn", "a.pdf is torn"),
        ("expected https://arxiv.org/abs/2101.00001", "expected https://arxiv.org/abs/2101.00001"),
        ("hep-th/9108004 and/or 3/4", "hep-th/9108004 and/or 3/4"),
    ],
)
def test_messages_name_no_folder(told: str, shown: str) -> None:
    assert without_paths(told) == shown
