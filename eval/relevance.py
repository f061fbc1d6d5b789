"""Ask a chat model whether claims answer their question: the probability of Yes is the score.

Whether a claim is true is not asked. A model that fails costs scores, not the run: what it was not heard on is
unscored, with the reason. From which score on it is believed, and how far, is measured first (`agreement`). The model
is reached as the engine reaches one, by what is handed in; what it is asked is the judge's own
(`prompts/judge_answers.md`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template
from typing import Protocol

from rag.errors import WriterError
from rag.settings import resource

from .judge import JudgedCase, Score

YES, NO = OPTIONS = ("Yes", "No")
FAILURES = 3  # in a row, after which a model is not asked again: it is down, or the key is wrong
AT_ONCE = 4  # questions that a model is sent side by side: what small servers have slots for


Put = tuple[str, str]
"""What is given, and the claim that is put beside it."""
Progress = Callable[[int, int], None]
"""Hear how much is done, of how much."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Hold how a model is asked of a claim beside what is given; `missing` is said where nothing is."""

    system: str  # empty for none
    ask: str  # with $given and $claim
    missing: str

    @classmethod
    def read(cls, name: str, missing: str) -> Wording:
        """Return the wording of a prompt, and of the one for the system beside it (`_system`) where there is one."""
        ask, system = (resource("prompts") / f"{name}{part}.md" for part in ("", "_system"))
        return cls(_words(system) if system.is_file() else "", _words(ask), missing)

    def messages(self, given: str, claim: str) -> tuple[Mapping[str, str], ...]:
        """Return what a model is sent."""
        asked = {"role": "user", "content": Template(self.ask).substitute(given=given, claim=claim)}
        return ({"role": "system", "content": self.system}, asked) if self.system else (asked,)


def _words(file: Path) -> str:
    return file.read_text("utf-8").rstrip("\n")


ANSWERS = Wording.read("judge_answers", "no question is known")
"""Of five wordings tried on a model of 1.5 billion parameters the best; longer ones did worse."""


class Model(Protocol):
    """Answer with one of some words, from any thread; any chat model of the engine's does. Raises `WriterError`."""

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
    _known: dict[Put, Score] = field(default_factory=dict, repr=False)

    def hear(self, asked: Iterable[Put], progress: Progress = lambda done, of: None) -> None:
        """Ask of many claims, some side by side; what is known afterwards is what asking one by one would have told."""
        wanted = [put for put in dict.fromkeys(map(_plain, asked)) if put[0] and put not in self._known]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for at in range(0, len(wanted), AT_ONCE):
                if self.failed >= FAILURES:
                    return
                some = wanted[at : at + AT_ONCE]
                for put, said in zip(some, pool.map(self._said, some), strict=True):
                    self._take(put, said)
                progress(at + len(some), len(wanted))

    def score(self, given: str, claim: str) -> Score:
        """Return the probability of Yes for a claim beside what is given, its question; or why it is not known."""
        put = _plain((given, claim))
        if not put[0]:
            return Score(None, self.wording.missing)
        self.hear([put])
        return self._known.get(put, Score(None, f"not asked after {FAILURES} failures in a row: {self.reason}"))

    def _said(self, put: Put) -> float | WriterError:
        try:
            return self.model.choose(self.wording.messages(*put), OPTIONS)[YES]
        except WriterError as error:
            return error

    def _take(self, put: Put, said: float | WriterError) -> None:
        """Keep what a model said; after `FAILURES` in a row nothing, as if it had not been asked any more."""
        if self.failed >= FAILURES:
            return
        if isinstance(said, WriterError):
            self.failed, self.reason = self.failed + 1, " ".join(str(said).split())
            self._known[put] = Score(None, f"the judge failed: {self.reason}")
        else:
            self.failed = 0
            self._known[put] = Score(said) if math.isfinite(said) else Score(None, "the judge gave no number")


def _plain(put: Put) -> Put:
    given, claim = put
    return " ".join(given.split()), " ".join(claim.split())


def scored(cases: Sequence[JudgedCase], asking: Asking, progress: Progress = lambda done, of: None) -> list[JudgedCase]:
    """Return the cases with a score for every claim, and one for the leading claims together."""
    asking.hear((put for case in cases for put in _puts(case)), progress)
    found = []
    for case in cases:
        puts = list(_puts(case))
        lead = asking.score(*puts[0]) if puts else None
        found.append(replace(case, lead=lead, scores=tuple(asking.score(*put) for put in puts[1:])))
    return found


def _puts(case: JudgedCase) -> Iterator[Put]:
    """Yield what a model is asked of a case: its leading claims together, then each; nothing where it has none."""
    question = case.signs.question if case.signs else case.case.question
    texts = [claim.text for claim in case.claims]
    if texts:
        yield question, " ".join(texts[: case.signs.leading if case.signs else 1])
    yield from ((question, text) for text in texts)
