"""Measure reading: text, spans and labels with worker processes, beside LangChain's PyPDFLoader in the same run.

    python -m eval.benchmarks.text_speed --data ../shared/papers/real --peer PYTHON

Wall-clock time depends on what else the machine does, so its load is printed and processor time is measured too:
that of the workers with their start, of this process while it takes in what they send, of the peer after its imports.
Each figure is the median of `--rounds`; the peer, which is slow, reads once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from eval.benchmarks.measured import PEER
from rag.papers import Paper
from rag.reading import Job, read_paper, read_papers


def main() -> int:
    """Print the figures as JSON; write them where `--out` says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", help="a Python with langchain-community and pypdf: measure PyPDFLoader too")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    pdfs = sorted(options.data.glob("*.pdf"))
    figures: dict[str, object] = {"cores": os.cpu_count(), "load": [round(load, 1) for load in os.getloadavg()]}
    rounds = [_in_workers(pdfs, options.workers) for _ in range(options.rounds)]
    pages = rounds[0].pages
    figures["pages"] = pages
    figures[f"paperbound, {options.workers} workers: pages/s"] = round(pages / median(r.wall_s for r in rounds), 1)
    figures["paperbound, workers: CPU ms a page"] = _ms(median(r.workers_s for r in rounds), pages)
    figures["paperbound, their parent: CPU ms a page"] = _ms(median(r.parent_s for r in rounds), pages)
    alone = median(_alone(pdfs) for _ in range(options.rounds))
    figures["paperbound, one process: CPU ms a page"] = _ms(alone, pages)
    if options.peer:
        told = _peer(options.peer, pdfs)
        figures["PyPDFLoader: pages/s"] = round(told["pages"] / told["wall_s"], 1)
        figures["PyPDFLoader: CPU ms a page"] = _ms(told["cpu_s"], int(told["pages"]))
    figures["load at the end"] = [round(load, 1) for load in os.getloadavg()]
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


@dataclass(frozen=True, slots=True)
class Round:
    """Hold what one reading of all PDFs in workers took: seconds by the clock and of processors."""

    pages: int
    wall_s: float
    workers_s: float
    parent_s: float


def _in_workers(pdfs: Sequence[Path], workers: int) -> Round:
    wall, own, children = time.perf_counter(), time.process_time(), _children()
    papers = [paper for _, paper in read_papers([Job(pdf, pdf.stem) for pdf in pdfs], workers=workers)]
    pages = sum(len(paper.pages) for paper in papers if isinstance(paper, Paper))
    return Round(pages, time.perf_counter() - wall, _children() - children, time.process_time() - own)


def _peer(python: str, pdfs: Sequence[Path]) -> dict[str, float]:
    """Let LangChain's loader read all PDFs, in an environment of its own."""
    command = [python, str(PEER), "read", "-", *map(str, pdfs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _ms(seconds: float, pages: int) -> float:
    return round(1000 * seconds / pages, 1)


def _children() -> float:
    """Return the processor seconds of worker processes that have ended."""
    used = os.times()
    return used.children_user + used.children_system


def _alone(pdfs: Sequence[Path]) -> float:
    """Return the processor seconds in which this process reads all PDFs."""
    start = time.process_time()
    for pdf in pdfs:
        read_paper(pdf, pdf.stem, None)
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
