"""Score how well a claim follows from its cited sentences, 0 to 1; a support's `threshold` parts supported from not.

`BuiltInSupport` needs no model: a logistic regression over how the claim's words, word pairs, names and numbers
occur in the evidence. Given an `embed` function it also compares meaning. Weights are fitted and printed by
`python -m eval.benchmarks.gates --fit`. Not handled by it: inference; a claim in quite other words scores low and is
then printed as the authors' own sentence. `NliSupport` asks a natural-language-inference model, by its folder: any
sentence-transformers cross-encoder with an "entailment" label, or with a single score, will do. It is slower by orders
of magnitude and loads torch, so it is used only when asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import SettingsError
from rag.gates.identifiers import strange_names, unwarranted
from rag.language import content

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from sentence_transformers import CrossEncoder

    Vectors = np.ndarray[Any, Any]
    Embed = Callable[[list[str]], Vectors]


class Support(Protocol):
    """Score a claim against its evidence, higher is better supported; from `threshold` on it counts as supported."""

    @property
    def name(self) -> str:
        """Return who judges, as answers record it."""
        ...

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
MEANING = ("neighbours",)
LEXICAL_WEIGHTS = (1.310, 1.498, 0.888, -0.543, -1.465, -1.251)
MEANING_WEIGHTS = (0.809, 1.011, 0.845, -0.498, -1.508, 2.985, -2.848)
FLOOR = 0.55  # below this share of its words stated close together no claim passes: costs no balanced accuracy
MEANING_FLOOR = 0.4  # likewise where meaning can stand in for words
THRESHOLD = 0.5  # both fits weigh supported and unsupported pairs alike, so this is the point of best balance


class BuiltInSupport:
    """Score by words, and by meaning where an `embed` function (texts to unit vectors, one row each) is given."""

    def __init__(self, embed: Embed | None = None, threshold: float = THRESHOLD) -> None:
        self.name = "words" if embed is None else "words and vectors"
        self.threshold = threshold
        self._embed = embed

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return the probability that the evidence supports the claim, were half of all claims supported."""
        found = self.features(claim, evidence)
        weights, floor = (LEXICAL_WEIGHTS, FLOOR) if self._embed is None else (MEANING_WEIGHTS, MEANING_FLOOR)
        total = weights[-1] + sum(weight * value for weight, value in zip(weights, found, strict=False))
        stated = found[0]
        return min(1 / (1 + math.exp(-total)), THRESHOLD * stated / floor if stated < floor else 1.0)

    def features(self, claim: str, evidence: Sequence[str]) -> list[float]:
        """Return what the score is made of, in the order of `LEXICAL` and `MEANING`."""
        found = lexical(claim, evidence)
        return found if self._embed is None else [*found, meaning(self._embed([claim, *evidence]))]


def lexical(claim: str, evidence: Sequence[str]) -> list[float]:
    """Return how the claim's words, pairs, letters, names and numbers occur in the evidence (`LEXICAL`)."""
    mine = content(claim)
    theirs = [_content(text) for text in evidence] or [()]
    sets = [frozenset(stems) for stems in theirs]
    weights = {stem: min(len(stem), 8) for stem in mine}  # long words say more than short ones
    total = sum(weights.values())
    windows = (frozenset().union(*sets[i : i + WINDOW]) for i in range(len(sets)))
    pairs = set(pairwise(mine))
    their_pairs = {pair for stems in theirs for pair in pairwise(stems)}
    grams = _grams(" ".join(mine))
    return [
        max(sum(weights[stem] for stem in stems & weights.keys()) for stems in windows) / total if total else 1.0,
        len(pairs & their_pairs) / max(1, len(pairs)),
        max(len(grams & _grams(" ".join(stems))) for stems in theirs) / max(1, len(grams)),
        float(bool(strange_names(claim, evidence))),
        float(bool(unwarranted(claim, evidence))),
    ]


@lru_cache(maxsize=4096)
def _content(text: str) -> tuple[str, ...]:
    return tuple(content(text))


@lru_cache(maxsize=4096)
def _grams(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[i : i + GRAM] for i in range(len(padded) - GRAM + 1))


def meaning(vectors: Vectors) -> float:
    """Return how near the claim, the first row, is to the nearest run of neighbouring sentences, as a cosine."""
    import numpy as np

    claim, evidence = vectors[0], vectors[1:]
    runs = (evidence[i : i + WINDOW].sum(0) for i in range(len(evidence)))
    return max((float(run @ claim / (np.linalg.norm(run) or 1)) for run in runs), default=0.0)


class NliSupport:
    """Score a claim by the model's probability that the cited sentences, read as one text, entail it."""

    def __init__(self, model: CrossEncoder, entailment: int | None, threshold: float = 0.5, name: str = "nli") -> None:
        self.name = name
        self.threshold = threshold
        self._model = model
        self._entailment = entailment

    @classmethod
    def load(cls, folder: Path, threshold: float = 0.5) -> NliSupport:
        """Load a cross-encoder from its folder; told `local_files_only` a name would still be looked up."""
        name = str(folder)
        if not folder.is_dir():
            raise SettingsError(f"cannot load the NLI model {name!r}: no such folder; give a name or a folder")
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(name, local_files_only=True)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"cannot load the NLI model {name!r}: {reason}; give a name or a folder") from None
        return cls(model, entailment_of(model.config.id2label, name), threshold, name)

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return the probability of entailment, 0 to 1."""
        import numpy as np
        import torch

        pair = (" ".join(evidence), claim)
        logits = np.asarray(self._model.predict([pair], activation_fn=torch.nn.Identity()), dtype=float)
        row = logits.reshape(-1)
        if self._entailment is None:
            return float(1 / (1 + np.exp(-row[0])))
        chance = np.exp(row - row.max())
        return float(chance[self._entailment] / chance.sum())


def entailment_of(labels: dict[int, str], name: str) -> int | None:
    """Return the place of the entailment label, None for a model with one score."""
    if len(labels) == 1:
        return None
    for place, label in labels.items():
        if label.lower().startswith(("entail", "support")):
            return int(place)
    raise SettingsError(f"the model {name!r} has no entailment label, only {', '.join(labels.values())}")
