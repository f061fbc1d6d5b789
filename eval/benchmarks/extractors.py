"""Give the text benchmarks one function per extractor: the text of each page of a PDF.

Paperbound's page text leaves out furniture by label; `sentences` is what it cites.
pdfplumber, PyMuPDF and LangChain's loader are
needed only here (`pip install .[bench]`); one that is not installed is left out and named.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

Extract = Callable[[Path], list[str]]


def paperbound(pdf: Path) -> list[str]:
    """Read with Paperbound, furniture left out."""
    from rag.reading import read_paper

    return [
        "\n".join(page.text[part.start : part.end] for part in page.regions if part.label != "furniture")
        for page in read_paper(pdf, pdf.stem, None).pages
    ]


def sentences(pdf: Path) -> list[str]:
    """Read with Paperbound, what it would cite: its sentences, floats after the running text of their section."""
    from rag.reading import read_paper

    return [sentence.text for sentence in read_paper(pdf, pdf.stem, None).sentences if "row" not in sentence.flags]


def pypdf(pdf: Path) -> list[str]:
    """Read with pypdf."""
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(pdf).pages]


def pdfplumber(pdf: Path) -> list[str]:
    """Read with pdfplumber."""
    import pdfplumber

    with pdfplumber.open(pdf) as document:
        return [page.extract_text() for page in document.pages]


def pymupdf(pdf: Path) -> list[str]:
    """Read with PyMuPDF."""
    import pymupdf

    with pymupdf.open(pdf) as document:
        return [page.get_text() for page in document]


NEEDS = {pypdf: "pypdf", pdfplumber: "pdfplumber", pymupdf: "pymupdf"}


def installed(*wanted: Extract) -> dict[str, Extract]:
    """Return the extractors of those wanted that can run here, by name."""
    return {function.__name__: function for function in wanted if function not in NEEDS or find_spec(NEEDS[function])}
