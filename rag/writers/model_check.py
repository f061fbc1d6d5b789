"""Check a claim with a chat model: does the evidence state everything in it? The probability of "Yes" is the score.

A small model that cannot be trusted to choose still tells right from wrong claims (eval/benchmarks/README.md has the
curves). The exact gates come first and are never overruled. Scores are kept, so that the same claim over the same
sentences costs one call. Not handled: what neither the words nor the model shows.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from string import Template

from rag.chat import Chat
from rag.writers.prompt import clean, load_prompt

DEFAULT_THRESHOLD = 0.3  # of a model that `rag calibrate` has not measured: small ones say "Yes" too rarely
SYSTEM = "You check claims against evidence. You are strict."


@dataclass(slots=True)
class ModelCheck:
    """Score claims by a chat model, as `gates.Support` wants it."""

    chat: Chat
    threshold: float = DEFAULT_THRESHOLD
    usage: dict[str, float] = field(default_factory=dict)
    _known: dict[tuple[str, ...], float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """Return the name of the model that checks."""
        return self.chat.name

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return the probability that the evidence states the whole claim; raise `WriterError` without an answer."""
        key = (claim, *evidence)
        if key not in self._known:
            text = Template(load_prompt("check.md")).substitute(
                evidence="\n".join(map(clean, evidence)), claim=clean(claim)
            )
            messages = ({"role": "system", "content": SYSTEM}, {"role": "user", "content": text})
            choice = self.chat.choose(messages)
            with self._lock:
                self._known[key] = choice["Yes"]
                for name, value in choice.usage.items():
                    self.usage[name] = self.usage.get(name, 0.0) + value
        return self._known[key]
