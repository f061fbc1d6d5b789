"""Build the ONNX graph of a BERT sentence encoder from its own weights, without torch.

The graph takes token ids and gives each token's vector: what sentence-transformers averages and normalises for models
made of Transformer(BertModel) + mean pooling + normalisation.
Attention and the activation are ONNX Runtime's fused operators; its fused sum and layer normalisation is left
alone, as it takes six times as long as sums and a normalisation apart. Source: Devlin et al., arXiv:1810.04805;
Reimers and Gurevych, arXiv:1908.10084; operators: ONNX Runtime's list of contrib operators (domain com.microsoft).
Not handled: padding, so texts run together have one length; other architectures: `supports` says so and the caller
uses sentence-transformers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.searching.weights import modules_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPSET = 20
REVISION = 5  # of the graph built here: kept graphs of another revision are built anew
CONTRIB = "com.microsoft"
ALIGNMENT = 4096  # of numbers kept in a file of their own: a page of memory
SMALL = 1024  # bytes; smaller tensors stay in the graph
IR_VERSION = 10  # what ONNX Runtime 1.20 and later read


def supports(model_dir: Path) -> bool:
    """Tell whether the model in `model_dir` is one that `build` reproduces."""
    try:
        config = _json(model_dir / "config.json")
    except (OSError, ValueError):
        return False
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and modules_of(model_dir) == (["Transformer", "Pooling", "Normalize"], ["mean_tokens"])
        and (model_dir / "model.safetensors").is_file()
    )


def build(model_dir: Path) -> bytes:
    """Return the serialised graph: int64 input `ids` (batch x length), float32 output `tokens`."""
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.numpy import load_file

    config = _json(model_dir / "config.json")
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


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
