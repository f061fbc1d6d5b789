"""Ask pypdf where PDFium fails: about single pages, and about files that PDFium cannot open.

pypdf reads text without the places of its letters and cannot see what is hidden. So its text is used only where there
is no other, only when it is clearly readable, and never from a page that draws white or invisible letters. Such text
becomes a sheet whose words stand on made-up lines; its page has no way back to glyphs, so quotes from it have no
rectangles. pypdf is slow: a page is given up after `MAX_OPERATORS`, a paper after `MAX_PAGES`.
"""

from __future__ import annotations

import logging
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.reading.gauge import without_meaning
from rag.reading.sheet import Sheet, Style, Word

MAX_PAGES = 40  # asked about in one paper: some three seconds
MAX_OPERATORS = 200_000  # a page of text has a few thousand
PLACELESS = "read by pypdf, without places on the page"
_MIN_LETTERS = 200  # less says nothing about whether it is readable
_SIZE, _STEP, _ADVANCE, _LEFT = 10.0, 12.0, 5.0, 72.0  # of made-up lines, in points
_INVISIBLE = (3, 7)  # PDF render modes
_SHOWN = frozenset({b"Tj", b"TJ", b"'", b'"'})
_PLAIN = Style("", False, False, False, False)
_TOKEN = re.compile(r"\S+")


class _GivenUpError(ValueError):
    """Say that a page is too long, or hides something."""


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
    for number in numbers:
        if number > len(pages):
            continue
        try:
            text = pages[number - 1].extract_text(visitor_operand_before=_Watch().see)
            box = pages[number - 1].mediabox
            width, height = float(box.width), float(box.height)
        except _failures():
            continue
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if sum(map(str.isalpha, text)) >= _MIN_LETTERS and not without_meaning(text):
            yield number, sheet_of(number, text, width, height)


class _Watch:
    """Follow a page's operators and give it up when it is endless or draws letters that nobody sees."""

    def __init__(self) -> None:
        self.count = 0
        self.mode, self.white = 0, False

    def see(self, operator: bytes, operands: Sequence[Any], *_: object) -> None:
        self.count += 1
        if operator == b"Tr":
            self.mode = int(operands[0])
        elif operator in (b"g", b"rg", b"sc", b"scn"):
            self.white = all(isinstance(part, int | float) and part > 0.94 for part in map(_number, operands))
        elif operator == b"k":
            self.white = all(_number(part) < 0.06 for part in operands)
        if self.count > MAX_OPERATORS or (operator in _SHOWN and (self.white or self.mode in _INVISIBLE)):
            raise _GivenUpError


def _number(part: Any) -> float:
    try:
        return float(part)
    except (TypeError, ValueError):
        return 0.5  # a pattern: neither white nor black


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
