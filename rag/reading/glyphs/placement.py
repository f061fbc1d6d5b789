"""Turn a file's page coordinates into those of the page as it is shown."""

from __future__ import annotations

import ctypes

from rag.reading.glyphs.pdfium import Calls


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

    def rectangle(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Return a box of the file in our coordinates: left, top, right, bottom."""
        x1, y1 = self.point(left, top)
        x2, y2 = self.point(right, bottom)
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)

    def upright(self, a: float, b: float) -> bool:
        """Tell whether text with this matrix runs from left to right as the page is shown."""
        ahead, across = ((a, -b), (b, a), (-a, b), (-b, -a))[self.turn]
        return ahead > 0 and abs(across) < 0.1 * ahead
