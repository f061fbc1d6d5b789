"""Picture the pages that an answer quotes, each page once, with the quotes' rectangles.

A page is rendered by PDFium. Pages without colour keep four greys as PNG, which is a third of the size and cannot
be told from the original by eye; pages with colour become WebP. All pictures of an answer together stay under a
budget: the scale is lowered until they fit. Not handled here: finding the rectangles (`rectangles`), showing (`page`).
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.answers import Citation
from rag.errors import PdfError
from rag.reading.glyphs.pdfium import calls, open_pdf

if TYPE_CHECKING:
    from PIL.Image import Image

BUDGET_BYTES = 2_000_000  # of image data; base64 makes 2.7 MB of it, and a typical page stays under 3 MB
SCALE = 2.25  # pixels per point: 162 dpi
LEAST_SCALE = 0.9  # 65 dpi: below it, print can no longer be read
MAX_SIDE = 4000  # pixels
COLOUR_SHARE = 0.002  # of a page's pixels: less is a coloured link or a logo, and turns grey
TONE_SHARE = 0.25  # of a page's pixels in middle greys: print alone stays near a tenth
_SATURATED = 48  # of 255
_TONES = slice(48, 208)
_GREYS = 4


class Rectangle(Protocol):
    """Stand for a rectangle on a page, in points from the top left corner; `rectangles.Rect` is one."""

    @property
    def page(self) -> int: ...  # noqa: D102
    @property
    def left(self) -> float: ...  # noqa: D102
    @property
    def top(self) -> float: ...  # noqa: D102
    @property
    def right(self) -> float: ...  # noqa: D102
    @property
    def bottom(self) -> float: ...  # noqa: D102


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
    rectangles: tuple[Rectangle, ...]


Find = Callable[[Citation], tuple[Path, Sequence[Rectangle]] | None]
"""Return the PDF that a citation quotes and the quote's rectangles in it, or None where the PDF is not at hand."""


def album(citations: Iterable[Citation], find: Find, budget: int = BUDGET_BYTES) -> dict[Citation, tuple[Picture, ...]]:
    """Return the pictures of each citation whose PDF is at hand, one per page that it touches."""
    found = {citation: place for citation in dict.fromkeys(citations) if (place := _place(citation, find))}
    keys = dict.fromkeys((path, box.page) for path, boxes in found.values() for box in boxes)
    images = _within(list(keys), budget)
    pictures = {citation: tuple(_pictures(path, boxes, images)) for citation, (path, boxes) in found.items()}
    return {citation: pages for citation, pages in pictures.items() if pages}


def _place(citation: Citation, find: Find) -> tuple[Path, Sequence[Rectangle]] | None:
    return find(citation) if citation.source == "pdf" else None


def _pictures(
    path: Path, boxes: Sequence[Rectangle], images: Mapping[tuple[Path, int], PageImage]
) -> Iterable[Picture]:
    for number in dict.fromkeys(box.page for box in boxes):
        if (path, number) in images:
            yield Picture(images[path, number], tuple(box for box in boxes if box.page == number))


def _within(keys: Sequence[tuple[Path, int]], budget: int) -> dict[tuple[Path, int], PageImage]:
    """Render pages, smaller if need be; leave out the last ones only when even the least scale is too large."""
    scale = SCALE
    while True:
        images = {key: page_image(*key, scale) for key in keys}
        size = sum(len(image.data) for image in images.values())
        if size <= budget:
            return images
        if scale <= LEAST_SCALE:
            return _first_within(images, budget)
        scale = max(LEAST_SCALE, min(scale * 0.9, scale * (budget / size) ** 0.6))  # size grows with scale to the 1.6


def _first_within(images: Mapping[tuple[Path, int], PageImage], budget: int) -> dict[tuple[Path, int], PageImage]:
    kept = {}
    for key, image in images.items():
        budget -= len(image.data)
        if budget < 0:
            break
        kept[key] = image
    return kept


def page_image(path: Path, number: int, scale: float = SCALE) -> PageImage:
    """Render one page; raise `PdfError` when the file or the page cannot be opened."""
    from PIL import Image

    width, height, size, pixels = _render(path, number, scale)
    mime, data = _encode(Image.frombytes("RGB", size, pixels))
    return PageImage(number, width, height, mime, data)


def _render(path: Path, number: int, scale: float) -> tuple[float, float, tuple[int, int], bytes]:
    raw = calls().raw
    with open_pdf(path) as (document, count):
        page = raw.FPDF_LoadPage(ctypes.cast(document, raw.FPDF_DOCUMENT), number - 1) if number <= count else None
        if not page:
            raise PdfError(f"{path.name}: page {number} cannot be opened; fetch the paper again")
        try:
            width, height = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
            scale = min(scale, MAX_SIDE / max(width, height, 1.0))
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            return width, height, size, _pixels(raw, page, *size)
        finally:
            raw.FPDF_ClosePage(page)


def _pixels(raw: Any, page: Any, width: int, height: int) -> bytes:
    buffer = (ctypes.c_ubyte * (3 * width * height))()
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, buffer, 3 * width)
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER)
        return bytes(buffer)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def _encode(image: Image) -> tuple[str, bytes]:
    file = io.BytesIO()
    if _pictorial(image):
        image.save(file, "WEBP", quality=50, method=3)
        return "image/webp", file.getvalue()
    _greys(image).save(file, "PNG", bits=2, compress_level=7)  # 8 and 9 take three and eight times as long for 3 % less
    return "image/png", file.getvalue()


def _pictorial(image: Image) -> bool:
    """Tell whether a page holds more than black print: colour, or the grey tones of a photograph."""
    small = image.reduce(2)
    pixels = small.width * small.height
    coloured = sum(small.convert("HSV").getchannel("S").histogram()[_SATURATED:])
    toned = sum(small.convert("L").histogram()[_TONES])
    return coloured > COLOUR_SHARE * pixels or toned > TONE_SHARE * pixels


def _greys(image: Image) -> Image:
    from PIL import Image as Images

    nearest = [round(value * (_GREYS - 1) / 255) for value in range(256)]
    grey = image.convert("L").point(nearest)
    levels = Images.frombytes("P", grey.size, grey.tobytes())
    levels.putpalette([level * 255 // (_GREYS - 1) for level in range(_GREYS) for _ in "rgb"])
    return levels
