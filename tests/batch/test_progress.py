"""How far a batch is, in words."""

from __future__ import annotations

import io
import sys

import pytest

from rag import Answer, Engine
from rag.answers import AnswerFailure
from rag.batch import Limits, watch
from rag.batch.progress import Tally
from tests.batch.batches import (
    made_questions,
)


def test_the_tally_says_how_far_it_is() -> None:
    """Rate, time to go, tokens and cost follow from counts and clock."""
    now = [0.0]
    tally = Tally(total=10, kept=4, clock=lambda: now[0])
    tally.begin()
    run = {"usage": {"input_tokens": 900.0, "output_tokens": 100.0, "repair_input_tokens": 1000.0}}
    tally.count(Answer("Q", "answered", "w", run=run), Limits(prices=(1.0, 2.0)))
    tally.count(Answer("Q", "refused", "w"), Limits(prices=(1.0, 2.0)))
    now[0] = 4.0
    assert tally.line() == "6/10 done, 0 failed, 1 refused, 30.0/min, 8.0 s to go, 2,000 tokens, cost 0.00"
    assert tally.cost == pytest.approx(0.0021)
    assert "4 left" in tally.summary()[-1]
    tally.count(Answer("Q", "failed", "w", failure=AnswerFailure("timeout", "no reply")), Limits())
    assert any("1 failed (timeout 1; the first: no reply)" in line for line in tally.summary())


def test_a_batch_goes_on_when_nobody_reads_its_progress(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is gone, or a full disk behind a redirection, costs the lines of progress, not the night."""

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stderr", Gone())
    batch = engine.batch(made_questions(4))
    assert not watch(batch, terminal=False)
    assert batch.tally.left == 0
