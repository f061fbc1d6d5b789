"""Worker processes: every request is answered once, none waits for the next to come, a failure costs itself alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from rag.errors import FetchError
from rag.reading.workers.pool import Failure, Pool, _Worker
from rag.reading.workers.readers import Job, read_papers
from tests import make_pdfs

STAMPS = "rag.reading.workers.stamps"
MEMORY = 2**30


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pdfs")
    paths = [folder / f"{number}.pdf" for number in range(4)]
    for path in paths:
        path.write_bytes(make_pdfs.paper())
    return paths


def test_every_request_is_answered_once(pdfs: list[Path]) -> None:
    """Answers carry the number that `give` returned, whether they are taken early or at the end."""
    with Pool(STAMPS, 2, 60.0, MEMORY) as pool:
        given = [pool.give(json.dumps(str(path))) for path in [*pdfs, Path("missing.pdf")]]
        found = dict([*pool.ready(), *pool.rest()])
        assert list(pool.ready()) == list(pool.rest()) == []
        assert isinstance(pool.ask(json.dumps(str(pdfs[0]))), str), "a pool can be used again"
    assert given == sorted(found) == list(range(5))
    assert "error" in json.loads(str(found[4]))
    assert all("error" not in json.loads(str(found[number])) for number in range(4))


def test_weighty_requests_come_early() -> None:
    """What is given first comes first; of its next few neighbours the weightier ones do, however many follow."""
    with Pool(STAMPS, 1, 60.0, MEMORY) as pool:
        for weight in (1, 2, 5, 3, 4, 9):
            pool.give(json.dumps("missing.pdf"), weight)
        assert [number for number, _ in pool.rest()] == [0, 2, 4, 3, 1, 5]


def test_a_failure_costs_one_request(pdfs: list[Path]) -> None:
    """A process that dies is replaced, and the other requests are answered."""
    with Pool(STAMPS, 1, 60.0, MEMORY) as pool:
        pool.give("not JSON")
        pool.give(json.dumps(str(pdfs[0])))
        (first, failed), (second, answer) = pool.rest()
        assert (first, second) == (0, 1)
        assert isinstance(failed, Failure)
        assert isinstance(answer, str)
        assert isinstance(pool.ask("not JSON"), Failure)
        assert isinstance(pool.ask(json.dumps(str(pdfs[0]))), str)


def test_a_prepared_worker_takes_the_first_request(pdfs: list[Path]) -> None:
    """One that died before there was anything to do costs no request."""
    with Pool(STAMPS, 1, 60.0, MEMORY) as pool:
        pool.prepare()
        (prepared,) = pool._idle
        assert isinstance(pool.ask(json.dumps(str(pdfs[0]))), str)
        assert pool._idle == [prepared]
        prepared.process.kill()
        prepared.process.wait()
        assert isinstance(pool.ask(json.dumps(str(pdfs[0]))), str)
        assert prepared not in pool._idle


def test_papers_are_read_while_others_are_still_fetched(pdfs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading begins with the first job; what is read is given before the next job is asked for."""
    ready = Pool.ready
    monkeypatch.setattr(Pool, "ready", lambda pool: iter([*pool._taken(wait=True), *ready(pool)]))
    told: list[str] = []

    def jobs() -> Iterator[Job]:
        for path in pdfs:
            told.append(f"fetched {path.stem}")
            yield Job(path, path.stem)

    for job, _ in read_papers(jobs()):
        told.append(f"read {job.paper}")
    assert told == [f"{done} {path.stem}" for path in pdfs for done in ("fetched", "read")]


def test_no_worker_outlives_an_error(pdfs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while jobs are fetched reaches the caller, and the workers end; so does one with nothing to do."""
    workers: list[_Worker] = []
    begin = _Worker.__init__

    def started(worker: _Worker, *told: Any) -> None:
        begin(worker, *told)
        workers.append(worker)

    def jobs() -> Iterator[Job]:
        yield Job(pdfs[0], "0")
        raise FetchError("the disk is full")

    monkeypatch.setattr(_Worker, "__init__", started)
    for given in (jobs(), iter(())):
        with pytest.raises(FetchError, match="disk") if not workers else nullcontext():
            list(read_papers(given))
    assert len(workers) == 2
    assert all(worker.process.poll() is not None for worker in workers)
