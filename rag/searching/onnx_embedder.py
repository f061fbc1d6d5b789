"""Embed with ONNX Runtime, no torch: build the graph of a BERT sentence encoder from its own weights, and run it.

Each run takes one thread, as many runs at once as there are cores: threads that share no work never wait for each
other. A run holds texts of one length, so that nothing is padded, and the mean of the tokens is taken text by text: a
vector is the same, to the last bit, in any company and on any number of threads. Not handled: padding; models other
than `Weights.is_plain_bert`, for which the caller uses sentence-transformers.
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
from rag.searching.weights import Part, Weights, scaled, sums
from rag.settings import cache_folder, cores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

MIN_COSINE = 0.9999  # how close a runtime must come to the reference
PROBE = "a sharp photograph of a bird"  # embedded once to see that a kept graph is what it was
DUE = 2  # runs for each core: one under way, one to go on with
TOKENS = 256  # of short texts that share a run, which then reads the weights once; longer ones gain nothing by company
OPSET = 20
REVISION = 5  # of the graph built here: kept graphs of another revision are built anew
CONTRIB = "com.microsoft"
ALIGNMENT = 4096  # of numbers kept in a file of their own: a page of memory
SMALL = 1024  # bytes; smaller tensors stay in the graph
IR_VERSION = 10  # what ONNX Runtime 1.20 and later read


class OnnxEmbedder:
    """Embed with ONNX Runtime. Safe to use from threads."""

    runtime = "onnxruntime"
    adds_up = True  # what `build` builds

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

        spread(run, groups_of([len(encoding.ids) for encoding in encoded]))

    @cached_property
    def _counter(self) -> Any:
        return self._weights.tokenizer(cut=False)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return token counts, uncut."""
        return [len(encoding) for encoding in self._counter.encode_batch_fast(list(texts))]


def groups_of(lengths: Sequence[int]) -> list[list[int]]:
    """Return row numbers in groups of one length, of up to `TOKENS` tokens or one text, longest first."""
    groups: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        last = groups[-1] if groups else []
        if last and lengths[last[0]] == lengths[row] and (len(last) + 1) * lengths[row] <= TOKENS:
            last.append(row)
        else:
            groups.append([row])
    return groups


def spread(run: Callable[[Sequence[int]], None], groups: Sequence[Sequence[int]]) -> None:
    """Run every group once; of many only a few are due at a time, so that nobody waits for all of another's."""
    if len(groups) < 2:
        for rows in groups:
            run(rows)
        return
    count = cores()
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


# --- a graph that is kept -------------------------------------------------------------------------------------


def trusted(weights: Weights, check: Callable[[Callable[[Sequence[str]], Vectors], Weights], None]) -> OnnxEmbedder:
    """Return the embedder of these weights; its graph is built and checked once, then kept in the user's cache.

    `check` raises ValueError when vectors differ from the reference. Graphs of older revisions are deleted.
    """
    name = f"{weights.sha256[:24]}-{REVISION}"
    file = cache_folder() / "onnx" / f"{name}.onnx"
    data, seal = file.with_suffix(".bin"), file.with_suffix(".seal")  # the seal is written last: what lacks it is torn
    if known := kept(weights, file, data, seal):
        return known
    graph = build(weights.folder)
    built = OnnxEmbedder(weights, graph)
    check(built.embed, weights)
    small, numbers = split(graph, data.name)
    told = {"sizes": [len(small), len(numbers)], "vector": built.embed([PROBE])[0].tolist()}
    if files.keep(data, numbers) and files.keep(file, small) and files.keep(seal, json.dumps(told).encode()):
        for other in file.parent.glob(f"{weights.sha256[:24]}-*.*"):  # 90 MB each
            number = other.stem.rsplit("-", 1)[-1]
            if number.isdecimal() and int(number) < REVISION:
                with suppress(OSError):
                    other.unlink()
    return built


def kept(weights: Weights, file: Path, data: Path, seal: Path) -> OnnxEmbedder | None:
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


# --- the graph ------------------------------------------------------------------------------------------------


def build(model_dir: Path) -> bytes:
    """Return the serialised graph: int64 input `ids` (batch x length), float32 output `tokens`.

    It gives each token's vector: what sentence-transformers averages and normalises for models made of
    Transformer(BertModel) + mean pooling + normalisation. Attention and the activation are ONNX Runtime's fused
    operators; its fused sum and layer normalisation is left alone, as it takes six times as long as sums and a
    normalisation apart. Source: Devlin et al., arXiv:1810.04805; Reimers and Gurevych, arXiv:1908.10084; operators:
    ONNX Runtime's list of contrib operators (domain com.microsoft).
    """
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.numpy import load_file

    config = json.loads((model_dir / "config.json").read_text(encoding="utf-8"))
    graph = _Graph(load_file(model_dir / "model.safetensors"), config["layer_norm_eps"])
    hidden = graph.embed()
    for layer in range(config["num_hidden_layers"]):
        hidden = graph.encode(hidden, f"encoder.layer.{layer}.", config["num_attention_heads"])
    graph.node("Identity", [hidden], "tokens")
    shape = ["batch", "length"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence_encoder",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, shape)],
            [helper.make_tensor_value_info("tokens", TensorProto.FLOAT, [*shape, config["hidden_size"]])],
            [numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=IR_VERSION,
    )
    return bytes(model.SerializeToString())


def split(graph: bytes, file: str) -> tuple[bytes, bytes]:
    """Return a graph that looks its numbers up in `file`, and what that file has to hold.

    ONNX Runtime maps such a file into memory instead of parsing and copying it, which takes most of the time of
    opening a model; of the word table only the rows in use are ever read.
    """
    from onnx import external_data_helper, load_model_from_string

    model = load_model_from_string(graph)
    numbers = bytearray()
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) < SMALL:
            continue
        numbers.extend(b"\0" * (-len(numbers) % ALIGNMENT))
        external_data_helper.set_external_data(tensor, file, len(numbers), len(tensor.raw_data))
        numbers.extend(tensor.raw_data)
        tensor.ClearField("raw_data")
    return bytes(model.SerializeToString()), bytes(numbers)


class _Graph:
    """Collect nodes and constants, layer by layer."""

    def __init__(self, weights: dict[str, NDArray[np.float32]], epsilon: float) -> None:
        self.weights = weights
        self.epsilon = epsilon
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants[name] = value
        return name

    def weight(self, name: str, transpose: bool = False) -> str:
        value = self.weights[name]
        return self.constant(name, value.T.copy() if transpose else value)

    def embed(self) -> str:
        """Add word, position and type embeddings and normalise; type ids are all 0, positions count from 0."""
        import numpy as np

        at = "embeddings."
        words = self.node("Gather", [self.weight(at + "word_embeddings.weight"), "ids"], "words")
        types = self.weights[at + "token_type_embeddings.weight"][0]
        places = self.constant("places", self.weights[at + "position_embeddings.weight"] + types)
        length = self.node("Shape", ["ids"], "length", start=1, end=2)
        zero, one = self.constant("zero", np.array([0])), self.constant("one", np.array([1]))
        used = self.node("Slice", [places, zero, length, zero, one], "used_places")
        summed = self.node("Add", [words, used], "embedded")
        norm = [summed, self.weight(at + "LayerNorm.weight"), self.weight(at + "LayerNorm.bias")]
        return self.node("LayerNormalization", norm, "hidden", epsilon=self.epsilon, axis=-1)

    def encode(self, hidden: str, at: str, heads: int) -> str:
        """Add one transformer layer: attention, then a two-layer network, each with a residual."""
        import numpy as np

        parts = [f"{at}attention.self.{part}." for part in ("query", "key", "value")]
        qkv = self.constant(at + "qkv", np.concatenate([self.weights[p + "weight"].T for p in parts], axis=1))
        bias = self.constant(at + "qkv_bias", np.concatenate([self.weights[p + "bias"] for p in parts]))
        attended = self.node("Attention", [hidden, qkv, bias], at + "attended", CONTRIB, num_heads=heads)
        hidden = self._dense_and_norm(attended, hidden, at + "attention.output.")
        wide = self.node("MatMul", [hidden, self.weight(at + "intermediate.dense.weight", True)], at + "wide")
        wide = self.node("BiasGelu", [wide, self.weight(at + "intermediate.dense.bias")], at + "active", CONTRIB)
        return self._dense_and_norm(wide, hidden, at + "output.")

    def _dense_and_norm(self, inner: str, residual: str, at: str) -> str:
        dense = self.node("MatMul", [inner, self.weight(at + "dense.weight", True)], at + "dense")
        moved = self.node("Add", [dense, self.weight(at + "dense.bias")], at + "moved")
        summed = self.node("Add", [moved, residual], at + "summed")
        scale = [self.weight(at + f"LayerNorm.{part}") for part in ("weight", "bias")]
        return self.node("LayerNormalization", [summed, *scale], at + "out", epsilon=self.epsilon, axis=-1)
