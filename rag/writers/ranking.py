"""Rank a paper's sentences by how well they answer each part of a question: named signs, weighed.

The weights are data (`ranking.toml`), learnt by `python -m eval.benchmarks.train_ranker` on questions whose answering
sentences people marked: a sentence's score is a log-odds against the paper's other sentences (a softmax over all of
them, the probability of any marked one maximised). Scores of one question compare, also across papers; those of two
do not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.language import may_be_evidence
from rag.papers import Hit, Paper, Part, Question, Sentence
from rag.writers.nearness import Queries
from rag.writers.signs import Meaning, meaning, said, signs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "ranking.toml"


@cache
def weights() -> Mapping[str, float]:
    """Return the learnt weight of every sign that counts."""
    told: dict[str, float] = tomllib.loads(WEIGHTS.read_text("utf-8"))["weights"]
    return told


@dataclass(frozen=True, slots=True)
class Looking:
    """Hold a paper that is looked through for a question: its sentences that may be evidence, vectors and hits."""

    paper: Paper
    usable: tuple[Sentence, ...]
    vectors: Values
    hits: Sequence[Hit]

    @classmethod
    def at(cls, paper: Paper, vectors: Values, hits: Sequence[Hit]) -> Looking:
        """Look at a paper; `vectors` has one row per sentence."""
        return cls(paper, tuple(s for s in paper.sentences if may_be_evidence(s)), vectors, hits)

    def signs(self, asked: Queries, point: int | None, part: Part) -> dict[str, Values]:
        """Return the signs of every usable sentence for a part of the question, asked under a point."""
        held = said(self.paper, self.usable, {word.stem: word.weight for word in part.words})
        return signs(self.paper, self.usable, self._near(asked, point, part), self.hits, held, part)

    def _near(self, asked: Queries, point: int | None, part: Part) -> Meaning:
        rows = list(asked.rows(part, point))
        return meaning(self.paper, self.vectors, asked.vectors[rows])

    def scores(self, asked: Queries, point: int | None, part: Part) -> Values:
        """Return the score of every usable sentence for a part of the question, asked under a point."""
        return weighed(self.signs(asked, point, part), len(self.usable))


def weighed(found: Mapping[str, Values], count: int) -> Values:
    """Return the sum of the signs of so many sentences, each by its weight."""
    import numpy as np

    score = np.zeros(count, np.float32)
    for name, weight in weights().items():
        if name in found:
            score += np.float32(weight) * found[name]
    return score


def parts_of(question: Question, points: int) -> Iterator[tuple[int, Part]]:
    """Yield every part that is asked with the point it is asked under; the question's own after the last point."""
    yield from ((point, part) for point in range(points) for part in question.asked(point))
    if points > 1:
        yield from ((points, part) for part in question.parts)
