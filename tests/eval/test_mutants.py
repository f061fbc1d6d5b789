"""An answer broken in one way raises exactly that violation; an unbroken one raises none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.benchmarks.mutants import alone, caught, make_worlds, run
from eval.exhibits import from_answer
from eval.judge import judge
from eval.library import Library
from eval.mutants import MUTATORS, mutants
from eval.report import build, dump
from eval.violations import PRECEDENCE
from rag.record import dump_answer, load_answer

WORLDS = make_worlds(6, 40, None)


def test_every_kind_has_a_mutator() -> None:
    """No kind of violation goes untested."""
    assert set(MUTATORS) == set(PRECEDENCE)


def test_unbroken_answers_are_clean() -> None:
    """A good answer is good at every claim, with support, and nothing else is said against it."""
    for world, library in WORLDS:
        judged = judge(world.case, from_answer(world.answer), library)
        assert judged.violations == ()
        assert all(claim.verdict == "good" and claim.supported for claim in judged.claims)


@pytest.mark.parametrize("kind", PRECEDENCE)
def test_mutants_are_caught_with_their_kind(kind: str) -> None:
    """Every mutant's kind stands at the place where it was broken, and nowhere else is anything found."""
    libraries = {world.case.brief: library for world, library in WORLDS}
    made = 0
    for mutant in mutants([world for world, _ in WORLDS], 24, seed=3, kinds=(kind,)):
        judged = judge(mutant.case, from_answer(mutant.answer), libraries[mutant.case.brief])
        assert caught(mutant, judged), (mutant.variant, mutant.place, judged.violations)
        assert alone(mutant, judged), (mutant.variant, mutant.place, judged.violations)
        made += 1
    assert made == 24


def test_broken_answers_can_be_read_back() -> None:
    """Whatever is broken in an answer's content, its record loads unchanged: the judge judges it, nobody refuses it."""
    for mutant in mutants([world for world, _ in WORLDS], 8, seed=4):
        assert load_answer(dump_answer(mutant.answer)) == mutant.answer, mutant.variant


def test_read_papers_at_both_levels(tmp_path: Path) -> None:
    """The same holds for papers read from PDFs by the engine's reader, with the raw PDFs at hand."""
    outcome = run(make_worlds(1, 77, tmp_path), per_kind=4, seed=5)
    assert outcome.clean == outcome.unbroken
    assert not [(m.kind, m.variant, [v.kind for v in j.violations]) for m, j in outcome.missed]


def test_same_input_same_bytes() -> None:
    """Two runs give the same report, byte for byte."""

    def once() -> str:
        worlds = make_worlds(1, 5, None)
        return dump(build([judge(w.case, from_answer(w.answer), library) for w, library in worlds], name="x"))

    assert once() == once()
    assert json.loads(once())["schema"] == "rag.report/1"


def test_a_library_without_the_papers_cannot_check() -> None:
    """Missing papers give `cannot be checked`, never good, never bad."""
    world, _ = WORLDS[0]
    judged = judge(world.case, from_answer(world.answer), Library())
    cited = [claim for claim in judged.claims if claim.basis == "paper"]
    assert {claim.verdict for claim in cited} == {"cannot_be_checked"}
    assert judged.violations == ()
