"""Offer the filtered search to Haystack, as a component (extra `haystack`).

Haystack sends usage data to its maker unless told not to before it is imported: it is told so here. Where a program has
imported it before, that stays the program's choice.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

from haystack import Document, component, default_from_dict, default_to_dict

from rag.papers import AllowedPaper
from rag.retrievers.passages import Searcher, found


@component
class HaystackRetriever:
    """Be a Haystack component over some papers of an engine: `query` in, `documents` out, best first.

    A pipeline that holds it can be written to YAML and read back; it opens the same corpus then.
    """

    def __init__(self, engine: Searcher, papers: Sequence[AllowedPaper | str], top_k: int = 10) -> None:
        self.engine, self.papers, self.top_k = engine, tuple(papers), top_k

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """Return the passages that a query finds; raise `CorpusError` for a paper that cannot be had."""
        hits = found(self.engine, query, self.papers, self.top_k if top_k is None else top_k)
        made = [Document(id=hit.id, content=hit.text, meta=dict(hit.metadata), score=hit.score) for hit in hits]
        return {"documents": made}

    def to_dict(self) -> dict[str, Any]:
        """Return what the component is made again from: papers by their keys, the engine's settings."""
        settings = self.engine.settings
        pdf_dir = str(settings.pdf_dir) if settings.pdf_dir else None
        engine = {
            "corpus": str(settings.corpus),
            "pdf_dir": pdf_dir,
            "offline": settings.offline,
            "model": settings.model,
        }
        papers = [paper if isinstance(paper, str) else paper.key for paper in self.papers]
        return default_to_dict(self, engine=engine, papers=papers, top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> HaystackRetriever:
        """Return the component that `to_dict` told of; raise `SettingsError` for an option that is none."""
        from rag import Engine

        told = data["init_parameters"]
        return default_from_dict(cls, {**data, "init_parameters": {**told, "engine": Engine.open(**told["engine"])}})
