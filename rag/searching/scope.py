"""Hold the allowed passages of one question, and score them: nothing else has a say in any figure here.

Every statistic, IDF and average length among them, is taken over the scope; no other paper is opened. The cost
follows the scope, not the library. Source: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), for
BM25. Not handled here: putting scores together (`retrieve`).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from rag.language import words
from rag.searching.stored import Terms, join_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.papers import Passage
    from rag.searching.index import Index

    Scores = NDArray[np.float32]
    Positions = NDArray[np.int64]

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
