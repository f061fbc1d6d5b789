"""Making passages searchable and searching them, always within named papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.searching.embed import BULK_PAPERS, Embedder, RememberedEmbedder, gpu, load_bulk_embedder, load_embedder
    from rag.searching.index import Index
    from rag.searching.index_writer import IndexWriter
    from rag.searching.manifest import Entry, changed_at
    from rag.searching.retrieve import search
    from rag.searching.weights import find_weights, scaled

__all__ = [
    "BULK_PAPERS",
    "Embedder",
    "Entry",
    "Index",
    "IndexWriter",
    "RememberedEmbedder",
    "changed_at",
    "find_weights",
    "gpu",
    "load_bulk_embedder",
    "load_embedder",
    "scaled",
    "search",
]

_HOMES = {
    "BULK_PAPERS": "rag.searching.embed",
    "Embedder": "rag.searching.embed",
    "Entry": "rag.searching.manifest",
    "Index": "rag.searching.index",
    "IndexWriter": "rag.searching.index_writer",
    "RememberedEmbedder": "rag.searching.embed",
    "changed_at": "rag.searching.manifest",
    "find_weights": "rag.searching.weights",
    "gpu": "rag.searching.embed",
    "load_bulk_embedder": "rag.searching.embed",
    "load_embedder": "rag.searching.embed",
    "scaled": "rag.searching.weights",
    "search": "rag.searching.retrieve",
}

__getattr__ = lazy(__name__, _HOMES)
