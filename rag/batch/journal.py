"""Keep the answers of a batch: one JSON line each, on the disk before anything else happens, one writer at a time.

Beside `ANSWERS.jsonl`, whose lines are `{"id": ..., "answer": {rag.answer/2}}` in the order in which they were
finished, lie `ANSWERS.jsonl.batch`, its `Header`, which says what makes them, and `ANSWERS.jsonl.lock`. A process
killed while it writes leaves a torn last line, which the next one takes off; any other line that is none of ours is
refused. No line is ever altered. Not handled here: what an answer holds, and what follows from a change (`plan`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rag import files
from rag.answers import READABLE_SCHEMAS, Answer
from rag.errors import BatchError
from rag.record import dump_answer

SCHEMA = "rag.batch/1"
NAMED = 5  # ids or papers that a message lists before it only counts
ELSEWHERE = "give another --output"


@dataclass(frozen=True, slots=True)
class Header:
    """Say what makes a batch's answers. Empty `papers` means: not known yet."""

    questions: Mapping[str, str]  # id -> digest
    writers: Mapping[str, Mapping[str, str]]  # name -> what shapes its answers besides: prompts, versions
    index: str = ""  # the embedding's fingerprint
    papers: Mapping[str, str] = field(default_factory=dict)  # key -> sha256 of the stored reading
    schema: str = SCHEMA

    @classmethod
    def load(cls, path: Path) -> Header | None:
        """Return the header beside a file of answers, None where none is; raise `BatchError` for a foreign one."""
        file = _beside(path)
        try:
            header = cls(**json.loads(files.contents(file)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise BatchError(f"{file} cannot be read ({error}); {ELSEWHERE}, or --anew") from None
        if not all(isinstance(part, dict) for part in (header.questions, header.writers, header.papers)):
            raise BatchError(f"{file} is not a batch's; {ELSEWHERE}, or --anew")
        if header.schema != SCHEMA:
            raise BatchError(f"{file} has schema {header.schema!r}, expected {SCHEMA!r}; {ELSEWHERE}, or --anew")
        return header

    def changes(self, old: Header) -> list[str]:
        """Name what differs from an older header, one phrase each."""
        found = [
            *_different("question", old.questions, self.questions),
            *_different("writer", old.writers, self.writers),
        ]
        if old.index and self.index and old.index != self.index:
            found.append(f"the index has another embedding model ({old.index} then, {self.index} now)")
        if old.papers and self.papers:
            found += _different("paper of the index", old.papers, self.papers)
        return found

    def changed_questions(self, old: Header) -> frozenset[str]:
        """Return the ids under which something else is asked now."""
        return frozenset(i for i, digest in self.questions.items() if old.questions.get(i, digest) != digest)


def _different(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    for verb, names in (
        ("changed", [name for name in new if name in old and old[name] != new[name]]),
        ("is new", [name for name in new if name not in old]),
        ("is gone", [name for name in old if name not in new]),
    ):
        if names:
            shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
            yield f"{what} {verb}: {shown}"


@dataclass(frozen=True, slots=True)
class Line:
    """Point at one finished answer in the file, line end included."""

    start: int
    end: int
    status: str


class Journal:
    """Hold a batch's open file of answers. Made by `open_journal`, which holds the lock."""

    def __init__(self, path: Path, header: Header | None) -> None:
        self.path = path
        self.header = header
        self.lines: dict[str, Line] = {}
        self._end = 0
        with _writing(path, ELSEWHERE):
            self._log = files.open_log(path)

    def heal(self) -> None:
        """Learn what is finished; cut off a last line that was not written to its end."""
        self.lines, whole = _scan(self.path)
        self._end = max((line.end for line in self.lines.values()), default=0)
        with _writing(self.path, "make room and run the same again"):
            if not whole:
                size = os.fstat(self._log).st_size
                os.ftruncate(self._log, min(self._end, size))
                if self._end > size:
                    files.append(self._log, b"\n")

    def append(self, answers: Sequence[tuple[str, Answer]]) -> None:
        """Write finished answers so that they outlive the process and the power; raise `BatchError` if they cannot."""
        written = [(name, answer.status, _line(name, answer)) for name, answer in answers]
        with _writing(self.path, "what was finished is kept; make room and run the same again"):
            try:
                files.append(self._log, b"".join(line for _, _, line in written))
            except OSError:
                with suppress(OSError):  # half a line that a full disk let through; if even that fails, `heal` does it
                    os.ftruncate(self._log, self._end)
                raise
        for name, status, line in written:
            self.lines[name] = Line(self._end, self._end + len(line), status)
            self._end += len(line)

    def begin(self, header: Header) -> None:
        """Note what makes the answers from here on."""
        self.header = header
        with _writing(path := _beside(self.path)):
            files.replace(path, json.dumps(asdict(header), ensure_ascii=False, indent=1).encode() + b"\n")

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
        old = [self.lines[name] for name in names]
        with _writing(self.path):
            files.replace(self.path, (os.pread(self._log, line.end - line.start, line.start) for line in old))
            os.close(self._log)
            self._log = files.open_log(self.path)
        self.lines, self._end = {}, 0
        for name, line in zip(names, old, strict=True):
            self.lines[name] = Line(self._end, self._end + line.end - line.start, line.status)
            self._end = self.lines[name].end

    def close(self) -> None:
        """Close the file."""
        os.close(self._log)


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
    with _writing(path, ELSEWHERE):
        try:
            lock = FileLock(f"{path}.lock", timeout=0).acquire()
        except Timeout:
            raise BatchError(f"another batch is writing {path}; wait for it, or {ELSEWHERE}") from None
    with lock:
        files.sweep(path.parent, path.name, age=0)
        if anew and path.exists():
            _set_aside(path)
        header = Header.load(path)
        if header is None and path.exists() and path.stat().st_size:
            raise BatchError(f"{path} exists and no batch began it; {ELSEWHERE}, or --anew to set it aside")
        journal = Journal(path, header)
        try:
            journal.heal()
            yield journal
        finally:
            journal.close()


def peek(path: Path) -> tuple[dict[str, str], Header | None]:
    """Return what a batch has finished, id to status, and its header, without touching anything."""
    path = path.resolve()
    lines = _scan(path)[0] if path.is_file() else {}
    return {name: line.status for name, line in lines.items()}, Header.load(path)


def remove_journal(path: Path) -> None:
    """Remove the answers of a batch with all that lies beside them."""
    path = path.resolve()
    for file in (path, _beside(path), path.with_name(f"{path.name}.lock")):
        with _writing(file):
            file.unlink(missing_ok=True)


# --- files ------------------------------------------------------------------------------------------------------------


def _beside(path: Path) -> Path:
    """Return where the header of a file of answers lies."""
    return path.with_name(f"{path.name}.batch")


def _set_aside(path: Path) -> None:
    number = next(n for n in range(1, 1_000_000) if not path.with_name(f"{path.name}.before-{n}").exists())
    with _writing(path, ELSEWHERE):
        path.rename(path.with_name(f"{path.name}.before-{number}"))
        _beside(path).unlink(missing_ok=True)


@contextmanager
def _writing(path: Path, remedy: str = f"make room or {ELSEWHERE}") -> Iterator[None]:
    """Turn the error of a file that cannot be written into ours: which file, why, and what to do."""
    try:
        yield
    except OSError as error:
        raise BatchError(f"{path} cannot be written: {error.strerror or error}; {remedy}") from None


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
                raise BatchError(f"{path}:{number}: is not an answer of a batch; {ELSEWHERE}, or --anew")
            name, status = told
            if name in lines:
                raise BatchError(f"{path}:{number}: answers {name!r} a second time; {ELSEWHERE}, or --anew")
            lines[name] = Line(end, end + len(raw) + torn, status)  # whole but for its end: half an object is no JSON
            end += len(raw) + torn
            if torn:
                return lines, False
    return lines, True


def _told(raw: bytes) -> tuple[str, str] | None:
    """Return id and status of an answer's line, None for any other."""
    try:
        told = json.loads(raw)
        answer = told["answer"]
        found = (told["id"], answer["status"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    ours = answer.get("schema") in READABLE_SCHEMAS and all(isinstance(part, str) for part in found)
    return found if ours else None


def _line(name: str, answer: Answer) -> bytes:
    return b'{"id": %s, "answer": %s}\n' % (
        json.dumps(name, ensure_ascii=False).encode(),
        dump_answer(answer).encode("utf-8", "backslashreplace"),
    )
