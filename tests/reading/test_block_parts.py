"""Blocks: what they are by their words alone, and what they consist of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rag.reading.blocks import block_parts
from rag.reading.sheet import Block
from tests.cases import cases
from tests.make_blocks import USUAL, block, line

CASES = "reading/cases/block_parts"


@cases(CASES, "reads_as_text")
def test_reads_as_text(given: str, expected: bool) -> None:
    assert block_parts.reads_as_text(block(given), USUAL) is expected
    assert block_parts.is_prose(block(given), USUAL) is expected


@cases(CASES, "names_throughout")
def test_names_throughout(given: str, expected: bool) -> None:
    assert block_parts.names_throughout(given) is expected


@cases(CASES, "is_equation")
def test_is_equation(given: str, expected: bool) -> None:
    assert block_parts.is_equation(given) is expected


@cases(CASES, "is_marked")
def test_is_marked(given: str, expected: bool) -> None:
    assert block_parts.is_marked(line(given)) is expected


@cases(CASES, "inner_caption")
def test_inner_caption(given: str, expected: int) -> None:
    assert block_parts.inner_caption(block(given), USUAL) == expected


def shown(halves: tuple[Block, Block] | None) -> str:
    return " || ".join(half.text for half in halves) if halves else ""


@cases(CASES, "split_abstract")
def test_split_abstract(given: str, expected: str) -> None:
    assert shown(block_parts.split_abstract(block(given))) == expected


@cases(CASES, "split_keywords")
def test_split_keywords(given: str, expected: str) -> None:
    assert shown(block_parts.split_keywords(block(given))) == expected


@cases(CASES, "split_run_in")
def test_split_run_in(given: str, expected: str) -> None:
    assert shown(block_parts.split_run_in(block(given), USUAL)) == expected


@pytest.mark.parametrize("split", [block_parts.split_abstract, block_parts.split_keywords])
def test_what_is_no_such_block_stays_whole(split: Callable[[Block], Any]) -> None:
    assert split(block("We light the lamps of the harbour, and this goes on for some time.")) is None
