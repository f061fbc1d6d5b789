"""Put hits in a new order with a cross-encoder, for users who have one: it reads question and passage together.

Needs weights that do not ship with the package (for instance cross-encoder/ms-marco-MiniLM-L6-v2, a folder or a
name in the hub's cache). Not handled here: finding the hits (`retrieve`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from rag.errors import SettingsError
from rag.papers import Hit


class Judge(Protocol):
    """Score pairs of question and passage; higher is nearer."""

    def predict(self, pairs: list[tuple[str, str]]) -> Any:
        """Return one number per pair."""
        ...


def load_judge(model: str, *, offline: bool = False) -> Judge:
    """Return a sentence-transformers cross-encoder; raise `SettingsError` when it cannot be had."""
    from sentence_transformers import CrossEncoder

    try:
        judge: Judge = CrossEncoder(model, local_files_only=offline)
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
