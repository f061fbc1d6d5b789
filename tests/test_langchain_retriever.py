"""LangChain's door to the search."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from rag.papers import Hit, Passage

HITS = tuple(
    Hit("2101.00001v2", Passage(n, n, n + 2, text, "body", ("Method",)), 1.0 - n / 10, {"dense": 0.5})
    for n, text in enumerate(["owls", "owls see at night", "owls see"])
)


def search(question: str) -> Sequence[Hit]:
    return HITS if "owls" in question else ()


def test_the_retriever_gives_the_searchs_hits_in_order() -> None:
    """A document per hit, best first, with all that a citation needs; sync and async agree."""
    from rag.langchain_retriever import retriever

    made = retriever(search)
    documents = made.invoke("owls")
    assert [document.page_content for document in documents] == [hit.passage.text for hit in HITS]
    assert documents == asyncio.run(made.ainvoke("owls"))
    assert documents[1].id == "2101.00001v2#1"
    assert documents[1].metadata["url"] == "https://arxiv.org/abs/2101.00001v2"
    assert json.loads(json.dumps(documents[1].metadata)) == documents[1].metadata
    assert made.invoke("hawks") == []
