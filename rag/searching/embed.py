"""Turn texts into vectors: ONNX Runtime for the default model, sentence-transformers for every other and on GPUs.

All runtimes give the same vectors (cosine above 0.9999, checked before one is trusted), so an index belongs to weights,
pooling and length, not to a runtime. Not handled here: what is embedded, and when.
"""

from __future__ import annotations

import ctypes
import json
import logging
import platform
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.searching.onnx_embedder import MIN_COSINE, trusted
from rag.searching.weights import Part, Weights, find_weights, sums
from rag.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

BULK_PAPERS = 8  # from here on a GPU is worth its start: importing torch takes as long as embedding some papers
CPU_BATCH = 8
DEVICE_BATCH = 128  # what keeps a graphics processor busy; 128 texts of 256 tokens take a gigabyte there at most
REMEMBERED = 1024  # texts whose vectors are kept: 2 MB, the queries of some two hundred questions

_DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}

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


@cache
def gpu() -> str:
    """Return torch's name of the device this machine has beside its processor: cuda, mps, or nothing.

    The driver itself is asked: importing torch takes seconds. Whether the installed torch can use the device is only
    known then.
    """
    if sys.platform == "darwin":
        return "mps" if platform.machine() == "arm64" else ""
    return "cuda" if cuda_devices(_DRIVERS.get(sys.platform, "")) else ""


def cuda_devices(driver: str) -> int:
    """Count the devices that NVIDIA's driver shows this process; it respects CUDA_VISIBLE_DEVICES."""
    if not driver:
        return 0
    try:
        library = ctypes.CDLL(driver)
        found = ctypes.c_int(0)
        if library.cuInit(0) or library.cuDeviceGetCount(ctypes.byref(found)):
            return 0
    except (OSError, AttributeError):  # no driver, or a library of that name that is none
        return 0
    return found.value


def load_embedder(model: str = DEFAULT_MODEL, *, offline: bool = False, reference: bool = False) -> Embedder:
    """Return the embedder of a model, by the fast runtime where it can be had.

    `model` is a sentence-transformers name or a folder. `reference=True` asks for sentence-transformers. Raise
    `SettingsError` when the model cannot be found.
    """
    weights = find_weights(model, offline=offline)
    if reference or not weights.is_plain_bert:
        return TorchEmbedder(weights)
    try:
        return trusted(weights, check)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        logger.warning("the fast runtime cannot be used (%s); sentence-transformers takes over", error)
        return TorchEmbedder(weights)


def load_bulk_embedder(
    papers: int,
    model: str = DEFAULT_MODEL,
    *,
    offline: bool = False,
    find: Callable[[], str] = gpu,
) -> Embedder | None:
    """Return an embedder on this machine's GPU for so many papers; None where there is none or they are too few.

    `find` gives torch's name of the device, empty where there is none.
    """
    if papers < BULK_PAPERS or not (device := find()):
        return None
    weights = find_weights(model, offline=offline)
    try:
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError(f"torch {torch.__version__} was built without CUDA or does not fit the driver")
        if device == "mps" and not torch.backends.mps.is_available():
            raise RuntimeError(f"torch {torch.__version__} cannot use Apple's GPU here")
        embedder = TorchEmbedder(weights, device)
        check(embedder.embed, weights)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        logger.warning("the GPU is not used (%s); the processor embeds instead", error)
        return None
    return embedder


def check(embed: Callable[[Sequence[str]], Vectors], weights: Weights) -> None:
    """Compare with the reference on a fixed sample; raise ValueError when the vectors differ."""
    import numpy as np

    sample = json.loads((Path(__file__).parent / "reference_vectors.json").read_text(encoding="utf-8"))
    told = np.array(sample["vectors"], np.float32)
    if weights.sha256 != sample["weights_sha256"]:
        told = TorchEmbedder(weights).embed(sample["texts"])
    cosine = (embed(sample["texts"]) * told).sum(axis=1) / np.linalg.norm(told, axis=1)
    if not (cosine > MIN_COSINE).all():
        raise ValueError(f"vectors differ from the reference: cosine {cosine.min():.4f}")


class TorchEmbedder:
    """Embed with sentence-transformers on a device of torch's: cpu, cuda or mps. Threads take turns.

    This is the reference. Imports torch at the first text.
    """

    runtime = "sentence-transformers"

    def __init__(self, weights: Weights, device: str = "cpu") -> None:
        self._weights = weights
        self.device = device
        self.fingerprint = weights.fingerprint
        self.max_tokens = weights.max_tokens
        self.adds_up = weights.adds_up
        self._turn = threading.Lock()  # the tokenizer inside is set anew for each call

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self._weights.folder), device=self.device, local_files_only=True)

    @cached_property
    def _tokenizers(self) -> tuple[Any, Any]:
        """Return one that cuts at the model's length and one that does not."""
        return self._weights.tokenizer(cut=True), self._weights.tokenizer(cut=False)

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
        encoded = self._tokenizers[0].encode_batch(list(texts))
        for row, told in enumerate(self._encode(texts, output_value="token_embeddings") if texts else ()):
            states: Vectors = told.detach().float().cpu().numpy()[: len(encoded[row].ids)]
            found.append(sums(states, encoded[row].offsets, parts[row]))
        return found

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes, the model's own marks included, uncut."""
        return [len(encoding.ids) for encoding in self._tokenizers[1].encode_batch(list(texts))]

    def _encode(self, texts: Sequence[str], **how: Any) -> Any:
        batch = CPU_BATCH if self.device == "cpu" else DEVICE_BATCH
        with self._turn:
            return self._model.encode(list(texts), batch_size=batch, show_progress_bar=False, **how)


class RememberedEmbedder:
    """Give the vectors that an embedder gives, asking it once for each distinct text. Safe to use from threads.

    So many questions share one call, and no text is paid twice. Parts of texts, which ingest asks for, and counts are
    not remembered.
    """

    def __init__(self, embedder: Embedder, most: int = REMEMBERED) -> None:
        self.embedder: Embedder = embedder.embedder if isinstance(embedder, RememberedEmbedder) else embedder
        self.fingerprint = embedder.fingerprint
        self.runtime = embedder.runtime
        self.max_tokens = embedder.max_tokens
        self.adds_up = embedder.adds_up
        self.embed_parts = self.embedder.embed_parts
        self.count_tokens = self.embedder.count_tokens
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
            for text, row in zip(texts, rows, strict=True):
                self._known[text] = row.copy() if row.base is not None else row  # a view would keep its whole batch
                self._known.move_to_end(text)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return np.stack(rows) if rows else np.empty((0, self.dimension), np.float32)
