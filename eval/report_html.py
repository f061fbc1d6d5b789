"""Print a report as one self-contained HTML page: the failing claims beside what they cite. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from .report import Report
from .report_text import model_notes, plain

_STYLE = """
:root{color-scheme:light dark;--good:#1a7f37;--bad:#b42318;--dim:#6b7280;--line:#8884;--card:#8881}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;
vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
.claim{display:grid;grid-template-columns:1fr 1fr;gap:1rem;background:var(--card);
border-left:4px solid var(--bad);padding:.7rem 1rem;margin:.8rem 0}
.better{border-left-color:var(--good)}.other,.new,.gone{border-left-color:var(--dim)}
.whole{grid-column:1/-1;grid-row:1;margin:0}
.claim>div{min-width:0;overflow-wrap:anywhere}
blockquote{margin:.3rem 0;padding-left:.8rem;border-left:2px solid var(--line)}
.kind{color:var(--bad);font-weight:600}.good{color:var(--good)}.dim{color:var(--dim);font-size:.9rem}
@media(max-width:48rem){.claim{grid-template-columns:1fr}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(report: Report, comparison: Report | None = None) -> str:
    """Return the report as an HTML page, what changed since another one on top."""
    title = f"Evaluation{': ' + report['name'] if report['name'] else ''}"
    body = [f"<h1>{_t(title)}</h1>", _summary(report)]
    body += [_changes(comparison)] if comparison else []
    scales = (("Does it answer?", "answering"), ("Do claims in own words bear out?", "faithfulness"))
    body += [_metrics(report), *(_scale(title, report[name]) for title, name in scales), _counts(report)]
    body += [_case(case, (report["answering"]["judge"] or {}).get("threshold")) for case in report["cases"]]
    body += [f"<p class=dim>problem: {_t(problem)}</p>" for problem in report["problems"]]
    body.append(f"<p class=dim>Support: {_t(report['support_check'])}.</p>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_t(title)}</title><style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _t(text: object) -> str:
    return escape(plain(str(text)), quote=True)


def _summary(report: Report) -> str:
    s = report["summary"]
    levels = "".join(
        (
            f"<li>{_t(level)}: {n['good']} good, {n['bad']} bad, {n['cannot_be_checked']} cannot be checked <span "
            f"class=dim>({_t(n['means'])})</span></li>"
        )
        for level, n in report["levels"].items()
    )
    notes = "".join(f"<li>noted: {_t(note)} {count}</li>" for note, count in s["notes"].items())
    return (
        f"<ul><li>{s['cases']} cases: {s['answered']} answered, {s['refused']} refused, {s['failed']} failed</li>"
        f"<li>{s['claims']} claims: {s['good']} checked and good, {s['bad']} checked and bad, "
        f"{s['cannot_be_checked']} cannot be checked "
        f"({s['claims_on_the_brief_alone']} rest on the brief alone)</li>{levels}{notes}</ul>"
    )


_CHANGES = {
    "worse": "What got worse",
    "better": "What got better",
    "other": "What is otherwise",
    "new": "What is new",
    "gone": "What is gone",
}


def _changes(comparison: Report) -> str:
    """Return what differs from the other report: figures, then case by case, what got worse first."""
    parts = ["<h2>Since the other report</h2>", *_figures([*comparison["metrics"], *comparison["violations"]])]
    for change, title in _CHANGES.items():
        cases = [row for row in comparison["cases"] if row["change"] == change]
        parts += [f"<h3>{title} ({len(cases)})</h3>", *map(_changed, cases)] if cases else []
    if comparison["answering"]:
        parts += [
            "<h3>Does it answer?</h3>",
            _table(("case", "before", "now", ""), map(_answers, comparison["answering"])),
        ]
    return "\n".join(parts if len(parts) > 1 else [*parts, "<p>Nothing changed.</p>"])


def _figures(rows: Iterable[Report]) -> list[str]:
    told = [(_t(row["name"]), _number(row["old"]), _number(row["new"]), _t(row["change"])) for row in rows]
    return [_table(("figure", "before", "now", ""), told)] if told else []


def _answers(row: Report) -> tuple[str, ...]:
    return f"<b>{_t(row['name'])}</b> {_t(row['question'])}", _t(row["old"]), _t(row["new"]), _t(row["change"])


def _number(value: object) -> str:
    return "no data" if value is None else f"{value:.3f}" if isinstance(value, float) else _t(value)


def _changed(row: Report) -> str:
    """Return one case that differs: before on the left, now on the right."""
    return (
        f"<div class='claim {_t(row['change'])}'><div><div class=dim>before: {_t(row['old'])}</div>"
        f"{_fault_list(row['lost'])}</div><div><div class=dim>now: {_t(row['new'])}</div>"
        f"{_fault_list(row['gained'])}</div><p class=whole><b>{_t(row['name'])}</b> {_t(row['question'])}</p></div>"
    )


def _fault_list(faults: Iterable[Report]) -> str:
    items = "".join(
        f"<li><span class=kind>{_t(fault['kind'])}</span> {_t(fault['reason'])}<br>{_t(fault['claim'])}</li>"
        for fault in faults
    )
    return f"<ul>{items}</ul>" if items else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th scope=col>{_t(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _metrics(report: Report) -> str:
    value = "no data" if report["substance"] is None else f"{report['substance']:.2f}"
    substance = ("substance", value, "", "", "cited claims a section")
    return "<h2>Does it keep to its papers?</h2>" + _table(_METRIC, [*_metric_rows(report["metrics"]), substance])


def _scale(title: str, told: Report) -> str:
    notes = "".join(f"<p class=dim>{_t(note)}</p>" for note in model_notes(told))
    head = f"<h2>{_t(title)}</h2><p class=dim>{_t(told['means'])}.</p>"
    return head + _table(_METRIC, _metric_rows(told["metrics"])) + notes


_METRIC = ("metric", "value", "95 % interval", "of", "means")


def _metric_rows(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, m in metrics.items():
        value = "no data" if m["value"] is None else f"{m['value']:.3f}"
        interval = f"{m['interval'][0]:.3f} to {m['interval'][1]:.3f}" if m["interval"] else ""
        rows.append(
            (
                f"<span title='{_t(m['means'])}'>{_t(name)}</span>",
                value,
                interval,
                f"{m['hits']}/{m['n']}",
                _t(m["means"]),
            )
        )
    return rows


def _counts(report: Report) -> str:
    rows = [
        (_t(kind), str(n["kind"]), str(n["also"])) for kind, n in report["violations"].items() if n["kind"] or n["also"]
    ]
    return (
        "<h2>Violations</h2>" + _table(("violation", "kind", "also"), rows)
        if rows
        else "<p class=good>No violation was found.</p>"
    )


def _case(case: dict[str, Any], threshold: float | None) -> str:
    state = case["status"] + (f": {case['error'] or case['refusal']}" if case["error"] or case["refusal"] else "")
    head = [f"<h2>{_t(case['id'])} <span class=dim>{_t(state)}</span></h2>"]
    head += [f"<p>{_t(case['question'])}</p>"] if case["question"] else []
    wrong = [_claim(claim) for claim in case["claims"] if claim["violations"]]
    wrong += [
        f"<p><span class=kind>{_t(v['kind'])}</span> at {_t(v['place'])}: {_t(v['reason'])}</p>" for v in case["around"]
    ]
    wrong += [
        f"<p><span class=kind>not read</span> {_t(part['place'])}: {_t(part['text'])}</p>" for part in case["unread"]
    ]
    if not wrong and case["status"] != "failed":
        wrong.append("<p class=good>Nothing wrong was found.</p>")
    return "\n".join((*head, *wrong, _beside(case, threshold)))


def _beside(case: dict[str, Any], threshold: float | None) -> str:
    """Return the claims that the judge model says do not answer, with their scores."""
    beside = [
        c for c in case["claims"] if threshold is not None and c["answers"] is not None and c["answers"] < threshold
    ]
    items = "".join(f"<li>{_t(claim['text'])} <span class=dim>{claim['answers']:.3f}</span></li>" for claim in beside)
    return f"<p class=dim>Beside the point, as the judge model says:</p><ul>{items}</ul>" if items else ""


def _claim(claim: dict[str, Any]) -> str:
    faults = "".join(f"<li><span class=kind>{_t(v['kind'])}</span> {_t(v['reason'])}</li>" for v in claim["violations"])
    cites = "".join(_citation(cite) for cite in claim["citations"]) or "<p class=dim>cites nothing</p>"
    return (
        f"<div class=claim><div><div class=dim>{_t(claim['place'])} · "
        f"{_t(claim['section'])}</div><p>{_t(claim['text'])}</p>"
        f"<ul>{faults}</ul></div><div>{cites}</div></div>"
    )


def _citation(cite: dict[str, Any]) -> str:
    key = (cite["paper"] or cite["source"]) + (f"v{cite['version']}" if cite["version"] else "")
    pages = f", page {', '.join(map(str, cite['pages']))}" if cite["pages"] else ""
    return (
        f"<div class=dim>{_t(key)}{_t(pages)} · stored: {_t(cite['stored'])} · pdf: {_t(cite['pdf'])}</div>"
        f"<blockquote>{_t(cite['quote']) or '<span class=dim>no quote</span>'}</blockquote>"
    )
