"""Find tables on a page: the run of cells next to a caption "Table N", or cells alone when they stand in clear rows.

Not handled here: their rows and columns (`grid`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

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
_NEAR = 2.6  # usual line distances between a table and its caption


def gather_tables(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> list[Block]:
    """Return a page's blocks with the cells of each table as one block, labelled, in rows from top to bottom.

    `prose` tells for each block whether it reads as text or is settled already; such blocks end a table.
    """
    groups = _groups(blocks, prose, usual)
    taken = {other for members in groups.values() for other in members}
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


def _groups(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> dict[int, list[int]]:
    """Return the cells of each caption: on the side where every caption of the page has some, else on the fuller."""
    captions = [i for i, block in enumerate(blocks) if block.label == "caption" and _TABLE_CAPTION.match(block.text)]
    both = [[_cells(blocks, prose, i, usual, down, ()) for down in (True, False)] for i in captions]
    every = [all(side) for side in zip(*[sides for sides in both if any(sides)], strict=True)] or [True, True]
    taken: set[int] = set()
    groups: dict[int, list[int]] = {}
    for caption in captions:
        found = [
            _cells(blocks, prose, caption, usual, down, taken)
            for down, all_have in zip((True, False), every, strict=True)
            if all_have or not any(every)
        ]
        fuller = max(found, key=lambda side: sum(len(blocks[i].lines) for i in side if _cellish(blocks[i])))
        if fuller:
            groups[caption] = fuller
            taken.update(fuller)
    return groups


def _cells(
    blocks: Sequence[Block], prose: Sequence[bool], caption: int, usual: Measure, down: bool, taken: Collection[int]
) -> list[int]:
    """Return the blocks that follow the caption downwards or upwards without text between."""
    named = blocks[caption]
    top, bottom, left, right = named.top, named.bottom, named.left, named.right
    order = sorted(range(len(blocks)), key=lambda i: blocks[i].top if down else -blocks[i].bottom)
    found: list[int] = []
    for index in order:
        block = blocks[index]
        away = block.top - named.bottom if down else named.top - block.bottom
        if index == caption or away < -0.6 * usual.pitch or block.right < left or block.left > right:
            continue
        gap = block.top - bottom if down else top - block.bottom
        large = block.size > _LARGE * max(usual.size, named.size)
        if prose[index] or large or index in taken or gap > _NEAR * usual.pitch:
            if gap < -0.6 * usual.pitch:
                continue  # stands beside the cells
            break
        found.append(index)
        top, bottom = min(top, block.top), max(bottom, block.bottom)
        left, right = min(left, block.left), max(right, block.right)
    return found


def is_one_row(block: Block) -> bool:
    """Tell cells that stand side by side: the names over columns may read as text."""
    return len(block.lines) > 1 and len({round(line.base) for line in block.lines}) == 1


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
