"""The command itself: it says where it is, serves, ends at Ctrl-C, and names what keeps it from starting."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from rag import load_answer
from rag.errors import SettingsError
from rag.serve import serve
from rag.settings import resource
from tests import openai_server
from tests.serve.running import QUESTION, TERN, demo_engine


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


@pytest.mark.slow
def test_killed_in_mid_job_it_goes_on_at_the_next_start(tmp_path: Path) -> None:
    """SIGKILL while a chat model is being asked: the next server answers the question, and tells how it came to it."""
    demo = ["--corpus", str(tmp_path), "--pdf-dir", str(resource("demo") / "pdf"), "--offline", "--port", "0"]
    body = {"question": QUESTION, "papers": [TERN]}
    with openai_server.serve([openai_server.Turn(hang=True)]) as model:
        told = os.environ | {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "none", "PYTHONUNBUFFERED": "1"}
        with started([*demo, "--llm", "openai:silent"], told) as (process, address):
            csrf = re.search(r'name="csrf" content="([^"]+)"', httpx.get(address, timeout=30).text)
            assert csrf is not None
            headers = {"X-CSRF-Token": csrf[1]}
            asked = httpx.post(f"{address}questions", json=body, headers=headers, timeout=30).json()["address"]
            with httpx.stream("GET", f"{address}events{asked.replace('answers', 'questions')}", timeout=60) as events:
                assert any('"writing"' in line or model.requests for line in events.iter_lines())
                process.kill()  # SIGKILL
                process.wait()
    with started(demo, os.environ | {"PYTHONUNBUFFERED": "1"}) as (_, address):
        lines = httpx.get(f"{address}events{asked.replace('answers', 'questions')}", timeout=60).text.splitlines()
        kinds = [json.loads(line[6:])["kind"] for line in lines if line.startswith("data: ")]
        assert (kinds[0], kinds[-1]) == ("queued", "answered")
        record = load_answer(httpx.get(f"{address}{asked[1:]}/json", timeout=30).text)
        assert {citation.paper for claim in record.claims for citation in claim.citations} == {TERN}


@contextmanager
def started(options: list[str], env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield a real `rag serve` and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", *options], stdout=subprocess.PIPE, text=True, env=env
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert found is not None
        yield process, found[0]
    finally:
        process.kill()
        process.wait()
