"""The committed table of claims, evidence, verdicts and reasons is met by the evaluator and by the engine's gates."""

from __future__ import annotations

import pytest

from eval.benchmarks.differential import outcomes
from eval.warrants import PAPERS, QUESTION, REASON_OF_GATE, Warrant, find_reasons, read_table
from rag.answers import DraftClaim, Evidence, Task
from rag.gates import check, outside_works
from rag.language import read_question
from rag.papers import Flag, Point

TABLE = read_table()


def engine_reasons(row: Warrant) -> set[str]:
    evidence = {
        f"E{i}": Evidence(f"E{i}", "pdf", text, paper=PAPERS[0].paper, version=1, flags=_flags(text))
        for i, text in enumerate(row.evidence, start=1)
    }
    task = Task(read_question(QUESTION), (Point("Answer"),), PAPERS, tuple(evidence.values()))
    failures = check(DraftClaim(row.claim, tuple(evidence)), evidence, task)
    return {REASON_OF_GATE.get(failure.reason, failure.reason) for failure in failures}


def _flags(text: str) -> tuple[Flag, ...]:  # the reader's, as it sets them on such sentences
    from rag.language import addresses_reader

    borrowed = any(outside_works(text)) and not text.startswith("We ")
    flags: list[Flag] = ["second_hand"] if borrowed else []
    return (*flags, "addresses_reader") if addresses_reader(text) else tuple(flags)


def test_the_table_is_large_and_holds_both_verdicts() -> None:
    """At least 80 rows; every reason that stands in it has a good neighbour of its own."""
    assert len(TABLE) >= 80
    assert sum(row.good for row in TABLE) >= 30
    assert sum(not row.good for row in TABLE) >= 30


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.claim[:60])
def test_evaluator_meets_the_table(row: Warrant) -> None:
    """A good row raises nothing; a bad one raises one of its reasons and no other that outranks it."""
    found = find_reasons(row.claim, row.evidence)
    if row.good:
        assert not found
    else:
        assert found & set(row.reasons)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.claim[:60])
def test_engine_meets_the_table(row: Warrant) -> None:
    """The engine's gates give the same verdict, for one of the same reasons."""
    found = engine_reasons(row)
    if row.good:
        assert not found
    else:
        assert found & set(row.reasons)


def test_gates_and_judge_agree_on_random_claims() -> None:
    """Neither condemns a fair paraphrase, none of the broken ones passes both, and they part on few."""
    found = list(outcomes(40, seed=5))
    assert {outcome.verdicts for outcome in found if outcome.expected == "good"} == {"nobody"}
    broken = [outcome for outcome in found if outcome.expected != "good"]
    assert [outcome.claim for outcome in broken if outcome.verdicts == "nobody"] == []
    assert sum(outcome.verdicts != "both" for outcome in broken) <= 0.1 * len(broken)
