"""Let pypdf read a file that PDFium cannot open, as far as its pages are plain text.

pypdf reads text without the places of its letters and cannot see what is hidden. So a page is read only when its text
is clearly readable, and is given up when a watch over its operators finds anything but plain letters and rules: letters
that are white, see-through, not filled, tiny, squeezed or off the page, on an optional layer, in a colour space or
state not known; pictures, forms, clips and coloured areas, which may hide letters. The watch estimates how long a line
is. What a font draws for a letter is not looked at.

Such text becomes a sheet whose words stand on made-up lines; its page has no way back to glyphs, so quotes from it have
no rectangles. pypdf is slow and parses a page before anyone can look: a page longer than `MAX_CONTENT` is not begun,
one of more than `MAX_OPERATORS` is given up, a paper after `MAX_PAGES` or `MAX_TOTAL`. In 800 files, pypdf read no
single page that PDFium read badly: it is not asked about those.
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
from rag.reading.sheet import Box, Sheet, Style, Word

MAX_PAGES = 40  # of one paper: some three seconds
MAX_OPERATORS = 50_000  # a page of text has a few thousand
MAX_CONTENT = 1_000_000  # bytes of a page's operators, packed or not; a page of text has some 20,000
MAX_TOTAL = 10_000_000  # bytes of a paper's operators
PLACELESS = "read by pypdf, without places on the page"
_MIN_LETTERS = 200  # less says nothing about whether it is readable
_SIZE, _STEP, _ADVANCE, _LEFT = 10.0, 12.0, 5.0, 72.0  # of made-up lines, in points
_SMALLEST = 3.0  # letters, in points; what is painted thinner is a rule
_NARROW = 0.4  # of the size: about how wide a letter is at least, on average
_FAINT = 0.3  # opacity
_DARK, _PALE = 0.06, 0.94  # of full scale, of every ink or light: no ink, and all light, are white
_SHOWN = frozenset({b"Tj", b"TJ", b"'", b'"'})
_FILLS = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
_STROKES = frozenset({b"S", b"s", b"B", b"B*", b"b", b"b*"})
_PATH = {b"m": 2, b"l": 2, b"c": 6, b"v": 4, b"y": 4, b"re": 4}  # operators and their numbers
_BOUNDS = {b"Tr": (0, 0), b"Ts": (0, 0), b"Tz": (90, 110)}  # of plain text: filled, on its line, of its width
_SET = {b"Tc": "spread", b"Tw": "gap", b"w": "line"}
_MOST_SPREAD = 0.3  # of the size: between letters or words, beside their own width
_PAINTS_MORE = frozenset({b"Do", b"sh", b"INLINE IMAGE"})
_SPACES = frozenset({"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/ICCBased", "/CalRGB", "/CalGray"})
_HARMLESS = frozenset({"/Type", "/ca", "/CA", "/SA", "/SM", "/OP", "/op", "/OPM", "/AIS", "/TK", "/BM", "/SMask"})
_NORMAL = frozenset({"/Normal", "/Compatible", "/None"})
_PLAIN = Style("", False, False, False, False)
_TOKEN = re.compile(r"\S+")


class _GivenUpError(ValueError):
    """Say that a page is too long, or may hide something."""


def read_file(path: Path) -> list[Sheet]:
    """Return all pages of a file, empty unless pypdf reads most of them clearly; the others are flagged."""
    with _opened(path) as pages:
        found = dict(_readable(pages[:MAX_PAGES]))
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


def _readable(pages: Sequence[Any]) -> Iterator[tuple[int, Sheet]]:
    """Yield the pages, with their numbers, whose text is plain and clearly readable."""
    left = MAX_TOTAL
    for number, page in enumerate(pages, 1):
        if left <= 0:
            return
        try:
            length = content_length(page)
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


def content_length(page: Any) -> int:
    """Return how many bytes a page's operators have, unpacked unless they are too many already."""
    contents = page["/Contents"].get_object()
    streams = [part.get_object() for part in contents] if isinstance(contents, list) else [contents]
    length = sum(len(stream._data) for stream in streams)
    if length <= MAX_CONTENT:
        length = 0
        for stream in streams:
            length += len(stream.get_data()) + 1
            if length > MAX_CONTENT:
                break
    return length


@dataclass(frozen=True, slots=True)
class _State:
    """What `q` keeps and `Q` brings back."""

    white: bool = False
    size: float = 0.0
    wide: float = _NARROW  # of the size: a byte of a string
    spread: float = 0.0
    gap: float = 0.0
    line: float = 1.0


class _Watch:
    """Follow a page's operators and give it up when it is endless or may draw letters that nobody sees."""

    def __init__(self, page: Any) -> None:
        self.resources = page["/Resources"].get_object()
        boxes = [tuple(map(float, box)) for box in (page.cropbox, page.mediabox)]
        lefts, lows, rights, tops = zip(*boxes, strict=True)
        self.page = max(lefts), max(lows), min(rights), min(tops)
        self.state = _State()
        self.stack: list[_State] = []
        self.count = 0
        self.pen = 0.0  # how far shown text has moved since it was placed, in text space
        self.path: list[Box] = []
        self.rectangle = False  # whether the path is a single one
        self.shown: list[Box] = []

    def see(self, operator: bytes, operands: Any, cm: Sequence[float], tm: Sequence[float]) -> None:
        """Take in one operator, with the matrices of the page and of text; pypdf calls this."""
        self.count += 1
        _need(self.count <= MAX_OPERATORS and operator not in _PAINTS_MORE)
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
        elif operator in _BOUNDS:
            least, most = _BOUNDS[operator]
            _need(least <= _numbers(operands, 1)[0] <= most)
        elif operator in _SET:
            change: dict[str, Any] = {_SET[operator]: _numbers(operands, 1)[0]}
            self.state = replace(self.state, **change)
        elif operator == b"Tf":
            font = self.resources["/Font"].get_object()[operands[0]].get_object()
            wide = 0.5 * _NARROW if font.get("/Subtype") == "/Type0" else _NARROW  # two bytes a letter
            self.state = replace(self.state, size=_numbers(operands[1:], 1)[0], wide=wide)
        elif operator in (b"BDC", b"BMC"):
            _need(operands[0] != "/OC")
        elif operator == b"gs":
            self.set_graphics(self.resources["/ExtGState"].get_object()[operands[0]].get_object())
        elif operator in (b"g", b"rg", b"k", b"cs", b"sc", b"scn"):
            self.set_colour(operator, operands)
        elif operator in _SHOWN:
            self.show(operator, operands, cm, tm)
        else:
            self.draw(operator, operands, cm)

    def set_graphics(self, values: Any) -> None:
        """Follow a graphics state, which may make everything see-through."""
        _need(_HARMLESS.issuperset(values))
        _need(min(float(values.get(key, 1)) for key in ("/ca", "/CA")) >= _FAINT)
        _need(all(values.get(key, "/None") in _NORMAL for key in ("/BM", "/SMask")))

    def set_colour(self, operator: bytes, operands: Any) -> None:
        """Follow what letters and areas are filled with: light of one or three colours, or four inks."""
        if operator == b"cs":
            space = operands[0]
            if space not in _SPACES:
                space = self.resources["/ColorSpace"].get_object()[space].get_object()[0]
            _need(space in _SPACES)
            self.state = replace(self.state, white=space in ("/ICCBased", "/CalRGB", "/CalGray"))  # until one is set
            return
        parts = _numbers(operands, {b"g": 1, b"rg": 3, b"k": 4}.get(operator, len(operands)))
        _need(len(parts) in (1, 3, 4))
        self.state = replace(self.state, white=max(parts) < _DARK if len(parts) == 4 else min(parts) > _PALE)

    def show(self, operator: bytes, operands: Any, cm: Sequence[float], tm: Sequence[float]) -> None:
        """Follow the pen over shown letters, which have to be large enough and on the page."""
        _need(operator in (b"Tj", b"TJ"))  # the others begin a line, whose place pypdf tells too late
        size, start, lowest, letters = self.state.size, self.pen, self.pen, False
        spread = max(abs(self.state.spread), abs(self.state.gap))
        for part in operands[0] if operator == b"TJ" else operands[:1]:
            if isinstance(part, str | bytes):
                letters = letters or bool(part.strip())
                self.pen += len(part) * (self.state.wide * abs(size) + spread)
            else:
                self.pen -= float(part) / 1000 * size
            lowest = min(lowest, self.pen)
        if not letters:
            return
        a, b, c, d, e, f = _times(tm, cm)
        along, across = math.hypot(a, b), math.hypot(c, d)
        _need(not self.state.white and spread <= _MOST_SPREAD * abs(size))
        _need(abs(size) * min(along, across) >= _SMALLEST)
        _need(abs(a * d - b * c) >= 0.5 * along * across)  # not squeezed to a line
        ends = [(x, y) for x in (start, lowest, self.pen) for y in (0.0, 0.4 * size)]
        box = _moved(ends, (a, b, c, d, e, f))
        _need(_holds(self.page, box))
        self.shown.append(box)

    def draw(self, operator: bytes, operands: Any, cm: Sequence[float]) -> None:
        """Follow paths: thin rules, white areas where no letters are, clips that hold the page."""
        if operator in _PATH:
            numbers = _numbers(operands, _PATH[operator])
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
            if operator == b"re":
                (x, y), (width, height) = points
                points = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
            self.rectangle = operator == b"re" and not self.path and min(map(abs, cm[:2])) < 1e-6
            self.path.append(_moved(points, cm))
        elif operator in (b"W", b"W*"):
            _need(self.rectangle and _holds(self.path[0], self.page))
        elif operator in _FILLS | _STROKES | {b"n"}:
            if operator in _STROKES:
                _need(self.state.line * max(math.hypot(*cm[:2]), math.hypot(*cm[2:4])) < _SMALLEST)
            if operator in _FILLS and self.path:
                lefts, lows, rights, tops = zip(*self.path, strict=True)
                box = min(lefts), min(lows), max(rights), max(tops)
                thin = min(box[2] - box[0], box[3] - box[1]) < _SMALLEST
                _need(not self.state.white or not any(_meet(box, letters) for letters in self.shown))
                _need(self.state.white or thin)
            self.path, self.rectangle = [], False


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


def _moved(points: Sequence[tuple[float, float]], matrix: Sequence[float]) -> Box:
    """Return the box around points that a matrix moves."""
    a, b, c, d, e, f = matrix
    across, up = [a * x + c * y + e for x, y in points], [b * x + d * y + f for x, y in points]
    return min(across), min(up), max(across), max(up)


def _holds(one: Box, other: Box) -> bool:
    return one[0] <= other[0] and one[1] <= other[1] and other[2] <= one[2] and other[3] <= one[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


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
