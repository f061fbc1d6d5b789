"""Put verdicts into a report, `rag.report/1`: plain data, the same bytes for the same input, no times, no paths."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import RecordError
from rag.files import contents

from . import metrics
from .agreement import Calibration
from .bench import BAD, GOOD, UNCHECKED
from .judge import JudgedCase, JudgedCite, JudgedClaim, Score
from .metrics import Share
from .support import THRESHOLD
from .violations import PRECEDENCE, Violation

SCHEMA = "rag.report/1"
Report = dict[str, Any]

LEVELS = {
    "stored": "spans, text and hashes against the stored pages; quotes of the brief against the brief",
    "pdf": "the quote in normal form against PDFium's raw text of the cited page",
}
SUPPORT = (
    f"a quote supports a claim when it bears at least {THRESHOLD:.0%} of the claim's content stems, and no quantity, "
    "name, negation, direction, degree or binding differs; wording alone, no model"
)

ANSWERING = "whether the answers answer: a scale of its own, which no violation moves and which excuses none"

FAITHFUL = "whether claims in own words say what their quotes say: the exact checks, and a model's, which can err"


def build(
    cases: Sequence[JudgedCase],
    *,
    name: str = "",
    problems: Sequence[str] = (),
    leak: Sequence[Report] = (),
    agreement: Calibration | None = None,
    faith: Calibration | None = None,
) -> Report:
    """Return the report of judged cases.

    `agreement` tells of the model that judged whether they answer, `faith` of it as judge of claims beside quotes.
    """
    report: Report = {
        "schema": SCHEMA,
        "name": name,
        "support_check": SUPPORT,
        "levels": _levels(cases),
        "summary": _summary(cases),
        "metrics": _metrics(metrics.shares(cases), metrics.MEANING),
        "answering": _answering(cases, agreement),
        "faithfulness": _faithfulness(cases, faith),
        "substance": metrics.substance(cases),
        "violations": metrics.counts(cases),
        "by_kind_of_question": {
            kind: _metrics(metrics.shares(group), metrics.MEANING) for kind, group in _groups(cases).items()
        },
        "by_paper": metrics.per_paper(cases),
        "cases": [_case(case) for case in cases],
        "problems": sorted(dict.fromkeys(problems)),
    }
    if leak:
        report["leak"] = list(leak)
    return report


def dump(report: Report) -> str:
    """Return a report as JSON with a final newline."""
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def load(path: Path) -> Report:
    """Return a report that `dump` wrote; raise `RecordError` for anything else."""
    try:
        told = json.loads(contents(path))
    except (OSError, ValueError, RecursionError) as error:
        raise RecordError(
            f"{path} is not a report: {error}; make one with: rag eval ANSWERS.jsonl --format json"
        ) from None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise RecordError(f"{path} is not a {SCHEMA} report; make one with: rag eval ANSWERS.jsonl --format json")
    return told


def _levels(cases: Iterable[JudgedCase]) -> dict[str, dict[str, Any]]:
    found: dict[str, Counter[str]] = {level: Counter() for level in LEVELS}
    for cite in _cites(cases):
        found["stored"][cite.stored] += 1
        if cite.source == "pdf":
            found["pdf"][cite.pdf] += 1
    return {
        level: {"means": meaning, **{verdict: found[level][verdict] for verdict in (GOOD, BAD, UNCHECKED)}}
        for level, meaning in LEVELS.items()
    }


def _cites(cases: Iterable[JudgedCase]) -> list[JudgedCite]:
    return [cite for case in cases for cite in (*(c for claim in case.claims for c in claim.citations), *case.asides)]


def _summary(cases: Sequence[JudgedCase]) -> dict[str, Any]:
    claims = [claim for case in cases for claim in case.claims]
    verdicts = Counter(claim.verdict for claim in claims)
    basis = Counter(claim.basis for claim in claims)
    notes = Counter(note for cite in _cites(cases) for note in cite.notes)
    statuses = Counter(case.status for case in cases)
    return {
        "cases": len(cases),
        "answered": statuses["answered"],
        "refused": statuses["refused"],
        "failed": statuses["failed"],
        "claims": len(claims),
        **{verdict: verdicts[verdict] for verdict in (GOOD, BAD, UNCHECKED)},
        "claims_on_papers": basis["paper"],
        "claims_on_the_brief_alone": basis["brief"],
        "violations": sum(len(case.violations) for case in cases),
        "unread": sum(len(case.unread) for case in cases),
        "notes": dict(sorted(notes.items())),
    }


def _metrics(shares: Mapping[str, Share], meaning: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {name: {**_share(share), "means": meaning[name]} for name, share in shares.items()}


def _share(share: Share) -> dict[str, Any]:
    interval = list(share.interval) if share.interval else None
    return {"value": share.value, "hits": share.hits, "n": share.n, "interval": interval}


def _answering(cases: Sequence[JudgedCase], agreement: Calibration | None) -> Report:
    """Return the second scale: its shares, the model that judged, and what it was not heard on, with the reasons."""
    threshold = agreement.threshold if agreement else None
    scores = [score for case in cases for score in (*case.scores, case.lead) if score is not None]
    unscored = Counter(score.unscored for score in scores if score.value is None)
    return {
        "means": ANSWERING,
        "metrics": _metrics(metrics.answering(cases, threshold), metrics.ANSWERING),
        "judge": _judge(agreement) if agreement else None,
        "unscored": dict(sorted(unscored.items())),
    }


def _faithfulness(cases: Sequence[JudgedCase], faith: Calibration | None) -> Report:
    """Return how claims in own words bear out, by wording and by a model, and what the model was not heard on."""
    unscored = Counter(score.unscored for case in cases for score in case.faithful if score and score.value is None)
    shares = metrics.faithfulness(cases, faith.threshold if faith else None)
    return {
        "means": FAITHFUL,
        "metrics": _metrics(shares, metrics.FAITHFULNESS),
        "judge": _judge(faith) if faith else None,
        "unscored": dict(sorted(unscored.items())),
    }


def _judge(agreement: Calibration) -> Report:
    def rounded(values: Sequence[float] | None) -> list[float] | None:
        return [round(value, 4) for value in values] if values else None

    return {
        "model": agreement.model,
        "labels": agreement.labels,
        "unscored_labels": dict(sorted(agreement.unscored.items())),
        "threshold": agreement.threshold,
        "auc": agreement.auc,
        "auc_interval": rounded(agreement.auc_interval),
        "kappa": agreement.kappa,
        "kappa_interval": rounded(agreement.kappa_interval),
        "right_passed": _share(agreement.right_passed),
        "wrong_passed": _share(agreement.wrong_passed),
    }


def _groups(cases: Sequence[JudgedCase]) -> dict[str, list[JudgedCase]]:
    groups: dict[str, list[JudgedCase]] = {}
    for case in cases:
        if case.case.kind:
            groups.setdefault(case.case.kind, []).append(case)
    return dict(sorted(groups.items()))


def _case(case: JudgedCase) -> Report:
    scores = case.scores or (NOT_ASKED,) * len(case.claims)
    faithful = case.faithful or (None,) * len(case.claims)
    return {
        "id": case.case.id,
        "line": case.line or None,
        "kind": case.case.kind,
        "form": case.form,
        "status": case.status,
        "expect": case.case.expect or None,
        "refusal": case.refusal or None,
        "error": case.error or None,
        "question": case.case.question,
        "whitelist": [paper.key for paper in case.case.papers] if case.case.papers is not None else None,
        "sections": [case.sections_answered, case.sections_asked],
        "answering": _case_answering(case),
        "claims": [
            {
                **_claim(claim),
                "answers": score.value,
                "unscored": score.unscored or None,
                "faithful": faith.value if faith else None,
            }
            for claim, score, faith in zip(case.claims, scores, faithful, strict=True)
        ],
        "around": [_violation(violation) for violation in case.around],
        "unread": [{"place": place, "text": text} for place, text in case.unread],
    }


NOT_ASKED = Score(None)


def _case_answering(case: JudgedCase) -> Report | None:
    signs = case.signs
    if signs is None:
        return None
    lead = case.lead or NOT_ASKED
    return {
        "leading_claims": signs.leading,
        "first_states_fact": signs.first,
        "key_facts": [signs.found, signs.facts],
        "marked": signs.marked,
        "refusal_right": signs.refusal_right,
        "first_answers": lead.value,
        "unscored": lead.unscored or None,
    }


def _claim(claim: JudgedClaim) -> Report:
    return {
        "place": claim.place,
        "section": claim.section,
        "text": claim.text,
        "form": claim.form,
        "verdict": claim.verdict,
        "basis": claim.basis,
        "supported": claim.supported,
        "kind": claim.kind,
        "also": _also(claim),
        "violations": [_violation(violation) for violation in claim.violations],
        "citations": [_citation(cite) for cite in claim.citations],
    }


def _also(claim: JudgedClaim) -> list[str]:
    kinds = {kind for violation in claim.violations for kind in (violation.kind, *violation.also)} - {claim.kind}
    return sorted(kinds, key=PRECEDENCE.index)


def _violation(violation: Violation) -> Report:
    return {"place": violation.place, "kind": violation.kind, "also": list(violation.also), "reason": violation.reason}


def _citation(cite: JudgedCite) -> Report:
    return {
        "place": cite.place,
        "source": cite.source,
        "paper": cite.paper,
        "version": cite.version,
        "pages": list(cite.pages),
        "quote": cite.quote,
        "verdict": cite.verdict,
        "stored": cite.stored,
        "pdf": cite.pdf,
        "supports": cite.supports,
        "notes": list(cite.notes),
        "why": cite.why or None,
    }


# --- what is wrong, for whatever prints it -----------------------------------------------------------------------

NOT_READ, FAILED = "not_read", "failed"
BESIDE_KINDS = {
    NOT_READ: "A part of the answer could not be read, so that nothing in it was checked.",
    FAILED: "The case gave no answer that could be judged.",
}
"""What a case can suffer from beside violations."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Hold one thing that is wrong with an answer: a violation, a part that was not read, or a failure."""

    kind: str
    place: str
    reason: str
    claim: str = ""
    also: tuple[str, ...] = ()


def wrongs(case: Report) -> list[Wrong]:
    """Return everything that a report says is wrong with a case, in reading order."""
    found = [Wrong(FAILED, "answer", case["error"] or "no reason given")] if case["status"] == "failed" else []
    for claim in case["claims"]:
        found += [_wrong(violation, claim["text"]) for violation in claim["violations"]]
    found += [_wrong(violation) for violation in case["around"]]
    return found + [Wrong(NOT_READ, part["place"], part["text"]) for part in case["unread"]]


def _wrong(violation: Report, claim: str = "") -> Wrong:
    return Wrong(violation["kind"], violation["place"], violation["reason"], claim, tuple(violation["also"]))


# --- thresholds -------------------------------------------------------------------------------------------------


def _failed(report: Report) -> list[str]:
    failed = (case for case in report["cases"] if case["status"] == "failed")
    unread = (case for case in report["cases"] if case["unread"])
    return [
        *(f"{case['id']} failed: {case['error'] or 'no reason given'}" for case in failed),
        *(f"{case['id']} was not read as a whole: {len(case['unread'])} parts" for case in unread),
    ]


def failures(report: Report, fail_on: Sequence[str], least: Mapping[str, float]) -> list[str]:
    """Return why a gate must fail: kinds that occur, and metrics on the wrong side of their threshold.

    `any` stands for every kind and for cases that failed or were not read as a whole, with their reasons. A metric
    without data fails its threshold: nothing was shown.
    """
    found = _failed(report) if "any" in fail_on else []
    for kind in PRECEDENCE if "any" in fail_on else fail_on:
        count = report["violations"][kind]
        if total := count["kind"] + count["also"]:
            found.append(f"{kind}: {total}")
    for name, wanted in least.items():
        every = report["metrics"] | report["answering"]["metrics"] | report["faithfulness"]["metrics"]
        value = report["substance"] if name == "substance" else every[name]["value"]
        if value is None:
            found.append(f"{name}: no data, wanted {wanted:g}")
        elif value > wanted if name in metrics.LOWER_IS_BETTER else value < wanted:
            sign = "at most" if name in metrics.LOWER_IS_BETTER else "at least"
            found.append(f"{name}: {value:.3f}, wanted {sign} {wanted:g}")
    return found
