"""Offer the filtered search to LlamaIndex, as a `BaseRetriever` (extra `llamaindex`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.papers import AllowedPaper
from rag.retrievers.passages import SHOWN, Found, Searcher, found


class LlamaIndexRetriever(BaseRetriever):
    """Be a LlamaIndex retriever over some papers of an engine; one node per passage, best first.

    A model is shown title, page and source of a passage; the rest of its metadata is for programs.
    """

    def __init__(self, engine: Searcher, papers: Sequence[AllowedPaper | str], k: int = 10) -> None:
        super().__init__()
        self.engine, self.papers, self.k = engine, tuple(papers), k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [node(one) for one in found(self.engine, query_bundle.query_str, self.papers, self.k)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def node(one: Found) -> NodeWithScore:
    """Return a passage as LlamaIndex's node."""
    for_programs = [name for name in one.metadata if name not in SHOWN]
    held = TextNode(
        id_=one.id,
        text=one.text,
        metadata=one.metadata,
        excluded_llm_metadata_keys=for_programs,
        excluded_embed_metadata_keys=list(one.metadata),
    )
    return NodeWithScore(node=held, score=one.score)
