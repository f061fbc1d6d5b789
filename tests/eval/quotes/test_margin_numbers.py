"""Quotes copied with the margin's line numbers are found; numbers that the margin does not have are not passed over."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from eval.quotes.finder import ELIDED, Finder
from rag.reading import read_paper
from tests import make_pdfs
from tests.make_pdfs import Sheet

WORDS = [word.strip(".,") for word in " ".join(make_pdfs.BODY).split() if word not in ("not", "Nobody")]
LINES = [" ".join(random.Random(number).sample(WORDS, 14)) for number in range(24)]  # noqa: S311


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    path: Path = tmp_path_factory.mktemp("pdf") / "paper.pdf"
    sheet = Sheet()
    for number, line in enumerate(LINES, 1):
        sheet.text(30, 90 + 14 * number, f"{number:03d}", 7)
        sheet.text(80, 90 + 14 * number, line)
    path.write_bytes(make_pdfs.make([sheet]))
    return Finder.of(read_paper(path, "x", None))


def test_margins_know_their_numbers(finder: Finder) -> None:
    """All line numbers of the page, and nothing else."""
    assert finder.margins.known == set(range(1, len(LINES) + 1))


@pytest.mark.parametrize(
    "form", ["{0}{2:03d}\n{1}", "{0} {2:03d}\n{1}", "{0}\n{3:03d} {1}", "{0}\n{3} {1}", "{0}{2} {1}"]
)
def test_line_numbers_in_a_quote_are_passed_over(finder: Finder, form: str) -> None:
    """Before and after a line's end, glued to the last word or not, as extractors write them."""
    for place in range(3, len(LINES) - 1):
        location = finder.find(form.format(LINES[place], LINES[place + 1], place + 1, place + 2))
        assert location is not None
        assert location.score == ELIDED


@pytest.mark.parametrize(
    "form",
    [
        "{0}{4}\n{1}",
        "{0}{3}\n{1}",
        "{0}{5}\n{1}",
        "{0}\n{2} {1}",
        "{0} {2} {1}",
        "{0}\n9{3} {1}",
        "{0}{3}\n{2} {1}",
        "{0} not{2}\n{1}",
        "{0}{2}.5\n{1}",
    ],
)
def test_other_numbers_are_not(finder: Finder, form: str) -> None:
    """Numbers of no margin, of another line, within a line, or with a word beside them make no quote of the page."""
    assert not finder.find(form.format(LINES[6], LINES[7], 7, 8, 77, 6))
