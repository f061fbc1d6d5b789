"""Rank a paper's sentences by how well they answer each part of a question: named signs, weighed.

The weights are data (`ranking.toml`), learnt by `python -m eval.benchmarks.train_ranker` on questions whose answering
sentences people marked: a sentence's score is a log-odds against the paper's other sentences (a softmax over all of
them, the probability of any marked one maximised). Scores of one question compare, also across papers; those of two
do not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.language import is_name_of, may_be_evidence
from rag.papers import AnswerKind, Hit, Paper, Part, Question, Sentence
from rag.writers.looks import looked_place, signs_of_looks
from rag.writers.nearness import Queries
from rag.writers.signs import Meaning, Said, meaning, said, signs, signs_of_nearness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "ranking.toml"
LOOKED_AT = 96  # nearest sentences of a paper that are looked at closely: twice as many as a writer is shown
UNSEEN = 3.0  # log-odds less for the others
PLACES_OF: Mapping[AnswerKind, tuple[str, ...]] = {  # where such answers stand, however near the words are
    "about": ("abstract", "introduction", "conclusion"),
    "limits": ("limits", "conclusion"),
}


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
        return signs(self.paper, self.usable, *self._near(asked, point, part), part)

    def scores(self, asked: Queries, point: int | None, part: Part) -> Values:
        """Return the score of every usable sentence for a part of the question, asked under a point.

        Only those that are near, or stand where such answers stand, are looked at closely; the others score less.
        """
        import numpy as np

        worth = weights()
        score = np.zeros(len(self.usable), np.float32)
        for name, values in signs_of_nearness(self.paper, self.usable, *self._near(asked, point, part), part).items():
            score += np.float32(worth.get(name, 0.0)) * values
        seen = self._promising(score, part)
        told = [signs_of_looks(self.usable[row], part, self.paper.title) for row in seen]
        looks = [sum(worth.get(name, 0.0) * value for name, value in one.items()) for one in told]
        score[[row for row in range(len(score)) if row not in seen]] -= UNSEEN
        score[list(seen)] += np.array(looks, np.float32)
        return score

    def _near(self, asked: Queries, point: int | None, part: Part) -> tuple[Meaning, Sequence[Hit], Said]:
        rows = list(asked.rows(part, point))
        held = said(self.paper, self.usable, {word.stem: word.weight for word in part.words})
        return meaning(self.paper, self.vectors, asked.vectors[rows]), self.hits, held

    def _promising(self, score: Values, part: Part) -> dict[int, None]:
        """Return the rows of the nearest sentences, and of the places where what a paper is about, or lacks, stands."""
        order = (-score).argsort(kind="stable")[:LOOKED_AT].tolist()
        places = PLACES_OF.get(part.kind, ())
        there = (row for row, s in enumerate(self.usable) if places and looked_place(s) in places)
        return dict.fromkeys([*order, *there])


def put_to(paper: Paper, part: Part, papers: Sequence[Paper]) -> Part:
    """Return a part as it is put to one of several papers: it need not name the others, and says what it does itself.

    "How do A and B differ in what they are trained on?" is, put to A, what A is trained on.
    """
    if paper.paper in part.each:
        return part.each[paper.paper]
    others = [other.title for other in papers if other is not paper]
    if not others:
        return part
    own = [w for w in part.words if is_name_of(w.written, paper.title) or not _names_any(w.written, others)]
    return replace(part, words=tuple(own), kind="account" if part.kind == "difference" else part.kind)


def _names_any(word: str, titles: Sequence[str]) -> bool:
    return any(is_name_of(word, title) for title in titles)


def parts_of(question: Question) -> list[tuple[int, Part]]:
    """Return every part that is asked with the point it is asked under; the question's own after the last point.

    Points that nothing is searched for, as a list of papers, ask nothing.
    """
    searched = sorted({facet.point for facet in question.facets if facet.point is not None})
    asked = [(point, part) for point in searched for part in question.asked(point)]
    own = len(question.points) if len(searched) != 1 else searched[0]
    asked += [(own, part) for part in question.parts]
    return list({(point, part.text): (point, part) for point, part in asked}.values())
