"""Copies that are not arXiv's own: the paper begins after covers, a sheet holds two pages, links go where they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag.papers import Paper
from rag.reading import read_paper
from rag.reading.glyphs.page_words import read_stamp
from tests import make_pdfs
from tests.cases import cases
from tests.make_blocks import TEXTS, regions, sheets

STAMP = "STAMP: arXiv:2301.01234v3 [cs.CV] 5 Jan 2023"
PAPER = """90 90 16 Times-Bold: {TITLE}
240 115 11: Ada Writer and Bo Author
54 150 12 Times-Bold: Abstract
54 166 <480: {OPENING}
54 300 12 Times-Bold: 1 Introduction
54 320 <480: {TEXT}"""


def read(folder: Path, data: bytes) -> Paper:
    """Return a paper of these bytes."""
    (folder / "paper.pdf").write_bytes(data)
    return read_paper(folder / "paper.pdf", "2301.01234", None)


def abstract(paper: Paper) -> str:
    """Return a paper's abstract."""
    return " ".join(sentence.text for sentence in paper.sentences if sentence.label == "abstract")


@cases("reading/cases/copies", "pages")
def test_covers_are_no_part_of_a_paper(pages: str, expected: dict[str, str | int], tmp_path: Path) -> None:
    """Title, abstract and version are the paper's own; what stands on covers is no evidence."""
    stamped = "STAMP" in pages or "{STAMPED}" in pages
    described = pages.replace("{STAMPED}", f"{PAPER}\n{STAMP}").replace("{PAPER}", PAPER)
    paper = read(tmp_path, make_pdfs.make(sheets(described)))
    assert (paper.title, abstract(paper)) == (make_pdfs.TITLE, TEXTS["OPENING"])
    assert {"copy": paper.copy, "lead": "none" if paper.lead is None else paper.lead} == expected
    assert read_stamp(tmp_path / "paper.pdf") == (("2301.01234", 3) if stamped else None)
    covers = pages.split("----")[: -1 if paper.copy else 0]
    assert not [sentence for sentence in paper.sentences if sentence.spans[0].page <= len(covers)]
    assert bool(covers) == bool([text for text in regions(paper, "furniture") if "Lanterns" in text or "pier" in text])


def two_up(columns: int) -> bytes:
    """Return a paper of four pages, two of them side by side on each sheet, at seven tenths of their size."""
    text = "54 {} <480: {{LONG}}" if columns == 1 else "54 {0} <225: {{LONG}}\n318 {0} <225: {{LONG}}"
    first = PAPER.replace("54 320 <480: {TEXT}", text.format(320))
    later = [f"54 80 12 Times-Bold: {number} Part\n{text.format(100)}" for number in (2, 3)]
    last = "54 80 12 Times-Bold: 4 Results\n54 100 <480: {NOTE}"
    pages = sheets("\n----\n".join([first, *later, last]))
    return make_pdfs.make([beside(*pages[:2]), beside(*pages[2:])], (0.7 * 2 * 612, 0.7 * 792))


def beside(left: make_pdfs.Sheet, right: make_pdfs.Sheet) -> make_pdfs.Sheet:
    """Return a sheet that holds two pages."""

    def paint(canvas: Any) -> None:
        for number, page in enumerate((left, right)):
            canvas.saveState()
            canvas.translate(0.7 * 612 * number, 0)
            canvas.scale(0.7, 0.7)
            for draw in page.draw:
                draw(canvas)
            canvas.restoreState()

    return make_pdfs.Sheet([paint])


@pytest.mark.parametrize("columns", [1, 2])
def test_two_pages_on_a_sheet(columns: int, tmp_path: Path) -> None:
    """Each half is read as a page of its own, and no link leads to a page of arXiv's."""
    paper = read(tmp_path, two_up(columns))
    assert (paper.title, abstract(paper)) == (make_pdfs.TITLE, TEXTS["OPENING"])
    assert (paper.copy, paper.lead) == ("each sheet holds two pages", None)
    said = [sentence.text for sentence in paper.sentences if sentence.section == ("4 Results",)]
    assert said[0] == TEXTS["NOTE"]


def test_slides_are_named(tmp_path: Path) -> None:
    """Wide sheets of a few words each are a talk."""
    slides = [make_pdfs.plain([f"Lamps of pier {number}", "A filter restores the colours."]) for number in range(6)]
    paper = read(tmp_path, make_pdfs.make(slides, (1056.0, 792.0)))
    assert (paper.copy, paper.lead) == ("it is a set of slides", None)
