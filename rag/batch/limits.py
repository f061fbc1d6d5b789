"""Hold a batch below what it may spend and what a server bears, and back from a model that fails at everything.

`Ceiling` counts tokens, money and minutes; `Throttle` lets fewer calls run at once when a server says it is asked too
often; `Outage` notices that a wrong key, or a server that went down overnight, is no question's fault, so that what is
left can be asked another day. All are safe to use from threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rag.answers import AnswerFailure, Evidence
from rag.errors import SettingsError

REPLY_TOKENS = 2000  # set aside for a first answer besides its evidence; later ones set aside what answers took so far
CHARS_PER_TOKEN = 4  # English prose has 4 to 5
GROWTH = 0.25  # calls more at once after a success: from half to whole takes two rounds
IN_A_ROW = 10  # failures without one success between them: no run of bad luck with single questions
PATIENCE_S = 60.0  # that a server which may come back is given, counted from the last success
LASTING = frozenset({"unauthorized", "bad_request"})
PASSING = frozenset({"connection", "rate_limited", "server_error", "timeout"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the ceilings of one run; `prices` are per million tokens, read and written, in the user's currency."""

    tokens: int | None = None
    minutes: float | None = None
    cost: float | None = None
    prices: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        given = (self.tokens, self.minutes, self.cost, *(self.prices or ()))
        if any(value is not None and not 0 <= value < float("inf") for value in given):
            raise SettingsError("a ceiling or price is negative or no number; give one of zero or more")
        if self.cost is not None and self.prices is None:
            raise SettingsError("--max-cost needs prices: give --price-in and --price-out, per million tokens")

    def cost_of(self, read: int, written: int) -> float:
        """Return what tokens cost."""
        price_in, price_out = self.prices or (0.0, 0.0)
        return (read * price_in + written * price_out) / 1_000_000


class Ceiling:
    """Count what is spent and set aside, and say when there is no room for more.

    Before a call its probable size is set aside, so that calls under way together stay below the ceiling too.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._began = clock()
        self._settled = threading.Condition()
        self._answers = 0
        self._tokens = 0
        self._cost = 0.0
        self._aside: list[tuple[int, float]] = []

    def begin(self) -> None:
        """Start the minutes."""
        self._began = self._clock()

    def time_is_up(self) -> str:
        """Return that the minutes are over, in words, or an empty text."""
        minutes = self.limits.minutes
        if minutes is None or self._clock() - self._began < 60 * minutes:
            return ""
        return f"the ceiling of {minutes:g} minutes is reached"

    def set_aside(self, evidence: Sequence[Evidence]) -> tuple[int, float] | str:
        """Set aside what an answer from this evidence will probably take; return it, or which ceiling is in the way.

        Where only calls under way leave no room, wait for them: most take less than was set aside for them.
        """
        with self._settled:
            while reached := self._reached(share := self._expected(evidence)):
                if not self._aside:
                    return reached
                self._settled.wait()
            self._aside.append(share)
            return share

    def _reached(self, share: tuple[int, float]) -> str:
        """Return which ceiling has no room for a share beside those set aside, in words, or an empty text."""
        tokens = self._tokens + sum(part for part, _ in self._aside) + share[0]
        cost = self._cost + sum(part for _, part in self._aside) + share[1]
        if self.limits.tokens is not None and tokens > self.limits.tokens:
            return f"the ceiling of {self.limits.tokens:,} tokens is reached"
        if self.limits.cost is not None and cost > self.limits.cost:
            return f"the ceiling of {self.limits.cost:g} in cost is reached"
        return ""

    def settle(self, share: tuple[int, float], read: int = 0, written: int = 0) -> None:
        """Replace what was set aside by what was spent."""
        with self._settled:
            self._settled.notify_all()
            self._aside.remove(share)
            self._tokens += read + written
            self._cost += self.limits.cost_of(read, written)
            self._answers += bool(read + written)

    def _expected(self, evidence: Sequence[Evidence]) -> tuple[int, float]:
        if self._answers:
            return self._tokens // self._answers, self._cost / self._answers
        read = sum(len(item.text) for item in evidence) // CHARS_PER_TOKEN
        return read + REPLY_TOKENS, self.limits.cost_of(read, REPLY_TOKENS)


class Throttle:
    """Let at most `limit` calls run at once.

    The rule is that of TCP, additive increase and multiplicative decrease: a "too many requests" halves the number of
    calls at once, but only once per wave, and every success raises it a little, up to what the user set.
    """

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


class Outage:
    """Count failures in a row."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since = clock()
        self._row = 0

    def succeeded(self) -> None:
        """Note that the model answered."""
        with self._lock:
            self._row, self._since = 0, self._clock()

    def failed(self, failure: AnswerFailure) -> str:
        """Note a failure; return in words that asking on makes no sense, or an empty text."""
        if failure.kind not in LASTING | PASSING:
            return ""
        with self._lock:
            self._row += 1
            waited = failure.kind in LASTING or self._clock() - self._since >= PATIENCE_S
            if self._row < IN_A_ROW or not waited:
                return ""
            return f"the model failed {self._row} times in a row ({failure.reason})"
