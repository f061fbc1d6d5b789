"""Compare two reports: which metrics moved, which claims were mended, which broke."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .metrics import LOWER_IS_BETTER
from .report import FAILED, Report, wrongs
from .report_text import plain, short

CLOSE = 1e-9
PARTS = ("metrics", "violations", "cases", "answering_metrics", "answering")  # the last two: the second scale
ORDER = ("worse", "better", "other", "new", "gone")  # in which cases are told


def compare(old: Report, new: Report) -> Report:
    """Return what got better or worse from the old report to the new one."""
    return {
        "schema": "rag.comparison/1",
        "metrics": list(_metrics(old["metrics"], new["metrics"])),
        "violations": [row for kind in new["violations"] if (row := _count(kind, old, new))],
        "cases": list(_cases(old, new)),
        "answering_metrics": list(_metrics(_second(old), _second(new))),
        "answering": list(_answering(old, new)),
    }


def worse(comparison: Report) -> bool:
    """Tell whether anything got worse."""
    return any(row["change"] == "worse" for part in PARTS for row in comparison[part])


def _second(report: Report) -> Report:
    """Return the shares of the second scale; a report of an earlier version has none."""
    shares: Report = report.get("answering", {}).get("metrics", {})
    return shares


def _metrics(old: Report, new: Report) -> Iterator[Report]:
    return (row for name in new if (row := _metric(name, old, new)))


def _metric(name: str, old: Report, new: Report) -> Report | None:
    before, after = (shares.get(name, {}).get("value") for shares in (old, new))
    if before == after or (before is not None and after is not None and abs(before - after) < CLOSE):
        return None
    if before is None or after is None:
        change = "no data before" if before is None else "no data now"
    else:
        change = "better" if (after < before) == (name in LOWER_IS_BETTER) else "worse"
    return {"name": name, "old": before, "new": after, "change": change}


def _count(kind: str, old: Report, new: Report) -> Report | None:
    before, after = (sum(report["violations"].get(kind, {"n": 0}).values()) for report in (old, new))
    if before == after:
        return None
    return {"name": kind, "old": before, "new": after, "change": "better" if after < before else "worse"}


def _cases(old: Report, new: Report) -> Iterator[Report]:
    """Yield a row per case that differs: what got worse first, then what got better, is otherwise, new, gone."""
    before = {case["id"]: case for case in old["cases"]}
    after = {case["id"]: case for case in new["cases"]}
    rows = [_case(name, before.get(name), after.get(name)) for name in dict.fromkeys((*before, *after))]
    yield from sorted((row for row in rows if row), key=lambda row: ORDER.index(row["change"]))


def _case(name: str, before: Report | None, after: Report | None) -> Report | None:
    gained, lost = _faults(after) - _faults(before), _faults(before) - _faults(after)
    if before is None or after is None:
        change = "new" if before is None else "gone"
    elif _rank(before) != _rank(after):
        change = "worse" if _rank(after) > _rank(before) else "better"
    elif gained or lost or _state(before) != _state(after):
        change = "other"
    else:
        return None
    return {
        "name": name,
        "question": (after or before or {}).get("question") or "",
        "old": _state(before),
        "new": _state(after),
        "change": change,
        "gained": [_told(fault) for fault in gained.elements()],
        "lost": [_told(fault) for fault in lost.elements()],
    }


# --- the second scale -------------------------------------------------------------------------------------------


def _answering(old: Report, new: Report) -> Iterator[Report]:
    """Yield a row per case that answers better or worse than before, what got worse first."""
    before = {case["id"]: case for case in old["cases"]}
    pairs = [(before[case["id"]], case) for case in new["cases"] if case["id"] in before]
    limits = [(report.get("answering", {}).get("judge") or {}).get("threshold") for report in (old, new)]
    rows = [
        {
            "name": after["id"],
            "question": after["question"],
            "old": _answers(was, limits[0]),
            "new": _answers(after, limits[1]),
            "change": "better" if _worth(after, limits[1]) > _worth(was, limits[0]) else "worse",
        }
        for was, after in pairs
        if _worth(was, limits[0]) != _worth(after, limits[1])
    ]
    yield from sorted(rows, key=lambda row: ORDER.index(row["change"]))


def _worth(case: Report, limit: float | None) -> tuple[bool, bool, int]:
    """Return what is compared: a refusal in its right place, a leading claim that answers, key facts stated."""
    told = case.get("answering") or {}
    score = told.get("first_answers")
    leads = bool(told.get("first_states_fact")) or (score is not None and limit is not None and score >= limit)
    return told.get("refusal_right") is not False, leads, told.get("key_facts", [0, 0])[0]


def _answers(case: Report, limit: float | None) -> str:
    right, leads, found = _worth(case, limit)
    of = (case.get("answering") or {}).get("key_facts", [0, 0])[1]
    led = "leads with an answer" if leads else "does not lead with an answer"
    told = [led if case["status"] == "answered" else case["status"]]
    told += [f"{found} of {of} key facts"] if of else []
    told += [] if right else [f"wrong to have {case['status']}"]
    return ", ".join(told)


Fault = tuple[str, str, str]
"""A kind, its reason, and the claim at which it stands."""


def _faults(case: Report | None) -> Counter[Fault]:
    """Return what is wrong with a case, wherever it stands: a claim that only moved is the same."""
    return Counter((wrong.kind, wrong.reason, wrong.claim) for wrong in wrongs(case)) if case else Counter()


def _told(fault: Fault) -> Report:
    kind, reason, claim = fault
    return {"kind": kind, "reason": reason, "claim": claim}


def _rank(case: Report) -> tuple[bool, int]:
    return case["status"] == FAILED, len(wrongs(case))


def _state(case: Report | None) -> str:
    if case is None:
        return "absent"
    return f"{case['status']}, {len(wrongs(case))} wrong, {len(case['claims'])} claims"


def text(comparison: Report) -> str:
    """Return a comparison as plain text."""
    lines = []
    for row in (row for part in PARTS for row in comparison[part]):
        lines.append(f"{row['change']:8} {plain(row['name'])}: {_show(row['old'])} -> {_show(row['new'])}")
        lines += [f"         now: {_line(fault)}" for fault in row.get("gained", ())]
        lines += [f"         no longer: {_line(fault)}" for fault in row.get("lost", ())]
    return "\n".join(lines or ["nothing changed"]) + "\n"


def _line(fault: Report) -> str:
    return f"{fault['kind']}: {plain(short(fault['reason']))}" + (
        f" ({plain(short(fault['claim']))})" if fault["claim"] else ""
    )


def _show(value: object) -> str:
    return "no data" if value is None else f"{value:.3f}" if isinstance(value, float) else plain(str(value))
