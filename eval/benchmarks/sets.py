"""Read the benchmark sets from a folder given by --data, and make libraries of them; nothing is copied here.

`scifact/` is in BEIR's form; `qasper/` holds papers as ordered paragraphs, and questions with evidence paragraphs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.language import boundaries, flags_of, words
from rag.papers import Label, Page, Paper, Passage, Sentence, Span
from rag.searching import Embedder, Index, IndexWriter
from rag.vectors import vectors_of

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Query:
    """Hold a question, and the passages (by number) that answer it, of one paper or of the only one."""

    id: str
    text: str
    relevant: frozenset[int]
    paper: str = ""


def scifact(folder: Path, split: str) -> tuple[Paper, list[Query]]:
    """Return SciFact's abstracts as one paper, a passage each, and the queries of a split."""
    rows = read_lines(folder / "scifact" / "corpus.jsonl")
    number = {row["_id"]: place for place, row in enumerate(rows)}
    texts = [f"{row['title']}{'' if row['title'][-1:] in '.?!' else '.'} {row['text']}" for row in rows]
    passages = tuple(Passage(n, n, n + 1, text, "abstract") for n, text in enumerate(texts))
    relevant: dict[str, set[int]] = {}
    for line in (folder / "scifact" / f"qrels-{split}.tsv").read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(query, set()).add(number[document])
    asked = read_lines(folder / "scifact" / f"queries-{split}.jsonl")
    queries = [Query(q["_id"], q["text"], frozenset(relevant[q["_id"]])) for q in asked if q["_id"] in relevant]
    return Paper("scifact", 1, "", (), "", "bench", (), (), passages), queries


def qasper(folder: Path) -> tuple[list[Paper], list[Query]]:
    """Return QASPER's papers, a page and a passage per paragraph, and its questions (`relevant` may be empty)."""
    papers = []
    for row in read_lines(folder / "qasper" / "papers.jsonl"):
        pages = tuple(Page(number + 1, part["text"]) for number, part in enumerate(row["paragraphs"]))
        sentences: list[Sentence] = []
        passages: list[Passage] = []
        for page, part in zip(pages, row["paragraphs"], strict=True):
            first = len(sentences)
            sentences += paragraph(page, part["section"] or "", first)
            section = sentences[first].section if len(sentences) > first else ()
            passages.append(Passage(len(passages), first, len(sentences), page.text, "body", section))
        told = (row["paper_id"], 1, row["title"] or "", (), "", "bench", pages, tuple(sentences), tuple(passages))
        papers.append(Paper(*told))
    questions = [
        Query(row["question_id"], row["question"], frozenset(row["evidence_paragraph_idx"]), f"{row['paper_id']}v1")
        for row in read_lines(folder / "qasper" / "questions.jsonl")
    ]
    return papers, questions


def paragraph(page: Page, section: str, first: int) -> list[Sentence]:
    """Return the sentences of a paragraph that stands for a page, counted from `first`."""
    label: Label = "abstract" if section.lower() == "abstract" else "body"
    path = tuple(part.strip() for part in section.split(":::") if part.strip())
    return [
        Sentence(
            first + n, page.text[a:b], (Span(page.number, a, b),), label, path, page.number, flags_of(page.text[a:b])
        )
        for n, (a, b) in enumerate(boundaries(page.text))
    ]


def joined(texts: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return paragraphs or pages as one text, an empty line between two, and where each stands in it."""
    text, spans = "", []
    for one in texts:
        text += "\n\n" if text else ""
        spans.append((len(text), len(text) + len(one)))
        text += one
    return text, spans


def read_lines(path: Path) -> list[dict]:  # type: ignore[type-arg]
    """Return the objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def embedded(texts: Sequence[str], model: Embedder, cache: Path) -> Vectors:
    """Return the texts' vectors, from the cache folder when the same texts were embedded before."""
    told = hashlib.sha256("\0".join([model.fingerprint, *texts]).encode()).hexdigest()[:16]
    file = cache / f"{told}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, model.embed(texts))
    vectors: Vectors = np.load(file)
    return vectors


def library(papers: Sequence[Paper], model: Embedder, cache: Path, folder: Path) -> Index:
    """Return an index of these papers in a folder, embedded as ingest does; passages of no sentences each alone."""
    space = {"model": "bench", "fingerprint": model.fingerprint, "dimension": model.dimension}
    with IndexWriter.open(folder, **space, rebuild=True) as writer:  # type: ignore[arg-type]
        for paper in papers:
            texts = [passage.text for passage in paper.passages]
            vectors = vectors_of(paper, model)[0] if paper.sentences else embedded(texts, model, cache)
            writer.add(paper, vectors, words, Path())
    return Index.open(folder)


# --- measures ----------------------------------------------------------------------------------------------


def ndcg(ranking: Sequence[int], relevant: frozenset[int], k: int = 10) -> float:
    """Return the discounted gain of a ranking over that of the best one possible."""
    gains = [1 / np.log2(place + 2) for place in range(k)]
    found = sum(gain for gain, item in zip(gains, ranking, strict=False) if item in relevant)
    return float(found / sum(gains[: len(relevant)]))


def recall(ranking: Sequence[int], relevant: frozenset[int], k: int) -> float:
    """Return the share of the relevant passages among the first k."""
    return len(relevant.intersection(ranking[:k])) / len(relevant)


def interval(values: Sequence[float], draws: int = 1000) -> str:
    """Return the mean with its 95 % bootstrap interval over queries."""
    rng, data = np.random.default_rng(0), np.array(values)
    means = data[rng.integers(0, len(data), (draws, len(data)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{data.mean():.3f} ({low:.3f}-{high:.3f})"


def area(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the area under the ROC curve: how often a positive scores above a negative, ties counting half."""
    high, low = np.array(positive)[:, None], np.array(negative)[None, :]
    return float(((high > low) + (high == low) / 2).mean())
