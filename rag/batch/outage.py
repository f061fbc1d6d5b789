"""Notice that a model fails whatever it is asked, so that a batch stops instead of failing every question.

A wrong key or a server that went down overnight is no question's fault; what is left can be asked another day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rag.answers import AnswerFailure

IN_A_ROW = 10  # failures without one success between them: no run of bad luck with single questions
PATIENCE_S = 60.0  # that a server which may come back is given, counted from the last success
LASTING = frozenset({"unauthorized", "bad_request"})
PASSING = frozenset({"connection", "rate_limited", "server_error", "timeout"})


class Outage:
    """Count failures in a row. Safe to use from threads."""

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
