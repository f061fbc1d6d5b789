"""Choose runs: three to six sentences that follow one another in one section and read on.

The top single sentences of a search read as shuffled facts. Weights were set by eye, in a trial on real questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from rag.answers import Evidence
from rag.language import REMEMBERED, UNFIT, citation_marks, phrases, runs_on, stands_alone
from rag.writers.nearness import NO_ACCOUNT, Near, section_worth

RUN_MIN, RUN_MAX = 3, 6  # sentences: fewer say too little, more are a paragraph copied out
NEARNESS = 0.5  # of the run's nearness, against that of the paper's nearest sentence
PROPOSES_FIRST, PROPOSES_SECOND = 0.20, 0.12  # a run that opens with "we propose", or with its reason and then that
STAGE = 0.05  # for each of: takes something in, speaks of the model, puts something out
LENGTH, LENGTH_COUNTED = 0.02, 5  # for each sentence up to five: a longer run tells more, up to a point
HYPE = 0.25  # against a run of praise alone
MARKS = 0.10  # against a cited work per sentence: then it speaks of others
NEAR_ENOUGH = 0.8  # of the nearest sentence: which of those close to it tells the reader more, the run around it shows
LEAST_NEAR = 0.01  # keeps the share of a nearest sentence at 0 defined


@dataclass(frozen=True, slots=True)
class PaperEvidence:
    """Hold one paper's evidence in reading order."""

    paper: str
    name: str  # casefolded short name of its model
    sentences: tuple[Evidence, ...]


def quotable(sentence: Evidence) -> bool:
    """Tell whether a sentence can stand in a run: whole, first-hand prose that leans on no figure or table."""
    return sentence.label in ("abstract", "body") and not UNFIT & set(sentence.flags) and runs_on(sentence.text)


def best_run(paper: PaperEvidence, near: Near, used: Set[str]) -> tuple[Evidence, ...]:
    """Return the run of neighbouring sentences that best speaks for a paper, a lone sentence, or nothing."""
    runs = list(_runs(paper, used, RUN_MIN))
    runs = [run for run in runs if section_worth(run[0]) > NO_ACCOUNT] or runs
    if runs:
        nearest = max(max(near[e.id] for e in paper.sentences), LEAST_NEAR)
        return max(runs, key=lambda run: (_worth(run, near, nearest) + _presents(run), -run[0].number))
    lone = [e for e in paper.sentences if e.id not in used and quotable(e) and stands_alone(e.text)]
    return (max(lone, key=lambda e: (near[e.id], -e.number)),) if lone else ()


def run_around(paper: PaperEvidence, near: Near, used: Set[str]) -> tuple[Evidence, ...]:
    """Return the run that tells most around a sentence near to the question, or nothing."""
    fit = [e for e in paper.sentences if e.id not in used and quotable(e) and not phrases.SIGNPOST.search(e.text)]
    if not fit:
        return ()
    worth = {e.id: near[e.id] + section_worth(e) for e in fit}
    nearest = max(fit, key=lambda e: (worth[e.id], -e.number))
    close = {e.id for e in fit if worth[e.id] >= NEAR_ENOUGH * worth[nearest.id]}
    runs = [run for run in _runs(paper, used, 1) if any(e.id in close for e in run)]
    long = [run for run in runs if len(run) >= RUN_MIN]
    most = max(near[nearest.id], LEAST_NEAR)
    return max(long or runs, key=lambda run: (_worth(run, near, most), -run[0].number), default=(nearest,))


def _runs(paper: PaperEvidence, used: Set[str], least: int) -> Iterator[tuple[Evidence, ...]]:
    """Yield the runs that begin on their own feet, or with what is proposed, whatever it is proposed against."""
    for stretch in _stretches(paper.sentences, used):
        for start, first in enumerate(stretch):
            proposes = _says(first.text).proposes and not phrases.POINTS_BACK.search(first.text)
            if proposes or stands_alone(first.text):
                for size in range(least, min(RUN_MAX, len(stretch) - start) + 1):
                    yield stretch[start : start + size]


def _stretches(sentences: Sequence[Evidence], used: Set[str]) -> Iterator[tuple[Evidence, ...]]:
    """Cut evidence into maximal stretches of quotable sentences that follow one another in one section."""
    stretch: list[Evidence] = []
    for sentence in sentences:
        follows = stretch and sentence.number == stretch[-1].number + 1 and sentence.section == stretch[-1].section
        if not follows or sentence.id in used or not quotable(sentence):
            yield tuple(stretch)
            stretch = []
        if sentence.id not in used and quotable(sentence):
            stretch.append(sentence)
    yield tuple(stretch)


def _presents(run: Sequence[Evidence]) -> float:
    """Weigh how a run presents its paper's own model: that it is proposed, what goes in, what comes out."""
    says = [_says(e.text) for e in run[:2]]
    proposes = PROPOSES_FIRST if says[0].proposes else PROPOSES_SECOND if says[-1].proposes else 0.0
    return proposes + STAGE * sum(map(any, zip(*(_says(e.text).stages for e in run), strict=True)))


def _worth(run: Sequence[Evidence], near: Near, nearest: float) -> float:
    """Weigh a run: nearness to the question against that of the paper's nearest sentence, then what it does."""
    size, nears = len(run), [near[e.id] for e in run]
    says = [_says(e.text) for e in run]
    return (
        NEARNESS * (sum(nears) / size + max(nears)) / 2 / nearest
        + LENGTH * min(size, LENGTH_COUNTED)
        - HYPE * sum(told.hypes for told in says) / size
        - MARKS * sum(told.marks for told in says) / size
        + section_worth(run[0])
    )


@dataclass(frozen=True, slots=True)
class _Says:
    """Hold what a sentence does by its wording: the same for every run that it stands in."""

    stages: tuple[bool, bool, bool]  # takes something in, speaks of the model, puts something out
    proposes: bool
    hypes: bool
    marks: int


@lru_cache(REMEMBERED)
def _says(text: str) -> _Says:
    return _Says(
        (bool(phrases.INPUT.search(text)), bool(phrases.MODEL.search(text)), bool(phrases.OUTPUT.search(text))),
        bool(phrases.PROPOSES.search(text)),
        bool(phrases.HYPE.search(text)),
        citation_marks(text),
    )
