"""Tell "the allowed papers do not speak of this" from weak hits.

The measure is a weighted sum of two signs: the best passage's cosine to the question, and the share of the
question's words, weighted by rarity, that the passage covering most of them holds. Both look at the allowed
passages alone. The calibration and its figures are in eval/benchmarks/README.md. Not handled here: what follows
from it; near misses pass, so an engine has to show gaps as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.papers import Question
from rag.searching.scope import Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.searching.index import Index

DENSE_WEIGHT = 0.6
THRESHOLD = 0.31  # of the specific questions 4 % fall below it, and 96 % of those put to off-topic papers


@dataclass(frozen=True, slots=True)
class Relevance:
    """Say how much the allowed passages speak of a question; `missing` words stand in none of them."""

    score: float
    dense: float
    coverage: float
    missing: tuple[str, ...] = ()
    generic: bool = False  # the question can be put to any paper

    @property
    def speaks(self) -> bool:
        """Tell whether the papers speak of the question, so that an answer may be tried."""
        return self.generic or self.score >= THRESHOLD


def relevance_of(question: Question, index: Index, keys: Sequence[str], vectors: NDArray[np.float32]) -> Relevance:
    """Return how much these papers speak of a question; the first row of `vectors` is its embedding."""
    import numpy as np

    scope = Scope.of(index, keys)
    asked = [word for word in question.words if word.written]
    if not len(scope):
        return Relevance(0.0, 0.0, 0.0, tuple(word.written for word in asked))
    shares, total, missing = np.zeros(len(scope)), 0.0, []
    for word in asked:
        at, _ = scope.terms.find(word.stem)
        weight = scope.idf(len(at)) * word.weight
        total += weight
        shares[at] += weight
        if not len(at):
            missing.append(word.written)
    coverage = float(shares.max()) / total if total else 0.0
    dense = float(scope.dense(vectors[:1], 1)[0][0, 0])
    score = DENSE_WEIGHT * max(dense, 0.0) + (1 - DENSE_WEIGHT) * coverage
    return Relevance(score, dense, coverage, tuple(missing), question.generic)


def rarity(index: Index | None, keys: Sequence[str]) -> Callable[[str], float]:
    """Return what weighs a stem: by how few of these papers' passages hold it, 0 for none; 1 with nothing to count."""
    if index is None or not keys:
        return lambda stem: 1.0
    scope = Scope.of(index, keys)

    def weight(stem: str) -> float:
        at, _ = scope.terms.find(stem)
        return scope.idf(len(at)) if len(at) else 0.0

    return weight
