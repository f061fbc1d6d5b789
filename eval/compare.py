"""Compare two reports: which metrics moved, which claims were mended, which broke."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .metrics import LOWER_IS_BETTER
from .report import Report
from .report_text import plain

CLOSE = 1e-9


def compare(old: Report, new: Report) -> Report:
    """Return what got better or worse from the old report to the new one."""
    return {
        "schema": "rag.comparison/1",
        "metrics": [row for name in new["metrics"] if (row := _metric(name, old, new))],
        "violations": [row for kind in new["violations"] if (row := _count(kind, old, new))],
        "cases": list(_cases(old, new)),
    }


def worse(comparison: Report) -> bool:
    """Tell whether anything got worse."""
    return any(row["change"] == "worse" for part in ("metrics", "violations", "cases") for row in comparison[part])


def _metric(name: str, old: Report, new: Report) -> Report | None:
    before = old["metrics"].get(name, {}).get("value")
    after = new["metrics"][name]["value"]
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
    before = {case["id"]: case for case in old["cases"]}
    after = {case["id"]: case for case in new["cases"]}
    for name in dict.fromkeys((*before, *after)):
        if name not in after or name not in before:
            yield {
                "name": name,
                "old": _state(before.get(name)),
                "new": _state(after.get(name)),
                "change": "gone" if name in before else "new",
            }
            continue
        one, two = _state(before[name]), _state(after[name])
        if one != two:
            change = (
                "worse"
                if _rank(after[name]) > _rank(before[name])
                else "better"
                if _rank(after[name]) < _rank(before[name])
                else "other"
            )
            yield {"name": name, "old": one, "new": two, "change": change}


def _bad(case: dict[str, Any]) -> int:
    return sum(1 for claim in case["claims"] if claim["verdict"] == "bad") + sum(1 for _ in case["around"])


def _rank(case: dict[str, Any]) -> tuple[bool, int]:
    return case["status"] == "failed", _bad(case)


def _state(case: dict[str, Any] | None) -> str:
    return f"{case['status']}, {_bad(case)} bad of {len(case['claims'])}" if case else "absent"


def text(comparison: Report) -> str:
    """Return a comparison as plain text."""
    lines = [
        f"{row['change']:8} {plain(str(row['name']))}: {_show(row['old'])} -> {_show(row['new'])}"
        for part in ("metrics", "violations", "cases")
        for row in comparison[part]
    ]
    return "\n".join(lines or ["nothing changed"]) + "\n"


def _show(value: object) -> str:
    return "no data" if value is None else f"{value:.3f}" if isinstance(value, float) else plain(str(value))
