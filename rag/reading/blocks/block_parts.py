"""Cut blocks into what they consist of: a caption and cells, a run-in heading and text, several footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from rag.reading.blocks.block_text import is_marked, is_prose, is_small
from rag.reading.blocks.first_page import split_abstract, split_keywords
from rag.reading.blocks.headings import split_run_in
from rag.reading.blocks.layout import Measure
from rag.reading.sheet import Block
from rag.reading.tables.detection import CAPTION

_WHOLE_CAPTION = re.compile(r"\w+\.?\s*[\dIVX]+[a-z]?\W+\w")  # a number, and what it names
_MAX_LABELS = 12  # lines: a figure with more words has a block of its own


def parts_of(block: Block, usual: Measure, height: float, first: bool) -> Iterator[Block]:
    """Yield the parts of a block; `first` tells that it stands on page 1."""
    if block.label == "furniture":
        yield block
    elif CAPTION.match(block.text):
        yield from _caption_parts(block)
    elif is_small(block, usual) and block.top > 0.5 * height and is_marked(block.lines[0]):
        marked = [number for number, line in enumerate(block.lines) if number and is_marked(line)]
        for start, end in pairwise([0, *marked, len(block.lines)]):
            yield replace(block, lines=block.lines[start:end], judged={})
    else:
        start = _inner_caption(block, usual)
        if start:
            yield from parts_of(replace(block, lines=block.lines[:start], judged={}), usual, height, first)
            yield from _caption_parts(replace(block, lines=block.lines[start:], judged={}))
            return
        ends = split_keywords(block) if first else None
        if ends:
            yield from parts_of(ends[0], usual, height, first)
            yield ends[1]
            return
        halves = split_abstract(block) if first else None
        halves = halves or split_run_in(block, usual)
        if halves and is_prose(halves[1], usual):
            yield halves[0].told("heading")
            yield halves[1]
        else:
            yield block


def _inner_caption(block: Block, usual: Measure) -> int:
    """Return at which line of a block a caption begins that follows the words of its figure, 0 for none."""
    for number, line in enumerate(block.lines[:_MAX_LABELS]):
        if number and line.text[0] in "FTAS" and _WHOLE_CAPTION.match(line.text) and CAPTION.match(line.text):
            above = replace(block, lines=block.lines[:number], judged={})
            return 0 if is_prose(above, usual) or above.text.rstrip()[-1:] in ",;(" else number
    return 0


def _caption_parts(block: Block) -> Iterator[Block]:
    for number in range(1, len(block.lines)):
        if abs(block.lines[number].base - block.lines[number - 1].base) < 0.3 * block.lines[number].size:
            first = max(1, number - 1)
            yield replace(block, lines=block.lines[:first], label="caption", judged={})
            yield replace(block, lines=block.lines[first:], judged={})
            return
    yield block.told("caption")
