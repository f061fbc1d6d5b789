"""Measure how far a model that judges agrees with a reader, before it is believed.

The labelled claims lie in `relevance.toml`. From which score on a model is believed is set on them; how far it agrees
is measured on papers that had no part in setting it.
"""

from __future__ import annotations

import random
import tomllib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rag.errors import RagError

from .metrics import Share
from .relevance import Asking, Progress

TABLE = Path(__file__).with_name("relevance.toml")
RESAMPLES, SEED = 1000, 2026  # of the bootstrap, by question
NOTHING = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Label:
    """Hold a reader's verdict on a claim; labels of one paper are never learnt from and measured on at once."""

    paper: str
    question: str
    claim: str
    answers: bool


@cache
def labels(path: Path = TABLE) -> tuple[Label, ...]:
    """Return the labelled claims of a table; raise `RagError` for one that cannot be used."""
    try:
        rows = tomllib.loads(path.read_text("utf-8"))["question"]
        found = tuple(
            Label(row["paper"], row["text"], claim, answers)
            for row in rows
            for answers, claims in ((True, row["yes"]), (False, row["no"]))
            for claim in claims
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise RagError(f"{path} is no table of labelled claims: {error}") from None
    if {label.answers for label in found} != {True, False} or len({label.paper for label in found}) < 2:
        raise RagError(f"{path}: labels must say yes and no, over two papers or more")
    return found


# --- calibration ------------------------------------------------------------------------------------------------

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold a label beside what the model says; `said` by a threshold that was set without this label's paper."""

    label: Label
    score: float
    said: bool = False


Limit = Callable[[Sequence[Heard]], float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Hold how a model does on labelled claims; all None where it was not heard on claims of both kinds.

    Intervals of AUC and kappa are 95 %, by bootstrap over questions (Efron 1979).
    """

    model: str
    labels: int
    unscored: Mapping[str, int]  # reason -> labels
    threshold: float | None = None  # from which score on a claim is said to answer
    auc: float | None = None
    auc_interval: Interval | None = None
    kappa: float | None = None
    kappa_interval: Interval | None = None
    right_passed: Share = NOTHING  # claims that answer and are said to
    wrong_passed: Share = NOTHING  # claims that do not answer and are said to


def calibrate(
    asking: Asking, table: Sequence[Label], progress: Progress = lambda done, of: None, limit: Limit | None = None
) -> Calibration:
    """Ask a model of labelled claims; say from which score on it is believed, and how far it agrees.

    `limit` sets the score; the default parts the labels best.
    """
    heard: list[Heard] = []
    unscored: Counter[str] = Counter()
    asking.hear(((label.question, label.claim) for label in table), progress)
    for label in table:
        score = asking.score(label.question, label.claim)
        if score.value is None:
            unscored[score.unscored] += 1
        else:
            heard.append(Heard(label, score.value))
    return calibrated(asking.model.name, heard, unscored, limit)


def calibrated(
    model: str, heard: Sequence[Heard], unscored: Mapping[str, int], limit: Limit | None = None
) -> Calibration:
    """Return what scores of labelled claims tell of a model: a threshold, and how far it agrees on papers left out."""
    if {one.label.answers for one in heard} != {True, False}:
        return Calibration(model, len(heard) + sum(unscored.values()), unscored)
    limit = limit or best_threshold
    told = [replace(one, said=one.score >= least) for one, least in _limits(heard, limit)]
    return measured(model, told, unscored, limit(heard))


def measured(model: str, told: Sequence[Heard], unscored: Mapping[str, int], threshold: float) -> Calibration:
    """Return how far what a model said agrees with the labels."""
    right, wrong = ([one.said for one in told if one.label.answers is answers] for answers in (True, False))
    samples = list(_samples(told))
    return Calibration(
        model,
        len(told) + sum(unscored.values()),
        unscored,
        threshold=threshold,
        auc=auc(told),
        auc_interval=_interval(map(auc, samples)),
        kappa=kappa(told),
        kappa_interval=_interval(map(kappa, samples)),
        right_passed=Share(sum(right), len(right)),
        wrong_passed=Share(sum(wrong), len(wrong)),
    )


def _limits(heard: Sequence[Heard], limit: Limit) -> Iterator[tuple[Heard, float]]:
    """Yield every label with the threshold that the other papers' labels set."""
    for paper in dict.fromkeys(one.label.paper for one in heard):
        least = limit([one for one in heard if one.label.paper != paper])
        yield from ((one, least) for one in heard if one.label.paper == paper)


def best_threshold(heard: Sequence[Heard]) -> float:
    """Return the score that parts the labels best (Youden 1950): midway to the next one below."""
    scores = sorted({one.score for one in heard})
    right, wrong = (sorted(one.score for one in heard if one.label.answers is answers) for answers in (True, False))

    def parts(limit: float) -> float:
        kept = (len(right) - bisect_left(right, limit)) / max(len(right), 1)
        return kept + bisect_left(wrong, limit) / max(len(wrong), 1)

    at = max(range(len(scores)), key=lambda place: parts(scores[place]))
    return (scores[at] + scores[max(at - 1, 0)]) / 2


def auc(heard: Sequence[Heard]) -> float | None:
    """Return how often a claim that answers scores above one that does not; None without claims of both kinds."""
    right, wrong = (sorted(one.score for one in heard if one.label.answers is answers) for answers in (True, False))
    if not right or not wrong:
        return None
    wins = sum(bisect_left(wrong, score) + bisect_right(wrong, score) for score in right) / 2
    return wins / (len(right) * len(wrong))


def kappa(heard: Sequence[Heard]) -> float | None:
    """Return Cohen's kappa (1960) of model and reader; None where both always say the same one thing."""
    n = len(heard)
    agreed = sum(one.said is one.label.answers for one in heard) / n
    said, answers = sum(one.said for one in heard) / n, sum(one.label.answers for one in heard) / n
    by_chance = said * answers + (1 - said) * (1 - answers)
    return (agreed - by_chance) / (1 - by_chance) if by_chance < 1 else None


def _samples(heard: Sequence[Heard]) -> Iterator[list[Heard]]:
    """Yield samples of as many questions, drawn with replacement."""
    groups: dict[str, list[Heard]] = {}
    for one in heard:
        groups.setdefault(f"{one.label.paper} {one.label.question}", []).append(one)
    pool, rng = list(groups.values()), random.Random(SEED)  # noqa: S311 - seeded, so that reports are the same
    for _ in range(RESAMPLES):
        yield [one for group in rng.choices(pool, k=len(pool)) for one in group]


def _interval(values: Iterable[float | None]) -> Interval | None:
    """Return the middle 95 % of some values."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return known[int(0.025 * len(known))], known[min(int(0.975 * len(known)), len(known) - 1)]
