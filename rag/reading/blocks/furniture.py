"""Find what belongs to the page and not to the paper: running heads, page numbers, line numbers, the stamp."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from rag.reading.blocks.layout import Measure
from rag.reading.sheet import STAMP, Block, Line, Sheet, Word

_PAGE_NUMBER = re.compile(r"^[-–—\s]*(?:page\s+|p\.\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d+)?[-–—\s.]*$", re.I)
_WHOLE_STAMP = re.compile(
    rf"{STAMP.pattern}\s*(?:\[[\w.-]+\])?\s*(?:\d{{1,2}} [A-Z][a-z]{{2}} \d{{4}})?", re.IGNORECASE
)
_CUE = re.compile(
    r"downloaded|©|\(c\)|copyright|www\.|https?:|\bdoi\b|\bissn\b|published by|\bvol(?:ume)?\b|\bdate:|\|", re.I
)
_NOTE = re.compile(r"\d{1,2}\s?(?:[A-Z][a-z]|https?:|www)|[∗*†‡§¶⋆]")
_EDGE = 0.115  # of a page's height: where running heads and feet stand
_WIDE_EDGE = 0.2  # where they stand on a small page printed on a large sheet
_LARGE = 1.2  # times the size of the body: a title, whatever it names
_SHORT = 100  # characters
_MIN_NUMBERED = 8  # lines: fewer numbers in a margin are no line numbers
_MAX_STEP = 10  # lines from one number to the next
_TALL = 0.3  # of a page's height: less is no margin full of numbers
_REGULAR = 0.85  # of the steps are equal: formulas displayed between lines take a number or two
_STRAY = 0.02  # of a page's words may stand where only numbers should

Mark = tuple[int, float, int, Word]  # page, baseline, number


def line_numbers(sheets: Sequence[Sheet]) -> list[frozenset[Word]]:
    """Return for each page the words that number its lines in a margin: rising numbers under each other."""
    found = [set[Word]() for _ in sheets]
    everywhere: dict[int, list[Mark]] = defaultdict(list)
    for page, sheet in enumerate(sheets):
        columns: dict[int, list[Mark]] = defaultdict(list)
        glyphs = sheet.glyphs
        for word in [word for word in sheet.words if word[1] - word[0] <= 4 and glyphs[word[0]].isdecimal()]:
            text = glyphs[word.start : word.end]
            if text.isdecimal():
                columns[round(word.right / 4)].append((page, word.base, int(text), word))
        for key, marks in columns.items():
            everywhere[key] += marks
            column = sorted(marks + columns.get(key + 1, []))
            if counts_lines(column, _MIN_NUMBERED) and beside_text(sheet, [word for *_, word in column]):
                found[page].update(word for *_, word in column)
    for key, marks in everywhere.items():
        column = sorted(marks + everywhere.get(key + 1, []))
        if column[0][0] != column[-1][0] and counts_lines(column, _MIN_NUMBERED // 2) and set_small(sheets, column):
            for page, _, _, word in column:
                found[page].add(word)
    return [frozenset(words) for words in found]


def counts_lines(column: Sequence[Mark], least: int) -> bool:
    """Tell numbers that rise by the same step on each page, at least so many times: 5, 10, 15, not 7, 3, 12."""
    if len(column) < _MIN_NUMBERED:
        return False
    steps = [after[2] - before[2] for before, after in pairwise(column) if before[0] == after[0]]
    step, count = Counter(steps).most_common(1)[0] if steps else (0, 0)
    return 0 < step <= _MAX_STEP and count >= max(least, _REGULAR * len(steps))


def set_small(sheets: Sequence[Sheet], column: Sequence[Mark]) -> bool:
    """Tell numbers all down the margin of most of their pages, smaller than the text; marks of notes stand lower."""
    pages: dict[int, list[Word]] = defaultdict(list)
    for page, _, _, word in column:
        pages[page].append(word)
    tall = sum(words[-1].base - words[0].base > _TALL * sheets[page].height for page, words in pages.items())
    if 2 * tall < len(pages):
        return False
    small = 0
    for page, words in pages.items():
        sizes = Counter(word.size for word in sheets[page].words)
        small += len(words) * (words[0].size < 0.9 * sizes.most_common(1)[0][0])
    return small > 0.8 * len(column) and all(beside_text(sheets[page], words) for page, words in pages.items())


def beside_text(sheet: Sheet, column: Sequence[Word]) -> bool:
    """Tell whether nothing but such numbers stands on one side of them, or between two columns with them."""
    left, right = min(word.left for word in column), max(word.right for word in column)
    starts = {word.start for word in column}
    others = [word for word in sheet.words if word.start not in starts]
    before, after = sum(word.right < left for word in others), sum(word.left > right for word in others)
    within = sum(word.left < right and word.right > left for word in others)
    return min(before, after, within) < _STRAY * max(1, len(others))


def furniture(pages: Sequence[tuple[Sequence[Block], float]], usual: Measure) -> set[tuple[int, int]]:
    """Return (page, block) of running heads and feet and page numbers; `pages` holds blocks and heights."""
    found: set[tuple[int, int]] = set()
    edges: list[tuple[int, int, str]] = []
    for index, (blocks, height) in enumerate(pages):
        ends = min((block.top for block in blocks), default=0.0), max((block.bottom for block in blocks), default=0.0)
        for number, block in enumerate(blocks):
            at_edge = _at_edge(block, height, _EDGE)
            if len(block.lines) > 4 or not (at_edge or leads(block, ends, height)):
                continue
            letters = re.sub(r"[\d\W]+", "", block.text).lower()
            edges.append((index, number, f"{letters}@{round(block.lines[0].size)}"))
            if at_edge and _PAGE_NUMBER.match(block.text) and _outermost(block, ends):
                found.add((index, number))
    seen: dict[str, set[int]] = defaultdict(set)
    for index, _, key in edges:
        seen[key].add(index)
    for index, (blocks, height) in enumerate(pages):
        found.update((index, number) for number in set_apart(blocks, height, usual, len(pages) < 3))
    enough = 2 if len(pages) < 12 else 3
    found.update((index, number) for index, number, key in edges if key and len(seen[key]) >= enough)
    found.update((0, number) for number, block in enumerate(pages[0][0]) if _WHOLE_STAMP.fullmatch(block.text.strip()))
    return found


def _at_edge(block: Block, height: float, edge: float) -> bool:
    return block.bottom < edge * height or block.top > (1 - edge) * height


def leads(block: Block, ends: tuple[float, float], height: float) -> bool:
    """Tell a short line that is the first or last of a page with wide margins: "Lamps in Rain · 7"."""
    short = len(block.lines) < 3 and len(block.text) < _SHORT
    return short and _at_edge(block, height, _WIDE_EDGE) and _outermost(block, ends)


def set_apart(blocks: Sequence[Block], height: float, usual: Measure, alone: bool) -> list[int]:
    """Return short lines at the edge of one page that its text keeps away from: heads and feet that never repeat.

    "Published by the Harbour Archive, 1997" at the foot of a first page; `alone` tells that a paper has one or two.
    """
    found: list[int] = []
    for at_top in (True, False):
        order = sorted(range(len(blocks)), key=lambda i: blocks[i].top if at_top else -blocks[i].bottom)
        outer: list[int] = []  # further out, and close to what follows
        for place, number in enumerate(order):
            block = blocks[number]
            edge = block.bottom < 0.1 * height if at_top else block.top > 0.9 * height
            if not edge or len(block.text) > 120 or len(block.lines) > 3 or _NOTE.match(block.text):
                break
            gap = 0.0
            if place + 1 < len(order):  # in this order, the nearest of what stands further in
                inner = blocks[order[place + 1]]
                gap = max(0.0, inner.top - block.bottom if at_top else block.top - inner.bottom)
            small = block.size < 0.95 * usual.size or (alone and block.size < 1.06 * usual.size)
            named = block.size < _LARGE * usual.size and _CUE.search(block.text)
            if gap > 1.2 * usual.pitch and (small or named):
                found += [*outer, number]
                outer = []
            elif gap > 0.5 * usual.pitch:
                break
            else:
                outer.append(number)
    return found


def _outermost(block: Block, ends: tuple[float, float]) -> bool:
    return block.top <= ends[0] + 12 or block.bottom >= ends[1] - 12


def is_stamp(text: str) -> bool:
    """Tell the stamp that arXiv prints up the left margin of page 1."""
    return STAMP.match(text) is not None


def turned_blocks(sheet: Sheet) -> list[Block]:
    """Return text that does not run from left to right, the arXiv stamp or labels of plots, as blocks."""
    runs: list[list[Word]] = []
    for word in sheet.turned:
        if runs and word.start - runs[-1][-1].end < 4 and abs(word.size - runs[-1][-1].size) < 0.1:
            runs[-1].append(word)
        else:
            runs.append([word])
    blocks = []
    for run in runs:
        text = " ".join(sheet.glyphs[word.start : word.end] for word in run)
        line = Line(
            words=tuple(run),
            left=min(word.left for word in run) - run[0].size,
            right=max(word.right for word in run),
            top=min(word.base for word in run) - run[0].size,
            bottom=max(word.base for word in run),
            base=run[0].base,
            size=run[0].size,
            text=text,
            letters=len(text),
        )
        blocks.append(Block(sheet.number, (line,), "furniture" if is_stamp(text) or _CUE.search(text) else "other"))
    return blocks


def is_turned(block: Block) -> bool:
    """Tell a block of text that does not run from left to right: its edge is not that of its words."""
    return len(block.lines) == 1 and block.left < min([word.left for word in block.lines[0].words])
