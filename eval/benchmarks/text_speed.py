"""Measure pages per second: text, spans and labels with worker processes, beside LangChain's PyPDFLoader.

    python eval/benchmarks/text_speed.py --data ../shared/papers/real

Wall-clock time on this machine, workers' start included; the load of the machine is printed with it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from eval.benchmarks.extractors import langchain, pypdf
from rag.read import Job, read_paper, read_papers
from rag.types import Paper


def main() -> int:
    """Print the figures as JSON; write them where `--out` says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peers", action="store_true", help="measure PyPDFLoader (or bare pypdf) too: slow")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    pdfs = sorted(options.data.glob("*.pdf"))
    figures: dict[str, object] = {"cores": os.cpu_count(), "load": [round(load, 1) for load in os.getloadavg()]}
    start = time.perf_counter()
    papers = [paper for _, paper in read_papers([Job(pdf, pdf.stem) for pdf in pdfs], workers=options.workers)]
    pages = sum(len(paper.pages) for paper in papers if isinstance(paper, Paper))
    figures["pages"] = pages
    figures[f"paperbound, {options.workers} workers: pages/s"] = round(pages / (time.perf_counter() - start), 1)
    start = time.process_time()
    for pdf in pdfs:
        read_paper(pdf, pdf.stem, None)
    figures["paperbound, one process: pages per CPU second"] = round(pages / (time.process_time() - start), 1)
    if options.peers:
        try:
            peer = langchain
            peer(pdfs[0])
        except ImportError:
            peer = pypdf
        start = time.perf_counter()
        read = sum(len(peer(pdf)) for pdf in pdfs)
        figures[f"{peer.__name__}: pages/s"] = round(read / (time.perf_counter() - start), 1)
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
