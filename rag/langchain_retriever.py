"""Offer the filtered search to LangChain. Importing this module imports langchain-core; nothing else here does.

Any callable from a question to hits will do, so the retriever sees exactly the papers that its search was given; a
second one tells the paper of a hit, for its title and pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from rag.papers import Hit, Paper

Search = Callable[[str], Sequence[Hit]]
Stored = Callable[[Hit], Paper]


class PaperRetriever(BaseRetriever):
    """Be a LangChain retriever over a search; one document per hit, best first."""

    search: Search
    stored: Stored

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [document(hit, self.stored(hit)) for hit in self.search(query)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        import asyncio

        return await asyncio.to_thread(self._get_relevant_documents, query, run_manager=run_manager.get_sync())


def retriever(search: Search, stored: Stored) -> BaseRetriever:
    """Return a LangChain retriever over a search; `stored` returns the paper of a hit."""
    return PaperRetriever(search=search, stored=stored)


def document(hit: Hit, paper: Paper) -> Document:
    """Return a hit as LangChain's document; its metadata are plain values, fit for JSON. Pages count from 1."""
    passage = hit.passage
    pages = paper.pages_of(passage)
    page = pages[0] if pages else None
    on_arxiv = page - paper.lead if page and paper.lead is not None else 0
    return Document(
        id=f"{hit.paper}#{passage.number}",
        page_content=passage.text,
        metadata={
            "paper": hit.paper,
            "title": paper.title,
            "source": f"https://arxiv.org/pdf/{hit.paper}" + (f"#page={on_arxiv}" if on_arxiv > 0 else ""),
            "page": page,
            "pages": list(pages),
            "url": f"https://arxiv.org/abs/{hit.paper}",
            "section": list(passage.section),
            "label": passage.label,
            "passage": passage.number,
            "sentences": [passage.first, passage.last],
            "score": hit.score,
            "scores": dict(hit.scores),
        },
    )
