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

from rag.chat import Chat, Choice
from rag.writers.prompt import clean, load_prompt

DEFAULT_THRESHOLD = 0.3  # of a model that `rag calibrate` has not measured: small ones say "Yes" too rarely
WORDINGS = ("check.md", "check_details.md", "check_reader.md")  # the first is the best of those tried
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
        """Return the probability that the evidence states the whole claim; raise `WriterError` without an answer.

        Of a model that tells no probabilities three wordings are asked, and the majority is 1 or 0.
        """
        key = (claim, *evidence)
        if key not in self._known:
            first = self._asked(WORDINGS[0], claim, evidence)
            yes = first["Yes"]
            if first.by == "word":
                yes += sum(self._asked(wording, claim, evidence)["Yes"] for wording in WORDINGS[1:])
                yes = float(yes > len(WORDINGS) / 2)
            self._known[key] = yes
        return self._known[key]

    def _asked(self, wording: str, claim: str, evidence: Sequence[str]) -> Choice:
        text = Template(load_prompt(wording)).substitute(evidence="\n".join(map(clean, evidence)), claim=clean(claim))
        choice = self.chat.choose(({"role": "system", "content": SYSTEM}, {"role": "user", "content": text}))
        with self._lock:
            for name, value in choice.usage.items():
                self.usage[name] = self.usage.get(name, 0.0) + value
        return choice
