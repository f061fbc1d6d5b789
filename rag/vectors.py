"""Cut a paper for the index and make its vectors: one per passage, one per sentence.

Where a text's vector is the sum of its tokens' vectors, scaled to length one, the model reads each sentence once, in
windows, and passages add up; other models are asked for passages and sentences one by one. This stands between two
rooms: what is read at once is `rag.reading`'s to say, how texts become vectors `rag.searching`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from rag.language import may_be_evidence
from rag.papers import Paper
from rag.reading import LONGEST, CountTokens, opening, passages_of, windows_of
from rag.searching import scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.searching import Embedder

    Vectors = NDArray[np.float32]

T = TypeVar("T")

AT_ONCE = 128  # texts embedded before it is asked again whether anybody still wants them: some five seconds


@dataclass(frozen=True, slots=True)
class Embedded:
    """Hold a paper cut into passages, a vector per passage and one per sentence."""

    paper: Paper
    passages: Vectors
    sentences: Vectors


def embed_paper(paper: Paper, model: Embedder, stopped: Event | None = None) -> Embedded:
    """Cut a paper into passages and embed it; raise `CancelledError` when `stopped` is set."""
    known: dict[str, int] = {}

    def count(texts: Sequence[str]) -> Sequence[int]:  # each text once: passages and windows ask for the same
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, model.count_tokens(new), strict=True))
        return [known[text] for text in texts]

    cut = replace(paper, passages=passages_of(paper.sentences, count))
    return Embedded(cut, *vectors_of(cut, model, count, stopped))


def vectors_of(
    paper: Paper, model: Embedder, count_tokens: CountTokens | None = None, stopped: Event | None = None
) -> tuple[Vectors, Vectors]:
    """Return one row per passage and one per sentence, zeros for sentences that are no evidence.

    Raise `CancelledError` when `stopped` is set.
    """
    if model.adds_up:
        return _added_up(paper, model, count_tokens or model.count_tokens, stopped)
    return _one_by_one(paper, model, stopped)


def _added_up(
    paper: Paper, model: Embedder, count_tokens: CountTokens, stopped: Event | None
) -> tuple[Vectors, Vectors]:
    import numpy as np

    sums = np.zeros((len(paper.sentences), model.dimension), np.float32)
    for windows in _turns(windows_of(paper, count_tokens, min(LONGEST, model.max_tokens)), stopped):
        parts = model.embed_parts([window.text for window in windows], [window.places for window in windows])
        for window, rows in zip(windows, parts, strict=True):
            for owners, row in zip(window.owners, rows, strict=True):
                sums[list(owners)] += row
    vectors = np.empty((len(paper.passages), model.dimension), np.float32)
    for row, passage in enumerate(paper.passages):
        vectors[row] = sums[passage.first : passage.last].sum(axis=0)
    return scaled(vectors), scaled(sums)


def _one_by_one(paper: Paper, model: Embedder, stopped: Event | None) -> tuple[Vectors, Vectors]:
    import numpy as np

    vectors = np.zeros((len(paper.passages), model.dimension), np.float32)
    for passages in _turns(paper.passages, stopped):
        texts = [f"{opening(paper.title, passage.section)}\n{passage.text}".strip() for passage in passages]
        vectors[[passage.number for passage in passages]] = model.embed(texts)
    sentences = np.zeros((len(paper.sentences), model.dimension), np.float32)
    for shown in _turns([sentence for sentence in paper.sentences if may_be_evidence(sentence)], stopped):
        sentences[[sentence.number for sentence in shown]] = model.embed([sentence.text for sentence in shown])
    return vectors, sentences


def _turns(items: Sequence[T], stopped: Event | None) -> Iterator[Sequence[T]]:
    """Yield some items at a time until somebody calls a stop."""
    for start in range(0, len(items), AT_ONCE):
        if stopped and stopped.is_set():
            raise CancelledError
        yield items[start : start + AT_ONCE]
