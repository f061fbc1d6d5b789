"""Getting the allowed papers' PDFs and metadata: politely, once, and from this machine where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.fetching.copies import Fetched, OwnFolder, Stamp, pdf_sha256
    from rag.fetching.pdfs import fetch, reachable
    from rag.fetching.zotero import zotero_entries

__all__ = ["Fetched", "OwnFolder", "Stamp", "fetch", "pdf_sha256", "reachable", "zotero_entries"]

_HOMES = {
    "Fetched": "rag.fetching.copies",
    "OwnFolder": "rag.fetching.copies",
    "Stamp": "rag.fetching.copies",
    "fetch": "rag.fetching.pdfs",
    "pdf_sha256": "rag.fetching.copies",
    "reachable": "rag.fetching.pdfs",
    "zotero_entries": "rag.fetching.zotero",
}

__getattr__ = lazy(__name__, _HOMES)
