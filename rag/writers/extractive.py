"""Write an answer from the papers' own sentences: runs that read on, then single sentences where they add something.

Each paper gets a run of three to six sentences that follow one another in one section; the top single sentences
of a search read as shuffled facts. A workflow point gets a row per paper, its cells taken from sentences that
say what goes in, what the model does and what comes out. A weak slot is left out rather than filled.
Not handled here: finding evidence (`evidence`), lead-ins and quotation marks (`render`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rag import cues
from rag.types import Draft, DraftClaim, Evidence, Point, Stage, Task

RUN_MIN, RUN_MAX = 3, 6
SINGLES = 2  # single sentences per point, at most
SINGLE_SHARE = 0.85  # of the best run's relevance: below that a lone sentence is beside the point
ROW_MAX = 320  # characters of a workflow cell

_SECTION_WORTH = (  # how well sections of a kind read as a paper's own account, from the trial in DESIGN
    (re.compile(r"related|background|previous|prior", re.I), -0.20),
    (re.compile(r"experiment|result|evaluation|ablation|comparison|setup|dataset|implementation", re.I), -0.08),
    (re.compile(r"limitation|future|conclusion|discussion|broader|impact", re.I), -0.10),
    (re.compile(r"introduction", re.I), 0.04),
    (re.compile(r"method|approach|model|architecture|overview|framework|network", re.I), 0.05),
)


@dataclass(frozen=True, slots=True)
class _Paper:
    """Hold one paper's evidence in reading order."""

    paper: str
    sentences: tuple[Evidence, ...]


@dataclass(slots=True)
class _Draft:
    """Collect claims point by point; a sentence is used once in an answer, workflow rows apart."""

    used: set[str] = field(default_factory=set)

    def take(self, evidence: Iterable[Evidence]) -> Iterator[DraftClaim]:
        for sentence in evidence:
            self.used.add(sentence.id)
            yield _verbatim(sentence)


class ExtractiveWriter:
    """Choose sentences; needs no model, no key and no network."""

    name = "extractive/1"

    def write(self, task: Task) -> Draft:
        """Return verbatim claims for every point of the task."""
        papers = _by_paper(task)
        draft = _Draft()
        claims = []
        for number, point in enumerate(task.points):
            claims.append(tuple(self._point(point, number, task, papers, draft)))
        return Draft(tuple(claims))

    def _point(
        self, point: Point, number: int, task: Task, papers: Sequence[_Paper], draft: _Draft
    ) -> Iterator[DraftClaim]:
        near = _nearness(number)
        if point.about_user:
            yield from (_verbatim(e) for e in task.evidence if e.source == "brief")
            yield from draft.take(_definitions(papers, near, draft.used))
        elif point.kind == "workflow":
            yield from self._runs(papers, near, draft)
            for paper in papers:
                yield from _row(paper, near)
        elif point.kind == "prose":
            yield from self._runs(_named(papers, task), near, draft)
            yield from draft.take(_singles(papers, near, draft.used))

    def _runs(self, papers: Sequence[_Paper], near: Near, draft: _Draft) -> Iterator[DraftClaim]:
        for paper in papers:
            yield from draft.take(_best_run(paper, near, draft.used))


Near = Callable[[Evidence], float]


def _nearness(point: int) -> Near:
    """Return how near a sentence is to the question and to one point, in equal halves."""

    def near(sentence: Evidence) -> float:
        to_point = sentence.for_point[point] if point < len(sentence.for_point) else sentence.relevance
        return (sentence.relevance + to_point) / 2

    return near


def _verbatim(sentence: Evidence, text: str | None = None, stage: Stage | None = None) -> DraftClaim:
    return DraftClaim(text or sentence.text, (sentence.id,), "verbatim", sentence.paper, stage)


def _by_paper(task: Task) -> tuple[_Paper, ...]:
    """Group quotable sentences by paper, papers in the brief's order."""
    groups: dict[str, list[Evidence]] = {paper.paper: [] for paper in task.papers}
    for sentence in task.evidence:
        if sentence.paper in groups and sentence.source != "brief":
            groups[sentence.paper].append(sentence)
    return tuple(_Paper(paper, tuple(group)) for paper, group in groups.items() if group)


def _named(papers: Sequence[_Paper], task: Task) -> Sequence[_Paper]:
    """Keep the papers that the question names, if it names any."""
    names = {paper.paper: _short_name(paper.model) for paper in task.papers}
    asked = task.question.casefold()
    chosen = [p for p in papers if names[p.paper] and re.search(rf"\b{re.escape(names[p.paper])}\b", asked)]
    return chosen or papers


def _short_name(model: str) -> str:
    return re.split(r"[:(]", model)[0].strip().casefold()


# --- runs --------------------------------------------------------------------------------------------------


def _best_run(paper: _Paper, near: Near, used: set[str]) -> tuple[Evidence, ...]:
    """Return the run of neighbouring sentences that best speaks for a paper, or nothing."""
    runs = [
        run
        for stretch in _stretches(paper.sentences, used)
        for start in range(len(stretch))
        if cues.stands_alone(stretch[start].text)
        for size in range(RUN_MIN, RUN_MAX + 1)
        if len(run := stretch[start : start + size]) == size
    ]
    if runs:
        nearest = max(max(map(near, paper.sentences)), 0.01)
        return max(runs, key=lambda run: (_worth(run, near, nearest), -run[0].number))
    lone = [e for e in paper.sentences if e.id not in used and _quotable(e) and cues.stands_alone(e.text)]
    return (max(lone, key=lambda e: (near(e), -e.number)),) if lone else ()


def _stretches(sentences: Sequence[Evidence], used: set[str]) -> Iterator[tuple[Evidence, ...]]:
    """Cut evidence into maximal stretches of quotable sentences that follow one another in one section."""
    stretch: list[Evidence] = []
    for sentence in sentences:
        follows = stretch and sentence.number == stretch[-1].number + 1 and sentence.section == stretch[-1].section
        if not follows or sentence.id in used or not _quotable(sentence):
            yield tuple(stretch)
            stretch = []
        if sentence.id not in used and _quotable(sentence):
            stretch.append(sentence)
    yield tuple(stretch)


def _quotable(sentence: Evidence) -> bool:
    return (
        sentence.label in ("abstract", "body")
        and not set(sentence.flags) & {"second_hand", "fragment", "formula", "row", "addresses_reader"}
        and cues.reads_well(sentence.text)
        and not cues.POINTS.search(sentence.text)
        and cues.citation_marks(sentence.text) <= 1
    )


def _worth(run: Sequence[Evidence], near: Near, nearest: float) -> float:
    """Weigh a run: nearness to the question against that of the paper's nearest sentence, then what it does."""
    size = len(run)
    stages = sum(any(cue.search(e.text) for e in run) for cue in (cues.INPUT, cues.MODEL, cues.OUTPUT))
    proposes = any(cues.PROPOSES.search(e.text) for e in run[:2])
    hype = sum(bool(cues.HYPE.search(e.text)) for e in run) / size
    marks = sum(cues.citation_marks(e.text) for e in run) / size
    return (
        0.5 * sum(map(near, run)) / size / nearest
        + 0.20 * proposes
        + 0.05 * stages
        + 0.02 * min(size, 5)
        - 0.25 * hype
        - 0.10 * marks
        + _section_worth(run[0])
    )


def _section_worth(sentence: Evidence) -> float:
    if sentence.label == "abstract" or sentence.source == "summary":
        return 0.05
    heading = " ".join(sentence.section)
    return next((worth for pattern, worth in _SECTION_WORTH if pattern.search(heading)), 0.0)


# --- single sentences --------------------------------------------------------------------------------------


def _definitions(papers: Sequence[_Paper], near: Near, used: set[str]) -> list[Evidence]:
    """Return sentences that say what the task is or why it is hard, one of each at most."""
    found: list[Evidence] = []
    for cue in (cues.DEFINES, cues.DIFFICULT):
        fit = [
            e for e in _lone(papers, used) if cue.search(e.text) and not cues.PROPOSES.search(e.text) and e not in found
        ]
        floor = SINGLE_SHARE * max((near(e) for e in _lone(papers, used)), default=0.0)
        best = max(fit, key=lambda e: (near(e), e.id), default=None)
        if best is not None and near(best) >= floor * 0.8:
            found.append(best)
    return found


def _singles(papers: Sequence[_Paper], near: Near, used: set[str]) -> list[Evidence]:
    """Return the sentences outside the runs that are as near to the question as the best ones."""
    rest = sorted(_lone(papers, used), key=lambda e: (-near(e), e.id))
    spoken = [near(e) for paper in papers for e in paper.sentences if e.id in used]
    floor = SINGLE_SHARE * max(spoken, default=1.0)
    return [e for e in rest if near(e) >= floor][:SINGLES]


def _lone(papers: Sequence[_Paper], used: set[str]) -> list[Evidence]:
    return [
        e
        for paper in papers
        for e in paper.sentences
        if e.id not in used and _quotable(e) and cues.stands_alone(e.text) and not cues.HYPE.search(e.text)
    ]


# --- workflow rows -----------------------------------------------------------------------------------------

_STAGES: tuple[tuple[Stage, re.Pattern[str], re.Pattern[str]], ...] = (  # stage, cue, plain statement of it
    ("model", re.compile(f"{cues.MODEL.pattern}|{cues.PROPOSES.pattern}", re.I), cues.DOES),
    ("output", cues.OUTPUT, cues.PUTS_OUT),
    ("input", cues.INPUT, cues.TAKES_IN),
)


def _row(paper: _Paper, near: Near) -> Iterator[DraftClaim]:
    """Return one cell per stage that the paper states, no two from one sentence; an unstated stage has none."""
    free = [e for e in paper.sentences if _cell_fit(e)]
    for stage, cue, plain in _STAGES:
        fit = [e for e in free if cue.search(e.text)]
        if fit:
            best = max(fit, key=lambda e: (_cell_worth(e, plain, near), -e.number))
            free.remove(best)
            yield _verbatim(best, None, stage)


def _cell_fit(sentence: Evidence) -> bool:
    return (
        _quotable(sentence)
        and len(sentence.text) <= ROW_MAX
        and not cues.LIMITS.search(sentence.text)
        and not (cues.LEANS.search(sentence.text) and not cues.PROPOSES.search(sentence.text))
        and _section_worth(sentence) > -0.08
    )


def _cell_worth(sentence: Evidence, plain: re.Pattern[str], near: Near) -> float:
    return (
        near(sentence)
        + 0.20 * bool(plain.search(sentence.text))
        + 0.08 * bool(cues.PROPOSES.search(sentence.text))
        - 0.15 * bool(cues.HYPE.search(sentence.text))
        - 0.15 * bool(cues.DEFINES.search(sentence.text))
        - 0.10 * bool(cues.LEANS.search(sentence.text))
        - 0.05 * cues.citation_marks(sentence.text)
        + _section_worth(sentence)
    )
