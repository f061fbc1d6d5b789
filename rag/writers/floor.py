"""Fill what a model left empty with the extractive writer's choice: a model never makes an answer emptier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.answers import DraftClaim, Task
from rag.gates import Settled, settle
from rag.writers.extractive import ExtractiveWriter


def floored(settled: Settled, task: Task) -> Settled:
    """Return the claims that passed, with the papers' own sentences where a point or a workflow's cell has none."""
    if all(_is_full(number, settled, task) for number in range(len(task.points))):
        return settled
    floor = settle(ExtractiveWriter().write(task), task)
    claims = [
        claims if _is_full(number, settled, task) else tuple(_filled(claims, floor.claims[number]))
        for number, claims in enumerate(settled.claims)
    ]
    return replace(settled, claims=tuple(claims))


def _is_full(number: int, settled: Settled, task: Task) -> bool:
    point, claims = task.points[number], settled.claims[number]
    if point.kind == "workflow":
        read = {item.paper for item in task.evidence if item.paper}
        return len({(claim.subject, claim.stage) for claim in claims if claim.stage}) == 3 * len(read)
    return point.kind == "papers" or bool(claims)


def _filled(claims: tuple[DraftClaim, ...], floor: tuple[DraftClaim, ...]) -> Iterator[DraftClaim]:
    """Yield the claims of a point; missing cells, and everything where nothing is there, come from the floor."""
    yield from claims
    told = {(claim.subject, claim.stage) for claim in claims}
    said = {claim.text for claim in claims}
    for claim in floor:
        if (not claims or (claim.stage and (claim.subject, claim.stage) not in told)) and claim.text not in said:
            yield claim
