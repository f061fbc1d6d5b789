"""Run a batch in front of a person: progress on one line or in plain ones, Ctrl-C in two steps."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from rag.batch.run import Batch

STEP = 20  # plain lines over a whole batch, evenly
EVERY_S = 30.0  # and at least one in this time while answers come in
REDRAW_S = 0.1

Say = Callable[[str], None]


def watch(batch: Batch, terminal: bool | None = None) -> bool:
    """Run a batch to its end and report on stderr; return whether Ctrl-C cut it short."""
    terminal = sys.stderr.isatty() if terminal is None else terminal
    say = _redraw if terminal else _print
    shown, at, last = -1, time.monotonic(), ""
    try:
        with two_steps(batch, lambda text: _print(("\n" if terminal else "") + text)):
            for _ in batch:
                tally, now = batch.tally, time.monotonic()
                step = tally.done * STEP // max(tally.total, 1)
                due = now - at >= REDRAW_S if terminal else step > shown or now - at >= EVERY_S
                if (due or not tally.left) and (line := tally.line()) != last:
                    say(line)
                    shown, at, last = step, now, line
    except KeyboardInterrupt:
        batch.stop()
    if terminal and batch.tally.fresh:
        _print("")
    return batch.tally.stopped == "interrupted"


@contextmanager
def two_steps(batch: Batch, say: Say) -> Iterator[None]:
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


def _redraw(text: str) -> None:
    _print(f"\r\x1b[2K{text}", end="")
