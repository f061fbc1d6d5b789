"""First pages: the title as it is printed, an abstract that begins and ends where it does, lists of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.reading import read_paper
from rag.reading.blocks import first_page
from rag.reading.blocks.block_parts import is_prose
from tests import make_pdfs
from tests.cases import cases
from tests.make_blocks import TEXTS, USUAL, block, filled, read_labels, read_pages


@cases("reading/cases/first_page", "is_notice")
def test_is_notice(given: str, expected: bool) -> None:
    assert first_page.is_notice(given) is expected


@cases("reading/cases/first_page", "begins_notice")
def test_begins_notice(given: str, expected: bool) -> None:
    assert first_page.begins_notice(given) is expected


@cases("reading/cases/first_page", "is_affiliation")
def test_is_affiliation(given: str, expected: bool) -> None:
    assert first_page.is_affiliation(given) is expected


@cases("reading/cases/first_page", "lists_people")
def test_lists_people(given: str, expected: bool) -> None:
    assert first_page.lists_people(block(given)) is expected


@cases("reading/cases/first_page", "titles")
def test_titles(blocks: Sequence[str], expected: Sequence[int]) -> None:
    made = []
    for number, text in enumerate(blocks):
        (line,) = block(text).lines
        down = 20 * number
        words = tuple(word._replace(base=word.base + down) for word in line.words)
        line = line._replace(words=words, top=line.top + down, bottom=line.bottom + down, base=line.base + down)
        made.append(replace(block(text), lines=(line,)))
    assert list(first_page.titles(made, [is_prose(one, USUAL) for one in made], USUAL)) == expected


@cases("reading/cases/first_page", "pages")
def test_first_pages(pages: str, expected: Mapping[str, str], tmp_path: Path) -> None:
    assert read_labels(tmp_path, pages, expected) == {label: filled(text) for label, text in expected.items()}


@cases("reading/cases/journals", "pages")
def test_first_pages_of_journals(pages: str, tmp_path: Path) -> None:
    """Title and abstract are told apart from what houses print around them; the abstract may name its keywords."""
    paper = read_pages(tmp_path, pages)
    assert paper.title.lower() == make_pdfs.TITLE.lower()
    abstract = " ".join(sentence.text for sentence in paper.sentences if sentence.label == "abstract")
    assert TEXTS["OPENING"] in abstract
    assert len(abstract.replace(TEXTS["OPENING"], "").split()) < 10


def test_collaborations_of_real_papers(shared: Path) -> None:
    """Thirty pages of authors and institutes hold no evidence."""
    paper = read_paper(shared / "papers" / "real" / "1503.07589.pdf", "1503.07589", None)
    assert not [sentence for sentence in paper.sentences if sentence.spans[0].page >= 17]
