"""Read pairs of a claim and the sentences it cites, with what people say of them: what a check of meaning is tried on.

Files are JSON lines with `claim`, `evidence` (a list of sentences) and `supported` (true or false), as
`eval.benchmarks.claims_printed` has them; without one, the committed table of invented papers (`claims.toml`) is read.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

from rag.files import text_of

Pair = tuple[str, tuple[str, ...], bool]

TABLE = Path(__file__).with_name("claims.toml")


def load(path: Path | None = None) -> list[Pair]:
    """Return the pairs of a file, of all `.jsonl` files of a folder, or our own; raise `ValueError` with the place."""
    if path is None:
        return list(_invented())
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    pairs = [_pair(line, f"{file}:{n}") for file in files for n, line in enumerate(_lines(file), 1) if line.strip()]
    if not {True, False} <= {supported for _, _, supported in pairs}:
        raise ValueError(f"{path}: a calibration needs supported and unsupported claims")
    return pairs


def _lines(file: Path) -> list[str]:
    try:
        return text_of(file).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from None


def _pair(line: str, place: str) -> Pair:
    try:
        row = json.loads(line)
        claim, evidence, supported = row["claim"], tuple(row["evidence"]), row["supported"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{place}: not an object with claim, evidence and supported") from None
    if not isinstance(claim, str) or not isinstance(supported, bool) or not all(isinstance(s, str) for s in evidence):
        raise ValueError(f"{place}: claim must be a text, evidence a list of texts, supported true or false")
    return claim, evidence, supported


def _invented() -> Iterator[Pair]:
    for row in tomllib.loads(TABLE.read_text("utf-8"))["evidence"]:
        yield from ((claim, (row["text"],), True) for claim in row["good"])
        yield from ((claim, (row["text"],), False) for claims in row["bad"].values() for claim in claims)
