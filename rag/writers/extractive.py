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
from functools import lru_cache

from rag.briefs.whitelist import named_papers
from rag.types import Draft, DraftClaim, Evidence, Point, Stage, Task
from rag.writers import cues

RUN_MIN, RUN_MAX = 3, 6
PRESENTS, ANSWERS = 1.0, 0.4  # how much a run's presenting its own model counts: for a workflow, for a question
SINGLES = 2  # single sentences per point, at most
SINGLE_SHARE = 0.85  # of the best run's relevance: below that a lone sentence is beside the point
SPEAKS_SHARE = 0.5  # of the nearest paper's best sentence: a paper below that is silent on the point
BESIDE_NAMED = 0.6  # likewise, where the question names papers and this is none of them
LIMIT_BONUS = 0.15  # for a stated limit, where limits are asked for
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
    name: str  # casefolded short name of its model
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
        near = _nearness(number, f"{task.question} {point.text}" if point.kind == "prose" else "")
        if point.about_user:
            yield from (_verbatim(e) for e in task.evidence if e.source == "brief")
            yield from draft.take(_definitions(papers, near, draft.used))
        elif point.kind == "workflow":
            yield from self._runs(papers, near, draft, PRESENTS)
            for paper in papers:
                yield from _row(paper, near)
        elif point.kind == "prose":
            yield from self._runs(_speaking(papers, task, near), near, draft)
            yield from draft.take(_singles(papers, near, draft.used))

    def _runs(
        self, papers: Sequence[_Paper], near: Near, draft: _Draft, presents: float = ANSWERS
    ) -> Iterator[DraftClaim]:
        for paper in papers:
            yield from draft.take(_best_run(paper, near, draft.used, presents))


Near = Callable[[Evidence], float]


_ASKS_LIMITS = re.compile(r"\b(limit\w*|weak\w*|drawbacks?|shortcomings?|fail\w*|future work)\b", re.I)


def _nearness(point: int, asked: str) -> Near:
    """Return how near a sentence is to the question and to one point, in equal halves."""
    bonus = LIMIT_BONUS if _ASKS_LIMITS.search(asked) else 0.0

    def near(sentence: Evidence) -> float:
        to_point = sentence.for_point[point] if point < len(sentence.for_point) else sentence.relevance
        stated = bonus * bool(bonus and cues.OWN_LIMITS.search(sentence.text))
        return (sentence.relevance + to_point) / 2 + stated

    return near


def _verbatim(sentence: Evidence, text: str | None = None, stage: Stage | None = None) -> DraftClaim:
    return DraftClaim(text or sentence.text, (sentence.id,), "verbatim", sentence.paper, stage)


def _by_paper(task: Task) -> tuple[_Paper, ...]:
    """Group quotable sentences by paper, papers in the brief's order."""
    groups: dict[str, list[Evidence]] = {paper.paper: [] for paper in task.papers}
    for sentence in task.evidence:
        if sentence.paper in groups and sentence.source != "brief":
            groups[sentence.paper].append(sentence)
    names = {paper.paper: _short_name(paper.model) for paper in task.papers}
    return tuple(_Paper(paper, names[paper], tuple(group)) for paper, group in groups.items() if group)


def _speaking(papers: Sequence[_Paper], task: Task, near: Near) -> list[_Paper]:
    """Keep the papers that the question names, and those that speak of it about as much as the nearest one."""
    named = {paper.paper for paper in named_papers(task.question, task.papers)}
    best = {p.paper: max((near(e) for e in p.sentences if _quotable(e)), default=0.0) for p in papers}
    floor = (BESIDE_NAMED if named else SPEAKS_SHARE) * max(best.values(), default=0.0)
    return [p for p in papers if p.paper in named or best[p.paper] >= floor]


def _short_name(model: str) -> str:
    return re.split(r"[:(]", model)[0].strip().casefold()


# --- runs --------------------------------------------------------------------------------------------------


def _best_run(paper: _Paper, near: Near, used: set[str], presents: float) -> tuple[Evidence, ...]:
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
        return max(runs, key=lambda run: (_worth(run, near, nearest, presents), -run[0].number))
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


def _worth(run: Sequence[Evidence], near: Near, nearest: float, presents: float) -> float:
    """Weigh a run: nearness to the question against that of the paper's nearest sentence, then what it does."""
    size = len(run)
    says = [_says(e.text) for e in run]
    stages = sum(map(any, zip(*(told.stages for told in says), strict=True)))
    proposes = 1.0 if says[0].proposes else 0.6 if says[1].proposes else 0.0
    hype = sum(told.hypes for told in says) / size
    marks = sum(told.marks for told in says) / size
    return (
        0.5 * (sum(map(near, run)) / size + max(map(near, run))) / 2 / nearest
        + presents * (0.20 * proposes + 0.05 * stages)
        + 0.02 * min(size, 5)
        - 0.25 * hype
        - 0.10 * marks
        + _section_worth(run[0])
    )


@dataclass(frozen=True, slots=True)
class _Says:
    """Hold what a sentence does by its wording: the same for every run that it stands in."""

    stages: tuple[bool, bool, bool]  # takes something in, speaks of the model, puts something out
    proposes: bool
    hypes: bool
    marks: int


@lru_cache(cues.REMEMBERED)
def _says(text: str) -> _Says:
    return _Says(
        (bool(cues.INPUT.search(text)), bool(cues.MODEL.search(text)), bool(cues.OUTPUT.search(text))),
        bool(cues.PROPOSES.search(text)),
        bool(cues.HYPE.search(text)),
        cues.citation_marks(text),
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

_END = r"(?=\s*(?:[,;:.]|$|\s(?:and|which|that|while|whereas|where|by|using|via|through|in order|as well)\b))"
_THING = r"(?:\([^()]{1,80}\)|[^,;:.()=]){6,140}?"
_INPUTS = (  # the words of a sentence that name what goes in
    rf"\bgiven (?:a|an|the|one|two|several) (?!challenge|unavailability|lack|fact|importance|success){_THING}{_END}",
    rf"\b(?:takes|taking|receives|accepts) {_THING}(?: as (?:an |the |its )?inputs?)?{_END}",
    rf"\bfrom (?:(?:a|an|the|its|their|one|several|multiple) )?(?:[\w-]+ ){{0,3}}(?:images?|photos?|frames?|videos?|"
    rf"views?|observations?|texts?|documents?|passages?|data|measurements?|signals?|sequences?|sentences?)\b(?:{_THING})?{_END}",
)
_OUTPUTS = (
    rf"\b(?:outputs|produces|returns|yields|restores?|reconstructs?|synthesi[sz]es?|recovers?|renders|predicts|restoring|"
    rf"reconstructing|recovering|producing|generates) (?!to\b){_THING}{_END}",
)
_PARTS: dict[Stage, tuple[re.Pattern[str], ...]] = {
    "input": tuple(re.compile(pattern, re.I) for pattern in _INPUTS),
    "output": tuple(re.compile(pattern, re.I) for pattern in _OUTPUTS),
}
_DOES = re.compile(f"{cues.MODEL.pattern}|{cues.PROPOSES.pattern}", re.I)
_MATHS = re.compile(r"[^\x20-\x7e‘’“”–—é]|[=^{}<>_\\]")
_INNER = re.compile(  # an inner step or the training, not what a user gives or gets
    r"\b(large-scale|train(ing|ed)?|scratch|datasets?|features?|latents?|tokens?|maps?|optimi[sz]ation|loss|losses|gradients?)\b",
    re.I,
)
_NOUN = re.compile(r"\b[a-z]{4,}\b")
_BARE = frozenset(  # words that name nothing: a cell needs one word more
    "given takes taking receives accepts from input inputs output outputs restores restore restoring reconstructs "
    "produces returns yields recovers renders predicts generates them these those this that with into their".split()
)
_OWN = re.compile(
    r"\b(we|our|(the|this) ([\w-]+ )?(model|method|network|framework|approach|system|architecture))\b", re.I
)


def _row(paper: _Paper, near: Near) -> Iterator[DraftClaim]:
    """Return one cell per stage that the paper states; a stage that it does not state has none.

    The model's cell is a whole sentence; what goes in and comes out are the words that name it.
    """
    cells = [(e, e.text) for e in paper.sentences if _whole_fit(e)]
    if cells:
        yield _verbatim(
            max(cells, key=lambda cell: (_model_worth(cell[0], paper.name, near), -cell[0].number))[0], None, "model"
        )
    for stage, patterns in _PARTS.items():
        parts = [(e, part) for e in paper.sentences if _part_fit(e, paper.name) for part in _parts(e.text, patterns)]
        if parts:
            sentence, part = max(
                parts, key=lambda cell: (_part_worth(cell[0], cell[1], paper.name, near), -cell[0].number)
            )
            yield _verbatim(sentence, part, stage)


def _whole_fit(sentence: Evidence) -> bool:
    return (
        _quotable(sentence)
        and len(sentence.text) <= ROW_MAX
        and bool(_DOES.search(sentence.text))
        and not cues.LIMITS.search(sentence.text)
        and not (cues.LEANS.search(sentence.text) and not cues.PROPOSES.search(sentence.text))
        and _section_worth(sentence) > -0.08
    )


def _model_worth(sentence: Evidence, name: str, near: Near) -> float:
    return (
        near(sentence)
        + 0.15 * _speaks_of(name, sentence.text)
        + 0.20 * bool(cues.DOES.search(sentence.text))
        + 0.15 * bool(cues.PROPOSES.search(sentence.text))
        - 0.15 * bool(cues.HYPE.search(sentence.text))
        - 0.10 * bool(cues.LEANS.search(sentence.text))
        - 0.05 * cues.citation_marks(sentence.text)
        + _section_worth(sentence)
    )


def _part_fit(sentence: Evidence, name: str) -> bool:
    """Tell whether a sentence speaks of this paper's own model or of the task, in a section that does."""
    return (
        sentence.label in ("abstract", "body")
        and not set(sentence.flags) & {"second_hand", "fragment", "row", "addresses_reader"}
        and bool(
            sentence.source == "summary"
            or _speaks_of(name, sentence.text)
            or _OWN.search(sentence.text)
            or cues.DEFINES.search(sentence.text)
        )
        and not cues.LIMITS.search(sentence.text)
        and (_section_worth(sentence) > -0.08 or bool(cues.DEFINES.search(sentence.text)))
    )


def _parts(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[str]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            part = match.group(0).strip()
            if (
                not _MATHS.search(part)
                and part.isprintable()
                and not (cues.POINTS.search(part) or _INNER.search(part))
                and set(_NOUN.findall(part)) - _BARE
            ):
                yield part


def _part_worth(sentence: Evidence, part: str, name: str, near: Near) -> float:
    return (
        near(sentence)
        + 0.15 * _speaks_of(name, sentence.text)
        + 0.10 * bool(_OWN.search(sentence.text))
        + 0.15 * bool(re.search(r"\binputs?\b|\boutputs?\b", part, re.I))
        - 0.20 * bool(cues.HYPE.search(part) or cues.CONTRASTS.search(part))
        - 0.25 * ("formula" in sentence.flags)
        + _section_worth(sentence)
    )


def _speaks_of(name: str, text: str) -> bool:
    return len(name) > 2 and name in text.casefold()
