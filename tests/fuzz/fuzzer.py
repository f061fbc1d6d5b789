"""Put mutated input through a door until time or tries run out, and keep what took a way that no other had taken.

Plain seeded mutation over a corpus that grows: an input is kept where it makes one function call another for the first
time, or where the door says something new. Whatever a door raises that is no `RagError`, and whatever takes longer
than `SLOW_S`, is a finding; it is written to the folder of findings, once for each place in the code.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from rag.errors import RagError

SLOW_S = 60  # of the processor, for one input, which is short
LONGEST = 1 << 16  # bytes of a mutated input
LIKED = 8  # an input whose way was new is taken up this often before any other

Door = Callable[[bytes, Path], object]

HOSTILE = (  # what has broken readers of text
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", "\u202e\u200b\u00ad".encode(), "\ufeff".encode(), b"\\ud800",
    b"\\u0000",
    b"\r", b"\x0b\x0c", b"\x85", "\u2028".encode(), b"-1", b"0", b"1e999", b"NaN", b"9" * 400, b"99999999999999999999",
    b"null", b"true", b'""', b"{}", b"[]", b"[" * 3000, b'{"a":' * 3000, b"(" * 500, b"\\", b'"', b"'", b"{", b"}",
    b",",
    b":", b"\n", b"\n\n", b"\t", b"%", b"#", b"@", b"../../etc/passwd", b"<script>", b"https://evil.example/",
    "\U0001f600\u0130\u1e9e\ufb03".encode(), b"x" * 5000, b"a " * 2000, b"v0", b"arXiv:", b"[1]", b"[[", b"```", b"> ",
)  # fmt: skip


class TooSlowError(Exception):
    """Say that an input took longer than it may."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold an input that made a door raise what no user should meet, and where."""

    place: str
    told: str
    data: bytes


@dataclass(slots=True)
class Fuzzed:
    """Count what one door was put through."""

    tries: int = 0
    refused: int = 0  # by a `RagError`
    kept: int = 0  # in the corpus, seeds left out
    seconds: float = 0.0
    findings: dict[str, Finding] = field(default_factory=dict)


@dataclass
class Fuzzer:
    """Hold a door, the inputs known to lead somewhere, and the ways taken so far."""

    door: Door
    folder: Path  # scratch
    dice: random.Random
    corpus: list[bytes] = field(default_factory=list)
    result: Fuzzed = field(default_factory=Fuzzed)
    _ways: set[object] = field(default_factory=set)
    _fresh: list[bytes] = field(default_factory=list)

    def feed(self, inputs: Sequence[bytes]) -> None:
        """Take inputs up as they are; the first goes through twice, for what is loaded then is no way of its own."""
        for data in inputs[:1]:
            with suppress(Exception):
                self.door(data, self.folder)
        for data in inputs:
            self.attempt(data)
            self.corpus.append(data)

    def run(self, tries: int | None = None, seconds: float | None = None) -> Iterator[bytes]:
        """Try mutated inputs; yield each that is kept."""
        began, last = time.monotonic(), None if tries is None else self.result.tries + tries
        while (last is None or self.result.tries < last) and (seconds is None or time.monotonic() - began < seconds):
            data = mutated(self._fresh.pop() if self._fresh else self.dice.choice(self.corpus), self.corpus, self.dice)
            if self.attempt(data):
                self.corpus.append(data)
                self._fresh += [data] * LIKED
                self.result.kept += 1
                yield data
        self.result.seconds = time.monotonic() - began

    def attempt(self, data: bytes) -> bool:
        """Put one input through the door; tell whether it took a new way."""
        self.result.tries += 1
        ways: set[object] = set()
        try:
            with _noted(ways), _limited():
                ways.add(_folded(repr(self.door(data, self.folder))))
        except RagError as error:
            self.result.refused += 1
            ways.add(_folded(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            place = place_of(error)
            self.result.findings.setdefault(place, Finding(place, f"{type(error).__name__}: {error}"[:300], data))
            ways.add(place)
        new = bool(ways - self._ways)
        self._ways |= ways
        return new


def mutated(data: bytes, corpus: Sequence[bytes], dice: random.Random) -> bytes:
    """Return bytes with one to four things done to them."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 2, 4))):
        start = dice.randrange(len(changed) + 1)
        end = min(len(changed), start + dice.choice((1, 2, 4, 8, 32, 128, 1024)))
        kind = dice.randrange(7)
        if kind == 0:
            changed[start:end] = b""
        elif kind == 1:
            changed[start:start] = changed[start:end] * dice.choice((1, 1, 2, 50))
        elif kind == 2:
            changed[start:start] = dice.choice(HOSTILE)
        elif kind == 3:
            changed[start:end] = dice.choice(HOSTILE)
        elif kind == 4:
            other = dice.choice(corpus)
            place = dice.randrange(len(other) + 1)
            changed[start:end] = other[place : place + dice.choice((4, 32, 256, 2048))]
        elif kind == 5 and start < len(changed):
            changed[start] = dice.randrange(256)
        else:
            _swap_words(changed, dice)
    return bytes(changed[:LONGEST])


def _swap_words(data: bytearray, dice: random.Random) -> None:
    """Put one word or text in quotation marks in place of another, or a hostile one: names, types, figures change."""
    words = list(re.finditer(rb"[\w.-]+|\"[^\"]*\"", data))
    if words:
        old = dice.choice(words)
        data[old.start() : old.end()] = dice.choice(HOSTILE) if dice.random() < 0.3 else dice.choice(words)[0]


# --- what is noted ------------------------------------------------------------------------------------------------


@contextmanager
def _noted(ways: set[object]) -> Iterator[None]:
    """Note which of our functions calls which."""
    seen: set[tuple[CodeType | None, CodeType]] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            seen.add((frame.f_back.f_code if frame.f_back else None, frame.f_code))

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        ways.update((a, b) for a, b in seen if f"{os.sep}rag{os.sep}" in b.co_filename or "eval" in b.co_filename)


@contextmanager
def _limited() -> Iterator[None]:
    """Raise `TooSlowError` after a while; others that keep the machine busy do not count."""

    def stop(*_: object) -> None:
        raise TooSlowError(f"took longer than {SLOW_S} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SLOW_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _folded(said: str) -> str:
    """Return what was said without what differs from input to input: quoted parts, numbers."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|[“‘][^”’]*[”’]", "_", re.sub(r"\d+", "0", said))[:120]


def place_of(error: BaseException) -> str:
    """Return where an error arose: its kind, and the last line of ours that led there."""
    ours = [
        step
        for step in traceback.extract_tb(error.__traceback__)
        if "/rag/" in step.filename or "/eval/" in step.filename
    ]
    last = ours[-1] if ours else traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {Path(last.filename).name}:{last.name}:{last.lineno}"


def named(data: bytes) -> str:
    """Return the file name of an input."""
    return hashlib.sha256(data).hexdigest()[:16]
