"""Open PDFs with PDFium and call its C functions directly.

pypdfium2's own bindings convert every argument; on a page with thousands of calls that doubles the time. Here the
same functions take and give plain numbers and addresses. Those that a page needs for every word exist once more under
`quick_` names, without any conversion: every address given to them has to be a `pointer`. PDFium is used by one thread
of a process only.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from rag.errors import PdfDamagedError, PdfError

MAX_BYTES = 512 * 2**20
MAX_PAGES = 3000

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
def calls() -> Calls:
    """Return the functions; the library is loaded at the first call."""
    return Calls()


@contextmanager
def open_pdf(path: Path) -> Iterator[tuple[int, int]]:
    """Open a PDF and give its handle and number of pages; raise `PdfError` when it is no readable PDF."""
    raw = calls().raw
    _check_file(path)
    document = raw.FPDF_LoadDocument(os.fsencode(path), None)
    if not document:
        raise _unopened(path, raw.FPDF_GetLastError())
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


def _unopened(path: Path, code: int) -> PdfError:
    if code == 4:
        return PdfError(f"{path.name}: the PDF is encrypted and asks for a password; save it without one")
    return PdfDamagedError(f"{path.name}: the PDF is damaged or cut off; fetch the paper again")
