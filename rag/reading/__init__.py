"""From a PDF to pages of clean text, labelled sentences and passages, and back to the place of a quote.

The public names; each is imported when first asked for, since a process reads pages or asks for those who do. The wings
are entered from within this room only: `glyphs`, `blocks`, `tables`, `text` and `workers`, in the order of a paper's
way through them; a page travels from one to the next as a `sheet`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.reading.beside import exhibits
    from rag.reading.glyphs.pdfium import open_pdf, pdfium
    from rag.reading.read import PlacedWord, Rect, placed_words, read_paper, rectangles
    from rag.reading.tables.printed import PrintedTable, tables_of
    from rag.reading.text.passages import LONGEST, CountTokens, is_evidence, opening, passages_of, windows_of
    from rag.reading.workers.readers import Job, Stamp, read_papers, stamp_reader

__all__ = [
    "LONGEST",
    "CountTokens",
    "Job",
    "PlacedWord",
    "PrintedTable",
    "Rect",
    "Stamp",
    "exhibits",
    "extractor",
    "is_evidence",
    "open_pdf",
    "opening",
    "passages_of",
    "pdfium",
    "placed_words",
    "read_paper",
    "read_papers",
    "rectangles",
    "stamp_reader",
    "tables_of",
    "windows_of",
]

_HOMES = {
    "LONGEST": "rag.reading.text.passages",
    "CountTokens": "rag.reading.text.passages",
    "Job": "rag.reading.workers.readers",
    "PlacedWord": "rag.reading.read",
    "PrintedTable": "rag.reading.tables.printed",
    "Rect": "rag.reading.read",
    "Stamp": "rag.reading.workers.readers",
    "exhibits": "rag.reading.beside",
    "is_evidence": "rag.reading.text.passages",
    "open_pdf": "rag.reading.glyphs.pdfium",
    "opening": "rag.reading.text.passages",
    "passages_of": "rag.reading.text.passages",
    "pdfium": "rag.reading.glyphs.pdfium",
    "placed_words": "rag.reading.read",
    "read_paper": "rag.reading.read",
    "read_papers": "rag.reading.workers.readers",
    "rectangles": "rag.reading.read",
    "stamp_reader": "rag.reading.workers.readers",
    "tables_of": "rag.reading.tables.printed",
    "windows_of": "rag.reading.text.passages",
}

__getattr__ = lazy(__name__, _HOMES)


@cache
def extractor() -> str:
    """Return the name and versions of what reads the PDFs.

    Its number counts changes of what is read, of words and of how vectors are made: what is stored under another one is
    read again.
    """
    from importlib.metadata import version as package_version  # not needed in workers, which are told

    return f"paperbound-13 pypdfium2-{package_version('pypdfium2')} pypdf-{package_version('pypdf')}"
