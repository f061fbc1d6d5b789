"""Write files so that they outlive the process and the power, or are not there at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from rag.errors import BatchError


def open_log(path: Path) -> int:
    """Open a file that only grows, made if it is not there; raise `BatchError` when it cannot be written."""
    try:
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError as error:
        raise unwritable(path, error, "give another --output") from None


def write(file: int, data: bytes) -> None:
    """Write all of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def replace(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file so that it is there whole or not at all; raise `BatchError` when it cannot be written."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            for data in parts:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise unwritable(path, error, "make room or give another --output") from None


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def unwritable(path: Path, error: OSError, remedy: str) -> BatchError:
    """Return the error that says which file cannot be written, why, and what to do."""
    return BatchError(f"{path} cannot be written: {error.strerror or error}; {remedy}")
