"""The gauge: pages that cannot be read are named and are no evidence; pypdf helps out where PDFium fails."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from rag.errors import PdfError
from rag.reading import gauge, second
from rag.reading.locate import Finder
from rag.reading.passages import is_evidence
from rag.reading.read import read_paper
from rag.reading.rectangles import rectangles
from rag.types import Paper
from tests import make_pdfs
from tests.make_pdfs import LEFT, Sheet, wrap
from tests.test_read import check_laws

TEXT = " ".join(make_pdfs.BODY * 4)
GERMAN = (
    "Der Hafen liegt am Abend still, und die Lampen werden eine nach der anderen angezündet. Ein Filter, das die "
    "Lampen kennt, kann die Farben des Wassers wiederherstellen. Niemand hat diese Wirkung bisher gemessen, und wir "
    "behaupten keine Ursache. Die Fenster sind quadratisch, weil größere Fenster die Lampen verwischen würden."
)


def exchanged(text: str, seed: int) -> str:
    """Return a text whose letters are exchanged for others, as a font with a broken encoding shows it."""
    letters = list(string.ascii_lowercase)
    random.Random(seed).shuffle(letters)  # noqa: S311
    lower = "".join(letters)
    return text.translate(str.maketrans(string.ascii_letters, lower + lower.upper()))


def read(tmp_path: Path, *sheets: Sheet | bytes) -> Paper:
    path = tmp_path / "paper.pdf"
    data = sheets[0] if isinstance(sheets[0], bytes) else make_pdfs.make([s for s in sheets if isinstance(s, Sheet)])
    path.write_bytes(data)
    return read_paper(path, "x", None)


def page_of(text: str) -> Sheet:
    return make_pdfs.plain(wrap(text, 450))


@pytest.mark.parametrize("text", [TEXT, GERMAN, TEXT.upper(), "12.5 0.3 7.1 " * 200, "x = y + z " * 9, ""])
def test_text_of_any_language_has_meaning(text: str) -> None:
    """Languages, capitals, numbers and what is too short to judge pass."""
    assert not gauge.without_meaning(text)


@pytest.mark.parametrize("seed", range(12))
def test_exchanged_letters_have_none(seed: int) -> None:
    """Letters exchanged at random, unknown letters and words in single letters do not."""
    assert gauge.without_meaning(exchanged(TEXT, seed))
    assert gauge.without_meaning(exchanged(GERMAN * 2, seed))
    assert gauge.without_meaning(TEXT.replace("e", "\ufffd"))
    assert gauge.without_meaning(TEXT.replace("a", "\ue0a1"))
    assert gauge.without_meaning(" ".join(TEXT.replace(" ", "")))


def test_a_broken_page_is_named_and_no_evidence(tmp_path: Path) -> None:
    """The page's text is kept, its sentences are not; the other pages are read as ever."""
    paper = read(tmp_path, page_of(TEXT), page_of(exchanged(TEXT, 1)), page_of(exchanged(TEXT, 2)), page_of(TEXT))
    check_laws(paper)
    assert paper.gaps == ("pages 2, 3: letters without meaning (broken encoding)",)
    assert paper.pages[1].flags == (gauge.BROKEN,)
    assert len(paper.pages[1].text) > 500
    assert {span.page for part in paper.sentences for span in part.spans} == {1, 4}


def test_a_broken_paper_is_an_error(tmp_path: Path) -> None:
    """A paper none of whose pages means anything is not read at all, and says why."""
    with pytest.raises(PdfError, match="no meaning"):
        read(tmp_path, page_of(exchanged(TEXT, 1)))


def test_a_broken_part_is_named(tmp_path: Path) -> None:
    """A paragraph in a broken font is no evidence; the rest of its page is."""
    sheet = Sheet()
    y = sheet.lines(LEFT, 100, wrap(TEXT, 450))
    y = sheet.lines(LEFT, y + 30, wrap(exchanged(TEXT, 3), 450))
    sheet.lines(LEFT, y + 30, wrap(TEXT, 450))
    paper = read(tmp_path, sheet)
    assert paper.gaps == (f"page 1: {gauge.PART}",)
    assert {part.text for part in paper.sentences if is_evidence(part)} == set(make_pdfs.BODY)


def test_sideways_text_is_named(tmp_path: Path) -> None:
    """A page whose text runs up the paper is named."""
    sheet = Sheet()
    for number, line in enumerate(wrap(TEXT, 600)):

        def paint(canvas: object, line: str = line, x: int = 100 + 12 * number) -> None:
            canvas.saveState()  # type: ignore[attr-defined]
            canvas.translate(x, 60)  # type: ignore[attr-defined]
            canvas.rotate(90)  # type: ignore[attr-defined]
            canvas.drawString(0, 0, line)  # type: ignore[attr-defined]
            canvas.restoreState()  # type: ignore[attr-defined]

        sheet.do(paint)
    paper = read(tmp_path, page_of(TEXT), sheet)
    assert paper.gaps == ("page 2: text runs sideways",)


def test_a_page_of_formulas_is_named(tmp_path: Path) -> None:
    """A page that holds hardly anything but formulas is named, and its words are no evidence."""
    sheet = Sheet()
    for number in range(16):
        sheet.text(160, 100 + 34 * number, f"x{number} + y = ({number} + z) / (3 - q) = 2 - (a + b) / c + {number}", 10)
    sheet.text(LEFT, 100 + 34 * 16, "This is then the bound.", 10)
    paper = read(tmp_path, page_of(TEXT), sheet)
    assert paper.gaps == ("page 2: nearly all formulas or numbers",)
    assert {span.page for part in paper.sentences for span in part.spans} == {1}


def test_pages_are_told_in_runs() -> None:
    """One line per kind of trouble, however many pages."""
    flagged = [(1, "a"), (3, "b"), (4, "b"), (5, "b"), (6, "a"), (9, "b"), (10, "b")]
    assert gauge.told(flagged) == ["pages 1, 6: a", "pages 3 to 5, 9, 10: b"]


def test_a_file_that_pdfium_refuses_is_read_by_pypdf(tmp_path: Path) -> None:
    """Its sentences are exact and can be found; they have no rectangles, and the paper says so."""
    path = tmp_path / "paper.pdf"
    paper = read(tmp_path, make_pdfs.lost_root(make_pdfs.BODY * 3))
    check_laws(paper)
    assert paper.gaps == (f"page 1: {second.PLACELESS}",)
    assert {part.text for part in paper.sentences} == set(make_pdfs.BODY)
    found = Finder(paper).find(make_pdfs.BODY[0])
    assert found is not None
    assert rectangles(path, paper, found.spans) == ()


def test_the_second_reader_gives_readable_pages_only(tmp_path: Path) -> None:
    """Pages that it reads no better, that hide letters or hold next to nothing are left out, and so are bad files."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.make([page_of(TEXT), page_of(exchanged(TEXT, 1)), page_of("Too short.")]))
    assert list(second.read_pages(path, [1, 2, 3, 4])) == [1]
    for place in ("white", "invisible"):
        path.write_bytes(make_pdfs.hidden(place, TEXT[:300]))
        assert second.read_pages(path, [1]) == {}
    for data in (make_pdfs.truncated(), make_pdfs.encrypted(), make_pdfs.no_pages(), make_pdfs.cyclic(), b"%PDF-1.7"):
        path.write_bytes(data)
        assert second.read_file(path) == []


def test_real_pages_are_readable(shared: Path) -> None:
    """No page of real papers is called broken, save those that are."""
    for pdf in sorted((shared / "papers" / "real").glob("*.pdf"))[:8]:
        paper = read_paper(pdf, pdf.stem, None)
        assert not any(gauge.BROKEN in page.flags or gauge.SIDEWAYS in page.flags for page in paper.pages), pdf.name
