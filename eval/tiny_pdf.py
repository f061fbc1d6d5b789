"""Write plain one-column PDFs, byte for byte the same for the same text: Helvetica, A4, nothing compressed.

Enough for invented papers. Not handled: anything beyond Latin-1, pictures, tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_WIDTH, _HEIGHT, _MARGIN, _SIZE, _LEAD = 595, 842, 72, 10, 14
# widths of Helvetica's characters 32 to 126, in thousandths (Adobe's font metrics)
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 "
    "278 584 584 "
    "584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 "
    "667 611 278 "
    "278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 "
    "722 500 500 "
    "500 334 260 334 584"
)
_WIDTH_OF = [int(width) for width in _WIDTHS.split()]


def make_pdf(blocks: Sequence[tuple[float, str]], *, hidden: str = "", stamp: str = "") -> bytes:
    """Return a PDF of blocks `(relative size, text)`; `hidden` is set in white, `stamp` upright at the left edge."""
    pages: list[list[str]] = [[]]
    y = float(_HEIGHT - _MARGIN)
    for scale, text in blocks:
        size = _SIZE * scale
        for line in _wrap(text, size):
            if y < _MARGIN:
                pages.append([])
                y = _HEIGHT - _MARGIN
            pages[-1].append(f"BT /F1 {size:g} Tf {_MARGIN} {y:g} Td ({_escaped(line)}) Tj ET")
            y -= _LEAD * scale
        y -= _LEAD * 0.6
    if hidden:
        pages[0].append(f"1 1 1 rg BT /F1 {_SIZE} Tf {_MARGIN} 40 Td ({_escaped(hidden)}) Tj ET 0 g")
    if stamp:
        pages[0].append(f"BT /F1 16 Tf 0 1 -1 0 30 300 Tm ({_escaped(stamp)}) Tj ET")
    for number, page in enumerate(pages, start=1):
        page.append(f"BT /F1 8 Tf {_WIDTH / 2:g} 30 Td ({number}) Tj ET")
    return _file(["\n".join(page) for page in pages])


def _wrap(text: str, size: float) -> Iterable[str]:
    line, room = "", (_WIDTH - 2 * _MARGIN) * 1000 / size
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and _measure(longer) > room:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _measure(text: str) -> int:
    return sum(_WIDTH_OF[ord(char) - 32] if 32 <= ord(char) < 127 else 556 for char in text)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(pages: Sequence[str]) -> bytes:
    count = len(pages)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for i, content in enumerate(pages):
        size = len(content.encode("cp1252", "replace"))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {size} >>\nstream\n{content}\nendstream")
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252", "replace")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return out + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
