"""Run requests in worker processes that may be killed: one that hangs, crashes or eats memory costs only itself.

All of them share one allowance of memory. A request whose worker ends with its share is tried once more when no other
is under way, with the whole of it and in what is left of its time; so the sum is held, and what is large has its
chance.

A worker is `python -m MODULE WORDS BYTES`: it allows itself so much memory, reads one request per line and answers with
one line each, as JSON text. Module and words come from this package; what a document says reaches no command line.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

NEIGHBOURS = 4  # requests per worker whose order may change: enough to even out long and short ones
LEAST_BYTES = 2**28  # of one worker, however many share: a real paper needs 150 MB of addresses
MOST_ANSWER = 24_000_000  # characters of one line: 40 pages take 450,000, and who takes them needs tenfold the memory


@dataclass(frozen=True, slots=True)
class Failure:
    """Say why a request has no answer."""

    reason: str
    ended: bool = False  # by itself: with more memory it might not have


class _Worker:
    """Hold one process, what it works on, until when, and whether all memory is its own."""

    def __init__(self, command: Sequence[str], answers: queue.Queue[tuple[_Worker, str]], alone: bool) -> None:
        paths = [path for path in sys.path if path]
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        )
        self.number, self.request = -1, ""
        self.deadline = 0.0
        self.alone = alone
        threading.Thread(target=self._listen, args=(answers,), daemon=True).start()

    def _listen(self, answers: queue.Queue[tuple[_Worker, str]]) -> None:
        with suppress(OSError, ValueError):  # the pipe of a killed worker
            while line := self.process.stdout.readline(MOST_ANSWER) if self.process.stdout else "":
                answers.put((self, line))
                if not line.endswith("\n"):
                    break  # the rest of it is not waited for
        answers.put((self, ""))

    def give(self, number: int, request: str, timeout_s: float) -> None:
        self.number, self.request, self.deadline = number, request, time.monotonic() + timeout_s
        with suppress(OSError):  # died already: its empty answer is on the way
            assert self.process.stdin is not None  # noqa: S101  # opened as a pipe above
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()

    def stop(self) -> None:
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()


class Pool:
    """Run requests in up to so many processes of one module; each starts when it is needed, the first may be prepared.

    `memory_bytes` is for all of them together, of addresses; none gets less than `LEAST_BYTES` of it. `worker` is the
    module and the words that it is called with. The first requests are begun at once. Of a few neighbours after them
    the weightier come first, so that no worker starts on a long one when the others have nothing left to do.
    """

    def __init__(self, worker: Sequence[str], workers: int, timeout_s: float, memory_bytes: int) -> None:
        self._command, self._most, self._timeout_s = tuple(worker), max(1, workers), timeout_s
        self._all = memory_bytes
        self._share = min(memory_bytes, max(LEAST_BYTES, memory_bytes // self._most))
        self._answers: queue.Queue[tuple[_Worker, str]] = queue.Queue()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._given = 0
        self._waiting: deque[tuple[int, str, int]] = deque()
        self._turn: deque[tuple[int, str, int]] = deque()
        self._large: deque[tuple[int, str, float]] = deque()  # ended with its share; number, request, until when

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop(*self._busy, *self._idle)

    def prepare(self) -> None:
        """Start a worker before there is anything to do, so that the first request need not wait for its start."""
        self._idle.append(self._started())

    def give(self, request: str, weight: int = 0) -> int:
        """Take a request, one line, and return its number: they count from 0."""
        number, self._given = self._given, self._given + 1
        self._waiting.append((number, request, weight))
        self._begin()
        return number

    def ask(self, request: str) -> str | Failure:
        """Return the answer to a request when no other is under way."""
        self.give(request)
        while True:
            for _, answer in self._taken(wait=True):
                return answer

    def ready(self) -> Iterator[tuple[int, str | Failure]]:
        """Yield the number of each request with its answer or failure, as far as they are there."""
        while taken := self._taken(wait=False):
            yield from taken

    def rest(self) -> Iterator[tuple[int, str | Failure]]:
        """Yield all that is still due, as it comes; workers with nothing left to do end."""
        while self._busy:
            taken = self._taken(wait=True)
            self._stop(*self._idle)
            yield from taken

    def _taken(self, wait: bool) -> list[tuple[int, str | Failure]]:
        """Return what has been answered; no worker waits for whoever asked to be done with it."""
        taken = []
        for worker, result in self._next(wait):
            if isinstance(result, Failure) and result.ended and self._share < self._all and not worker.alone:
                self._large.append((worker.number, worker.request, worker.deadline))
            else:
                taken.append((worker.number, result))
            if isinstance(result, Failure) or worker.alone:
                self._stop(worker)
            else:
                self._busy.discard(worker)
                self._idle.append(worker)
        self._begin()
        return taken

    def _next(self, wait: bool) -> list[tuple[_Worker, str | Failure]]:
        """Return the next answer, or the workers that have run out of time; may return nothing."""
        if not self._busy:
            return []
        left = min(worker.deadline for worker in self._busy) - time.monotonic()
        try:
            worker, line = self._answers.get(wait and left > 0, left if left > 0 else None)
        except queue.Empty:
            now = time.monotonic()
            late = Failure(f"took longer than {self._timeout_s:g} s")
            return [(worker, late) for worker in self._busy if worker.deadline <= now]
        if worker not in self._busy:  # the last words of a worker that was stopped
            return []
        if not line:
            code = worker.process.wait()
            told = f"the reading process ended (code {code}): damaged file or too little memory"
            return [(worker, Failure(told, ended=True))]
        if not line.endswith("\n"):
            return [(worker, Failure("holds more text than any paper; split it"))]
        return [(worker, line)]

    def _begin(self) -> None:
        """Give what waits to workers that are free, or to new ones; what needs all memory when no other is at work."""
        if self._large and not self._busy:
            self._stop(*self._idle)
            number, request, deadline = self._large.popleft()
            worker = self._started(alone=True)
            self._busy.add(worker)
            worker.give(number, request, deadline - time.monotonic())
        if self._large or any(worker.alone for worker in self._busy):
            return
        while (self._waiting or self._turn) and len(self._busy) < self._most:
            if not self._turn:
                few = [self._waiting.popleft() for _ in range(min(len(self._waiting), NEIGHBOURS * self._most))]
                self._turn.extend(sorted(few, key=lambda request: -request[2]))
            number, request, _ = self._turn.popleft()
            while self._idle and self._idle[-1].process.poll() is not None:  # died with nothing to do
                self._idle.pop().stop()
            worker = self._idle.pop() if self._idle else self._started()
            self._busy.add(worker)
            worker.give(number, request, self._timeout_s)

    def _started(self, alone: bool = False) -> _Worker:
        return _Worker((*self._command, str(self._all if alone else self._share)), self._answers, alone)

    def _stop(self, *workers: _Worker) -> None:
        for worker in workers:
            worker.stop()
        self._busy.difference_update(workers)
        self._idle = [worker for worker in self._idle if worker not in workers]
