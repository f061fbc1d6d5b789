"""One question after the other: what is told, what is not told yet, and what a cancelled or broken one leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event as Flag
from threading import Thread

import pytest

from rag import Brief, Engine
from rag.answers import Draft, DraftClaim, Task
from rag.errors import SettingsError
from rag.serve.jobs import MOST_WAITING, Desk, Event, Job
from tests.serve.running import QUESTION, TERN, demo_engine

BRIEF = Brief.of(QUESTION, [TERN])


class Slow:
    """Propose a quote and an invention, then wait until let go; fail where that is asked."""

    name = "slow"

    def __init__(self, fault: Exception | None = None) -> None:
        self.proposed, self.go, self.fault = Flag(), Flag(), fault

    def write(self, task: Task) -> Draft:
        raise NotImplementedError  # it writes in steps, as chat models do

    def write_in_steps(
        self,
        task: Task,
        progress: Callable[[int, int], None],
        told: Callable[[int | None, Sequence[DraftClaim]], None] | None,
    ) -> Draft:
        good = next(e for e in task.evidence if e.source == "pdf")
        claims = (DraftClaim(good.text, (good.id,), "verbatim", good.paper), DraftClaim("It is best.", ("E9999",)))
        if told:
            told(0, claims)
        self.proposed.set()
        self.go.wait(20)
        if self.fault:
            raise self.fault
        progress(1, 1)
        return Draft((claims, *(() for _ in task.points[1:])))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    made = demo_engine(tmp_path_factory.mktemp("corpus"))
    made.ingest([TERN])
    return made


def desk_of(stored: Engine, writer: Slow) -> Desk:
    return Desk(Engine(stored.settings, writer=writer, embedder=stored.embedder))


def test_only_what_passed_the_gates_is_told(stored: Engine) -> None:
    """While the writer still writes, its good claim can be read, its invention cannot; the answer comes last."""
    writer = Slow()
    job = desk_of(stored, writer).ask(BRIEF)
    assert writer.proposed.wait(20)
    assert not job.over
    claims = [event.text for event in list(job.events) if event.kind == "claim"]
    writer.go.set()
    job.wait()
    assert len(claims) == 1
    assert job.answer is not None
    assert claims[0] in {claim.text for claim in job.answer.claims}
    assert not any("best" in event.text for event in job.events)
    assert [event.kind for event in job.events][-1] == "answered"


def test_a_cancelled_job_ends_and_lets_the_next_one_in(stored: Engine) -> None:
    """One that runs stops at its next step, one that waits is never begun."""
    writer = Slow()
    desk = desk_of(stored, writer)
    running, waiting, after = desk.ask(BRIEF), desk.ask(BRIEF), desk.ask(BRIEF)
    assert [event.total for job in (waiting, after) for event in list(job.events)] in ([0, 1], [1, 2])
    assert writer.proposed.wait(20)
    running.cancel()
    waiting.cancel()
    writer.go.set()
    after.wait()
    assert [job.events[-1] for job in (running, waiting)] == [Event("cancelled"), Event("cancelled")]
    assert not any(event.kind == "claim" for event in waiting.events)
    assert after.answer is not None


def test_a_fault_ends_one_job_alone(stored: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """What we did not expect is logged with all that is known, and told without it."""
    writer = Slow(ValueError("/data/me/secret"))
    writer.go.set()
    desk = desk_of(stored, writer)
    broken = desk.ask(BRIEF)
    broken.wait()
    writer.fault = None
    good = desk.ask(BRIEF)
    good.wait()
    assert broken.events[-1].kind == "failed"
    assert "secret" not in broken.events[-1].text
    assert "secret" in caplog.text
    assert good.answer is not None


def test_no_more_wait_than_can_be_answered(stored: Engine) -> None:
    writer = Slow()
    desk = desk_of(stored, writer)
    first = desk.ask(BRIEF)
    assert writer.proposed.wait(20)
    waiting = [desk.ask(BRIEF) for _ in range(MOST_WAITING)]
    with pytest.raises(SettingsError, match="wait already"):
        desk.ask(BRIEF)
    for job in (first, *waiting):
        job.cancel()
    writer.go.set()
    waiting[-1].wait()


def test_everybody_hears_everything(stored: Engine) -> None:
    """Who comes late hears what was said before; who comes again hears the rest."""
    job = Job(1, lambda progress, heard: "done")
    job.tell(Event("queued"))
    heard: list[list[Event | None]] = [[], []]

    def listen(number: int, events: Iterator[Event | None]) -> None:
        heard[number] += list(events)

    listeners = [Thread(target=listen, args=(0, job.follow())), Thread(target=listen, args=(1, job.follow(2)))]
    for listener in listeners:
        listener.start()
    job.tell(Event("stage", "reading", 1, 2))
    job.tell(Event("claim", "It is so."))
    job.tell(Event("answered"))
    for listener in listeners:
        listener.join(20)
    assert heard == [job.events, job.events[2:]]
