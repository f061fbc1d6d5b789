"""Search random whitelists in a library of a million made-up passages, beside LangChain's FAISS filter.

    python -m eval.benchmarks.whitelist --data LIBRARY [--papers 25000] [--passages 40]

Counts what must never happen (no result, too few, one from outside, a score that a forbidden paper changed) and
times searches for 1, 4, 40, 400 and all papers. Vectors are random, words are drawn from a vocabulary with Zipf's
frequencies; both come from the seed. The library is made once and kept under --data (about 4 GB).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.tables import keep
from rag import files
from rag.language import words
from rag.papers import Hit, Paper, Passage
from rag.searching import Entry, Index, IndexWriter, Scope, search
from rag.searching.manifest import Manifest
from rag.searching.stored import dump_paper, dump_terms

Vectors = NDArray[np.float32]

DIMENSION = 384
VOCABULARY = 50_000
LENGTH = 120  # words of a passage
K = 10


def made_paper(number: int, passages: int) -> Paper:
    """Return a paper of random words, the same for the same number."""
    rng = np.random.default_rng(number)
    drawn = np.minimum(rng.zipf(1.2, (passages, LENGTH)), VOCABULARY)
    texts = [" ".join(map(made_word, row)) for row in drawn.tolist()]
    parts = tuple(Passage(n, n, n + 1, text, "body") for n, text in enumerate(texts))
    return Paper(f"{2000 + number // 10000}.{number % 10000:05}", 1, f"Paper {number}", (), "", "made", (), (), parts)


def made_word(number: int) -> str:
    """Return a word of five letters for a number, the same for the same number."""
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(5))


def made_vectors(rng: np.random.Generator, rows: int) -> Vectors:
    """Return random vectors of length one."""
    vectors = rng.standard_normal((rows, DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def make(folder: Path, papers: int, passages: int) -> None:
    """Write a library file by file and publish it once: `IndexWriter` would publish 25,000 times."""
    (folder / "papers").mkdir(parents=True)
    entries, rng = [], np.random.default_rng(0)
    with (folder / "vectors-1.f32").open("wb") as file:
        for number in range(papers):
            vectors = made_vectors(rng, passages)
            file.write(vectors.tobytes())
            entries.append(_stored(folder, made_paper(number, passages), number * passages, vectors))
    manifest = Manifest("made", "made", DIMENSION, "vectors-1.f32", papers * passages, tuple(entries))
    files.replace(folder / "manifest.json", json.dumps(asdict(manifest)).encode())


def _stored(folder: Path, paper: Paper, row: int, vectors: Vectors) -> Entry:
    text, terms = dump_paper(paper), dump_terms([passage.text for passage in paper.passages], words)
    file = Path("papers") / f"{paper.key}.json"
    (folder / file).write_bytes(text)
    (folder / file).with_suffix(".terms").write_bytes(terms)
    (folder / file).with_suffix(".sentences").write_bytes(b"")
    return Entry(
        key=paper.key,
        paper=paper.paper,
        version=paper.version,
        title=paper.title,
        file=file.as_posix(),
        sha256=hashlib.sha256(text).hexdigest(),
        terms_sha256=hashlib.sha256(terms).hexdigest(),
        pdf_sha256="",
        pdf="",
        extractor=paper.extractor,
        first_row=row,
        rows=len(vectors),
        vectors_sha256=hashlib.sha256(vectors.tobytes()).hexdigest(),
        sentences_sha256=hashlib.sha256(b"").hexdigest(),
    )


# --- what must be 0 ----------------------------------------------------------------------------------------


def violations(index: Index, alone: Path, trials: int, rng: random.Random) -> dict[str, int]:
    """Return how often a random whitelist gave nothing, too little, something else, or other scores."""
    counts = {"empty": 0, "short": 0, "outside": 0, "score changed by forbidden papers": 0}
    keys = [entry.key for entry in index.entries]
    for trial in range(trials):
        allowed = rng.sample(keys, min(rng.choice((1, 2, 3, 4, 8, 40)), len(keys)))
        query, vector = made_query(rng, trial)
        hits = search(index, allowed, [query], vector, k=K)
        there = sum(index.entry(key).rows for key in allowed)
        counts["empty"] += not hits
        counts["short"] += len(hits) < min(K, there)
        counts["outside"] += any(hit.paper not in allowed for hit in hits)
        counts["score changed by forbidden papers"] += _told(hits) != _told(
            _alone(index, alone, allowed, query, vector)
        )
    return counts


def _alone(index: Index, folder: Path, allowed: Sequence[str], query: str, vector: Vectors) -> tuple[Hit, ...]:
    """Search the same papers in a library that holds nothing else, added in another order."""
    with IndexWriter.open(folder, model="made", fingerprint="made", dimension=DIMENSION, rebuild=True) as writer:
        for key in reversed(allowed):
            writer.add(index.paper(key), np.array(index.rows([key])), words, Path())
        writer.sweep()
    return search(Index.open(folder), allowed, [query], vector, k=K)


def _told(hits: Sequence[Hit]) -> list[tuple[str, int, float]]:
    return [(hit.paper, hit.passage.number, hit.score) for hit in hits]


def made_query(rng: random.Random, number: int) -> tuple[str, Vectors]:
    """Return eight words, half of them frequent, and a random vector."""
    drawn = [rng.randint(1, 50) for _ in range(4)] + [rng.randint(50, VOCABULARY) for _ in range(4)]
    return " ".join(map(made_word, drawn)), made_vectors(np.random.default_rng(number), 1)


# --- time --------------------------------------------------------------------------------------------------


def timed(run: Callable[[], object]) -> float:
    """Return the milliseconds of a call."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def times(index: Index, allowed: Sequence[str], repeat: int, rng: random.Random) -> tuple[list[float], list[float]]:
    """Return milliseconds of searches by a whitelist seen for the first time, and of further ones by the same."""
    first: list[float] = []
    again: list[float] = []
    for number in range(repeat):
        query, vector = made_query(rng, number)
        if len(allowed) > len(index.entries) // 2:
            some = list(allowed)
        else:
            some = rng.sample(list(allowed), len(allowed))
        times_of = first if number == 0 else again
        times_of.append(timed(lambda q=query, v=vector, s=some: search(index, s, [q], v, k=K)))  # type: ignore[misc]
    return first, again


def ours(index: Index, repeat: int) -> list[dict[str, object]]:
    """Return the rows of our table."""
    rng = random.Random(1)  # noqa: S311 - made-up data
    rows = []
    keys = [entry.key for entry in index.entries]
    for papers in _sizes(len(keys)):
        whole = papers == len(keys)
        new, warm = [], []
        for _ in range(1 if whole else repeat):
            first, again = times(index, keys if whole else rng.sample(keys, papers), 12 if whole else 6, rng)
            new += first
            warm += again
        rows.append({"system": "Paperbound", "papers": papers, **_spread_of(warm), "first search": _middle(new)})
    return rows


def peer(index: Index, repeat: int) -> list[dict[str, object]]:
    """Return the rows of LangChain's FAISS store with a filter, as its documentation shows it."""
    import faiss
    from langchain_community.docstore.in_memory import InMemoryDocstore
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_core.embeddings import FakeEmbeddings

    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(np.asarray(index.vectors))
    owner = [entry.key for entry in sorted(index.entries, key=lambda e: e.first_row) for _ in range(entry.rows)]
    documents = {str(row): Document(page_content="", metadata={"paper": key}) for row, key in enumerate(owner)}
    places = {row: str(row) for row in range(len(owner))}
    store = FAISS(FakeEmbeddings(size=DIMENSION), flat, InMemoryDocstore(documents), places)
    rng = random.Random(1)  # noqa: S311 - made-up data
    rows = []
    keys = [entry.key for entry in index.entries]
    for papers in _sizes(len(keys)):
        spent, empty = [], 0
        for number in range(repeat):
            allowed = set(rng.sample(keys, papers))
            vector = made_query(rng, number)[1][0].tolist()
            start = time.perf_counter()
            found = store.similarity_search_by_vector(vector, k=K, filter=lambda m, a=allowed: m["paper"] in a)
            spent.append((time.perf_counter() - start) * 1000)
            empty += not found
        rows.append({"system": "LangChain FAISS", "papers": papers, **_spread_of(spent), "empty": f"{empty}/{repeat}"})
    return rows


def _sizes(papers: int) -> list[int]:
    return [size for size in (1, 4, 40, 400) if size < papers] + [papers]


def _middle(values: Sequence[float]) -> float:
    return round(float(np.median(values)), 2)


def _spread_of(values: Sequence[float]) -> dict[str, float]:
    return {"p50 ms": _middle(values), "p95 ms": round(float(np.percentile(values, 95)), 2)}


def main() -> None:
    """Make the library, check it, time it, keep the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="where the library is made and kept")
    parser.add_argument("--papers", type=int, default=25_000)
    parser.add_argument("--passages", type=int, default=40)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    folder = given.data / f"{given.papers}x{given.passages}"
    if not (folder / "manifest.json").exists():
        make(folder, given.papers, given.passages)
    start = time.perf_counter()
    index = Index.open(folder)
    opened = round(time.perf_counter() - start, 3)
    rows = ours(index, given.repeat)
    bad = violations(index, given.data / "alone", given.trials, random.Random(0))  # noqa: S311 - made-up data
    if not given.no_peer:
        rows += peer(index, given.repeat)
    setup = {
        "papers": given.papers,
        "passages": len(Scope.of(index, [e.key for e in index.entries[:1]])) * given.papers,
    }
    keep("whitelist", rows, {**setup, "trials": given.trials, "opened in s": opened, "violations": bad})


if __name__ == "__main__":
    main()
