"""Offer the filtered search to LangChain, as a `BaseRetriever`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from rag.papers import AllowedPaper
from rag.retrievers.passages import Searcher, found


class LangChainRetriever(BaseRetriever):
    """Be a LangChain retriever over some papers of an engine; one document per passage, best first."""

    engine: Any  # a Searcher, which pydantic cannot check
    papers: tuple[AllowedPaper | str, ...]
    k: int = 10

    def __init__(self, engine: Searcher, papers: Sequence[AllowedPaper | str], k: int = 10, **options: Any) -> None:
        super().__init__(**{"engine": engine, "papers": tuple(papers), "k": k, **options})

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(id=one.id, page_content=one.text, metadata=one.metadata)
            for one in found(self.engine, query, self.papers, self.k)
        ]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return await asyncio.to_thread(self._get_relevant_documents, query, run_manager=run_manager.get_sync())
