"""Measure a question when everything is warm: embedding, retrieval a facet, writer, gates, rendering; beside the peer.

    python -m eval.benchmarks.speed_query --data ../shared --peer PYTHON [--corpus DIR] [--rounds 20] [--json FILE]

All papers of `papers/real` are allowed at once. The papers are ingested into `--corpus` (a temporary folder unless it
is given, to be used again). No vector is remembered from question to question. Milliseconds: median and 95th
percentile of processor time (all threads) and of wall time. Before anything is timed, the hits of the fast runtime are
compared with those of the reference runtime, sentence-transformers.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from eval.benchmarks.measured import PEER, host, keep, options, run
from rag.answers import Draft, Task
from rag.briefs import Brief
from rag.engine import Engine
from rag.gates import settle
from rag.language import read_question
from rag.searching import Embedder, load_embedder, search

QUESTIONS = (
    "How is attention computed, and what does it cost for long sequences?",
    "Which methods retrieve passages for open-domain question answering, and how are they trained?",
    "How do the models keep deep networks trainable?",
    "What does the combined measurement say about the mass of the Higgs boson?",
    "How can large numbers be factored in polynomial time?",
    "How are language models prompted to reason step by step?",
    "Which data sets are used to evaluate table extraction?",
    "How does the optimiser estimate the moments of the gradients?",
)


@dataclass
class Times:
    """Collect the milliseconds of one stage."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def of(self, work: Callable[[], Any], share: int = 1) -> Any:
        """Do some work and book its time, divided by `share`."""
        start, began = time.perf_counter(), time.process_time()
        result = work()
        self.cpu.append(1000 * (time.process_time() - began) / share)
        self.wall.append(1000 * (time.perf_counter() - start) / share)
        return result

    def told(self) -> dict[str, float]:
        """Return the figures that are reported."""
        return {
            f"{name}_{part}_ms": round(value, 3)
            for name, times in (("cpu", self.cpu), ("wall", self.wall))
            for part, value in (("p50", median(times)), ("p95", sorted(times)[int(0.95 * (len(times) - 1))]))
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of each stage."""
    told = options(__doc__, arguments, corpus={"type": Path}, skip_reference={"action": "store_true"})
    with tempfile.TemporaryDirectory() as folder:
        pdfs = told.data / "papers" / "real"
        engine = Engine.open(told.corpus or Path(folder) / "corpus", pdf_dir=pdfs, offline=True)
        papers = _stored(engine, pdfs)
        briefs = [Brief.of(question, papers) for question in QUESTIONS]
        report: dict[str, Any] = {"host": host(), "papers": len(papers)}
        if not told.skip_reference:
            report["hits_compared"] = _same_hits(engine, briefs)
        stages = _timed(engine, briefs, told.rounds)
        report["stages"] = {name: times.told() for name, times in stages.items()}
        if told.peer:
            store = str(Path(folder) / "store")
            used = sorted(pdfs.glob("*.pdf"))[: len(papers)]
            run([told.peer, str(PEER), "ingest", store, *map(str, used)])
            out = run([told.peer, str(PEER), "warm", store, *(QUESTIONS * 3)]).output
            peer = json.loads(out.splitlines()[-1])
            report["stages"]["peer: embed and search"] = Times(peer["wall_ms"], peer["cpu_ms"]).told()
    for name, figures in report["stages"].items():
        print(f"{name:<28}" + "".join(f"  {key} {value:>8.2f}" for key, value in figures.items()))
    print(f"hits compared with the reference runtime: {report.get('hits_compared', 'skipped')}")
    keep(report, told.json)


def _stored(engine: Engine, pdfs: Path) -> list[str]:
    if engine.index is None:
        names = [path.stem.replace("_", "/") for path in sorted(pdfs.glob("*.pdf"))]
        engine.ingest(names)
    assert engine.index is not None
    return [entry.key for entry in engine.index.entries]


def _queries(brief: Brief) -> list[str]:
    return [facet.query for facet in read_question(brief.question, brief.points, brief.papers).facets]


def _same_hits(engine: Engine, briefs: Sequence[Brief]) -> str:
    """Compare the hits by vectors of either runtime; raise AssertionError where they differ."""
    fast, reference = load_embedder(offline=True), load_embedder(offline=True, reference=True)
    compared = 0
    for brief in briefs:
        one, other = (_hits(engine, brief, embedder) for embedder in (fast, reference))
        assert [place for place, _ in one] == [place for place, _ in other], brief.question
        assert all(abs(a - b) < 1e-4 for (_, a), (_, b) in zip(one, other, strict=True)), brief.question
        compared += len(one)
    return f"{compared} hits of {len(briefs)} questions by {fast.runtime} and {reference.runtime}: the same"


def _hits(engine: Engine, brief: Brief, embedder: Embedder) -> list[tuple[tuple[str, int], float]]:
    assert engine.index is not None
    keys, queries = [paper.key for paper in brief.papers], _queries(brief)
    found = search(engine.index, keys, queries, embedder.embed(queries), k=50, spread=True)
    return [((hit.paper, hit.passage.number), hit.score) for hit in found]


def _timed(engine: Engine, briefs: Sequence[Brief], rounds: int) -> dict[str, Times]:
    stages = {name: Times() for name in ("embed, a facet", "retrieve, a facet", "write", "gates", "render")}
    embedder, index = load_embedder(offline=True), engine.index
    assert index is not None
    keys = [entry.key for entry in index.entries]
    for number in range(rounds + 1):
        if number == 1:  # the first round warms up
            stages = {name: Times() for name in stages}
        for brief in briefs:
            queries = _queries(brief)
            vectors = stages["embed, a facet"].of(partial(embedder.embed, queries), len(queries))
            look = partial(search, index, keys, queries, vectors, k=60, spread=True)
            stages["retrieve, a facet"].of(look, len(queries))
        if number < 4:
            _answered(engine, briefs, stages)
    return stages


def _answered(engine: Engine, briefs: Sequence[Brief], stages: dict[str, Times]) -> None:
    for brief in briefs:
        prepared = engine.prepare(brief)
        if prepared.refusal:
            continue
        task: Task = prepared.task
        draft: Draft = stages["write"].of(partial(engine.writer.write, task))
        stages["gates"].of(partial(settle, draft, task))
        answer = engine.finish(prepared, draft)
        stages["render"].of(answer.to_markdown)


if __name__ == "__main__":
    main()
