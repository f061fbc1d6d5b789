"""Ceilings hold, the throttle gives way and recovers, an outage ends a batch."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rag import Engine
from rag.answers import AnswerFailure, Evidence
from rag.batch import Limits
from rag.batch.limits import IN_A_ROW, PATIENCE_S, Ceiling, Outage, Throttle
from rag.errors import SettingsError
from tests import openai_server as fake
from tests.batch.batches import (
    asking_model,
    drafts_asked,
    made_questions,
    run_through,
)
from tests.openai_server import quoting


def test_a_server_that_may_come_back_is_given_a_while() -> None:
    """What passes stops a batch only after a while without success; what lasts at once; a question's own, never."""
    now = [0.0]
    outage = Outage(lambda: now[0])
    gone, wrong = AnswerFailure("connection", "refused", True), AnswerFailure("not_json", "prose")
    assert not any(outage.failed(gone) for _ in range(2 * IN_A_ROW))
    outage.succeeded()
    now[0] = PATIENCE_S
    assert [bool(outage.failed(gone)) for _ in range(IN_A_ROW)] == [False] * (IN_A_ROW - 1) + [True]
    outage.succeeded()
    assert not any(outage.failed(wrong) for _ in range(2 * IN_A_ROW))
    lasting = [outage.failed(AnswerFailure("unauthorized", "no key")) for _ in range(IN_A_ROW)]
    assert not any(lasting[:-1])
    assert "no key" in lasting[-1]


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (Limits(tokens=6000), 5),  # the server says 1,200 tokens an answer
        (Limits(cost=0.006, prices=(1.0, 1.0)), 5),
        (Limits(tokens=0), 0),
        (Limits(minutes=0), 0),
    ],
)
def test_a_ceiling_stops_cleanly_and_resumes(engine: Engine, tmp_path: Path, limits: Limits, most: int) -> None:
    """No run takes more than its ceiling; it says what is left, and later runs finish the rest, each question once."""
    path = tmp_path / "a.jsonl"
    questions = made_questions(9)
    with fake.serve(quoting) as server:
        asking = asking_model(engine, server.url)
        batch = run_through(asking, questions, path, limits=limits, concurrency=3)
        refused = batch.tally.refused
        assert batch.tally.answered <= most
        assert batch.tally.left == 9 - batch.tally.answered - refused > 0
        assert f"{batch.tally.left} left" in batch.tally.summary()[-1]
        assert "ceiling" in batch.tally.summary()[-1]
        assert len(server.requests) == batch.tally.answered
        assert run_through(asking, questions, path).tally.left == 0
    assert set(drafts_asked(server.requests).values()) == {1}


def test_what_is_set_aside_counts() -> None:
    """Calls under way count with what they will probably take, then with what they took; a call waits for them."""
    ceiling = Ceiling(Limits(tokens=5000))
    evidence = [Evidence("E1", "pdf", "x" * 400)]
    first = ceiling.set_aside(evidence)
    second = ceiling.set_aside(evidence)
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[0] == 2100
    third: list[object] = []
    waiting = threading.Thread(target=lambda: third.append(ceiling.set_aside(evidence)))
    waiting.start()
    assert not third
    ceiling.settle(first, 400, 100)
    waiting.join()
    assert third == [(500, 0.0)]
    ceiling.settle(second, 4000, 0)
    ceiling.settle((500, 0.0), 500, 0)
    assert ceiling.set_aside(evidence) == "the ceiling of 5,000 tokens is reached"


def test_a_ceiling_is_used_whole(engine: Engine) -> None:
    """Calls side by side set much aside and take less: the batch goes on until no single call fits any more."""
    with fake.serve(quoting) as server:
        tally = run_through(
            asking_model(engine, server.url), made_questions(30), limits=Limits(tokens=12_000), concurrency=8
        ).tally
    assert tally.tokens <= 12_000
    assert tally.tokens + 1200 > 12_000


@pytest.mark.parametrize("wrong", [{"cost": 1.0}, {"tokens": -1}, {"minutes": float("nan")}, {"prices": (-1.0, 0.0)}])
def test_ceilings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    """A negative ceiling, or a cost without prices, is named."""
    with pytest.raises(SettingsError):
        Limits(**wrong)  # type: ignore[arg-type]


def test_the_throttle_halves_once_a_wave_and_grows_again() -> None:
    """Many "too many requests" at once halve the limit once; successes raise it, up to what the user set."""
    now = [0.0]
    throttle = Throttle(16, clock=lambda: now[0])
    for _ in range(5):
        throttle.slow_down()
    assert throttle.limit == 8
    throttle.succeeded()
    throttle.slow_down()
    assert 4 <= throttle.limit < 5
    for _ in range(100):
        throttle.succeeded()
        throttle.slow_down()
    assert throttle.limit == 1
    for _ in range(100):
        throttle.succeeded()
    assert throttle.limit == 16


def test_the_throttle_holds_back_until_a_pause_is_over() -> None:
    """No call begins during a pause; `resume` ends it."""
    throttle = Throttle(1, clock=lambda: 0.0)
    throttle.slow_down(60.0)
    began = threading.Event()

    def call() -> None:
        with throttle.slot():
            began.set()

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    assert not began.is_set()
    throttle.resume()
    thread.join(10)
    assert began.is_set()


def test_no_more_than_the_limit_run_at_once() -> None:
    """Whatever the threads do, at most `limit` hold a slot."""
    throttle = Throttle(3)
    running, most = [0], [0]
    lock = threading.Lock()

    def call() -> None:
        for _ in range(50):
            with throttle.slot():
                with lock:
                    running[0] += 1
                    most[0] = max(most[0], running[0])
                with lock:
                    running[0] -= 1

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 3
