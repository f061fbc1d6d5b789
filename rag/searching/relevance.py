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

from rag.language import is_generic, is_plain, surface
from rag.searching.scope import Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.searching.index import Index

DENSE_WEIGHT = 0.6
PLAIN = 0.25  # of the weight of a word that belongs to the asking, not to what is asked about
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


def relevance(question: str, index: Index, keys: Sequence[str], vectors: NDArray[np.float32]) -> Relevance:
    """Return how much these papers speak of a question; the first row of `vectors` is its embedding."""
    scope = Scope.of(index, keys)
    spelling: dict[str, str] = {}
    for written, stem in surface(question):
        spelling.setdefault(stem, written)
    plain = {stem for written, stem in surface(question) if is_plain(written)}
    if not len(scope):
        return Relevance(0.0, 0.0, 0.0, tuple(spelling.values()))
    dense = float(scope.dense(vectors[:1], 1)[0][0, 0])
    coverage, missing = _coverage(list(spelling), plain, scope)
    score = DENSE_WEIGHT * max(dense, 0.0) + (1 - DENSE_WEIGHT) * coverage
    return Relevance(score, dense, coverage, tuple(spelling[stem] for stem in missing), is_generic(question))


def _coverage(stems: list[str], plain: set[str], scope: Scope) -> tuple[float, list[str]]:
    """Return the best passage's share of the words, by rarity in the scope, and the words that no passage has."""
    import numpy as np

    shares = np.zeros(len(scope))
    total, missing = 0.0, []
    for stem in stems:
        at, _ = scope.terms.find(stem)
        weight = scope.idf(len(at)) * (PLAIN if stem in plain else 1.0)
        total += weight
        shares[at] += weight
        if not len(at):
            missing.append(stem)
    return (float(shares.max()) / total if total else 0.0), missing


def rarity(index: Index | None, keys: Sequence[str]) -> Callable[[str], float]:
    """Return what weighs a stem: by how few of these papers' passages hold it, 0 for none; 1 with nothing to count."""
    if index is None or not keys:
        return lambda stem: 1.0
    scope = Scope.of(index, keys)

    def weight(stem: str) -> float:
        at, _ = scope.terms.find(stem)
        return scope.idf(len(at)) if len(at) else 0.0

    return weight
