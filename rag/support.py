"""Score how well a claim follows from its cited sentences, 0 to 1; a support's `threshold` parts supported from not.

`BuiltInSupport` needs no model: a logistic regression over how the claim's words, word pairs, names and numbers
occur in the evidence. Given an `embed` function it also compares meaning. Weights are fitted and printed by
`python -m eval.benchmarks.gates --fit`; an NLI model by name is in `rag.nli`.
Not handled: inference. A claim in quite other words scores low and is then printed as the authors' own sentence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from rag.names import strange_names
from rag.numbers import unwarranted
from rag.stems import content

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]
    Embed = Callable[[list[str]], Vectors]


class Support(Protocol):
    """Score a claim against its evidence, higher is better supported; from `threshold` on it counts as supported."""

    @property
    def threshold(self) -> float:
        """Return the score from which a claim passes."""
        ...

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return a value from 0 to 1."""
        ...


WINDOW = 3  # neighbouring sentences that together may state a claim
GRAM = 4  # characters of the pieces that forgive endings and compounds
LEXICAL = ("window", "bigram", "grams", "strange", "number")
MEANING = ("nearest", "near", "neighbours", "span")
LEXICAL_WEIGHTS = (1.293, 1.491, 0.913, -0.560, -1.319, -1.249)
MEANING_WEIGHTS = (0.0,) * (len(LEXICAL) + len(MEANING) + 1)
FLOOR = 0.55  # below this share of its words stated close together no claim passes: costs no balanced accuracy
THRESHOLD = 0.5  # both fits weigh supported and unsupported pairs alike, so this is the point of best balance


class BuiltInSupport:
    """Score by words, and by meaning where an `embed` function (texts to unit vectors, one row each) is given."""

    def __init__(self, embed: Embed | None = None, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._embed = embed

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return the probability that the evidence supports the claim, were half of all claims supported."""
        found = self.features(claim, evidence)
        weights = LEXICAL_WEIGHTS if self._embed is None else MEANING_WEIGHTS
        total = weights[-1] + sum(weight * value for weight, value in zip(weights, found, strict=False))
        return min(1 / (1 + math.exp(-total)), THRESHOLD * found[0] / FLOOR if found[0] < FLOOR else 1.0)

    def features(self, claim: str, evidence: Sequence[str]) -> list[float]:
        """Return what the score is made of, in the order of `LEXICAL` and `MEANING`."""
        lexical = _lexical(claim, evidence)
        return lexical if self._embed is None else lexical + _meaning(self._embed([claim, *evidence]))


def _lexical(claim: str, evidence: Sequence[str]) -> list[float]:
    mine = content(claim)
    theirs = [_content(text) for text in evidence] or [()]
    sets = [frozenset(stems) for stems in theirs]
    weights = {stem: float(min(len(stem), 8)) for stem in mine}  # long words say more than short ones
    windows = (frozenset().union(*sets[i : i + WINDOW]) for i in range(len(sets)))
    pairs = set(pairwise(mine))
    their_pairs = {pair for stems in theirs for pair in pairwise(stems)}
    grams = _grams(" ".join(mine))
    return [
        max(_share(weights, stems) for stems in windows),
        len(pairs & their_pairs) / max(1, len(pairs)),
        max(len(grams & _grams(" ".join(stems))) for stems in theirs) / max(1, len(grams)),
        float(bool(strange_names(claim, evidence))),
        float(bool(unwarranted(claim, evidence))),
    ]


@lru_cache(maxsize=4096)
def _content(text: str) -> tuple[str, ...]:
    return tuple(content(text))


def _share(weights: dict[str, float], stems: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for stem, weight in weights.items() if stem in stems) / total if total else 1.0


@lru_cache(maxsize=4096)
def _grams(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[i : i + GRAM] for i in range(len(padded) - GRAM + 1))


def _meaning(vectors: Vectors) -> list[float]:
    import numpy as np

    claim, evidence = vectors[0], vectors[1:]
    if not len(evidence):
        return [0.0] * len(MEANING)
    near = evidence @ claim
    best = np.sort(near)[::-1]
    spans = (evidence[i : i + WINDOW].sum(0) for i in range(len(evidence)))
    together = max(float(span @ claim / (np.linalg.norm(span) or 1)) for span in spans)
    basis, _ = np.linalg.qr(evidence[np.argsort(-near)[:4]].T)
    return [float(best[0]), float(best[:3].mean()), together, float(np.linalg.norm(basis.T @ claim))]
