"""Read PDFs, and arXiv's stamps on them, in worker processes that may be killed: a page can be made to take all memory.

Both sides are here, so that what one writes and the other reads stands together. `python -m rag.reading.workers.readers
papers BYTES` is a worker that reads whole papers; with `stamps` it finds ids and versions. A worker loads what reads
PDFs, which whoever asks it need not, and nothing of what runs workers.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import PdfError
from rag.papers import HiddenText, Page, Paper, Region, Sentence, Span

if TYPE_CHECKING:
    from rag.reading.workers.pool import Failure

Stamp = Callable[[Path], tuple[str, int] | None]

TIMEOUT_S = 60.0  # per paper: real ones take one or two seconds
MEMORY_BYTES = 3 * 2**28  # of addresses, for all workers that read papers: a real paper needs a fifth of it
STAMP_TIMEOUT_S = 20.0  # a first page takes milliseconds
STAMP_MEMORY_BYTES = 2**28  # a real one needs 110 MB


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
    from rag.reading import extractor
    from rag.reading.workers.pool import Pool

    given: list[Job] = []

    def read(number: int, answer: str | Failure) -> tuple[Job, Paper | PdfError]:
        job = given[number]
        try:
            return job, unpacked(_found(job.path, answer))
        except PdfError as error:
            return job, error

    with Pool((__name__, "papers"), workers, timeout_s, memory_bytes) as pool:
        pool.prepare()
        for job in jobs:
            given.append(job)
            size = 0
            with suppress(OSError):  # its worker says what is wrong with it
                size = job.path.stat().st_size
            about = {**asdict(job), "path": str(job.path), "reader": extractor()}
            pool.give(json.dumps(about), size)
            yield from (read(number, answer) for number, answer in pool.ready())
        yield from (read(number, answer) for number, answer in pool.rest())


@contextmanager
def stamp_reader(memory_bytes: int = STAMP_MEMORY_BYTES) -> Iterator[Stamp]:
    """Give what reads the stamp on a PDF's first pages, or None; it raises `PdfError` for bad files."""
    from rag.reading.workers.pool import Pool

    with Pool((__name__, "stamps"), 1, STAMP_TIMEOUT_S, memory_bytes) as pool:

        def read(path: Path) -> tuple[str, int] | None:
            found = _found(path, pool.ask(json.dumps({"path": str(path.resolve())})))
            return (found[0], found[1]) if found else None

        yield read


def _found(path: Path, answer: str | Failure) -> Any:
    """Return what a worker found; raise `PdfError` with what it, or its end, says is wrong with the file."""
    if not isinstance(answer, str):
        raise PdfError(f"{path.name}: {answer.reason}; leave the paper out or fetch it again")
    told = json.loads(answer)
    if "error" in told:
        raise PdfError(told["error"])
    return told["found"]


# --- in the worker -----------------------------------------------------------------------------------------


def main() -> None:
    """Answer requests until standard input ends."""
    kind, memory_bytes = sys.argv[1], int(sys.argv[2])
    find = _finder(kind)
    with suppress(ImportError):  # Windows knows no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    gc.freeze()
    gc.disable()  # tens of thousands of small tuples per paper, no cycles among them
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes nowhere near the answers
    for line in sys.stdin:
        try:
            told = answered(line, find)
        except MemoryError:
            os._exit(errno.ENOMEM)  # with the memory of more workers it may go
        answers.write(told + "\n")
        answers.flush()
        gc.collect()
        gc.freeze()  # what has outlived a paper is code and tables: no need to look through it after the next one


def _finder(kind: str) -> Callable[..., Any]:
    """Return what is called with a path and the rest of a request, and load what it takes."""
    if kind == "stamps":
        from rag.reading.glyphs.page_words import read_stamp

        return read_stamp

    from rag.reading.read import read_paper

    return lambda path, authors, **about: packed(read_paper(path, authors=tuple(authors), **about))


def answered(request: str, find: Callable[..., Any]) -> str:
    """Return the answer to one request, as one line of JSON: what was found, or what is wrong with the file.

    Raise `MemoryError` where the process may have too little.
    """
    about = json.loads(request)
    path = Path(about.pop("path"))
    try:
        return json.dumps({"found": find(path, **about)}, ensure_ascii=False, separators=(",", ":"))
    except PdfError as error:
        return json.dumps({"error": str(error)})
    except RecursionError:
        return json.dumps({"error": f"{path.name}: nested too deeply; leave the paper out"})


# --- a paper on its way ------------------------------------------------------------------------------------


def packed(paper: Paper) -> list[Any]:
    """Return a paper without passages for JSON: lists stand for the dataclasses, in field order, triples in a row."""
    return [
        [
            *(paper.paper, paper.version, paper.title, paper.authors, paper.pdf_sha256, paper.extractor),
            *(paper.published, paper.copy, paper.lead),
        ],
        [
            [
                page.number,
                page.text,
                [[region.start, region.end, region.label] for region in page.regions],
                [*chain.from_iterable(page.glyphs)],
                page.width,
                page.height,
                page.flags,
            ]
            for page in paper.pages
        ],
        [
            [
                sentence.number,
                sentence.text,
                [number for span in sentence.spans for number in (span.page, span.start, span.end)],
                sentence.label,
                sentence.section,
                sentence.paragraph,
                sentence.flags,
            ]
            for sentence in paper.sentences
        ],
        [[item.page, item.text, item.reason] for item in paper.hidden],
        paper.gaps,
    ]


def unpacked(fields: list[Any]) -> Paper:
    """Return the paper that `packed` wrote."""
    about, pages, sentences, hidden, gaps = fields
    paper, version, title, authors, pdf, extractor, published, copy, lead = about
    return Paper(
        paper=paper,
        version=version,
        title=title,
        authors=tuple(authors),
        pdf_sha256=pdf,
        extractor=extractor,
        published=published,
        copy=copy,
        lead=lead,
        pages=tuple(
            Page(
                number=number,
                text=text,
                regions=tuple([Region(*region) for region in regions]),
                glyphs=tuple(_triples(glyphs)),
                width=width,
                height=height,
                flags=tuple(flags),
            )
            for number, text, regions, glyphs, width, height, flags in pages
        ),
        sentences=tuple(
            Sentence(
                number=number,
                text=text,
                spans=tuple([Span(*span) for span in _triples(spans)]),
                label=label,
                section=tuple(section),
                paragraph=paragraph,
                flags=tuple(flags),
            )
            for number, text, spans, label, section, paragraph, flags in sentences
        ),
        passages=(),
        hidden=tuple(HiddenText(*item) for item in hidden),
        gaps=tuple(gaps),
    )


def _triples(numbers: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yield three numbers at a time: a list of lists takes JSON twice as long as one list."""
    each = iter(numbers)
    return zip(each, each, each, strict=True)


if __name__ == "__main__":
    main()
