"""Headings: what is one, at which level, and what only looks like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.reading.blocks import headings
from tests.cases import cases
from tests.make_blocks import USUAL, block, filled, read_labels


@cases("reading/cases/headings", "looks_like_title")
def test_looks_like_title(given: str, expected: bool) -> None:
    assert headings.looks_like_title(given) is expected


@cases("reading/cases/headings", "unnumbered")
def test_unnumbered(given: str, expected: str) -> None:
    assert headings.unnumbered(given) == expected


@cases("reading/cases/headings", "find_heading")
def test_find_heading(
    block_text: str, outline: Mapping[str, int], followed: bool, roman: bool, expected: Sequence[object]
) -> None:
    found = headings.find_heading(block(block_text), USUAL, outline, followed, roman)
    assert ([found.level, found.number] if found else []) == expected


@cases("reading/cases/headings", "pages")
def test_headings_on_pages(pages: str, expected: Mapping[str, str], tmp_path: Path) -> None:
    assert read_labels(tmp_path, pages, expected) == {label: filled(text) for label, text in expected.items()}
