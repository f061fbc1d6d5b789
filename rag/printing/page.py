"""Print an answer as HTML: one self-contained page that loads nothing and runs only its own script, or a fragment.

The page carries a Content-Security-Policy that allows images from itself, and one style sheet and one script by their
hashes. Every template escapes what it is given; marked as safe are only the style sheet, the script and images.
"""

from __future__ import annotations

import base64
import ctypes
import hashlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import accumulate, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answers import Answer, Citation
from rag.errors import PdfError
from rag.papers import cited_as
from rag.printing import arrange, workflow_drawing
from rag.printing.bibliography import to_bibtex
from rag.printing.escape import inert, link_address, plain, unlinked
from rag.reading import open_pdf, pdfium
from rag.tables import SAID

if TYPE_CHECKING:
    from jinja2 import Environment
    from PIL.Image import Image

    from rag.reading import PlacedWord, Rect

Pictures = Callable[[Citation], "Sequence[Picture] | None"]

REFUSALS = {
    "not_in_allowed_papers": "The allowed papers do not answer this question.",
    "unreadable": "There is no answer: the allowed papers could not be read.",
    "paper_not_allowed": "There is no answer: the question names a paper that is not among the allowed ones.",
}
CROP_ASIDE, CROP_ABOVE = 14.0, 46.0  # points of page around a quote, at least
CROP_WIDTH, CROP_HEIGHT = 260.0, 230.0  # points: a smaller cut-out would magnify too much and show too little
_TITLE_LENGTH = 90


def to_html(answer: Answer, pictures: Pictures | None = None, links: Mapping[str, str] | None = None) -> str:
    """Return the page; `pictures` gives a citation's pictures, one per page it touches (`album(...).get`).

    `links` lead from its top to other pages of the same site, by their words.
    """
    quotes = arrange.Quotes.of(answer)
    found, sheets = pictured(quotes, pictures)
    title = plain(answer.question)
    return (
        environment()
        .get_template("page.html")
        .render(
            answer=answer,
            quotes=quotes,
            pictures=found,
            sheets=sheets,
            links=links or {},
            title=title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH]}…",
        )
    )


def pictured(quotes: arrange.Quotes, pictures: Pictures | None) -> tuple[Found, Sheets]:
    """Return the pictures of each quote that has any, and every pictured page once with the quotes on it."""
    found = {citation: pages for citation in quotes.numbers if pictures and (pages := pictures(citation))}
    sheets: Sheets = {}
    for citation, pages in found.items():
        for picture in pages:
            sheet = sheets.setdefault((quotes.name(citation.paper), picture.image), [])
            sheet.append((quotes.numbers[citation], picture))
    return found, sheets


def to_report(answers: Sequence[tuple[str, Answer]], title: str) -> str:
    """Return one page for many answers, each with its id; proof is folded, and there are no pictures."""
    shown = [(name, answer, arrange.Quotes.of(answer, f"{n}-")) for n, (name, answer) in enumerate(answers, 1)]
    return environment().get_template("report.html").render(answers=shown, title=plain(title))


def to_notebook(answer: Answer) -> str:
    """Return the answer as a compact fragment of HTML for a notebook cell."""
    return environment().get_template("notebook.html").render(answer=answer, quotes=arrange.Quotes.of(answer))


@cache
def environment() -> Environment:
    """Return what renders the templates: everything in them is escaped, and a name that nobody gave is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def data_uri(image: PageImage) -> Markup:
        return Markup(f"data:{image.mime};base64,{base64.b64encode(image.data).decode()}")  # noqa: S704

    made = Environment(
        loader=PackageLoader("rag.printing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    made.filters |= {
        "data_uri": data_uri,
        "elided": arrange.elided,
        "g": "{:g}".format,
        "plain": plain,
        "sha256": lambda text: f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}",
        "unlinked": unlinked,
        "link_address": link_address,
    }
    shared = [arrange.joints, arrange.page_address, arrange.pages, arrange.paragraphs, arrange.people]
    shared += [arrange.short_claims, arrange.near_claims, arrange.silence, arrange.gaps_above, arrange.words_nowhere]
    shared += [arrange.unsaid, arrange.tables, arrange.table_row, arrange.row_of, arrange.in_cells, arrange.claims_on]
    shared += [arrange.plain_quotes, arrange.stage_claims, crop, cited_as, to_bibtex, workflow_drawing.drawings]
    made.globals |= {function.__name__: function for function in shared}
    made.globals |= {
        "CHECKS": defaultdict(str, arrange.CHECKS),
        "NEAREST": arrange.NEAREST,
        "EMPTY": arrange.EMPTY,
        "FONT": workflow_drawing.FONT,
        "MARK_FONT": workflow_drawing.MARK_FONT,
        "NOT_STATED": arrange.NOT_STATED,
        "REFUSALS": REFUSALS,
        "SAID": SAID,
        "STAGES": arrange.STAGES,
        "STATES": arrange.STATES,
    }
    for kind, ending in (("style", "css"), ("script", "js")):
        page, table = (
            files("rag.printing").joinpath(f"{name}.{ending}").read_text("utf-8") for name in ("page", "table")
        )
        made.globals |= {kind: Markup(page), f"table_{kind}": Markup(page + table)}  # noqa: S704
    return made


def crop(picture: Picture) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the part of the page around a quote and what is beside it, in points."""
    image, boxes = picture.image, picture.rectangles + picture.beside
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
    left, right = _around(left, right, CROP_ASIDE, CROP_WIDTH, image.width)
    top, bottom = _around(top, bottom, CROP_ABOVE, CROP_HEIGHT, image.height)
    return left, top, right - left, bottom - top


def _around(start: float, end: float, margin: float, least: float, limit: float) -> tuple[float, float]:
    """Widen a stretch by a margin on both sides, to some least length, within the page."""
    margin = max(margin, (least - (end - start)) / 2)
    return max(0.0, start - margin), min(limit, end + margin)


# --- picture the pages that an answer quotes, each page once, with the quotes' rectangles -----

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
    """Hold one page as an image; width and height are in points, the page's own. `words` are its text, to select."""

    number: int
    width: float
    height: float
    mime: str
    data: bytes
    words: tuple[PlacedWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold a page's image, shared by all quotes on it, and where one quote stands on it."""

    image: PageImage
    rectangles: tuple[Rect, ...]
    beside: tuple[Rect, ...] = ()  # the equation or figure that is shown with it


Found = dict[Citation, Sequence[Picture]]
Sheets = dict[tuple[str, PageImage], list[tuple[int, Picture]]]

Find = Callable[[Citation], "tuple[Path, Sequence[Rect]] | None"]
"""Return the PDF that a citation quotes and the quote's rectangles in it, or None where the PDF is not at hand."""

Words = Callable[[Citation, int], "Sequence[PlacedWord]"]
"""Return the words of a page that a citation touches, with their places."""

Beside = Callable[[Citation], "Sequence[Rect]"]
"""Return where the equations and figures stand that a citation whose PDF was found speaks of."""


def album(
    citations: Iterable[Citation],
    find: Find,
    budget: int = BUDGET_BYTES,
    words: Words | None = None,
    beside: Beside | None = None,
) -> dict[Citation, tuple[Picture, ...]]:
    """Return the pictures of each citation whose PDF is at hand, one per page that it touches."""
    quoted = (citation for citation in dict.fromkeys(citations) if citation.source == "pdf")
    found = {citation: place for citation in quoted if (place := find(citation))}
    images = render_within(
        list(dict.fromkeys((path, box.page) for path, boxes in found.values() for box in boxes)), budget
    )
    touched = {(path, box.page): citation for citation, (path, boxes) in found.items() for box in boxes}
    if words:
        images = {key: replace(image, words=tuple(words(touched[key], key[1]))) for key, image in images.items()}
    pictures: dict[Citation, tuple[Picture, ...]] = {}
    for citation, (path, boxes) in found.items():
        shown = [number for number in dict.fromkeys(box.page for box in boxes) if (path, number) in images]
        near = beside(citation) if beside and shown else ()
        if shown:
            pictures[citation] = tuple(
                Picture(images[path, n], *(tuple(box for box in places if box.page == n) for places in (boxes, near)))
                for n in shown
            )
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
            pixels = drawn_pixels(raw, page, *size)
        finally:
            raw.FPDF_ClosePage(page)
    return PageImage(number, width, height, *encode(Image.frombytes("RGB", size, pixels)))


def drawn_pixels(raw: Any, page: Any, width: int, height: int) -> bytes:
    """Return a page's pixels, three bytes each, red first."""
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
