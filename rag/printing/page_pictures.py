"""Picture the pages that an answer quotes, each page once, with the quotes' rectangles.

A page is rendered by PDFium. Pages without colour keep four greys as PNG, which is a third of the size and cannot
be told from the original by eye; pages with colour become WebP. All pictures of an answer together stay under a
budget: the scale is lowered until they fit. Not handled here: finding the rectangles (`rectangles`), showing (`page`).
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answers import Citation
from rag.errors import PdfError
from rag.reading import open_pdf, pdfium

if TYPE_CHECKING:
    from PIL.Image import Image

    from rag.reading import Rect

BUDGET_BYTES = 2_000_000  # of image data; base64 makes 2.7 MB of it, and a typical page stays under 3 MB
SCALE = 2.25  # pixels per point: 162 dpi
LEAST_SCALE = 0.9  # 65 dpi: below it, print can no longer be read
MAX_SIDE = 4000  # pixels
COLOUR_SHARE = 0.002  # of a page's pixels: less is a coloured link or a logo, and turns grey
TONE_SHARE = 0.25  # of a page's pixels in middle greys: print alone stays near a tenth
_SATURATED = 48  # of 255
_TONES = slice(48, 208)
_GREYS = 4


@dataclass(frozen=True, slots=True)
class PageImage:
    """Hold one page as an image; width and height are in points, the page's own."""

    number: int
    width: float
    height: float
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold a page's image, shared by all quotes on it, and where one quote stands on it."""

    image: PageImage
    rectangles: tuple[Rect, ...]


Find = Callable[[Citation], "tuple[Path, Sequence[Rect]] | None"]
"""Return the PDF that a citation quotes and the quote's rectangles in it, or None where the PDF is not at hand."""


def album(citations: Iterable[Citation], find: Find, budget: int = BUDGET_BYTES) -> dict[Citation, tuple[Picture, ...]]:
    """Return the pictures of each citation whose PDF is at hand, one per page that it touches."""
    quoted = (citation for citation in dict.fromkeys(citations) if citation.source == "pdf")
    found = {citation: place for citation in quoted if (place := find(citation))}
    images = render_within(
        list(dict.fromkeys((path, box.page) for path, boxes in found.values() for box in boxes)), budget
    )
    pictures: dict[Citation, tuple[Picture, ...]] = {}
    for citation, (path, boxes) in found.items():
        shown = [number for number in dict.fromkeys(box.page for box in boxes) if (path, number) in images]
        pages = (Picture(images[path, n], tuple(box for box in boxes if box.page == n)) for n in shown)
        if shown:
            pictures[citation] = tuple(pages)
    return pictures


def render_within(keys: Sequence[tuple[Path, int]], budget: int) -> dict[tuple[Path, int], PageImage]:
    """Render pages, smaller if need be; leave out the last ones only when even the least scale is too large."""
    scale = SCALE
    while True:
        images = {key: page_image(*key, scale) for key in keys}
        sizes = [len(image.data) for image in images.values()]
        if sum(sizes) <= budget:
            return images
        if scale <= LEAST_SCALE:
            fitting = takewhile(lambda kept: kept[1] <= budget, zip(images, accumulate(sizes), strict=True))
            return {key: images[key] for key, _ in fitting}
        smaller = scale * (budget / sum(sizes)) ** 0.6  # size grows with scale to the 1.6
        scale = max(LEAST_SCALE, min(scale * 0.9, smaller))


def page_image(path: Path, number: int, scale: float = SCALE) -> PageImage:
    """Render one page; raise `PdfError` when the file or the page cannot be opened."""
    from PIL import Image

    raw = pdfium().raw
    with open_pdf(path) as (document, count):
        page = raw.FPDF_LoadPage(ctypes.cast(document, raw.FPDF_DOCUMENT), number - 1) if number <= count else None
        if not page:
            raise PdfError(f"{path.name}: page {number} cannot be opened; fetch the paper again")
        try:
            width, height = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
            scale = min(scale, MAX_SIDE / max(width, height, 1.0))
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            pixels = _pixels(raw, page, *size)
        finally:
            raw.FPDF_ClosePage(page)
    return PageImage(number, width, height, *encode(Image.frombytes("RGB", size, pixels)))


def _pixels(raw: Any, page: Any, width: int, height: int) -> bytes:
    buffer = (ctypes.c_ubyte * (3 * width * height))()
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, buffer, 3 * width)
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER)
        return bytes(buffer)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def encode(image: Image) -> tuple[str, bytes]:
    """Return media type and data: WebP for what holds more than black print, else PNG of a few greys."""
    from PIL import Image as Images

    small = image.reduce(2)
    pixels = small.width * small.height
    coloured = sum(small.convert("HSV").getchannel("S").histogram()[_SATURATED:])
    toned = sum(small.convert("L").histogram()[_TONES])  # the grey tones of a photograph
    file = io.BytesIO()
    if coloured > COLOUR_SHARE * pixels or toned > TONE_SHARE * pixels:
        image.save(file, "WEBP", quality=50, method=3)
        return "image/webp", file.getvalue()
    grey = image.convert("L").point([round(value * (_GREYS - 1) / 255) for value in range(256)])
    levels = Images.frombytes("P", grey.size, grey.tobytes())
    levels.putpalette([level * 255 // (_GREYS - 1) for level in range(_GREYS) for _ in "rgb"])
    levels.save(file, "PNG", bits=2, compress_level=7)  # 8 and 9 take three and eight times as long for 3 % less
    return "image/png", file.getvalue()
