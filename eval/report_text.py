"""Print a report for people: as a table for a terminal, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .report import FAILED, Report, wrongs

FAIR = 0.4  # Cohen's kappa up to which agreement is fair at most (Landis and Koch 1977)
SHOWN = 40  # violations that a terminal table lists before it says how many more there are
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def table(report: Report) -> str:
    """Return a report as plain text."""
    lines = [*_head(report), ""]
    lines += _columns(("metric", "value", "95 % interval", "of"), _metric_rows(report))
    lines += ["", *_answering(report), "", *_faithfulness(report)]
    counted = [
        (kind, str(n["kind"]), str(n["also"])) for kind, n in report["violations"].items() if n["kind"] or n["also"]
    ]
    if counted:
        lines += ["", *_columns(("violation", "kind", "also"), counted)]
    rows = [(case["id"], _case_state(case), str(len(case["claims"])), str(_bad(case))) for case in report["cases"]]
    lines += ["", *_columns(("case", "outcome", "claims", "bad"), rows)] if len(rows) > 1 else []
    found = [(case["id"], wrong) for case in report["cases"] for wrong in wrongs(case) if wrong.kind != FAILED]
    lines += ["", "What is wrong, and where:"] if found else []
    for case, wrong in found[:SHOWN]:
        also = f" (also {', '.join(wrong.also)})" if wrong.also else ""
        lines.append(f"  {plain(case)} {wrong.place}: {wrong.kind}{also}: {plain(short(wrong.reason))}")
        lines += [f"      {plain(short(wrong.claim))}"] if wrong.claim else []
    if len(found) > SHOWN:
        lines.append(f"  and {len(found) - SHOWN} more; see --format json, md or html")
    lines += _leak_lines(report)
    lines += [f"problem: {plain(problem)}" for problem in report["problems"]]
    return "\n".join(lines) + "\n"


def _head(report: Report) -> list[str]:
    s = report["summary"]
    lines = [
        (
            f"{s['cases']} case{'s' if s['cases'] != 1 else ''}: {s['answered']} answered, {s['refused']} refused, "
            f"{s['failed']} failed"
        ),
        f"{s['claims']} claims: {s['good']} checked and good, {s['bad']} checked and bad, "
        f"{s['cannot_be_checked']} cannot be checked ({s['claims_on_the_brief_alone']} rest on the brief alone)",
    ]
    for level, n in report["levels"].items():
        lines.append(
            f"{level + ':':8} {n['good']} good, {n['bad']} bad, {n['cannot_be_checked']} cannot be checked "
            f"({n['means']})"
        )
    if s["notes"]:
        lines.append("noted: " + ", ".join(f"{note} {count}" for note, count in s["notes"].items()))
    if any(case["whitelist"] is None for case in report["cases"]):
        lines.append(
            "no whitelist was given for some answers: what they may cite cannot be checked (--brief, --questions)"
        )
    return lines


def _metric_rows(report: Report) -> Iterator[tuple[str, ...]]:
    yield from (_metric_row(name, m) for name, m in report["metrics"].items())
    value = report["substance"]
    yield "substance", "no data" if value is None else f"{value:.2f}", "", "cited claims a section"


def _metric_row(name: str, m: dict[str, Any]) -> tuple[str, ...]:
    if m["value"] is None:
        return name, "no data", "", "0"
    low, high = m["interval"]
    return name, f"{m['value']:.3f}", f"{low:.3f} to {high:.3f}", f"{m['hits']}/{m['n']}"


def _answering(report: Report) -> list[str]:
    """Return the second scale as lines."""
    told = report["answering"]
    rows = [_metric_row(name, m) for name, m in told["metrics"].items() if m["value"] is not None]
    if not rows and not told["judge"]:
        return ["Does it answer? no data: questions with `facts` or `expect` tell, or a model (--judge SPEC)"]
    lines = [f"Does it answer? ({told['means']})"]
    lines += _columns(("metric", "value", "95 % interval", "of"), rows) if rows else ["no data"]
    return lines + model_notes(told)


def _faithfulness(report: Report) -> list[str]:
    """Return how claims in own words bear out as lines."""
    told = report["faithfulness"]
    rows = [_metric_row(name, m) for name, m in told["metrics"].items() if m["value"] is not None]
    if not rows:
        return ["Do claims in own words bear out? no data: none quotes a paper"]
    head = f"Do claims in own words bear out? ({told['means']})"
    return [head, *_columns(("metric", "value", "95 % interval", "of"), rows), *model_notes(told)]


def model_notes(told: Report) -> list[str]:
    """Return what is to be known of the model that judged, and how much it was not heard on, with the reasons."""
    lines = []
    if judge := told["judge"]:
        lines.append(f"judge {plain(judge['model'])}, {judge['labels']} labelled claims: {_agreement(judge)}")
        if judge["kappa"] is not None and judge["kappa"] < FAIR:
            lines.append("it agrees with the reader too little for its figures to be more than a hint")
        lines += [f"unscored labels: {n}: {plain(reason)}" for reason, n in judge["unscored_labels"].items()]
    return [*lines, *(f"unscored: {n}: {plain(reason)}" for reason, n in told["unscored"].items())]


def _agreement(judge: Report) -> str:
    """Return how far a model agrees with the labels."""
    if judge["threshold"] is None:
        return "it was not heard on claims of both kinds, so nothing that it says is counted"
    right, wrong = judge["right_passed"], judge["wrong_passed"]
    return (
        f"AUC {_with_interval(judge, 'auc')}, Cohen's kappa {_with_interval(judge, 'kappa')}; passes "
        f"{right['hits']} of {right['n']} right ones and {wrong['hits']} of {wrong['n']} wrong ones; "
        f"believed from {judge['threshold']:.3g} on"
    )


def _with_interval(judge: Report, name: str) -> str:
    if judge[name] is None or judge[f"{name}_interval"] is None:
        return "no data"
    low, high = judge[f"{name}_interval"]
    return f"{judge[name]:.2f} ({low:.2f} to {high:.2f})"


def _columns(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    every = [tuple(head), *(tuple(plain(cell) for cell in row) for row in rows)]
    widths = [max(len(row[i]) for row in every) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in every]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _case_state(case: dict[str, Any]) -> str:
    if case["status"] == "failed":
        return f"failed: {case['error'] or 'no reason given'}"
    return f"refused: {case['refusal'] or 'no reason given'}" if case["status"] == "refused" else str(case["status"])


def _bad(case: dict[str, Any]) -> int:
    return sum(1 for claim in case["claims"] if claim["verdict"] == "bad") + sum(1 for _ in case["around"])


def _leak_lines(report: Report) -> list[str]:
    lines = []
    for leak in report.get("leak", ()):
        lines.append(
            f"leak test, {plain(leak['case'])}: {leak['leaked']} of {leak['compared']} claims came back without support"
        )
        lines += [f"  {plain(short(row['again']))}" for row in leak["claims"] if row["leaked"]]
    return lines


def plain(text: str) -> str:
    """Return text without control and direction characters, on one line."""
    return " ".join(_CONTROL.sub("", text).split())


def short(text: str, limit: int = 110) -> str:
    """Return a text, or its beginning where it is long."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


# --- Markdown ---------------------------------------------------------------------------------------------------

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$-])")


def escape(text: str) -> str:
    """Return text that Markdown prints as it is."""
    return _SPECIAL.sub(r"\\\1", plain(text)).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")


def markdown(report: Report) -> str:
    """Return a report as Markdown."""
    lines = [f"# Evaluation{': ' + escape(report['name']) if report['name'] else ''}", ""]
    lines += [f"- {escape(line)}" for line in _head(report)]
    lines += ["", "| metric | value | 95 % interval | of |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in _metric_rows(report)]
    lines += ["", *_scale_markdown("Does it answer?", report["answering"])]
    lines += ["", *_scale_markdown("Do claims in own words bear out?", report["faithfulness"])]
    counted = [(kind, n) for kind, n in report["violations"].items() if n["kind"] or n["also"]]
    if counted:
        lines += ["", "| violation | kind | also |", "|---|---|---|"]
        lines += [f"| {escape(kind)} | {n['kind']} | {n['also']} |" for kind, n in counted]
    for case in report["cases"]:
        lines += _case_markdown(case)
    lines += [f"\nSupport: {escape(report['support_check'])}."]
    lines += [f"- {escape(line)}" for line in _leak_lines(report)]
    lines += [f"- problem: {escape(problem)}" for problem in report["problems"]]
    return "\n".join(lines) + "\n"


def _scale_markdown(title: str, told: Report) -> list[str]:
    lines = [
        f"## {title}\n\n{escape(told['means'])}.\n",
        "| metric | value | 95 % interval | of |",
        "|---|---|---|---|",
    ]
    rows = (_metric_row(name, m) for name, m in told["metrics"].items())
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
    return [*lines, "", *(f"- {escape(note)}" for note in model_notes(told))]


def _case_markdown(case: dict[str, Any]) -> list[str]:
    lines = ["", f"## {escape(case['id'])}: {escape(_case_state(case))}", ""]
    failing = [claim for claim in case["claims"] if claim["violations"]]
    for claim in failing:
        lines.append(f"- **{escape(claim['kind'])}** at `{claim['place']}`: {escape(claim['text'])}")
        lines += [f"  - {escape(v['kind'])}: {escape(v['reason'])}" for v in claim["violations"]]
        lines += [
            f"  - cites {escape(c['paper'] or c['source'])}: “{escape(c['quote'])}”"
            for c in claim["citations"]
            if c["quote"]
        ]
    lines += [f"- **{escape(v['kind'])}** at `{v['place']}`: {escape(v['reason'])}" for v in case["around"]]
    lines += [f"- not read, `{part['place']}`: {escape(part['text'])}" for part in case["unread"]]
    if not failing and not case["around"] and not case["unread"]:
        lines.append("Nothing wrong was found.")
    return lines
