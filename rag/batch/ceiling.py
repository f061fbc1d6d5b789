"""Hold a batch below what it may spend: tokens, money, minutes. Safe to use from threads.

Before a call its probable size is set aside, so that calls under way together stay below the ceiling too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.answers import Evidence
from rag.errors import SettingsError

REPLY_TOKENS = 2000  # set aside for a first answer besides its evidence; later ones set aside what answers took so far
CHARS_PER_TOKEN = 4  # English prose has 4 to 5


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
    """Count what is spent and set aside, and say when there is no room for more."""

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
