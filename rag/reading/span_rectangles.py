"""Draw where a quote stands: the rectangles of its spans, one per line.

Not handled here: finding the spans (`eval.quotes`), pages that only another program can read, whose glyphs have no
boxes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rag.errors import PdfError
from rag.papers import Page, Paper, Span
from rag.reading.glyphs.pdfium import Placement, open_page, open_pdf, pdfium
from rag.reading.sheet import Box

_RECENT = 12  # glyphs that tell how high a row stands


@dataclass(frozen=True, slots=True)
class Rect:
    """Hold a rectangle on a page, in points from the top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


def rectangles(pdf: Path, pages: Paper | Sequence[Page], spans: Sequence[Span]) -> tuple[Rect, ...]:
    """Return the rectangles of spans, one per line, in points from the page's top left corner.

    Raise `PdfError` for a span that does not lie in the pages' text.
    """
    pages = pages.pages if isinstance(pages, Paper) else pages
    found: list[Rect] = []
    for span in spans:
        page = pages[span.page - 1] if 1 <= span.page <= len(pages) else None
        if page is None or not 0 <= span.start < span.end <= len(page.text):
            raise PdfError(f"page {span.page} has no text from {span.start} to {span.end}; run: rag verify")
        glyphs = [
            glyph + offset
            for start, glyph, length in page.glyphs
            for offset in range(max(0, span.start - start), min(length, span.end - start))
        ]
        if glyphs:  # none on a page that only another program can read
            found.extend(rows_of(page, glyph_boxes(pdf, span.page, glyphs)))
    return tuple(found)


def rows_of(page: Page, boxes: Sequence[Box]) -> list[Rect]:
    """Return the rectangle of each row of glyphs, within the page."""
    rows: list[list[Box]] = []
    for left, top, right, bottom in boxes:
        box = (max(0.0, left), max(0.0, top), min(page.width, right), min(page.height, bottom))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        if rows and goes_on(rows[-1], box):
            rows[-1].append(box)
        else:
            rows.append([box])
    found = []
    for row in rows:
        top, bottom = _band(row)
        found.append(Rect(page.number, min(box[0] for box in row), top, max(box[2] for box in row), bottom))
    return found


def goes_on(row: Sequence[Box], box: Box) -> bool:
    """Tell whether a glyph stands on the row: further right than the one before, and level with the row."""
    left, top, _, bottom = box
    before, row_top, row_bottom = row[-1], *_band(row[-_RECENT:])
    height = min(bottom - top, row_bottom - row_top)
    forward = before[0] - 0.7 * height < left < before[2] + 3 * (bottom - top)
    return forward and min(row_bottom, bottom) - max(row_top, top) > 0.4 * height


def _band(row: Sequence[Box]) -> tuple[float, float]:
    """Return top and bottom of a row's letters; boxes of roots and brackets reach into other lines and do not count."""
    usual = 1.2 * median(bottom - top for _, top, _, bottom in row)
    letters = [(top, bottom) for _, top, _, bottom in row if bottom - top <= usual]
    return min(top for top, _ in letters), max(bottom for _, bottom in letters)


def glyph_boxes(path: Path, number: int, glyphs: Sequence[int]) -> list[Box]:
    """Return left, top, right, bottom of single glyphs of a page, in points from its top left corner."""
    with open_pdf(path) as (document, _), open_page(document, number) as (page, text_page):
        if not page:
            raise PdfError(f"{path.name}: page {number} cannot be opened; fetch the paper again")
        call, box = pdfium(), (ctypes.c_float * 4)()
        place = Placement(call, page)
        found = []
        for glyph in glyphs:
            call.FPDFText_GetLooseCharBox(text_page, glyph, ctypes.addressof(box))
            found.append(place.rectangle(*box))
        return found
