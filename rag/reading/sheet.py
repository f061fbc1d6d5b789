"""Define what stands on a page before it is text: words with their places, lines, blocks.

Lengths are PDF points from the page's top left corner. Words and lines travel in thousands per paper, so they are
named tuples; everything else is a frozen dataclass. Nothing here reads a PDF.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from rag.papers import HiddenText, Label

LINE_HYPHEN = "\x02"  # PDFium's own mark for a hyphen at the end of a line
UNKNOWN = "\ufffd"  # a glyph without a known character

STAMP = re.compile(r"arXiv:\s*((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7})|\d{4}\.\d{4,5})(?:v(\d+))?", re.IGNORECASE)
_MARGIN = 0.2  # of a page's width: figures that show a stamp stand further right

Box = tuple[float, float, float, float]

new_tuple = tuple.__new__  # a named tuple's own constructor takes twice the time


class Style(NamedTuple):
    """Name a font and what it looks like."""

    font: str
    bold: bool
    italic: bool
    math: bool
    mono: bool


class Word(NamedTuple):
    """Place one word: glyphs `start` to `end` of the page, its edges, baseline and font size."""

    start: int
    end: int
    left: float
    right: float
    base: float
    size: float
    style: Style
    glued: bool  # follows the word before without a blank
    breaks: bool  # PDFium saw a new line before this word


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold one page as PDFium shows it: its glyphs as characters, its visible words, what is hidden."""

    number: int
    width: float
    height: float
    glyphs: str  # one code point per PDFium character
    words: tuple[Word, ...]
    turned: tuple[Word, ...] = ()  # words that do not run from left to right
    hidden: tuple[HiddenText, ...] = ()
    repairs: Mapping[int, str] = field(default_factory=dict)  # what to read at single glyphs instead
    flags: tuple[str, ...] = ()
    placeless: bool = False  # another program's text on made-up lines: its characters are no glyphs of PDFium

    @property
    def margin_stamp(self) -> tuple[str, int] | None:
        """Return id and version that a stamp up the margin names, as arXiv prints it; without version it is 1."""
        beside = [word for word in self.turned if word.left < _MARGIN * self.width]
        match = STAMP.search(" ".join(self.glyphs[word.start : word.end] for word in beside))
        return (match[1], int(match[2] or 1)) if match else None

    @property
    def stamp(self) -> tuple[str, int] | None:
        """Return id and version that a first page names: in its margin, else among its words."""
        match = STAMP.search(" ".join(self.glyphs[word.start : word.end] for word in self.words))
        return self.margin_stamp or ((match[1], int(match[2] or 1)) if match else None)


class Line(NamedTuple):
    """Hold the words of one line of one column, left to right."""

    words: tuple[Word, ...]
    left: float
    right: float
    top: float
    bottom: float
    base: float
    size: float  # the size of most of its letters
    text: str  # rough text, for looking at: blanks between words, no repair
    letters: int = 0  # how many characters its words have


_T = TypeVar("_T")


class _Once(Generic[_T]):
    """Keep a block's property once it was computed; `functools` does so under a lock that takes longer."""

    def __init__(self, compute: Callable[[Block], _T]) -> None:
        self.compute, self.name, self.__doc__ = compute, compute.__name__, compute.__doc__

    def __get__(self, block: Block, owner: type[Block] | None = None) -> _T:
        value = block.__dict__[self.name] = self.compute(block)
        return value


@dataclass(frozen=True)
class Block:
    """Hold lines that belong together, with their label and heading path."""

    page: int
    lines: tuple[Line, ...]
    label: Label = "body"
    section: tuple[str, ...] = ()
    level: int = 0  # of a heading: 1 is outermost
    judged: dict[object, bool] = field(default_factory=dict, compare=False, repr=False)  # is it prose, by what measure

    def told(self, label: Label, section: tuple[str, ...] | None = None, level: int | None = None) -> Block:
        """Return the same lines with another label, and with all that was already found out about them."""
        block = object.__new__(Block)
        block.__dict__.update(self.__dict__)
        block.__dict__["label"] = label
        if section is not None:
            block.__dict__["section"] = section
        if level is not None:
            block.__dict__["level"] = level
        return block

    @_Once
    def text(self) -> str:
        """Return the rough text of all lines."""
        return " ".join([line.text for line in self.lines])

    @_Once
    def size(self) -> float:
        """Return the size of most letters."""
        if len(self.lines) == 1:
            return self.lines[0].size
        weight: dict[float, int] = {}
        for line in self.lines:
            weight[line.size] = weight.get(line.size, 0) + line.letters
        return max(weight, key=lambda size: weight[size])

    @_Once
    def left(self) -> float:
        """Return the leftmost edge."""
        return min([line.left for line in self.lines])

    @_Once
    def right(self) -> float:
        """Return the rightmost edge."""
        return max([line.right for line in self.lines])

    @_Once
    def top(self) -> float:
        """Return the upper edge."""
        return min([line.top for line in self.lines])

    @_Once
    def bottom(self) -> float:
        """Return the lower edge."""
        return max([line.bottom for line in self.lines])
