"""Print a benchmark's table and keep it, with date, machine and versions, under `results/`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "faiss-cpu", "numpy", "onnxruntime", "sentence-transformers", "bm25s", "langchain-community", "langchain-openai",
    "langchain-text-splitters", "llama-index-core",
)  # fmt: skip


def keep(name: str, rows: Sequence[Mapping[str, object]], setup: Mapping[str, object]) -> None:
    """Print rows as a Markdown table and write them to `results/NAME.json`."""
    print(markdown(rows))
    print(json.dumps(setup, ensure_ascii=False))
    told = {"setup": dict(setup), "made": made_on(), "rows": list(map(dict, rows))}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def markdown(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as a Markdown table; a figure that a row lacks stays empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def made_on() -> dict[str, object]:
    """Return date, machine and versions of the packages that matter."""
    packages = {}
    for package in PACKAGES:
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "packages": packages,
    }
