"""The command itself: it says where it is, serves, ends at Ctrl-C, and names what keeps it from starting."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from rag.errors import SettingsError
from rag.serve import serve
from tests.serve.running import demo_engine


def test_the_command_serves_until_it_is_stopped(tmp_path: Path) -> None:
    """On this machine alone, at the address that it prints."""
    command = [sys.executable, "-m", "rag", "serve", "--port", "0", "--offline", "--corpus", str(tmp_path)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    try:
        assert started.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", started.stdout.readline())
        assert found is not None
        assert httpx.get(f"{found[0]}v1/models", timeout=30).json() == {"object": "list", "data": []}
        started.send_signal(signal.SIGINT)
        assert started.wait(30) in (0, 130)
    finally:
        started.kill()
        started.wait()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="cannot be opened"):
        serve(demo_engine(tmp_path), port=taken.getsockname()[1])


def test_another_machine_needs_a_token(tmp_path: Path) -> None:
    """Nothing is served before that is settled."""
    with pytest.raises(SettingsError, match="--token"):
        serve(demo_engine(tmp_path), port=0, host="0.0.0.0")  # noqa: S104 - which is the point
