"""Find what a quote speaks of beside it on its page: the displayed equation it leads to, the figure over its caption.

Labels and places of the stored page decide; nothing is read anew. What drawings and photographs take up is known only
by the text around them, so that a figure reaches from its caption to the next running text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.papers import Label, Page, Region, Span
from rag.reading.read import Rect, rectangles

_FIGURE = re.compile(r"(?:Supplementary )?(?:Fig(?:ure)?|FIG(?:URE)?|Algorithm|ALGORITHM|Scheme|Listing)\b")
_RUNNING: frozenset[Label] = frozenset(
    {"title", "front", "abstract", "heading", "body", "caption", "table", "footnote", "references", "appendix"}
)
_LEAST = 24.0  # points: a lower space holds no figure, it parts paragraphs
_MARGIN = 36.0  # points, half an inch: hardly a figure comes nearer to the edge of its page


def exhibits(pdf: Path, pages: Sequence[Page], spans: Sequence[Span]) -> tuple[Rect, ...]:
    """Return what stands beside a quote and belongs to it: equations next to its sentences, the figure of a caption.

    Raise `PdfError` when the page cannot be opened.
    """
    found: list[Rect] = []
    for span in spans:
        page = pages[span.page - 1]
        at = next((n for n, region in enumerate(page.regions) if region.start <= span.start < region.end), None)
        if at is None:
            continue
        region = page.regions[at]
        if region.label == "caption":
            if _FIGURE.match(page.text, region.start):
                found += _figure(pdf, pages, page, region)
        else:
            for other in _equations(page, at, span):
                found += rectangles(pdf, pages, [Span(page.number, other.start, other.end)])
    return tuple(dict.fromkeys(found))


def _equations(page: Page, at: int, span: Span) -> Iterable[Region]:
    """Return the displayed equations that follow or precede the span without a word between."""
    region = page.regions[at]
    if not page.text[span.end : region.end].strip():
        yield from _run(page.regions[at + 1 :])
    if not page.text[region.start : span.start].strip():
        yield from _run(page.regions[:at][::-1])


def _run(regions: Sequence[Region]) -> Iterable[Region]:
    """Return the equations that a row of regions begins with."""
    for region in regions:
        if region.label != "equation":
            return
        yield region


def _figure(pdf: Path, pages: Sequence[Page], page: Page, caption: Region) -> list[Rect]:
    """Return the space over a caption up to the next text in its column, else the one under it."""
    own = _around(rectangles(pdf, pages, [Span(page.number, caption.start, caption.end)]))
    if own is None:
        return []
    texts = [
        box
        for region in page.regions
        if region != caption and region.label in _RUNNING and region.end > region.start
        for box in [_around(rectangles(pdf, pages, [Span(page.number, region.start, region.end)]))]
        if box and box.left < own.right and own.left < box.right
    ]
    left = min([own.left, *(box.left for box in texts)])
    right = max([own.right, *(box.right for box in texts)])
    over = max([_MARGIN, *(box.bottom for box in texts if box.bottom <= own.top)])
    under = min([page.height - _MARGIN, *(box.top for box in texts if box.top >= own.bottom)])
    if own.top - over >= _LEAST:
        return [Rect(page.number, left, over, right, own.top)]
    return [Rect(page.number, left, own.bottom, right, under)] if under - own.bottom >= _LEAST else []


def _around(boxes: Sequence[Rect]) -> Rect | None:
    """Return the rectangle around others."""
    if not boxes:
        return None
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    return Rect(boxes[0].page, left, top, max(box.right for box in boxes), max(box.bottom for box in boxes))
