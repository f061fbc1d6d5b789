"""Measure evidence retrieval on QASPER, within a paper and over all papers, beside two pipelines as documented.

    python -m eval.benchmarks.retrieval_qasper --data ../shared/bench

LangChain: RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings all-MiniLM-L6-v2, FAISS. LlamaIndex:
SentenceSplitter (1024 tokens, overlap 200), HuggingFaceEmbedding of the same model, VectorStoreIndex. A chunk of
theirs stands for every paragraph that it holds half of, in reading order, so a long chunk is no drawback to them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.benchmarks.retrieval_scifact import ranked, reciprocal
from eval.benchmarks.sets import Query, Vectors, embedded, interval, joined, library, qasper, recall
from eval.benchmarks.tables import keep
from rag.papers import Paper
from rag.searching import Embedder, Index, Scope, find_weights, load_embedder, search

Found = Sequence[tuple[str, int]]  # (paper key, paragraph)
Search = Callable[[Query, Sequence[str]], Found]
ALL = "all papers"


def our_searches(index: Index, questions: Sequence[Query], vectors: Vectors) -> dict[str, Search]:
    """Return our own systems: each takes a question and the allowed papers."""
    row = {question.id: vectors[place : place + 1] for place, question in enumerate(questions)}

    def places(scope: Scope, order: Sequence[int]) -> Found:
        return [scope.place(position) for position in order]

    def keyword(question: Query, keys: Sequence[str]) -> Found:
        scope = Scope.of(index, keys)
        return places(scope, ranked(scope.keyword(question.text)[0]))

    def dense(question: Query, keys: Sequence[str]) -> Found:
        scope = Scope.of(index, keys)
        return places(scope, scope.dense(row[question.id], 200)[1][0].tolist())

    def rrf(question: Query, keys: Sequence[str]) -> Found:
        scope = Scope.of(index, keys)
        order = scope.dense(row[question.id], 200)[1][0].tolist()
        return places(scope, reciprocal(ranked(scope.keyword(question.text)[0]), order))

    def shipped(question: Query, keys: Sequence[str]) -> Found:
        hits = search(index, keys, [question.text], row[question.id], k=100)
        return [(hit.paper, hit.passage.number) for hit in hits]

    return {
        "our BM25 alone": keyword,
        "MiniLM alone": dense,
        "reciprocal rank": rrf,
        "scores added (ships)": shipped,
    }


# --- peers -------------------------------------------------------------------------------------------------


def held(start: int, end: int, spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Yield the paragraphs that a chunk holds at least half of."""
    for number, (first, last) in enumerate(spans):
        if 2 * (min(end, last) - max(start, first)) >= last - first > 0:
            yield number


def langchain_search(papers: Sequence[Paper], folder: Path) -> Search:
    """Return LangChain's default pipeline."""
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    embedder = HuggingFaceEmbeddings(model_name=str(folder))
    places = {f"{paper.paper}v1": joined([passage.text for passage in paper.passages]) for paper in papers}
    stores = {
        key: FAISS.from_documents(splitter.split_documents([Document(text, metadata={"paper": key})]), embedder)
        for key, (text, _) in places.items()
    }
    whole = FAISS.from_documents([d for s in stores.values() for d in s.docstore._dict.values()], embedder)

    def run(question: Query, keys: Sequence[str]) -> Found:
        store = stores[keys[0]] if len(keys) == 1 else whole
        found: list[tuple[str, int]] = []
        for document in store.similarity_search(question.text, k=20):
            key, start = document.metadata["paper"], document.metadata["start_index"]
            found += [(key, n) for n in held(start, start + len(document.page_content), places[key][1])]
        return list(dict.fromkeys(found))

    return run


def llama_search(papers: Sequence[Paper], folder: Path) -> Search:
    """Return LlamaIndex's default pipeline."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    model = HuggingFaceEmbedding(model_name=str(folder))
    splitter = SentenceSplitter()
    places = {f"{paper.paper}v1": joined([passage.text for passage in paper.passages]) for paper in papers}
    nodes = {
        key: splitter.get_nodes_from_documents([Document(text=text, metadata={"paper": key})])
        for key, (text, _) in places.items()
    }
    indexes = {key: VectorStoreIndex(found, embed_model=model) for key, found in nodes.items()}
    whole = VectorStoreIndex([node for found in nodes.values() for node in found], embed_model=model)

    def run(question: Query, keys: Sequence[str]) -> Found:
        index = indexes[keys[0]] if len(keys) == 1 else whole
        found: list[tuple[str, int]] = []
        for hit in index.as_retriever(similarity_top_k=20).retrieve(question.text):
            key, node = hit.node.metadata["paper"], hit.node.model_dump()
            found += [(key, n) for n in held(node["start_char_idx"], node["end_char_idx"], places[key][1])]
        return list(dict.fromkeys(found))

    return run


def peers(papers: Sequence[Paper], folder: Path) -> dict[str, Search]:
    """Return the peers that are installed, and say which are not."""
    found: dict[str, Search] = {}
    for name, make in (("LangChain", langchain_search), ("LlamaIndex", llama_search)):
        try:
            found[name] = make(papers, folder)
        except ImportError as error:
            print(f"{name} is left out: {error}")
    return found


# --- measuring ---------------------------------------------------------------------------------------------


def row(name: str, run: Search, questions: Sequence[Query], papers: Sequence[Paper]) -> dict[str, object]:
    """Return one system's evidence recall within the question's paper and over all papers."""
    told: dict[str, object] = {"system": name}
    keys = [paper.key for paper in papers]
    for where in ("its paper", ALL):
        at: dict[int, list[float]] = {5: [], 10: []}
        for question in questions:
            found = run(question, keys if where == ALL else [question.paper])
            wanted = frozenset(question.relevant)
            order = [number if key == question.paper else -1 for key, number in found]
            for k, values in at.items():
                values.append(recall(order, wanted, k))
        told |= {f"{where}, recall@{k}": interval(values) for k, values in at.items()}
    return told


def measured(model: Embedder, given: argparse.Namespace) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Return the table and its setup."""
    papers, questions = qasper(given.data)
    questions = [question for question in questions if question.relevant]
    index = library(papers, model, given.cache, given.cache / "qasper")
    vectors = embedded([question.text for question in questions], model, given.cache)
    systems = our_searches(index, questions, vectors)
    if not given.no_peers:
        systems |= peers(papers, find_weights().folder)
    rows = [row(name, run, questions, papers) for name, run in systems.items()]
    lengths = [len(passage.text.split()) for paper in papers for passage in paper.passages]
    return rows, {"papers": len(papers), "questions": len(questions), "words a paragraph": float(np.median(lengths))}


def main() -> None:
    """Measure every system and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds qasper/")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    parser.add_argument("--no-peers", action="store_true")
    rows, setup = measured(load_embedder(), parser.parse_args())
    keep("retrieval_qasper", rows, setup)


if __name__ == "__main__":
    main()
