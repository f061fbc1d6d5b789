"""What becomes of claims: kept, repaired once, made the quote that they cite, or dropped with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.answers import Check, Draft, DraftClaim, Dropped, Failing, Repaired
from rag.errors import WriterError
from rag.gates import check, settle
from rag.gates.settle import OF_OWN_WORDS, OF_QUOTES
from tests.gates.test_check import (
    BITES,
    EVIDENCE,
    GLIDER,
    HOW,
    KITE,
    SPARES,
    TASK,
)


def settle_one(claim: DraftClaim, point: int = 1) -> tuple[tuple[DraftClaim, ...], tuple[Dropped, ...]]:
    claims: list[tuple[DraftClaim, ...]] = [(), (), ()]
    claims[point] = (claim,)
    settled = settle(Draft(tuple(claims)), TASK)
    assert len(settled.claims) == 3
    return settled.claims[point], settled.dropped


@pytest.mark.parametrize(("reason", "hard", "claim"), BITES)
def test_a_hard_failure_is_dropped_and_a_soft_one_quoted_or_dropped(reason: str, hard: bool, claim: DraftClaim) -> None:
    """What stands after all is the cited sentence itself, letter by letter; what does not stand is listed."""
    kept, dropped = settle_one(claim)
    assert len(kept) + len(dropped) == 1
    if hard:
        assert not kept
    for item in kept:
        assert item.form == "verbatim"
        assert item.text == EVIDENCE[item.evidence[0]].text
        assert set(item.evidence) <= set(claim.evidence)
        assert check(item, EVIDENCE, TASK, point=HOW) == ()


def test_the_quote_is_the_nearest_of_the_cited_sentences() -> None:
    claim = DraftClaim("Glider fixes everything and need not sort the pieces in advance for Lisbon.", ("E1", "E3"))
    kept, _ = settle_one(claim)
    assert kept == (DraftClaim(EVIDENCE["E3"].text, ("E3",), "verbatim"),)


def test_a_wrong_subject_does_not_survive_in_the_quote() -> None:
    """A sentence of one paper that was filed under another is printed under its own."""
    kept, _ = settle_one(DraftClaim("A torn map is restored from three photographs.", ("E1",), subject=KITE))
    assert kept == (DraftClaim(EVIDENCE["E1"].text, ("E1",), "verbatim", GLIDER),)


@pytest.mark.parametrize("name", ["E5", "E6", "E11", "E12"])
def test_a_sentence_unfit_to_stand_alone_is_no_way_out(name: str) -> None:
    """Second-hand, instructing, broken or asking sentences are not printed in a claim's stead."""
    kept, dropped = settle_one(DraftClaim("Lisbon praises this graph of borders.", (name,)))
    assert kept == ()
    assert len(dropped) == 1


def test_the_same_quote_stands_once() -> None:
    """Two claims that fall back on one sentence give it once, and the loss of the other is listed."""
    claims = (DraftClaim("Lisbon loves it, a torn map.", ("E1",)), DraftClaim("Porto hates it, a torn map.", ("E1",)))
    settled = settle(Draft(((), claims, ())), TASK)
    assert len(settled.claims[1]) == 1
    assert [item.reason for item in settled.dropped] == ["duplicate"]


def test_a_copied_sentence_is_marked_as_the_quote_it_is() -> None:
    kept, _ = settle_one(DraftClaim(EVIDENCE["E1"].text, ("E1",)))
    assert kept[0].form == "verbatim"


def test_what_fails_is_repaired_once_and_together() -> None:
    """All failing claims go back in one call with all reasons; good ones are not sent."""
    good = DraftClaim("From three photographs of the pieces, Glider restores a torn map.", ("E1",))
    number = DraftClaim("Glider restores a torn map from 5 photographs.", ("E1",))
    name = DraftClaim("The contour loss improves Lisbon's accuracy on TornMaps from 81.5% to 91.2%.", ("E2",))
    calls: list[Sequence[Failing]] = []

    def repair(failing: Sequence[Failing]) -> Repaired:
        calls.append(failing)
        mended = DraftClaim("A torn map is restored from three photographs of its pieces.", ("E1",))
        return Repaired((mended, None), usage={"repair_seconds": 1.0})

    settled = settle(Draft(((), (good, number), (name,))), TASK, repair=repair)
    assert [[(item.point, item.claim) for item in call] for call in calls] == [[(1, number), (2, name)]]
    assert {failure.reason for failure in calls[0][0].failures} == {"number"}
    assert [claim.text for claim in settled.claims[1]] == [
        good.text,
        "A torn map is restored from three photographs of its pieces.",
    ]
    assert settled.claims[2][0].form == "verbatim"
    assert settled.usage == {"repair_seconds": 1.0}


def test_a_repair_is_judged_like_any_claim() -> None:
    """A second lie is dropped with the reason of the first; a second soft failure becomes its own quote."""
    lie = DraftClaim("Glider restores a torn map from 5 photographs.", ("E1",))
    worse = DraftClaim("Glider restores a torn map from 6 photographs.", ("E1",))
    soft = DraftClaim("Lisbon's TornMaps accuracy improves with the contour loss.", ("E2",))
    settled = settle(Draft(((), (lie, lie), ())), TASK, repair=lambda _: Repaired((worse, soft)))
    assert settled.claims[1] == (DraftClaim(EVIDENCE["E2"].text, ("E2",), "verbatim"),)
    assert [(item.text, item.reason) for item in settled.dropped] == [(lie.text, "number")]


def test_a_repair_that_fails_costs_no_claim() -> None:
    """Without the model the first draft's quotes still stand, and the outcome is on record."""

    def broken(failing: Sequence[Failing]) -> Repaired:
        raise WriterError("gone", kind="timeout")

    soft = DraftClaim("Lisbon restores a torn map from three photographs of its pieces.", ("E1",))
    settled = settle(Draft(((), (soft,), ())), TASK, repair=broken)
    assert settled.claims[1][0].text == EVIDENCE["E1"].text
    assert settled.provenance == {"repair": "timeout"}


def test_what_answers_in_short_passes_the_same_gates() -> None:
    """It is no section's: never repaired, made a quote where it fails softly, and only the first four are kept."""
    good = DraftClaim("From three photographs of the pieces, Glider restores a torn map.", ("E1",))
    soft = DraftClaim("Lisbon's TornMaps accuracy improves with the contour loss.", ("E2",))
    lie = DraftClaim("Glider restores a torn map from 5 photographs.", ("E1",))
    asked = DraftClaim("AI can put a torn map together again.", ("E8",))
    more = [DraftClaim(EVIDENCE[name].text, (name,), "verbatim") for name in ("E3", "E4", "E9")]
    draft = Draft(((), (), ()), in_short=(lie, asked, good, replace(good, text=good.text[:-1]), soft, *more))
    settled = settle(draft, TASK, repair=lambda failing: pytest.fail(f"sent {failing}"))
    assert settled.in_short == (good, DraftClaim(EVIDENCE["E2"].text, ("E2",), "verbatim"), *more[:2])
    assert settled.claims == ((), (), ())
    assert [item.reason for item in settled.dropped] == ["number", "source", "duplicate", "source"]


def test_every_claim_says_what_it_was_asked() -> None:
    """Own words: each exact gate, then the check of meaning with score and judge; a quote: its source."""

    class Sure:
        name = "owl"
        threshold = 0.5

        def score(self, claim: str, evidence: Sequence[str]) -> float:
            return 0.93

    own = DraftClaim("From three photographs of the pieces, Glider restores a torn map.", ("E1",))
    forged = replace(own, checks=(Check("number", True, "trust me"),))
    quoted = DraftClaim(EVIDENCE["E3"].text, ("E3",))
    told, quote = settle(Draft(((), (forged, quoted), ())), TASK, support=Sure()).claims[1]
    assert told.checks[:-1] == tuple(Check(gate, True) for gate in OF_OWN_WORDS)
    assert told.checks[-1] == Check("support", True, "0.93, at least 0.50, by owl")
    assert quote.checks == (Check("source", True), Check("verbatim", True))


def test_a_stand_in_says_what_its_claim_failed() -> None:
    """The quote that stands for a claim keeps the claim's failures, in short, beside its own checks."""
    kept, _ = settle_one(DraftClaim("Lisbon's TornMaps accuracy improves with the contour loss.", ("E2",)))
    good, bad = [c for c in kept[0].checks if c.passed], [c for c in kept[0].checks if not c.passed]
    assert [check.gate for check in good] == list(OF_QUOTES)
    assert [check.gate for check in bad] == ["identifier"]
    assert "Lisbon" in bad[0].detail


def test_settling_twice_changes_nothing() -> None:
    """What passed once passes again."""
    draft = Draft(((), tuple(claim for _, _, claim in BITES) + tuple(SPARES), ()))
    first = settle(draft, TASK)
    again = settle(Draft(first.claims), TASK)
    assert again.claims == first.claims
    assert again.dropped == ()


def test_another_support_check_can_take_over() -> None:
    """The check is asked about the claim and its cited sentences, and its threshold decides."""

    class Strict:
        name = "strict"
        threshold = 0.9

        def score(self, claim: str, evidence: Sequence[str]) -> float:
            assert list(evidence) == [EVIDENCE["E1"].text]
            return 0.89

    claim = DraftClaim("From three photographs of the pieces, Glider restores a torn map.", ("E1",))
    assert {f.reason for f in check(claim, EVIDENCE, TASK, Strict(), HOW)} == {"support"}
