"""Score how well a claim follows from its cited sentences, 0 to 1; `THRESHOLD` parts supported from not.

The built-in check is lexical and needs no model; with an `embed` function it also compares meaning. Its weights are
fitted by `python -m eval.benchmarks.gates --fit`. `CrossEncoderSupport` asks an NLI model by name instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rag.wording import content

if TYPE_CHECKING:
    import numpy as np

    Embed = Callable[[list[str]], np.ndarray[Any, Any]]

THRESHOLD = 0.5  # scores are calibrated: the share of supported pairs at this score is one half


class Support(Protocol):
    """Score a claim against its evidence, higher is better supported; `threshold` is where support begins."""

    threshold: float

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return a value from 0 to 1."""
        ...


class LexicalSupport:
    """Score by the share of the claim's content words and word pairs that the evidence bears."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return the calibrated probability that the evidence supports the claim."""
        mine = content(claim)
        if not mine:
            return 1.0
        theirs = {stem for text in evidence for stem in content(text)}
        covered = sum(_weight(stem) for stem in mine if stem in theirs) / sum(map(_weight, mine))
        return 1 / (1 + math.exp(-8 * (covered - 0.5)))


def _weight(stem: str) -> float:
    return min(len(stem), 8)
