"""Make one-page papers in any script, from the fonts of a package and those that every reader of PDFs has.

Each character is drawn by the first of two fonts that has it. What runs from right to left is drawn as programs do,
from the left, letter by letter; no letters are shaped, which changes nothing of what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from tests import make_pdfs

PLAIN = "NotoSans[wght].ttf"
LEFTWARDS = ("Arabic", "Hebrew")
UNSPACED = ("STSong", "Heisei", "Thai")
EDGES = 54.0, 540.0


def paper(font: str, title: str, headings: Sequence[str], sentences: Sequence[str]) -> bytes:
    """Return a paper: title, summary of three sentences, introduction of the rest. Skip where the fonts are missing."""
    fonts = [font] if font.endswith(("-Light", "-W3", "-Medium")) else [font, PLAIN]
    for name in fonts:
        register(name)
    blank = "" if any(name in font for name in UNSPACED[:2]) else " "
    summary, introduction = blank.join(sentences[:3]), blank.join(sentences[3:])
    sheet, y = make_pdfs.Sheet(), 90.0
    for text, size, below in (
        (title, 16, 20), (headings[0], 12, 4), (summary, 10, 20), (headings[1], 12, 4), (introduction, 10, 0),
    ):  # fmt: skip
        for line in lines(text, fonts, size):
            draw(sheet, line, fonts, size, y)
            y += size + 3
        y += below
    return make_pdfs.make([sheet])


def register(name: str) -> None:
    """Make a font known to reportlab."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    if not name.endswith(".ttf"):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
        return
    package = pytest.importorskip("manimgx_fonts", reason="the test fonts are not installed: manimgx-fonts")
    pdfmetrics.registerFont(TTFont(name, str(Path(package.__file__).parent / name)))


def pieces(text: str, fonts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield runs of a text with the font that has their characters."""
    from reportlab.pdfbase.pdfmetrics import getFont

    def font_of(char: str) -> str:
        has = [name for name in fonts[:-1] if ord(char) in getFont(name).face.charToGlyph]
        return (has or [fonts[-1]])[0]

    for font, chars in groupby(text, font_of):
        yield font, "".join(chars)


def width(text: str, fonts: Sequence[str], size: float) -> float:
    """Return how wide a text is."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return sum(float(stringWidth(part, font, size)) for font, part in pieces(text, fonts))


def lines(text: str, fonts: Sequence[str], size: float) -> list[str]:
    """Break a text into lines, anywhere in scripts without blanks."""
    spaced = not any(name in fonts[0] for name in UNSPACED)
    found = [""]
    for unit in text.split(" ") if spaced else text:
        longer = f"{found[-1]} {unit}" if spaced and found[-1] else found[-1] + unit
        if width(longer, fonts, size) <= EDGES[1] - EDGES[0]:
            found[-1] = longer
        else:
            found.append(unit)
    return found


def draw(sheet: make_pdfs.Sheet, line: str, fonts: Sequence[str], size: float, y: float) -> None:
    """Draw a line, at the right edge and turned around where its script runs from right to left."""
    x = EDGES[0]
    if any(name in fonts[0] for name in LEFTWARDS):
        x, line = EDGES[1] - width(line, fonts, size), line[::-1]
    for font, part in pieces(line, fonts):
        sheet.text(x, y, part, size, font)
        x += width(part, [font], size)
