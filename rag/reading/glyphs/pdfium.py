"""Open PDFs with PDFium and call its C functions directly: a file's outline, a page's characters and coordinates.

pypdfium2's own bindings convert every argument; on a page with thousands of calls that doubles the time. Here the
same functions take and give plain numbers and addresses. Those that a page needs for every word exist once more under
`quick_` names, without any conversion: every address given to them has to be a `pointer`. PDFium is used by one thread
of a process only.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any

from rag import files
from rag.errors import PdfDamagedError, PdfError
from rag.reading.sheet import LINE_HYPHEN, UNKNOWN, Box

MAX_BYTES = 512 * 2**20
MAX_PAGES = 3000
MAX_CHARS = 400_000  # one page: more is no page of a paper
MAX_OUTLINE = 2000  # entries; cyclic outlines end here
MAX_DEPTH = 6
_ASKS_PASSWORD = 4  # PDFium's error code
_STRAY = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff\ufffe\x00]")  # no characters by themselves

_A, _I, _F = ctypes.c_void_p, ctypes.c_int, ctypes.c_float
_SIGNATURES: dict[str, tuple[Any, ...]] = {  # result, then arguments
    "FPDF_LoadPage": (_A, _A, _I),
    "FPDF_ClosePage": (None, _A),
    "FPDF_GetPageWidthF": (_F, _A),
    "FPDF_GetPageHeightF": (_F, _A),
    "FPDF_GetPageBoundingBox": (_I, _A, _A),
    "FPDFPage_GetRotation": (_I, _A),
    "FPDFPage_CountObjects": (_I, _A),
    "FPDFPage_GetObject": (_A, _A, _I),
    "FPDFPageObj_GetType": (_I, _A),
    "FPDFPageObj_GetBounds": (_I, _A, _A, _A, _A, _A),
    "FPDFPageObj_GetMatrix": (_I, _A, _A),
    "FPDFPageObj_GetFillColor": (_I, _A, _A, _A, _A, _A),
    "FPDFPageObj_GetStrokeColor": (_I, _A, _A, _A, _A, _A),
    "FPDFPageObj_HasTransparency": (_I, _A),
    "FPDFPageObj_GetClipPath": (_A, _A),
    "FPDFClipPath_CountPaths": (_I, _A),
    "FPDFClipPath_CountPathSegments": (_I, _A, _I),
    "FPDFClipPath_GetPathSegment": (_A, _A, _I, _I),
    "FPDFPathSegment_GetPoint": (_I, _A, _A, _A),
    "FPDFPathSegment_GetType": (_I, _A),
    "FPDFPath_CountSegments": (_I, _A),
    "FPDFPath_GetPathSegment": (_A, _A, _I),
    "FPDFPageObj_GetStrokeWidth": (_I, _A, _A),
    "FPDFPageObj_SetIsActive": (_I, _A, _I),
    "FPDFBitmap_CreateEx": (_A, _I, _I, _I, _A, _I),
    "FPDFBitmap_Destroy": (None, _A),
    "FPDF_RenderPageBitmapWithMatrix": (None, _A, _A, _A, _A, _I),
    "FPDFPath_GetDrawMode": (_I, _A, _A, _A),
    "FPDFFormObj_CountObjects": (_I, _A),
    "FPDFFormObj_GetObject": (_A, _A, ctypes.c_ulong),
    "FPDFTextObj_GetTextRenderMode": (_I, _A),
    "FPDFTextObj_GetFont": (_A, _A),
    "FPDFFont_GetBaseFontName": (ctypes.c_size_t, _A, _A, ctypes.c_size_t),
    "FPDFFont_GetWeight": (_I, _A),
    "FPDFText_LoadPage": (_A, _A),
    "FPDFText_ClosePage": (None, _A),
    "FPDFText_CountChars": (_I, _A),
    "FPDFText_GetText": (_I, _A, _I, _I, _A),
    "FPDFText_GetUnicode": (ctypes.c_uint, _A, _I),
    "FPDFText_GetTextObject": (_A, _A, _I),
    "FPDFText_GetFontSize": (ctypes.c_double, _A, _I),
    "FPDFText_GetMatrix": (_I, _A, _I, _A),
    "FPDFText_GetCharOrigin": (_I, _A, _I, _A, _A),
    "FPDFText_GetLooseCharBox": (_I, _A, _I, _A),
}
_QUICK = (  # called hundreds of times a page; all arguments are addresses and C ints
    "FPDFPage_GetObject",
    "FPDFPageObj_GetType",
    "FPDFPageObj_GetBounds",
    "FPDFPageObj_GetFillColor",
    "FPDFPageObj_GetStrokeColor",
    "FPDFPageObj_HasTransparency",
    "FPDFPageObj_GetClipPath",
    "FPDFClipPath_CountPaths",
    "FPDFClipPath_CountPathSegments",
    "FPDFClipPath_GetPathSegment",
    "FPDFPathSegment_GetPoint",
    "FPDFPathSegment_GetType",
    "FPDFTextObj_GetTextRenderMode",
    "FPDFTextObj_GetFont",
    "FPDFText_GetUnicode",
    "FPDFText_GetTextObject",
    "FPDFText_GetFontSize",
    "FPDFText_GetMatrix",
    "FPDFText_GetCharOrigin",
    "FPDFText_GetLooseCharBox",
)

Pointer = Any  # what ctypes itself makes of an address before a call; ready-made it need not be made in each call
pointer: Callable[[int], Pointer] = ctypes.c_void_p.from_param


class Calls:
    """Hold PDFium's functions under their own names, ready to be called with numbers and addresses."""

    def __init__(self) -> None:
        import pypdfium2_raw as raw  # without pypdfium2's own classes, whose import takes as long again

        raw.FPDF_InitLibraryWithConfig(raw.FPDF_LIBRARY_CONFIG(version=2))  # does nothing the second time
        self.raw = raw
        for name, (result, *arguments) in _SIGNATURES.items():
            address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
            if address is None:
                raise PdfError(f"this PDFium has no {name}; install the pypdfium2 of constraints.txt")
            setattr(self, name, ctypes.PYFUNCTYPE(result, *arguments)(address))
            if name in _QUICK:
                setattr(self, f"quick_{name}", ctypes.PYFUNCTYPE(result)(address))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name} is missing from rag.reading.glyphs.pdfium._SIGNATURES")


@cache
def pdfium() -> Calls:
    """Return PDFium's functions; the library is loaded at the first call."""
    return Calls()


@contextmanager
def open_pdf(path: Path) -> Iterator[tuple[int, int]]:
    """Open a PDF and give its handle and number of pages; raise `PdfError` when it is no readable PDF."""
    try:
        size = path.stat().st_size
        head = files.contents(path, 1024)
    except OSError as error:
        raise PdfError(f"{path.name}: cannot be opened ({error.strerror}); check the path") from None
    if b"%PDF-" not in head:
        raise PdfError(f"{path.name}: not a PDF (no %PDF- at its start); fetch the paper again")
    if size > MAX_BYTES:
        raise PdfError(f"{path.name}: larger than {MAX_BYTES >> 20} MiB; leave the paper out")
    raw = pdfium().raw
    document = raw.FPDF_LoadDocument(os.fsencode(path), None)
    if not document and raw.FPDF_GetLastError() == _ASKS_PASSWORD:
        raise PdfError(f"{path.name}: the PDF is encrypted and asks for a password; save it without one")
    if not document:
        raise PdfDamagedError(f"{path.name}: the PDF is damaged or cut off; fetch the paper again")
    try:
        count = raw.FPDF_GetPageCount(document)
        if count < 1:
            raise PdfDamagedError(f"{path.name}: the PDF has no pages; fetch the paper again")
        if count > MAX_PAGES:
            raise PdfError(f"{path.name}: {count} pages, more than {MAX_PAGES}; split the PDF")
        handle = ctypes.cast(document, ctypes.c_void_p).value or 0
        yield handle, count
    finally:
        raw.FPDF_CloseDocument(document)


@contextmanager
def open_page(document: int, number: int) -> Iterator[tuple[int, int]]:
    """Open a page by its number, from 1, and give its handle and that of its text; 0 for what is damaged."""
    call = pdfium()
    page = call.FPDF_LoadPage(document, number - 1) or 0
    text_page = (page and call.FPDFText_LoadPage(page)) or 0
    try:
        yield page, text_page
    finally:
        if text_page:
            call.FPDFText_ClosePage(text_page)
        if page:
            call.FPDF_ClosePage(page)


def read_outline(document: int) -> dict[str, int]:
    """Return the headings that a PDF's own outline names, letters and digits only, with their levels from 1."""
    raw = pdfium().raw
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


def read_characters(call: Calls, text_page: int, number: int, name: str) -> str:
    """Return a page's characters, one code point each; `number` and `name` tell where, if they are too many."""
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


class Placement:
    """Turn PDFium's page coordinates (origin bottom left, before rotation) into ours (top left, as shown)."""

    def __init__(self, call: Calls, page: int) -> None:
        box = (ctypes.c_float * 4)()
        call.FPDF_GetPageBoundingBox(page, ctypes.addressof(box))
        self.left, self.top, self.right, self.bottom = box
        self.turn = call.FPDFPage_GetRotation(page) % 4
        self.width, self.height = call.FPDF_GetPageWidthF(page), call.FPDF_GetPageHeightF(page)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return our coordinates of a point of the file."""
        if self.turn == 0:
            return x - self.left, self.top - y
        if self.turn == 1:
            return y - self.bottom, x - self.left
        if self.turn == 2:
            return self.right - x, y - self.bottom
        return self.top - y, self.right - x

    def back(self, x: float, y: float) -> tuple[float, float]:
        """Return the file's coordinates of a point of ours."""
        if self.turn == 0:
            return x + self.left, self.top - y
        if self.turn == 1:
            return y + self.left, x + self.bottom
        if self.turn == 2:
            return self.right - x, y + self.bottom
        return self.right - y, self.top - x

    def rectangle(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Return a box of the file in our coordinates: left, top, right, bottom."""
        x1, y1 = self.point(left, top)
        x2, y2 = self.point(right, bottom)
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)

    def upright(self, a: float, b: float) -> bool:
        """Tell whether text with this matrix runs from left to right as the page is shown."""
        ahead, across = ((a, -b), (b, a), (-a, b), (-b, -a))[self.turn]
        return ahead > 0 and abs(across) < 0.1 * ahead
