"""Hold page pictures to what a page is: true size, each page once, within the budget, clear errors."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from rag.answers import Citation
from rag.errors import PdfError
from rag.papers import Span
from rag.printing import album, number_citations
from rag.printing.page import BUDGET_BYTES, LEAST_SCALE, page_image
from rag.reading import Rect
from tests.sample_answers import TERN, demo_answer, demo_pictures, path


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_picture_has_the_pages_size_and_print() -> None:
    """A page of black print becomes a PNG of four greys, as large as the scale says, with ink and paper in it."""
    image = page_image(path(TERN), 2, scale=2.0)
    picture = _open(image.data)
    assert (image.width, image.height, image.mime) == (612, 792, "image/png")
    assert picture.size == (1224, 1584)
    greys = {value for value, count in enumerate(picture.convert("L").histogram()) if count}
    assert greys == {0, 85, 170, 255}


def _drawn(target: Path, colour: bool) -> Path:
    canvas = pytest.importorskip("reportlab.pdfgen.canvas", reason="needs ReportLab to draw a page").Canvas(str(target))
    if colour:
        for step in range(200):
            canvas.setFillColorRGB(step / 200, 0.3, 1 - step / 200)
            canvas.rect(100, 100 + 2 * step, 300, 2, stroke=0, fill=1)
    canvas.drawString(100, 700, "A page")
    canvas.save()
    return target


def test_colour_is_kept(tmp_path: Path) -> None:
    """A page with a coloured figure keeps its colours; one without stays grey."""
    image = page_image(_drawn(tmp_path / "colour.pdf", colour=True), 1, scale=1.0)
    assert image.mime == "image/webp"
    red, green, blue = _open(image.data).convert("RGB").getpixel((250, 842 - 480))  # type: ignore[misc]
    assert red > 190
    assert max(green, blue) < 110
    assert page_image(_drawn(tmp_path / "plain.pdf", colour=False), 1).mime == "image/png"


def test_same_page_same_bytes() -> None:
    """Rendering twice gives the same picture."""
    assert page_image(path(TERN), 1).data == page_image(path(TERN), 1).data


def test_each_page_is_pictured_once() -> None:
    """Citations of one page share one picture."""
    pictures = demo_pictures(demo_answer())
    images = [picture.image for found in pictures.values() for picture in found]
    assert len({id(image) for image in images}) == len({(image.number, image.data) for image in images})
    assert len(images) > len({id(image) for image in images})


def _spread(count: int) -> list[Citation]:
    return [Citation("pdf", str(n), "", TERN, 1, spans=(Span(1 + n % 3, n, n + 1),)) for n in range(count)]


def _find(citation: Citation) -> tuple[Path, list[Rect]]:
    return path(TERN), [Rect(citation.spans[0].page, 100, 100, 200, 110)]


@pytest.mark.parametrize("budget", [300_000, 120_000, 60_000])
def test_pictures_stay_within_the_budget(budget: int) -> None:
    """Pictures grow coarser until they fit together; page sizes and rectangles stay the same."""
    pictures = album(_spread(6), _find, budget)
    images = {id(p.image): p.image for found in pictures.values() for p in found}.values()
    assert sum(len(image.data) for image in images) <= budget
    assert all((image.width, image.height) == (612, 792) for image in images)


def test_without_room_the_first_pages_are_kept() -> None:
    """Where even the coarsest pictures are too large, the pages quoted first are kept, whole."""
    least = len(page_image(path(TERN), 1, LEAST_SCALE).data)
    pictures = album(_spread(6), _find, least)
    assert {picture.image.number for found in pictures.values() for picture in found} == {1}
    assert album(_spread(6), _find, 10) == {}


def test_only_quotes_of_a_pdf_at_hand_are_pictured() -> None:
    """Citations of the brief, and papers whose PDF is gone, have no picture."""
    citations = number_citations(demo_answer())
    assert album(citations, lambda citation: None) == {}
    pictured = demo_pictures(demo_answer())
    assert {citation.source for citation in pictured} == {"pdf"}
    assert sum(len(p.image.data) for found in pictured.values() for p in found) < BUDGET_BYTES


def test_a_page_that_is_not_there_is_named() -> None:
    """A page beyond the end, and a file that is no PDF, are refused in one line."""
    with pytest.raises(PdfError, match="page 99 cannot be opened"):
        page_image(path(TERN), 99)
    with pytest.raises(PdfError, match="not a PDF"):
        page_image(Path(__file__), 1)
