"""Make small libraries of invented papers, for tests of the index and the search."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rag.language import words
from rag.papers import Label, Paper, Passage
from rag.searching import Index, IndexWriter
from tests.hash_embedder import HashEmbedder, Vectors

VOCABULARY = "lens blur motion frame sensor light noise kernel depth edge grain shutter pixel focus river tide".split()
EMBEDDER = HashEmbedder()


def invented(number: int, passages: int = 6, texts: Sequence[str] = (), label: Label = "body") -> Paper:
    """Return a paper of random words, the same for the same number, or of the texts given."""
    rng = random.Random(number)  # noqa: S311 - made-up data
    if not texts:
        texts = [" ".join(rng.choices(VOCABULARY, k=rng.randint(1, 30))) for _ in range(passages)]
    parts = tuple(Passage(n, n, n + 1, text, label, ("Method",)) for n, text in enumerate(texts))
    return Paper(f"2101.{number:05}", 1, f"Paper {number}", ("A. Author",), "", "test", (), (), parts)


def key(number: int) -> str:
    return f"2101.{number:05}v1"


def shelve(folder: Path, papers: Sequence[Paper]) -> Index:
    """Store papers in the order given and open the index."""
    with IndexWriter.open(
        folder, model="hash", fingerprint=EMBEDDER.fingerprint, dimension=EMBEDDER.dimension
    ) as writer:
        for paper in papers:
            writer.add(paper, vectors_of(paper), words, folder / "none.pdf")
    return Index.open(folder)


def vectors_of(paper: Paper) -> Vectors:
    return EMBEDDER.embed([passage.text for passage in paper.passages])


def alter_manifest(folder: Path, change: Callable[[Any], object]) -> None:
    """Change an index's manifest in place, as somebody else may."""
    path = folder / "manifest.json"
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
