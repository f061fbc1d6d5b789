"""Keep the answers of a batch: one JSON line each, on the disk before anything else happens, one writer at a time.

Beside `ANSWERS.jsonl`, whose lines are `{"id": ..., "answer": {rag.answer/1}}` in the order in which they were
finished, lie `ANSWERS.jsonl.batch`, which says what makes them, and `ANSWERS.jsonl.lock`. A process killed while it
writes leaves a torn last line, which the next one takes off; any other line that is none of ours is refused. No line
is ever altered. Not handled here: what an answer holds, and which questions are still to be asked (`batch`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.answers import ANSWER_SCHEMA, Answer
from rag.batch import durable
from rag.batch.header import Header, header_path, load_header, save_header
from rag.errors import BatchError
from rag.record import dump_answer


@dataclass(frozen=True, slots=True)
class Line:
    """Point at one finished answer in the file, line end included."""

    start: int
    end: int
    status: str


class Journal:
    """Hold a batch's open file of answers. Made by `open_journal`, which holds the lock."""

    def __init__(self, path: Path, file: int, lines: dict[str, Line], header: Header | None) -> None:
        self.path = path
        self.lines = lines
        self.header = header
        self._file = file
        self._end = max((line.end for line in lines.values()), default=0)

    def append(self, answers: Sequence[tuple[str, Answer]]) -> None:
        """Write finished answers so that they outlive the process and the power; raise `BatchError` if they cannot."""
        written = [(name, answer.status, _line(name, answer)) for name, answer in answers]
        try:
            durable.write(self._file, b"".join(line for _, _, line in written))
            os.fsync(self._file)
        except OSError as error:
            self._take_back()
            remedy = "what was finished is kept; make room and run the same again"
            raise durable.unwritable(self.path, error, remedy) from None
        for name, status, line in written:
            self.lines[name] = Line(self._end, self._end + len(line), status)
            self._end += len(line)

    def begin(self, header: Header) -> None:
        """Note what makes the answers from here on."""
        self.header = header
        save_header(self.path, header)

    def drop(self, names: Collection[str]) -> None:
        """Take answers out, for asking again; the others stay byte for byte."""
        if names:
            self._rewrite([name for name in self.lines if name not in names])

    def sort(self, names: Iterable[str]) -> None:
        """Bring the file into the order of `names`; answers that it does not name come last."""
        wanted = dict.fromkeys([*(name for name in names if name in self.lines), *self.lines])
        if list(wanted) != list(self.lines):
            self._rewrite(list(wanted))

    def _rewrite(self, names: Sequence[str]) -> None:
        durable.replace(self.path, (self._bytes(self.lines[name]) for name in names))
        os.close(self._file)
        self._file = durable.open_log(self.path)
        lines: dict[str, Line] = {}
        self._end = 0
        for name in names:
            old = self.lines[name]
            lines[name] = Line(self._end, self._end + old.end - old.start, old.status)
            self._end = lines[name].end
        self.lines = lines

    def _bytes(self, line: Line) -> bytes:
        return os.pread(self._file, line.end - line.start, line.start)

    def _take_back(self) -> None:
        """Cut off half a line that a full disk let through; if even that fails, the next run does it."""
        try:
            os.ftruncate(self._file, self._end)
        except OSError:
            return

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


@contextmanager
def open_journal(path: Path, *, anew: bool = False) -> Iterator[Journal]:
    """Open the answers of a batch, or begin them, as their only writer; heal a torn last line.

    `anew` sets an older file aside under another name. Raise `BatchError` when another process writes it, when it
    cannot be written, or when it is not a batch's.
    """
    from filelock import FileLock, Timeout

    path = path.resolve()
    if path.exists() and not path.is_file():
        raise BatchError(f"{path} is a {'folder' if path.is_dir() else 'device or pipe'}; --output names a file")
    if not path.parent.is_dir():
        raise BatchError(f"no folder {path.parent} for {path.name}; make it first")
    lock = FileLock(f"{path}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BatchError(f"another batch is writing {path}; wait for it, or give another --output") from None
    except OSError as error:
        raise durable.unwritable(path, error, "give another --output") from None
    try:
        journal = _opened(path, anew)
        try:
            yield journal
        finally:
            journal.close()
    finally:
        lock.release()


def _opened(path: Path, anew: bool) -> Journal:
    if anew and path.exists():
        _set_aside(path)
    header = load_header(path)
    if header is None and path.exists() and path.stat().st_size:
        raise BatchError(f"{path} exists and no batch began it; give another --output, or --anew to set it aside")
    file = durable.open_log(path)
    try:
        return Journal(path, file, _heal(path, file), header)
    except BaseException:
        os.close(file)
        raise


def _set_aside(path: Path) -> None:
    number = next(n for n in range(1, 1_000_000) if not path.with_name(f"{path.name}.before-{n}").exists())
    try:
        path.rename(path.with_name(f"{path.name}.before-{number}"))
        header_path(path).unlink(missing_ok=True)
    except OSError as error:
        raise durable.unwritable(path, error, "give another --output") from None


def _heal(path: Path, file: int) -> dict[str, Line]:
    """Return the finished answers; cut off a last line that was not written to its end."""
    lines, whole = _scan(path)
    end = max((line.end for line in lines.values()), default=0)
    try:
        if not whole:
            os.ftruncate(file, min(end, os.fstat(file).st_size))
            if end > os.fstat(file).st_size:
                durable.write(file, b"\n")
    except OSError as error:
        raise durable.unwritable(path, error, "make room and run the same again") from None
    return lines


def _scan(path: Path) -> tuple[dict[str, Line], bool]:
    """Return the finished answers, and whether the file ends where the last of them does."""
    lines: dict[str, Line] = {}
    end = 0
    with path.open("rb") as reader:
        for number, raw in enumerate(reader, 1):
            torn = not raw.endswith(b"\n")
            told = _told(raw)
            if told is None and torn:
                return lines, False
            if told is None:
                raise BatchError(f"{path}:{number}: is not an answer of a batch; give another --output, or --anew")
            name, status = told
            if name in lines:
                raise BatchError(f"{path}:{number}: answers {name!r} a second time; give another --output, or --anew")
            lines[name] = Line(end, end + len(raw) + torn, status)  # whole but for its end: half an object is no JSON
            end += len(raw) + torn
            if torn:
                return lines, False
    return lines, True


def peek(path: Path) -> tuple[dict[str, str], Header | None]:
    """Return what a batch has finished, id to status, and its header, without touching anything."""
    path = path.resolve()
    lines = _scan(path)[0] if path.is_file() else {}
    return {name: line.status for name, line in lines.items()}, load_header(path)


def _told(raw: bytes) -> tuple[str, str] | None:
    try:
        told = json.loads(raw)
        answer = told["answer"]
        found = (told["id"], answer["status"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    ours = answer.get("schema") == ANSWER_SCHEMA and all(isinstance(part, str) for part in found)
    return found if ours else None


def _line(name: str, answer: Answer) -> bytes:
    return b'{"id": %s, "answer": %s}\n' % (
        json.dumps(name, ensure_ascii=False).encode(),
        dump_answer(answer).encode("utf-8", "backslashreplace"),
    )
