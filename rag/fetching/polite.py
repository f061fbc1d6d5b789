"""Ask arXiv, or a mirror of it, politely: one request every three seconds across processes, retries, few redirects.

`Pace` keeps the time between requests in a small file that every process locks; `PoliteClient` sends them. Nothing
else in the package opens a connection to arXiv. Not handled: resuming half a file, parallel downloads.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from rag.errors import FetchError, SettingsError, UnreachableError
from rag.loopback import Pin, unproxied
from rag.settings import ARXIV_DELAY_S, cache_folder

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

ARXIV = "arxiv.org"
CONNECT_TIMEOUT_S = 8.0  # an unreachable network is said quickly
READ_TIMEOUT_S = 60.0  # export.arxiv.org takes its time for long id lists
TRIES = 4
LONGEST_WAIT_S = 120.0  # a server that wants a longer pause is asked again another time
MAX_REDIRECTS = 5
PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))  # statuses that may be gone a little later
PACKED = frozenset(("identity", "", "gzip", "deflate"))  # unasked; of others a piece may hold gigabytes
REDIRECTS = frozenset((301, 302, 303, 307, 308))


class PassingError(FetchError):
    """Say that a request failed in a way that may pass; `wait` is the pause the server asked for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class StatusError(FetchError):
    """Say that a server answered with a status that is no success and will not pass."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Pace:
    """Let requests pass one at a time, `interval` seconds apart, for every process that uses the same file."""

    def __init__(
        self,
        path: Path,
        interval: float = ARXIV_DELAY_S,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        seed: int | None = None,
    ) -> None:
        self.path = path
        self.interval = interval
        self._clock = clock
        self._sleep = sleep
        self._random = random.Random(seed)  # noqa: S311 - jitter, not secrets

    @classmethod
    def between(cls, bases: Sequence[str], interval: float, spare: Path) -> Pace:
        """Make the pace for a server: for arXiv one that all corpora of this user share, else one in `spare`."""
        _, host, port = _base(bases[0])
        if any(_is_arxiv(_host(base)) for base in bases):
            folder = _writable(cache_folder(), spare)
            return cls(folder / f"next-request-{ARXIV}", max(interval, ARXIV_DELAY_S))
        name = "".join(c if c.isalnum() or c in ".-" else "_" for c in f"{host}_{port}")
        return cls(_writable(spare) / f".next-request-{name}", interval)

    def enter(self) -> None:
        """Wait for the turn of one request, and take it."""
        with self._next_request() as (due, put):
            wait = min(due - self._clock(), LONGEST_WAIT_S)  # a clock that was set back must not stop us
            if wait > 0:
                self._sleep(wait)
            put(self._clock() + self.interval)

    def hold_off(self, seconds: float) -> None:
        """Let no request pass for some seconds, in any process."""
        with self._next_request() as (due, put):
            now = self._clock()
            put(max(min(due, now + LONGEST_WAIT_S), now + seconds))

    def backoff(self, attempt: int) -> float:
        """Return a pause before trying again: doubled each time, with jitter so that many do not come at once."""
        return self.interval * 2.0**attempt * self._random.uniform(1.0, 2.0)

    @contextmanager
    def _next_request(self) -> Iterator[tuple[float, Callable[[float], None]]]:
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise FetchError(f"{self.path}: cannot keep the time of the last request ({error.strerror})") from None
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, also by a killed process

            def put(due: float) -> None:
                file.seek(0)
                file.truncate()
                file.write(f"{due:.3f}".encode())
                file.flush()

            try:
                due = float(file.read(32))
            except ValueError:
                due = 0.0  # new, or torn by a killed process: the pace starts afresh
            yield due if due < float("inf") else 0.0, put


class PoliteClient:
    """Send GET requests to the given bases and their redirects, at a pace, trying again what may pass."""

    def __init__(self, bases: Sequence[str], pace: Pace) -> None:
        from importlib.metadata import version

        import httpx

        self._hosts = frozenset(map(_base, bases))
        self._arxiv = any(_is_arxiv(_host(base)) for base in bases)
        self._pace = pace
        self._tries = TRIES
        us = f"paperbound/{version('paperbound')} (fetches single papers of a whitelist) httpx/{httpx.__version__}"
        self._http = httpx.Client(
            headers={"User-Agent": us, "Accept-Encoding": "identity"},  # so that Content-Length counts the file's bytes
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            follow_redirects=False,
            mounts=unproxied(bases),
            event_hooks={"request": [Pin()]},
        )

    def __enter__(self) -> PoliteClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, url: str, read: Callable[[httpx.Response], T]) -> T:
        """Return what `read` makes of the response; it may raise `PassingError` to be given another try."""
        for attempt in range(self._tries):
            try:
                got = self._once(url, read)
            except PassingError as error:
                wait = self._pace.backoff(attempt) if error.wait is None else error.wait
                if wait > LONGEST_WAIT_S:
                    raise FetchError(f"{error}; it asks to wait {wait:.0f} s, run the command again then") from None
                if attempt + 1 == self._tries:
                    self._tries = 1  # a server in trouble is asked once for each further paper, until it recovers
                    raise FetchError(f"{error} ({attempt + 1} tries); run the command again later") from None
                self._pace.hold_off(wait)
            else:
                self._tries = TRIES
                return got
        raise AssertionError("the last try returns or raises")

    def _once(self, url: str, read: Callable[[httpx.Response], T]) -> T:
        for _ in range(MAX_REDIRECTS + 1):
            self._pace.enter()
            with _translated(url), self._http.stream("GET", url) as response:
                status = response.status_code
                told = f"{response.url.host} answered {status} {response.reason_phrase}".rstrip()
                if status in REDIRECTS:
                    url = self._redirected(url, response.headers.get("location", ""))
                elif status in PASSING:
                    raise PassingError(told, retry_after(response.headers.get("retry-after", "")))
                elif status != 200:
                    raise StatusError(told, status)
                elif (packed := response.headers.get("content-encoding", "identity").lower()) not in PACKED:
                    raise FetchError(f"{response.url.host} sends it compressed as {packed[:40]!r}, unasked")
                else:
                    return read(response)
        raise FetchError(f"{_host(url)} redirects in a circle")

    def _redirected(self, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
        except ValueError:
            target = ""
        origin = _origin(target)
        downgraded = url.startswith("https:") and not target.startswith("https:")
        to_arxiv = self._arxiv and origin and _is_arxiv(origin[1]) and origin[2] in (80, 443)
        if not location or downgraded or not (origin in self._hosts or to_arxiv):
            where = repr((target or location)[:120])
            raise FetchError(f"{_host(url)} redirects to {where}, which is none of the configured hosts")
        return target


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turn httpx's errors into ours: unreachable, may pass, or final."""
    import httpx

    host = _host(url)
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise UnreachableError(
            f"{host} cannot be reached ({_reason(error)}); check the network or use --offline"
        ) from None
    except httpx.TimeoutException:
        raise PassingError(f"{host} went silent") from None
    except httpx.TransportError as error:
        raise PassingError(f"{host} broke off the transfer ({_reason(error)})") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"{host} cannot be asked: {_reason(error)}") from None


def retry_after(text: str) -> float | None:
    """Return the pause of a Retry-After header: seconds, or a date (RFC 9110, 10.2.3)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _is_arxiv(host: str) -> bool:
    return host == ARXIV or host.endswith(f".{ARXIV}")


def _base(url: str) -> tuple[str, str, int]:
    origin = _origin(url)
    if not origin:
        raise SettingsError(f"{url!r} is no http(s) address; RAG_ARXIV_API and RAG_ARXIV_PDF need one")
    return origin


def _origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an http(s) address, or None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.lower(), port


def _writable(*folders: Path) -> Path:
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise FetchError(f"{folders[-1]}: cannot keep the time of the last request there; make the folder writable")
