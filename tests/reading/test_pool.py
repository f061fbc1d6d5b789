"""Worker processes: every request is answered once, none waits for the next to come, a failure costs itself alone."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from rag.errors import FetchError
from rag.reading.workers.pool import Failure, Pool


def pool(folder: Path, workers: int = 1, timeout_s: float = 60.0, memory: int = 2**30) -> Pool:
    """Return a pool of tiny workers, each of which leaves a file of its number in the folder."""
    return Pool(("tests.tiny_worker", str(folder)), workers, timeout_s, memory)


def started(folder: Path) -> set[int]:
    """Return the processes that were started, in so far as they have come to say so."""
    return {int(path.name) for path in folder.iterdir()}


def ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_every_request_is_answered_once(tmp_path: Path) -> None:
    """Answers carry the number that `give` returned, whether they are taken early or at the end."""
    with pool(tmp_path, workers=2) as run:
        given = [run.give(f"lamp {number}") for number in range(5)]
        found = dict([*run.ready(), *run.rest()])
        assert list(run.ready()) == list(run.rest()) == []
        assert run.ask("lamp") == "lamp\n", "a pool can be used again"
    assert given == sorted(found) == list(range(5))
    assert found == {number: f"lamp {number}\n" for number in given}


def test_weighty_requests_come_early(tmp_path: Path) -> None:
    """What is given first comes first; of its next few neighbours the weightier ones do, however many follow."""
    with pool(tmp_path) as run:
        for weight in (1, 2, 5, 3, 4, 9):
            run.give("lamp", weight)
        assert [number for number, _ in run.rest()] == [0, 2, 4, 3, 1, 5]


def test_a_failure_costs_one_request(tmp_path: Path) -> None:
    """A process that dies is replaced, and the other requests are answered."""
    with pool(tmp_path) as run:
        run.give("die")
        run.give("lamp")
        assert [*run.rest()][1] == (1, "lamp\n")
        failed = run.ask("die")
        assert isinstance(failed, Failure)
        assert "code 3" in failed.reason
        assert run.ask("lamp") == "lamp\n"


def test_workers_share_one_allowance_of_memory(tmp_path: Path) -> None:
    """What needs more than a share has all of it, alone, once the others are done; what follows shares again."""
    with pool(tmp_path, workers=2) as run:
        for request in ("need 600000000", "lamp", "memory", "need 2000000000", "memory"):
            run.give(request)
        found = dict([*run.ready(), *run.rest()])
        assert [found[number] for number in (0, 1, 2, 4)] == [f"{2**30}\n", "lamp\n", f"{2**29}\n", f"{2**29}\n"]
        assert isinstance(failed := found[3], Failure)
        assert failed.ended
        assert run.ask("memory") == f"{2**29}\n"


@pytest.mark.parametrize(
    ("workers", "memory", "share"), [(1, 2**30, 2**30), (3, 3 * 2**28, 2**28), (8, 2**30, 2**28), (8, 2**20, 2**20)]
)
def test_no_share_is_too_small_to_work_with(tmp_path: Path, workers: int, memory: int, share: int) -> None:
    with pool(tmp_path, workers, memory=memory) as run:
        assert run.ask("memory") == f"{share}\n"


def test_an_answer_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes no memory beyond its limit, and its worker ends."""
    monkeypatch.setattr("rag.reading.workers.pool.MOST_ANSWER", 1000)
    with pool(tmp_path) as run:
        assert run.ask("x" * 999) == "x" * 999 + "\n"
        assert run.ask("x" * 1000) == Failure("holds more text than any paper; split it")
        assert run.ask("lamp") == "lamp\n"
        assert len(started(tmp_path)) == 2


def test_a_worker_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pool(tmp_path, timeout_s=0.5) as run:
        assert run.ask("sleep") == Failure("took longer than 0.5 s")
        assert all(map(ended, started(tmp_path)))


def test_a_prepared_worker_takes_the_first_request(tmp_path: Path) -> None:
    """One that died before there was anything to do costs no request."""
    with pool(tmp_path) as run:
        run.prepare()
        prepared = int(str(run.ask("pid")))
        assert run.ask("pid") == f"{prepared}\n"
        assert started(tmp_path) == {prepared}
        os.kill(prepared, signal.SIGKILL)
        os.waitid(os.P_PID, prepared, os.WEXITED | os.WNOWAIT)
        assert int(str(run.ask("pid"))) != prepared


@pytest.mark.parametrize("error", [None, FetchError("the disk is full")])
def test_no_worker_outlives_its_pool(error: FetchError | None, tmp_path: Path) -> None:
    """Whoever leaves the pool, by an error too, leaves no process behind, at work or not."""
    with suppress(FetchError), pool(tmp_path, workers=2) as run:
        for _ in range(2):
            run.give("sleep")
        while len(started(tmp_path)) < 2:
            time.sleep(0.01)
        if error:
            raise error
    assert all(map(ended, started(tmp_path)))
