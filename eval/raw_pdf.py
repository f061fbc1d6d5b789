"""Hold one PDF and PDFium's raw text of its pages, with no cleaning of ours, and tell what in it cannot be seen."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.files import contents

from .quotes import Finder, Location, References, Texts, normal, runs_over
from .stored_pages import CONTEXT, SHORTEST, sha256

_SAMPLED = 40  # glyphs of a quote that are looked at
_TINY = 2.5  # points below which no person reads a glyph
_WHITE = 250  # of 255, in each colour
_REFERENCES = re.compile(r"^\W*(?:\d+\.?\s*)?(?:references|bibliography)\s*$", re.IGNORECASE | re.MULTILINE)
_HYPHENS = str.maketrans("\x02\ufffe", "\u00ad\u00ad")  # how PDFium writes a hyphen at the end of a line
_STAMP = re.compile(  # arXiv's own, on the margin of the first page: id, version, class, date
    r"arXiv:(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})v(?P<version>\d+)\s+(?:\[[\w.-]+\]\s+)?\d{1,2}\s[A-Z][a-z]{2}"
)
_WORD = re.compile(r"[A-Za-z]{2,}(?:[’'/-][A-Za-z]+)*")
_STAMPED = 4  # pages that may bear it


class RawPdf:
    """Hold one PDF and its raw page texts, read when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._texts: dict[int, str] = {}
        self._words: dict[int, frozenset[str]] = {}
        self._finders: dict[int, Finder] = {}
        self._places: dict[tuple[int, str], Location | None] = {}
        self._hides: dict[tuple[int, str], str | None] = {}

    @cached_property
    def data(self) -> bytes:
        """Return the file's bytes."""
        return contents(self.path)

    @cached_property
    def sha256(self) -> str:
        """Return the hash of the bytes."""
        return sha256(self.data)

    @cached_property
    def stamp(self) -> tuple[str, int] | None:
        """Return the arXiv id and version stamped on one of the first pages, after covers; None without a stamp."""
        first = range(1, min(self.pages, _STAMPED) + 1)
        found = next(filter(None, (_STAMP.search(self.text(number)) for number in first)), None)
        return (found["id"], int(found["version"])) if found else None

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """Open the document for one reading; None where PDFium cannot."""
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(self.data)
        except pypdfium2.PdfiumError:
            yield None
            return
        try:
            yield document
        finally:
            document.close()

    @property
    def readable(self) -> bool:
        """Tell whether PDFium opens the file."""
        return self.pages > 0

    @cached_property
    def pages(self) -> int:
        """Return the number of pages, 0 for a file that is no PDF."""
        with self._opened() as document:
            return len(document) if document is not None else 0

    def text(self, number: int) -> str:
        """Return PDFium's text of a page (1-based), empty for a page that is not there."""
        if number not in self._texts:
            self._texts[number] = self._read(number) if 1 <= number <= self.pages else ""
        return self._texts[number]

    def _read(self, number: int) -> str:
        with self._opened() as document:
            return str(document[number - 1].get_textpage().get_text_range(errors="ignore"))

    def page(self, number: int) -> Finder:
        """Return what finds quotes on a page."""
        if number not in self._finders:
            texts = Texts((self.text(number).translate(_HYPHENS),), raw=True)
            self._finders[number] = Finder(texts, references=lambda: self.references)
        return self._finders[number]

    @cached_property
    def references(self) -> References:
        """Return the list of references: what follows the last heading of that name."""
        whole = "\n".join(self.text(number) for number in range(1, self.pages + 1))
        headings = list(_REFERENCES.finditer(whole))
        return References.read(whole[headings[-1].end() :]) if headings else References()

    def letters(self, number: int) -> str:
        """Return the letters of a page, for finding pieces of quotes."""
        return self.page(number).plain.streams[0].letters

    def words(self, number: int) -> frozenset[str]:
        """Return the words of a page of three letters and more, in normal form, read once."""
        if number not in self._words:
            found = _WORD.findall(self.text(number))
            self._words[number] = frozenset(normal(word) for word in found if len(word) > 2)
        return self._words[number]

    def find(self, quote: str, numbers: Iterable[int]) -> int | None:
        """Return the first of these pages that holds the quote."""
        return next((number for number in numbers if self._place(quote, number)), None)

    def _place(self, quote: str, number: int) -> Location | None:
        if (number, quote) not in self._places:
            self._places[number, quote] = self.page(number).find(quote, SHORTEST, 1)
        return self._places[number, quote]

    def around(self, quote: str, number: int) -> tuple[str, str]:
        """Return what stands before and after a quote on a page that holds it."""
        place, text = self._place(quote, number), self.text(number)
        if place is None:
            return "", ""
        start, end = place.spans[0].start, place.spans[-1].end
        return text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]

    def over_breaks(self, quote: str, numbers: Sequence[int]) -> bool:
        """Tell whether a quote runs over breaks of columns or of these pages."""
        return bool(numbers) and runs_over(quote, Texts([self.page(n).plain.texts[0] for n in numbers], raw=True))

    def hides(self, quote: str, number: int) -> str | None:
        """Return why the quote's glyphs on a page cannot be seen (tiny, white, invisible, off the page), or None."""
        if (number, quote) not in self._hides:
            found = self.page(number).find(quote, 1, 1)
            with self._opened() as document:
                reason = _unseen(document[number - 1], found.spans[0].start, found.spans[-1].end) if found else None
            self._hides[number, quote] = reason
        return self._hides[number, quote]


def _unseen(page: Any, start: int, end: int) -> str | None:
    """Judge some glyphs of a stretch; most of them must be hidden in the same way."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    first, last = (raw.FPDFText_GetCharIndexFromTextIndex(textpage, place) for place in (start, end - 1))
    reasons: dict[str, int] = {}
    looked = 0
    for index in range(first, last + 1, max(1, (last + 1 - first) // _SAMPLED)):
        if not chr(raw.FPDFText_GetUnicode(textpage, index) or 32).isspace():
            looked += 1
            if reason := _why_unseen(raw, textpage, index, page.get_size()):
                reasons[reason] = reasons.get(reason, 0) + 1
    reason, count = max(reasons.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return reason if looked and count * 2 > looked else None


def _why_unseen(raw: Any, textpage: Any, index: int, size: tuple[float, float]) -> str:
    """Return why a glyph cannot be seen, or nothing."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    raw.FPDFText_GetFillColor(textpage, index, red, green, blue, alpha)
    left, bottom, right, top = textpage.get_charbox(index)
    matrix = raw.FS_MATRIX()
    scaled = raw.FPDFText_GetMatrix(textpage, index, matrix)
    scale = max(abs(matrix.d), abs(matrix.b)) or 1.0 if scaled else 1.0
    item = raw.FPDFText_GetTextObject(textpage, index) if hasattr(raw, "FPDFText_GetTextObject") else None
    if raw.FPDFText_GetFontSize(textpage, index) * scale < _TINY and top - bottom < _TINY:
        return "its glyphs are too small to be read"
    if (item and raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE) or alpha.value == 0:
        return "its glyphs are drawn invisibly"
    if min(red.value, green.value, blue.value) >= _WHITE:
        return "its glyphs are white"
    if right < 0 or top < 0 or left > size[0] or bottom > size[1]:
        return "its glyphs lie off the page"
    return ""
