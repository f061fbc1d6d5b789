"""Bring papers into the index: fetch, read in worker processes, cut into passages, embed, publish one by one.

While a paper is embedded on all cores, the one before it is published, the next are read, and others are fetched: arXiv
is asked once in three seconds. What is stored already is left alone: nothing is downloaded, read or embedded again, and
no model is loaded. A paper that fails is named with its reason and the others go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from rag.answers import Notice
from rag.briefs import title_notice
from rag.errors import FetchError, RagError
from rag.language import words
from rag.papers import AllowedPaper, Paper, is_local
from rag.searching import Entry, Index, IndexWriter
from rag.settings import Settings, cores

if TYPE_CHECKING:
    from rag.fetching import Fetched
    from rag.reading import Stamp
    from rag.searching import Embedder
    from rag.vectors import Embedded

    Read = tuple[AllowedPaper, Fetched, Paper | RagError]

AHEAD = 2  # papers whose embedding is under way or due, so that no core waits while another paper is published
SIDE_BY_SIDE = 2  # papers embedded at a time: while one is cut, or its last texts run, the other keeps the cores busy
READERS = (2, 4)  # worker processes at least, as one may hang, and how many cores each keeps embedding

Progress = Callable[[str, int, int], None]
"""Called with the stage (fetching, reading, embedding), what is done and the total."""


def no_bulk(papers: int) -> Embedder | None:
    """Leave every number of papers to the usual embedder."""


def silent(stage: str, done: int, total: int) -> None:
    """Report no progress."""


@dataclass(slots=True)
class Ingested:
    """Say what became of each paper."""

    added: list[Entry] = field(default_factory=list)
    kept: list[Entry] = field(default_factory=list)
    failed: list[tuple[AllowedPaper, RagError]] = field(default_factory=list)


def ingest(
    papers: Sequence[AllowedPaper],
    settings: Settings,
    *,
    embedder: Callable[[], Embedder] | None = None,
    bulk: Callable[[int], Embedder | None] = no_bulk,
    rebuild: bool = False,
    progress: Progress = silent,
) -> Ingested:
    """Make every paper of a whitelist searchable; `embedder` is called only when something is new.

    `bulk` may give another embedder, in the same vector space, for so many new papers: one that starts slowly. Without
    `embedder`, both are those of the settings' model.
    """
    if embedder is None:
        from rag.searching import load_bulk_embedder, load_embedder

        embedder = partial(load_embedder, settings.model, offline=settings.offline)
        bulk = partial(load_bulk_embedder, model=settings.model, offline=settings.offline)
    report = Ingested()
    index = None if rebuild else Index.existing(settings.index_dir)
    wanted = list(unstored(papers, index, settings, report))
    with closing(read_in_order(fetched(wanted, settings, report, progress), len(wanted), progress)) as read:
        first = list(islice(read, 1))
        if not first and not rebuild:
            return report
        model = bulk(len(wanted)) or embedder()
        space = {"model": settings.model, "fingerprint": model.fingerprint, "dimension": model.dimension}
        with IndexWriter.open(settings.index_dir, **space, rebuild=rebuild) as writer:  # type: ignore[arg-type]
            new = unpublished(chain(first, read), writer.index, report)
            for number, (allowed, got, found) in enumerate(embedded(new, model), 1):
                if isinstance(found, RagError):
                    report.failed.append((allowed, found))
                    continue
                told = (*got.notices, *_title_notices(allowed, got, found.paper), *_copy_notices(found.paper))
                notices = [(notice.kind, notice.text) for notice in told]
                entry = writer.add(found.paper, found.passages, words, got.path, notices, found.sentences)
                report.added.append(entry)
                progress("embedding", number, len(wanted))
            if rebuild:
                writer.sweep()
    return report


def remove(key: str, settings: Settings) -> None:
    """Take a paper out of the index; raise `CorpusError` when it is not there."""
    index = Index.open(settings.index_dir)
    index.entry(key)
    manifest = index.manifest
    space = {"model": manifest.model, "fingerprint": manifest.fingerprint, "dimension": manifest.dimension}
    with IndexWriter.open(settings.index_dir, **space) as writer:  # type: ignore[arg-type]
        writer.remove(key)


# --- the stages, in their order ----------------------------------------------------------------------------


def unstored(
    papers: Sequence[AllowedPaper], index: Index | None, settings: Settings, report: Ingested
) -> Iterator[AllowedPaper]:
    """Yield the papers that are not stored, were read by another extractor, or whose own PDF has changed."""
    from rag.reading import extractor

    stored = {paper.paper: index.resolve(paper) if index else None for paper in papers}
    own = _own_files({paper: entry for paper in papers if (entry := stored[paper.paper])}, settings)
    for paper in papers:
        entry = stored[paper.paper]
        if entry and entry.extractor == extractor() and own.get(paper.paper, entry.pdf_sha256) == entry.pdf_sha256:
            report.kept.append(entry)
        else:
            yield paper


def fetched(
    papers: Sequence[AllowedPaper], settings: Settings, report: Ingested, progress: Progress
) -> Iterator[tuple[AllowedPaper, Fetched]]:
    """Yield papers with their PDFs, as they are found or come."""
    if not papers:
        return
    from rag.fetching import fetch
    from rag.reading import stamp_reader

    with stamp_reader() as stamp:
        for number, (paper, got) in enumerate(fetch(papers, settings, stamp=stamp), 1):
            progress("fetching", number, len(papers))
            if isinstance(got, FetchError):
                report.failed.append((paper, got))
            else:
                yield paper, got


def read_in_order(fetched: Iterable[tuple[AllowedPaper, Fetched]], total: int, progress: Progress) -> Generator[Read]:
    """Read PDFs in worker processes as they come; yield the results in the order given, so that runs are alike."""
    if not total:
        return
    from rag.reading import Job, read_papers

    places: dict[Job, tuple[int, AllowedPaper, Fetched]] = {}

    def jobs() -> Iterator[Job]:
        for paper, got in fetched:
            job = Job(got.path, got.paper, got.version, got.title, got.authors, got.published)
            places[job] = len(places), paper, got
            yield job

    waiting: dict[int, Read] = {}
    due = 0
    least, cores_each = READERS
    with closing(read_papers(jobs(), max(least, cores() // cores_each))) as found:
        for number, (job, result) in enumerate(found, 1):
            progress("reading", number, total)
            place, paper, got = places[job]
            waiting[place] = paper, got, result
            while due in waiting:
                yield waiting.pop(due)
                due += 1


def unpublished(read: Iterable[Read], index: Index, report: Ingested) -> Iterator[Read]:
    """Yield the papers that no other ingest has stored while this one fetched and waited for its turn to write."""
    from rag.reading import extractor

    for paper, got, result in read:
        entry = index.resolve(paper)
        if entry and (entry.pdf_sha256, entry.extractor) == (got.sha256, extractor()):
            report.kept.append(entry)
        else:
            yield paper, got, result


def embedded(read: Iterable[Read], model: Embedder) -> Iterator[tuple[AllowedPaper, Fetched, Embedded | RagError]]:
    """Embed papers in threads of their own and yield them in the order given, a few at a time under way."""
    executor, stopped = ThreadPoolExecutor(SIDE_BY_SIDE, "embedding"), Event()
    waiting: deque[tuple[AllowedPaper, Fetched, Future[Embedded | RagError]]] = deque()

    def embed(result: Paper | RagError) -> Embedded | RagError:
        from rag.vectors import embed_paper

        return result if isinstance(result, RagError) else embed_paper(result, model, stopped)

    try:
        for paper, got, result in read:
            waiting.append((paper, got, executor.submit(embed, result)))
            while waiting and (len(waiting) > AHEAD or waiting[0][2].done()):
                paper, got, embedding = waiting.popleft()
                yield paper, got, embedding.result()
        for paper, got, embedding in waiting:
            yield paper, got, embedding.result()
    finally:
        stopped.set()  # a long paper is not worth waiting for once nobody takes it
        executor.shutdown(cancel_futures=True)


# --- what is known already ---------------------------------------------------------------------------------


def _title_notices(allowed: AllowedPaper, got: Fetched, paper: Paper) -> tuple[Notice, ...]:
    """Compare the brief's title with that of page 1, where arXiv's own was not there to compare."""
    if got.title:
        return ()
    abstract = " ".join(sentence.text for sentence in paper.sentences if sentence.label == "abstract")
    notice = title_notice(allowed, paper.title, f"{paper.title} {abstract}")
    return (notice,) if notice else ()


def _copy_notices(paper: Paper) -> tuple[Notice, ...]:
    """Say how a file differs from arXiv's own, and where links to pages lead then."""
    if not paper.copy or is_local(paper.paper):
        return ()
    lead = f"to arXiv's page, {paper.lead} before that of the file" if paper.lead else "to arXiv's PDF, not to a page"
    text = (
        f"The file of {paper.key} is not as arXiv has it: {paper.copy}. Pages are those of the file; links go {lead}."
    )
    return (Notice("other_copy", text, paper.paper),)


def _own_files(stored: Mapping[AllowedPaper, Entry], settings: Settings) -> dict[str, str]:
    """Return the hashes of the PDFs that the user's own folder now holds for papers stored before."""
    if settings.pdf_dir is None or not stored:
        return {}
    from rag.fetching import fetch
    from rag.reading import stamp_reader

    with stamp_reader() as stamp:
        found = fetch(list(stored), replace(settings, offline=True), stamp=known_stamps(stored.values(), stamp))
        return {paper.paper: got.sha256 for paper, got in found if not isinstance(got, FetchError)}


def known_stamps(stored: Iterable[Entry], stamp: Stamp) -> Stamp:
    """Return what reads stamps; a PDF that was read before, byte for byte, is not opened again to find its id.

    Its version has to be known from the file or its name, not assumed from the whitelist.
    """
    from rag.fetching import pdf_sha256

    known = {
        entry.pdf_sha256: (entry.paper, entry.version)
        for entry in stored
        if all(kind != "version_assumed" for kind, _ in entry.notices)
    }

    def read(path: Path) -> tuple[str, int] | None:
        paper, version = known.get(pdf_sha256(path), ("", None))
        return (paper, version) if version is not None else stamp(path)

    return read
