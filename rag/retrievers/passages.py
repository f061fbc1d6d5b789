"""Tell what every framework's document holds: the passage, and plain values, fit for JSON, that a citation needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.papers import AllowedPaper, Hit, Paper, is_local

Value = str | int | float | None | list[str] | list[int] | dict[str, float]

SHOWN = ("title", "page", "source")  # what a model may be told of a passage; the rest is for programs


class Settings(Protocol):
    """Be what a retriever is opened again with."""

    @property
    def corpus(self) -> Path:
        """Return where papers are kept."""
        ...

    @property
    def pdf_dir(self) -> Path | None:
        """Return the folder of the user's own PDFs."""
        ...

    @property
    def offline(self) -> bool:
        """Tell whether nothing is fetched."""
        ...

    @property
    def model(self) -> str:
        """Return the embedding model."""
        ...


class Searcher(Protocol):
    """Be what searches: `rag.Engine`."""

    @property
    def settings(self) -> Settings:
        """Return what it was opened with."""
        ...

    def search(self, question: str, papers: Sequence[AllowedPaper | str], k: int = 10) -> Sequence[Hit]:
        """Return the best passages of the given papers; raise `CorpusError` for one that cannot be had."""
        ...

    def stored(self, hit: Hit) -> Paper:
        """Return the paper that a hit lies in."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Hold one passage as a document: `id` is the same wherever the same paper is stored."""

    id: str
    text: str
    score: float
    metadata: dict[str, Value]


def found(engine: Searcher, question: str, papers: Sequence[AllowedPaper | str], k: int) -> list[Found]:
    """Return what a search finds, best first; raise `CorpusError` for a paper that cannot be had."""
    hits = engine.search(question, papers, k)
    return [
        Found(f"{hit.paper}#{hit.passage.number}", hit.passage.text, hit.score, metadata(hit, engine.stored(hit)))
        for hit in hits
    ]


def metadata(hit: Hit, paper: Paper) -> dict[str, Value]:
    """Return what is told of a hit; pages count from 1."""
    passage = hit.passage
    pages = paper.pages_of(passage)
    page = pages[0] if pages else None
    on_arxiv = page - paper.lead if page and paper.lead is not None else 0
    pdf = f"https://arxiv.org/pdf/{hit.paper}" + (f"#page={on_arxiv}" if on_arxiv > 0 else "")
    return {
        "paper": hit.paper,
        "title": paper.title,
        "source": hit.paper if is_local(hit.paper) else pdf,
        "page": page,
        "pages": list(pages),
        "url": AllowedPaper(paper.paper, paper.version).url,
        "section": list(passage.section),
        "label": passage.label,
        "passage": passage.number,
        "sentences": [passage.first, passage.last],
        "score": hit.score,
        "scores": dict(hit.scores),
    }
