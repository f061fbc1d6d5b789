"""Files are there whole or not at all, whatever breaks off their writing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import files

KILLED = """
import os, signal, sys
from collections.abc import Iterator
from pathlib import Path
from rag import files

def pieces() -> Iterator[bytes]:
    yield b"half"
    os.kill(os.getpid(), signal.SIGKILL)

files.replace(Path(sys.argv[1]), pieces())
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("data", [b"new", [b"n", b"e", b"w"]])
def test_a_file_is_replaced_whole(tmp_path: Path, data: bytes | list[bytes]) -> None:
    """What is written is there under its name alone, in one piece or many; a link is replaced and not followed."""
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "file").symlink_to(tmp_path / "target")
    files.replace(tmp_path / "file", data)
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "target").read_bytes() == b"precious"
    assert names(tmp_path) == ["file", "target"]


def test_what_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    """An error while data is made, or no place to write, changes nothing and leaves nothing behind."""

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        files.replace(tmp_path / "file", pieces())
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]
    assert not files.keep(tmp_path / "file" / "below", b"new")
    assert files.keep(tmp_path / "made" / "below", b"new")
    assert (tmp_path / "made" / "below").read_bytes() == b"new"


def test_what_a_kill_leaves_is_swept(tmp_path: Path) -> None:
    """A killed writer leaves the old file and debris; sweeping takes that of the name, or all of an hour ago."""
    (tmp_path / "file").write_bytes(b"old")
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "file"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "file").read_bytes() == b"old"
    (debris,) = [path for path in tmp_path.iterdir() if path.name != "file"]
    files.sweep(tmp_path)
    files.sweep(tmp_path, "fil", age=0)
    assert debris.exists()
    files.sweep(tmp_path, "file", age=0)
    assert names(tmp_path) == ["file"]
    debris.touch()
    os.utime(debris, (0, 0))
    files.sweep(tmp_path)
    assert names(tmp_path) == ["file"]


def test_a_file_is_extended_behind_what_is_published(tmp_path: Path) -> None:
    """What a killed run left behind the published bytes gives way to what is written next."""
    files.extend(tmp_path / "file", 0, b"one")
    files.extend(tmp_path / "file", 3, b"torn")
    files.extend(tmp_path / "file", 3, b"two")
    assert (tmp_path / "file").read_bytes() == b"onetwo"


def test_a_log_only_grows(tmp_path: Path) -> None:
    """A log is made, opened again, and written to its end by whoever holds it."""
    for line in (b"one\n", b"two\n"):
        log = files.open_log(tmp_path / "log")
        files.append(log, line)
        os.close(log)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"
