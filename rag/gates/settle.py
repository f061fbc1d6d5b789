"""Let only warranted claims into an answer: check each one, repair once, fall back to its own quote, or drop it.

What each gate asks is in `rag.gates.check`. No step attaches a citation, deletes one, or alters a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.answers import Check, Draft, DraftClaim, Dropped, Evidence, Failing, Failure, Repaired, Task
from rag.errors import WriterError
from rag.gates.check import examine
from rag.gates.support import Support
from rag.language import content
from rag.papers import Point

Repair = Callable[[Sequence[Failing]], Repaired]

IN_SHORT = Point("In short")  # stands for the question itself, as points stand for the sections
MOST_IN_SHORT = 4  # one or two sentences, but a side for each paper where they are set side by side

OF_QUOTES = ("source", "verbatim")  # the gates that a quote is asked: its words are its source's
OF_OWN_WORDS = ("form", "whitelist", "source", "number", "quotation", "identifier", "negation", "direction", "wording")
_GATE = {  # that fails for a reason which does not bear its name
    **dict.fromkeys(("malformed", "no_citation", "unknown_evidence"), "form"),
    **dict.fromkeys(("paper_not_allowed", "outside_link", "outside_work"), "whitelist"),
    **dict.fromkeys(("wrong_paper", "second_hand", "addressed_to_reader"), "source"),
    "count": "number",
    "not_verbatim": "quotation",
    "unchecked": "support",
}
_DETAIL = 200  # characters that say why a claim failed

_UNFIT_FLAGS = {"second_hand", "addresses_reader", "formula", "fragment"}
_UNFIT_LABELS = {"title", "front", "heading", "acknowledgements", "references", "furniture", "equation"}
_MIN_QUOTE_WORDS = 4


@dataclass(frozen=True, slots=True)
class Settled:
    """Hold the claims that passed, `claims[i]` for `task.points[i]`, and those that did not (`Draft.dropped` apart)."""

    claims: tuple[tuple[DraftClaim, ...], ...]
    in_short: tuple[DraftClaim, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)  # of the repair, if there was one
    usage: Mapping[str, float] = field(default_factory=dict)


def settle(draft: Draft, task: Task, *, support: Support | None = None, repair: Repair | None = None) -> Settled:
    """Judge every claim of a draft; what fails is repaired once, then made verbatim, else dropped with its reason."""
    evidence = {item.id: item for item in task.evidence if draft.shown is None or item.id in draft.shown}
    judge = _Judge(task, evidence, support)
    drafted = [*zip(task.points, draft.claims, strict=False), (IN_SHORT, draft.in_short)]
    judged = [[judge(_as_quote(claim, evidence), point) for claim in claims] for point, claims in drafted]
    failing = [Failing(i, claim, bad) for i, claims in enumerate(judged[:-1]) for claim, bad in claims if bad]
    repaired = repaired_once(failing, repair)
    second = iter(repaired.claims)
    kept: list[tuple[DraftClaim, ...]] = []
    dropped = list(repaired.dropped)
    for (point, _), claims in zip(drafted, judged, strict=True):
        section: list[DraftClaim] = []
        for claim, bad in claims:
            outcome = claim if not bad else judge.rescue(point, claim, bad, next(second, None))
            if isinstance(outcome, Dropped):
                dropped.append(outcome)
            elif any(_is_said(outcome, other, point) for other in section):
                dropped.append(Dropped(claim.text, "duplicate", "the same sentence already stands in this section"))
            else:
                section.append(outcome)
        kept.append(tuple(section))
    in_short = kept.pop()[:MOST_IN_SHORT]
    return Settled(tuple(kept), in_short, tuple(dropped), repaired.provenance, repaired.usage)


@dataclass(frozen=True, slots=True)
class _Judge:
    task: Task
    evidence: Mapping[str, Evidence]
    support: Support | None

    def __call__(self, claim: DraftClaim, point: Point) -> tuple[DraftClaim, tuple[Failure, ...]]:
        """Return the claim with all it was asked, and what it failed."""
        bad, meaning = examine(claim, self.evidence, self.task, self.support, point)
        if bad:
            return replace(claim, checks=_failed(bad)), bad
        passed = tuple(Check(gate, True) for gate in (OF_QUOTES if claim.form == "verbatim" else OF_OWN_WORDS))
        return replace(claim, checks=(*passed, meaning) if meaning else passed), ()

    def rescue(
        self, point: Point, claim: DraftClaim, bad: tuple[Failure, ...], second: DraftClaim | None
    ) -> DraftClaim | Dropped:
        """Return the repaired claim if it passes, else a quote it (or the first try) already cited, else the loss."""
        tries = [(claim, bad)]
        if second is not None:
            second, worse = self(_as_quote(second, self.evidence), point)
            if not worse:
                return second
            tries.insert(0, (second, worse))
        for failed, failures in tries:
            if not any(failure.hard for failure in failures) and (quote := self.quote(point, failed)):
                return quote
        first = next((failure for failure in bad if failure.hard), bad[0])
        return Dropped(claim.text, first.reason, first.detail)

    def quote(self, point: Point, claim: DraftClaim) -> DraftClaim | None:
        """Return the cited sentence nearest to the claim that stands as a quote and passes all gates itself."""
        words = set(content(claim.text))
        cited = [self.evidence[name] for name in claim.evidence]
        ranked = sorted(cited, key=lambda item: -len(words & set(content(item.text))))
        for item in ranked:
            quote = DraftClaim(item.text, (item.id,), "verbatim", item.paper if claim.subject else None, claim.stage)
            quote, bad = self(quote, point)
            if is_fit(item) and not bad:
                return replace(quote, checks=(*quote.checks, *claim.checks))
        return None


def _failed(failures: Sequence[Failure]) -> tuple[Check, ...]:
    """Return what a claim failed as checks; the quote that stands in for it keeps them."""
    return tuple(Check(_GATE.get(one.reason, one.reason), False, one.detail[:_DETAIL]) for one in failures)


def _is_said(claim: DraftClaim, other: DraftClaim, point: Point) -> bool:
    """Tell whether a claim says what stands there already; in short, two claims on one sentence say the same."""
    if point is IN_SHORT and set(claim.evidence) <= set(other.evidence):
        return True
    return claim.text == other.text and claim.stage == other.stage


def _as_quote(claim: DraftClaim, evidence: Mapping[str, Evidence]) -> DraftClaim:
    """Mark a claim whose text is a cited sentence, letter by letter, as the quote that it is."""
    same = any(name in evidence and evidence[name].text == claim.text for name in claim.evidence)
    return replace(claim, form="verbatim") if same and claim.form != "verbatim" else claim


def repaired_once(failing: Sequence[Failing], repair: Repair | None) -> Repaired:
    """Return what a repair makes of the claims that failed; nothing where none can be had."""
    if not failing or repair is None:
        return Repaired(())
    try:
        return repair(failing)
    except WriterError as error:  # the first draft still stands: its claims fall back on their quotes
        return Repaired((), provenance={"repair": error.kind})


def is_fit(item: Evidence) -> bool:
    """Tell whether a sentence can be printed alone: whole, first-hand, a statement."""
    whole = item.text[:1].isalnum() or item.text[:1] in "\"“'([$"
    return (
        whole
        and not _UNFIT_FLAGS & set(item.flags)
        and item.label not in _UNFIT_LABELS
        and len(item.text.split()) >= _MIN_QUOTE_WORDS
    )
