"""Read what stands where on the pages of a PDF, through PDFium's own C interface.

A page is read word by word: one call for the page's characters, a few for each word's place and text object.
Boxes of single glyphs are only looked up when somebody asks (`glyph_boxes`). Not handled here: which words
belong together, and what they mean (`layout`, `labels`, `text`).
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import PdfError
from rag.sheet import LINE_HYPHEN, UNKNOWN, Sheet, Style, Word
from rag.types import HiddenText

MAX_BYTES = 512 * 2**20
MAX_PAGES = 3000
MAX_SIDE = 6000  # pixels of a rendered page
MAX_CHARS = 400_000  # one page: more is no page of a paper
_TOKEN = re.compile(r"[^\s\x02\xa0]*\x02|[^\s\x02\xa0]+")
_STAMP = re.compile(r"arXiv:\s*((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7})|\d{4}\.\d{4,5})(?:v(\d+))?", re.IGNORECASE)
_BOLD = re.compile(
    r"bold|black|heavy|demi|(?:^|[+-])cm(?:b|ss?bx|csc.*b)|[-,]bd|medi(?!um.?ital)|nimbus.*medi|sfbx|[+]lmb|bx\d", re.I
)
_ITALIC = re.compile(r"ital|obli|(?:^|[+])cm(?:ti|bxti|sl)|slant|sfti|reguital|mediital", re.I)
_MATH = re.compile(
    r"(?:^|[+])(?:cmm|cmsy|cmex|msam|msbm|eufm|rsfs|lmmath|mtsy|mtmi|txsy|pxsy|rtxmi|bbold|stix.*math|latinmodernmath|xits|newtxmi|esint|wasy|stmary)|math|symbol",
    re.I,
)
_MONO = re.compile(r"mono|cour|typewriter|(?:^|[+])cmtt|consol|sftt|inconsolata|nimbusmon|beramono", re.I)
_PLAIN = Style("", False, False, False, False)


def _pdfium() -> Any:
    import pypdfium2  # starts and ends the library
    import pypdfium2.raw as raw

    del pypdfium2
    return raw


@contextmanager
def open_pdf(path: Path) -> Iterator[Any]:
    """Open a document handle of PDFium; raise `PdfError` with the reason when the file is no readable PDF."""
    raw = _pdfium()
    _check_file(path)
    document = raw.FPDF_LoadDocument(str(path).encode(), None)
    if not document:
        raise PdfError(f"{path.name}: {_reason(raw.FPDF_GetLastError())}")
    try:
        if raw.FPDF_GetPageCount(document) < 1:
            raise PdfError(f"{path.name}: the PDF has no pages; fetch the paper again")
        if raw.FPDF_GetPageCount(document) > MAX_PAGES:
            raise PdfError(f"{path.name}: more than {MAX_PAGES} pages; split the PDF")
        yield document
    finally:
        raw.FPDF_CloseDocument(document)


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise PdfError(f"{path.name}: cannot be opened ({error.strerror}); check the path") from None
    if b"%PDF-" not in head:
        raise PdfError(f"{path.name}: not a PDF (no %PDF- at its start); fetch the paper again")
    if size > MAX_BYTES:
        raise PdfError(f"{path.name}: larger than {MAX_BYTES >> 20} MiB; leave the paper out")


def _reason(code: int) -> str:
    if code == 4:
        return "the PDF is encrypted and asks for a password; save it without one"
    return "the PDF is damaged or cut off; fetch the paper again"


def read_sheets(path: Path) -> Iterator[Sheet]:
    """Yield the pages of a PDF, in order, as visible words with their places."""
    raw = _pdfium()
    with open_pdf(path) as document:
        for index in range(raw.FPDF_GetPageCount(document)):
            yield _sheet(raw, document, index, path.name)


def _sheet(raw: Any, document: Any, index: int, name: str) -> Sheet:
    page = raw.FPDF_LoadPage(document, index)
    if not page:
        return Sheet(index + 1, 0.0, 0.0, "", (), flags=("damaged",))
    text_page = raw.FPDFText_LoadPage(page)
    try:
        if not text_page:
            return Sheet(index + 1, 0.0, 0.0, "", (), flags=("damaged",))
        return _Reader(raw, page, text_page, index + 1, name).sheet()
    finally:
        if text_page:
            raw.FPDFText_ClosePage(text_page)
        raw.FPDF_ClosePage(page)


class _Reader:
    """Read one page; holds PDFium's handles and the buffers its calls write into."""

    def __init__(self, raw: Any, page: Any, text_page: Any, number: int, name: str) -> None:
        self.raw, self.page, self.text_page, self.number, self.name = raw, page, text_page, number, name
        self.place = _Placement(raw, page)
        self.x, self.y = ctypes.c_double(), ctypes.c_double()
        self.at = (ctypes.byref(self.x), ctypes.byref(self.y))
        self.box = raw.FS_RECTF()
        self.objects: dict[int, tuple[Style, float, bool, str]] = {}
        self.styles: dict[int, Style] = {}

    def sheet(self) -> Sheet:
        glyphs = _characters(self.raw, self.text_page, self.number, self.name)
        upright: list[Word] = []
        turned: list[Word] = []
        hidden: list[tuple[str, str]] = []
        end = 0
        for match in _TOKEN.finditer(glyphs):
            between = glyphs[end : match.start()]
            end = match.end()
            breaks = "\n" in between or "\r" in between or glyphs[match.start() - 1 : match.start()] == "\x02"
            glued = not between
            for start, stop in self._pieces(match.start(), end):
                word, straight, reason = self._word(start, stop, glued, breaks)
                if reason:
                    hidden.append((reason, glyphs[start:stop]))
                elif straight:
                    upright.append(word)
                else:
                    turned.append(word)
                glued, breaks = True, False
        return Sheet(
            number=self.number,
            width=self.place.width,
            height=self.place.height,
            glyphs=glyphs,
            words=tuple(upright),
            turned=tuple(turned),
            hidden=_gathered(self.number, hidden),
        )

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut a word where one text object ends and the next begins."""
        first = self._object(start)
        while end - start > 1 and self._object(end - 1) != first:
            low, high = start, end - 1  # the object of `low` is `first`, that of `high` is another
            while high - low > 1:
                middle = (low + high) // 2
                if self._object(middle) == first:
                    low = middle
                else:
                    high = middle
            yield start, high
            start, first = high, self._object(high)
        yield start, end

    def _object(self, index: int) -> int:
        found = self.raw.FPDFText_GetTextObject(self.text_page, index)
        return ctypes.addressof(found.contents) if found else 0

    def _word(self, start: int, end: int, glued: bool, breaks: bool) -> tuple[Word, bool, str]:
        style, size, straight, reason = self._look(start)
        self.raw.FPDFText_GetCharOrigin(self.text_page, start, *self.at)
        left, base = self.place.point(self.x.value, self.y.value)
        self.raw.FPDFText_GetLooseCharBox(self.text_page, end - 1, ctypes.byref(self.box))
        _, _, right, _ = self.place.rectangle(self.box.left, self.box.top, self.box.right, self.box.bottom)
        if not reason and (base < 0 or left < -1 or base > self.place.height + 1 or left > self.place.width + 1):
            reason = "off the page"
        return Word(start, end, left, max(left, right), base, size, style, glued, breaks), straight, reason

    def _look(self, index: int) -> tuple[Style, float, bool, str]:
        key = self._object(index)
        known = self.objects.get(key)
        if known is None:
            known = self.objects[key] = self._read_look(index)
        return known

    def _read_look(self, index: int) -> tuple[Style, float, bool, str]:
        raw = self.raw
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self.text_page, index, ctypes.byref(matrix))
        size = raw.FPDFText_GetFontSize(self.text_page, index) * math.hypot(matrix.c, matrix.d)
        straight = self.place.upright(matrix.a, matrix.b)
        found = raw.FPDFText_GetTextObject(self.text_page, index)
        if not found:
            return _PLAIN, size, straight, ""
        reason = ""
        if raw.FPDFTextObj_GetTextRenderMode(found) == 3:
            reason = "invisible render mode"
        elif size < 2.0:
            reason = "tiny"
        return self._style(found), size, straight, reason

    def _style(self, text_object: Any) -> Style:
        font = self.raw.FPDFTextObj_GetFont(text_object)
        key = ctypes.addressof(font.contents) if font else 0
        if key not in self.styles:
            self.styles[key] = _read_style(self.raw, font) if font else _PLAIN
        return self.styles[key]


def _characters(raw: Any, text_page: Any, number: int, name: str) -> str:
    count = raw.FPDFText_CountChars(text_page)
    if count > MAX_CHARS:
        raise PdfError(f"{name}: page {number} holds {count} characters; leave the paper out")
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(text_page, 0, count, buffer)
    if written == count + 1:
        text = bytes(buffer)[: 2 * count].decode("utf-16-le", "replace")
        if len(text) == count:
            return text.replace("\ufffe", LINE_HYPHEN)
    read = raw.FPDFText_GetUnicode
    return "".join(_character(read(text_page, index)) for index in range(count))


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else UNKNOWN


def _read_style(raw: Any, font: Any) -> Style:
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(font, buffer, 256)
    name = buffer.value.decode("utf-8", "replace")
    return Style(
        font=name,
        bold=bool(_BOLD.search(name)) or raw.FPDFFont_GetWeight(font) >= 600,
        italic=bool(_ITALIC.search(name)),
        math=bool(_MATH.search(name)),
        mono=bool(_MONO.search(name)),
    )


class _Placement:
    """Turn PDFium's page coordinates (origin bottom left, before rotation) into ours (top left, as shown)."""

    def __init__(self, raw: Any, page: Any) -> None:
        box = raw.FS_RECTF()
        raw.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
        self.left, self.bottom, self.right, self.top = box.left, box.bottom, box.right, box.top
        self.turn = raw.FPDFPage_GetRotation(page) % 4
        self.width, self.height = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.turn == 0:
            return x - self.left, self.top - y
        if self.turn == 1:
            return y - self.bottom, x - self.left
        if self.turn == 2:
            return self.right - x, y - self.bottom
        return self.top - y, self.right - x

    def rectangle(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        x1, y1 = self.point(left, top)
        x2, y2 = self.point(right, bottom)
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)

    def upright(self, a: float, b: float) -> bool:
        """Tell whether text with this matrix runs from left to right as the page is shown."""
        ahead, across = ((a, -b), (b, a), (-a, b), (-b, -a))[self.turn]
        return ahead > 0 and abs(across) < 0.1 * ahead


def _gathered(number: int, pieces: Sequence[tuple[str, str]]) -> tuple[HiddenText, ...]:
    """Join hidden words that follow each other for the same reason."""
    found: list[HiddenText] = []
    for reason, text in pieces:
        if found and found[-1].reason == reason:
            found[-1] = HiddenText(number, f"{found[-1].text} {text}", reason)
        else:
            found.append(HiddenText(number, text, reason))
    return tuple(found)


def glyph_boxes(path: Path, number: int, glyphs: Sequence[int]) -> list[tuple[float, float, float, float]]:
    """Return left, top, right, bottom of single glyphs of a page, in points from its top left corner."""
    raw = _pdfium()
    with open_pdf(path) as document:
        page = raw.FPDF_LoadPage(document, number - 1)
        if not page:
            raise PdfError(f"{path.name}: page {number} cannot be opened; fetch the paper again")
        text_page = raw.FPDFText_LoadPage(page)
        try:
            place, box = _Placement(raw, page), raw.FS_RECTF()
            found = []
            for glyph in glyphs:
                raw.FPDFText_GetLooseCharBox(text_page, glyph, ctypes.byref(box))
                found.append(place.rectangle(box.left, box.top, box.right, box.bottom))
            return found
        finally:
            raw.FPDFText_ClosePage(text_page)
            raw.FPDF_ClosePage(page)


def render_page(path: Path, number: int, scale: float) -> tuple[int, int, bytes]:
    """Return width, height and the RGB pixels of a page as people see it, `scale` pixels per point."""
    raw = _pdfium()
    with open_pdf(path) as document:
        page = raw.FPDF_LoadPage(document, number - 1)
        if not page:
            raise PdfError(f"{path.name}: page {number} cannot be opened; fetch the paper again")
        try:
            width = max(1, round(raw.FPDF_GetPageWidthF(page) * scale))
            height = max(1, round(raw.FPDF_GetPageHeightF(page) * scale))
            if max(width, height) > MAX_SIDE:
                raise PdfError(f"{path.name}: page {number} would be {width} by {height} pixels; leave it out")
            return width, height, _pixels(raw, page, width, height)
        finally:
            raw.FPDF_ClosePage(page)


def _pixels(raw: Any, page: Any, width: int, height: int) -> bytes:
    stride = 3 * width
    buffer = (ctypes.c_ubyte * (stride * height))()
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, buffer, stride)
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER)
        return bytes(buffer)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


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
