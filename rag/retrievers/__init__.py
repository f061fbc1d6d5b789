"""The filtered search for other people's frameworks: LangChain, LlamaIndex, Haystack; each is imported when asked for.

Every retriever sees the papers that it was given alone, fetches what is not stored yet, or raises `CorpusError` naming
what cannot be had; its documents carry `passages.metadata`, and it can be pickled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.retrievers.haystack import HaystackRetriever
    from rag.retrievers.langchain import LangChainRetriever
    from rag.retrievers.llamaindex import LlamaIndexRetriever

__all__ = ["HaystackRetriever", "LangChainRetriever", "LlamaIndexRetriever"]

_HOMES = {
    "HaystackRetriever": "rag.retrievers.haystack",
    "LangChainRetriever": "rag.retrievers.langchain",
    "LlamaIndexRetriever": "rag.retrievers.llamaindex",
}

__getattr__ = lazy(__name__, _HOMES)
