"""LangChain's door to the search."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Sequence

from rag.papers import Hit, Page, Paper, Passage, Sentence, Span

HITS = tuple(
    Hit("2101.00001v2", Passage(n, n, n + 2, text, "body", ("Method",)), 1.0 - n / 10, {"dense": 0.5})
    for n, text in enumerate(["owls", "owls see at night", "owls see"])
)


PAGES = (1, 1, 2, 3, 3)  # of each sentence
OWLS = Paper(
    "2101.00001",
    2,
    "On Owls",
    (),
    "0" * 64,
    "hand",
    tuple(Page(n, "owls") for n in (1, 2, 3)),
    tuple(Sentence(n, "owls", (Span(page, 0, 4),), "body") for n, page in enumerate(PAGES)),
    tuple(hit.passage for hit in HITS),
)


def search(question: str) -> Sequence[Hit]:
    return HITS if "owls" in question else ()


def stored(hit: Hit) -> Paper:
    return OWLS


def test_the_retriever_gives_the_searchs_hits_in_order() -> None:
    """A document per hit, best first, with all that a citation needs; sync and async agree."""
    from rag.langchain_retriever import retriever

    made = retriever(search, stored)
    documents = made.invoke("owls")
    assert [document.page_content for document in documents] == [hit.passage.text for hit in HITS]
    assert documents == asyncio.run(made.ainvoke("owls"))
    assert documents[1].id == "2101.00001v2#1"
    assert documents[1].metadata["url"] == "https://arxiv.org/abs/2101.00001v2"
    said = documents[1].metadata
    assert (said["title"], said["page"], said["pages"]) == ("On Owls", 1, [1, 2])
    assert said["source"] == "https://arxiv.org/pdf/2101.00001v2#page=1"
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - what was pickled a moment before
    assert again.invoke("owls") == documents
    assert json.loads(json.dumps(documents[1].metadata)) == documents[1].metadata
    assert made.invoke("hawks") == []
