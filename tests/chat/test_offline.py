"""Run every command on this machine under a guard, with every proxy variable set and a model that redirects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.cli import app
from rag.settings import resource
from tests import openai_server as fake
from tests.arxiv_server import ArxivServer, Served
from tests.openai_server import Turn, serve

GUARD = """
import os, sys

def guard(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        host, said = args[1][0], "{}:{}".format(*args[1][:2])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        host = args[0] if event != "socket.sendto" else args[1][0]
        said = "name:{}".format(host)
    else:
        return
    with open(os.environ["REACHED"], "a") as file:
        file.write(said + "\\n")
    if host not in ("127.0.0.1", "::1"):
        raise OSError("the guard lets nothing leave, not even for {}".format(host))

sys.addaudithook(guard)
"""
"""A `sitecustomize` module: every Python process runs it, those that read PDFs included."""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
DEMO = resource("demo")
PDFS = ("--pdf-dir", str(DEMO / "pdf"))
BRIEF = str(DEMO / "brief.txt")
QUESTION = ("What does TernBurst take as input?", "-p", "2604.90001", *PDFS, "--offline")
MODELS = ("openai:m", "ollama:m", "vllm:m", "lmstudio:m")
COMMANDS = (  # in an order in which each finds what it needs
    ("ingest", BRIEF, *PDFS, "--offline"),
    ("search", "blur", "--offline"),
    ("papers", "list"),
    ("papers", "show", "2604.90001"),
    ("brief", BRIEF),
    ("ask", BRIEF, *PDFS, "--offline", "-f", "json", "-o", "answer.json"),
    ("show", "answer.json", "-f", "html", "-o", "answer.html"),
    ("verify", "answer.json", "--brief", BRIEF, *PDFS),
    ("eval", "answer.json", "--brief", BRIEF, *PDFS),
    ("table", "-p", "2604.90001", "--ask", "input", *PDFS, "--offline"),
    ("doctor", "--offline"),
)
ASKING = (
    *(("ask", *QUESTION, "--llm", spec, "-f", "json") for spec in MODELS),
    *(("doctor", "--offline", "--llm", spec) for spec in MODELS),
    ("table", "-p", "2604.90001", "--ask", "input", *PDFS, "--offline", "--llm", "openai:m"),
    ("batch", "questions.jsonl", "-o", "answers.jsonl", *PDFS, "--offline", "--llm", "openai:m"),
    ("calibrate", "pairs.jsonl", "--offline", "--llm", "openai:m"),
    ("papers", "remove", "2604.90001"),
)
MISSING = (  # models that no folder holds: a package that looked for them would ask the hub
    ("ask", *QUESTION, "--nli", "no/such-model"),
    ("search", "blur", "--offline", "--reranker", "no/such-model"),
    ("search", "blur", "--offline", "--model", "no/such-model"),
)


@dataclass(frozen=True)
class Walled:
    """Commands behind the guard, in a folder of their own, with a proxy that must never hear of anything."""

    folder: Path
    env: dict[str, str]

    @property
    def reached(self) -> set[str]:
        """Return whom any process has asked for, addresses and names."""
        log = self.folder / "reached"
        return set(log.read_text().split()) if log.exists() else set()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one command in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "rag", *command],
            env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def run_all(self, commands: Sequence[Sequence[str]]) -> list[int]:
        """Run commands one after the other in one process, which loads what is heavy once."""
        code = (
            "import json, sys\nfrom rag.cli import main\ncodes = []\n"
            "for sys.argv in [['rag', *one] for one in json.loads(sys.argv[1])]:\n"
            "    try:\n        main()\n    except SystemExit as ended:\n        codes.append(ended.code)\n"
            "print(json.dumps(codes))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(commands)],
            env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return list(map(int, json.loads(done.stdout.splitlines()[-1])))


@pytest.fixture
def walled(tmp_path: Path) -> Callable[..., Walled]:
    """Return what puts up the guard: given a proxy's address, and more variables."""

    def put_up(proxy: str, **more: str) -> Walled:
        (tmp_path / "guard").mkdir()
        (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
        question = {"id": "q1", "question": "What does TernBurst take as input?", "papers": ["2604.90001"]}
        (tmp_path / "questions.jsonl").write_text(json.dumps(question) + "\n")
        pairs = [{"claim": "A bird.", "evidence": ["It is a bird."], "supported": n % 2 == 0} for n in range(4)]
        (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
        paths = (str(tmp_path / "guard"), str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", ""))
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "REACHED": str(tmp_path / "reached"),
            "HOME": str(tmp_path),
            "RAG_CORPUS": str(tmp_path / "corpus"),
            **dict.fromkeys(PROXIES, proxy),
            "NO_PROXY": "example.org",
            "no_proxy": "example.org",
            **dict.fromkeys(("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"), "true"),
            **more,
        }
        return Walled(tmp_path, env)

    return put_up


def test_every_command_is_tried() -> None:
    """A command that is added is added here as well, but for what serves until it is stopped."""
    there = {command.name or str(command.callback.__name__) for command in app.registered_commands if command.callback}
    groups = {str(group.name) for group in app.registered_groups}
    assert {command[0] for command in (*COMMANDS, *ASKING)} == (there | groups) - {"serve", "mcp"}


@pytest.mark.parametrize("redirects", [False, True])
def test_nothing_leaves_this_machine(walled: Callable[..., Walled], redirects: bool) -> None:
    """Every command talks to the model's address at most: no proxy, no redirect, no name server hears of it."""
    with serve([Turn("stolen")]) as thief:
        away = thief.url.replace("127.0.0.1", "localhost")
        moved = Turn("", status=307, headers={"location": away})
        with serve([moved] if redirects else fake.perfect) as server:
            wall = walled(
                thief.url.removesuffix("/v1"),
                OPENAI_API_KEY="sk-test-0123456789abcdef",
                OLLAMA_HOST=server.url.removesuffix("/v1"),
                **dict.fromkeys(("OPENAI_BASE_URL", "VLLM_BASE_URL", "LMSTUDIO_BASE_URL"), server.url),
            )
            codes = wall.run_all([list(command) for command in COMMANDS])
            assert (codes, wall.reached) == ([0] * len(COMMANDS), set())
            assert wall.run_all(MISSING) == [2, 2, 2]
            assert wall.reached == set()
            codes = wall.run_all([list(command) for command in ASKING])
        address = server.url.split("/")[2]
        assert address in wall.reached <= {address, "name:127.0.0.1"}
        assert (thief.requests, thief.paths) == ([], [])
    assert redirects or codes[0] == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_store_on_this_machine_is_asked_without_a_proxy(walled: Callable[..., Walled], host: str) -> None:
    """A mirror of arXiv on loopback is asked where it is, and its name is not looked up."""
    pdf = (DEMO / "pdf" / "2604.90001v1.pdf").read_bytes()
    with serve([Turn("stolen")]) as thief, ArxivServer([Served("2604.90001", 1, pdf=pdf)]) as mirror:
        wall = walled(
            thief.url.removesuffix("/v1"),
            RAG_ARXIV_API=mirror.api.replace("127.0.0.1", host),
            RAG_ARXIV_PDF=mirror.pdf.replace("127.0.0.1", host),
            RAG_ARXIV_DELAY="0",
        )
        done = wall.run("ingest", "2604.90001")
        assert (done.returncode, thief.paths) == (0, [])
        assert wall.reached <= {f"127.0.0.1:{mirror.api.split(':')[2].split('/')[0]}", "name:127.0.0.1"}


def test_a_key_for_azure_goes_to_its_endpoint_alone(walled: Callable[..., Walled]) -> None:
    """What langchain asks is asked by our client too: on loopback no proxy hears of it, and no redirect is followed."""
    with serve([Turn("stolen")]) as thief:
        moved = Turn("", status=307, headers={"location": thief.url.replace("127.0.0.1", "localhost")})
        with serve([moved]) as server:
            wall = walled(
                thief.url.removesuffix("/v1"),
                AZURE_OPENAI_ENDPOINT=server.url.removesuffix("/v1"),
                AZURE_OPENAI_API_KEY="0123456789abcdef0123456789abcdef",
                OPENAI_API_VERSION="2024-10-21",
            )
            done = wall.run("ask", *QUESTION[:-1], "--llm", "azure_openai:m", "-f", "json")
        assert server.requests
        assert (thief.requests, thief.paths) == ([], [])
    assert "Traceback" not in done.stderr
