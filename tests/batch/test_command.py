"""The command: killed at any request, Ctrl-C in two steps, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rag import Engine
from tests import openai_server as fake
from tests.batch.batches import (
    SOON,
    answer_lines,
    asking_model,
    drafts_asked,
    made_questions,
    question_asked,
    questions_file,
    records_of,
    run_through,
)
from tests.openai_server import Body, Turn, quoting


def _command(corpus: Path, questions: Path, output: Path, *more: str) -> list[str]:
    options = ["--corpus", str(corpus), "--offline", "--llm", "openai:m", "--plan", "large", "--no-reply-cache", *more]
    return [
        sys.executable,
        "-c",
        "from rag.cli import main; main()",
        "batch",
        str(questions),
        "-o",
        str(output),
        *options,
    ]


def _env(url: str) -> dict[str, str]:
    here = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "PYTHONPATH": here}


def _start(command: Sequence[str], url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, env=_env(url), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C and wait until the program says that it has heard."""
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "finishing what is under way" not in (line := process.stderr.readline()):
        assert line, "the program ended without a word"


def test_killed_at_any_request_nothing_is_lost_or_asked_twice(engine: Engine, corpus: Path, tmp_path: Path) -> None:
    """Kill -9 while answers come in, again and again: in the end each question stands there once, as undisturbed.

    The server fails every question's first call, and no question that was in the file is ever asked again.
    """
    questions, path = made_questions(12), tmp_path / "a.jsonl"
    faults = [Turn("busy", status=429, headers=SOON), Turn("boom", status=500, headers=SOON)]
    process: list[subprocess.Popen[str]] = []
    calls, kill_at = [0], {4, 11, 17}
    seen: Counter[str] = Counter()
    finished: set[str] = set()
    twice: list[str] = []

    def model(body: Body) -> Turn:
        asked = question_asked(body)
        calls[0] += 1
        seen[asked] += 1
        if asked in finished:
            twice.append(asked)
        if calls[0] in kill_at:
            process[0].kill()
        return faults[calls[0] % 2] if seen[asked] == 1 else quoting(body)

    file = questions_file(tmp_path, questions)
    by_id = {question.id: question.brief.question for question in questions}
    kept: dict[str, bytes] = {}
    killed = 0
    with fake.serve(model) as server:
        while True:
            process[:] = [_start(_command(corpus, file, path, "--concurrency", "2"), server.url)]
            process[0].communicate()
            whole = path.read_bytes()[: path.read_bytes().rfind(b"\n") + 1] if path.exists() else b""
            now = {json.loads(line)["id"]: line for line in whole.splitlines(True)}
            assert all(now[name] == line for name, line in kept.items())
            kept = now
            finished |= {by_id[name] for name in now}
            if process[0].returncode == 0:
                break
            assert process[0].returncode == -signal.SIGKILL
            killed += 1
        assert killed == 3
        assert twice == []
        undisturbed = tmp_path / "b.jsonl"
        finished.clear()
        run_through(asking_model(engine, server.url), questions, undisturbed)
    assert records_of(path) == records_of(undisturbed)
    assert set(records_of(path)) == set(by_id)


def test_the_first_ctrl_c_finishes_what_is_under_way(corpus: Path, tmp_path: Path) -> None:
    """After it nothing new is asked, what was asked is kept, the exit code is 130, and the rest can be resumed."""
    questions, path = made_questions(9), tmp_path / "a.jsonl"
    third, told_so = threading.Event(), threading.Event()

    def model(body: Body) -> Turn:
        if len(server.requests) == 3:
            third.set()
            told_so.wait()
        return quoting(body)

    with fake.serve(model) as server:
        command = _command(corpus, questions_file(tmp_path, questions), path, "--concurrency", "1")
        process = _start(command, server.url)
        third.wait()
        _interrupt(process)
        told_so.set()
        _, told = process.communicate()
        assert process.returncode == 130
        assert "interrupted" in told
        assert len(server.requests) == 3
        answered = [line for line in answer_lines(path).values() if b'"status": "answered"' in line]
        assert len(answered) == 3
        assert subprocess.run(command, env=_env(server.url), capture_output=True, check=False).returncode == 0
    assert len(answer_lines(path)) == 9
    assert set(drafts_asked(server.requests).values()) == {1}


def test_the_second_ctrl_c_stops_at_once(corpus: Path, tmp_path: Path) -> None:
    """A server that never answers cannot hold the program: the second Ctrl-C ends it, and finished answers stay."""
    path = tmp_path / "a.jsonl"
    third = threading.Event()

    def model(body: Body) -> Turn:
        if len(server.requests) < 3:
            return quoting(body)
        third.set()
        return Turn(hang=True)

    with fake.serve(model) as server:
        process = _start(
            _command(corpus, questions_file(tmp_path, made_questions(9)), path, "--concurrency", "1"), server.url
        )
        third.wait()
        _interrupt(process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
        assert process.returncode == 130
        assert "interrupted" in told
        assert "Traceback" not in told
    assert len(answer_lines(path)) >= 2


def test_the_command_tells_failures_by_its_exit_code(corpus: Path, tmp_path: Path) -> None:
    """1 when any failed, 0 when none did, 2 for bad input; progress is plain lines where there is no terminal."""
    file, path = questions_file(tmp_path, made_questions(3)), tmp_path / "a.jsonl"
    broken = tmp_path / "broken.jsonl"
    broken.write_text(file.read_text() + "{\n")
    down = [True]

    def run(*more: str, questions: Path = file) -> tuple[int, str]:
        command = _command(corpus, questions, path, *more)
        told = subprocess.run(command, env=_env(server.url), capture_output=True, text=True, check=False)
        return told.returncode, told.stderr + told.stdout

    with fake.serve(lambda body: Turn("no", status=400) if down[0] else quoting(body)) as server:
        code, told = run("--dry-run")
        assert (code, server.requests, path.exists()) == (0, [], False)
        assert "3 of 3 questions" in told
        code, told = run(questions=broken)
        assert (code, server.requests) == (2, [])
        assert "broken.jsonl:4: not JSON" in told
        code, told = run("--skip-bad", questions=broken)
        assert code == 1
        assert "--retry-failed" in told
        assert "3/3 done" in told
        assert "\x1b" not in told
        down[0] = False
        assert run()[0] == 1
        assert run("--retry-failed")[0] == 0
        assert run()[0] == 0


def test_the_questions_are_never_written_over(corpus: Path, tmp_path: Path) -> None:
    """The file of questions named as output too is refused, even with --anew, and stays as it is."""
    asked = questions_file(tmp_path, made_questions(2))
    before = asked.read_bytes()
    told = subprocess.run(_command(corpus, asked, asked, "--anew"), env=_env("x"), capture_output=True, text=True)
    assert (told.returncode, asked.read_bytes()) == (2, before)
    assert "is the file of questions" in told.stderr
    assert list(tmp_path.iterdir()) == [asked]
