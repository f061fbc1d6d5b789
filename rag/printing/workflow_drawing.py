"""Lay a workflow out as a drawing: input, model, output in boxes, each step with its marks.

SVG does not wrap text, so lines are broken here by estimated widths, on the generous side. Two drawings are made,
one to lie wide and one to stand narrow; the style sheet shows the one that fits. `workflow.html` writes the SVG.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answers import Citation, Claim, Section, Stage
from rag.printing.arrange import STAGES, Quotes, elided, stage_claims
from rag.printing.escape import plain

FONT = 14.0  # pixels of the drawing
LINE = 19.5
PAD = 15.0
LABEL = 34.0  # from a box's top to its first line of text
WIDE, WIDE_GAP = 720.0, 34.0
NARROW, NARROW_GAP = 340.0, 30.0
MARK_FONT = 9.5
_FEW = 300.0  # width of a short step's words
_WIDTHS = {  # of Helvetica's characters, as a share of the font size; where nothing is said, _USUAL
    **dict.fromkeys("ijl'|", 0.23),
    **dict.fromkeys(" ft.,:;!/[]I‘’", 0.28),
    **dict.fromkeys('r()-“”"*', 0.36),
    **dict.fromkeys("ckszvxyJ", 0.5),
    **dict.fromkeys("CDGHKNOQRUVwX&ABEPSTYZFL", 0.7),
    **dict.fromkeys("mM", 0.84),
    **dict.fromkeys("W%@—…", 1.0),
}
_USUAL, _SPARE = 0.56, 1.17  # the spare is for fonts that run wider: DejaVu Sans, Verdana
_SQUARE = 0x2E7F  # above it, letters are East Asian and square


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word with its estimated width; `glued` ones stay with the word before: the marks of its claim."""

    text: str
    width: float
    glued: bool = False
    marks: tuple[Citation, ...] = ()


Line = list[Word]


@dataclass(frozen=True, slots=True)
class Box:
    """Hold one stage as it is drawn; `arrow` is the path that leads to it, empty for the first."""

    stage: Stage
    title: str
    lines: list[Line]  # none where the paper does not state the stage
    left: float
    top: float
    width: float
    height: float
    arrow: str

    @property
    def text_left(self) -> float:
        """Return where the text begins, from the left."""
        return self.left + PAD

    def baseline(self, row: int) -> float:
        """Return where a row of text stands, from the top."""
        return self.top + LABEL + LINE * (row + 0.75)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Hold one drawing: its kind is the class that the style sheet knows it by."""

    kind: str
    width: float
    height: float
    boxes: list[Box]


def drawings(section: Section, paper: str, quotes: Quotes) -> tuple[Drawing, Drawing]:
    """Return both drawings of one paper's workflow, the wide and the narrow one."""
    steps = [list(step_words(stage_claims(section, paper, stage), quotes)) for stage, _ in STAGES]
    return wide_drawing(steps), narrow_drawing(steps)


def step_words(claims: Sequence[Claim], quotes: Quotes) -> Iterator[Word]:
    """Yield the words of one stage's claims, each claim followed by its marks."""
    for claim in claims:
        text = f"“{elided(claim)}”" if claim.form == "verbatim" else plain(claim.text)
        yield from (Word(word, width(word)) for word in text.split(" "))  # not at the no-break blank of an ellipsis
        marks = sum(width(f"{quotes.numbers[citation]},", MARK_FONT) + 4 for citation in claim.citations)
        yield Word("", marks, glued=True, marks=claim.citations)


def width(text: str, size: float = FONT) -> float:
    """Estimate the width of text in a sans-serif font, rather too wide than too narrow."""
    shares = (_WIDTHS.get(char, 1.0 if ord(char) > _SQUARE else _USUAL) for char in text)
    return _SPARE * size * sum(shares)


def wrap(words: Sequence[Word], limit: float) -> list[Line]:
    """Break words into lines no wider than the limit, except for a single word that is wider itself."""
    blank = width(" ")
    lines: list[Line] = []
    used = 0.0
    for word in words:
        wanted = word.width + (0 if word.glued else blank)
        if lines and (word.glued or used + wanted <= limit):
            lines[-1].append(word)
            used += wanted
        else:
            lines.append([word])
            used = word.width
    return lines


def wide_drawing(steps: Sequence[Sequence[Word]]) -> Drawing:
    """Put the boxes side by side; a step with more to say gets more room, up to half as much again."""
    wanted = [max(_FEW, min(2.5 * _FEW, sum(word.width for word in words))) ** 0.5 for words in steps]
    room = WIDE - WIDE_GAP * (len(steps) - 1)
    sides = [room * share / sum(wanted) for share in wanted]
    wrapped = [wrap(words, side - 2 * PAD) for words, side in zip(steps, sides, strict=True)]
    height = max(map(_height, wrapped))
    boxes: list[Box] = []
    left = 0.0
    for (stage, title), lines, side in zip(STAGES, wrapped, sides, strict=True):
        x, y = left - 6, height / 2
        arrow = f"M{x - WIDE_GAP + 12:g} {y:g}L{x:g} {y:g}M{x - 5:g} {y - 4:g}L{x:g} {y:g}L{x - 5:g} {y + 4:g}"
        boxes.append(Box(stage, title, lines, left, 0, side, height, arrow if boxes else ""))
        left += side + WIDE_GAP
    return Drawing("wide", WIDE, height, boxes)


def narrow_drawing(steps: Sequence[Sequence[Word]]) -> Drawing:
    """Put the boxes one under the other."""
    boxes: list[Box] = []
    top = 0.0
    for (stage, title), words in zip(STAGES, steps, strict=True):
        lines = wrap(words, NARROW - 2 * PAD)
        x, y = NARROW / 2, top - 5
        arrow = f"M{x:g} {y - NARROW_GAP + 10:g}L{x:g} {y:g}M{x - 4:g} {y - 5:g}L{x:g} {y:g}L{x + 4:g} {y - 5:g}"
        boxes.append(Box(stage, title, lines, 0, top, NARROW, _height(lines), arrow if boxes else ""))
        top += _height(lines) + NARROW_GAP
    return Drawing("narrow", NARROW, top - NARROW_GAP, boxes)


def _height(lines: Sequence[Line]) -> float:
    return LABEL + LINE * max(1, len(lines)) + 16
