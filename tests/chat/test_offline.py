"""Run whole commands on this machine under a watch, with every proxy variable set and a model that redirects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import openai_server as fake
from tests.openai_server import Turn, serve

WATCHED = """
import json, sys

reached = set()
def watch(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        reached.add(f"{args[1][0]}:{args[1][1]}")
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        reached.add(f"name:{args[0]}")
sys.addaudithook(watch)

from typer.testing import CliRunner
import rag.cli
from rag.settings import resource

demo = resource("demo")
question = ["What does TernBurst take as input?", "-p", "2604.90001", "--pdf-dir", str(demo / "pdf")]
commands = [
    ["ingest", str(demo / "brief.txt"), "--pdf-dir", str(demo / "pdf"), "--offline"],
    ["search", "blur", "--offline"],
    ["papers", "list"],
    ["brief", str(demo / "brief.txt")],
    ["batch", sys.argv[1], "-o", sys.argv[2], "--offline", "--llm", "openai:m"],
]
for spec in ("openai:m", "ollama:m", "vllm:m", "lmstudio:m"):
    commands.append(["ask", *question, "--offline", "--llm", spec, "-f", "json"])
    commands.append(["doctor", "--offline", "--llm", spec])
codes = [CliRunner().invoke(rag.cli.app, command).exit_code for command in commands]
print(json.dumps([codes, sorted(reached)]))
"""


@pytest.mark.parametrize("redirects", [False, True])
def test_nothing_leaves_this_machine(tmp_path: Path, redirects: bool) -> None:
    """Every command talks to the model's address at most: no proxy, no redirect, no name server hears of it."""
    questions = tmp_path / "questions.jsonl"
    line = {"id": "q1", "question": "What does TernBurst take as input?", "papers": ["2604.90001"]}
    questions.write_text(json.dumps(line) + "\n")
    with serve([Turn("stolen")]) as thief:
        away = thief.url.replace("127.0.0.1", "localhost")
        moved = Turn("", status=307, headers={"location": away})
        with serve([moved] if redirects else fake.perfect) as server:
            proxy = thief.url.removesuffix("/v1")
            proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
            env = {
                **{name: os.environ[name] for name in ("PATH", "PYTHONPATH", "RAG_CORPUS") if name in os.environ},
                **dict.fromkeys(proxies, proxy),
                "NO_PROXY": "example.org",
                "HOME": str(tmp_path),
                "RAG_CORPUS": str(tmp_path / "corpus"),
                "OPENAI_API_KEY": "sk-test-0123456789abcdef",
                **dict.fromkeys(("OPENAI_BASE_URL", "VLLM_BASE_URL", "LMSTUDIO_BASE_URL"), server.url),
                "OLLAMA_HOST": server.url.removesuffix("/v1"),
            }
            done = subprocess.run(
                [sys.executable, "-c", WATCHED, str(questions), str(tmp_path / "answers.jsonl")],
                env=env, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
        assert done.returncode == 0, done.stderr
        codes, reached = json.loads(done.stdout.splitlines()[-1])
        address = server.url.split("/")[2]
        assert set(reached) <= {address, "name:127.0.0.1"}
        assert (thief.requests, thief.paths) == ([], [])
    assert address in reached
    assert codes[:4] == [0, 0, 0, 0]
    assert redirects or codes[5] == 0
