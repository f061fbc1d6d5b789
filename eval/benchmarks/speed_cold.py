"""Measure what a user waits for from the shell: help, doctor, and an answer when the index is there.

    python -m eval.benchmarks.speed_cold --data ../shared --peer PYTHON [--rounds 3] [--json FILE]

Process start to exit, all in turn. Ours is a whole answer (search, extractive writer, gates, Markdown) to the example
brief over its four stand-in papers; the peer only loads its store of the same papers and prints six chunks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.benchmarks.measured import PEER, Cost, as_json, host, in_turn, keep, options, rag, ratio, run, shown


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and the ratio."""
    told = options(__doc__, arguments)
    brief, pdfs = told.data / "briefs" / "sports-deblur.txt", told.data / "papers" / "seed"
    with tempfile.TemporaryDirectory() as folder:
        corpus, store = Path(folder) / "corpus", str(Path(folder) / "store")
        ask = rag("ask", brief, "--corpus", corpus, "--pdf-dir", pdfs, "--offline")
        first = run(ask)
        runs: dict[str, Callable[[], Cost]] = {
            "help": lambda: run(rag("--help")),
            "doctor": lambda: run(rag("doctor", "--offline", "--corpus", corpus)),
            "ask": lambda: run(ask),
        }
        if told.peer:
            run([told.peer, str(PEER), "ingest", store, *map(str, sorted(pdfs.glob("*.pdf")))])
            question = "Which methods restore blurred photos of fast sports, and how do they work?"
            runs["peer"] = lambda: run([told.peer, str(PEER), "query", store, question])
        costs = in_turn(told.rounds, **runs)
    assert all(cost.output == first.output for cost in costs["ask"]), "the same question got another answer"
    print(shown("process start to exit", costs))
    report = {"host": host(), "costs": as_json(costs)}
    if told.peer:
        report["peer_over_ask"] = ratio(costs["peer"], costs["ask"])
        print(f"peer / rag ask: {report['peer_over_ask']}")
    keep(report, told.json)


if __name__ == "__main__":
    main()
