"""Show an answer with pictures: find the PDFs of its citations, the quotes' rectangles, and render the page."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from rag.answers import Answer, Citation
from rag.errors import PdfError
from rag.papers import paper_key
from rag.printing import album, to_html
from rag.reading.rectangles import Rect, rectangles
from rag.searching.index import Index


def illustrated_page(answer: Answer, index: Index | None) -> str:
    """Return the answer as one self-contained HTML file, with pictures of the quoted pages whose PDFs are at hand.

    A PDF that has moved, changed or cannot be drawn leaves its quotes without a picture, nothing else.
    """
    if index is None:
        return to_html(answer)
    cited = [citation for claim in answer.claims for citation in claim.citations]
    cited += [gap.statement for gap in answer.gaps if gap.statement]
    return to_html(answer, album(cited, _Finder(index).find).get)


class _Finder:
    """Find the file and the rectangles of a citation."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._entries = {entry.key: entry for entry in index.entries}
        self._digest = cache(_digest)

    def find(self, citation: Citation) -> tuple[Path, Sequence[Rect]] | None:
        """Return where a citation stands, or None when that very PDF is not there."""
        entry = self._entries.get(paper_key(citation.paper or "", citation.version))
        if entry is None or entry.pdf_sha256 != citation.pdf_sha256:
            return None
        path = Path(entry.pdf)
        if self._digest(path) != citation.pdf_sha256:
            return None
        try:
            return path, rectangles(path, self.index.paper(entry.key), citation.spans)
        except PdfError:
            return None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
