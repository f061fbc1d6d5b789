"""Embed with sentence-transformers: the reference, other models, graphics processors.

Imports torch at the first text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag.searching.pooling import Part, sums
from rag.searching.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

CPU_BATCH = 8
DEVICE_BATCH = 128  # what keeps a graphics processor busy; 128 texts of 256 tokens take a gigabyte there at most


class TorchEmbedder:
    """Embed with sentence-transformers on a device of torch's: cpu, cuda or mps. Threads take turns."""

    runtime = "sentence-transformers"

    def __init__(self, weights: Weights, device: str = "cpu") -> None:
        self._weights = weights
        self.device = device
        self.fingerprint = weights.fingerprint
        self.max_tokens = weights.max_tokens
        self.adds_up = weights.adds_up
        self._turn = Lock()  # the tokenizer inside is set anew for each call

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self._weights.folder), device=self.device, local_files_only=True)

    @cached_property
    def _counter(self) -> Any:
        return self._weights.tokenizer(cut=False)

    @cached_property
    def _tokenizer(self) -> Any:
        return self._weights.tokenizer(cut=True)

    @cached_property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text."""
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._encode(texts, normalize_embeddings=True, convert_to_numpy=True)
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Part]]) -> list[Vectors]:
        """Return for each text one row per part of it."""
        found: list[Vectors] = []
        encoded = self._tokenizer.encode_batch(list(texts))
        for row, told in enumerate(self._encode(texts, output_value="token_embeddings") if texts else ()):
            states = _numbers(told)[: len(encoded[row].ids)]
            found.append(sums(states, encoded[row].offsets, parts[row]))
        return found

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes, the model's own marks included, uncut."""
        return [len(encoding.ids) for encoding in self._counter.encode_batch(list(texts))]

    def _encode(self, texts: Sequence[str], **how: Any) -> Any:
        batch = CPU_BATCH if self.device == "cpu" else DEVICE_BATCH
        with self._turn:
            return self._model.encode(list(texts), batch_size=batch, show_progress_bar=False, **how)


def _numbers(tensor: Any) -> Vectors:
    numbers: Vectors = tensor.detach().float().cpu().numpy()
    return numbers
