"""Measure search on SciFact: every step from BM25 to what ships, beside bm25s, in one run.

    python -m eval.benchmarks.retrieval_scifact --data ../shared/bench [--split train]

Vectors are embedded once and kept under --cache.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.sets import Query, embedded, interval, library, ndcg, recall, scifact
from eval.benchmarks.tables import keep
from rag.papers import Paper
from rag.searching import Index, Scope, load_embedder, retrieve, search

DEPTH = 200
RRF_K = 60  # Cormack et al., SIGIR 2009

Scores = NDArray[np.float32]
Ranking = Sequence[int]


def ranked(scores: Scores) -> list[int]:
    """Return positions by score, best first, ties by position."""
    order: list[int] = np.argsort(-scores, kind="stable")[:DEPTH].tolist()
    return order


def reciprocal(*rankings: Ranking) -> list[int]:
    """Return rankings fused by reciprocal rank."""
    fused: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking):
            fused[item] = fused.get(item, 0.0) + 1 / (RRF_K + rank + 1)
    return sorted(fused, key=lambda item: (-fused[item], item))


def bm25s_rankings(paper: Paper, queries: Sequence[Query]) -> list[list[int]] | None:
    """Return the rankings of bm25s with its own defaults and Snowball stems, None where it is not installed."""
    try:
        import bm25s
        import Stemmer
    except ImportError:
        return None
    stemmer = Stemmer.Stemmer("english").stemWords
    peer = bm25s.BM25()
    texts = [passage.text for passage in paper.passages]
    peer.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    asked = bm25s.tokenize([q.text for q in queries], stopwords="en", stemmer=stemmer, show_progress=False)
    found, _ = peer.retrieve(asked, k=DEPTH, show_progress=False)
    rankings: list[list[int]] = found.tolist()
    return rankings


def steps(index: Index, paper: Paper, queries: Sequence[Query], vectors: Scores) -> dict[str, list[list[int]]]:
    """Return the rankings of every step of the ablation."""
    scope = Scope.of(index, ["scifactv1"])
    dense = [ranked(row) for row in vectors @ np.asarray(index.vectors).T]
    keyword = [ranked(scope.keyword(query.text)[0]) for query in queries]
    told = {"MiniLM alone": dense, "our BM25 alone": keyword}
    if peer := bm25s_rankings(paper, queries):
        told = {"bm25s alone": peer, **told}
        told["reciprocal rank: bm25s + MiniLM"] = _each(reciprocal, peer, dense)
    told["reciprocal rank: our BM25 + MiniLM"] = _each(reciprocal, keyword, dense)
    for weight in (0.3, 0.4, 0.5, 0.6, 0.7):
        retrieve.DENSE_WEIGHT = weight
        hits = [
            search(index, ["scifactv1"], [query.text], vectors[row : row + 1], k=100)
            for row, query in enumerate(queries)
        ]
        told[f"scores added, dense weight {weight}"] = [[hit.passage.number for hit in found] for found in hits]
    return told


def _each(fuse: Callable[..., list[int]], *lists: Sequence[Ranking]) -> list[list[int]]:
    return [fuse(*rankings) for rankings in zip(*lists, strict=True)]


def cross_validated(gains: dict[str, list[float]], folds: int = 5) -> float:
    """Return the mean gain when each fold's weight is chosen on the others."""
    table = np.array([values for name, values in gains.items() if name.startswith("scores added")])
    fold = np.arange(table.shape[1]) % folds
    chosen = [table[:, fold != f].mean(axis=1).argmax() for f in range(folds)]
    return float(np.concatenate([table[best, fold == f] for f, best in enumerate(chosen)]).mean())


def main() -> None:
    """Measure every step and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds scifact/")
    parser.add_argument("--split", default="train")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    given = parser.parse_args()
    paper, queries = scifact(given.data, given.split)
    model, shipped = load_embedder(), retrieve.DENSE_WEIGHT
    index = library([paper], model, given.cache, given.cache / "scifact")
    vectors = embedded([query.text for query in queries], model, given.cache)
    rankings = steps(index, paper, queries, vectors)
    gains = {n: [ndcg(r, q.relevant) for r, q in zip(found, queries, strict=True)] for n, found in rankings.items()}
    rows = [
        {
            "system": name + (" (ships)" if name.endswith(f"weight {shipped}") else ""),
            "nDCG@10": interval(gains[name]),
            "recall@100": round(
                float(np.mean([recall(r, q.relevant, 100) for r, q in zip(found, queries, strict=True)])), 3
            ),
        }
        for name, found in rankings.items()
    ]
    validated = round(cross_validated(gains), 4)
    setup = {
        "split": given.split,
        "queries": len(queries),
        "weight chosen on four folds, measured on the fifth": validated,
    }
    keep(f"retrieval_scifact_{given.split}", rows, setup)


if __name__ == "__main__":
    main()
