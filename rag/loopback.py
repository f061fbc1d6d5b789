"""Know what is this machine, and send what is meant for it nowhere else.

No name server is asked, no proxy is obeyed: a client for an address on loopback is made with `trust_env=False`, one for
several addresses with `unproxied`, and each request passes a `Pin`. A server that listens everywhere (0.0.0.0) is
asked here.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

LOOPBACK = "127.0.0.1"


def is_loopback(url: str) -> bool:
    """Tell whether a URL's host is this machine, by its name alone: nothing is looked up."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or _is_here(host)
    except ValueError:
        return False


def _is_here(host: str) -> bool:
    address = ipaddress.ip_address(host)
    return address.is_loopback or address.is_unspecified


def unproxied(urls: Iterable[str]) -> dict[str, None]:
    """Return what keeps a client's requests to those of some addresses that are here from any proxy (`mounts`)."""
    here = {urlsplit(url).hostname or "" for url in urls if is_loopback(url)}
    hosts = {LOOPBACK, "::1", *here} if here else here
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None for host in hosts}


@dataclass(slots=True)
class Pin:
    """Give requests for `localhost`, or for wherever a server listens, an address of loopback in place of the name."""

    address: str = ""  # found once for each client

    def __call__(self, request: httpx.Request) -> None:
        """Change a request before it is sent; the name stays in its header and is the one a certificate is held to."""
        host = request.url.host
        if host in ("localhost", "0.0.0.0", "::"):  # noqa: S104 - asked, not listened at
            port = request.url.port or (443 if request.url.scheme == "https" else 80)
            self.address = self.address or _answering(port)
            request.extensions["sni_hostname"] = host
            request.url = request.url.copy_with(host=self.address or LOOPBACK)


def _answering(port: int) -> str:
    """Return the address of loopback that takes connections on a port, or an empty text."""
    for address in (LOOPBACK, "::1"):
        with suppress(OSError), socket.create_connection((address, port), timeout=1):
            return address
    return ""
