"""Stand before every request: other web pages and other machines get nothing.

- A Host that is not exactly one of ours is refused: a foreign name that was made to point here (DNS rebinding).
- What changes anything comes from our own pages (Origin, Sec-Fetch-Site) and carries the token of this start (CSRF);
  `/v1` and `/mcp` are for programs, which need no such token, but a foreign page is refused there as well.
- Served to other machines, every request shows the access token, as a bearer or in the cookie that `/?token=` sets.
- A body over its cap is refused before it is read, or where it lied about its length, when it passes it.
- Every reply forbids what pages of ours never do: foreign code, frames, guessing of types, keeping.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from socket import gaierror, getaddrinfo, gethostname
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import SettingsError
from rag.serve.errors import fault

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - names what a user may ask for; a token is required then
COOKIE, CSRF_HEADER, APIS = "paperbound", "x-csrf-token", ("/v1/", "/mcp")
SAFE = ("GET", "HEAD", "OPTIONS")
MOST_OF_A_QUESTION = 4 << 20  # bytes of a chat with its history, or of a brief
MOST_OF_AN_UPLOAD = 300 << 20  # bytes of one request that brings files
UPLOADS = "/papers"

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
REPLY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Access:
    """Hold who may come: the exact Host headers, the access token if one is needed, this start's own token."""

    hosts: frozenset[str]
    token: str | None = None
    csrf: str = field(default_factory=token_urlsafe)

    @classmethod
    def of(cls, host: str, port: int, token: str | None = None) -> Access:
        """Return the access of a server at an address; raise `SettingsError` for another machine's without a token."""
        if host in ("127.0.0.1", "localhost", "::1"):
            return cls(frozenset(with_port(LOOPBACK, port)), token)
        if not token or len(token) < 16:
            raise SettingsError(f"--host {host} lets other machines in; give --token with at least 16 characters")
        names = {gethostname(), *addresses(gethostname())} if host in EVERYWHERE else {host}
        shown = [f"[{name}]" if ":" in name else name for name in names]
        return cls(frozenset(with_port([*LOOPBACK, *shown], port)), token)


def with_port(names: Iterable[str], port: int) -> set[str]:
    """Return Host headers as browsers send them: without the port where it is HTTP's own."""
    return {f"{name.lower()}:{port}" for name in names} | (set(names) if port == 80 else set())


def addresses(name: str) -> set[str]:
    """Return the addresses of a machine's own name."""
    try:
        return {str(found[4][0]) for found in getaddrinfo(name, None)}
    except gaierror:
        return set()


class Guard:
    """Wrap an application so that only what `Access` allows reaches it."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with a capped body and our headers on the reply."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in REPLY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        cap = MOST_OF_AN_UPLOAD if scope["path"] == UPLOADS else MOST_OF_A_QUESTION
        refused = self.refusal(scope, Headers(scope=scope), cap)
        if refused is not None:
            await refused(scope, receive, with_headers)
            return
        await self.app(scope, capped(receive, cap), with_headers)

    def refusal(self, scope: Scope, headers: Headers, cap: int) -> Response | None:
        """Return why a request is refused, or None."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.access.hosts:
            return fault(421, "this server is not known under that name; use the address that `rag serve` printed")
        if (turned := self.login(scope, headers)) is not None:
            return turned
        if scope["method"] not in SAFE:
            origin, site = headers.get("origin"), headers.get("sec-fetch-site")
            if origin is not None and origin.lower() != f"http://{hosts[0].lower()}":
                return fault(403, "requests from other origins are refused")
            if site is not None and site not in ("same-origin", "none"):
                return fault(403, "requests from other sites are refused")
            if not scope["path"].startswith(APIS) and not same(headers.get(CSRF_HEADER), self.access.csrf):
                return fault(403, "this page is from before the server's last start; load it again")
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdecimal() or int(length) > cap:
            return fault(413, too_large(cap))
        return None

    def login(self, scope: Scope, headers: Headers) -> Response | None:
        """Return a refusal where the access token is missing, the page where it has just been given, else None."""
        token = self.access.token
        if token is None:
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and scope["method"] == "GET" and same(given, token):
            welcome = RedirectResponse("/", 303)
            welcome.set_cookie(COOKIE, token, httponly=True, samesite="strict")
            return welcome
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if same(bearer, token) or same(cookie(headers), token):
            return None
        return fault(
            401, "give the access token: /?token=... in a browser, as the API key elsewhere", "invalid_api_key"
        )


def same(given: str | None, token: str) -> bool:
    """Compare in a time that tells nothing."""
    return given is not None and compare_digest(given.encode(), token.encode())


def cookie(headers: Headers) -> str | None:
    """Return the access token that a browser keeps."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def too_large(cap: int) -> str:
    """Say that a body passes its cap."""
    return f"the request is larger than {cap >> 20} MiB"


def capped(receive: Receive, cap: int) -> Receive:
    """Return what receives a body up to its cap, and then raises what the application words as 413."""
    read = 0

    async def capped_receive() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > cap:
            raise HTTPException(413, too_large(cap))
        return message

    return capped_receive
