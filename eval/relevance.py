"""Ask a chat model whether claims answer their question: the probability of Yes is the score.

Whether a claim is true is not asked. A model that fails costs scores, not the run: what it was not heard on is
unscored, with the reason. From which score on it is believed, and how far, is measured first (`agreement`). The model
is reached as the engine reaches one, by what is handed in; what it is asked is the judge's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from rag.errors import WriterError

from .judge import JudgedCase, Score

YES, NO = OPTIONS = ("Yes", "No")
FAILURES = 3  # in a row, after which a model is not asked again: it is down, or the key is wrong


Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Wording:
    """Hold how a model is asked of a claim beside what is given; `missing` is said where nothing is."""

    system: str  # empty for none
    ask: str
    missing: str


ANSWERS = Wording("", "Q: {given}\nA: {claim}\n\nDoes A answer Q? Yes or No.", "no question is known")
"""Of five wordings tried on a model of 1.5 billion parameters the best; longer ones did worse."""


class Model(Protocol):
    """Answer with one of some words; any chat model of the engine's does. Raises `WriterError`."""

    @property
    def name(self) -> str:
        """Return the model's name."""
        ...

    def choose(self, messages: Sequence[Mapping[str, str]], options: Sequence[str] = ...) -> Mapping[str, float]:
        """Return how probable each option is as the answer."""
        ...


@dataclass(slots=True)
class Asking:
    """Ask one model, each thing once, and stop asking when it fails whatever it is asked."""

    model: Model
    wording: Wording = ANSWERS
    failed: int = 0  # times in a row
    reason: str = ""
    _known: dict[tuple[str, str], Score] = field(default_factory=dict, repr=False)

    def score(self, given: str, claim: str) -> Score:
        """Return the probability of Yes for a claim beside what is given, its question; or why it is not known."""
        given, claim = " ".join(given.split()), " ".join(claim.split())
        if not given:
            return Score(None, self.wording.missing)
        if (given, claim) not in self._known:
            if self.failed >= FAILURES:
                return Score(None, f"not asked after {FAILURES} failures in a row: {self.reason}")
            self._known[given, claim] = self._asked(given, claim)
        return self._known[given, claim]

    def _asked(self, given: str, claim: str) -> Score:
        messages = [{"role": "system", "content": self.wording.system}] if self.wording.system else []
        messages.append({"role": "user", "content": self.wording.ask.format(given=given, claim=claim)})
        try:
            yes = self.model.choose(tuple(messages), OPTIONS)[YES]
        except WriterError as error:
            self.failed, self.reason = self.failed + 1, " ".join(str(error).split())
            return Score(None, f"the judge failed: {self.reason}")
        self.failed = 0
        return Score(yes) if math.isfinite(yes) else Score(None, "the judge gave no number")


def scored(cases: Iterable[JudgedCase], asking: Asking, progress: Progress = lambda done: None) -> list[JudgedCase]:
    """Return the cases with a score for every claim, and one for the leading claims together."""
    found = []
    for done, case in enumerate(cases, 1):
        question = case.signs.question if case.signs else case.case.question
        leading = case.signs.leading if case.signs else 1
        texts = [claim.text for claim in case.claims]
        lead = asking.score(question, " ".join(texts[:leading])) if texts else None
        found.append(replace(case, lead=lead, scores=tuple(asking.score(question, text) for text in texts)))
        progress(done)
    return found
