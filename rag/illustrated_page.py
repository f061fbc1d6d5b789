"""Show an answer or a table with pictures: find its citations' PDFs and the quotes' rectangles, and print the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from rag.answers import Answer, Citation
from rag.errors import FetchError, PdfError
from rag.fetching import pdf_sha256
from rag.papers import paper_key
from rag.printing import album, number_citations, quotes_of, table_html, to_html
from rag.reading import PlacedWord, Rect, exhibits, placed_words, rectangles
from rag.searching import Index
from rag.tables import Table

Find = Callable[[Citation], "tuple[Path, Sequence[Rect]] | None"]


TABLE_BYTES = 8_000_000  # of image data: a table quotes many papers, each on a page or two


def illustrated_page(answer: Answer, index: Index | None, links: Mapping[str, str] | None = None) -> str:
    """Return the answer as one self-contained HTML file, with pictures of the quoted pages whose PDFs are at hand.

    A PDF that has moved, changed or cannot be drawn leaves its quotes without a picture, nothing else.
    `links` lead from the top of the page to others of the same site, by their words.
    """
    if index is None:
        return to_html(answer, None, links)
    pictures = album(number_citations(answer), finder(index), words=words_in(index), beside=beside_in(index))
    return to_html(answer, pictures.get, links)


def illustrated_table(table: Table, index: Index | None, links: Mapping[str, str] | None = None) -> str:
    """Return a table as one self-contained HTML file, with pictures and links like an answer's."""
    if index is None:
        return table_html(table, None, links)
    pictures = album(quotes_of(table).numbers, finder(index), TABLE_BYTES, words_in(index), beside_in(index))
    return table_html(table, pictures.get, links)


def words_in(index: Index) -> Callable[[Citation, int], Sequence[PlacedWord]]:
    """Return what gives the words of a page of a citation's paper, whose PDF was found before."""
    entries = {entry.key: entry for entry in index.entries}

    def words(citation: Citation, number: int) -> Sequence[PlacedWord]:
        entry = entries[paper_key(citation.paper or "", citation.version)]
        return placed_words(Path(entry.pdf), index.paper(entry.key).pages[number - 1])

    return words


def beside_in(index: Index) -> Callable[[Citation], Sequence[Rect]]:
    """Return what gives the places of the equations and figures of a citation, whose PDF was found before."""
    entries = {entry.key: entry for entry in index.entries}

    def beside(citation: Citation) -> Sequence[Rect]:
        entry = entries[paper_key(citation.paper or "", citation.version)]
        try:
            return exhibits(Path(entry.pdf), index.paper(entry.key).pages, citation.spans)
        except PdfError:  # the quote itself was found: it is shown alone
            return ()

    return beside


def finder(index: Index) -> Find:
    """Return what finds the PDF of a citation and the quote's rectangles in it."""
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

    return find
