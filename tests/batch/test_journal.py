"""Test the journal of a batch: durable, exactly once, healed, refused when foreign, written by one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.answers import Answer, AnswerFailure
from rag.batch.journal import Header, Journal, open_journal, peek
from rag.errors import BatchError
from rag.record import load_answer

HEADER = Header({"a": "1", "b": "2"}, {"w": {"program": "1"}}, "space", {"2108.10257v1": "x"})


def _answer(text: str, status: str = "answered") -> Answer:
    failure = AnswerFailure("timeout", "too slow", True) if status == "failed" else None
    return Answer(text, status, "w", failure=failure)  # type: ignore[arg-type]


def _write(path: Path, *names: str, status: str = "answered") -> bytes:
    with open_journal(path) as journal:
        if journal.header is None:
            journal.begin(HEADER)
        journal.append([(name, _answer(f"Question {name}\u2028 é", status)) for name in names])
    return path.read_bytes()


def _ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_bytes().split(b"\n") if line]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """A line holds the id and the record; opening again knows every id, its status, and the header."""
    path = tmp_path / "a.jsonl"
    _write(path, "a")
    _write(path, "b", status="failed")
    assert _ids(path) == ["a", "b"]
    for line in path.read_bytes().splitlines():
        load_answer(json.dumps(json.loads(line)["answer"]))
    assert peek(path) == ({"a": "answered", "b": "failed"}, HEADER)


def test_every_cut_is_healed_and_loses_no_whole_line(tmp_path: Path) -> None:
    """Cut anywhere, the file opens again with exactly the lines that were whole; what follows is appended cleanly."""
    path = tmp_path / "a.jsonl"
    whole = _write(path, "a", "b", "c")
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        with open_journal(path) as journal:
            kept = list(journal.lines)
            journal.append([("z", _answer("Z"))])
        assert kept == ["a", "b", "c"][: sum(cut >= end - 1 for end in ends)]  # a line is whole without its end
        assert _ids(path) == [*kept, "z"]
        assert whole.startswith(path.read_bytes().rpartition(b'{"id": "z"')[0])


@pytest.mark.parametrize("torn", [b'{"id": "d", "answer": {"sch', b"\x00" * 300, b"\xff\xfe"])
def test_debris_at_the_end_is_taken_off(tmp_path: Path, torn: bytes) -> None:
    """Half a line, or the zeros that a power cut leaves, goes; the lines before stay byte for byte."""
    path = tmp_path / "a.jsonl"
    whole = _write(path, "a", "b")
    path.write_bytes(whole + torn)
    with open_journal(path) as journal:
        assert list(journal.lines) == ["a", "b"]
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "foreign", [b"not json\n", b"{}\n", b'{"id": "x", "answer": {"schema": "other/1"}}\n', b"[]\n"]
)
def test_a_foreign_line_is_refused(tmp_path: Path, foreign: bytes) -> None:
    """A whole line that is no answer is named with its number, and nothing is touched."""
    path = tmp_path / "a.jsonl"
    whole = _write(path, "a") + foreign
    path.write_bytes(whole)
    with pytest.raises(BatchError, match=r"a\.jsonl:2"), open_journal(path):
        pass
    assert path.read_bytes() == whole


def test_a_second_answer_to_one_id_is_refused(tmp_path: Path) -> None:
    """No file with an id twice is taken for a journal."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(_write(path, "a") * 2)
    with pytest.raises(BatchError, match="a second time"), open_journal(path):
        pass


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A file that no batch began is left alone."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    with pytest.raises(BatchError, match="no batch began it"), open_journal(path):
        pass
    assert path.read_text() == "my notes\n"


def test_anew_sets_the_old_file_aside(tmp_path: Path) -> None:
    """Beginning anew destroys nothing."""
    path = tmp_path / "a.jsonl"
    old = _write(path, "a")
    for number in (1, 2):
        with open_journal(path, anew=True) as journal:
            assert (journal.lines, journal.header) == ({}, None)
            journal.begin(HEADER)
            journal.append([("a", _answer("Again"))])
        assert path.with_name(f"a.jsonl.before-{number}").exists()
    assert path.with_name("a.jsonl.before-1").read_bytes() == old


def test_dropping_and_sorting_keep_lines_byte_for_byte(tmp_path: Path) -> None:
    """What stays is the same bytes, in the order asked for; more can be appended afterwards."""
    path = tmp_path / "a.jsonl"
    lines = dict(zip("abcd", _write(path, *"abcd").splitlines(True), strict=True))
    with open_journal(path) as journal:
        journal.drop({"b"})
        assert path.read_bytes() == lines["a"] + lines["c"] + lines["d"]
        journal.append([("e", _answer("E"))])
        journal.sort(["e", "d", "x", "a"])
        last = path.read_bytes().splitlines(True)
        assert last[1:] == [lines["d"], lines["a"], lines["c"]]
        journal.append([("f", _answer("F"))])
    assert _ids(path) == ["e", "d", "a", "c", "f"]
    assert list(peek(path)[0]) == ["e", "d", "a", "c", "f"]


def test_two_writers_of_one_file_are_refused(tmp_path: Path) -> None:
    """While one process writes, another is told so at once, also under another name of the same file."""
    path = tmp_path / "a.jsonl"
    (tmp_path / "link.jsonl").symlink_to(path)
    link = str(tmp_path / "link.jsonl")
    code = "from pathlib import Path\nfrom rag.batch.journal import open_journal\n"
    code += f"with open_journal(Path({link!r})): pass"
    with open_journal(path) as journal:
        journal.begin(HEADER)
        journal.append([("a", _answer("A"))])
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "another batch is writing" in told.stderr
        with pytest.raises(BatchError, match="another batch"), open_journal(path):
            pass
    subprocess.run([sys.executable, "-c", code], check=True)
    assert _ids(path) == ["a"]


def test_a_killed_writer_leaves_the_file_free(tmp_path: Path) -> None:
    """The lock dies with its process: kill -9 leaves nothing that has to be cleared away."""
    path = tmp_path / "a.jsonl"
    code = (
        "import os, signal\nfrom pathlib import Path\nfrom rag.batch.journal import Header, open_journal\n"
        "from rag.answers import Answer\n"
        f"with open_journal(Path({str(path)!r})) as journal:\n"
        "    journal.begin(Header({}, {}))\n"
        "    journal.append([('a', Answer('A', 'answered', 'w'))])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with open_journal(path) as journal:
        assert list(journal.lines) == ["a"]


def test_a_full_disk_is_one_clear_line_and_loses_nothing(tmp_path: Path) -> None:
    """When no more can be written, the error says so, half a line is taken back, and the file opens again whole."""
    path = tmp_path / "a.jsonl"
    code = (
        "import resource\nfrom pathlib import Path\nfrom rag.errors import BatchError\n"
        "from rag.batch.journal import Header, open_journal\nfrom rag.answers import Answer\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        f"with open_journal(Path({str(path)!r})) as journal:\n"
        "    journal.begin(Header({}, {}))\n"
        "    journal.append([('a', Answer('A' * 500, 'answered', 'w'))])\n"
        "    try:\n"
        "        journal.append([('b', Answer('B' * 5000, 'answered', 'w'))])\n"
        "    except BatchError as error:\n"
        "        print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be written" in told.stdout
    assert "what was finished is kept" in told.stdout
    assert told.stdout.count("\n") == 1
    assert _ids(path) == ["a"]
    assert path.read_bytes().endswith(b"\n")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder, a missing folder, a read-only place: one line that names the place, before anything is begun."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "none" / "a.jsonl", tmp_path / "file" / "a.jsonl"):
        with pytest.raises(BatchError) as caught, open_journal(path):
            pass
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value) or str(path.parent) in str(caught.value)


def test_a_pipe_is_no_file_of_answers(tmp_path: Path) -> None:
    """What cannot be read again, a pipe or a device, is refused at once, and nothing is left beside it."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BatchError, match="pipe; --output names a file"), open_journal(tmp_path / "pipe"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    """A folder without permission is one clear line."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(BatchError, match="cannot be written"), open_journal(tmp_path / "a.jsonl"):
            pass
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"questions": {}}',
        '{"schema": "rag.batch/1", "questions": 1, "writers": 2}',
        '{"schema": "x", "questions": {}, "writers": {}}',
    ],
)
def test_a_torn_or_foreign_header_is_refused(tmp_path: Path, content: str) -> None:
    """A header that is none of ours is never guessed at."""
    path = tmp_path / "a.jsonl"
    _write(path, "a")
    path.with_name("a.jsonl.batch").write_text(content)
    with pytest.raises(BatchError, match=r"a\.jsonl\.batch"), open_journal(path):
        pass


def test_what_changed_is_named() -> None:
    """Question, writer, prompt, embedding model and stored paper are each named; nothing else is."""

    def changes(**fields: object) -> list[str]:
        told = {"questions": HEADER.questions, "writers": HEADER.writers, "index": "space", "papers": HEADER.papers}
        return Header(**{**told, **fields}).changes(HEADER)  # type: ignore[arg-type]

    assert changes() == []
    assert changes(index="", papers={}) == []  # not known yet
    assert changes(questions={"a": "9", "c": "3"}) == [
        "question changed: a", "question is new: c", "question is gone: b",
    ]  # fmt: skip
    assert changes(writers={"w": {"program": "2"}}) == ["writer changed: w"]
    assert changes(writers={"v": {}}) == ["writer is new: v", "writer is gone: w"]
    assert changes(index="other") == ["the index has another embedding model (space then, other now)"]
    assert changes(papers={"2108.10257v1": "y"}) == ["paper of the index changed: 2108.10257v1"]
    many = {f"q{number}": "1" for number in range(9)}
    assert changes(questions={**HEADER.questions, **many})[0].endswith("and 4 more")


def test_only_what_was_written_is_believed(tmp_path: Path) -> None:
    """`append` counts a line only after it is on the disk, so `lines` never says more than the file."""
    path = tmp_path / "a.jsonl"
    with open_journal(path) as journal:
        assert isinstance(journal, Journal)
        journal.append([("a", _answer("A"))])
        line = journal.lines["a"]
        assert path.read_bytes()[line.start : line.end].endswith(b"\n")
        assert line.end == path.stat().st_size
