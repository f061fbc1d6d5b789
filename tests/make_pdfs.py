"""Make small PDFs for tests: a two-column paper, hidden text, line numbers, and files that are broken on purpose."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 612.0, 792.0
LEFT, RIGHT, COLUMN = 54.0, 318.0, 240.0
STAMP = "arXiv:2301.01234v3 [cs.CV] 5 Jan 2023"
RUNNING_HEAD = "Published as a test paper at NOWHERE 2023"
TITLE = "Quiet Lanterns: Restoring Night Photographs with Slow Filters"
ABSTRACT = (
    "We present Lantern, a slow filter that restores night photographs without a learned prior.",
    "It lowers the error by 12.5 % on the Harbour set, and it needs no graphics card.",
)
FIRST = (
    "Night photographs are noisy because few photons reach the sensor.",
    "Earlier filters smooth the noise away, e.g. with a Gaussian kernel, but they also remove the fine texture.",
    "Lantern is a state-of-the-art filter that keeps the texture, as Fig. 1 shows.",
    "The representation of a patch is compared with its neighbours in low-quality regions only.",
)
CROSSING = "This sentence begins at the foot of the left column and it is continued at the head of the right column."
FOOTNOTE = "The Harbour set is available on request from the authors of this paper."
METHOD = (
    "The filter visits every patch twice and it does not change the exposure.",
    "We set the window to 7 pixels, since larger windows blur the lamps.",
)
THANKS = "We thank the harbour office for the keys to the pier."
REFERENCE = "[1] A. Writer and B. Author. A filter for the night. Journal of Lamps, 12(3):45-67, 2019."
APPENDIX = "The proof follows from the symmetry of the window and from the bound of the main text."


@dataclass
class Sheet:
    """Collect what a page draws, in order."""

    draw: list[Callable[[Any], None]] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float = 10, font: str = "Times-Roman") -> None:
        """Draw one line of text with its baseline at `y` from the top."""

        def paint(canvas: Any) -> None:
            canvas.setFont(font, size)
            canvas.drawString(x, HEIGHT - y, text)

        self.draw.append(paint)

    def lines(self, x: float, y: float, lines: Iterable[str], size: float = 10, step: float = 12) -> float:
        """Draw lines under each other and return the next baseline."""
        for line in lines:
            self.text(x, y, line, size)
            y += step
        return y

    def do(self, action: Callable[[Any], None]) -> None:
        """Draw something else."""
        self.draw.append(action)


def make(sheets: Sequence[Sheet], size: tuple[float, float] = (WIDTH, HEIGHT), **options: Any) -> bytes:
    """Return a PDF with these pages, the same bytes every time."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=1, **options)
    for sheet in sheets:
        for action in sheet.draw:
            action(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def wrap(text: str, width: float, size: float = 10, hyphens: Sequence[str] = ()) -> list[str]:
    """Break text into lines of a width; `hyphens` are words cut where they hold "|", broken there when they must."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    cuts = {word.replace("|", ""): word.split("|") for word in hyphens}
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if stringWidth(longer, "Times-Roman", size) <= width:
            line = longer
            continue
        parts = cuts.get(word.strip(".,"))
        if parts and stringWidth(f"{line} {parts[0]}-", "Times-Roman", size) <= width:
            lines.append(f"{line} {parts[0].rstrip('-')}-")
            line = word[len(parts[0]) :]
        else:
            lines.append(line)
            line = word
    return [*lines, line] if line else lines


def _page_frame(number: int) -> Sheet:
    sheet = Sheet()
    sheet.text(LEFT, 40, RUNNING_HEAD, 8)
    sheet.text(304, 770, str(number), 9)
    return sheet


def stamp(sheet: Sheet, text: str = STAMP) -> None:
    """Draw arXiv's stamp up the left margin."""

    def paint(canvas: Any) -> None:
        canvas.saveState()
        canvas.translate(32, 250)
        canvas.rotate(90)
        canvas.setFont("Times-Roman", 20)
        canvas.drawString(0, 0, text)
        canvas.restoreState()

    sheet.do(paint)


def paper() -> bytes:
    """Return a two-page paper: title, abstract, two columns, footnote, table, references, appendix."""
    first = _page_frame(1)
    first.text(90, 90, TITLE, 16, "Times-Bold")
    first.text(240, 115, "Ada Writer and Bo Author", 11)
    first.text(LEFT, 150, "Abstract", 12, "Times-Bold")
    first.lines(LEFT, 166, wrap(" ".join(ABSTRACT), 500))
    first.text(LEFT, 215, "1 Introduction", 12, "Times-Bold")
    words = ("repre|sentation", "state-of-|the-art", "low-|quality", "con|tinued")
    y = first.lines(LEFT, 233, wrap(" ".join(FIRST), COLUMN, hyphens=words))
    cut = wrap(CROSSING, COLUMN, hyphens=words)
    y = first.lines(LEFT, y, [cut[0]])
    first.text(LEFT, 730, "1", 5)
    first.lines(LEFT + 4, 733, wrap(FOOTNOTE, COLUMN, 8), 8, 10)
    y = first.lines(RIGHT, 233, cut[1:])
    first.text(RIGHT, y + 14, "2 Method", 12, "Times-Bold")
    y = first.lines(RIGHT, y + 32, wrap(" ".join(METHOD), COLUMN))
    first.text(RIGHT, y + 14, "2.1 Window", 10, "Times-Bold")
    first.lines(RIGHT, y + 30, wrap("The window is square. " + METHOD[1], COLUMN))
    stamp(first)
    second = _page_frame(2)
    second.lines(LEFT, 80, wrap("Table 1: Error on the Harbour set, lower is better.", COLUMN))
    for row, cells in enumerate((("Filter", "Error", "Time"), ("Gauss", "0.85", "12.0"), ("Lantern", "0.41", "30.5"))):
        for column, cell in enumerate(cells):
            second.text(LEFT + 80 * column, 104 + 12 * row, cell)
    second.text(LEFT, 170, "Acknowledgements", 12, "Times-Bold")
    second.lines(LEFT, 186, wrap(THANKS, COLUMN))
    second.text(RIGHT, 80, "References", 12, "Times-Bold")
    y = second.lines(RIGHT, 96, wrap(REFERENCE, COLUMN))
    second.text(RIGHT, y + 20, "A Proof of the bound", 12, "Times-Bold")
    second.lines(RIGHT, y + 36, wrap(APPENDIX, COLUMN))
    return make([first, second])


def plain(lines: Sequence[str], size: float = 10) -> Sheet:
    """Return a page with lines of text under each other."""
    sheet = Sheet()
    sheet.lines(LEFT, 100, lines, size)
    return sheet


BODY = (
    "The harbour lies quiet in the evening and the lamps are lit one by one.",
    "A filter that knows the lamps can restore the colours of the water.",
    "Nobody has measured this effect before, and we do not claim a cause.",
)


def hidden(kind: str, secret: str) -> bytes:
    """Return a page of visible text with a secret hidden in one of the known ways."""
    sheet = Sheet()

    def paint(canvas: Any) -> None:
        canvas.saveState()
        text = canvas.beginText(LEFT, HEIGHT - 300)
        text.setFont("Times-Roman", 1 if kind == "tiny" else 10)
        if kind == "white":
            canvas.setFillColorRGB(1, 1, 1)
            text.setFillColorRGB(1, 1, 1)
        if kind == "invisible":
            text.setTextRenderMode(3)
        if kind == "off page":
            text.setTextOrigin(LEFT, HEIGHT + 200)
        if kind == "transparent":
            canvas.setFillAlpha(0)
        if kind == "clipped":
            corner = canvas.beginPath()
            corner.rect(0, 0, 20, 20)
            canvas.clipPath(corner, stroke=0, fill=0)
        if kind == "on black":
            canvas.setFillColorRGB(0, 0, 0)
            canvas.rect(LEFT - 5, HEIGHT - 310, 500, 30, fill=1, stroke=0)
            text.setFillColorRGB(0, 0, 0)
        text.textLine(secret)
        canvas.drawText(text)
        if kind == "covered":
            canvas.setFillColorRGB(1, 1, 1)
            canvas.rect(LEFT - 5, HEIGHT - 310, 500, 30, fill=1, stroke=0)
        if kind == "behind image":
            from reportlab.lib.utils import ImageReader

            canvas.drawImage(ImageReader(_picture()), LEFT - 5, HEIGHT - 320, 500, 60)
        canvas.restoreState()

    sheet.do(paint)
    sheet.lines(LEFT, 100, BODY)
    return make([sheet])


HIDING_PLACES = (
    *("white", "tiny", "off page", "invisible", "transparent", "on black", "covered", "behind image", "clipped"),
)


def _picture(size: tuple[int, int] = (8, 8)) -> Any:
    from PIL import Image

    return Image.new("RGB", size, (120, 140, 160))


def white_on_black(text: str) -> bytes:
    """Return a page with white text on a black bar: visible."""
    sheet = Sheet()

    def paint(canvas: Any) -> None:
        canvas.setFillColorRGB(0, 0, 0)
        canvas.rect(LEFT - 5, HEIGHT - 310, 500, 30, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(LEFT, HEIGHT - 300, text)
        canvas.setFillColorRGB(0, 0, 0)

    sheet.do(paint)
    sheet.lines(LEFT, 100, BODY)
    return make([sheet])


def numbered_lines(count: int = 30) -> bytes:
    """Return a page of text whose lines are numbered in the left margin, as submissions are."""
    sheet = Sheet()
    words = " ".join(BODY * 8)
    for number, line in enumerate(wrap(words, 430)[:count], 1):
        sheet.text(30, 90 + 14 * number, f"{number:03d}", 7)
        sheet.text(80, 90 + 14 * number, line)
    return make([sheet])


def ligatures() -> bytes:
    """Return a page with the ligatures fi and fl as characters of their own."""
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("Vera", str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))
    sheet = Sheet()
    sheet.text(
        LEFT,
        100,
        "The e\ufb01cient \ufb01lter re\ufb02ects the light of the lamps and of the water.".replace(
            "e\ufb01c", "ef\ufb01c"
        ),
        10,
        "Vera",
    )
    return make([sheet])


def exponents() -> bytes:
    """Return a page with powers as TeX sets them: the minus sign from a font of its own, all of it raised."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    sheet = Sheet()
    pieces = (
        ("We use a step of 10", 10, 0, "Times-Roman"),
        ("-", 7, 3.6, "Helvetica"),
        ("8", 7, 3.6, "Times-Roman"),
        (" for 10", 10, 0, "Times-Roman"),
        ("6", 7, 3.6, "Times-Roman"),
        (" lamps of kind x", 10, 0, "Times-Roman"),
        ("2", 7, -1.5, "Times-Roman"),
        (" in the whole of the harbour.", 10, 0, "Times-Roman"),
    )
    x = LEFT
    for text, size, up, font in pieces:
        sheet.text(x, 100 - up, text, size, font)
        x += stringWidth(text, font, size)
    return make([sheet])


def scanned() -> bytes:
    """Return a page that is a picture and holds no text."""
    sheet = Sheet()

    def paint(canvas: Any) -> None:
        from reportlab.lib.utils import ImageReader

        canvas.drawImage(ImageReader(_picture((40, 50))), 0, 0, WIDTH, HEIGHT)

    sheet.do(paint)
    return make([sheet])


def encrypted() -> bytes:
    """Return a PDF that asks for a password."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    return make([plain(BODY)], encrypt=StandardEncryption("open sesame", "owner", strength=128))


def no_pages() -> bytes:
    """Return a PDF whose page tree is empty."""
    return _raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"])


def cyclic() -> bytes:
    """Return a PDF whose page tree and outline contain themselves."""
    return _raw(
        [
            "<</Type/Catalog/Pages 2 0 R/Outlines 4 0 R>>",
            "<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2/Parent 2 0 R>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
            "<</Type/Outlines/First 5 0 R/Last 5 0 R>>",
            "<</Title(Around)/Next 5 0 R/First 5 0 R/Parent 4 0 R>>",
        ]
    )


def _raw(objects: Sequence[str]) -> bytes:
    """Return a PDF with these objects, numbered from 1, the first being the catalogue."""
    body, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return body + f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()


def truncated() -> bytes:
    """Return the first third of a PDF."""
    whole = paper()
    return whole[: len(whole) // 3]


def tiny_objects(count: int = 10_000) -> bytes:
    """Return a page that draws thousands of single letters besides its text."""
    sheet = plain(BODY)

    def paint(canvas: Any) -> None:
        canvas.setFont("Times-Roman", 4)
        for number in range(count):
            canvas.drawString(20 + (number % 140) * 4, 20 + (number // 140) * 4, "x")

    sheet.do(paint)
    return make([sheet])


def huge_page() -> bytes:
    """Return a page of 200 by 200 inches."""
    return make([plain(BODY)], size=(14_400, 14_400))


def lost_root(lines: Sequence[str]) -> bytes:
    """Return a PDF whose trailer names no catalogue: PDFium refuses it, pypdf finds its way."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 10 Tf 12 TL 54 700 Td {shown} ET"
    page = "/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R"
    data = _raw(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]{page}>>",
            f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream",
            "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
        ]
    )
    return data.replace(b"/Root 1 0 R", b"/Root 9 0 R")


def drawn(stream: str, box: str = "0 0 612 792") -> bytes:
    """Return a page with these operators, a font F1, states G0 (see-through) and G1 (plain), and a form X0 in a box."""
    form = "BT /F1 10 Tf 72 400 Td (These words stand in a form.) Tj ET"
    resources = "/Font<</F1 5 0 R>>/ExtGState<</G0<</ca 0>>/G1<</ca 1/BM/Normal>>>>/XObject<</X0 6 0 R>>"
    return _raw(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<<{resources}>>/Contents 4 0 R>>",
            f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream",
            "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
            f"<</Type/XObject/Subtype/Form/BBox[{box}]/Resources<</Font<</F1 5 0 R>>>>"
            f"/Length {len(form)}>>\nstream\n{form}\nendstream",
        ]
    )
