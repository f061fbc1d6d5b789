"""Fill a table over real papers without a chat model: how long it takes, what is stated, whether the judge passes it.

    python -m eval.benchmarks.table_cells --data ../shared [--columns 6] [--show]

The papers of DATA/papers/real are stored once, outside of the time that is told. What the cells say is third parties'
text: it is printed on request and kept nowhere.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from eval import run
from eval.benchmarks.tables import keep, markdown
from rag import Engine
from rag.tables import SAID

COLUMNS = ("input", "output", "method", "data set", "main result", "main limitation", "hardware", "code")


def main() -> None:
    """Store the papers, fill the table, judge it, and keep the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds papers/real")
    parser.add_argument("--columns", type=int, default=6, help="how many of the columns, at most 8")
    parser.add_argument("--show", action="store_true", help="print the table")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench" / "table")
    given = parser.parse_args()
    pdfs = given.data / "papers" / "real"
    engine = Engine.open(given.cache, pdf_dir=pdfs, offline=True)
    names = [path.stem.replace("_", "/") for path in sorted(pdfs.glob("*.pdf"))]
    engine.ingest(names)
    began = time.perf_counter()
    table = Engine.open(given.cache, pdf_dir=pdfs, offline=True).table(names, COLUMNS[: given.columns])
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.json"
        file.write_text(table.to_json(), "utf-8")
        report = run.verify(file, papers=names, corpus=given.cache, pdf_dirs=[pdfs])
    rows = []
    for column in table.columns:
        states = Counter(cell.state for _, asked, cell in table.cells if asked == column)
        rows.append({"column": column.name, "asks": column.ask, **{SAID[state]: states[state] for state in SAID}})
    faults = {kind: count["kind"] for kind, count in report["violations"].items() if count["kind"]}
    setup = {"papers": len(names), "cells": len(names) * given.columns, "seconds": round(seconds, 1), "faults": faults}
    if given.show:
        print(table.to_markdown())
    if given.columns == len(COLUMNS):
        keep("table_cells", rows, setup)
    else:
        print(markdown(rows), setup, sep="\n")


if __name__ == "__main__":
    main()
