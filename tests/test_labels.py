"""What stands where on a page: notes at its foot, captions under figures, titles on their own lines, line numbers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.papers import Paper
from rag.reading import read_paper
from rag.reading.glyphs.fonts import look
from tests import make_pdfs
from tests.make_pdfs import COLUMN, LEFT, RIGHT, Sheet, wrap
from tests.test_read import check_laws

OPEN = "The lamps of the northern pier are lit before the others because the"
REST = "keeper lives next to them and walks along the water from there."
NOTE = (
    "The keeper was asked about this in the spring of the year and he did not remember that it had ever been otherwise."
)
FILL = " ".join(make_pdfs.BODY * 3)


def read(tmp_path: Path, *sheets: Sheet) -> Paper:
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.make(sheets))
    paper = read_paper(path, "x", None)
    check_laws(paper)
    return paper


def texts(paper: Paper, label: str) -> list[str]:
    return [sentence.text for sentence in paper.sentences if sentence.label == label]


def labelled(paper: Paper, label: str) -> list[str]:
    return [page.text[part.start : part.end] for page in paper.pages for part in page.regions if part.label == label]


def opening(heading: str = "1 Introduction") -> Sheet:
    sheet = Sheet()
    sheet.text(LEFT, 80, heading, 12, "Times-Bold")
    sheet.lines(LEFT, 100, wrap(FILL, 480))
    return sheet


def test_a_note_without_a_mark_does_not_interrupt_a_sentence(tmp_path: Path) -> None:
    """Small text under all other text of a column is a note when the sentence above it goes on in the next column."""
    sheet = Sheet()
    sheet.text(LEFT, 80, "1 Introduction", 12, "Times-Bold")
    y = sheet.lines(LEFT, 100, wrap(FILL, COLUMN))
    sheet.lines(LEFT, y, wrap(OPEN, COLUMN))
    sheet.lines(LEFT, 700, wrap(NOTE, COLUMN, 8), 8, 10)
    sheet.lines(RIGHT, 100, wrap(REST, COLUMN))
    paper = read(tmp_path, sheet)
    assert f"{OPEN} {REST}" in texts(paper, "body")
    assert texts(paper, "footnote") == [NOTE]


@pytest.mark.parametrize("mark", ["raised", "superior"])
def test_a_note_goes_on_on_the_next_page(tmp_path: Path, mark: str) -> None:
    """A footnote that breaks off goes on at the foot of the next page, and the text above goes on as well."""
    cut = wrap(NOTE, 300, 8)
    first, second = opening(), Sheet()
    first.lines(LEFT, 600, wrap(OPEN, 480))
    if mark == "raised":
        first.text(LEFT, 727, "1", 5)
    else:  # a font whose figures are drawn raised
        first.text(LEFT, 730, "1", 8, "Helvetica")
    first.lines(LEFT + 4.5, 730, cut[:1], 8, 10)
    second.lines(LEFT, 100, wrap(f"{REST} {FILL}", 480))
    second.lines(LEFT, 690, cut[1:], 8, 10)
    paper = read(tmp_path, first, second)
    assert f"{OPEN} {REST}" in texts(paper, "body")
    assert texts(paper, "footnote") == [NOTE]


def test_small_capitals_at_the_foot_of_a_column_are_no_note(tmp_path: Path) -> None:
    """A last line most of whose letters are small capitals is set in the size of the body."""
    sheet = opening()
    sheet.lines(LEFT, 600, [f"{OPEN} data of the"])
    sheet.text(LEFT, 612, "sets", 10)
    sheet.text(LEFT + 20, 612, "NATURALLAMPS, WEBLAMPS, AND CURATEDLAMPS", 7.2)
    second = Sheet()
    second.lines(LEFT, 100, wrap(f"of the {REST} {FILL}", 480))
    assert not texts(read(tmp_path, sheet, second), "footnote")


@pytest.mark.parametrize("caption", ["Figure 1. ", "FIG. 2. ", "Table 3: "])
def test_a_caption_is_told_from_the_words_of_its_figure(tmp_path: Path, caption: str) -> None:
    """A caption that follows words of the figure without a distance is a caption of its own."""
    sheet = opening()
    sheet.lines(150, 300, ["lamps water", "encoder decoder"])
    sheet.lines(LEFT, 324, wrap(f"{caption}{make_pdfs.BODY[0]} {make_pdfs.BODY[1]}", 480))
    paper = read(tmp_path, sheet)
    assert labelled(paper, "caption")[0].startswith(caption)
    assert texts(paper, "caption") == [f"{caption}{make_pdfs.BODY[0]}", make_pdfs.BODY[1]]


def test_a_sentence_that_begins_a_line_with_a_figure_is_no_caption(tmp_path: Path) -> None:
    """Prose goes on where a line of it begins as a caption does."""
    sheet = Sheet()
    lines = ["The lamps are not lit at the same time, and this is what we see in", "Figure 3. The water is dark then."]
    sheet.text(LEFT, 80, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 100, [*wrap(FILL, 480), *lines])
    assert not labelled(read(tmp_path, sheet), "caption")


def test_a_numbered_title_in_italics_is_a_heading(tmp_path: Path) -> None:
    """A line of its own with a number and a title, in italics, begins no sentence of the paragraph under it."""
    sheet = opening("I. INTRODUCTION")
    sheet.text(LEFT, 300, "A. Lamps and Water", 10, "Times-Italic")
    sheet.lines(LEFT, 313, wrap(f"{OPEN} {REST} {FILL}", 480))
    paper = read(tmp_path, sheet)
    assert "A. Lamps and Water" in labelled(paper, "heading")
    assert f"{OPEN} {REST}" in texts(paper, "body")


def test_an_abstract_on_the_second_page_is_one(tmp_path: Path) -> None:
    """After a title page the abstract has a page of its own."""
    title, second, third = Sheet(), Sheet(), opening()
    title.text(100, 200, make_pdfs.TITLE, 15, "Times-Bold")
    title.text(220, 240, "Ada Writer and Bo Author", 11)
    second.text(280, 100, "Abstract", 12, "Times-Bold")
    second.lines(LEFT, 130, wrap(FILL, 480))
    assert texts(read(tmp_path, title, second, third), "abstract")


def test_keywords_under_an_abstract_are_none_of_it(tmp_path: Path) -> None:
    """Keywords that follow an abstract without a distance are set apart from it."""
    sheet = Sheet()
    sheet.text(100, 60, make_pdfs.TITLE, 15, "Times-Bold")
    sheet.text(280, 100, "Abstract", 12, "Times-Bold")
    sheet.lines(LEFT, 120, [*wrap(FILL, 480), "Keywords: lamps, harbours, quiet water"])
    sheet.text(LEFT, 400, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 420, wrap(FILL, 480))
    paper = read(tmp_path, sheet)
    assert " ".join(texts(paper, "abstract")) == FILL
    assert labelled(paper, "front")[-1].startswith("Keywords")


def numbered(pages: int, step: int, per_page: int, pitch: float) -> list[Sheet]:
    """Return pages of text whose every so many-th line has its number in the margin, counted through all pages."""
    sheets, words = [], FILL.split()
    for page in range(pages):
        sheet = Sheet()
        for place in range(per_page):
            count = page * per_page + place + 1
            if count % step == 0:
                sheet.text(30, 100 + pitch * place, str(count), 6, "Helvetica")
            sheet.text(80, 100 + pitch * place, " ".join(random.Random(count).sample(words, 14)))  # noqa: S311
        sheets.append(sheet)
    return sheets


@pytest.mark.parametrize(("step", "pages", "per_page", "pitch"), [(5, 4, 24, 24), (1, 2, 6, 60), (10, 8, 24, 24)])
def test_few_line_numbers_on_each_page_are_none_of_the_text(
    tmp_path: Path, step: int, pages: int, per_page: int, pitch: float
) -> None:
    """Every fifth or tenth line numbered, or few lines on a page: what counts is that numbers rise on every page."""
    paper = read(tmp_path, *numbered(pages, step, per_page, pitch))
    numbers = " ".join(labelled(paper, "furniture")).split()
    assert numbers == [str(number) for number in range(step, pages * per_page + 1, step)]


def test_numbered_references_keep_their_numbers(tmp_path: Path) -> None:
    """Numbers in the size of the text number entries, not lines."""
    sheets, words = [], FILL.split()
    for page in range(3):
        sheet = Sheet()
        for place in range(7):
            count = 7 * page + place + 1
            sheet.text(LEFT, 100 + 40 * place, str(count))
            sheet.text(LEFT + 20, 100 + 40 * place, " ".join(random.Random(count).sample(words, 14)))  # noqa: S311
        sheets.append(sheet)
    paper = read(tmp_path, *sheets)
    text = " ".join(page.text for page in paper.pages).split()
    assert not labelled(paper, "furniture")
    assert [word for word in text if word.isdecimal()] == [str(number) for number in range(1, 22)]


def test_marks_of_notes_number_no_lines(tmp_path: Path) -> None:
    """Small rising numbers at the foot of every page begin footnotes."""
    sheets, words = [], FILL.split()
    for page in range(4):
        sheet = opening(f"{page + 1} Of Lamps")
        for place in range(3):
            sheet.text(LEFT, 697 + 11 * place, str(3 * page + place + 1), 5)
            note = " ".join(random.Random(3 * page + place).sample(words, 14))  # noqa: S311
            sheet.text(LEFT + 4, 700 + 11 * place, f"The {note}.", 8)
        sheets.append(sheet)
    paper = read(tmp_path, *sheets)
    starts = [part.split("The")[0].strip() for part in labelled(paper, "footnote")]
    assert starts == [str(number) for number in range(1, 13)]


def test_all_of_a_foot_in_several_pieces_is_furniture(tmp_path: Path) -> None:
    """What stands beside or under a foot that the text keeps away from belongs to it, on a single page too."""
    sheet = opening()
    sheet.text(LEFT, 740, "Published by the Harbour Archive, 1997", 8)
    sheet.text(120, 754, "Downloaded from http://harbour.example on July 12", 9.5)
    sheet.text(500, 740, "Northern Lamps", 6)
    paper = read(tmp_path, sheet)
    assert len(labelled(paper, "furniture")) == 3
    assert " ".join(texts(paper, "body")) == FILL


def test_a_title_in_capitals_of_another_font_is_a_heading(tmp_path: Path) -> None:
    """A short numbered line in capitals and a font of its own begins no sentence of the paragraph under it."""
    sheet = opening()
    sheet.text(LEFT, 300, "2 LAMPS AND WATER", 10, "Helvetica")
    sheet.lines(LEFT, 312, wrap(f"{OPEN} {REST} {FILL}", 480))
    paper = read(tmp_path, sheet)
    assert "2 LAMPS AND WATER" in labelled(paper, "heading")
    assert f"{OPEN} {REST}" in texts(paper, "body")


def test_a_subsection_in_italics_is_a_heading(tmp_path: Path) -> None:
    """Its number may be upright, and its italics may be those of the text."""
    sheet = opening()
    for place in range(9):
        sheet.text(LEFT, 200 + 12 * place, make_pdfs.BODY[place % 3], 10, "Times-Italic")
    sheet.text(LEFT, 330, "2.1.", 10)
    sheet.text(LEFT + 25, 330, "Lamps and Water", 10, "Times-Italic")
    sheet.lines(LEFT, 354, wrap(f"{OPEN} {REST} {FILL}", 480))
    assert "2.1. Lamps and Water" in labelled(read(tmp_path, sheet), "heading")


@pytest.mark.parametrize("word", ["Input:", "Require:", "Output:"])
def test_what_an_algorithm_takes_is_no_heading(tmp_path: Path, word: str) -> None:
    """The bold words of an algorithm head no section."""
    sheet = opening()
    sheet.text(LEFT, 300, word, 10, "Times-Bold")
    sheet.lines(LEFT + 45, 300, wrap(f"Values of the lamps. {OPEN} {REST}", 400))
    assert word not in labelled(read(tmp_path, sheet), "heading")


@pytest.mark.parametrize("about", ["papers of a conference", "copyright and licences", "the preprint server"])
def test_an_abstract_may_be_about_publishing(tmp_path: Path, about: str) -> None:
    """Under its heading an abstract is one, and a large title is one, whatever they are about."""
    sheet = Sheet()
    sheet.text(100, 60, f"Lamps and {about.title()}", 17, "Times-Bold")
    sheet.text(280, 100, "Abstract", 12, "Times-Bold")
    abstract = f"We present lamps that read {about} in the evening. {make_pdfs.BODY[1]}"
    sheet.lines(LEFT, 120, wrap(abstract, 480))
    sheet.text(LEFT, 400, "1 Introduction", 12, "Times-Bold")
    sheet.lines(LEFT, 420, wrap(FILL, 480))
    paper = read(tmp_path, sheet)
    assert " ".join(texts(paper, "abstract")) == abstract
    assert paper.title == f"Lamps and {about.title()}"


@pytest.mark.parametrize(
    ("name", "bold"),
    [
        ("ABCDEF+CMR10", False),
        ("ABCDEF+CMTI10", False),
        ("ABCDEF+CMBX10", True),
        ("ABCDEF+SFRM1000", False),
        ("LMRoman10-Regular", False),
        ("LMRoman10-Bold", True),
        ("ABCDEF+NimbusRomNo9L-Medi", True),
        ("ABCDEF+F1", True),
    ],
)
def test_names_tell_more_than_stems(name: str, bold: bool) -> None:
    """A font whose file calls it heavy is bold unless its name says that it is not."""
    assert look(name, heavy=True).bold is bold
