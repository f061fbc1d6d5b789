"""Say what a writer is, and fill what a model left empty: a model never makes an answer emptier than it is without one.

A point, or a cell of a workflow, where nothing of what was written stands gets the sentence that the model picked for
it, else what the writer without a model would have chosen; all of it passes the gates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from rag.answers import Draft, DraftClaim, Task
from rag.gates import Settled, settle
from rag.writers.extractive import ExtractiveWriter


class Writer(Protocol):
    """Turn a task into a draft. A writer may only name evidence ids; quotes are the program's."""

    @property
    def name(self) -> str:
        """Return the name under which answers record the writer."""
        ...

    def write(self, task: Task) -> Draft:
        """Return claims for every point of the task; raise `WriterError` when none can be had."""
        ...


def floored(settled: Settled, draft: Draft, task: Task) -> Settled:
    """Return the claims that passed, with the papers' own sentences where a point or a workflow's cell has none."""
    fills: tuple[Callable[[], Draft], ...] = (lambda: Draft(draft.stand_ins), lambda: ExtractiveWriter().write(task))
    for fill in fills:
        empty = [number for number in range(len(task.points)) if not _is_full(number, settled, task)]
        if not empty:
            break
        quotes = settle(replace(fill(), in_short=()), task).claims or ((),) * len(task.points)
        claims = [
            tuple(_filled(claims, quotes[number])) if number in empty else claims
            for number, claims in enumerate(settled.claims)
        ]
        settled = replace(settled, claims=tuple(claims))
    return settled


def _is_full(number: int, settled: Settled, task: Task) -> bool:
    point, claims = task.points[number], settled.claims[number]
    if point.kind == "workflow":
        read = {item.paper for item in task.evidence if item.paper}
        return len({(claim.subject, claim.stage) for claim in claims if claim.stage}) == 3 * len(read)
    return point.kind == "papers" or bool(claims)


def _filled(claims: tuple[DraftClaim, ...], floor: tuple[DraftClaim, ...]) -> Iterator[DraftClaim]:
    """Yield the claims of a point, then one from the floor for each missing cell, or all where nothing is there."""
    yield from claims
    told = {(claim.subject, claim.stage) for claim in claims}
    said = {claim.text for claim in claims}
    for claim in floor:
        cell = (claim.subject, claim.stage)
        if claim.text not in said and (cell not in told if claim.stage else not claims):
            told.add(cell)
            yield claim
