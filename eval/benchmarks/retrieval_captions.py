"""Measure retrieval on real PDFs without hand labels: from a caption to the text that speaks of its figure or table.

    python -m eval.benchmarks.retrieval_captions --data ../shared

Asked is what a caption says, without its number; wanted are the passages of body and appendix that name the number
("as Table 3 shows"). Captions themselves are never counted. The PDFs in papers/real/ are read and embedded as `rag
ingest` does; any folder of PDFs of that form will do.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.benchmarks.sets import Query, Vectors, interval
from eval.benchmarks.tables import keep
from rag.engine import Engine
from rag.fetching import OwnFolder
from rag.papers import Label, Paper, Passage
from rag.searching import Index, Scope, retrieve
from rag.settings import Settings

TEXT: frozenset[Label] = frozenset({"body", "appendix"})
FEWEST = 6  # words of a caption that ask for something
MOST = 300  # characters of a caption that are asked
_CAPTION = re.compile(r"^(Fig|Tab)(?:ure|le)?s?\s*\.?\s*(\d+)\s*[.:|]?\s*", re.IGNORECASE)
_NAMED = re.compile(r"\b(Fig|Tab)(?:ures?|les?|s)?\.?\s*(\d+)")


def questions(paper: Paper) -> Iterator[Query]:
    """Yield what each caption asks, with the passages that name its number."""
    naming = defaultdict(set)
    for passage in paper.passages:
        if passage.label in TEXT:
            for kind, number in _NAMED.findall(passage.text):
                naming[kind.lower(), number].add(passage.number)
    captions: dict[int, str] = {}
    for sentence in paper.sentences:
        if sentence.label == "caption":
            captions[sentence.paragraph] = f"{captions.get(sentence.paragraph, '')} {sentence.text}".strip()
    for paragraph, caption in captions.items():
        if match := _CAPTION.match(caption):
            text = caption[match.end() :][:MOST]
            wanted = naming.get((match[1].lower(), match[2]))
            if wanted and len(text.split()) >= FEWEST:
                yield Query(f"{paper.key} {paragraph}", text, frozenset(wanted), paper.key)


def reciprocal_rank(order: Sequence[tuple[str, int]], question: Query) -> float:
    """Return one over the place of the first passage that is wanted, 0 where there is none."""
    found = (n for n, (key, number) in enumerate(order, 1) if key == question.paper and number in question.relevant)
    return 1 / next(found, np.inf)


def by_meaning(index: Index, _: Query, vector: Vectors, keys: Sequence[str]) -> list[tuple[str, int]]:
    """Return the places of all passages of body and appendix, nearest first."""
    scope = Scope.of(index, keys)
    order = scope.dense(vector, len(scope))[1][0].tolist()
    return [scope.place(position) for position in order if scope.passage(position).label in TEXT]


def as_shipped(index: Index, question: Query, vector: Vectors, keys: Sequence[str]) -> list[tuple[str, int]]:
    """Return the places of the passages that a question gets."""
    hits = retrieve.search(index, keys, [question.text], vector, k=100, labels=TEXT)
    return [(hit.paper, hit.passage.number) for hit in hits]


def by_sentence(index: Index, _: Query, vector: Vectors, keys: Sequence[str]) -> list[tuple[str, int]]:
    """Return the places of one paper's passages by their nearest sentence."""
    (key,) = keys
    near = index.sentence_vectors(key) @ vector[0]
    passages = [passage for passage in index.passages(key) if passage.label in TEXT]

    def best(passage: Passage) -> float:
        return -float(near[passage.first : passage.last].max())

    return [(key, passage.number) for passage in sorted(passages, key=best)]


def measured(index: Index, asked: Sequence[Query], vectors: Vectors) -> dict[str, dict[str, list[float]]]:
    """Return the reciprocal ranks of each order, among the passages of the caption's paper and of all papers."""
    every = [entry.key for entry in index.entries]
    found: dict[str, dict[str, list[float]]] = {}
    for name, run in (("best sentence", by_sentence), ("meaning alone", by_meaning), ("ships", as_shipped)):
        for where in ("its paper", "all papers"):
            if where == "its paper" or run is not by_sentence:
                found.setdefault(name, {})[where] = [
                    reciprocal_rank(
                        run(index, question, vector[None], every if where == "all papers" else [question.paper]),
                        question,
                    )
                    for question, vector in zip(asked, vectors, strict=True)
                ]
    return found


def main() -> None:
    """Measure and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds papers/real/")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pdfs = given.data / "papers" / "real"
        engine = Engine(Settings(corpus=Path(folder), pdf_dir=pdfs, offline=True))
        engine.ingest(OwnFolder(pdfs, lambda path: None).papers())
        index = engine.index
        assert index is not None
        asked = [question for entry in index.entries for question in questions(index.paper(entry.key))]
        vectors = engine.embedder.embed([question.text for question in asked])
        rows = [
            {"order": name} | {f"{where}, MRR": interval(ranks) for where, ranks in told.items()}
            for name, told in measured(index, asked, vectors).items()
        ]
    keep("retrieval_captions", rows, {"papers": len(index.entries), "captions": len(asked)})


if __name__ == "__main__":
    main()
