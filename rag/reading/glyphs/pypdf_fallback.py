"""Ask pypdf where PDFium fails: about single pages, and about files that PDFium cannot open.

pypdf reads text without the places of its letters and cannot see what is hidden. So its text is used only where there
is no other and only when it is clearly readable, and a page is given up when a watch over its operators finds letters
that nobody may see: white, see-through, not filled, tiny, off the page, clipped away, on an optional layer, under or
upon something painted, in a colour space or state not known. The watch estimates how long a line is; when in doubt the
page is given up. Text inside forms (figures, mostly) is left out. What a font draws for a letter is not looked at.

Such text becomes a sheet whose words stand on made-up lines; its page has no way back to glyphs, so quotes from it have
no rectangles. pypdf is slow and parses a page before anyone can look: a page longer than `MAX_CONTENT` is not begun,
one of more than `MAX_OPERATORS` is given up, a paper after `MAX_PAGES` or `MAX_TOTAL`.
"""

from __future__ import annotations

import logging
import math
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.reading.readability import without_meaning
from rag.reading.sheet import Sheet, Style, Word

MAX_PAGES = 40  # asked about in one paper: some three seconds
MAX_OPERATORS = 50_000  # a page of text has a few thousand
MAX_CONTENT = 1_000_000  # bytes of a page's operators, packed or not; a page of text has some 20,000
MAX_TOTAL = 10_000_000  # bytes of a paper's operators
PLACELESS = "read by pypdf, without places on the page"
_MIN_LETTERS = 200  # less says nothing about whether it is readable
_SIZE, _STEP, _ADVANCE, _LEFT = 10.0, 12.0, 5.0, 72.0  # of made-up lines, in points
_SMALLEST = 3.0  # letters, in points; what is painted thinner is a rule
_MAX_PAINTED = 100  # things bigger than rules; a page with more is a drawing
_NARROW = 0.4  # of the size: about how wide a letter is at least, on average
_FAINT = 0.3  # opacity
_SHOWN = frozenset({b"Tj", b"TJ", b"'", b'"'})
_FILLS = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
_STROKES = frozenset({b"S", b"s", b"B", b"B*", b"b", b"b*"})
_PATH = {b"m": 2, b"l": 2, b"c": 6, b"v": 4, b"y": 4, b"re": 4}  # operators and their numbers
_SET = {b"Tc": "spread", b"Tw": "gap", b"Ts": "rise", b"Tz": "stretch", b"w": "line"}
_DEVICE = frozenset({"/DeviceGray", "/DeviceRGB", "/DeviceCMYK"})
_KNOWN = frozenset({"/ICCBased", "/CalRGB", "/CalGray"})
_HARMLESS = frozenset({"/Type", "/ca", "/CA", "/SA", "/SM", "/OP", "/op", "/OPM", "/AIS", "/TK", "/BM", "/SMask"})
_NORMAL = frozenset({"/Normal", "/Compatible", "/None"})
_Box = tuple[float, float, float, float]
_NOWHERE: _Box = (math.inf, math.inf, -math.inf, -math.inf)
_PLAIN = Style("", False, False, False, False)
_TOKEN = re.compile(r"\S+")


class _GivenUpError(ValueError):
    """Say that a page is too long, or may hide something."""


def read_pages(path: Path, numbers: Sequence[int]) -> dict[int, Sheet]:
    """Return the pages, of those asked about, that pypdf reads clearly."""
    with _opened(path) as pages:
        return dict(_readable(pages, numbers[:MAX_PAGES]))


def read_file(path: Path) -> list[Sheet]:
    """Return all pages of a file, empty unless pypdf reads most of them clearly; the others are flagged."""
    with _opened(path) as pages:
        numbers = range(1, min(len(pages), MAX_PAGES) + 1)
        found = dict(_readable(pages, numbers))
        if 2 * len(found) < len(pages):
            return []
        unread = {number: Sheet(number, 0.0, 0.0, "", (), flags=("damaged",)) for number in range(1, len(pages) + 1)}
        return list({**unread, **found}.values())


@contextmanager
def _opened(path: Path) -> Iterator[Sequence[Any]]:
    """Open a file quietly and give its pages, none where pypdf cannot open it either."""
    from pypdf import PdfReader

    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with path.open("rb") as file:
            pages: Sequence[Any] = ()
            try:
                pages = list(PdfReader(file).pages)
            except _failures():
                pages = ()
            yield pages
    finally:
        logger.setLevel(level)


def _failures() -> tuple[type[Exception], ...]:
    """Return what pypdf raises on damaged files: its own errors, and those of Python it does not catch."""
    from pypdf.errors import PyPdfError

    return (
        *(PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError),
        *(NotImplementedError, RecursionError, OSError, zlib.error, struct.error),
    )


def _readable(pages: Sequence[Any], numbers: Sequence[int]) -> Iterator[tuple[int, Sheet]]:
    left = MAX_TOTAL
    for number in numbers:
        if number > len(pages):
            continue
        if left <= 0:
            return
        try:
            page = pages[number - 1]
            length = _length(page)
            left -= length
            if length > MAX_CONTENT:
                continue
            text = page.extract_text(visitor_operand_before=_Watch(page).see)
            width, height = float(page.mediabox.width), float(page.mediabox.height)
        except _failures():
            continue
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if sum(map(str.isalpha, text)) >= _MIN_LETTERS and not without_meaning(text):
            yield number, sheet_of(number, text, width, height)


def _length(page: Any) -> int:
    """Return how many bytes a page's operators have, unpacked unless they are too many already."""
    contents = page["/Contents"].get_object()
    streams = [part.get_object() for part in contents] if isinstance(contents, list) else [contents]
    packed = sum(len(stream._data) for stream in streams)
    if packed > MAX_CONTENT:
        return packed
    length = 0
    for stream in streams:
        length += len(stream.get_data()) + 1
        if length > MAX_CONTENT:
            break
    return length


@dataclass(frozen=True, slots=True)
class _State:
    """What `q` keeps and `Q` brings back."""

    seen: _Box  # where something painted is seen
    mode: float = 0
    white: bool = False
    known: bool = True  # the colour space
    size: float = 0.0
    wide: float = _NARROW  # of the size: a byte of a string
    spread: float = 0.0
    gap: float = 0.0
    rise: float = 0.0
    stretch: float = 100.0
    line: float = 1.0


class _Watch:
    """Follow a page's operators and give it up when it is endless or may draw letters that nobody sees."""

    def __init__(self, page: Any) -> None:
        self.resources = page["/Resources"].get_object()
        crop, media = (tuple(map(float, box)) for box in (page.cropbox, page.mediabox))
        self.state = _State(_both(_around(crop[::2], crop[1::2]), _around(media[::2], media[1::2])))
        self.stack: list[_State] = []
        self.count = 0
        self.pen = 0.0  # how far shown text has moved since it was placed, in text space
        self.path: list[_Box] = []
        self.rectangle = False  # whether the path is a single one
        self.shown: list[_Box] = []
        self.painted: list[_Box] = []  # not white

    def see(self, operator: bytes, operands: Any, cm: Sequence[float], tm: Sequence[float]) -> None:
        self.count += 1
        _need(self.count <= MAX_OPERATORS)
        if operator == b"q":
            self.stack.append(self.state)
        elif operator == b"Q":
            _need(bool(self.stack))  # pypdf takes it for a fresh start, others pass it over
            self.state = self.stack.pop()
        elif operator in (b"cm", b"Tm"):
            _numbers(operands, 6)
            self.pen = self.pen if operator == b"cm" else 0.0
        elif operator in (b"BT", b"Td", b"TD", b"T*"):
            self.pen = 0.0
        elif operator in _SET:
            change: dict[str, Any] = {_SET[operator]: _numbers(operands, 1)[0]}
            self.state = replace(self.state, **change)
        elif operator == b"Tr":
            self.state = replace(self.state, mode=_numbers(operands, 1)[0])
        elif operator == b"Tf":
            font = self._named("/Font", operands[0])
            wide = 0.5 * _NARROW if font.get("/Subtype") == "/Type0" else _NARROW  # two bytes a letter
            self.state = replace(self.state, size=_numbers(operands[1:], 1)[0], wide=wide)
        elif operator in (b"g", b"rg", b"k", b"cs", b"sc", b"scn"):
            self._colour(operator, operands)
        elif operator == b"gs":
            self._graphics(self._named("/ExtGState", operands[0]))
        elif operator in (b"BDC", b"BMC"):
            _need(operands[0] != "/OC")
        elif operator in _SHOWN:
            self._show(operator, operands, cm, tm)
        else:
            self._draw(operator, operands, cm)

    def _named(self, kind: str, name: Any) -> Any:
        return self.resources[kind].get_object()[name].get_object()

    def _colour(self, operator: bytes, operands: Any) -> None:
        if operator == b"cs":
            known = operands[0] in _DEVICE
            if not known and operands[0] != "/Pattern":
                space = self._named("/ColorSpace", operands[0])
                self.state = replace(self.state, known=isinstance(space, list) and space[0] in _KNOWN, white=True)
            else:
                self.state = replace(self.state, known=known, white=False)
            return
        known = self.state.known if operator in (b"sc", b"scn") else True
        white = False
        if known:
            parts = _numbers(operands, {b"g": 1, b"rg": 3, b"k": 4}.get(operator, len(operands)))
            _need(len(parts) in (1, 3, 4))
            white = max(parts) < 0.06 if len(parts) == 4 else min(parts) > 0.94
        self.state = replace(self.state, known=known, white=white)

    def _graphics(self, values: Any) -> None:
        _need(_HARMLESS.issuperset(values))
        _need(min(float(values.get(key, 1)) for key in ("/ca", "/CA")) >= _FAINT)
        _need(all(values.get(key, "/None") in _NORMAL for key in ("/BM", "/SMask")))

    def _show(self, operator: bytes, operands: Any, cm: Sequence[float], tm: Sequence[float]) -> None:
        state = self.state
        if operator in (b"'", b'"'):  # they begin a line, whose place pypdf tells too late
            raise _GivenUpError
        start, lowest, letters = self.pen, self.pen, False
        for part in operands[0] if operator == b"TJ" else operands[:1]:
            if isinstance(part, str | bytes):
                letters = letters or bool(part.strip())
                self.pen += (len(part) * state.wide * abs(state.size) + len(part) * state.spread) * state.stretch / 100
            else:
                self.pen -= float(part) / 1000 * state.size * state.stretch / 100
            lowest = min(lowest, self.pen)
        if not letters:
            return
        _need(state.mode == 0 and state.known and not state.white)
        _need(max(map(abs, (state.rise, state.spread, state.gap))) <= abs(state.size) and 50 <= state.stretch <= 200)
        a, b, c, d, e, f = _times(tm, cm)
        _need(abs(state.size) * min(math.hypot(a, b), math.hypot(c, d)) >= _SMALLEST)
        _need(abs(a * d - b * c) >= 0.5 * math.hypot(a, b) * math.hypot(c, d))  # not squeezed to a line
        ends = [(x, y) for x in (start, lowest, self.pen) for y in (state.rise, state.rise + 0.4 * state.size)]
        box = _around([a * x + c * y + e for x, y in ends], [b * x + d * y + f for x, y in ends])
        _need(_both(box, state.seen) == box)
        _need(not any(_meet(box, other) for other in self.painted))
        self.shown.append(box)

    def _draw(self, operator: bytes, operands: Any, cm: Sequence[float]) -> None:
        if operator in _PATH:
            numbers = _numbers(operands, _PATH[operator])
            if operator == b"re":
                x, y, width, height = numbers
                numbers = [x, y, x + width, y, x, y + height, x + width, y + height]
            self.rectangle = operator == b"re" and not self.path and min(map(abs, cm[:2])) < 1e-6
            self.path.append(_moved(numbers, cm))
        elif operator in (b"W", b"W*"):
            inside = _both(self.path[0], self.state.seen) if self.rectangle else _NOWHERE
            self.state = replace(self.state, seen=inside)
        elif operator == b"Do":
            thing = self._named("/XObject", operands[0])
            corners = [0.0, 0, 1, 0, 0, 1, 1, 1]
            if thing.get("/Subtype") == "/Form":
                left, low, right, top = _numbers(thing["/BBox"], 4)
                matrix = _numbers(thing.get("/Matrix", (1, 0, 0, 1, 0, 0)), 6)
                corners, cm = [left, low, right, low, left, top, right, top], _times(matrix, cm)
                operands.clear()  # pypdf passes over it
            self._paint(_moved(corners, cm), white=False)
        elif operator == b"INLINE IMAGE":
            self._paint(_moved([0.0, 0, 1, 0, 0, 1, 1, 1], cm), white=False)
        elif operator == b"sh":
            self._paint(self.state.seen, white=False)
        elif operator in _FILLS | _STROKES | {b"n"}:
            if operator in _STROKES:
                thick = self.state.line * max(math.hypot(*cm[:2]), math.hypot(*cm[2:4]))
                _need(thick < _SMALLEST)
            if operator in _FILLS and self.path:
                lefts, lows, rights, tops = zip(*self.path, strict=True)
                box = (min(lefts), min(lows), max(rights), max(tops))
                self._paint(box, white=self.state.white and self.state.known)
            self.path, self.rectangle = [], False

    def _paint(self, box: _Box, *, white: bool) -> None:
        """Give the page up when this lies over letters; remember it, unless it is white or a rule."""
        if self.state.known and not white and min(box[2] - box[0], box[3] - box[1]) < _SMALLEST:
            return
        _need(not any(_meet(box, other) for other in self.shown))
        if not white:
            self.painted.append(box)
            _need(len(self.painted) <= _MAX_PAINTED)


def _need(condition: bool) -> None:
    if not condition:
        raise _GivenUpError


def _numbers(operands: Any, count: int) -> list[float]:
    """Return operands as numbers; a page with too few, too many or others is given up."""
    _need(len(operands) == count)
    numbers = [float(part) for part in operands]
    _need(all(map(math.isfinite, numbers)))
    return numbers


def _times(first: Sequence[float], then: Sequence[float]) -> tuple[float, ...]:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _moved(numbers: Sequence[float], matrix: Sequence[float]) -> _Box:
    a, b, c, d, e, f = matrix
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    return _around([a * x + c * y + e for x, y in points], [b * x + d * y + f for x, y in points])


def _around(across: Sequence[float], up: Sequence[float]) -> _Box:
    return min(across), min(up), max(across), max(up)


def _both(one: _Box, other: _Box) -> _Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _meet(one: _Box, other: _Box) -> bool:
    left, low, right, top = _both(one, other)
    return left < right and low < top


def sheet_of(number: int, text: str, width: float, height: float) -> Sheet:
    """Return a text as a sheet whose words stand on lines under each other."""
    words: list[Word] = []
    start, base = 0, _LEFT
    for line in text.split("\n"):
        base += _STEP if line.strip() else 0.5 * _STEP
        for index, match in enumerate(_TOKEN.finditer(line)):
            left = _LEFT + _ADVANCE * match.start()
            right = left + _ADVANCE * len(match[0])
            place = (start + match.start(), start + match.end(), left, right, base, _SIZE, _PLAIN)
            words.append(Word(*place, glued=False, breaks=index == 0))
        start += len(line) + 1
    return Sheet(number, width, height, text, tuple(words), flags=(PLACELESS,), placeless=True)
