"""Follow paragraphs through a paper: over columns, pages, formulas and figures, and leave out footnote marks.

Text that floats (captions, footnotes, tables) comes after the running text of its section, so that it does not
stand between two sentences that follow each other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.language import Piece
from rag.papers import Label
from rag.reading.glyphs.sheet import Block
from rag.reading.text.clean_text import Written

_FLOWING: frozenset[Label] = frozenset({"abstract", "body", "appendix"})
_ENDS = (".", "!", "?", ":", ".”", '."', "?”", "!”", ".)", ";")
_ITEM = re.compile(r"^(?:[•‣◦▪■●○∙]|[–—*·]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s)")
_NOTE_MARK = re.compile(r"(?:\d{1,2}(?=[\sA-Zh])|[∗*†‡§¶⋆]+)?\s*")
_HYPHENS = ("-", "\u2010", "\u00ad", "\x02")

Place = tuple[int, int]  # page index, block index


@dataclass
class Chain:
    """Hold the blocks of one paragraph, or one block that floats."""

    label: Label
    section: tuple[str, ...]
    members: list[Place] = field(default_factory=list)


def chains(pages: Sequence[Sequence[Block]]) -> list[Chain]:
    """Return the paragraphs of a paper in reading order, those that float after the others of their section."""
    found: list[Chain] = []
    flowing: list[Chain] = []
    floating: list[Chain] = []
    note: Chain | None = None  # the last one
    for index, blocks in enumerate(pages):
        for number, block in enumerate(blocks):
            place = (index, number)
            if block.label == "heading":
                found += flowing + floating
                flowing, floating = [], []
            elif block.label in _FLOWING or (block.label == "equation" and flowing):
                if flowing and _goes_on(pages, flowing[-1], place):
                    flowing[-1].members.append(place)
                elif block.label != "equation":
                    flowing.append(Chain(block.label, block.section, [place]))
            elif block.label == "footnote" and note and _note_goes_on(pages, note, place):
                note.members.append(place)
            elif block.label in ("caption", "footnote", "table"):
                floating.append(Chain(block.label, block.section, [place]))
                note = floating[-1] if block.label == "footnote" else note
    return found + flowing + floating


def _note_goes_on(pages: Sequence[Sequence[Block]], note: Chain, place: Place) -> bool:
    """Tell whether a footnote just before, or on the page before, breaks off and goes on at a place."""
    page, number = place
    if _NOTE_MARK.match(pages[page][number].text)[0]:  # type: ignore[index]  # matches everywhere
        return False
    last_page, last_number = note.members[-1]
    return page - last_page <= 1 and not pages[last_page][last_number].text.rstrip().endswith(_ENDS)


def _goes_on(pages: Sequence[Sequence[Block]], chain: Chain, place: Place) -> bool:
    last_page, last_number = chain.members[-1]
    last, block = pages[last_page][last_number], pages[place[0]][place[1]]
    if block.label == "equation":
        return place[0] - last_page <= 1
    if block.label != chain.label or block.section != chain.section or _ITEM.match(block.text):
        return False
    if last.label == "equation":
        return True
    if last.text.endswith(_HYPHENS):
        return True
    if last.text.rstrip().endswith(_ENDS):
        return block.text[:1].islower() and not last.text.rstrip().endswith(".")
    below = place[0] == last_page and block.top > last.top and block.left < last.right and block.right > last.left
    return not below or block.text[:1].islower() or not block.text[:1].isalpha()


def open_ends(pages: Sequence[Sequence[Block]], found: Sequence[Chain]) -> dict[Place, str]:
    """Return the blocks that end within a word, each with the text that goes on with it."""
    ends: dict[Place, str] = {}
    for chain in found:
        for before, after in zip(chain.members, chain.members[1:], strict=False):
            if pages[before[0]][before[1]].text.endswith(_HYPHENS):
                ends[before] = pages[after[0]][after[1]].text[:60]
    return ends


def pieces_of(chain: Chain, pages: Sequence[Sequence[Block]], written: Sequence[Written]) -> list[Piece]:
    """Return the stretches of page text that make up a paragraph, without the marks of that page's footnotes."""
    pieces: list[Piece] = []
    for index, number in chain.members:
        page = written[index]
        start, end = page.places[number]
        formula = pages[index][number].label == "equation"
        inner = _within(page.raised, start, end)
        marks = _marks(pages[index]) if inner and chain.label in _FLOWING else frozenset()
        if chain.label == "footnote" and (index, number) == chain.members[0]:
            start += len(_NOTE_MARK.match(page.page.text[start:end])[0])  # type: ignore[index]
        for left, right in _without_marks(page.page.text, inner, start, end, marks):
            raised = tuple((a - left, b - left) for a, b in inner if left <= a and b <= right)
            pieces.append(Piece(index + 1, left, right, page.page.text[left:right], formula, raised))
    return pieces


def _marks(blocks: Sequence[Block]) -> frozenset[str]:
    """Return the marks with which a page's footnotes begin."""
    found = set()
    for block in blocks:
        if block.label == "footnote":
            match = re.match(r"\d{1,2}|[∗*†‡§¶]+", block.text)
            if match:
                found.add(match[0])
    return frozenset(found)


def _within(raised: Sequence[tuple[int, int]], start: int, end: int) -> Sequence[tuple[int, int]]:
    """Return the raised stretches, which follow each other, that begin within a part of the page."""
    return raised[bisect_left(raised, (start, 0)) : bisect_left(raised, (end, 0))]


def _without_marks(
    text: str, raised: Sequence[tuple[int, int]], start: int, end: int, marks: frozenset[str]
) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    for left, right in raised:
        if not (start < left and right <= end) or text[left:right] not in marks or text[left - 1].isspace():
            continue
        if right == end or text[right].isspace():
            parts.append((start, left))
            start = right
            while start < end and text[start].isspace():
                start += 1
    if start < end:
        parts.append((start, end))
    return parts
