"""Read what stands where on the pages of a PDF.

A page is read word by word: one call for the page's characters, a few for each word's place and text object.
Boxes of single glyphs are only looked up when somebody asks (`span_rectangles`). Not handled here: which words
belong together, and what they mean (the wings `blocks` and `text`).
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rag.papers import HiddenText
from rag.reading.glyphs.contrast import WHITE, Colour, Doubt, Ink, alike, hidden_reason, ink_of, mixed, visible
from rag.reading.glyphs.fonts import place_accents, read_style, read_symbols
from rag.reading.glyphs.occlusion import ROW
from rag.reading.glyphs.pdfium import (
    Calls,
    Placement,
    open_page,
    open_pdf,
    pdfium,
    pointer,
    read_characters,
    read_outline,
)
from rag.reading.glyphs.visibility import Canvas
from rag.reading.sheet import LINE_HYPHEN, Box, Sheet, Style, Word, new_tuple

STAMPED = 4  # pages, of which up to three are covers
_NARROWEST = 0.2  # of the other side of an em: letters squeezed to less cannot be read
_MANY = 10**9  # objects: more than any page has
_BLANK = r" \t\n\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # not \x1c to \x1f: TeX has glyphs there
_TOKEN = re.compile(rf"[^{_BLANK}\x02]+\x02?|\x02")
_LEFTWARDS = re.compile(  # letters that run from right to left
    "[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_PLAIN = Style("", False, False, False, False)


def read_file(path: Path) -> tuple[list[Sheet], dict[str, int]]:
    """Return the pages of a PDF, in order, as visible words with their places, and what its outline names."""
    with open_pdf(path) as (document, count):
        return [_sheet(document, number, path.name) for number in range(1, count + 1)], read_outline(document)


def first_sheet(path: Path) -> Sheet:
    """Return the first page alone."""
    with open_pdf(path) as (document, _):
        return _sheet(document, 1, path.name)


def read_stamp(path: Path) -> tuple[str, int] | None:
    """Return id and version that arXiv's stamp names on one of the first pages, as covers stand before the paper.

    What the first page itself names counts where none of them is stamped.
    """
    with open_pdf(path) as (document, count):
        first = _sheet(document, 1, path.name)
        later = (_sheet(document, number, path.name) for number in range(2, min(count, STAMPED) + 1))
        return first.margin_stamp or next(filter(None, (sheet.margin_stamp for sheet in later)), first.stamp)


def _sheet(document: int, number: int, name: str) -> Sheet:
    with open_page(document, number) as (page, text_page):
        if not text_page:
            return Sheet(number, 0.0, 0.0, "", (), flags=("damaged",))
        return _Reader(pdfium(), page, text_page, number, name).sheet()


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
        self.glyphs = read_characters(call, text_page, number, name)
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
        for first, stop, part, glued, breaks in self.cut():
            if part != item:
                item = part
                look = looks.get(item) or self.look(item, first)
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
                left, right = self.turned_around(first, left)
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
                self.sort_out(word, item, look, inside)
        if self.doubts:
            self.look_at_doubts()
        return self.judged(self.upright, self.turned, self.hidden)

    def turned_around(self, first: int, left: float) -> tuple[float, float]:
        """Return the edges of a word whose last letter, just looked at, stands left of its first one."""
        if not _LEFTWARDS.search(self.glyphs, first, first + 1):
            return left, left
        outer = self.place.rectangle(*self._box)[0]
        return outer, max(outer, self.box(first)[2])

    def sort_out(self, word: Word, item: int, look: _Look, inside: bool) -> None:
        """Put a word among those that are seen, turned, hidden or in doubt."""
        reason, sure = look.hidden, True
        if not reason and not inside:
            reason = "off the page"
        elif not reason and look.risky and look.order >= 0:
            x, y = self.place.back(word.left, word.base)
            box = x, y, x + word.right - word.left, y + 0.6 * word.size
            reason, sure = self.canvas.lost(look.order, look.colour, look.opacity, box)
        if reason and sure:
            self.hidden.append((word, reason))
        elif not look.straight:
            self.turned.append(word)
        elif reason and any(map(str.isalnum, self.glyphs[word.start : word.end])):
            self.doubts.append(Doubt(word, item, reason))
        else:
            self.upright.append(word)

    def look_at_doubts(self) -> None:
        """Put the words in doubt where the page's picture says they belong."""
        seen = visible(self.call, self.page, self.doubts, self.place.width, self.place.height)
        for doubt, visibly in zip(self.doubts, seen, strict=True):
            if visibly:
                self.upright.append(doubt.word)
            else:
                self.hidden.append((doubt.word, doubt.reason))
        self.upright.sort(key=lambda word: word.start)
        self.hidden.sort(key=lambda found: found[0].start)

    def cut(self) -> list[tuple[int, int, int, bool, bool]]:
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
                for first, stop, part in self.pieces(start, end):
                    found.append((first, stop, part, glued, breaks))
                    glued, breaks = True, False
            item = last
        return found

    def judged(self, upright: list[Word], turned: list[Word], hidden: list[tuple[Word, str]]) -> Sheet:
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
        self.glyphs = read_symbols(self.glyphs, upright, {style.font for style in self.styles.values()})
        upright, repairs = place_accents(self.glyphs, upright, self.box)
        return Sheet(
            number=self.number,
            width=width,
            height=height,
            glyphs=self.glyphs,
            words=tuple(upright),
            turned=tuple(turned),
            hidden=self.gathered(hidden),
            repairs=repairs,
            flags=flags,
        )

    def box(self, glyph: int) -> Box:
        """Return left, top, right, bottom of one glyph."""
        self.call.quick_FPDFText_GetLooseCharBox(self.text_page, glyph, self._box_at)
        return self.place.rectangle(*self._box)

    def gathered(self, words: Sequence[tuple[Word, str]]) -> tuple[HiddenText, ...]:
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

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
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

    def look(self, item: int, index: int) -> _Look:
        """Return what all letters of a text object have in common, of which one is at an index."""
        matrix, size, font, ink = self._asked
        page, handle = self.text_page, pointer(item)
        matrix(page, index, self._matrix_at)
        own = (font(handle) or 0, ink(handle)) if item else (0, None)
        traits = (own, size(page, index), self._turn.tobytes())
        look = self.kinds.get(traits) or self.kind(traits)
        order = self.canvas.order.get(item, -1)
        if order in self.canvas.clipped:
            look = look._replace(plain=False, risky=True, order=order)
        elif order >= 0 and (look.risky or order < self.canvas.last):
            look = new_tuple(_Look, (*look[:-2], True, order))
        self.looks[item] = look
        return look

    def kind(self, traits: _Traits) -> _Look:
        """Return what all text of one style, ink, size and direction has in common."""
        (font, painted), size, _ = traits
        a, b, c, d, _, _ = self._matrix
        along, across = math.hypot(a, b), math.hypot(c, d)
        size *= across
        squeezed = abs(a * d - b * c) < _NARROWEST * max(along, across) ** 2  # an em of this matrix is a strip
        least = 0.0 if squeezed else size
        reason, colour, opacity = hidden_reason(painted, least) if painted else ("", None, 1.0)
        straight = self.place.upright(a, b)
        faint = colour is not None and alike(mixed(colour, opacity, WHITE), WHITE)
        if font not in self.styles:
            self.styles[font] = read_style(self.call, font) if font else _PLAIN
        style, risky = self.styles[font], self.canvas.risky(colour) or opacity < 1
        kind = self.kinds[traits] = _Look(
            style, size, straight, straight and not reason and not faint, colour, opacity, reason, risky, -1
        )
        return kind
