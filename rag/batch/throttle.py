"""Hold back calls to a server that says it is asked too often: fewer at once, then gradually more again.

The rule is that of TCP, additive increase and multiplicative decrease: a "too many requests" halves the number of
calls at once, but only once per wave, and every success raises it a little, up to what the user set.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GROWTH = 0.25  # calls more at once after a success: from half to whole takes two rounds


class Throttle:
    """Let at most `limit` calls run at once. Safe to use from threads."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.limit = float(most)
        self._clock = clock
        self._running = 0
        self._fresh = True  # something succeeded since the last halving
        self._pause_until = 0.0
        self._open = threading.Condition()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a free slot and hold it."""
        with self._open:
            while (wait := self._wait()) != 0.0:
                self._open.wait(wait)
            self._running += 1
        try:
            yield
        finally:
            with self._open:
                self._running -= 1
                self._open.notify_all()

    def _wait(self) -> float | None:
        """Return how long to wait before looking again: 0 not at all, None until something ends."""
        if self._running >= int(self.limit):
            return None
        return max(0.0, self._pause_until - self._clock())

    def slow_down(self, pause: float = 0.0) -> None:
        """Halve the number of calls at once, and begin none for `pause` seconds."""
        with self._open:
            self._pause_until = max(self._pause_until, self._clock() + pause)
            if self._fresh:
                self.limit = max(1.0, self.limit / 2)
                self._fresh = False

    def succeeded(self) -> None:
        """Let a little more run at once."""
        with self._open:
            self._fresh = True
            self.limit = min(float(self.most), self.limit + GROWTH)
            self._open.notify_all()

    def resume(self) -> None:
        """End a pause."""
        with self._open:
            self._pause_until = 0.0
            self._open.notify_all()
