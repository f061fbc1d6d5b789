"""Measure bringing papers in: all, again with nothing changed, one more; beside the peer, same files, same model.

    python -m eval.benchmarks.speed_ingest --data ../shared --peer PYTHON [--papers 24] [--rounds 1] [--json FILE]

End to end, process start to exit. Ours reads with layout, labels and sentences, embeds passages and sentences, keeps
word counts, and writes every paper to disk for good; the peer reads, splits and embeds. Both get the same cores.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eval.benchmarks.measured import PEER, Cost, as_json, host, in_turn, keep, middle, options, rag, ratio, run, shown


def _pages(pdfs: Sequence[Path]) -> int:
    from pypdf import PdfReader

    return sum(len(PdfReader(pdf).pages) for pdf in pdfs)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print pages per second and ratios."""
    told = options(__doc__, arguments, papers={"type": int, "default": 24})
    pdfs = sorted((told.data / "papers" / "real").glob("*.pdf"))[: told.papers]
    with tempfile.TemporaryDirectory() as folder:
        own, more, store = Path(folder) / "pdf", Path(folder) / "more", str(Path(folder) / "store")
        for place, some in ((own, pdfs[1:]), (more, pdfs)):  # `more` has one paper that `own` has not
            place.mkdir()
            for pdf in some:
                shutil.copy(pdf, place)
        runs: dict[str, Callable[[], Cost]] = {
            "ingest": lambda: run(rag("ingest", "--pdf-dir", own, "--offline", "--rebuild", *_corpus(folder))),
            "again": lambda: run(rag("ingest", "--pdf-dir", own, "--offline", *_corpus(folder))),
            "one more": lambda: run(rag("ingest", "--pdf-dir", more, "--offline", *_corpus(folder))),
        }
        if told.peer:
            runs["peer"] = lambda: run([told.peer, str(PEER), "ingest", store, *map(str, sorted(own.glob("*.pdf")))])
        costs = in_turn(told.rounds, **runs)
        pages = _pages(sorted(own.glob("*.pdf")))
    assert all("kept" in cost.output and "added" not in cost.output for cost in costs["again"])
    assert all(cost.output.count("added ") == 1 for cost in costs["one more"])
    print(shown(f"{len(pdfs) - 1} papers, {pages} pages", costs))
    report: dict[str, Any] = {"host": host(), "pages": pages, "papers": len(pdfs) - 1, "costs": as_json(costs)}
    report["pages_per_cpu_s"] = {"rag": round(pages / middle(costs["ingest"])["cpu_s"], 2)}
    if told.peer:
        assert json.loads(costs["peer"][0].output.splitlines()[-1])["pages"] == pages
        report["pages_per_cpu_s"]["peer"] = round(pages / middle(costs["peer"])["cpu_s"], 2)
        report["peer_over_rag"] = ratio(costs["peer"], costs["ingest"])
    for name in ("pages_per_cpu_s", "peer_over_rag"):
        print(f"{name}: {report.get(name, '')}")
    keep(report, told.json)


def _corpus(folder: str) -> list[str]:
    return ["--corpus", str(Path(folder) / "corpus")]


if __name__ == "__main__":
    main()
