"""Find tables on a page: the run of cells next to a caption "Table N", or cells alone when they stand in clear rows.

Not handled here: their rows and columns (`grid`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from rag.reading.blocks.layout import Measure
from rag.reading.sheet import Block, Line
from rag.reading.tables.grid import NUMBER, by_height

CAPTION = re.compile(
    r"^(?:\[IMAGE:\s*)?(?:Extended Data |Supplementary )?"
    r"(?:Figure|Fig|FIG|FIGURE|Table|TABLE|Tab|Algorithm|Listing|Scheme|Box)\.?"
    r"\s*[A-Z]?\.?\d*[IVX]*[a-z]?\s*(?:[.:|—–]|-\s|\s(?=[A-Z(“])|$)"
)
_TABLE_CAPTION = re.compile(r"^(?:Supplementary )?(?:Table|TABLE|Tab)\b")
_LARGE = 1.25  # times the size of body and caption: no cell, but a title
_MOST_CAPTIONS = 100  # of tables on a page: more are no captions
_NEAR = 2.6  # usual line distances between a table and its caption
_BESIDE = 0.6  # usual line distances: blocks that reach so far into each other's height stand side by side
_LEAST_LINES = 6  # of cells without a caption; fewer are a formula or an address
_SHARED, _NUMBERS = 0.6, 0.3  # of their lines stand beside another, and of their words are numbers


class _Side(NamedTuple):
    """Say in which direction from a caption, and in which order the blocks of the page come there."""

    down: bool
    order: Sequence[int]


def gather_tables(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> list[Block]:
    """Return a page's blocks with the cells of each table as one block, labelled, in rows from top to bottom.

    `prose` tells for each block whether it reads as text or is settled already; such blocks end a table.
    """
    groups = _cells_of_captions(blocks, prose, usual)
    taken = {other for members in groups for other in members}
    whole = {min(members): sorted(members) for members in groups}
    result: list[Block] = []
    for index, block in enumerate(blocks):
        if index in whole:
            lines = [line for member in whole[index] for line in blocks[member].lines]
            result.append(_table(block.page, lines))
        elif index not in taken:
            free = not prose[index] and block.label == "body" and stands_in_rows(block)
            result.append(_table(block.page, block.lines) if free else block)
    return result


def _cells_of_captions(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> list[list[int]]:
    """Return the cells of each caption: on the side where every caption of the page has some, else on the fuller."""
    captions = [i for i, block in enumerate(blocks) if block.label == "caption" and _TABLE_CAPTION.match(block.text)]
    if not captions or len(captions) > _MOST_CAPTIONS:
        return []
    sides = (
        _Side(True, sorted(range(len(blocks)), key=lambda i: blocks[i].top)),
        _Side(False, sorted(range(len(blocks)), key=lambda i: -blocks[i].bottom)),
    )
    both = [[_cells_beside(blocks, prose, i, usual, side, ()) for side in sides] for i in captions]
    every = [all(side) for side in zip(*[found for found in both if any(found)], strict=True)] or [True, True]
    used = [side for side, all_have in zip(sides, every, strict=True) if all_have or not any(every)]
    taken: set[int] = set()
    groups: list[list[int]] = []
    for caption in captions:
        found = [_cells_beside(blocks, prose, caption, usual, side, taken) for side in used]
        fuller = max(found, key=lambda side: sum(len(blocks[i].lines) for i in side if looks_like_cells(blocks[i])))
        if fuller:
            groups.append(fuller)
            taken.update(fuller)
    return groups


def _cells_beside(
    blocks: Sequence[Block], prose: Sequence[bool], caption: int, usual: Measure, side: _Side, taken: Collection[int]
) -> list[int]:
    """Return the blocks that follow the caption downwards or upwards without text between."""
    named, down = blocks[caption], side.down
    top, bottom, left, right = named.top, named.bottom, named.left, named.right
    found: list[int] = []
    for index in side.order:
        block = blocks[index]
        away = block.top - named.bottom if down else named.top - block.bottom
        gap = block.top - bottom if down else top - block.bottom
        if gap > _NEAR * usual.pitch:  # and so is all that comes later
            break
        if index == caption or away < -_BESIDE * usual.pitch or block.right < left or block.left > right:
            continue
        large = block.size > _LARGE * max(usual.size, named.size)
        if prose[index] or large or index in taken:
            if gap < -_BESIDE * usual.pitch:
                continue  # stands beside the cells
            break
        found.append(index)
        top, bottom = min(top, block.top), max(bottom, block.bottom)
        left, right = min(left, block.left), max(right, block.right)
    return found


def _table(page: int, lines: Sequence[Line]) -> Block:
    return Block(page, tuple([line for row in by_height(lines) for line in row]), "table")


def is_one_row(block: Block) -> bool:
    """Tell cells that stand side by side, "Lamp  All  Not all of it": the names over columns may read as text."""
    return len(block.lines) > 1 and len({round(line.base) for line in block.lines}) == 1


def looks_like_cells(block: Block) -> bool:
    """Tell a block of cells by a figure, "Arc  0.85", or by two lines on one height."""
    return len({round(line.base) for line in block.lines}) < len(block.lines) or bool(re.search(r"\d", block.text))


def stands_in_rows(block: Block) -> bool:
    """Tell cells without a caption: most lines share their height with another, and numbers abound."""
    if len(block.lines) < _LEAST_LINES:
        return False
    heights = Counter(round(line.base) for line in block.lines)
    shared = sum(count for count in heights.values() if count > 1)
    words = block.text.split()
    numbers = sum(bool(NUMBER.match(word)) for word in words)
    return shared > _SHARED * len(block.lines) and numbers > _NUMBERS * len(words)
