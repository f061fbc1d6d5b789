"""Remember the vectors of texts embedded before, so that many questions share one call and no text is paid twice.

Not handled here: `embed_parts`, which ingest uses; it is handed through as it is.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.searching.embed import Embedder
    from rag.searching.pooling import Part

    Vectors = NDArray[np.float32]

MOST = 1024  # texts kept: 2 MB of vectors, the queries of some two hundred questions


class RememberedEmbedder:
    """Give the vectors that an embedder gives, asking it once for each distinct text. Safe to use from threads."""

    def __init__(self, embedder: Embedder, most: int = MOST) -> None:
        self.embedder: Embedder = embedder.embedder if isinstance(embedder, RememberedEmbedder) else embedder
        self.fingerprint = embedder.fingerprint
        self.runtime = embedder.runtime
        self.max_tokens = embedder.max_tokens
        self.adds_up = embedder.adds_up
        self._most = most
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self.embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text; what was asked for lately is not computed again."""
        import numpy as np

        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known]
            found = dict(zip(new, self.embedder.embed(new), strict=True)) if new else {}
            rows = [found[text] if text in found else self._known[text] for text in texts]
            self._keep(dict(zip(texts, rows, strict=True)))
        return np.stack(rows) if rows else np.empty((0, self.dimension), np.float32)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Part]]) -> list[Vectors]:
        """Return for each text one row per part of it."""
        return self.embedder.embed_parts(texts, parts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes."""
        return self.embedder.count_tokens(texts)

    def _keep(self, rows: dict[str, Vectors]) -> None:
        for text, row in rows.items():
            self._known[text] = row.copy() if row.base is not None else row  # a view would keep its whole batch
            self._known.move_to_end(text)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
