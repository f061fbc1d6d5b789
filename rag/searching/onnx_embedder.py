"""Embed with ONNX Runtime, no torch: each run on one thread, as many runs at once as there are cores.

Threads that share no work never wait for each other. A run holds texts of one length, so that nothing is padded, and
the mean of the tokens is taken text by text: a vector is the same, to the last bit, in any company and on any number
of threads.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import files
from rag.searching import cores, onnx_graph
from rag.searching.pooling import Part, scaled, sums
from rag.searching.weights import Weights, cache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

MIN_COSINE = 0.9999  # how close a runtime must come to the reference
PROBE = "a sharp photograph of a bird"  # embedded once to see that a kept graph is what it was
DUE = 2  # runs for each core: one under way, one to go on with
TOKENS = 256  # of short texts that share a run, which then reads the weights once; longer ones gain nothing by company


class OnnxEmbedder:
    """Embed with ONNX Runtime. Safe to use from threads."""

    runtime = "onnxruntime"
    adds_up = True  # what `onnx_graph` builds

    def __init__(self, weights: Weights, graph: Path | bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        options.intra_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # built as it should run
        source = graph if isinstance(graph, bytes) else str(graph)
        self._session: Any = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self._tokenizer = weights.tokenizer(cut=True)
        self._weights = weights
        self.fingerprint = weights.fingerprint
        self.max_tokens = weights.max_tokens
        self.dimension = int(self._session.get_outputs()[0].shape[-1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), np.float32)

        def take(row: int, states: Vectors, _: Sequence[Part]) -> None:
            vectors[row] = states.mean(axis=0)

        self._read(texts, take)
        return scaled(vectors)

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[Part]]) -> list[Vectors]:
        """Return for each text one row per part of it."""
        found: dict[int, Vectors] = {}

        def take(row: int, states: Vectors, offsets: Sequence[Part]) -> None:
            found[row] = sums(states, offsets, parts[row])

        self._read(texts, take)
        return [found[row] for row in range(len(texts))]

    def _read(self, texts: Sequence[str], take: Callable[[int, Vectors, Sequence[Part]], None]) -> None:
        """Run the model over texts and hand each one's token vectors on, with the characters of each token."""
        import numpy as np

        encoded = self._tokenizer.encode_batch(list(texts))

        def run(rows: Sequence[int]) -> None:
            (tokens,) = self._session.run(["tokens"], {"ids": np.array([encoded[row].ids for row in rows], np.int64)})
            for row, states in zip(rows, tokens, strict=True):
                take(row, states, encoded[row].offsets)

        _spread(run, _groups([len(encoding.ids) for encoding in encoded]))

    @cached_property
    def _counter(self) -> Any:
        return self._weights.tokenizer(cut=False)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return token counts, uncut."""
        return [len(encoding) for encoding in self._counter.encode_batch_fast(list(texts))]


def _groups(lengths: Sequence[int]) -> list[list[int]]:
    """Return row numbers in groups of one length, of up to `TOKENS` tokens or one text, longest first."""
    groups: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        last = groups[-1] if groups else []
        if last and lengths[last[0]] == lengths[row] and (len(last) + 1) * lengths[row] <= TOKENS:
            last.append(row)
        else:
            groups.append([row])
    return groups


def _spread(run: Callable[[Sequence[int]], None], groups: Sequence[Sequence[int]]) -> None:
    """Run every group once; of many only a few are due at a time, so that nobody waits for all of another's."""
    if len(groups) < 2:
        for rows in groups:
            run(rows)
        return
    count = cores.count()
    threads, due = _threads(os.getpid(), count), deque[Future[None]]()
    try:
        for rows in groups:
            due.append(threads.submit(run, rows))
            if len(due) > DUE * count:
                due.popleft().result()
        while due:
            due.popleft().result()
    finally:
        for future in due:
            future.cancel()


@lru_cache(1)
def _threads(process: int, count: int) -> ThreadPoolExecutor:
    """Return the threads of all runs, whoever asks for them: more at once would only get in each other's way.

    A forked process has none of its parent's threads, so each has its own.
    """
    return ThreadPoolExecutor(count, "embed")


def trusted(weights: Weights) -> OnnxEmbedder:
    """Return the embedder of these weights; its graph is built and checked once, then kept in the user's cache.

    Raise ValueError when its vectors differ from the reference. Graphs of older revisions are deleted.
    """
    file = cache() / "onnx" / f"{weights.sha256[:24]}-{onnx_graph.REVISION}.onnx"
    data, seal = file.with_suffix(".bin"), file.with_suffix(".seal")  # the seal is written last: what lacks it is torn
    if known := _kept(weights, file, data, seal):
        return known
    graph = onnx_graph.build(weights.folder)
    built = OnnxEmbedder(weights, graph)
    check(built.embed, weights)
    kept, numbers = onnx_graph.split(graph, data.name)
    told = {"sizes": [len(kept), len(numbers)], "vector": built.embed([PROBE])[0].tolist()}
    if files.keep(data, numbers) and files.keep(file, kept) and files.keep(seal, json.dumps(told).encode()):
        _forget_older(file)
    return built


def _kept(weights: Weights, file: Path, data: Path, seal: Path) -> OnnxEmbedder | None:
    """Return the embedder of a kept graph; None unless it is whole and gives the vector it gave when it was kept."""
    import numpy as np

    try:
        told = json.loads(seal.read_text(encoding="ascii"))
        if told["sizes"] != [file.stat().st_size, data.stat().st_size]:
            return None
        embedder = OnnxEmbedder(weights, file)
        likeness = float(embedder.embed([PROBE])[0] @ np.array(told["vector"], np.float32))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    except _refusals():
        return None
    return embedder if likeness > MIN_COSINE else None


def _refusals() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises for graphs that it cannot use."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = "EngineError Fail InvalidArgument InvalidGraph InvalidProtobuf NoModel NoSuchFile NotImplemented"
    return tuple(getattr(state, name) for name in f"{names} RuntimeException".split() if hasattr(state, name))


def _forget_older(file: Path) -> None:
    """Delete graphs that older revisions of this program built of the same weights, 90 MB each."""
    stem, revision = file.stem.rsplit("-", 1)
    for other in file.parent.glob(f"{stem}-*.*"):
        number = other.stem.rsplit("-", 1)[-1]
        if number.isdecimal() and int(number) < int(revision):
            with suppress(OSError):
                other.unlink()


def check(embed: Callable[[Sequence[str]], Vectors], weights: Weights) -> None:
    """Compare with the reference on a fixed sample; raise ValueError when the vectors differ."""
    import numpy as np

    sample = json.loads((Path(__file__).parent / "reference_vectors.json").read_text(encoding="utf-8"))
    told = np.array(sample["vectors"], np.float32)
    if weights.sha256 != sample["weights_sha256"]:
        from rag.searching.torch_embedder import TorchEmbedder

        told = TorchEmbedder(weights).embed(sample["texts"])
    cosine = (embed(sample["texts"]) * told).sum(axis=1) / np.linalg.norm(told, axis=1)
    if not (cosine > MIN_COSINE).all():
        raise ValueError(f"vectors differ from the reference: cosine {cosine.min():.4f}")
