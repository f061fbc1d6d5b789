"""Find where a given quote stands in a paper, whatever a person or a model did to its blanks and hyphens."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.pdf import glyph_boxes
from rag.types import Page, Paper, Span

MIN_LETTERS = 20  # shorter quotes stand in too many places


@dataclass(frozen=True, slots=True)
class Location:
    """Hold the place of a quote and how sure it is (1.0: letter for letter)."""

    spans: tuple[Span, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Rect:
    """Hold a rectangle on a page, in points from the top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


def locate(quote: str, paper: Paper) -> Location | None:
    """Return where a quote stands, or None."""
    key, _ = _normal(quote)
    if len(key) < MIN_LETTERS:
        return None
    for page in paper.pages:
        text, offsets = _normal(page.text)
        found = text.find(key)
        if found >= 0:
            return Location((Span(page.number, offsets[found], offsets[found + len(key) - 1] + 1),), 1.0)
    return None


def _normal(text: str) -> tuple[str, list[int]]:
    letters: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(text):
        if char.isspace() or char in "-\u00ad\u2010\u2011":
            continue
        for plain in unicodedata.normalize("NFKC", char).lower():
            letters.append(plain)
            offsets.append(offset)
    return "".join(letters), offsets


def rectangles(pdf: Path, pages: Paper | Sequence[Page], spans: Sequence[Span]) -> tuple[Rect, ...]:
    """Return the rectangles of spans, one per line of the page."""
    pages = pages.pages if isinstance(pages, Paper) else pages
    found: list[Rect] = []
    for span in spans:
        page = pages[span.page - 1]
        glyphs = [
            glyph + offset
            for start, glyph, length in page.glyphs
            for offset in range(length)
            if span.start <= start + offset < span.end
        ]
        found.extend(_rows(page, glyph_boxes(pdf, span.page, glyphs)))
    return tuple(found)


def _rows(page: Page, boxes: Sequence[tuple[float, float, float, float]]) -> list[Rect]:
    rows: list[Rect] = []
    for left, top, right, bottom in boxes:
        box = Rect(page.number, max(0.0, left), max(0.0, top), min(page.width, right), min(page.height, bottom))
        if box.left >= box.right or box.top >= box.bottom:
            continue
        last = rows[-1] if rows else None
        if last and abs(last.bottom - box.bottom) < 0.5 * (box.bottom - box.top) and box.left >= last.left - 1:
            rows[-1] = Rect(
                page.number, last.left, min(last.top, box.top), max(last.right, box.right), max(last.bottom, box.bottom)
            )
        else:
            rows.append(box)
    return rows
