"""Make tables of what systems made of questions: a row per set and system, and what one gains over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median

from eval.benchmarks.replies import Worth
from eval.benchmarks.sets import interval


@dataclass(frozen=True, slots=True)
class Measured:
    """Hold what one system made of one question."""

    set: str
    id: str
    system: str
    worth: Worth
    calls: int
    prompt_tokens: int
    cached_tokens: int
    reply_tokens: int
    seconds: float


def rows(found: Sequence[Measured]) -> list[dict[str, object]]:
    """Return a row per set and system, and per system over all questions where there are several sets."""
    groups: dict[tuple[str, str], list[Measured]] = {}
    for one in found:
        groups.setdefault((one.set, one.system), []).append(one)
    table = [row(name, system, group) for (name, system), group in groups.items()]
    if len({one.set for one in found}) > 1:
        systems = dict.fromkeys(one.system for one in found)
        table += [row("all", system, [one for one in found if one.system == system]) for system in systems]
    return table


def row(name: str, system: str, group: Sequence[Measured]) -> dict[str, object]:
    """Return the means of a system over some questions, those that matter with 95 % intervals."""
    told = [one.worth for one in group]
    seconds = [one.seconds for one in group]
    return {
        "set": name,
        "system": system,
        "questions": len(group),
        "evidence cited": _interval([one.evidence for one in told]),
        "shown": _mean([one.evidence_shown for one in told]),
        "answer F1": _interval([one.f1 for one in told]),
        "F1, whole": _mean([one.f1_whole for one in told]),
        "key fact said": _interval([one.said for one in told]),
        "sentences": _mean([one.sentences for one in told]),
        "of them cite": _share(told, "cited", "sentences"),
        "citations exist": _share(told, "found", "marks"),
        "quotes verbatim": _share(told, "verbatim", "quotes"),
        "unsupported": _share(told, "unsupported", "sentences"),
        "by all shown": _share(told, "unsupported_shown", "sentences"),
        "unsupported an answer": _mean([one.unsupported for one in told]),
        "refused": _mean([one.refused for one in told if one.answerable]),
        "said missing": _mean([one.missing for one in told if not one.answerable]),
        "model failed": sum(one.failed for one in told),
        "calls": _mean([one.calls for one in group]),
        "prompt tokens": round(fmean(one.prompt_tokens for one in group)),
        "of them known": round(fmean(one.cached_tokens for one in group)),
        "reply tokens": round(fmean(one.reply_tokens for one in group)),
        "s, median": round(median(seconds), 1),
        "s, mean": round(fmean(seconds), 1),
        "words": round(fmean(one.words for one in told)),
    }


def _mean(values: Sequence[float | None]) -> float | str:
    known = [value for value in values if value is not None]
    return round(fmean(known), 3) if known else ""


def _interval(values: Sequence[float | None]) -> str:
    known = [float(value) for value in values if value is not None]
    return interval(known) if known else ""


def _share(told: Sequence[Worth], part: str, whole: str) -> float | str:
    total = sum(getattr(one, whole) for one in told)
    return round(sum(getattr(one, part) for one in told) / total, 3) if total else ""


def gains(found: Sequence[Measured], ours: str, other: str) -> list[dict[str, object]]:
    """Return by how much one system cites evidence more often than another, over pairs of the same question."""
    table = []
    for name in [*dict.fromkeys(one.set for one in found), "all"]:
        pairs = {(one.set, one.id, one.system): one.worth.evidence for one in found if name in (one.set, "all")}
        keys = [key for key in pairs if key[2] == ours and pairs[key] is not None]
        gain = [float(pairs[key] or 0) - float(pairs[*key[:2], other] or 0) for key in keys
                if (*key[:2], other) in pairs]  # fmt: skip
        if gain:
            table.append({"set": name, "questions": len(gain), f"evidence cited, {ours} less {other}": interval(gain)})
    return table


def figures(one: Measured) -> dict[str, object]:
    """Return one answer's figures, without those that there is nothing to measure by."""
    told = {name: round(float(value), 3) for name, value in asdict(one.worth).items() if value is not None}
    return {**asdict(one), "worth": told}
