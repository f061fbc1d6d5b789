"""Keep what was read from papers, and search it: vectors and postings, always within named papers.

On disk, below one folder:

    manifest.json              what is there: model, papers, their rows; replaced atomically, so it is the switch
    vectors-N.f32              one row per passage, float32, appended to; memory-mapped
    papers/KEY-DIGEST.json     a `Paper`: pages, sentences, passages; never changed once written
    papers/KEY-DIGEST.terms    its word counts per passage, as plain arrays (`stored`)

A search takes the rows and postings of the allowed papers and nothing else: what is not allowed is not read, so
it cannot influence a score. Everything lies open as JSON or plain float32; nothing is ever unpickled. Not
handled here: making vectors (`embed`), fusing and spreading results (`retrieve`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rag import files
from rag.errors import CorpusError
from rag.papers import AllowedPaper, Paper, Passage
from rag.searching.manifest import Entry, Manifest, changed_at, load_manifest, read_manifest
from rag.searching.stored import Terms, load_paper, load_passages, load_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

OPEN_PAPERS = 64  # parsed papers kept in memory; a paper takes a few megabytes
OPEN_TERMS = 512  # papers whose passages and word counts are kept in memory; they take 100 kilobytes a paper
BLOCK = 1 << 15  # rows compared at a time where they do not lie side by side: 50 MB are copied
ONE_THREAD = 1 << 14  # rows below which one thread compares: a millisecond's work
BATCH = 16  # queries compared at a time; from 20 on FAISS calls BLAS, whose last bits depend on the batch

T = TypeVar("T")


class Index:
    """Hold one consistent view of an index: what the manifest said when it was opened."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._entries = {entry.key: entry for entry in manifest.papers}
        self._versions: dict[str, list[Entry]] = {}
        for entry in manifest.papers:
            self._versions.setdefault(entry.paper, []).append(entry)
        self._mapped: mmap | bytes = b""
        self._compared: set[str] = set()
        self.paper: Callable[[str], Paper] = lru_cache(OPEN_PAPERS)(self._read_paper)
        self.passages: Callable[[str], tuple[Passage, ...]] = lru_cache(OPEN_TERMS)(self._read_passages)
        self.terms: Callable[[str], Terms] = lru_cache(OPEN_TERMS)(self._read_terms)

    @classmethod
    def existing(cls, folder: Path) -> Index | None:
        """Open an index, or return None before the first ingest."""
        return None if changed_at(folder) is None else cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Index:
        """Open an index; raise `CorpusError` when there is none or it is torn or foreign."""
        data = read_manifest(folder)
        while True:
            index = cls(folder, load_manifest(data, folder / "manifest.json"))
            try:
                index.map_vectors()
                return index
            except FileNotFoundError:
                told, data = data, read_manifest(folder)
                if told == data:
                    path = folder / index.manifest.vectors
                    raise CorpusError(f"{path} is cut off (it is gone); run: rag ingest --rebuild BRIEF") from None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the stored papers, by id and version."""
        return tuple(sorted(self.manifest.papers, key=lambda entry: (entry.paper, entry.version or 0)))

    def resolve(self, allowed: AllowedPaper) -> Entry | None:
        """Return the stored paper that a whitelist entry stands for: that version, or the newest when open."""
        versions = self._versions.get(allowed.paper, [])
        if allowed.version is not None:
            versions = [entry for entry in versions if entry.version == allowed.version]
        return max(versions, key=lambda entry: entry.version or 0, default=None)

    def check_model(self, fingerprint: str, model: str) -> None:
        """Raise `CorpusError` unless questions are embedded by the model that made the index."""
        if fingerprint != self.manifest.fingerprint:
            raise CorpusError(
                f"the index at {self.folder} was made with {self.manifest.model} ({self.manifest.fingerprint}), "
                f"settings ask for {model} ({fingerprint}); run: rag ingest --rebuild BRIEF"
            )

    def map_vectors(self) -> None:
        """Take hold of the vector file, so that it stays readable when another process replaces it.

        Raise `CorpusError` when it is shorter than the manifest says.
        """
        path = self.folder / self.manifest.vectors
        wanted = self.manifest.rows * self.manifest.dimension * 4
        if not wanted:
            return
        try:
            with path.open("rb") as file:
                found = os.fstat(file.fileno()).st_size
                if found >= wanted:
                    self._mapped = mmap(file.fileno(), wanted, access=ACCESS_READ)
                    return
        except FileNotFoundError:
            raise
        except OSError as error:
            raise CorpusError(f"{path} cannot be read: {error.strerror}") from None
        raise CorpusError(f"{path} is cut off ({found} of {wanted} bytes); run: rag ingest --rebuild BRIEF")

    # --- search ---------------------------------------------------------------------------------------------

    @cached_property
    def vectors(self) -> Vectors:
        """Return all rows, memory-mapped, read-only: rows x dimension."""
        import numpy as np

        if not self._mapped:
            self.map_vectors()
        return np.frombuffer(self._mapped, "<f4").reshape(self.manifest.rows, self.manifest.dimension)

    def rows(self, keys: Sequence[str]) -> Vectors:
        """Return the vectors of these papers, in the order given, one row per passage."""
        import numpy as np

        parts = [self.vectors[e.first_row : e.first_row + e.rows] for e in map(self.compared, keys)]
        return np.ascontiguousarray(np.concatenate(parts)) if parts else self.vectors[:0]

    def dense(self, queries: Vectors, keys: Sequence[str], k: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Return the inner products and positions of the k best passages for each query, exactly, by FAISS.

        Positions count through the passages of `keys` in order; equal scores come in that order. Only these
        papers' rows are compared: with fewer than k passages, all come back; there is no padding.
        """
        import numpy as np

        if k < 1:
            raise ValueError(f"k is {k}, must be at least 1")
        found = [
            nearest(queries[start : start + BATCH], self._blocks(keys), k) for start in range(0, len(queries), BATCH)
        ]
        if not found:
            return np.empty((0, 0), np.float32), np.empty((0, 0), np.int64)
        return np.concatenate([scores for scores, _ in found]), np.concatenate([places for _, places in found])

    def _blocks(self, keys: Sequence[str]) -> Iterator[Vectors]:
        """Yield the rows of these papers in order, copied only where they do not lie side by side."""
        import numpy as np

        for run in runs_of([self.compared(key) for key in keys]):
            spans = [self.vectors[first:last] for first, last in run]
            yield np.asarray(spans[0]) if len(spans) == 1 else np.concatenate(spans)

    def entry(self, key: str) -> Entry:
        """Return a stored paper's entry; raise `CorpusError` when it is not there."""
        try:
            return self._entries[key]
        except KeyError:
            raise CorpusError(f"{key} is not in the index at {self.folder}; run: rag ingest {key}") from None

    def compared(self, key: str) -> Entry:
        """Return a stored paper's entry once its rows are known to be what was written; hash them the first time."""
        entry = self.entry(key)
        if key not in self._compared:
            rows = self.vectors[entry.first_row : entry.first_row + entry.rows]
            if hashlib.sha256(rows.tobytes()).hexdigest() != entry.vectors_sha256:
                path = self.folder / self.manifest.vectors
                raise CorpusError(
                    f"{path} is not what was written for {key} (its hash differs); run: rag ingest --rebuild BRIEF"
                )
            self._compared.add(key)
        return entry

    # --- reading --------------------------------------------------------------------------------------------

    def _read_paper(self, key: str) -> Paper:
        return self._parsed(key, ".json", load_paper, lambda paper: len(paper.passages) if paper.key == key else -1)

    def _read_passages(self, key: str) -> tuple[Passage, ...]:
        return self._parsed(key, ".json", load_passages, len)

    def _read_terms(self, key: str) -> Terms:
        return self._parsed(key, ".terms", load_terms, lambda terms: len(terms.lengths))

    def sentence_vectors(self, key: str) -> Vectors:
        """Return one row per sentence of a paper, length one; zeros for sentences that are no evidence."""
        import numpy as np

        def load(data: bytes) -> Vectors:
            return np.frombuffer(data, "<f2").astype(np.float32).reshape(-1, self.manifest.dimension)

        return self._parsed(key, ".sentences", load)

    def _parsed(self, key: str, kind: str, load: Callable[[bytes], T], passages: Callable[[T], int] | None = None) -> T:
        """Return what a file of a paper says; raise `CorpusError` unless it is whole, and of that paper.

        `passages` counts those that the file speaks of.
        """
        entry = self.entry(key)
        path = (self.folder / entry.file).with_suffix(kind)
        sha256 = {".json": entry.sha256, ".terms": entry.terms_sha256, ".sentences": entry.sentences_sha256}[kind]
        start = json.dumps({"paper": entry.paper, "version": entry.version}, ensure_ascii=False, separators=(",", ":"))
        try:
            data = files.contents(path)
            if hashlib.sha256(data).hexdigest() != sha256:
                raise CorpusError(f"{path} is not what was written (its hash differs); run: rag ingest --rebuild BRIEF")
            found = load(data)
            held = passages(found) if passages else entry.rows
            if held != entry.rows or (kind == ".json" and not data.startswith(start[:-1].encode())):
                raise ValueError(f"it does not hold {key} with {entry.rows} passages")
        except FileNotFoundError as error:
            if load_manifest(read_manifest(self.folder), self.folder / "manifest.json") == self.manifest:
                raise CorpusError(f"{path} is gone ({error.strerror}); run: rag ingest --rebuild BRIEF") from None
            raise CorpusError(f"the index at {self.folder} changed while {key} was read; ask again") from None
        except OSError as error:
            raise CorpusError(f"{path} cannot be read ({error.strerror}); run: rag ingest --rebuild BRIEF") from None
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise CorpusError(f"{path} cannot be used ({error}); run: rag ingest --rebuild BRIEF") from None
        return found


# --- exact comparison, by FAISS -----------------------------------------------------------------------------


def runs_of(entries: Sequence[Entry]) -> Iterator[list[tuple[int, int]]]:
    """Yield spans of rows to compare together: side by side as one long span, else up to `BLOCK` rows in spans."""
    spans: list[tuple[int, int]] = []
    for entry in entries:
        if spans and spans[-1][1] == entry.first_row:
            spans[-1] = (spans[-1][0], entry.first_row + entry.rows)
        elif entry.rows:
            spans.append((entry.first_row, entry.first_row + entry.rows))
    run: list[tuple[int, int]] = []
    size = 0
    for first, last in spans:
        if run and size + last - first > BLOCK:
            yield run
            run, size = [], 0
        run.append((first, last))
        size += last - first
    if run:
        yield run


def nearest(queries: Vectors, blocks: Iterable[Vectors], k: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Return scores and positions of the k best rows over all blocks, best first, ties by position."""
    import numpy as np

    scores = np.empty((len(queries), 0), np.float32)
    places = np.empty((len(queries), 0), np.int64)
    start = 0
    for block in blocks:
        wanted = min(k + 1, len(block))
        while True:  # until every row that equals the k-th is among those found
            found, at = _knn(queries, block, wanted)
            if wanted == len(block) or (found[:, k - 1] > found[:, -1]).all():
                break
            wanted = min(4 * wanted, len(block))
        scores = np.concatenate([scores, found], axis=1)
        places = np.concatenate([places, at + start], axis=1)
        order = np.lexsort((places, -scores))[:, :k]
        scores, places = np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
        start += len(block)
    return scores, places


def products(queries: Vectors, rows: Vectors) -> Vectors:
    """Return the inner product of each query (row) with each vector (column), by the arithmetic of a search."""
    import numpy as np

    table = np.empty((len(queries), len(rows)), np.float32)
    if not len(rows):
        return table
    for start in range(0, len(queries), BATCH):
        some = queries[start : start + BATCH]
        scores, places = _knn(some, rows, len(rows))
        np.put_along_axis(table[start : start + BATCH], places, scores, axis=1)
    return table


def _knn(queries: Vectors, block: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Return the k best rows of a block for each query; a small block is not worth waking other threads."""
    import faiss

    threads = _threads()  # asked before a number is set
    faiss.omp_set_num_threads(1 if len(block) < ONE_THREAD else threads)
    scores, places = faiss.knn(queries, block, k, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, places


@cache
def _threads() -> int:
    """Return how many threads may compute: OMP_NUM_THREADS, else one per core."""
    import faiss

    return int(faiss.omp_get_max_threads())
