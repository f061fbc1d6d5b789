"""Read what stands where on the pages of a PDF.

A page is read word by word: one call for the page's characters, a few for each word's place and text object.
Boxes of single glyphs are only looked up when somebody asks (`glyph_boxes`). Not handled here: which words
belong together, and what they mean (`layout`, `labels`, `text`).
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from rag.errors import PdfError
from rag.papers import HiddenText
from rag.reading.glyphs.accents import place_accents
from rag.reading.glyphs.colours import WHITE, Colour, Ink, alike, hidden_reason, ink_of, mixed
from rag.reading.glyphs.fonts import read_style
from rag.reading.glyphs.math_fonts import table_of
from rag.reading.glyphs.overpainting import ROW
from rag.reading.glyphs.page_picture import Doubt, visible
from rag.reading.glyphs.pdfium import Calls, calls, open_pdf, pointer
from rag.reading.glyphs.placement import Placement
from rag.reading.glyphs.sheet import LINE_HYPHEN, UNKNOWN, Box, Sheet, Style, Word, new_tuple
from rag.reading.glyphs.visibility import Canvas

MAX_CHARS = 400_000  # one page: more is no page of a paper
_NARROWEST = 0.2  # of the other side of an em: letters squeezed to less cannot be read
_MANY = 10**9  # objects: more than any page has
MAX_OUTLINE = 2000  # entries; cyclic outlines end here
MAX_DEPTH = 6
_BLANK = r" \t\n\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # not \x1c to \x1f: TeX has glyphs there
_TOKEN = re.compile(rf"[^{_BLANK}\x02]+\x02?|\x02")
_LEFTWARDS = re.compile(  # letters that run from right to left
    "[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_STRAY = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff\ufffe\x00]")  # no characters by themselves
_STAMP = re.compile(r"arXiv:\s*((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7})|\d{4}\.\d{4,5})(?:v(\d+))?", re.IGNORECASE)
_PLAIN = Style("", False, False, False, False)


def read_file(path: Path) -> tuple[list[Sheet], dict[str, int]]:
    """Return the pages of a PDF, in order, as visible words with their places, and what its outline names."""
    with open_pdf(path) as (document, count):
        return [_sheet(document, index, path.name) for index in range(count)], _outline(document)


def read_sheets(path: Path) -> Iterator[Sheet]:
    """Yield the pages alone, one by one."""
    with open_pdf(path) as (document, count):
        for index in range(count):
            yield _sheet(document, index, path.name)


def _sheet(document: int, index: int, name: str) -> Sheet:
    call = calls()
    page = call.FPDF_LoadPage(document, index)
    if not page:
        return Sheet(index + 1, 0.0, 0.0, "", (), flags=("damaged",))
    text_page = call.FPDFText_LoadPage(page)
    try:
        if not text_page:
            return Sheet(index + 1, 0.0, 0.0, "", (), flags=("damaged",))
        return _Reader(call, page, text_page, index + 1, name).sheet()
    finally:
        if text_page:
            call.FPDFText_ClosePage(text_page)
        call.FPDF_ClosePage(page)


class _Look(NamedTuple):
    """Hold what all letters of one text object share."""

    style: Style
    size: float
    straight: bool
    plain: bool  # straight, and seen wherever nothing else is painted
    colour: Colour | None
    opacity: float
    hidden: str  # why nobody can see it, empty when somebody can
    risky: bool  # its place on the page has to be looked at, if it has one
    order: int  # in the page's painting order, -1 where unknown


_Traits = tuple[tuple[int, Ink | None], float, bytes]  # font and ink (none: of no text object), size, direction


class _Reader:
    """Read one page; holds PDFium's handles and the buffers its calls write into."""

    def __init__(self, call: Calls, page: int, text_page: int, number: int, name: str) -> None:
        self.call, self.page, self.number = call, page, number
        self.text_page = pointer(text_page)
        self.place = Placement(call, page)
        self.canvas = Canvas(call, page)
        self.glyphs = _characters(call, text_page, number, name)
        point, box, matrix = (ctypes.c_double * 2)(), (ctypes.c_float * 4)(), (ctypes.c_float * 6)()
        self._point = memoryview(point).cast("B").cast("d")
        self._box = memoryview(box).cast("B").cast("f")  # FS_RECTF: left, top, right, bottom
        self._matrix = memoryview(matrix).cast("B").cast("f")
        at = ctypes.addressof(point)
        self._x, self._y = pointer(at), pointer(at + 8)
        self._box_at, self._matrix_at = pointer(ctypes.addressof(box)), pointer(ctypes.addressof(matrix))
        self._turn = memoryview(matrix).cast("B")[:16]  # without the place
        self._asked = (  # about every text object
            call.quick_FPDFText_GetMatrix,
            call.quick_FPDFText_GetFontSize,
            call.quick_FPDFTextObj_GetFont,
            ink_of(call),
        )
        self.looks: dict[int, _Look] = {}
        self.kinds: dict[_Traits, _Look] = {}
        self.styles: dict[int, Style] = {}
        self.upright: list[Word] = []
        self.turned: list[Word] = []
        self.hidden: list[tuple[Word, str]] = []
        self.doubts: list[Doubt] = []

    def sheet(self) -> Sheet:
        """Return the page; what is done here is done for every word, hence the local names."""
        page, x_at, y_at, box_at = self.text_page, self._x, self._y, self._box_at
        origin, loose = self.call.quick_FPDFText_GetCharOrigin, self.call.quick_FPDFText_GetLooseCharBox
        point, box, looks, place, see = self._point, self._box, self.looks, self.place, self.upright.append
        level, west, north, width, height = place.turn == 0, place.left, place.top, place.width + 1, place.height + 1
        busy, quiet, item = self.canvas.busy, self.canvas.quiet, -1
        for first, stop, part, glued, breaks in self._cut():
            if part != item:
                item = part
                look = looks.get(item) or self._look(item, first)
                style, size, _, plain, _, _, _, risky, order = look
            origin(page, first, x_at, y_at)
            loose(page, stop - 1, box_at)
            x, y = point
            if level:
                left, base, right = x - west, north - y, box[2] - west
            else:
                left, base = place.point(x, y)
                right = place.rectangle(*box)[2]
                x, y = place.back(left, base)
            if right < left:
                right = left
            word = new_tuple(Word, (first, stop, left, right, base, size, style, glued, breaks))
            inside = -1 < base < height and right > -1 and left < width
            if plain and inside and not risky:
                see(word)
                continue
            half = 0.3 * size
            middle = y + half
            if (
                plain
                and inside
                and (quiet.get(middle // ROW, _MANY) <= order or not busy(order, x, x + right - left, middle, half))
            ):
                see(word)
            else:
                self._sort_out(word, item, look, inside)
        if self.doubts:
            self._look_at_doubts()
        return self._judged(self.upright, self.turned, self.hidden)

    def _sort_out(self, word: Word, item: int, look: _Look, inside: bool) -> None:
        """Put a word among those that are seen, turned, hidden or in doubt."""
        reason, sure = look.hidden, True
        if not reason and not inside:
            reason = "off the page"
        elif not reason and look.risky and look.order >= 0:
            reason, sure = self._lost(word, look)
        if reason and sure:
            self.hidden.append((word, reason))
        elif not look.straight:
            self.turned.append(word)
        elif reason and any(map(str.isalnum, self.glyphs[word.start : word.end])):
            self.doubts.append(Doubt(word, item, reason))
        else:
            self.upright.append(word)

    def _look_at_doubts(self) -> None:
        """Put the words in doubt where the page's picture says they belong."""
        seen = visible(self.call, self.page, self.doubts, self.place.width, self.place.height)
        for doubt, visibly in zip(self.doubts, seen, strict=True):
            if visibly:
                self.upright.append(doubt.word)
            else:
                self.hidden.append((doubt.word, doubt.reason))
        self.upright.sort(key=lambda word: word.start)
        self.hidden.sort(key=lambda found: found[0].start)

    def _cut(self) -> list[tuple[int, int, int, bool, bool]]:
        """Return the start, end and text object of each piece of a word, and how it follows the piece before.

        An object's characters follow each other, so a word that ends in the object of the word before is all of it.
        PDFium turns around what runs from right to left: there every word is looked at on its own.
        """
        object_at, text_page, glyphs = self.call.quick_FPDFText_GetTextObject, self.text_page, self.glyphs
        mixed = _LEFTWARDS.search(glyphs) is not None
        found: list[tuple[int, int, int, bool, bool]] = []
        before = item = 0
        for match in _TOKEN.finditer(glyphs):
            start, end = match.span()
            between = glyphs[before:start]
            if between == " ":
                glued = breaks = False
            else:
                glued = not between and before > 0
                breaks = "\n" in between or (glued and glyphs[start - 1] == LINE_HYPHEN)
            before = end
            last = object_at(text_page, end - 1)
            if (last == item and not mixed) or end - start == 1 or object_at(text_page, start) == last:
                found.append((start, end, last, glued, breaks))
            else:
                for first, stop, part in self._pieces(start, end):
                    found.append((first, stop, part, glued, breaks))
                    glued, breaks = True, False
            item = last
        return found

    def _judged(self, upright: list[Word], turned: list[Word], hidden: list[tuple[Word, str]]) -> Sheet:
        """Make the sheet; a scan's invisible letters over its picture are what a person reads there."""
        flags: tuple[str, ...] = ()
        width, height = self.place.width, self.place.height
        scanned = self.canvas.scanned(width * height)
        layer = [word for word, reason in hidden if reason in ("invisible render mode", "covered")]
        if scanned and len(layer) > 9 * (len(upright) + len(turned)):
            upright = sorted([*upright, *layer], key=lambda word: word.start)
            hidden = [(word, reason) for word, reason in hidden if word not in set(layer)]
            flags = ("scanned, text recognised by another program",)
        elif scanned and not upright:
            flags = ("scanned image without text",)
        self.glyphs = self._symbols(upright)
        upright, repairs = place_accents(self.glyphs, upright, self.box)
        return Sheet(
            number=self.number,
            width=width,
            height=height,
            glyphs=self.glyphs,
            words=tuple(upright),
            turned=tuple(turned),
            hidden=self._gathered(hidden),
            repairs=repairs,
            flags=flags,
        )

    def _symbols(self, words: Sequence[Word]) -> str:
        """Return the page's characters with those of TeX's symbol fonts read by the fonts' own encoding."""
        tables = {style.font: table for style in self.styles.values() if (table := table_of(style.font))}
        if not tables:
            return self.glyphs
        glyphs, done = self.glyphs, 0
        parts: list[str] = []
        for word in words:
            font = word.style.font
            if font in tables:
                parts += glyphs[done : word.start], glyphs[word.start : word.end].translate(tables[font])
                done = word.end
        return "".join([*parts, glyphs[done:]])

    def box(self, glyph: int) -> Box:
        """Return left, top, right, bottom of one glyph."""
        self.call.quick_FPDFText_GetLooseCharBox(self.text_page, glyph, self._box_at)
        return self.place.rectangle(*self._box)

    def _gathered(self, words: Sequence[tuple[Word, str]]) -> tuple[HiddenText, ...]:
        """Join hidden words that follow each other for the same reason."""
        found: list[HiddenText] = []
        end = -9
        for word, reason in words:
            text = self.glyphs[word.start : word.end]
            if found and found[-1].reason == reason and word.start - end < 4:
                found[-1] = HiddenText(self.number, found[-1].text + ("" if word.glued else " ") + text, reason)
            else:
                found.append(HiddenText(self.number, text, reason))
            end = word.end
        return tuple(found)

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Cut a word where one text object ends and the next begins; give the object with each piece."""
        object_at, page = self.call.quick_FPDFText_GetTextObject, self.text_page
        first = object_at(page, start)
        while end - start > 1 and object_at(page, end - 1) != first:
            low, high = start, end - 1  # the object of `low` is `first`, that of `high` is another
            while high - low > 1:
                middle = (low + high) // 2
                if object_at(page, middle) == first:
                    low = middle
                else:
                    high = middle
            yield start, high, first
            start, first = high, object_at(page, high)
        yield start, end, first

    def _look(self, item: int, index: int) -> _Look:
        matrix, size, font, ink = self._asked
        page, handle = self.text_page, pointer(item)
        matrix(page, index, self._matrix_at)
        own = (font(handle) or 0, ink(handle)) if item else (0, None)
        traits = (own, size(page, index), self._turn.tobytes())
        look = self.kinds.get(traits) or self._kind(traits)
        order = self.canvas.order.get(item, -1)
        if order in self.canvas.clipped:
            look = look._replace(plain=False, risky=True, order=order)
        elif order >= 0 and (look.risky or order < self.canvas.last):
            look = new_tuple(_Look, (*look[:-2], True, order))
        self.looks[item] = look
        return look

    def _kind(self, traits: _Traits) -> _Look:
        """Return what all text of one style, ink, size and direction has in common."""
        (font, painted), size, _ = traits
        a, b, c, d, _, _ = self._matrix
        along, across = math.hypot(a, b), math.hypot(c, d)
        size *= across
        least = 0.0 if _is_squeezed(abs(a * d - b * c), along, across) else size
        reason, colour, opacity = hidden_reason(painted, least) if painted else ("", None, 1.0)
        straight = self.place.upright(a, b)
        faint = colour is not None and alike(mixed(colour, opacity, WHITE), WHITE)
        style, risky = self._style(font), self.canvas.risky(colour) or opacity < 1
        kind = self.kinds[traits] = _Look(
            style, size, straight, straight and not reason and not faint, colour, opacity, reason, risky, -1
        )
        return kind

    def _style(self, font: int) -> Style:
        if font not in self.styles:
            self.styles[font] = read_style(self.call, font) if font else _PLAIN
        return self.styles[font]

    def _lost(self, word: Word, look: _Look) -> tuple[str, bool]:
        """Say why a word that its text object shows may not be seen at its place, and whether that is sure."""
        x, y = self.place.back(word.left, word.base)
        box = x, y, x + word.right - word.left, y + 0.6 * word.size
        return self.canvas.lost(look.order, look.colour, look.opacity, box)


def _is_squeezed(area: float, along: float, across: float) -> bool:
    """Tell whether a matrix makes an em a narrow strip, by the area and the sides of what it makes of a square."""
    return area < _NARROWEST * max(along, across) ** 2


def _characters(call: Calls, text_page: int, number: int, name: str) -> str:
    count = call.FPDFText_CountChars(text_page)
    if count > MAX_CHARS:
        raise PdfError(f"{name}: page {number} holds {count} characters; leave the paper out")
    if count <= 0:
        return ""
    buffer = ctypes.create_string_buffer(2 << count.bit_length())  # few sizes: ctypes makes a class of each
    written = call.FPDFText_GetText(text_page, 0, count, ctypes.addressof(buffer))
    if written == count + 1:
        text = buffer.raw[: 2 * count].decode("utf-16-le", "replace")
        if len(text) == count:
            return text.replace("\ufffe", LINE_HYPHEN)
    read, handle = call.quick_FPDFText_GetUnicode, pointer(text_page)
    codes = map(read, repeat(handle), range(count))
    return _STRAY.sub(_mended, "".join([chr(code) if code < 0x110000 else UNKNOWN for code in codes]))


def _mended(stray: re.Match[str]) -> str:
    """Return what to read for halves of a character: of two, the second becomes a word joiner, dropped later."""
    if len(stray[0]) == 2:
        high, low = map(ord, stray[0])
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)) + "\u2060"
    return LINE_HYPHEN if stray[0] == "\ufffe" else UNKNOWN


def glyph_boxes(path: Path, number: int, glyphs: Sequence[int]) -> list[Box]:
    """Return left, top, right, bottom of single glyphs of a page, in points from its top left corner."""
    call = calls()
    with open_pdf(path) as (document, _):
        page = call.FPDF_LoadPage(document, number - 1)
        if not page:
            raise PdfError(f"{path.name}: page {number} cannot be opened; fetch the paper again")
        text_page = call.FPDFText_LoadPage(page)
        try:
            place, box = Placement(call, page), (ctypes.c_float * 4)()
            found = []
            for glyph in glyphs:
                call.FPDFText_GetLooseCharBox(text_page, glyph, ctypes.addressof(box))
                found.append(place.rectangle(*box))
            return found
        finally:
            if text_page:
                call.FPDFText_ClosePage(text_page)
            call.FPDF_ClosePage(page)


def outline(path: Path) -> dict[str, int]:
    """Return the headings that a PDF's own outline names, letters and digits only, with their levels from 1."""
    with open_pdf(path) as (document, _):
        return _outline(document)


def _outline(document: int) -> dict[str, int]:
    raw = calls().raw
    found: dict[str, int] = {}
    handle = ctypes.cast(document, raw.FPDF_DOCUMENT)
    stack = [(raw.FPDFBookmark_GetFirstChild(handle, None), 1)]
    while stack and len(found) < MAX_OUTLINE:
        bookmark, level = stack.pop()
        if not bookmark:
            continue
        size = raw.FPDFBookmark_GetTitle(bookmark, None, 0)
        buffer = ctypes.create_string_buffer(min(size, 2000))
        raw.FPDFBookmark_GetTitle(bookmark, buffer, len(buffer))
        title = buffer.raw[: max(0, size - 2)].decode("utf-16-le", "replace")
        found.setdefault(re.sub(r"[\W_]+", "", title).lower(), level)
        stack.append((raw.FPDFBookmark_GetNextSibling(handle, bookmark), level))
        if level < MAX_DEPTH:
            stack.append((raw.FPDFBookmark_GetFirstChild(handle, bookmark), level + 1))
    found.pop("", None)
    roots = sum(level == 1 for level in found.values())
    return {title: max(1, level - 1) for title, level in found.items()} if roots == 1 else found


def stamp(path: Path) -> tuple[str, int] | None:
    """Return id and version from the arXiv stamp on page 1, or None where there is none."""
    for sheet in read_sheets(path):
        return stamp_of(sheet)
    return None


def stamp_of(sheet: Sheet) -> tuple[str, int] | None:
    """Return id and version that a first page's arXiv stamp names; an unversioned stamp counts as version 1."""
    for words in (sheet.turned, sheet.words):
        text = " ".join(sheet.glyphs[word.start : word.end] for word in words)
        match = _STAMP.search(text)
        if match:
            return match[1], int(match[2] or 1)
    return None
