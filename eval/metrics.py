"""Count verdicts into scores, each with its numbers and a Wilson interval. No data is None, never 0.

Claims that rest on the brief alone (its question, its summaries) are counted apart, so that they cannot dress up a
score. Anything outside the whitelist counts against precision: an invented citation is a wrong one, not a missing one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

from .bench import BAD, GOOD, UNCHECKED
from .judge import JudgedCase, JudgedCite, JudgedClaim, Score
from .violations import BREACHES, PRECEDENCE

T = TypeVar("T")
Z = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """Hold `hits` out of `n` with its 95 % Wilson interval; all None where n is 0."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """Return the share, or None where there is no data."""
        return round(self.hits / self.n, 6) if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the Wilson score interval (Wilson 1927), or None where there is no data."""
        if not self.n:
            return None
        p, n = self.hits / self.n, self.n
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return round(max(0.0, middle - half), 6), round(min(1.0, middle + half), 6)


LOWER_IS_BETTER = frozenset(
    ("breach_rate", "violation_rate", "failure_rate", "claims_without_fact", "false_refusals", "claims_beside")
)

MEANING = {
    "breach_rate": "claims with anything from outside the allowed papers, of all claims",
    "violation_rate": "claims with any violation, of all claims",
    "quote_fidelity": "quotes that stand in their source at their place, of all quotes that could be checked",
    "citation_precision": (
        "citations that are sound and support their claim, of all citations of papers, invented ones included"
    ),
    "citation_recall": "claims that their sound citations support, of all claims that do not rest on the brief alone",
    "claims_checked": "claims that could be checked, of all claims",
    "section_coverage": "asked sections that hold a cited claim",
    "paper_coverage": "allowed papers that answers cite soundly",
    "required_papers": "papers that a case's gold labels want cited and that are cited soundly; a refusal cites none",
    "refusal_precision": "refusals that were right, of all refusals on cases with gold labels",
    "refusal_recall": "cases to refuse that were refused",
    "failure_rate": "cases that crashed or gave no answer",
    "clean_answers": "answers read as a whole and without any violation, of all that did not fail",
}

ANSWERING = {
    "first_states_fact": "answers whose leading claim states every key fact, of all to cases with key facts",
    "complete": "answers that state every key fact somewhere, of all to cases with key facts",
    "key_facts": "key facts that the answers state, of all key facts",
    "claims_without_fact": "claims that hold nothing of any key fact, of all to cases with key facts",
    "right_refusals": "refused, or said to be missing, of all cases that the allowed papers do not answer",
    "false_refusals": "refused, of all cases that the allowed papers answer",
    "first_answers": "answers whose leading claim answers the question, as the judge model says",
    "claims_beside": "claims that do not answer the question, as the judge model says",
}
"""The second scale: whether answers answer. The last two are a model's, which can err; the others need none."""


def shares(cases: Sequence[JudgedCase]) -> dict[str, Share]:
    """Return every share by name, in a fixed order."""
    claims = [claim for case in cases for claim in case.claims]
    own = [claim for claim in claims if claim.basis != "brief"]
    cites = [cite for claim in claims for cite in claim.citations if cite.source not in ("brief", "summary")]
    return {
        "breach_rate": _share(claims, is_breach),
        "violation_rate": _share(claims, lambda claim: claim.kind is not None),
        "quote_fidelity": _share(_quoted(cases), lambda cite: not _false_quote(cite)),
        "citation_precision": _share([c for c in cites if c.supports is not None or c.verdict == BAD], _precise),
        "citation_recall": _share([c for c in own if c.supported is not None], lambda claim: claim.supported is True),
        "claims_checked": _share(claims, lambda claim: claim.verdict != UNCHECKED),
        "section_coverage": Share(sum(c.sections_answered for c in cases), sum(c.sections_asked for c in cases)),
        "paper_coverage": _paper_coverage(cases),
        "required_papers": _required(cases),
        **_refusals(cases),
        "failure_rate": _share(cases, lambda case: case.status == "failed"),
        "clean_answers": _share([c for c in cases if c.status != "failed"], lambda case: case.clean),
    }


def _share(items: Iterable[T], test: Callable[[T], bool]) -> Share:
    told = [test(item) for item in items]
    return Share(sum(told), len(told))


def is_breach(claim: JudgedClaim) -> bool:
    """Tell whether something from outside the allowed papers got into a claim."""
    return any(BREACHES & {violation.kind, *violation.also} for violation in claim.violations)


def _quoted(cases: Iterable[JudgedCase]) -> list[JudgedCite]:
    every = [cite for case in cases for claim in case.claims for cite in claim.citations]
    every += [cite for case in cases for cite in case.asides]
    return [cite for cite in every if cite.quote and (cite.stored != UNCHECKED or cite.pdf != UNCHECKED)]


def _false_quote(cite: JudgedCite) -> bool:
    return BAD in (cite.stored, cite.pdf) or (cite.violation is not None and cite.violation.kind == "hash_mismatch")


def _precise(cite: JudgedCite) -> bool:
    return cite.verdict == GOOD and cite.supports is True


def _paper_coverage(cases: Sequence[JudgedCase]) -> Share:
    answered = [case for case in cases if case.status == "answered"]
    return Share(sum(case.papers_cited for case in answered), sum(case.papers_readable for case in answered))


def _required(cases: Sequence[JudgedCase]) -> Share:
    hits = 0
    for case in cases:
        sound = {cite.paper for claim in case.claims for cite in claim.citations if cite.verdict != BAD}
        hits += len(sound & set(case.case.must_cite))
    return Share(hits, sum(len(set(case.case.must_cite)) for case in cases))


def _refusals(cases: Sequence[JudgedCase]) -> dict[str, Share]:
    gold = [case for case in cases if case.case.expect]
    refused = [case for case in gold if case.status == "refused"]
    due = [case for case in gold if case.case.expect == "refuse"]
    return {
        "refusal_precision": _share(refused, lambda case: case.case.expect == "refuse"),
        "refusal_recall": _share(due, lambda case: case.status == "refused"),
    }


FAITHFULNESS = {
    "no_fault_found": "claims in own words in which the exact checks find no violation",
    "borne_by_wording": "claims in own words that their quotes support, by wording alone",
    "borne_by_model": "claims in own words that say what their quotes say, as the judge model says",
    "borne_by_both": "claims in own words in which neither the exact checks nor the judge model find a fault",
}
"""How claims in own words bear out, of those that quote a paper. What needs a model is of those it was heard on."""


def faithfulness(cases: Sequence[JudgedCase], threshold: float | None = None) -> dict[str, Share]:
    """Return how many claims in own words say what their quotes say, by wording and by a model."""
    told = [claim for case in cases for claim in case.claims if in_own_words(claim)]
    heard = [
        (claim, score.value)
        for case in cases
        for claim, score in zip(case.claims, case.faithful, strict=False)
        if score is not None and score.value is not None and threshold is not None
    ]
    least = threshold or 0.0
    return {
        "no_fault_found": _share(told, lambda claim: claim.kind is None),
        "borne_by_wording": _share(told, lambda claim: claim.supported is True and claim.kind is None),
        "borne_by_model": _share(heard, lambda one: one[1] >= least),
        "borne_by_both": _share(heard, lambda one: one[1] >= least and one[0].kind is None),
    }


def in_own_words(claim: JudgedClaim) -> bool:
    """Tell whether a claim restates a paper in words that have to be compared with its quotes."""
    return claim.form == "own_words" and claim.basis == "paper" and any(cite.quote for cite in claim.citations)


def answering(cases: Sequence[JudgedCase], threshold: float | None = None) -> dict[str, Share]:
    """Return every share of the second scale by name; a model's from the score on which it is believed."""
    signs = [case.signs for case in cases if case.signs is not None]
    facts = [one for one in signs if one.facts]
    told = [case for case in cases if case.signs is not None and case.signs.refusal_right is not None]
    return {
        "first_states_fact": _share(facts, lambda one: one.first is True),
        "complete": _share(facts, lambda one: one.found == one.facts),
        "key_facts": Share(sum(one.found for one in facts), sum(one.facts for one in facts)),
        "claims_without_fact": Share(sum(one.beside for one in facts), sum(one.claims for one in facts)),
        "right_refusals": _share([c for c in told if not c.case.answerable], _refused_rightly),
        "false_refusals": _share([c for c in told if c.case.answerable], lambda case: case.status == "refused"),
        "first_answers": _heard((case.lead for case in cases), threshold, answers=True),
        "claims_beside": _heard((score for case in cases for score in case.scores), threshold, answers=False),
    }


def _refused_rightly(case: JudgedCase) -> bool:
    return case.signs is not None and case.signs.refusal_right is True


def _heard(scores: Iterable[Score | None], threshold: float | None, *, answers: bool) -> Share:
    """Return the share of known scores on one side of a threshold; without one nothing can be told."""
    if threshold is None:
        return Share(0, 0)
    known = [score.value for score in scores if score is not None and score.value is not None]
    return _share(known, lambda value: (value >= threshold) is answers)


def substance(cases: Sequence[JudgedCase]) -> float | None:
    """Return the cited claims on papers per asked (or else given) section of the answers; None without answers."""
    answered = [case for case in cases if case.status == "answered"]
    sections = sum(max(case.sections_asked, len({claim.section for claim in case.claims})) for case in answered)
    cited = sum(claim.basis == "paper" for case in answered for claim in case.claims)
    return round(cited / sections, 6) if sections else None


def counts(cases: Iterable[JudgedCase]) -> dict[str, dict[str, int]]:
    """Return for each kind how often it names a violation and how often it stands beside another."""
    named: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    for case in cases:
        for violation in case.violations:
            named[violation.kind] += 1
            beside.update(violation.also)
    return {kind: {"kind": named[kind], "also": beside[kind]} for kind in PRECEDENCE}


def per_paper(cases: Iterable[JudgedCase]) -> dict[str, dict[str, int]]:
    """Return for each cited paper how many citations are good, bad and unchecked."""
    found: dict[str, Counter[str]] = {}
    for case in cases:
        for claim in case.claims:
            for cite in claim.citations:
                name = cite.paper or ("(the brief)" if cite.source == "brief" else "(nothing)")
                found.setdefault(name, Counter())[cite.verdict] += 1
    return {name: {verdict: found[name][verdict] for verdict in (GOOD, BAD, UNCHECKED)} for name in sorted(found)}
