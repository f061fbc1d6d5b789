"""Choose the one or two claims that answer the question itself, where a writer has named none.

They are claims that passed: of a bare question the first, which its section leads with; of a brief those nearest to
its question. A second one is taken only if it adds what is asked for: another part of the question, or, where papers
are set side by side, another paper; or if it is a quote that the ranking holds for about as likely to answer as the
first. Not handled here: ranking (`nearness`), the gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from rag.answers import Draft, DraftClaim, Evidence, Task
from rag.gates import Settled, settle
from rag.language import shared, stands_alone, states_fact
from rag.papers import Part
from rag.writers.extractive import introduces
from rag.writers.nearness import LOG_ODDS, near_part

MOST = 2
OF_SIDES = 0.3  # for saying all words of what the question compares with
HALF = math.log(2)  # log-odds below the first quote: as far down a second one is half as likely to answer
LED = 0.5  # against a quote that cannot be read without what stands before it


def in_short(settled: Settled, task: Task) -> tuple[DraftClaim, ...]:
    """Return the writer's own answer in short if it passed, else the claims that come nearest to one."""
    claims = tuple(_prose(settled, task))
    if settled.in_short or not claims:
        return settled.in_short
    if sides := [paper for part in task.question.parts for paper in part.each]:
        first = {claim.subject: claim for claim in reversed(claims)}
        return tuple(first[paper] for paper in dict.fromkeys(sides) if paper in first)[:MOST]
    found = list(leading(claims, task)) if is_bare(task) else []
    several = len(task.papers) > 1 and compares(task)
    for part in asked(task)[len(found) : MOST]:
        told = {claim.subject for claim in found}
        rest = [claim for claim in claims if claim not in found and not (several and claim.subject in told)]
        if found and not several:
            rest = [claim for claim in rest if shared(claim.text, part.topics)]
        found += sorted(rest, key=_worth(task, part), reverse=True)[:1]
    return tuple(found)


def leading(claims: Sequence[DraftClaim], task: Task) -> Sequence[DraftClaim]:
    """Return the claim that leads; with the quote that it introduces, or one next to it that is half as likely.

    Where the two best sentences of a paper score alike, the first answers as often as the second. That holds for one
    question that asks for no number of sentences.
    """
    known = {item.id: item for item in task.evidence}
    quotes = [known[claim.evidence[0]] for claim in claims[:MOST] if claim.form == "verbatim"]
    parts = task.question.parts
    if len(quotes) < MOST or compares(task):
        return claims[:1]
    if introduces(*quotes):
        return claims[:MOST]
    if len(parts) > 1 or parts[0].length or not all(quote.scores for quote in quotes):
        return claims[:1]
    near = near_part(quotes, 0, parts[0])
    first, second = (LOG_ODDS * near[quote.id] for quote in quotes)
    return claims[: MOST if second >= first - HALF else 1]


def nearest(settled: Settled, task: Task) -> tuple[DraftClaim, ...]:
    """Return at most two quotes that come nearest to what is asked: of the claims, else of all sentences."""
    quotes = [claim for claim in _prose(settled, task) if claim.form == "verbatim"]
    if not quotes:
        told = [item for item in task.evidence if item.source != "brief"]
        near = near_part(told, len(task.points))
        ranked = sorted(told, key=lambda item: -near[item.id])
        lone = [item for item in ranked if states_fact(item.text) and stands_alone(item.text)][: 2 * MOST]
        drafts = tuple(DraftClaim(item.text, (item.id,), "verbatim", item.paper) for item in lone)
        quotes = [claim for claims in settle(Draft((drafts,)), task).claims for claim in claims]
    return tuple(quotes[:MOST])


def is_bare(task: Task) -> bool:
    """Tell whether a question has no points of its own: one section of prose answers it."""
    return [(point.kind, point.text) for point in task.points if point.kind != "papers"] == [("prose", "")]


def asked(task: Task) -> Sequence[Part]:
    """Return the parts to answer in short; a comparison is answered once for each of two papers."""
    parts = task.question.parts
    return (*parts, *parts) if len(parts) == 1 and len(task.papers) > 1 and compares(task) else parts


def compares(task: Task) -> bool:
    """Tell whether things are set side by side, so that each has to be answered for."""
    told = any(part.sides or part.each or part.kind == "difference" for part in task.question.parts)
    return told or len(task.question.names.papers) > 1


def _prose(settled: Settled, task: Task) -> Iterator[DraftClaim]:
    """Yield the claims of prose that rest on a paper: a workflow's cells are parts of sentences.

    What only says what the user wants to do answers nothing.
    """
    sources = {item.id: item.source for item in task.evidence}
    for point, claims in zip(task.points, settled.claims, strict=False):  # a refusal has none
        for claim in () if point.about_user else claims:
            if claim.stage is None and any(sources[name] != "brief" for name in claim.evidence):
                yield claim


def _worth(task: Task, part: Part) -> Callable[[DraftClaim], float]:
    """Return what tells how near a claim is to the question, to the answer wanted, and to what it is compared with."""
    told = [item for item in task.evidence if item.source != "brief"]
    near = near_part(told, len(task.points), part)
    worth = {item.id: near[item.id] + OF_SIDES * _of_sides(item, part) for item in told}

    def of(claim: DraftClaim) -> float:
        led = claim.form == "verbatim" and not stands_alone(claim.text)
        return max(worth.get(name, 0.0) for name in claim.evidence) - LED * led

    return of


def _of_sides(item: Evidence, part: Part) -> float:
    """Return the share of the words of a comparison's other side that a sentence says."""
    topics = {stem: word for side in part.sides for stem, word in side.topics.items()}
    return len(shared(item.text, topics)) / len(topics) if topics else 0.0
