"""Part a task into small questions, each with the few sentences that may answer it: what a small model can do well.

A part of a question is asked by itself; where papers are set side by side, each paper is asked for itself with its own
sentences; a workflow row is asked cell by cell. A brief's own question is asked last, for what stands in short.
Sentences are ranked for that very question.
Not handled: asking (`small`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answers import Evidence, Stage, Task
from rag.language import addresses_reader, is_plain, phrases
from rag.papers import AllowedPaper, Part
from rag.writers.extractive import SPEAKS
from rag.writers.nearness import Near, near_part, section_worth
from rag.writers.short_answer import is_bare

SHOWN = 8  # sentences of a question over one or all papers: each costs a model's yes or no
SHOWN_OF_ONE = 4  # of one paper, where several are asked the same question
SHOWN_OF_CELL = 3  # of one paper, for a cell of its row in a workflow
KEEP = 3  # sentences of those, from which the answer is written: with more, a small model loses its way
KEEP_OF_CELL = 2
LEANS = 0.1  # against a sentence that opens with "It" or "However": what it is about stands before it
LONGEST = 480  # characters of a sentence: longer ones are lists and run-together rows
MOST_PARTS = 2  # of a brief's question, that are answered in short
MOST_PAPERS = 4  # papers that are asked one by one for a part
FORMED = frozenset({"amount", "name", "limits", "meaning", "reason"})  # kinds of answer that a side is asked for itself
PRESENTS = 0.15  # for a side's own account of itself in a comparison, against its results
CUE = 0.2  # for a sentence that speaks of an input, a model, an output as such
_UNFIT = frozenset({"addresses_reader", "formula", "fragment"})
_PROSE = frozenset({"abstract", "body", "appendix", "footnote", "caption"})
_CELLS: tuple[tuple[Stage, str], ...] = (
    ("input", "What does {name} take as input?"),
    ("model", "How does {name} work?"),
    ("output", "What does {name} produce?"),
)


@dataclass(frozen=True, slots=True)
class Slot:
    """Hold one small question: what is asked, the sentences shown (best first), and where its claims go."""

    point: int | None  # of the task; None for the question itself, which is answered in short
    ask: str
    shown: tuple[Evidence, ...]
    most: int = 2  # sentences to be written, at most
    paper: str | None = None
    stage: Stage | None = None
    keep: int = 0  # sentences to be picked, from which it is written; 0: all that are shown


def slots(task: Task) -> Iterator[Slot]:
    """Yield the small questions of a task, point by point; those without a sentence to show are left out."""
    for number, point in enumerate(task.points):
        if point.about_user:
            found = of_user(number, task)
        elif point.kind == "workflow":
            found = of_workflow(number, task)
        elif point.kind == "prose":
            parts = task.question.asked(number)
            found = (s for part in parts for s in of_part(number, part, task, near_part(task.evidence, number, part)))
        else:
            continue
        yield from (slot for slot in found if slot.shown)
    if not is_bare(task):
        yield from (slot for part in task.question.parts[:MOST_PARTS] for slot in in_short(part, task) if slot.shown)


def of_user(number: int, task: Task) -> Iterator[Slot]:
    """Ask what the user wants, from the question's own sentences, and what the papers call the task."""
    own = tuple(e for e in task.evidence if e.source == "brief")
    yield Slot(number, "What does the user who asks this want to know?", own, 1)
    near = near_part(task.evidence, number)
    defined = [e for e in _fit(task.evidence) if phrases.DEFINES.search(e.text)]
    yield Slot(
        number, "What task do the papers work on, and what is it?", _best(defined, near, SHOWN_OF_ONE), 1, keep=1
    )


def of_workflow(number: int, task: Task) -> Iterator[Slot]:
    """Ask for each cell of each paper's row by itself, with the sentences that speak of such a thing first."""
    near = near_part(task.evidence, number)
    for paper in task.papers:
        own = [e for e in _fit(task.evidence) if e.paper == paper.paper]
        for stage, ask in _CELLS:
            cue = {"input": phrases.INPUT, "model": phrases.MODEL, "output": phrases.OUTPUT}[stage]
            worth = {e.id: near[e.id] + section_worth(e) + CUE * bool(cue.search(e.text)) for e in own}
            shown, named = _best(own, worth, SHOWN_OF_CELL), ask.format(name=_name(paper, task))
            yield Slot(number, named, shown, 1, paper.paper, stage, KEEP_OF_CELL)


def of_part(number: int | None, part: Part, task: Task, near: Near) -> Iterator[Slot]:
    """Ask a part of all papers at once, or of each paper for itself where they are set side by side."""
    fit = _fit(task.evidence, rows=part.kind in ("amount", "name"))
    named = [paper for paper in task.papers if paper.paper in part.each]  # set side by side: none is left out
    speaking = named or _speaking(fit, near, task)
    if len(speaking) > 1 and (named or part.sides or part.kind == "difference" or len(task.question.names.papers) > 1):
        for paper in speaking[:MOST_PAPERS]:
            own = [e for e in fit if e.paper == paper.paper]
            yield of_side(number, part, paper, own, near, task)
    else:
        most = 2 if part.kind in ("account", "reason", "limits", "name") else 1
        yield Slot(number, part.text, _best(fit, near, SHOWN), most, keep=KEEP)


def of_side(
    number: int | None, part: Part, paper: AllowedPaper, own: Sequence[Evidence], near: Near, task: Task
) -> Slot:
    """Ask one of several papers, over its own sentences: for what a part wants of each, or for what it does itself."""
    side = part.each.get(paper.paper)
    if side and side.kind in FORMED:
        ask, worth = side.text, near
    else:
        ask, worth = of_one_side(part, paper, task), {e.id: near[e.id] + _presents(e) for e in own}
    return Slot(number, ask, _best(own, worth, SHOWN_OF_ONE), 1, paper.paper, keep=KEEP)


def _presents(sentence: Evidence) -> float:
    """Return what it is worth to a comparison that a sentence says what its paper does, and not who wins."""
    says = bool(phrases.PROPOSES.search(sentence.text))
    return PRESENTS * (says - (not says and bool(phrases.HYPE.search(sentence.text))))


def in_short(part: Part, task: Task) -> Iterator[Slot]:
    """Ask a part of a brief's own question, whatever its points are: a wide one, so nearness ranks, not the form."""
    near = {e.id: e.relevance for e in task.evidence}
    yield from (replace(slot, most=1) for slot in of_part(None, part, task, near))


def of_one_side(part: Part, paper: AllowedPaper, task: Task) -> str:
    """Word a comparison's question for one side: what that paper does about the topic, not who wins."""
    names = {word.casefold() for other in task.papers for word in re.split(r"[-\s:]+", other.model)}
    topic = [w for w in part.topics.values() if w.casefold() not in names and not is_plain(w)]
    return f"How does {_name(paper, task)} deal with {' '.join(topic)}?" if topic else part.text


def _speaking(fit: Sequence[Evidence], near: Near, task: Task) -> list[AllowedPaper]:
    """Return the papers whose best sentence answers about as well as any, best first."""
    best = {p.paper: max((near[e.id] for e in fit if e.paper == p.paper), default=-math.inf) for p in task.papers}
    floor = max(best.values(), default=0.0) - SPEAKS
    return sorted((p for p in task.papers if best[p.paper] >= floor), key=lambda p: -best[p.paper])


def _fit(evidence: Sequence[Evidence], rows: bool = False) -> list[Evidence]:
    """Return the papers' sentences that are worth showing: whole prose, and table rows where amounts are asked."""
    return [
        e
        for e in evidence
        if e.source != "brief"
        and (e.label in _PROSE or (rows and e.label == "table"))
        and not _UNFIT & set(e.flags)
        and len(e.text) <= LONGEST
        and not addresses_reader(e.text)
    ]


def _best(evidence: Sequence[Evidence], near: Mapping[str, float], most: int) -> tuple[Evidence, ...]:
    worth = {e.id: near[e.id] - LEANS * bool(phrases.LEANS.search(e.text)) for e in evidence}
    return tuple(sorted(evidence, key=lambda e: (-worth[e.id], e.number))[:most])


def _name(paper: AllowedPaper, task: Task) -> str:
    """Return what the paper calls its model: the part of the given name that its sentences say most often."""
    given = paper.model.split(":")[0].strip()
    own = " ".join(e.text for e in task.evidence if e.paper == paper.paper)
    parts = [part for part in re.split(r"[-\s]+", given) if part != part.lower() and part in own]
    if given in own or not parts:
        return given or f"the paper {paper.paper}"
    return max(parts, key=own.count)
