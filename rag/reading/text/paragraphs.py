"""Follow paragraphs through a paper, over columns, pages, formulas and figures, and cut them into sentences.

Text that floats (captions, footnotes, tables) comes after the running text of its section, so that it does not
stand between two sentences that follow each other. Not handled here: where a sentence ends (`rag.language`), the rows
of tables.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.language import HYPHENS, STOPS, boundaries, flags_of, goes_on_unspaced, is_measured_value, opens_sentence
from rag.papers import SOFT_HYPHEN, Label, Sentence, Span
from rag.reading.sheet import Block
from rag.reading.text.clean_text import Written

_FLOWING: frozenset[Label] = frozenset({"abstract", "body", "appendix"})
_ENDS = (".", "!", "?", ":", ".”", '."', "?”", "!”", ".)", ";", *STOPS)
_ITEM = re.compile(r"^(?:[•‣◦▪■●○∙]|[–—*·]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s)")
_NOTE_MARK = re.compile(r"(?:\d{1,2}(?=[\sA-Zh])|[∗*†‡§¶⋆]+)?\s*")  # h: 3https://...
_MARK = re.compile(r"\d{1,2}|[∗*†‡§¶]+")
_SHOWN = 60  # characters of the next block, which tell how a word broken between two is written

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

    def last(chain: Chain) -> Block:
        page, number = chain.members[-1]
        return pages[page][number]

    for index, blocks in enumerate(pages):
        for number, block in enumerate(blocks):
            place = (index, number)
            if block.label == "heading":
                found += flowing + floating
                flowing, floating = [], []
            elif block.label in _FLOWING or (block.label == "equation" and flowing):
                if flowing and goes_on(last(flowing[-1]), block, flowing[-1]):
                    flowing[-1].members.append(place)
                elif block.label != "equation":
                    flowing.append(Chain(block.label, block.section, [place]))
            elif block.label == "footnote" and note and note_goes_on(last(note), block):
                note.members.append(place)
            elif block.label in ("caption", "footnote", "table"):
                floating.append(Chain(block.label, block.section, [place]))
                note = floating[-1] if block.label == "footnote" else note
    return found + flowing + floating


def goes_on(last: Block, block: Block, chain: Chain) -> bool:
    """Tell whether a paragraph that so far ends with `last` goes on with a block.

    "as the lamps of" goes on at the top of the next column, whatever stands there, but below itself only with a small
    letter; "the lamps are lit:" goes on with "where" after a formula.
    """
    if block.label == "equation":
        return block.page - last.page <= 1
    if block.label != chain.label or block.section != chain.section or _ITEM.match(block.text):
        return False
    if last.label == "equation" or last.text.endswith(HYPHENS):
        return True
    small = block.text[:1].islower()
    if last.text.rstrip().endswith(_ENDS):
        return small and not last.text.rstrip().endswith(".")
    below = block.page == last.page and block.top > last.top and block.left < last.right and block.right > last.left
    return not below or small or not block.text[:1].isalpha()


def note_goes_on(last: Block, block: Block) -> bool:
    """Tell whether a footnote that ends with `last`, there or on the page before, goes on with a block.

    "1 The lamps of the" goes on with "harbour.", but not with "2 Ibid."
    """
    if _NOTE_MARK.match(block.text)[0]:  # type: ignore[index]  # matches everywhere
        return False
    return block.page - last.page <= 1 and not last.text.rstrip().endswith(_ENDS)


def open_ends(pages: Sequence[Sequence[Block]], found: Sequence[Chain]) -> dict[Place, str]:
    """Return the blocks that end within a word, each with the text that goes on with it."""
    ends: dict[Place, str] = {}
    for chain in found:
        for before, after in zip(chain.members, chain.members[1:], strict=False):
            text, following = pages[before[0]][before[1]].text, pages[after[0]][after[1]].text[:_SHOWN]
            if text.endswith(HYPHENS) or goes_on_unspaced(text, following):
                ends[before] = following
    return ends


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold one stretch of a paragraph: its place, its text, whether it is a displayed formula."""

    page: int
    start: int
    end: int
    text: str
    formula: bool = False
    raised: tuple[tuple[int, int], ...] = ()  # marks above the line, counted from the piece's start


def pieces_of(chain: Chain, pages: Sequence[Sequence[Block]], written: Sequence[Written]) -> list[Piece]:
    """Return the stretches of page text that make up a paragraph, without the marks of that page's footnotes."""
    pieces: list[Piece] = []
    for index, number in chain.members:
        text, (start, end), raised = written[index].page.text, written[index].places[number], written[index].raised
        inner = raised[bisect_left(raised, (start, 0)) : bisect_left(raised, (end, 0))]
        notes = [block.text for block in pages[index] if block.label == "footnote"] if inner else []
        marks = {match[0] for note in notes if chain.label in _FLOWING and (match := _MARK.match(note))}
        if chain.label == "footnote" and (index, number) == chain.members[0]:
            start += len(_NOTE_MARK.match(text[start:end])[0])  # type: ignore[index]  # matches everywhere
        for left, right in without_note_marks(text, inner, start, end, marks):
            above = tuple((a - left, b - left) for a, b in inner if left <= a and b <= right)
            formula = pages[index][number].label == "equation"
            pieces.append(Piece(index + 1, left, right, text[left:right], formula, above))
    return pieces


def without_note_marks(
    text: str, raised: Sequence[tuple[int, int]], start: int, end: int, marks: set[str]
) -> list[tuple[int, int]]:
    """Return the parts of a text around the raised marks of footnotes, which touch a word before and none after.

    Of "the lamps1 are" with a raised 1 and a footnote 1, "the lamps" and "are".
    """
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


_Placed = tuple[Piece, int, int]  # where in the text of its paragraph a piece begins and ends


def sentences_of(
    pieces: Sequence[Piece], label: Label, section: tuple[str, ...], paragraph: int, number: int
) -> list[Sentence]:
    """Return the sentences of one paragraph, counted from `number`."""
    text, placed = "", list[_Placed]()
    for piece in pieces:  # joined as `text_at` does, but for the soft hyphens, which stay, so that offsets are plain
        if text and not text.endswith(SOFT_HYPHEN):
            text += " "
        placed.append((piece, len(text), len(text) + len(piece.text)))
        text += piece.text
    formulas = [(left, right) for piece, left, right in placed if piece.formula and not is_measured_value(piece.text)]
    found: list[Sentence] = []
    for start, end in _ended_by_formulas(boundaries(_ended_by_marks(text, placed)), text, placed):
        words = text[start:end].replace(SOFT_HYPHEN, "")
        flags = flags_of(words, any(left < end and right > start for left, right in formulas))
        spans = tuple(
            Span(piece.page, piece.start + max(start, left) - left, piece.start + min(end, right) - left)
            for piece, left, right in placed
            if left < end and right > start
        )
        found.append(Sentence(number + len(found), words, spans, label, section, paragraph, flags))
    return found


def _ended_by_marks(text: str, placed: Sequence[_Placed]) -> str:
    """Return a text of the same length in which raised marks after a stop look like closing quotes: "lit.12 We"."""
    for piece, offset, _ in placed:
        end = -1
        for start, stop in piece.raised:
            before, end = end, stop
            left, right = offset + start, offset + stop
            if start != before and left and text[left - 1] in ".!?…”)":
                text = text[:left] + "”" * (right - left) + text[right:]
    return text


def _ended_by_formulas(found: Sequence[tuple[int, int]], text: str, placed: Sequence[_Placed]) -> list[tuple[int, int]]:
    """End a sentence after a displayed formula when what follows starts a new one: "a = b (3) We see", not "where"."""
    cuts = [
        end
        for piece, _, end in placed
        if piece.formula and not piece.text.rstrip().endswith(",") and opens_sentence(text[end:].lstrip())
    ]
    result: list[tuple[int, int]] = []
    for start, end in found:
        for cut in cuts:
            if start < cut < end - 1:
                result.append((start, cut))
                start = cut + len(text[cut:]) - len(text[cut:].lstrip())
        result.append((start, end))
    return result
