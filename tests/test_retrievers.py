"""The search behind the doors of LangChain, LlamaIndex and Haystack: the same passages, the same promises."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from rag import Engine
from rag.errors import CorpusError
from rag.settings import resource
from tests.hash_embedder import HashEmbedder

PAPER, OTHER = "2604.90001", "2604.90002"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    settings = Engine.open(
        tmp_path_factory.mktemp("corpus"), pdf_dir=resource("demo") / "pdf", offline=True, llm=None
    ).settings
    made = Engine(settings, embedder=HashEmbedder())
    made.ingest([OTHER])  # which no retriever here is given; the other paper is fetched when it is asked
    return made


def langchain(engine: Engine, papers: list[str], query: str) -> list[Any]:
    from rag.retrievers import LangChainRetriever

    made = LangChainRetriever(engine, papers, 3)
    documents = made.invoke(query)
    assert documents == asyncio.run(made.ainvoke(query)) == pickle.loads(pickle.dumps(made)).invoke(query)  # noqa: S301
    return [(one.id, one.page_content, one.metadata) for one in documents]


def llamaindex(engine: Engine, papers: list[str], query: str) -> list[Any]:
    pytest.importorskip("llama_index.core", reason="needs llama-index-core")
    from llama_index.core.schema import MetadataMode

    from rag.retrievers import LlamaIndexRetriever

    made = LlamaIndexRetriever(engine, papers, 3)
    nodes = made.retrieve(query)
    assert nodes == asyncio.run(made.aretrieve(query)) == pickle.loads(pickle.dumps(made)).retrieve(query)  # noqa: S301
    shown = [one.node.get_content(MetadataMode.LLM) for one in nodes]
    assert all(f"title: {one.metadata['title']}" in text for one, text in zip(nodes, shown, strict=True))
    assert not any("scores" in text for text in shown)
    assert [one.score for one in nodes] == [one.metadata["score"] for one in nodes]
    return [(one.node.node_id, one.node.get_content(), one.metadata) for one in nodes]


def haystack(engine: Engine, papers: list[str], query: str) -> list[Any]:
    pytest.importorskip("haystack", reason="needs haystack-ai")
    from haystack import Pipeline

    from rag.retrievers import HaystackRetriever

    made = HaystackRetriever(engine, papers, 3)
    documents = made.run(query)["documents"]
    assert documents == pickle.loads(pickle.dumps(made)).run(query)["documents"]  # noqa: S301
    pipeline = Pipeline()
    pipeline.add_component("papers", made)
    again: Any = Pipeline.loads(pipeline.dumps(), allowed_modules=["rag.retrievers.haystack"]).get_component("papers")
    assert again.engine.settings == engine.settings
    assert (again.papers, again.top_k) == (tuple(papers), 3)
    return [(one.id, one.content, one.meta) for one in documents]


@pytest.mark.parametrize("ask", [langchain, llamaindex, haystack])
def test_every_framework_gets_what_the_search_finds(ask: Callable[..., list[Any]], engine: Engine) -> None:
    """The allowed paper's passages alone, best first, with all that a citation needs; now, later and read back."""
    told = ask(engine, [PAPER], "burst of frames")
    hits = engine.search("burst of frames", [PAPER], 3)
    assert [text for _, text, _ in told] == [hit.passage.text for hit in hits]
    assert [ident for ident, _, _ in told] == [f"{PAPER}v1#{hit.passage.number}" for hit in hits]
    for (_, _, said), hit in zip(told, hits, strict=True):
        page = said["page"]
        assert page in said["pages"]
        assert said["title"] == engine.stored(hit).title
        assert said["source"] == f"https://arxiv.org/pdf/{PAPER}v1#page={page}"
        assert said["url"] == f"https://arxiv.org/abs/{PAPER}v1"
        assert json.loads(json.dumps(said)) == said
    with pytest.raises(CorpusError, match=r"2301\.00001 is not stored, and could not be fetched: "):
        ask(engine, [PAPER, "2301.00001"], "burst")
