"""Find tables on a page: the run of cells next to a caption "Table N", or cells alone when they stand in clear rows.

Not handled here: their rows and columns (`grid`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rag.reading.grid import NUMBER, by_height
from rag.reading.layout import Measure
from rag.reading.sheet import Block, Line

CAPTION = re.compile(
    r"^(?:\[IMAGE:\s*)?(?:Extended Data |Supplementary )?"
    r"(?:Figure|Fig|FIG|FIGURE|Table|TABLE|Tab|Algorithm|Listing|Scheme|Box)\.?"
    r"\s*[A-Z]?\.?\d*[IVX]*[a-z]?\s*(?:[.:|—–]|-\s|\s(?=[A-Z(“])|$)"
)
_TABLE_CAPTION = re.compile(r"^(?:Supplementary )?(?:Table|TABLE|Tab)\b")
_LARGE = 1.25  # times the size of body and caption: no cell, but a title
_MOST_CAPTIONS = 100  # of tables on a page: more are no captions
_NEAR = 2.6  # usual line distances between a table and its caption


def gather_tables(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> list[Block]:
    """Return a page's blocks with the cells of each table as one block, labelled, in rows from top to bottom.

    `prose` tells for each block whether it reads as text or is settled already; such blocks end a table.
    """
    taken: dict[int, int] = {}
    captions = [
        index for index, block in enumerate(blocks) if block.label == "caption" and _TABLE_CAPTION.match(block.text)
    ]
    sides = _orders(blocks) if captions else ()
    for index in captions if len(captions) <= _MOST_CAPTIONS else ():
        for other in _cells_near(blocks, prose, index, usual, taken, sides):
            taken[other] = index
    groups: dict[int, list[int]] = {}
    for other, owner in taken.items():
        groups.setdefault(owner, []).append(other)
    result: list[Block] = []
    placed = {min(members): sorted(members) for members in groups.values()}
    for index, block in enumerate(blocks):
        if index in placed:
            lines = [line for member in placed[index] for line in blocks[member].lines]
            result.append(_table(blocks[index].page, lines))
        elif index not in taken:
            free = not prose[index] and block.label == "body" and _in_rows(block)
            result.append(_table(block.page, block.lines) if free else block)
    return result


def _orders(blocks: Sequence[Block]) -> tuple[list[int], list[int]]:
    """Return the numbers of a page's blocks from top to bottom by upper edge, and from bottom to top by lower edge."""
    numbers = range(len(blocks))
    return sorted(numbers, key=lambda i: blocks[i].top), sorted(numbers, key=lambda i: -blocks[i].bottom)


def _cells_near(
    blocks: Sequence[Block],
    prose: Sequence[bool],
    caption: int,
    usual: Measure,
    taken: Mapping[int, int],
    orders: Sequence[Sequence[int]],
) -> list[int]:
    """Return the blocks that follow the caption downwards or upwards without text between; the fuller side wins."""
    sides: list[list[int]] = []
    for down, order in zip((True, False), orders, strict=True):
        top, bottom = blocks[caption].top, blocks[caption].bottom
        left, right = blocks[caption].left, blocks[caption].right
        found: list[int] = []
        for index in order:
            block = blocks[index]
            gap = block.top - bottom if down else top - block.bottom
            if gap > _NEAR * usual.pitch:  # and so is all that comes later
                break
            if index == caption or gap < -0.6 * usual.pitch or block.right < left or block.left > right:
                continue
            large = block.size > _LARGE * max(usual.size, blocks[caption].size)
            if prose[index] or large or index in taken:
                break
            found.append(index)
            top, bottom = min(top, block.top), max(bottom, block.bottom)
            left, right = min(left, block.left), max(right, block.right)
        sides.append(found)
    return max(sides, key=lambda side: sum(len(blocks[index].lines) for index in side if _cellish(blocks[index])))


def _cellish(block: Block) -> bool:
    return len({round(line.base) for line in block.lines}) < len(block.lines) or bool(re.search(r"\d", block.text))


def _in_rows(block: Block) -> bool:
    """Tell cells without a caption: most lines share their height with another, and numbers abound."""
    if len(block.lines) < 6:
        return False
    heights = Counter(round(line.base) for line in block.lines)
    shared = sum(count for count in heights.values() if count > 1)
    words = block.text.split()
    return shared > 0.6 * len(block.lines) and sum(bool(NUMBER.match(word)) for word in words) > 0.3 * len(words)


def _table(page: int, lines: Sequence[Line]) -> Block:
    return Block(page, tuple([line for row in by_height(lines) for line in row]), "table")
