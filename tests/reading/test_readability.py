"""The gauge: pages that cannot be read are named and are no evidence; pypdf helps out where PDFium fails."""

from __future__ import annotations

import base64
import random
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.quotes import Finder
from rag.errors import PdfError
from rag.papers import Paper
from rag.reading import read_paper, readability, rectangles
from rag.reading.glyphs import pypdf_fallback
from rag.reading.text.passages import is_evidence
from tests import make_pdfs
from tests.cases import cases
from tests.make_pdfs import LEFT, Sheet, wrap
from tests.reading.test_read import check_laws

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
    assert not readability.without_meaning(text)


@pytest.mark.parametrize("seed", range(12))
def test_exchanged_letters_have_none(seed: int) -> None:
    """Letters exchanged at random, unknown letters and words in single letters do not."""
    assert readability.without_meaning(exchanged(TEXT, seed))
    assert readability.without_meaning(exchanged(GERMAN * 2, seed))
    assert readability.without_meaning(TEXT.replace("e", "\ufffd"))
    assert readability.without_meaning(TEXT.replace("a", "\ue0a1"))
    assert readability.without_meaning(" ".join(TEXT.replace(" ", "")))


LONG = (
    "The harbour lies quiet in the evening, and nobody knows which of the lamps will be lit first. We measured the "
    "brightness of every window along the water, compared it with photographs from earlier years, and found that large "
    "windows blur the colours more than small ones do. A filter of seven pixels restores them, provided that the "
    "camera stands still and the sky is clear; otherwise the exposure has to be chosen by hand. Similar observations "
    "were published by sailors, whose journals describe storms, currents and the habits of birds in great detail."
)


def half_exchanged(text: str, seed: int) -> str:
    """Return a text in which letters were exchanged, but those of "the", "of", "and", "in", "to" were not."""
    letters = [letter for letter in string.ascii_lowercase if letter not in "theofandi"]
    mixed = letters[seed:] + letters[:seed]
    return text.lower().translate(str.maketrans("".join(letters), "".join(mixed)))


def shifted(text: str, by: int) -> str:
    """Return a text whose letters stand a number of codes away from their own."""
    return "".join(chr(ord(char) + by) if char.isascii() and char.isalpha() else char for char in text)


@cases("reading/cases/readability", "has_meaning")
@pytest.mark.parametrize("times", [1, 3])
def test_odd_text_has_meaning(text: str, times: int) -> None:
    """Rare languages, many accents, sequences and names of code are no soup, nor is what was packed into letters."""
    text = " ".join([text] * times)
    assert not readability.without_meaning(text)
    assert not readability.without_meaning(text, 60)
    assert not readability.broken(text)


@cases("reading/cases/readability", "is_listing")
def test_is_listing(given: str, expected: bool) -> None:
    assert readability.is_listing(given) is expected


@cases("reading/cases/readability", "plainly_words")
def test_plainly_words(given: str, expected: bool) -> None:
    assert readability.plainly_words(given) is expected


@cases("reading/cases/readability", "in_runs")
def test_in_runs(given: str, expected: str) -> None:
    assert readability.in_runs([int(number) for number in given.split()]) == expected


@pytest.mark.parametrize("seed", range(8))
def test_packed_data_is_no_broken_encoding(seed: int) -> None:
    """Base64 and hexadecimal listings are what was meant."""
    data = random.Random(seed).randbytes(1500)  # noqa: S311
    packed = base64.b64encode(data).decode()
    assert not readability.broken("\n".join(packed[at : at + 76] for at in range(0, len(packed), 76)))
    assert not readability.broken("\n".join(data[at : at + 16].hex(" ") for at in range(0, len(data), 16)))


@pytest.mark.parametrize("by", [*range(-31, -25), -20, -10, -5, *range(-3, 0), 1, 2, 3, 5, *range(63, 90), 160, 256])
def test_shifted_letters_have_none(by: int) -> None:
    """Letters a fixed number of codes off mean nothing, inside ASCII and beyond."""
    assert readability.without_meaning(shifted(LONG, by))


@pytest.mark.parametrize("by", range(1, 26))
def test_rotated_letters_have_none(by: int) -> None:
    """Neither do letters a fixed number of places further in the alphabet."""
    small = string.ascii_lowercase
    turned = small[by:] + small[:by]
    rotated = str.maketrans(small + small.upper(), turned + turned.upper())
    assert readability.without_meaning(LONG.translate(rotated))
    assert readability.broken(LONG.translate(rotated))


def test_frequent_words_do_not_save_half_exchanged_letters() -> None:
    """Where "the", "of", "and", "in" and "to" survive, the other words still tell."""
    assert sum(readability.without_meaning(half_exchanged(LONG, seed)) for seed in range(1, 17)) >= 8
    assert not readability.without_meaning(half_exchanged(LONG, 0))


@given(st.permutations(string.ascii_lowercase))
def test_the_evidence_grows_with_the_text(letters: list[str]) -> None:
    """What few words cannot prove is not claimed: no single line is called broken, whatever its letters."""
    table = str.maketrans(string.ascii_lowercase, "".join(letters))
    assert not readability.without_meaning(GERMAN[:80].lower().translate(table))


def test_a_broken_page_is_named_and_no_evidence(tmp_path: Path) -> None:
    """The page's text is kept, its sentences are not; the other pages are read as ever."""
    paper = read(tmp_path, page_of(TEXT), page_of(exchanged(TEXT, 1)), page_of(exchanged(TEXT, 2)), page_of(TEXT))
    check_laws(paper)
    assert paper.gaps == ("pages 2, 3: letters without meaning (broken encoding)",)
    assert paper.pages[1].flags == (readability.BROKEN,)
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
    assert paper.gaps == (f"page 1: {readability.PART}",)
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
    assert readability.told(flagged) == ["pages 1, 6: a", "pages 3 to 5, 9, 10: b"]


def test_a_file_that_pdfium_refuses_is_read_by_pypdf(tmp_path: Path) -> None:
    """Its sentences are exact and can be found; they have no rectangles, and the paper says so."""
    path = tmp_path / "paper.pdf"
    paper = read(tmp_path, make_pdfs.lost_root(make_pdfs.BODY * 3))
    check_laws(paper)
    assert paper.gaps == (f"page 1: {pypdf_fallback.PLACELESS}",)
    assert {part.text for part in paper.sentences} == set(make_pdfs.BODY)
    found = Finder.of(paper).find(make_pdfs.BODY[0])
    assert found is not None
    assert rectangles(path, paper, found.spans) == ()


def test_pypdf_gives_readable_pages_only(tmp_path: Path) -> None:
    """Pages that it reads no better, that hide letters or hold next to nothing are flagged, bad files are not read."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.make([page_of(TEXT), page_of(TEXT), page_of(exchanged(TEXT, 1)), page_of("Too short.")]))
    sheets = pypdf_fallback.read_file(path)
    assert [sheet.flags for sheet in sheets] == [*[(pypdf_fallback.PLACELESS,)] * 2, *[("damaged",)] * 2]
    for place in ("white", "invisible"):
        path.write_bytes(make_pdfs.hidden(place, TEXT[:300]))
        assert pypdf_fallback.read_file(path) == []
    for data in (make_pdfs.truncated(), make_pdfs.encrypted(), make_pdfs.no_pages(), make_pdfs.cyclic(), b"%PDF-1.7"):
        path.write_bytes(data)
        assert pypdf_fallback.read_file(path) == []


def test_real_pages_are_readable(shared: Path) -> None:
    """No page of real papers is called broken, save those that are."""
    for pdf in sorted((shared / "papers" / "real").glob("*.pdf"))[:8]:
        paper = read_paper(pdf, pdf.stem, None)
        assert not any(
            readability.BROKEN in page.flags or readability.SIDEWAYS in page.flags for page in paper.pages
        ), pdf.name
