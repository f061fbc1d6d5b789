"""Hold what is shown beside a quote to its place: equations next to their sentence, figures next to their caption."""

from __future__ import annotations

from pathlib import Path

from rag.papers import Page, Region, Span
from rag.reading import Rect, exhibits
from tests import make_pdfs

LEAD = "The cross layer is written so."
EQUATION = "x = w + b (1)"
AFTER = "Here w is the weight. It is learned."
CAPTION = "Figure 1: The lamps of the harbour."
REST = "Filters are slow."
LINES = ((LEAD, 100.0, "body"), (EQUATION, 130.0, "equation"), (AFTER, 160.0, "body"))


def _page(tmp_path: Path, *lines: tuple[str, float, str]) -> tuple[Path, Page]:
    """Write lines at their heights and return the PDF with its page as labelled by hand."""
    sheet, regions, glyphs, text, glyph = make_pdfs.Sheet(), [], [], "", 0
    for words, y, label in lines:
        sheet.text(72, y, words)
        regions.append(Region(len(text), len(text) + len(words), label))  # type: ignore[arg-type]
        glyphs.append((len(text), glyph, len(words)))
        text += words + "\n"
        glyph += len(words) + 2  # PDFium ends a line with two characters
    path = tmp_path / "page.pdf"
    path.write_bytes(make_pdfs.make([sheet]))
    return path, Page(1, text, tuple(regions), tuple(glyphs), make_pdfs.WIDTH, make_pdfs.HEIGHT)


def _beside(path: Path, page: Page, quote: str) -> tuple[Rect, ...]:
    start = page.text.index(quote)
    return exhibits(path, [page], [Span(1, start, start + len(quote))])


def test_an_equation_is_shown_with_the_sentences_next_to_it_alone(tmp_path: Path) -> None:
    """The sentence before and the one after show it; the next one does not, nor does one of another page's text."""
    path, page = _page(tmp_path, *LINES)
    for quote in (LEAD, "Here w is the weight."):
        (box,) = _beside(path, page, quote)
        assert 110 < box.top < 130 < box.bottom < 150
    assert _beside(path, page, "It is learned.") == ()


def test_a_figure_reaches_from_its_caption_to_the_next_text(tmp_path: Path) -> None:
    """It stands over its caption, or under it where there is no space above; a table's caption has none."""
    path, page = _page(tmp_path, (LEAD, 100.0, "body"), (CAPTION, 300.0, "caption"), (REST, 320.0, "body"))
    (over,) = _beside(path, page, CAPTION)
    assert 98 < over.top < 110 < 280 < over.bottom < 300
    path, page = _page(tmp_path, (LEAD, 100.0, "body"), (CAPTION, 114.0, "caption"), (REST, 320.0, "body"))
    (under,) = _beside(path, page, CAPTION)
    assert 110 < under.top < 125 < 300 < under.bottom < 320
    path, page = _page(tmp_path, (LEAD, 100.0, "body"), ("Table 1: Lamps.", 300.0, "caption"))
    assert _beside(path, page, "Table 1: Lamps.") == ()
