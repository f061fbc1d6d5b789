"""Take the key papers away and ask again: a claim that comes back without support came from the model's memory.

The engine is handed in as a callable that returns the raw reply, before any gate: what the writer proposed and the
evidence that it was shown. Nothing is repaired before it is judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from rag.answers import Answer, Draft, DraftClaim, Task
from rag.papers import AllowedPaper

from . import quantities
from .cases import Case
from .library import bare_id as without_version
from .report import Report
from .support import supported
from .words import stems

AskRaw = Callable[[Case], tuple[Draft, Task]]
SAME = 0.5  # share of content stems, of both together, from which two sentences say the same


def key_papers(case: Case, answer: Answer) -> tuple[str, ...]:
    """Return the papers without which the case cannot be answered: as labelled, else the one cited most."""
    if case.key_papers:
        return case.key_papers
    cited = Counter(c.paper for claim in answer.claims for c in claim.citations if c.source == "pdf" and c.paper)
    return (min(cited, key=lambda paper: (-cited[paper], paper)),) if cited else ()


def reduced(case: Case, keys: Iterable[str]) -> Case:
    """Return the case without the key papers; where nothing is left, with the library's other papers instead."""
    less = case.without(keys)
    if less.papers or not case.library:
        return less
    decoys = tuple(AllowedPaper(without_version(key)) for key in case.library if without_version(key) not in set(keys))
    return replace(less, papers=decoys, brief="")


def leak_test(case: Case, answer: Answer, ask_raw: AskRaw) -> Report:
    """Return which claims on the key papers came back, and which of them without support in their new citations."""
    keys = key_papers(case, answer)
    less = reduced(case, keys)
    told = {
        "case": case.id,
        "key_papers": list(keys),
        "compared": 0,
        "returned": 0,
        "leaked": 0,
        "claims": [],
        "why": "",
    }
    first = [
        claim.text for claim in answer.claims if any(c.paper in keys and c.source == "pdf" for c in claim.citations)
    ]
    if not first or not less.papers:
        return {**told, "why": "no claim rests on the key papers" if not first else "no other paper is allowed"}
    draft, task = ask_raw(less)
    shown = {item.id: item.text for item in task.evidence if draft.shown is None or item.id in draft.shown}
    again = [claim for claims in draft.claims for claim in claims]
    rows = [row for text in first if (row := _row(text, again, shown, less)) is not None]
    return {
        **told,
        "compared": len(first),
        "returned": len(rows),
        "leaked": sum(row["leaked"] for row in rows),
        "claims": rows,
    }


def _row(text: str, again: list[DraftClaim], shown: dict[str, str], case: Case) -> Report | None:
    best = max(again, key=lambda claim: alike(text, claim.text), default=None)
    if best is None or alike(text, best.text) < SAME:
        return None
    quotes = [shown[name] for name in best.evidence if name in shown]
    borne = supported(best.text, quotes, case.granted)
    return {
        "first": text,
        "again": best.text,
        "alike": round(alike(text, best.text), 6),
        "supported": borne,
        "leaked": not borne,
    }


def alike(one: str, other: str) -> float:
    """Return how much two sentences share: stems of both together, with figures that differ counting against it."""
    a, b = stems(one), stems(other)
    figures = (
        {round(q.value, 9) for q in quantities.quantities(one)},
        {round(q.value, 9) for q in quantities.quantities(other)},
    )
    every = len(a | b) + len(figures[0] | figures[1])
    return (len(a & b) + len(figures[0] & figures[1])) / every if every else 0.0
