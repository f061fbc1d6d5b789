"""Run work through two stages at once: prepare in one thread, in groups; then finish in many, as they get free.

What is under way is bounded by what the caller submits: it hands in the next piece when it has taken a result, so
a slow caller slows everything down and nothing piles up. Threads are daemons: a caller in a hurry may leave them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Piece = TypeVar("Piece")
Ready = TypeVar("Ready")
Result = TypeVar("Result")

GROUP = 16  # pieces prepared together: more would let the first ones wait


class Pipeline(Generic[Piece, Ready, Result]):
    """Hold the threads. `prepare` and `finish` must not raise; what goes wrong belongs into their results."""

    def __init__(
        self,
        prepare: Callable[[Sequence[Piece]], Iterable[Ready]],
        finish: Callable[[Ready], Result],
        threads: int,
    ) -> None:
        self._prepare = prepare
        self._finish = finish
        self._threads = threads
        self._asked: SimpleQueue[Piece | None] = SimpleQueue()
        self._ready: SimpleQueue[Ready | None] = SimpleQueue()
        self._done: SimpleQueue[Result | None] = SimpleQueue()
        self.under_way = 0
        for target in (self._preparing, *[self._finishing] * threads):
            threading.Thread(target=target, daemon=True).start()

    def submit(self, piece: Piece) -> None:
        """Hand in one piece of work."""
        self.under_way += 1
        self._asked.put(piece)

    def results(self) -> list[Result]:
        """Wait for a result and return it with all others that are there; none after `wake`."""
        first = self._done.get()
        if first is None:
            return self.at_hand()
        self.under_way -= 1
        return [first, *self.at_hand()]

    def at_hand(self) -> list[Result]:
        """Return the results that are there now."""
        found = []
        while True:
            try:
                result = self._done.get_nowait()
            except Empty:
                break
            if result is not None:
                found.append(result)
        self.under_way -= len(found)
        return found

    def wake(self) -> None:
        """Let `results` return at once, with nothing if nothing is there."""
        self._done.put(None)

    def close(self) -> None:
        """Let the threads end when they have done what they are at."""
        self._asked.put(None)
        for _ in range(self._threads):
            self._ready.put(None)

    def _preparing(self) -> None:
        while (first := self._asked.get()) is not None:
            group: list[Piece] = [first]
            while len(group) < GROUP:
                try:
                    piece = self._asked.get_nowait()
                except Empty:
                    break
                if piece is None:
                    self._asked.put(None)
                    break
                group.append(piece)
            for ready in self._prepare(group):
                self._ready.put(ready)

    def _finishing(self) -> None:
        while (ready := self._ready.get()) is not None:
            self._done.put(self._finish(ready))
