"""Read many PDFs at once, each in a worker process that may be killed.

What reads one is `read`, which this process need not load.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import PdfError
from rag.papers import Paper
from rag.reading.extractor import extractor
from rag.reading.workers.pool import Failure, Pool
from rag.reading.workers.wire import load_paper

TIMEOUT_S = 120.0  # per paper: real ones take one or two seconds
MEMORY_BYTES = 3 * 2**30
_PAPER = '{"paper":'


@dataclass(frozen=True, slots=True)
class Job:
    """Name one PDF to read and what is known about its paper."""

    path: Path
    paper: str
    version: int | None = None
    title: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""


def read_papers(
    jobs: Iterable[Job], workers: int = 2, timeout_s: float = TIMEOUT_S, memory_bytes: int = MEMORY_BYTES
) -> Generator[tuple[Job, Paper | PdfError]]:
    """Read papers in worker processes; yield each with its result or its own error, as they finish.

    Reading begins with the first job, however long the next ones are in coming.
    """
    given: list[Job] = []
    with Pool("rag.reading.workers.worker", workers, timeout_s, memory_bytes) as pool:
        pool.prepare()
        for job in jobs:
            given.append(job)
            pool.give(_request(job), _size(job))
            yield from ((given[number], _result(given[number], answer)) for number, answer in pool.ready())
        yield from ((given[number], _result(given[number], answer)) for number, answer in pool.rest())


def _request(job: Job) -> str:
    return json.dumps([str(job.path), job.paper, job.version, job.title, job.authors, job.published, extractor()])


def _result(job: Job, answer: str | Failure) -> Paper | PdfError:
    if not isinstance(answer, str):
        return PdfError(f"{job.path.name}: {answer.reason}; leave the paper out or fetch it again")
    if answer.startswith(_PAPER):
        return load_paper(answer.strip()[len(_PAPER) : -1])
    return PdfError(json.loads(answer)["error"])


def _size(job: Job) -> int:
    try:
        return job.path.stat().st_size
    except OSError:  # its worker says what is wrong with it
        return 0
