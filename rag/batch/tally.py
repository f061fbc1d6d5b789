"""Count what a batch has done and put it in words: a line while it runs, a summary at its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rag.answers import Answer
from rag.batch.ceiling import Limits


@dataclass(slots=True)
class Tally:
    """Hold the counts of a batch. `kept` were finished by earlier runs, `kept_failed` of them failed."""

    total: int = 0
    kept: int = 0
    kept_failed: int = 0
    answered: int = 0
    refused: int = 0
    failed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)  # of this run's failures
    example: str = ""  # the first failure's reason
    tokens: int = 0
    cost: float | None = None
    notes: list[str] = field(default_factory=list)  # what the user must know, for instance papers not to be had
    stopped: str = ""  # why it stopped before the end
    clock: Callable[[], float] = time.monotonic
    began: float = 0.0

    @property
    def fresh(self) -> int:
        """Return how many questions this run finished."""
        return self.answered + self.refused + self.failed

    @property
    def done(self) -> int:
        """Return how many questions are finished."""
        return self.kept + self.fresh

    @property
    def left(self) -> int:
        """Return how many questions are not finished."""
        return self.total - self.done

    @property
    def any_failed(self) -> bool:
        """Tell whether a question failed, now or in an earlier run."""
        return bool(self.failed or self.kept_failed)

    def begin(self) -> None:
        """Start the clock."""
        self.began = self.clock()

    def seconds(self) -> float:
        """Return the seconds since the clock was started."""
        return self.clock() - self.began

    def count(self, answer: Answer, limits: Limits) -> None:
        """Count one answer in, its tokens and, where prices are given, what it cost."""
        self.answered += answer.status == "answered"
        self.refused += answer.status == "refused"
        self.failed += answer.status == "failed"
        if answer.failure is not None:
            self.kinds[answer.failure.kind] += 1
            self.example = self.example or answer.failure.reason
        read, written = tokens_of(answer)
        self.tokens += read + written
        if limits.prices is not None:
            self.cost = (self.cost or 0.0) + limits.cost_of(read, written)

    def line(self) -> str:
        """Return how far the batch is, on one line."""
        seconds = self.seconds()
        rate = self.fresh / seconds if seconds > 0 else 0.0
        parts = [f"{self.done}/{self.total} done", f"{self.failed} failed", f"{self.refused} refused"]
        if self.fresh and rate:
            parts += [f"{rate:.1f}/s" if rate >= 1 else f"{60 * rate:.1f}/min", f"{_clock(self.left / rate)} to go"]
        if self.tokens:
            parts.append(f"{self.tokens:,} tokens")
        if self.cost is not None:
            parts.append(f"cost {self.cost:.2f}")
        return ", ".join(parts)

    def summary(self) -> list[str]:
        """Return what became of the batch, as lines."""
        now = f"{self.answered} answered, {self.refused} refused, {self.failed} failed"
        kept = f"; {self.kept} were finished before" if self.kept else ""
        lines = [f"{self.total} {'question' if self.total == 1 else 'questions'}: {now}{kept}"]
        spent = f"{self.tokens:,} tokens" if self.tokens else ""
        cost = f"cost {self.cost:.2f}" if self.cost is not None else ""
        lines.append(", ".join(filter(None, [f"{_clock(self.seconds())} of work", spent, cost])))
        if self.failed or self.kept_failed:
            count = self.failed + self.kept_failed
            kinds = ", ".join(f"{kind} {number}" for kind, number in self.kinds.most_common())
            listed = f" ({kinds}; the first: {self.example})" if kinds else ""
            lines.append(f"{count} failed{listed}; to ask them again, run the same command with --retry-failed")
        if self.left:
            lines.append(f"{self.stopped or 'stopped'}: {self.left} left; run the same command again to go on")
        return [*self.notes, *lines]


def tokens_of(answer: Answer) -> tuple[int, int]:
    """Return the tokens that an answer took, read and written, its repair included."""
    usage = answer.run.get("usage")
    told: Mapping[str, float] = usage if isinstance(usage, Mapping) else {}
    read, written = (
        sum(told.get(f"{stage}{way}_tokens", 0) for stage in ("", "repair_")) for way in ("input", "output")
    )
    return int(read), int(written)


def _clock(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if whole < 10 else f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"
