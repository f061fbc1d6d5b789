"""Make citable sentences of table rows: each with its caption and header, so that its numbers say something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.language import boundaries
from rag.papers import Flag, Sentence, Span, text_at
from rag.reading.blocks.furniture import is_turned
from rag.reading.sheet import Block
from rag.reading.tables.rows import Table, table_of
from rag.reading.tables.grid import Mark
from rag.reading.text.clean_text import Written
from rag.reading.text.paragraphs import Chain

_NAME = re.compile(r"^(?:Supplementary )?(?:Table|TABLE|Tab\.?)\s*[A-Z]?\.?[\dIVX]+")
_WORD = re.compile(r"\S+")
_MAX_CAPTION = 300  # characters: a longer first sentence is left out of its rows
_BESIDE = 3.0  # of a font size: how far left of a table its labels stand
_TOLD = 8  # tables named in one line
_ROW: tuple[Flag, ...] = ("row",)


def table_rows(
    chain: Chain, blocks: Sequence[Sequence[Block]], written: Sequence[Written], paragraph: int, number: int
) -> tuple[list[Sentence], list[str]]:
    """Return a table's rows as sentences, and its name and page when they cannot be read."""
    ((index, at),) = chain.members
    block, page = blocks[index][at], written[index]
    captions = _captions(blocks[index], at)
    table = Table()
    if len(captions) < 2 and not _turned_beside(blocks[index], block):  # two tables side by side have rows of neither
        table = table_of(block)
    if not table.rows:
        return [], [_lost(blocks[index], captions[0], index)] if captions else []
    places = _word_places(page, at, block)
    lead = _first_sentence(page, captions[0]) if captions else []
    pages = [part.page for part in written]
    found: list[Sentence] = []
    for group, row in table.rows:
        spans = (
            *lead,
            *(span for marks in (table.header, group, row.marks) for span in _spans(marks, places, index + 1)),
        )
        text = text_at(pages, spans)
        found.append(Sentence(number + len(found), text, spans, "table", chain.section, paragraph, _ROW))
    return found, []


def _word_places(page: Written, at: int, block: Block) -> dict[Mark, tuple[int, int]]:
    """Return where each word of a table stands on its page; of a line written in other words, where that does."""
    found: dict[Mark, tuple[int, int]] = {}
    for number, (line, (start, end)) in enumerate(zip(block.lines, page.lines[at], strict=True)):
        words = [(start + match.start(), start + match.end()) for match in _WORD.finditer(page.page.text[start:end])]
        count = len(line.text.split())
        found.update({(number, own): words[own] if len(words) == count else (start, end) for own in range(count)})
    return found


def _spans(marks: Sequence[Mark], places: Mapping[Mark, tuple[int, int]], page: int) -> Iterator[Span]:
    """Yield the stretches of text in which words follow each other."""
    runs: list[tuple[int, int]] = []
    for start, end in [places[mark] for mark in marks]:
        if runs and runs[-1][0] <= start <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(runs[-1][1], end))
        else:
            runs.append((start, end))
    return (Span(page, start, end) for start, end in runs)


def _captions(blocks: Sequence[Block], table: int) -> list[int]:
    """Return the caption nearest to a table on its page, and those that stand beside that one, over the table too."""
    block = blocks[table]

    def distance(index: int) -> float:
        other = blocks[index]
        return max(other.top - block.bottom, block.top - other.bottom)

    near = [
        index
        for index, other in enumerate(blocks)
        if other.label == "caption"
        and _NAME.match(other.text)
        and other.left < block.right
        and other.right > block.left
        and distance(index) < 4 * block.lines[0].size
    ]
    if not near:
        return []
    nearest = min(near, key=distance)
    level = [other for other in near if _level(blocks[nearest], blocks[other]) and other != nearest]
    return [nearest, *level]


def _turned_beside(blocks: Sequence[Block], table: Block) -> bool:
    """Tell a label that runs upwards beside some rows: what it says of them is not on their lines."""
    left = table.left - _BESIDE * table.size
    return any(
        is_turned(other) and left < other.right < table.right and table.top < other.bottom < table.bottom + table.size
        for other in blocks
        if other.label == "other"
    )


def _level(one: Block, other: Block) -> bool:
    return one.top < other.bottom and other.top < one.bottom


def _first_sentence(page: Written, caption: int) -> list[Span]:
    start, end = page.places[caption]
    left, right = boundaries(page.page.text[start:end])[0]
    return [Span(page.page.number, start + left, start + right)] if right - left <= _MAX_CAPTION else []


def _lost(blocks: Sequence[Block], caption: int, index: int) -> str:
    match = _NAME.match(blocks[caption].text)
    return f"{match[0] if match else 'a table'} (page {index + 1})"


def unread(names: Sequence[str]) -> list[str]:
    """Say in one line which tables cannot be read."""
    names = list(dict.fromkeys(names))
    if len(names) < 2:
        return [f"{name}: columns cannot be told apart" for name in names]
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return [f"{len(names)} tables whose columns cannot be told apart: {', '.join(names[:_TOLD])}{more}"]
