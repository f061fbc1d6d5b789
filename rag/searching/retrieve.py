"""Find the passages that speak to a question, among the allowed papers only.

A passage's score is the weighted sum of two signs that both run to 1: its cosine to the query (FAISS, exact), and
its BM25 score as a share of the query's whole weight. Ties are broken by paper and passage number. Source: Bruch
et al., An Analysis of Fusion Functions for Hybrid Retrieval (2023), for adding scores instead of ranks. The weights
were tuned on SciFact's training queries and on QASPER; eval/benchmarks/README.md has the table.
Not handled here: embedding the queries (vectors are given) and choosing sentences (`evidence`).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from rag.language import overlap, words
from rag.papers import Hit, Label
from rag.searching.stored import Terms, join_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.papers import Passage
    from rag.searching.index import Index

    Scores = NDArray[np.float32]
    Positions = NDArray[np.int64]

DENSE_WEIGHT = 0.4  # best of 0.3 to 0.7 on the tuning data; the optimum is flat
BREVITY = 10  # words; the cosine of a shorter passage counts in proportion: a heading echoes any question
DEPTH = 200  # passages that each of the two searches puts forward for a query
LOOKED_AT = 20  # best passages searched for copies, or twice as many as are asked for
REMEMBERED = 2048  # passages whose words are kept: those of the papers that many questions share
COPY_COSINE = 0.9  # a passage this near to a better one is looked at word by word
COPY_WORDS = 0.8  # ... and is a copy when the better one holds this share of its words


def search(
    index: Index,
    keys: Sequence[str],
    queries: Sequence[str],
    vectors: Scores,
    *,
    k: int = 10,
    depth: int = DEPTH,
    labels: frozenset[Label] | None = None,
    spread: bool = False,
) -> tuple[Hit, ...]:
    """Return the k best passages of the given papers for a question and its facets, best first.

    `queries[0]` is the question, the others are its facets; `vectors` has one row per query. The question and the
    facet that suits a passage best weigh the same. `labels` keeps passages of these labels only. `spread` takes
    the best of each paper first, then the second best of each, so that a comparison hears every allowed paper.
    Copies of a better passage come last. Fewer than k hits come back only when fewer passages are allowed.

    A hit's scores: `dense`, `bm25` and `keyword` (BM25 as a share) are the best over all queries, `question` and
    `facet` the fused scores; `copy` is 1 where a better hit holds the same words.
    """
    scope = Scope.of(index, keys)
    if not len(scope) or not queries or k < 1:
        return ()
    while True:
        depth = max(depth, k)
        found = Candidates.of(scope, queries, vectors, depth)
        order = found.order()
        if labels is not None:
            order = [row for row in order if scope.passage(found.position(row)).label in labels]
        if len(order) >= k or depth >= len(scope):
            break
        depth *= 4
    copies = copies_among(scope, found, order[: max(2 * k, LOOKED_AT)], within_papers=spread)
    order = [row for row in order if row not in copies] + [row for row in order if row in copies]
    if spread:
        order = in_turns(scope, found, order, copies)
    return tuple(found.hit(scope, row, row in copies) for row in order[:k])


# --- scoring -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hold the passages that either search puts forward for any query, one per row, scored by both signs.

    The tables have one column per query.
    """

    positions: Positions
    dense: Scores
    bm25: Scores
    keyword: Scores
    fused: Scores
    facet: Scores
    score: Scores

    @classmethod
    def of(cls, scope: Scope, queries: Sequence[str], vectors: Scores, depth: int) -> Candidates:
        """Score whatever either search puts forward for any query."""
        import numpy as np

        keyword, wholes = zip(*(scope.keyword(query) for query in queries), strict=True)
        positions = np.arange(len(scope))
        if len(scope) > depth:
            _, nearest = scope.dense(vectors, depth)
            positions = np.unique(np.concatenate([nearest.ravel(), *(best(scores, depth) for scores in keyword)]))
        dense = scope.compare(vectors, positions)
        bm25 = np.stack([scores[positions] for scores in keyword], axis=1)
        share = (bm25 / np.array(wholes, np.float32)).astype(np.float32, copy=False)
        brief = np.minimum(scope.terms.lengths[positions] / np.float32(BREVITY), np.float32(1))[:, None]
        fused = (DENSE_WEIGHT * brief * dense + (1 - DENSE_WEIGHT) * share).astype(np.float32, copy=False)
        facet = fused[:, 1:].max(axis=1) if len(queries) > 1 else fused[:, 0]
        return cls(positions, dense, bm25, share, fused, facet, np.mean([fused[:, 0], facet], axis=0))

    def order(self) -> list[int]:
        """Return the rows, best first; positions ascend, so a stable sort breaks ties by paper and passage."""
        import numpy as np

        order: list[int] = np.argsort(-self.score, kind="stable").tolist()
        return order

    def position(self, row: int) -> int:
        """Return where in the scope the passage of a row stands."""
        return int(self.positions[row])

    def hit(self, scope: Scope, row: int, copy: bool) -> Hit:
        """Return a row as a hit with its scores by name."""
        scores = {
            "dense": float(self.dense[row].max()),
            "bm25": float(self.bm25[row].max()),
            "keyword": float(self.keyword[row].max()),
            "question": float(self.fused[row, 0]),
        }
        if self.fused.shape[1] > 1:
            scores["facet"] = float(self.facet[row])
        if copy:
            scores["copy"] = 1.0
        position = self.position(row)
        return Hit(scope.place(position)[0], scope.passage(position), float(self.score[row]), scores)


def best(scores: Scores, k: int) -> Positions:
    """Return the positions of the k best scores above zero, ties by position."""
    import numpy as np

    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        cut = np.partition(scores[found], len(found) - k)[len(found) - k]
        found = found[scores[found] >= cut]  # ties at the cut included
    return found[np.argsort(-scores[found], kind="stable")][:k]


# --- ordering ----------------------------------------------------------------------------------------------


def copies_among(scope: Scope, found: Candidates, order: Sequence[int], *, within_papers: bool) -> set[int]:
    """Return the rows whose words a better row holds too, of the same paper or of any."""
    import numpy as np

    groups: dict[int, list[int]] = {}
    for row in order:
        groups.setdefault(scope.paper(found.position(row)) if within_papers else 0, []).append(row)
    copies: set[int] = set()
    for rows in groups.values():
        vectors = scope.vectors(found.positions[rows])
        cosines = np.einsum("ik,jk->ij", vectors, vectors)  # not BLAS: starting its threads costs more than the sums
        for one, two in np.argwhere(np.triu(cosines > COPY_COSINE, 1)).tolist():
            if rows[one] not in copies:
                better, other = (_words(scope.passage(found.position(rows[place])).text) for place in (one, two))
                if overlap(other, better) >= COPY_WORDS:
                    copies.add(rows[two])
    return copies


@lru_cache(REMEMBERED)
def _words(text: str) -> frozenset[str]:
    return frozenset(words(text))


def in_turns(scope: Scope, found: Candidates, order: Iterable[int], copies: set[int]) -> list[int]:
    """Order rows in turns: every paper's best, then every paper's second best; within a turn by score."""
    papers = scope.papers(found.positions).tolist()
    turns: dict[int, int] = {}
    rows = []
    for row in order:
        paper = papers[row]
        turn = turns[paper] = turns.get(paper, -1) + 1
        rows.append((row in copies, turn, row))
    return [row for _, _, row in sorted(rows, key=lambda item: item[:2])]


# --- hold the allowed passages of one question, and score them: nothing else has a say in any figure here -----

K1, B = 0.9, 0.4  # BM25 as tuned in Anserini for short scientific texts
KEPT = 2  # scopes kept: the facets of a question, and its relevance, look at the same one


class Scope:
    """Hold the passages of some papers in a fixed order, by paper key and passage number.

    A passage's position counts through the papers of `keys`; paper `keys[i]` begins at `starts[i]`.
    """

    def __init__(self, index: Index, keys: Sequence[str]) -> None:
        self.index = index
        self.keys = tuple(sorted(set(keys)))
        self.starts = (0, *accumulate(index.entry(key).rows for key in self.keys))

    @classmethod
    def of(cls, index: Index, keys: Sequence[str]) -> Scope:
        """Return the scope of these papers; the order of `keys` makes no difference."""
        return _scope(index, tuple(sorted(set(keys))))

    def __len__(self) -> int:
        return self.starts[-1]

    def paper(self, position: int) -> int:
        """Return which of `keys` the passage at a position belongs to."""
        return bisect_right(self.starts, position) - 1

    def papers(self, positions: Positions) -> Positions:
        """Return which of `keys` the passages at these positions belong to."""
        import numpy as np

        return np.searchsorted(self.starts, positions, side="right") - 1

    def place(self, position: int) -> tuple[str, int]:
        """Return the paper key and passage number of a position."""
        paper = self.paper(position)
        return self.keys[paper], position - self.starts[paper]

    def passage(self, position: int) -> Passage:
        """Return the passage at a position; its paper is read from disk when it is not in memory."""
        key, number = self.place(position)
        return self.index.passages(key)[number]

    # --- keywords -------------------------------------------------------------------------------------------

    @cached_property
    def terms(self) -> Terms:
        """Return the word counts of the scope."""
        return join_terms([self.index.terms(key) for key in self.keys])

    @cached_property
    def _norms(self) -> Scores:
        lengths = self.terms.lengths
        mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
        norms: Scores = (K1 * (1 - B + B * lengths / mean)).astype("float32")
        return norms

    def idf(self, found: int) -> float:
        """Return the weight of a word that stands in `found` passages of the scope."""
        return math.log(1 + (len(self) - found + 0.5) / (found + 0.5))

    def keyword(self, query: str) -> tuple[Scores, float]:
        """Return the BM25 score of every passage, and what one full of every word of the query would score.

        Words that no passage has count in the latter too, so that scores over it tell how much is covered.
        """
        import numpy as np

        scores, whole = np.zeros(len(self), np.float32), 0.0
        for word in sorted(set(words(query))):
            at, counts = self.terms.find(word)
            idf = self.idf(len(at))
            whole += idf
            scores[at] += np.float32(idf) * counts / (counts + self._norms[at])
        return scores, whole or 1.0

    # --- vectors --------------------------------------------------------------------------------------------

    def dense(self, vectors: Scores, k: int) -> tuple[Scores, Positions]:
        """Return per query the inner products and positions of the k nearest passages, best first."""
        return self.index.dense(vectors, self.keys, k)

    def compare(self, vectors: Scores, positions: Positions) -> Scores:
        """Return the inner products of these passages (rows) with these queries (columns)."""
        from rag.searching.index import products

        return products(vectors, self.vectors(positions)).T

    def vectors(self, positions: Positions) -> Scores:
        """Return the stored vectors of these positions, one row each."""
        import numpy as np

        papers = self.papers(positions).tolist()
        first = {paper: self.index.compared(self.keys[paper]).first_row - self.starts[paper] for paper in set(papers)}
        return self.index.vectors[positions + np.array([first[paper] for paper in papers], np.int64)]


@lru_cache(KEPT)
def _scope(index: Index, keys: tuple[str, ...]) -> Scope:
    return Scope(index, keys)
