"""Offer the filtered search to LangChain. Importing this module imports langchain-core; nothing else here does.

Any callable from a question to hits will do, so the retriever sees exactly the papers that its search was given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from rag.papers import Hit

Search = Callable[[str], Sequence[Hit]]


class PaperRetriever(BaseRetriever):
    """Be a LangChain retriever over a search; one document per hit, best first."""

    search: Search

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [document(hit) for hit in self.search(query)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        import asyncio

        return [document(hit) for hit in await asyncio.to_thread(self.search, query)]


def retriever(search: Search) -> BaseRetriever:
    """Return a LangChain retriever over a search."""
    return PaperRetriever(search=search)


def document(hit: Hit) -> Document:
    """Return a hit as LangChain's document; its metadata are plain values, fit for JSON."""
    passage = hit.passage
    return Document(
        id=f"{hit.paper}#{passage.number}",
        page_content=passage.text,
        metadata={
            "paper": hit.paper,
            "url": f"https://arxiv.org/abs/{hit.paper}",
            "section": list(passage.section),
            "label": passage.label,
            "passage": passage.number,
            "sentences": [passage.first, passage.last],
            "score": hit.score,
            "scores": dict(hit.scores),
        },
    )
