"""Draw a workflow as inline SVG: input, model, output in boxes, each step with its marks.

SVG does not wrap text, so lines are broken here by estimated widths, on the generous side. Two drawings are made,
one to lie wide and one to stand narrow; the style sheet shows the one that fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answers import Claim, Stage
from rag.printing.arrange import NOT_STATED, STAGES, elided, plain
from rag.printing.escape import safe
from rag.printing.page_quotes import Quotes

FONT = 14.0  # pixels of the drawing
LINE = 19.5
PAD = 15.0
LABEL = 34.0  # from a box's top to its first line of text
WIDE, WIDE_GAP = 720.0, 34.0
NARROW, NARROW_GAP = 340.0, 30.0
_MARK_SIZE = 9.5
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


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word as markup with its estimated width; `glued` words stay with the one before."""

    markup: str
    width: float
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one stage's words; no words mean that the paper does not state it."""

    stage: Stage
    title: str
    words: tuple[Word, ...]


def draw(name: str, claims: Sequence[Claim], quotes: Quotes) -> str:
    """Return both drawings of one model's workflow."""
    steps = [Step(stage, title, tuple(_words(stage, claims, quotes))) for stage, title in STAGES]
    label = f"Workflow of {safe(name)}: input, model, output"
    return _wide(steps, label) + _narrow(steps, label)


def _words(stage: Stage, claims: Sequence[Claim], quotes: Quotes) -> Iterator[Word]:
    for claim in (claim for claim in claims if claim.stage == stage):
        for text in _text(claim).split(" "):  # not at the no-break blank of an ellipsis
            yield Word(safe(text), width(text))
        for place, citation in enumerate(claim.citations):
            number = quotes.numbers[citation]
            label = f"Quote {number}: {safe(quotes.place(citation))}"
            comma = f'<tspan dy="-4" font-size="{_MARK_SIZE}">,</tspan><tspan dy="4">\u200b</tspan>' if place else ""
            mark = (
                f'{comma}<a class="mark" href="#q{number}" data-q="{number}" aria-label="{label}">'
                f'<tspan dx="2" dy="-4" font-size="{_MARK_SIZE}">{number}</tspan></a><tspan dy="4">\u200b</tspan>'
            )
            yield Word(mark, width(f"{number},", _MARK_SIZE) + 4, glued=True)


def _text(claim: Claim) -> str:
    if claim.form != "verbatim":
        return plain(claim.text)
    return "“" + elided(claim, "\u00a0") + "”"


def width(text: str, size: float = FONT) -> float:
    """Estimate the width of text in a sans-serif font, rather too wide than too narrow."""
    return _SPARE * size * sum(_share(char) for char in text)


def _share(char: str) -> float:
    return _WIDTHS.get(char, 1.0 if ord(char) > 0x2E7F else _USUAL)  # East Asian letters are square


def wrap(words: Sequence[Word], limit: float) -> list[list[Word]]:
    """Break words into lines no wider than the limit, except for a single word that is wider itself."""
    blank = width(" ")
    lines: list[list[Word]] = []
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


def _wide(steps: Sequence[Step], label: str) -> str:
    sides = _sides(steps)
    wrapped = [wrap(step.words, side - 2 * PAD) for step, side in zip(steps, sides, strict=True)]
    height = max(_height(lines) for lines in wrapped)
    parts: list[str] = []
    left = 0.0
    for step, lines, side in zip(steps, wrapped, sides, strict=True):
        if parts:
            parts.append(_arrow(left - WIDE_GAP + 6, height / 2, left - 6, height / 2))
        parts.append(_box(step, lines, left, 0, side, height))
        left += side + WIDE_GAP
    return _svg("wide", WIDE, height, label, parts)


def _sides(steps: Sequence[Step]) -> list[float]:
    """Return the boxes' widths: a step with more to say gets more room, up to half as much again."""
    wanted = [max(_FEW, min(2.5 * _FEW, sum(word.width for word in step.words))) ** 0.5 for step in steps]
    room = WIDE - WIDE_GAP * (len(steps) - 1)
    return [room * share / sum(wanted) for share in wanted]


def _narrow(steps: Sequence[Step], label: str) -> str:
    parts = []
    top = 0.0
    for place, step in enumerate(steps):
        lines = wrap(step.words, NARROW - 2 * PAD)
        if place:
            parts.append(_arrow(NARROW / 2, top - NARROW_GAP + 5, NARROW / 2, top - 5))
        parts.append(_box(step, lines, 0, top, NARROW, _height(lines)))
        top += _height(lines) + NARROW_GAP
    return _svg("narrow", NARROW, top - NARROW_GAP, label, parts)


def _svg(kind: str, width: float, height: float, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="{kind}" viewBox="-1 -1 {width + 2:g} {height + 2:g}" role="group" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def _height(lines: Sequence[Sequence[Word]]) -> float:
    return LABEL + LINE * max(1, len(lines)) + 16


def _box(step: Step, lines: Sequence[Sequence[Word]], left: float, top: float, width: float, height: float) -> str:
    kind = f"step {step.stage}" if step.words else f"step {step.stage} unstated"
    shown = [_joined(line) for line in lines] or [NOT_STATED]
    rows = "".join(
        f'<text class="words" {_at(left + PAD, top + LABEL + LINE * (row + 0.75))} font-size="{FONT:g}">{line}</text>'
        for row, line in enumerate(shown)
    )
    return (
        f'<g class="{kind}" role="group" aria-label="{step.title}">'
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="7"/>'
        f'<text class="stage" {_at(left + PAD, top + 24)} font-size="10.5">{step.title.upper()}</text>{rows}</g>'
    )


def _at(x: float, y: float) -> str:
    return f'x="{x:g}" y="{y:g}"'


def _joined(line: Sequence[Word]) -> str:
    return "".join(word.markup if word.glued or place == 0 else f" {word.markup}" for place, word in enumerate(line))


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    along, across = (1, 0) if y1 == y2 else (0, 1)
    wing = f"M{x2 - 5 * along - 4 * across:g} {y2 - 5 * across - 4 * along:g}L{x2:g} {y2:g}"
    back = f"L{x2 - 5 * along + 4 * across:g} {y2 - 5 * across + 4 * along:g}"
    return f'<path class="arrow" aria-hidden="true" d="M{x1:g} {y1:g}L{x2:g} {y2:g}{wing}{back}"/>'
