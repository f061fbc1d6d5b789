"""Turn texts into vectors: ONNX Runtime for the default model, sentence-transformers for every other and on GPUs.

All runtimes give the same vectors (cosine above 0.9999, checked before one is trusted), so an index belongs to weights,
pooling and length, not to a runtime. Not handled here: what is embedded, and when.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from rag.searching import accelerator, onnx_graph
from rag.searching.onnx_embedder import check, trusted
from rag.searching.pooling import Part
from rag.searching.torch_embedder import TorchEmbedder
from rag.searching.weights import find_weights
from rag.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

BULK_PAPERS = 8  # from here on a GPU is worth its start: importing torch takes as long as embedding some papers

logger = logging.getLogger(__name__)


class Embedder(Protocol):
    """Give texts vectors of length one and count their tokens."""

    fingerprint: str
    runtime: str
    max_tokens: int
    adds_up: bool  # a text's vector is the sum of its tokens' vectors, but for its length

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, float32, length one; texts beyond `max_tokens` are cut there."""
        ...

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Part]]) -> list[Vectors]:
        """Return for each text one row per part of it: the sum of its tokens' vectors, which have seen the whole text.

        Parts beyond `max_tokens` get zeros.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes, the model's own marks included, uncut."""
        ...


def load(model: str = DEFAULT_MODEL, *, offline: bool = False, reference: bool = False) -> Embedder:
    """Return the embedder of a model, by the fast runtime where it can be had.

    `model` is a sentence-transformers name or a folder. `reference=True` asks for sentence-transformers. Raise
    `SettingsError` when the model cannot be found.
    """
    weights = find_weights(model, offline=offline)
    if reference or not onnx_graph.supports(weights.folder):
        return TorchEmbedder(weights)
    try:
        return trusted(weights)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        logger.warning("the fast runtime cannot be used (%s); sentence-transformers takes over", error)
        return TorchEmbedder(weights)


def load_bulk(
    papers: int,
    model: str = DEFAULT_MODEL,
    *,
    offline: bool = False,
    find: Callable[[], str] = accelerator.present,
) -> Embedder | None:
    """Return an embedder on this machine's GPU for so many papers; None where there is none or they are too few.

    `find` gives torch's name of the device, empty where there is none.
    """
    if papers < BULK_PAPERS or not (device := find()):
        return None
    weights = find_weights(model, offline=offline)
    try:
        why = accelerator.why_not(device)
        if not why:
            embedder = TorchEmbedder(weights, device)
            check(embedder.embed, weights)
            return embedder
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        why = str(error)
    logger.warning("the GPU is not used (%s); the processor embeds instead", why)
    return None
