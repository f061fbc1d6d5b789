"""Furniture: running heads and feet, numbers of lines, and what only looks like them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.reading.blocks import furniture
from tests.cases import cases
from tests.make_blocks import TEXTS, filled, line, read_labels, read_pages, regions

CASES = "reading/cases/furniture"


def drawn_words(seed: int) -> str:
    """Return fourteen words, others for each seed."""
    return " ".join(random.Random(seed).sample(TEXTS["TEXT"].split(), 14))  # noqa: S311


@cases(CASES, "is_stamp")
def test_is_stamp(given: str, expected: bool) -> None:
    assert furniture.is_stamp(given) is expected


@cases(CASES, "counts_lines")
def test_counts_lines(given: str, expected: bool) -> None:
    """Each number is that of a page, before a colon, or of a line."""
    column, page = [], 0
    for word in given.split():
        if word.endswith(":"):
            page = int(word[:-1])
        else:
            column.append((page, 0.0, int(word), line(word).words[0]))
    assert furniture.counts_lines(column, 4) is expected


@cases(CASES, "pages")
def test_furniture_on_pages(pages: str, expected: Mapping[str, str], tmp_path: Path) -> None:
    assert read_labels(tmp_path, pages, expected) == {label: filled(text) for label, text in expected.items()}


@pytest.mark.parametrize(("step", "pages", "per_page", "pitch"), [(5, 4, 24, 24), (1, 2, 6, 60), (10, 8, 24, 24)])
def test_few_line_numbers_on_each_page_are_none_of_the_text(
    tmp_path: Path, step: int, pages: int, per_page: int, pitch: int
) -> None:
    """Every fifth or tenth line numbered, or few lines on a page: what counts is that numbers rise on every page."""
    described = []
    for page in range(pages):
        for place in range(per_page):
            count, y = page * per_page + place + 1, 100 + pitch * place
            described += [f"30 {y} 6 Helvetica: {count}"] * (count % step == 0) + [f"80 {y}: {drawn_words(count)}"]
        described.append("----")
    found = read_labels(tmp_path, "\n".join(described[:-1]), ["furniture"])["furniture"]
    assert found.replace("|", " ").split() == [str(number) for number in range(step, pages * per_page + 1, step)]


def test_numbered_references_keep_their_numbers(tmp_path: Path) -> None:
    """Numbers in the size of the text number entries, not lines."""
    described = []
    for count in range(1, 22):
        y = 100 + 40 * ((count - 1) % 7)
        described += [f"54 {y}: {count}", f"74 {y}: {drawn_words(count)}"] + ["----"] * (count in (7, 14))
    paper = read_pages(tmp_path, "\n".join(described))
    assert not regions(paper, "furniture")
    numbers = [word for page in paper.pages for word in page.text.split() if word.isdecimal()]
    assert numbers == [str(number) for number in range(1, 22)]


def test_marks_of_notes_number_no_lines(tmp_path: Path) -> None:
    """Small rising numbers at the foot of every page begin footnotes."""
    described = []
    for page in range(4):
        described += [f"54 80 12 Times-Bold: {page + 1} Of Lamps", "54 100 <480: {TEXT}"]
        for place in range(3):
            note, y = 3 * page + place, 700 + 11 * place
            described += [f"54 {y - 3} 5: {note + 1}", f"58 {y} 8: The {drawn_words(note)}."]
        described.append("----")
    notes = regions(read_pages(tmp_path, "\n".join(described[:-1])), "footnote")
    assert [note.split("The")[0].strip() for note in notes] == [str(number) for number in range(1, 13)]
