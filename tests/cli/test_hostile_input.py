"""What no command may be stopped by: pipes and devices for files, half characters, closed and ASCII outputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cli.options import escaped
from rag.settings import resource

DEMO = resource("demo")
PDFS = ("--pdf-dir", str(DEMO / "pdf"), "--offline")
ASKED = ("-p", "2604.90001", *PDFS)
ONE_BY_ONE = """
import json, sys
from rag.cli import main
codes = []
for sys.argv in [["rag", *one] for one in json.loads(sys.argv[1])]:
    try:
        main()
        codes.append(0)
    except SystemExit as ended:
        codes.append(ended.code)
print(json.dumps(codes))
"""


def environment(corpus: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "RAG_CORPUS": str(corpus), **more}


def run_all(commands: list[tuple[str, ...]], folder: Path) -> tuple[list[int], str]:
    """Run commands in one process, which must end: return their exit codes, and what they said of errors."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_BY_ONE, json.dumps(commands)],
        env=environment(folder / "corpus"), cwd=folder, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_what_is_no_file_is_one_line(tmp_path: Path) -> None:
    """A pipe that nobody writes to, or a device that never ends, is told at once, whatever it stands for."""
    for name in ("pipe.txt", "pipe.toml", "pipe.json", "pipe.jsonl", "pipe.bib", "pipe.gguf"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "answer.md").write_text("It flies.\n")
    (tmp_path / "corpus" / "index").mkdir(parents=True)
    os.mkfifo(tmp_path / "corpus" / "index" / "manifest.json")
    commands = [
        ("brief", "pipe.txt"),
        ("ask", "pipe.txt", *PDFS),
        ("ask", "/dev/zero", *PDFS),
        ("ingest", "pipe.toml", *PDFS),
        ("ingest", "pipe.json", *PDFS),
        ("ingest", "pipe.bib", *PDFS),
        ("batch", "pipe.jsonl", "-o", "answers.jsonl", *PDFS),
        ("batch", "/dev/zero", "-o", "answers.jsonl", *PDFS),
        ("show", "pipe.json"),
        *(("verify", name, *ASKED[:2]) for name in ("pipe.json", "pipe.jsonl", "pipe.txt", "/dev/zero")),
        ("verify", "answer.md", "--brief", "pipe.txt"),
        ("eval", "answer.md", "--questions", "pipe.jsonl"),
        ("table", "--ask", "input", "--columns", "pipe.toml", *ASKED),
        ("ask", "What is it?", *ASKED, "--llm", "replay:pipe.jsonl"),
        ("ask", "What is it?", *ASKED, "--llm", "llamacpp:pipe.gguf"),
        ("papers", "list"),
    ]
    codes, told = run_all(commands, tmp_path)
    assert codes == [2] * len(commands), told
    lines = told.splitlines()
    assert len(lines) == len(commands)
    assert all(line.startswith("rag: ") and "a pipe or a device" in line for line in lines), told


def test_a_pipe_among_pdfs_is_passed_by(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "2604.90001.pdf")
    codes, told = run_all([("ingest", "2604.90001", "--pdf-dir", str(tmp_path), "--offline")], tmp_path)
    assert codes == [1] or codes == [2], told
    assert "Traceback" not in told


def test_half_a_character_is_one_line(tmp_path: Path) -> None:
    """An argument whose bytes are no UTF-8, and JSON that holds half a pair, are told, not met by a library."""
    question = '{"id": "q1", "question": "What\\ud800 is it?", "papers": ["2604.90001"]}'
    (tmp_path / "questions.jsonl").write_text(question + "\n")
    commands = [
        ("ask", "What\udcff is it?", *ASKED),
        ("ask", "What is it?", "-p", "2604.9\udcff001", *PDFS),
        ("search", "blur\udcff", *ASKED),
        ("table", "--ask", "inp\udcffut", *ASKED),
        ("batch", "questions.jsonl", "-o", "answers.jsonl", *PDFS),
        ("ask", "no\udcffsuch.txt", *PDFS),
    ]
    codes, told = run_all(commands, tmp_path)
    assert codes == [2] * len(commands), told
    assert "Traceback" not in told


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for a corpus that the tests of output share."""
    return tmp_path_factory.mktemp("corpus")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "cp932"])
def test_an_ascii_output_gets_the_answer(corpus: Path, encoding: str) -> None:
    """Markdown with what an old code page lacks escaped; JSON as it is, for whoever reads it next reads UTF-8."""
    command = [sys.executable, "-m", "rag", "ask", str(DEMO / "brief.txt"), *PDFS]
    env = environment(corpus, PYTHONIOENCODING=encoding)
    shown = subprocess.run(command, env=env, capture_output=True, timeout=240, check=False)
    assert shown.returncode == 0
    assert all(line.startswith(b"stored ") for line in shown.stderr.splitlines())  # progress, where it takes long
    assert ("\\u201c" in shown.stdout.decode(encoding)) is (encoding != "cp932")
    record = subprocess.run([*command, "-f", "json"], env=env, capture_output=True, timeout=240, check=True)
    assert json.loads(record.stdout.decode("utf-8"))["status"] == "answered"


def test_a_closed_output_is_one_line(corpus: Path) -> None:
    said = 'exec "$0" -m rag ask "What does TernBurst take as input?" "$@" >&-'
    done = subprocess.run(
        ["sh", "-c", said, sys.executable, *ASKED], env=environment(corpus), capture_output=True, text=True, timeout=240
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "standard output is closed" in done.stderr


@given(st.text())
def test_a_terminal_gets_nothing_that_drives_it(text: str) -> None:
    assert all(char.isprintable() or char in "\n\t" for char in escaped(text))
