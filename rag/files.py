"""Write files so that they outlive the process and the power, or are not there at all.

A file is written beside its place, brought to the disk and then given its name: whoever reads sees the old file or
the new one, never half of one. Every durable write of the package goes through here; each function raises `OSError`,
which the caller words. Not handled here: who may write at the same time (locks are the callers').
"""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PART = ".part-"  # in the names of files that are being written, left behind only by a killed process
STALE_S = 3600.0  # no download takes that long


def contents(path: Path, most: int = -1) -> bytes:
    """Return what a file holds, or its first `most` bytes; a pipe or a device, which may never end, is an `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe that nobody writes to would keep us waiting
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
        return file.read(most)


def text_of(path: Path) -> str:
    """Return the UTF-8 text of a file, lines ended by LF, no byte order mark; raise as `contents` and decoding do."""
    return io.TextIOWrapper(io.BytesIO(contents(path)), "utf-8-sig").read()


def replace(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Put a file in place, whole or not at all; `data` may come in pieces."""
    with part(path.parent, path.name) as file:
        file.writelines([data] if isinstance(data, bytes) else data)
        settle(file, path)


def keep(path: Path, data: bytes) -> bool:
    """Put a file into a cache, its folder made; one that cannot be written is no error, the work is done again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, data)
    except OSError:
        return False
    return True


@contextmanager
def part(folder: Path, name: str = "") -> Iterator[BinaryIO]:
    """Open a new file in a folder for `settle` to give its name; it is gone afterwards if nothing did."""
    path = folder / f"{name}{PART}{os.getpid()}-{os.urandom(4).hex()}"
    try:
        with path.open("xb") as file:
            yield file
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def settle(file: BinaryIO, path: Path) -> None:
    """Bring what `part` opened to the disk, then give it its name in the same folder, for good."""
    _sync(file)
    os.replace(file.name, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep(folder: Path, name: str | None = None, age: float = STALE_S) -> None:
    """Remove what killed processes left of files (of `name`, else of all) begun so many seconds ago or more."""
    for path in folder.glob(f"*{PART}*"):
        with suppress(OSError):
            if (name is None or path.name.startswith(name + PART)) and time.time() - path.lstat().st_mtime >= age:
                path.unlink()


def extend(path: Path, size: int, data: bytes) -> None:
    """Write data behind the first `size` bytes of a file, in place of what a killed process may have left there."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(size)
        file.seek(0, os.SEEK_END)
        file.write(data)
        _sync(file)


def open_log(path: Path) -> int:
    """Open a file that only grows, made if it is not there, for reading and for `append`."""
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)


def append(log: int, data: bytes) -> None:
    """Write all of it at the end of a log, and bring it to the disk."""
    view = memoryview(data)
    while view:
        view = view[os.write(log, view) :]
    os.fsync(log)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
