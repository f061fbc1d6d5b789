"""Give tests their data, and block every socket that is not loopback."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

CHECKOUT = Path(__file__).resolve().parent.parent

settings.register_profile("house", deadline=None, derandomize=True)  # no test judges by the clock, none by chance
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real papers and benchmark data, or skip where this machine has none."""
    folder = Path(os.environ.get("RAG_SHARED") or CHECKOUT.parent / "shared")
    if not (folder / "papers").is_dir():
        pytest.skip(f"needs the shared data folder; none at {folder} (set RAG_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to connect to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
