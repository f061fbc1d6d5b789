"""Count what a batch has done, put it in words, and show it to a person while it runs: Ctrl-C in two steps."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from rag.answers import Answer
from rag.batch.limits import Limits

STEP = 20  # plain lines over a whole batch, evenly
EVERY_S = 30.0  # and at least one in this time while answers come in
REDRAW_S = 0.1


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


# --- in front of a person -------------------------------------------------------------------------------------------


class Watched(Protocol):
    """Be a batch, as far as whoever watches it needs to know."""

    tally: Tally

    def __iter__(self) -> Iterator[object]:
        """Run, and yield when something is finished."""
        ...

    def stop(self, reason: str = ...) -> None:
        """Begin no further question; those under way are finished."""
        ...


def watch(batch: Watched, terminal: bool | None = None) -> bool:
    """Run a batch to its end and report on stderr; return whether Ctrl-C cut it short."""
    terminal = sys.stderr.isatty() if terminal is None else terminal
    over, end = ("\r\x1b[2K", "") if terminal else ("", "\n")  # on a terminal each line is drawn over the last one
    shown, at, last = -1, time.monotonic(), ""
    try:
        with two_steps(batch, lambda text: _print(("\n" if terminal else "") + text)):
            for _ in batch:
                tally, now = batch.tally, time.monotonic()
                step = tally.done * STEP // max(tally.total, 1)
                due = now - at >= REDRAW_S if terminal else step > shown or now - at >= EVERY_S
                if (due or not tally.left) and (line := tally.line()) != last:
                    _print(over + line, end)
                    shown, at, last = step, now, line
    except KeyboardInterrupt:
        batch.stop()
    if terminal and batch.tally.fresh:
        _print("")
    return batch.tally.stopped == "interrupted"


@contextmanager
def two_steps(batch: Watched, say: Callable[[str], None]) -> Iterator[None]:
    """Let the first Ctrl-C end the batch when what is under way is finished, and the second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        if batch.tally.stopped == "interrupted" or not batch.tally.began:
            raise KeyboardInterrupt
        batch.stop("interrupted")
        say("finishing what is under way; Ctrl-C again stops at once, and both can be resumed")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _print(text: str, end: str = "\n") -> None:
    with suppress(OSError):  # a terminal that is gone costs the lines of progress, not the batch
        print(text, end=end, file=sys.stderr, flush=True)
