"""Show an answer with pictures: find the PDFs of its citations and the quotes' rectangles, and print the page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from rag.answers import Answer, Citation
from rag.errors import FetchError, PdfError
from rag.fetching import pdf_sha256
from rag.papers import paper_key
from rag.printing import album, number_citations, to_html
from rag.reading import Rect, rectangles
from rag.searching import Index


def illustrated_page(answer: Answer, index: Index | None) -> str:
    """Return the answer as one self-contained HTML file, with pictures of the quoted pages whose PDFs are at hand.

    A PDF that has moved, changed or cannot be drawn leaves its quotes without a picture, nothing else.
    """
    if index is None:
        return to_html(answer)
    entries = {entry.key: entry for entry in index.entries}
    digest = cache(pdf_sha256)  # each file is read once, however many of its sentences are quoted

    def find(citation: Citation) -> tuple[Path, Sequence[Rect]] | None:
        entry = entries.get(paper_key(citation.paper or "", citation.version))
        if entry is None or entry.pdf_sha256 != citation.pdf_sha256:
            return None
        path = Path(entry.pdf)
        try:
            if digest(path) != citation.pdf_sha256:
                return None
            return path, rectangles(path, index.paper(entry.key), citation.spans)
        except (FetchError, PdfError):
            return None

    return to_html(answer, album(number_citations(answer), find).get)
