"""Lists of authors and of where they work are no evidence, wherever they stand; sentences about people are."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.papers import Paper
from rag.reading import read_paper
from tests import make_pdfs
from tests.make_pdfs import LEFT, Sheet, wrap

AUTHORS = (
    "A. Lamp1, B.C. Pier2,3, D. Van der Quay1,a, E. Harbour4, F.-G. Mole2, H. Buoy5, I.J. Anchor5,b, K. Tide1, "
    "L. Gull3, M. Wharf4, N.O. Reed1, P. Sluice2, Q. Dyke3, R. Fathom5, S. Jetty4, T. Keel2, U. Oar1, V. Rudder3"
)
INSTITUTES = (
    "1 Department of Lamps, University of the Harbour, Harbour Town, Norway 2 (a) Institute of Water and Night, Old "
    "Town; (b) Dipartimento di Luce, Porto Vecchio, Italy 3 Laboratory for Slow Filters, Academy of the Northern Sea, "
    "Light Town, Iceland a Also at Pier College, London, United Kingdom b Now at Centre for Quays, Reef, Ireland"
)
FULL_NAMES = (
    "Ada Lamp, Bo Pier, Carla van der Quay, Dan Harbour, Eve Mole, Finn J. Buoy, Gro Anchor, Hans Tide, Ida Gull, "
    "Jon Wharf, Kari Reed, Leo Sluice, Mia Dyke, Nils Fathom, Ole Jetty, Pia Keel"
)
PROSE = (
    "The lamps of the University were compared with those of the Institute of Water and Night in spring.",
    "Van der Quay, Anchor and Tide (2019) asked the Academy of the Northern Sea, and Gull answered for Iceland.",
    "Models such as Lantern, Beacon, Candle, Torch and Flare are compared on Harbour, Pier, Quay, Mole and Reef.",
)


def read(tmp_path: Path, *texts: str) -> Paper:
    """Read a paper whose last page is an appendix with these texts."""
    path = tmp_path / "paper.pdf"
    last = Sheet()
    last.text(LEFT, 80, "A The Harbour Collaboration", 14, "Times-Bold")
    y = 110.0
    for text in texts:
        y = last.lines(LEFT, y, wrap(text, 480)) + 14
    first = make_pdfs.plain(wrap(" ".join(make_pdfs.BODY * 6), 480))
    first.text(LEFT, 80, "1 Introduction", 14, "Times-Bold")
    path.write_bytes(make_pdfs.make([first, last]))
    return read_paper(path, "x", None)


@pytest.mark.parametrize("people", [AUTHORS, INSTITUTES, FULL_NAMES])
def test_lists_of_people_are_front(tmp_path: Path, people: str) -> None:
    """Names with initials, full names and institutes are labelled as on a first page, and make no sentence."""
    paper = read(tmp_path, people, PROSE[0])
    page = paper.pages[1]
    front = " ".join(page.text[part.start : part.end] for part in page.regions if part.label == "front")
    assert front.split() == people.split()
    assert [sentence.text for sentence in paper.sentences if sentence.spans[0].page == 2] == [PROSE[0]]


@pytest.mark.parametrize("prose", PROSE)
def test_sentences_about_people_and_places_stay(tmp_path: Path, prose: str) -> None:
    """A sentence full of names is still a sentence."""
    assert prose in [sentence.text for sentence in read(tmp_path, prose).sentences]


def test_collaborations_of_real_papers(shared: Path) -> None:
    """Thirty pages of authors and institutes hold no evidence."""
    paper = read_paper(shared / "papers" / "real" / "1503.07589.pdf", "1503.07589", None)
    assert not [sentence for sentence in paper.sentences if sentence.spans[0].page >= 17]
