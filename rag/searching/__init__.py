"""Making passages searchable and searching them, always within named papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.searching.embed import BULK_PAPERS, Embedder, RememberedEmbedder, gpu, load_bulk_embedder, load_embedder
    from rag.searching.index import Index
    from rag.searching.index_writer import IndexWriter
    from rag.searching.manifest import Entry, changed_at
    from rag.searching.relevance import Relevance, load_judge, rarity, relevance_of, rerank
    from rag.searching.retrieve import Scope, search
    from rag.searching.weights import find_folder, find_weights, scaled

__all__ = [
    "BULK_PAPERS",
    "Embedder",
    "Entry",
    "Index",
    "IndexWriter",
    "Relevance",
    "RememberedEmbedder",
    "Scope",
    "changed_at",
    "find_folder",
    "find_weights",
    "gpu",
    "load_bulk_embedder",
    "load_embedder",
    "load_judge",
    "rarity",
    "relevance_of",
    "rerank",
    "scaled",
    "search",
]

_HOMES = {
    "BULK_PAPERS": "rag.searching.embed",
    "Embedder": "rag.searching.embed",
    "Entry": "rag.searching.manifest",
    "Index": "rag.searching.index",
    "IndexWriter": "rag.searching.index_writer",
    "Relevance": "rag.searching.relevance",
    "RememberedEmbedder": "rag.searching.embed",
    "Scope": "rag.searching.retrieve",
    "changed_at": "rag.searching.manifest",
    "find_folder": "rag.searching.weights",
    "find_weights": "rag.searching.weights",
    "gpu": "rag.searching.embed",
    "load_bulk_embedder": "rag.searching.embed",
    "load_embedder": "rag.searching.embed",
    "load_judge": "rag.searching.relevance",
    "rarity": "rag.searching.relevance",
    "relevance_of": "rag.searching.relevance",
    "rerank": "rag.searching.relevance",
    "scaled": "rag.searching.weights",
    "search": "rag.searching.retrieve",
}

__getattr__ = lazy(__name__, _HOMES)
