"""Find the passages that speak to a question, among the allowed papers only.

Dense (FAISS, exact) and keyword (BM25) scores are fused by rank and spread over papers. Every statistic, IDF and
average length among them, is taken over the allowed passages; no other paper is opened. Ties are broken by
paper and passage number. Sources: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), for
BM25; Cormack et al., Reciprocal Rank Fusion (SIGIR 2009).
Not handled here: embedding the queries (vectors are given) and choosing sentences (`evidence`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.types import Hit, Label
from rag.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.index import Index

    Scores = NDArray[np.float32]

K1, B = 0.9, 0.4  # BM25 as tuned in Anserini for short scientific texts
RRF_K = 60  # the constant of the paper; results hardly move between 20 and 100


@dataclass(frozen=True, slots=True)
class Pool:
    """Hold the allowed passages of one question, in a fixed order: (paper key, passage number) by position."""

    index: Index
    places: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, index: Index, keys: Sequence[str]) -> Pool:
        """Collect the passages of these papers; the order of `keys` makes no difference."""
        ordered = sorted(set(keys))
        return cls(index, tuple((key, n) for key in ordered for n in range(index.entry(key).rows)))

    @property
    def keys(self) -> list[str]:
        """Return the papers of the pool, in its order."""
        return list(dict.fromkeys(key for key, _ in self.places))

    def bm25(self, query: str) -> Scores:
        """Return the BM25 score of every passage for a query, statistics over this pool alone."""
        import numpy as np

        keys = self.keys
        terms = [self.index.terms(key) for key in keys]
        lengths = np.array([length for term in terms for length in term.lengths], np.float32)
        scores = np.zeros(len(lengths), np.float32)
        if not len(lengths):
            return scores
        norms = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0))
        starts = np.cumsum([0] + [len(term.lengths) for term in terms])
        for word in sorted(set(words(query))):
            found = [
                (start + number, count)
                for start, term in zip(starts[:-1].tolist(), terms, strict=True)
                for number, count in term.postings.get(word, ())
            ]
            if not found:
                continue
            at, counts = np.array(found).T
            idf = math.log(1 + (len(lengths) - len(found) + 0.5) / (len(found) + 0.5))
            scores[at] += (idf * counts / (counts + norms[at])).astype(np.float32)
        return scores

    def dense(self, vectors: Scores, k: int) -> list[list[tuple[int, float]]]:
        """Return per query the (position, inner product) of the k nearest passages, best first."""
        scores, places = self.index.dense(vectors, self.keys, k)
        return [_ordered(zip(p.tolist(), s.tolist(), strict=True)) for p, s in zip(places, scores, strict=True)]


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
    if not pool.places or not queries:
        return ()
    depth = max(depth, k)
    fused: dict[int, float] = {}
    best: dict[int, dict[str, float]] = {}
    for query, nearest in zip(queries, pool.dense(vectors, len(pool.places)), strict=True):
        keyword = pool.bm25(query)
        dense = dict(nearest)
        matching = _ordered((place, score) for place, score in enumerate(keyword.tolist()) if score > 0)
        for name, ranking in (("dense", nearest), ("bm25", matching)):
            for rank, (place, score) in enumerate(ranking[:depth]):
                fused[place] = fused.get(place, 0.0) + 1 / (RRF_K + rank + 1)
                seen = best.setdefault(place, {})
                seen[name] = max(seen.get(name, score), score)
        for place, seen in best.items():
            seen["dense"] = max(seen.get("dense", -1.0), dense.get(place, -1.0))
    ranked = _ordered((place, score / len(queries)) for place, score in fused.items())
    hits = (_hit(pool, place, score, best[place]) for place, score in ranked)
    kept = [hit for hit in hits if labels is None or hit.passage.label in labels] if labels else list(hits)
    return tuple(_spread(kept) if spread else kept)[:k]


def _hit(pool: Pool, place: int, score: float, scores: dict[str, float]) -> Hit:
    key, number = pool.places[place]
    return Hit(key, pool.index.paper(key).passages[number], score, scores)


def _ordered(pairs: object) -> list[tuple[int, float]]:
    """Sort by score, best first; equal scores by position, that is by paper and passage."""
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))  # type: ignore[call-overload,no-any-return]


def _spread(hits: Sequence[Hit]) -> list[Hit]:
    """Order hits in turns: every paper's best, then every paper's second best; within a turn by score."""
    turns: dict[str, int] = {}
    rows = []
    for hit in hits:
        turn = turns[hit.paper] = turns.get(hit.paper, -1) + 1
        rows.append((turn, hit))
    return [hit for _, hit in sorted(rows, key=lambda row: row[0])]
