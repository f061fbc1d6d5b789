"""Measure growth: 10 to 25,000 papers, up to a million passages; opening, memory, filtered search, one more paper.

    python -m eval.benchmarks.speed_scale [--sizes 10 100 250 2500 25000] [--rounds 200] [--json FILE] [--plot FILE.svg]

Papers are invented: 40 passages of pseudo-words each, random unit vectors of 384 numbers. The four papers that the
questions allow are stored whole, through the index's own writer; of the others there are vectors and manifest entries,
which is all that a search over four papers may touch. Each size is opened by a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from eval.benchmarks.measured import host, keep, options, run
from eval.benchmarks.plot import Line, plot
from rag import files
from rag.language import words
from rag.papers import Page, Paper, Passage, Sentence, Span
from rag.searching import Entry, Index, IndexWriter, search
from rag.searching.manifest import Manifest, dump_manifest

PASSAGES, DIMENSION, ALLOWED = 40, 384, 4
SPACE: dict[str, Any] = {"model": "invented", "fingerprint": "0" * 16, "dimension": DIMENSION}
CHUNK = 1000  # papers made at a time


# --- making a library --------------------------------------------------------------------------------------


def _words(dice: random.Random) -> list[str]:
    parts = ["ba", "de", "ki", "lo", "mu", "ra", "se", "ti", "vo", "zu", "fen", "gor", "lim", "nar", "pos", "tur"]
    return ["".join(dice.choices(parts, k=dice.randint(2, 4))) for _ in range(4000)]


def _paper(number: int, vocabulary: Sequence[str]) -> Paper:
    dice = random.Random(number)  # noqa: S311  # invented text, no secret
    sentences, passages, text = [], [], ""
    for place in range(PASSAGES):
        said = " ".join(dice.choices(vocabulary, k=120)).capitalize() + "."
        span = Span(1, len(text), len(text) + len(said))
        text += said + "\n"
        sentences.append(Sentence(place, said, (span,), "body", ("1 Method",), place))
        passages.append(Passage(place, place, place + 1, said, "body", ("1 Method",)))
    page = Page(1, text, (), ((0, 0, len(text)),), 600.0, 800.0)
    return Paper(_name(number), 1, f"Paper {number}", (), "0" * 64, "none", (page,), tuple(sentences), tuple(passages))


def _name(number: int) -> str:
    return f"{2001 + number // 90_000}.{number % 90_000 + 10_000:05}"


def _vectors(rows: int, seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    found = np.random.default_rng(seed).standard_normal((rows, DIMENSION), np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def build(folder: Path, papers: int) -> float:
    """Make a library; return the processor seconds that storing its last whole paper took, at its full size."""
    vocabulary = _words(random.Random(0))  # noqa: S311
    others = papers - ALLOWED
    with IndexWriter.open(folder, **SPACE) as writer:
        first = writer.add(_paper(0, vocabulary), _vectors(PASSAGES, 0), words, Path("0.pdf"))
    entries: list[Entry] = []
    with (folder / "vectors-1.f32").open("ab") as file:
        while len(entries) < others:
            rows = _vectors(min(CHUNK, others - len(entries)) * PASSAGES, len(entries) + 1)
            rows.tofile(file)
            for own in rows.reshape(-1, PASSAGES, DIMENSION):
                entries.append(_entry(first, len(entries) + 1, own.tobytes()))
    manifest = Manifest(
        SPACE["model"], SPACE["fingerprint"], DIMENSION, "vectors-1.f32", (others + 1) * PASSAGES, (first, *entries)
    )
    files.replace(folder / "manifest.json", dump_manifest(manifest))
    with IndexWriter.open(folder, **SPACE) as writer:
        for number in range(papers - ALLOWED + 1, papers):
            paper, vectors = _paper(number, vocabulary), _vectors(PASSAGES, -number % 2**31)
            began = time.process_time()
            writer.add(paper, vectors, words, Path(f"{number}.pdf"))
            took = time.process_time() - began
    return took


def _entry(like: Entry, number: int, rows: bytes) -> Entry:
    name = _name(number)
    return replace(
        like,
        key=f"{name}v1",
        paper=name,
        file=f"papers/{name}v1-0.json",
        first_row=number * PASSAGES,
        vectors_sha256=hashlib.sha256(rows).hexdigest(),
    )


# --- looking at it, in a process of its own ------------------------------------------------------------------


def probe(folder: Path, rounds: int) -> dict[str, float]:
    """Open a library and search it; return seconds, milliseconds and megabytes."""
    before = _resident_mb()
    began, start = time.process_time(), time.perf_counter()
    index = Index.open(folder)
    told = {"open_cpu_s": time.process_time() - began, "open_wall_s": time.perf_counter() - start}
    told["opened_mb"] = _resident_mb()
    told["index_mb"] = told["opened_mb"] - before
    entries = index.entries
    keys = [entries[0].key, *(entry.key for entry in entries[-ALLOWED + 1 :])]
    text = index.paper(keys[1]).passages[3].text.split()
    queries = _vectors(rounds, 7)
    told["dense_ms"] = _p50(lambda row: index.dense(queries[row : row + 1], keys, 10), rounds)
    told["search_ms"] = _p50(
        lambda row: search(index, keys, [" ".join(text[row % 90 : row % 90 + 9])], queries[row : row + 1]), rounds
    )
    told["searched_mb"] = _resident_mb()
    whole = [entry.key for entry in entries]
    told["whole_ms"] = _p50(lambda row: index.dense(queries[row : row + 1], whole, 10), 3)
    return {name: round(value, 4) for name, value in told.items()}


def _p50(work: Callable[[int], Any], rounds: int) -> float:
    """Return the median of the processor milliseconds of one call, the first ones left out."""
    times = []
    for row in range(rounds):
        start = time.process_time()
        work(row)
        times.append(1000 * (time.process_time() - start))
    return median(times[min(2, rounds // 2) :])


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


# --- the command -------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line per size."""
    sizes = {"type": int, "nargs": "+", "default": [10, 100, 250, 2500, 25_000]}
    told = options(__doc__, arguments, sizes=sizes, probe={"type": Path}, plot={"type": Path})
    rounds = max(told.rounds, 200)
    if told.probe:
        print(json.dumps(probe(told.probe, rounds)))
        return
    found = []
    for papers in told.sizes:
        with tempfile.TemporaryDirectory() as folder:
            added = build(Path(folder), papers)
            command = [sys.executable, "-m", "eval.benchmarks.speed_scale", "--probe", folder, "--rounds", str(rounds)]
            row = json.loads(run(command).output)
        row = {"papers": papers, "passages": papers * PASSAGES, "add_cpu_s": round(added, 4), **row}
        print("  ".join(f"{name} {value:g}" for name, value in row.items()), flush=True)
        found.append(row)
    keep({"host": host(), "allowed": ALLOWED, "sizes": found}, told.json)
    if told.plot:
        told.plot.write_text(_drawn(found), encoding="utf-8")


def _drawn(found: Sequence[dict[str, float]]) -> str:
    x = [row["passages"] for row in found]
    times = [
        Line("opening the index", x, [1000 * row["open_cpu_s"] for row in found]),
        Line("storing one more paper", x, [1000 * row["add_cpu_s"] for row in found]),
        Line("search over every paper (vectors)", x, [row["whole_ms"] for row in found]),
        Line("search over 4 papers (vectors and words)", x, [row["search_ms"] for row in found]),
        Line("search over 4 papers (vectors)", x, [row["dense_ms"] for row in found]),
    ]
    memory = [
        Line("after opening", x, [row["opened_mb"] for row in found]),
        Line("after searches over 4 papers", x, [row["searched_mb"] for row in found]),
        Line("the vectors on disk", x, [value * DIMENSION * 4 / 2**20 for value in x]),
    ]
    return plot(
        ("Processor time, ms", times), ("Resident memory, MB", memory), across="passages in the library, 40 a paper"
    )


if __name__ == "__main__":
    main()
