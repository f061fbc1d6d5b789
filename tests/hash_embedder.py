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
    adds_up = True

    def __init__(self) -> None:
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        rows = np.array([self._sum(text) for text in texts], np.float32).reshape(-1, self.dimension)
        rows[:, 0] += 0.01  # no row is all zeros
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]) -> list[Vectors]:
        self.texts += len(texts)
        return [
            np.array([self._sum(text[a:b]) for a, b in spans], np.float32).reshape(-1, self.dimension)
            for text, spans in zip(texts, parts, strict=True)
        ]

    def unit(self, text: str) -> Vectors:
        """Return the direction of a text's sum; zeros stay zeros."""
        row = self._sum(text)
        return np.asarray(row / max(float(np.linalg.norm(row)), 1e-12), np.float32)

    def _sum(self, text: str) -> Vectors:
        row = np.zeros(self.dimension, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.sha256(word.encode()).digest()
            row[digest[0] % self.dimension] += 1 if digest[1] % 2 else -1
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) + 2 for text in texts]
