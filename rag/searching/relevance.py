"""Tell "the allowed papers do not speak of this" from weak hits.

The measure is a weighted sum of two signs: the best passage's cosine to the question, and the share of the
question's words, weighted by rarity, that the passage covering most of them holds. Both look at the allowed
passages alone. The calibration and its figures are in eval/benchmarks/README.md. Not handled here: what follows
from it; near misses pass, so an engine has to show gaps as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import SettingsError
from rag.language import is_pair, language_of
from rag.papers import Hit, Question
from rag.searching.retrieve import Scope
from rag.searching.weights import find_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.searching.index import Index

DENSE_WEIGHT = 0.6
THRESHOLD = 0.31  # of the specific questions 4 % fall below it, and 96 % of those put to off-topic papers


@dataclass(frozen=True, slots=True)
class Relevance:
    """Say how much the allowed passages speak of a question; `missing` words of its topic stand in none of them."""

    score: float
    dense: float
    coverage: float
    missing: tuple[str, ...] = ()
    generic: bool = False  # the question can be put to any paper
    foreign: bool = False  # it is not in English, and what the threshold was set for may not hold

    @property
    def speaks(self) -> bool:
        """Tell whether the papers speak of the question, so that an answer may be tried."""
        return self.generic or self.score >= THRESHOLD or (self.foreign and self.coverage > 0)


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
        if not len(at) and word.topical and not is_pair(word.stem):
            missing.append(word.written)
    coverage = float(shares.max()) / total if total else 0.0
    dense = float(scope.dense(vectors[:1], 1)[0][0, 0])
    score = DENSE_WEIGHT * max(dense, 0.0) + (1 - DENSE_WEIGHT) * coverage
    return Relevance(score, dense, coverage, tuple(missing), question.generic, language_of(question.text) != "en")


def rarity(index: Index | None, keys: Sequence[str]) -> Callable[[str], float]:
    """Return what weighs a stem: by how few of these papers' passages hold it, 0 for none; 1 with nothing to count."""
    if index is None or not keys:
        return lambda stem: 1.0
    scope = Scope.of(index, keys)

    def weight(stem: str) -> float:
        at, _ = scope.terms.find(stem)
        return scope.idf(len(at)) if len(at) else 0.0

    return weight


# --- put hits in a new order with a cross-encoder, for users who have one: it reads question and passage together -----


class Judge(Protocol):
    """Score pairs of question and passage; higher is nearer."""

    def predict(self, pairs: list[tuple[str, str]]) -> Any:
        """Return one number per pair."""
        ...


def load_judge(model: str, *, offline: bool = False) -> Judge:
    """Return a sentence-transformers cross-encoder; raise `SettingsError` when it cannot be had."""
    folder = find_folder(model, offline)  # told `local_files_only` a name would still be looked up
    from sentence_transformers import CrossEncoder

    try:
        judge: Judge = CrossEncoder(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SettingsError(
            f"the reranker {model!r} cannot be loaded ({reason}); give a folder that holds one"
        ) from None
    return judge


def rerank(question: str, hits: Sequence[Hit], judge: Judge, k: int | None = None) -> tuple[Hit, ...]:
    """Return the hits by the judge's score, best first; `scores` gain `rerank`, equal scores keep their order."""
    if not hits:
        return ()
    found = [float(score) for score in judge.predict([(question, hit.passage.text) for hit in hits])]
    if len(found) != len(hits):
        raise ValueError(f"{len(found)} scores for {len(hits)} hits")
    told = [
        replace(hit, score=score, scores={**hit.scores, "rerank": score, "before": hit.score})
        for hit, score in zip(hits, found, strict=True)
    ]
    return tuple(sorted(told, key=lambda hit: -hit.score)[:k])
