"""Make the demo's PDFs from their sources: `python corpus/demo/make.py` writes `pdf/*.pdf` from `papers/*.md`.

A source is TOML between two `+++` lines and then blocks parted by blank lines: `## heading`, `### heading`,
`| table | rows |`, `$ equation`, `figure: box > box`, `Table 1: caption`, `[1] reference`, or a plain paragraph.
The same sources give the same bytes with the same version of ReportLab.
"""

from __future__ import annotations

import html
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.lib.colors import Color, black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = letter
MARGIN, GUTTER, HEAD, FOOT = 58.0, 22.0, 70.0, 64.0
COLUMN = (WIDTH - 2 * MARGIN - GUTTER) / 2
TITLE_HEIGHT = 92.0
ROOM_UNDER_HEADING = 52.0  # a heading and two lines

BODY = ParagraphStyle(
    "body",
    fontName="Times-Roman",
    fontSize=11,
    leading=13.6,
    alignment=TA_JUSTIFY,
    firstLineIndent=10,
    embeddedHyphenation=1,
    allowWidows=0,
    allowOrphans=0,
)
FIRST = ParagraphStyle("first", BODY, firstLineIndent=0)
ABSTRACT = ParagraphStyle("abstract", FIRST, fontName="Times-Bold", fontSize=10, leading=12.2, spaceAfter=4)
CAPTION = ParagraphStyle("caption", FIRST, fontSize=9.5, leading=11.4, spaceBefore=4, spaceAfter=9)
REFERENCE = ParagraphStyle("reference", FIRST, fontSize=9.5, leading=11.6, leftIndent=16, firstLineIndent=-16)
EQUATION = ParagraphStyle("equation", FIRST, fontName="Times-Italic", alignment=TA_CENTER, spaceBefore=5, spaceAfter=6)
TITLE = ParagraphStyle("title", fontName="Times-Bold", fontSize=16, leading=20, alignment=TA_CENTER, spaceAfter=8)
AUTHORS = ParagraphStyle("authors", fontName="Times-Roman", fontSize=11, leading=14, alignment=TA_CENTER)
HEADING = ParagraphStyle("heading", fontName="Times-Bold", fontSize=12, leading=14, spaceBefore=10, spaceAfter=4)
SUBHEADING = ParagraphStyle("subheading", HEADING, fontSize=10.5, leading=13, spaceBefore=8, spaceAfter=3)


@dataclass(frozen=True)
class Source:
    """Hold one paper's front matter and its blocks of text."""

    front: dict[str, Any]
    blocks: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read one source file."""
        _, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
        return cls(tomllib.loads(front), tuple(block.strip() for block in body.strip().split("\n\n")))


class Flow(Flowable):
    """Draw boxes in a row with arrows between them."""

    def __init__(self, labels: list[str]) -> None:
        super().__init__()
        self.labels = labels
        self.width, self.height = COLUMN, 46.0

    def draw(self) -> None:
        """Draw the boxes on the current canvas."""
        gap = 14.0
        box = (COLUMN - gap * (len(self.labels) - 1)) / len(self.labels)
        self.canv.setLineWidth(0.6)
        for place, label in enumerate(self.labels):
            left = place * (box + gap)
            self.canv.roundRect(left, 6, box, 32, 3)
            self._label(left + box / 2, label.rsplit(" ", 1))
            if place:
                self._arrow(left - gap + 2, left - 2)

    def _label(self, middle: float, lines: list[str]) -> None:
        self.canv.setFont("Helvetica", 6.5)
        first = 19.5 + 4 * (len(lines) - 1)
        for row, line in enumerate(lines):
            self.canv.drawCentredString(middle, first - 8 * row, line)

    def _arrow(self, start: float, end: float) -> None:
        self.canv.line(start, 22, end, 22)
        self.canv.line(end - 3, 24, end, 22)
        self.canv.line(end - 3, 20, end, 22)


class Layout(BaseDocTemplate):
    """Lay a paper out in two columns under a title, with running heads, page numbers and a stamp."""

    def __init__(self, target: Path, front: dict[str, Any]) -> None:
        super().__init__(
            str(target), pagesize=letter, invariant=1, title=front["title"], author=", ".join(front["authors"])
        )
        self.front = front
        top = HEIGHT - HEAD
        head = Frame(MARGIN, top - TITLE_HEIGHT, WIDTH - 2 * MARGIN, TITLE_HEIGHT, 0, 0, 0, 0)
        first = [head, *_columns(top - TITLE_HEIGHT)]
        self.addPageTemplates(
            [PageTemplate("first", first, onPage=self.stamp), PageTemplate("later", _columns(top), onPage=self.head)]
        )

    def stamp(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        """Draw the vertical stamp of the first page."""
        canvas.saveState()
        canvas.setFillColor(Color(0.5, 0.5, 0.5))
        canvas.setFont("Times-Roman", 18)
        canvas.translate(32, 210)
        canvas.rotate(90)
        canvas.drawString(0, 0, f"arXiv:{self.front['id']}  {self.front['stamp']}")
        canvas.restoreState()
        self._number(canvas)

    def head(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        """Draw the running head of a later page."""
        canvas.setFont("Times-Italic", 9)
        canvas.drawCentredString(WIDTH / 2, HEIGHT - HEAD + 18, self.front["running"])
        self._number(canvas)

    def _number(self, canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(WIDTH / 2, FOOT - 26, str(canvas.getPageNumber()))

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - ReportLab's name
        """Add every heading to the outline."""
        style = getattr(flowable, "style", None)
        if style not in (HEADING, SUBHEADING):
            return
        text = flowable.getPlainText()
        self.canv.bookmarkPage(text)
        self.canv.addOutlineEntry(text, text, level=1 if style is SUBHEADING else 0)


def _columns(top: float) -> list[Frame]:
    left, right = MARGIN, MARGIN + COLUMN + GUTTER
    return [Frame(x, FOOT, COLUMN, top - FOOT, 0, 0, 0, 0) for x in (left, right)]


def story(source: Source) -> Iterator[Flowable]:
    """Yield the flowables of a paper in order."""
    front, soft = source.front, Hyphens(source.front["hyphenation"])
    yield NextPageTemplate("later")
    yield Paragraph(html.escape(front["title"]), TITLE)
    yield Paragraph(", ".join(front["authors"]), AUTHORS)
    yield Paragraph(front["affiliation"], AUTHORS)
    yield FrameBreak()
    heading, after_heading = "", True
    for block in source.blocks:
        if block.startswith("#"):
            heading, after_heading = block.lstrip("# "), True
            yield CondPageBreak(ROOM_UNDER_HEADING)
            yield Paragraph(heading, SUBHEADING if block.startswith("###") else HEADING)
        else:
            yield from _block(block, heading, after_heading, soft)
            after_heading = False


def _block(block: str, heading: str, after_heading: bool, soft: Hyphens) -> Iterator[Flowable]:
    if block.startswith("|"):
        yield _table(block)
        yield Spacer(0, 8)
    elif block.startswith("figure: "):
        yield Spacer(0, 6)
        yield Flow(block.removeprefix("figure: ").split(" > "))
    elif block.startswith("$ "):
        yield Paragraph(html.escape(block[2:]), EQUATION)
    elif heading == "References":
        yield from (Paragraph(html.escape(line), REFERENCE) for line in block.splitlines())
    else:
        yield Paragraph(soft.insert(html.escape(block)), _style(block, heading, after_heading))


def _style(block: str, heading: str, after_heading: bool) -> ParagraphStyle:
    if heading == "Abstract":
        return ABSTRACT
    if re.match(r"(Table|Figure) \d+: ", block):
        return CAPTION
    continues = after_heading or block[0].islower()  # after an equation the sentence goes on
    return FIRST if continues else BODY


def _table(block: str) -> Table:
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in block.splitlines()]
    return Table(
        rows,
        rowHeights=12,
        style=[
            ("FONT", (0, 0), (-1, -1), "Times-Roman", 9),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("FONT", (0, 0), (-1, 0), "Times-Bold", 9),
            ("FONT", (0, -1), (-1, -1), "Times-Bold", 9),
            ("ALIGN", (1, 0), (-1, -1), "CENTER"),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            *[("LINEABOVE", (0, row), (-1, row), 0.6, black) for row in (0, 1)],
            ("LINEBELOW", (0, -1), (-1, -1), 0.6, black),
        ],
    )


class Hyphens:
    """Insert soft hyphens into the words that a source lists with their breaks."""

    def __init__(self, words: str) -> None:
        self.breaks = {word.replace("-", ""): word.replace("-", "\u00ad") for word in words.split()}

    def insert(self, text: str) -> str:
        """Return the text with a soft hyphen at every listed break."""
        return re.sub(r"[A-Za-z]+", self._word, text)

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        broken = self.breaks.get(word.lower(), word)
        return word[0] + broken[1:]


def make(source: Path, target: Path) -> None:
    """Write one paper's PDF."""
    paper = Source.read(source)
    Layout(target, paper.front).build(list(story(paper)))


def main(folder: Path) -> None:
    """Write every paper's PDF into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted((HERE / "papers").glob("*.md")):
        make(source, folder / f"{source.stem}.pdf")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "pdf")
