"""Run requests in worker processes that may be killed: one that hangs, crashes or eats memory costs only itself.

A worker is `python -m MODULE`: it reads one request per line and answers with one line each, as JSON text. The
module's name comes from this package; nothing that a document says reaches a command line.
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Say why a request has no answer."""

    reason: str


class _Worker:
    """Hold one process, what it works on, and until when."""

    def __init__(self, module: str, memory_bytes: int, answers: queue.Queue[tuple[_Worker, str]]) -> None:
        paths = [path for path in sys.path if path]
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", module, str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        )
        self.number = -1
        self.deadline = 0.0
        threading.Thread(target=self._listen, args=(answers,), daemon=True).start()

    def _listen(self, answers: queue.Queue[tuple[_Worker, str]]) -> None:
        with suppress(OSError, ValueError):  # the pipe of a killed worker
            for line in self.process.stdout or ():
                answers.put((self, line))
        answers.put((self, ""))

    def give(self, number: int, request: str, timeout_s: float) -> None:
        self.number, self.deadline = number, time.monotonic() + timeout_s
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


class Single:
    """Keep one worker for requests that come one by one; it starts with the first, and anew after a failure."""

    def __init__(self, module: str, timeout_s: float, memory_bytes: int) -> None:
        self._told = module, timeout_s, memory_bytes
        self._worker: _Worker | None = None
        self._answers: queue.Queue[tuple[_Worker, str]] = queue.Queue()

    def ask(self, request: str) -> str | Failure:
        """Return the answer to a request, one line each."""
        module, timeout_s, memory_bytes = self._told
        worker = self._worker = self._worker or _Worker(module, memory_bytes, self._answers)
        worker.give(0, request, timeout_s)
        while True:
            for _, result in _next({worker}, self._answers, timeout_s):
                if isinstance(result, Failure):
                    self.close()
                return result

    def close(self) -> None:
        """End the worker."""
        if self._worker:
            self._worker.stop()
            self._worker = None


@contextmanager
def running(
    module: str, requests: Sequence[str], workers: int, timeout_s: float, memory_bytes: int
) -> Iterator[Iterator[tuple[int, str | Failure]]]:
    """Start workers at once; give what yields the number of each request with its answer or failure, as they come."""
    waiting = deque(enumerate(requests))
    answers: queue.Queue[tuple[_Worker, str]] = queue.Queue()
    busy: set[_Worker] = set()

    def start() -> None:
        worker = _Worker(module, memory_bytes, answers)
        busy.add(worker)
        worker.give(*waiting.popleft(), timeout_s)

    def answered() -> Iterator[tuple[int, str | Failure]]:
        while busy:
            for worker, result in _next(busy, answers, timeout_s):
                number = worker.number
                if isinstance(result, Failure):
                    busy.discard(worker)
                    worker.stop()
                    if waiting:
                        start()
                elif waiting:
                    worker.give(*waiting.popleft(), timeout_s)
                else:
                    busy.discard(worker)
                    worker.stop()
                yield number, result  # last: whoever takes it may be long, and no worker waits for that

    try:
        for _ in range(min(max(1, workers), len(requests))):
            start()
        yield answered()
    finally:
        for worker in busy:
            worker.stop()


def _next(
    busy: set[_Worker], answers: queue.Queue[tuple[_Worker, str]], timeout_s: float
) -> list[tuple[_Worker, str | Failure]]:
    """Wait for the next answer, or for the next worker to run out of time."""
    left = min(worker.deadline for worker in busy) - time.monotonic()
    try:
        worker, line = answers.get(timeout=max(0.0, left))
    except queue.Empty:
        now = time.monotonic()
        late = Failure(f"took longer than {timeout_s:g} s")
        return [(worker, late) for worker in busy if worker.deadline <= now]
    if worker not in busy:  # the last words of a worker that was stopped
        return []
    if not line:
        code = worker.process.wait()
        return [(worker, Failure(f"the reading process ended (code {code}): damaged file or too little memory"))]
    return [(worker, line)]
