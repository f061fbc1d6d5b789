"""Ask a natural-language-inference model, by name, whether the evidence entails a claim.

Any sentence-transformers cross-encoder with an "entailment" label, or with a single score, will do. It is slower than
the built-in check by orders of magnitude and loads torch, so it is used only when asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class NliSupport:
    """Score a claim by the model's probability that the cited sentences, read as one text, entail it."""

    def __init__(self, model: CrossEncoder, entailment: int | None, threshold: float = 0.5) -> None:
        self.threshold = threshold
        self._model = model
        self._entailment = entailment

    @classmethod
    def load(cls, name: str, *, offline: bool = False, threshold: float = 0.5) -> NliSupport:
        """Load a cross-encoder by its name or folder; `offline` takes it from disk only."""
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(name, local_files_only=offline)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"cannot load the NLI model {name!r}: {reason}; give a name or a folder") from None
        return cls(model, entailment_of(model.config.id2label, name), threshold)

    def score(self, claim: str, evidence: Sequence[str]) -> float:
        """Return the probability of entailment, 0 to 1."""
        import numpy as np

        logits = np.asarray(self._model.predict([(" ".join(evidence), claim)], activation_fn=_identity()), dtype=float)
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


def _identity() -> Any:
    import torch

    return torch.nn.Identity()
