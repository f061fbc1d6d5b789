"""First pages: the title as it is printed, and an abstract that begins and ends where it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.papers import Paper
from rag.reading import read_paper
from tests import make_pdfs
from tests.make_pdfs import LEFT, Sheet, wrap

OPENING = (
    "We present Lantern, a slow filter that restores night photographs without a learned prior. "
    "It keeps the texture of the water, and it is no slower than the filters that are used on the pier. "
    "The lamps stay as bright as they are, and the filter does not invent any light that nobody has seen. "
    "We measure it on the Harbour set, where it is better than all that we have tried so far."
)
PLACES = (
    "1Institute of Lamps, University of the Harbour, 12345 Harbour Town, Norway 2Department of Water and Night, "
    "School of Quiet Engineering, Pier College, Old Town, Denmark 3Laboratory for Slow Filters, Academy of the "
    "Northern Sea, Island Centre, 54321 Light Town, Iceland and University of the West Coast, Ireland"
)
BODY = " ".join(make_pdfs.BODY * 3)


def read(tmp_path: Path, *sheets: Sheet) -> Paper:
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.make(sheets))
    return read_paper(path, "x", None)


def texts(paper: Paper, label: str) -> str:
    return " ".join(sentence.text for sentence in paper.sentences if sentence.label == label)


def first_page(*, heading: bool = True) -> Sheet:
    sheet = Sheet()
    sheet.text(100, 80, make_pdfs.TITLE, 15, "Times-Bold")
    sheet.text(220, 110, "Ada Writer and Bo Author", 11)
    if heading:
        sheet.text(280, 150, "Abstract", 12, "Times-Bold")
    return sheet


def test_who_publishes_is_no_title(tmp_path: Path) -> None:
    """A line in capitals that names an institution gives way to the larger title under it; its marks go."""
    sheet = Sheet()
    sheet.text(80, 60, "NORTHERN ORGANIZATION FOR LAMP RESEARCH (NOLR)", 14)
    sheet.text(80, 140, "Quiet Lanterns at the Edge", 17)
    sheet.text(80, 161, "of the Northern Harbour†", 17)
    sheet.text(280, 200, "Abstract", 12, "Times-Bold")
    sheet.lines(LEFT, 220, wrap(OPENING, 480))
    assert read(tmp_path, sheet).title == "Quiet Lanterns at the Edge of the Northern Harbour"


def test_small_capitals_are_whole_words(tmp_path: Path) -> None:
    """Letters set apart in a title of small capitals make one word; the blanks between words stay."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    sheet = Sheet()
    x = 100.0
    for text, size, gap in (
        *(("L", 17, 0.0), ("AN", 13.6, 1.0), ("TERN", 13.6, 2.1), (":", 17, 1.0), ("Q", 17, 7.0), ("UIET", 13.6, 1.0)),
        *(
            ("F", 17, 7.0),
            ("ILTERS", 13.6, 0.6),
            ("FOR", 13.6, 7.0),
            ("THE", 13.6, 7.0),
            ("P", 17, 7.0),
            ("IER", 13.6, 1.0),
        ),
    ):
        x += gap
        sheet.text(x, 80, text, size)
        x += stringWidth(text, "Times-Roman", size)
    sheet.text(280, 150, "ABSTRACT", 10)
    sheet.lines(LEFT, 170, wrap(OPENING, 480))
    assert read(tmp_path, sheet).title == "LANTERN: QUIET FILTERS FOR THE PIER"


@pytest.mark.parametrize("above", [True, False])
def test_the_word_abstract_is_a_heading(above: bool, tmp_path: Path) -> None:
    """Right above its text or running into it, the word is no part of the abstract."""
    sheet = first_page(heading=False)
    if above:
        sheet.lines(LEFT, 150, ["ABSTRACT", *wrap(OPENING, 480)])
    else:
        sheet.lines(LEFT, 150, wrap(f"Abstract. {OPENING}", 480))
    sheet.text(LEFT, 300, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 320, wrap(BODY, 480))
    paper = read(tmp_path, sheet)
    assert texts(paper, "abstract") == OPENING
    assert texts(paper, "body") == BODY


def test_places_are_no_abstract(tmp_path: Path) -> None:
    """Without the word, the abstract is the first longer text that is no list of names and places."""
    sheet = first_page(heading=False)
    y = sheet.lines(LEFT, 140, wrap(PLACES, 480, 9), 9, 11)
    sheet.lines(LEFT + 30, y + 20, wrap(OPENING, 420, 9), 9, 11)
    sheet.text(LEFT, 400, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 420, wrap(BODY, 480))
    assert texts(read(tmp_path, sheet), "abstract") == OPENING


def test_an_abstract_ends_with_its_page(tmp_path: Path) -> None:
    """A letter without headings: what follows the abstract on the next page is body, notices are neither."""
    sheet = first_page()
    y = sheet.lines(LEFT, 170, wrap(OPENING, 480))
    sheet.text(LEFT, y + 20, "Submitted to the Journal of Lamps for the benefit of the harbour. CC-BY-4.0 license.")
    paper = read(tmp_path, sheet, make_pdfs.plain(wrap(BODY, 480)))
    assert texts(paper, "abstract") == OPENING
    assert texts(paper, "body") == BODY


def test_an_abstract_ends_where_larger_letters_begin(tmp_path: Path) -> None:
    """Set smaller than the body, the abstract is over where text in the body's size begins, heading or not."""
    sheet = first_page()
    y = sheet.lines(LEFT + 30, 170, wrap(OPENING, 420, 9), 9, 11)
    sheet.lines(LEFT, y + 20, wrap(BODY, 480))
    paper = read(tmp_path, sheet, make_pdfs.plain(wrap(BODY, 480)))
    assert texts(paper, "abstract") == OPENING
    assert texts(paper, "body") == f"{BODY} {BODY}"


def test_words_in_a_figure_are_no_abstract(tmp_path: Path) -> None:
    """Small text under a named abstract belongs to a figure."""
    sheet = first_page()
    y = sheet.lines(LEFT, 170, wrap(OPENING, 480))
    sheet.lines(
        LEFT, y + 40, ["Q: How many lamps are there on the pier of the harbour?", "A: There are seven of them."], 7, 9
    )
    sheet.text(LEFT, 500, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 520, wrap(BODY, 480))
    assert texts(read(tmp_path, sheet), "abstract") == OPENING


def test_a_late_summary_is_no_abstract(tmp_path: Path) -> None:
    """A section called Summary at the end is body."""
    sheet = first_page()
    sheet.lines(LEFT, 170, wrap(OPENING, 480))
    sheet.text(LEFT, 300, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 320, wrap(BODY, 480))
    last = Sheet()
    last.text(LEFT, 200, "Summary", 12, "Times-Bold")
    last.lines(LEFT, 220, wrap(BODY, 480))
    paper = read(tmp_path, sheet, last)
    assert texts(paper, "abstract") == OPENING
    assert paper.sentences[-1].label == "body"
    assert paper.sentences[-1].section == ("Summary",)


def test_a_dash_after_the_word_abstract_is_no_text(tmp_path: Path) -> None:
    """In the style of IEEE, "Abstract" and its dash run into the text and belong to no sentence."""
    sheet = first_page(heading=False)
    first, *others = wrap(f"Abstract—{OPENING}", 480)
    sheet.text(LEFT, 150, "Abstract", 10, "Times-BoldItalic")
    sheet.text(LEFT + 40, 150, first.removeprefix("Abstract"), 10, "Times-Bold")
    sheet.lines(LEFT, 162, others)
    sheet.text(LEFT, 300, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 320, wrap(BODY, 480))
    assert texts(read(tmp_path, sheet), "abstract") == OPENING


def test_a_last_word_on_a_new_page_is_read(tmp_path: Path) -> None:
    """The one word with which a paragraph ends on the next page belongs to its sentence."""
    sheet = first_page()
    sheet.lines(LEFT, 170, wrap(OPENING, 480))
    sheet.text(LEFT, 300, "1 Introduction", 12, "Times-Bold")
    words = BODY.split()
    sheet.lines(LEFT, 320, wrap(" ".join(words[:-1]), 480))
    last = Sheet()
    last.text(LEFT, 90, words[-1])
    last.text(LEFT, 130, "2 Method", 12, "Times-Bold")
    last.lines(LEFT, 150, wrap(BODY, 480))
    assert texts(read(tmp_path, sheet, last), "body") == f"{BODY} {BODY}"


def test_a_footnote_mark_may_be_nearly_as_large_as_its_note(tmp_path: Path) -> None:
    """A raised mark of 7 points before a note of 8 still makes it a footnote, not the end of the paragraph above."""
    sheet = first_page()
    sheet.lines(LEFT, 170, wrap(OPENING, 480))
    sheet.text(LEFT, 300, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 320, wrap(BODY, 480))
    sheet.text(LEFT, 697, "1", 7)
    sheet.lines(LEFT + 4, 700, wrap(make_pdfs.FOOTNOTE, 480, 8), 8, 10)
    paper = read(tmp_path, sheet)
    assert texts(paper, "footnote") == make_pdfs.FOOTNOTE
    assert texts(paper, "body") == BODY
