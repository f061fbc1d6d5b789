"""Find the passages that speak to a question, among the allowed papers only.

Dense (FAISS, exact) and keyword (BM25) scores are fused by rank and spread over papers. Every statistic, IDF and
average length among them, is taken over the allowed passages; no other paper is opened. Ties are broken by
paper and passage number. Sources: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), for
BM25; Cormack et al., Reciprocal Rank Fusion (SIGIR 2009).
Not handled here: embedding the queries (vectors are given) and choosing sentences (`evidence`).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from rag.postings import Terms, join_terms
from rag.types import Hit, Label
from rag.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.index import Index

    Scores = NDArray[np.float32]

K1, B = 0.9, 0.4  # BM25 as tuned in Anserini for short scientific texts
RRF_K = 60  # the constant of the paper; results hardly move between 20 and 100
POOLS = 2  # pools kept: the facets of a question, and its repair, search the same one


class Pool:
    """Hold the allowed passages of one question in a fixed order, by paper key and passage number.

    A passage's position counts through the papers of `keys`; paper `keys[i]` begins at `starts[i]`.
    """

    def __init__(self, index: Index, keys: Sequence[str]) -> None:
        self.index = index
        self.keys = tuple(sorted(set(keys)))
        self.starts = (0, *accumulate(index.entry(key).rows for key in self.keys))

    @classmethod
    def of(cls, index: Index, keys: Sequence[str]) -> Pool:
        """Return the pool of these papers; the order of `keys` makes no difference."""
        return _pool(index, tuple(sorted(set(keys))))

    def __len__(self) -> int:
        return self.starts[-1]

    def place(self, position: int) -> tuple[str, int]:
        """Return the paper key and passage number of a position."""
        paper = bisect_right(self.starts, position) - 1
        return self.keys[paper], position - self.starts[paper]

    @cached_property
    def terms(self) -> Terms:
        """Return the word counts of the pool."""
        return join_terms([self.index.terms(key) for key in self.keys])

    def idf(self, found: int) -> float:
        """Return the weight of a word that stands in `found` passages of the pool."""
        return math.log(1 + (len(self) - found + 0.5) / (found + 0.5))

    @cached_property
    def _norms(self) -> Scores:
        lengths = self.terms.lengths
        mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
        norms: Scores = (K1 * (1 - B + B * lengths / mean)).astype("float32")
        return norms

    def bm25(self, query: str) -> Scores:
        """Return the BM25 score of every passage for a query, statistics over this pool alone."""
        import numpy as np

        scores = np.zeros(len(self), np.float32)
        for word in sorted(set(words(query))):
            at, counts = self.terms.find(word)
            scores[at] += np.float32(self.idf(len(at))) * counts / (counts + self._norms[at])
        return scores

    def dense(self, vectors: Scores, k: int) -> list[list[tuple[int, float]]]:
        """Return per query the (position, inner product) of the k nearest passages, best first."""
        scores, places = self.index.dense(vectors, self.keys, k)
        return [list(zip(p.tolist(), s.tolist(), strict=True)) for p, s in zip(places, scores, strict=True)]

    def vectors(self, positions: Sequence[int]) -> Scores:
        """Return the stored vectors of these positions, one row each."""
        entries = [(self.index.entry(key).first_row, number) for key, number in map(self.place, positions)]
        return self.index.vectors[[first + number for first, number in entries]]


@lru_cache(POOLS)
def _pool(index: Index, keys: tuple[str, ...]) -> Pool:
    return Pool(index, keys)


def search(
    index: Index,
    keys: Sequence[str],
    queries: Sequence[str],
    vectors: Scores,
    *,
    k: int = 10,
    depth: int = 200,
    labels: frozenset[Label] | None = None,
    spread: bool = False,
) -> tuple[Hit, ...]:
    """Return the k best passages of the given papers for a question and its facets, best first.

    `vectors` has one row per query. `labels` keeps passages of these labels only. `spread` takes the best of
    each paper first, then the second best of each, so that a comparison hears every allowed paper. Fewer than k
    hits come back only when fewer passages are allowed.
    """
    pool = Pool.of(index, keys)
    if not len(pool) or not queries:
        return ()
    depth = max(depth, k)
    fused: dict[int, float] = {}
    best: dict[int, dict[str, float]] = {}
    for query, nearest in zip(queries, pool.dense(vectors, depth), strict=True):
        keyword = pool.bm25(query)
        matching = _top(keyword, depth)
        for name, ranking in (("dense", nearest), ("bm25", matching)):
            for rank, (place, score) in enumerate(ranking):
                fused[place] = fused.get(place, 0.0) + 1 / (RRF_K + rank + 1)
                seen = best.setdefault(place, {})
                seen[name] = max(seen.get(name, score), score)
    ranked = _ordered((place, score / len(queries)) for place, score in fused.items())
    hits = (_hit(pool, place, score, best[place]) for place, score in ranked)
    kept = [hit for hit in hits if labels is None or hit.passage.label in labels]
    return tuple(_spread(kept) if spread else kept)[:k]


def _top(scores: Scores, k: int) -> list[tuple[int, float]]:
    """Return the k best of the scores above zero, best first, ties by position."""
    import numpy as np

    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        cut = np.partition(scores[found], len(found) - k)[len(found) - k]
        found = found[scores[found] >= cut]
    return _ordered(zip(found.tolist(), scores[found].tolist(), strict=True))[:k]


def _hit(pool: Pool, position: int, score: float, scores: dict[str, float]) -> Hit:
    key, number = pool.place(position)
    return Hit(key, pool.index.paper(key).passages[number], score, scores)


def _ordered(pairs: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """Sort by score, best first; equal scores by position, that is by paper and passage."""
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _spread(hits: Sequence[Hit]) -> list[Hit]:
    """Order hits in turns: every paper's best, then every paper's second best; within a turn by score."""
    turns: dict[str, int] = {}
    rows = []
    for hit in hits:
        turn = turns[hit.paper] = turns.get(hit.paper, -1) + 1
        rows.append((turn, hit))
    return [hit for _, hit in sorted(rows, key=lambda row: row[0])]
