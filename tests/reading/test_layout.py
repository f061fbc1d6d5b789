"""Layout: which lines make a block, and parts of lines."""

from __future__ import annotations

from rag.reading.blocks import layout
from tests.cases import cases
from tests.make_blocks import USUAL, block, line


@cases("reading/cases/layout", "blocks_of")
def test_blocks_of(given: str, expected: str) -> None:
    found = layout.blocks_of(1, block(given).lines, USUAL)
    assert " || ".join(one.text for one in found) == expected


@cases("reading/cases/layout", "part_of")
def test_part_of(given: str, expected: str) -> None:
    whole = line(given)
    part = layout.part_of(whole, 1, 3)
    assert part.text == expected
    assert part.letters == sum(word.end - word.start for word in part.words)
    assert (part.left, part.right) == (whole.words[1].left, whole.words[2].right)
