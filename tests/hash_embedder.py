"""Embed by hashing words: a small real embedder that needs no weights, for tests of what does not depend on them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class HashEmbedder:
    fingerprint = "hash-64"
    runtime = "hash"
    max_tokens = 256
    dimension = 64

    def __init__(self) -> None:
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                digest = hashlib.sha256(word.encode()).digest()
                rows[row, digest[0] % self.dimension] += 1 if digest[1] % 2 else -1
            rows[row, 0] += 0.01  # no row is all zeros
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def embed_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Vectors, list[Vectors]]:
        return self.embed(texts), [
            self.embed([text[a:b] for a, b in spans]) for text, spans in zip(texts, parts, strict=True)
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) + 2 for text in texts]
