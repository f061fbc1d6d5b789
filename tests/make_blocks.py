"""Make pages and blocks from short descriptions, for tables of cases.

A page is described line by line, `X Y [SIZE[/STEP]] [FONT] [<WIDTH]: TEXT`: where its baseline begins (`+Y`: so far
below the line that would come next), and, with `<`, how wide the text runs before it goes on in the next line. `----`
ends a page, `STAMP: TEXT` stands up its margin. `{NAME}` is a text of `TEXTS`. `+X` is so far right of the end of the
text before.

A block is lines of words: `*bold*`, `_italic_`, `^raised^` marks; `SIZE FONT|` before a line changes its letters, and
blanks set it in, two and a half points each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rag.papers import Paper
from rag.reading import read_paper
from rag.reading.blocks.layout import Measure
from rag.reading.sheet import Block, Line, Style, Word
from tests import make_pdfs
from tests.reading.test_read import check_laws

USUAL = Measure(10.0, 12.0, (54.0,), frozenset({"Times"}))
TEXTS = {
    "TITLE": make_pdfs.TITLE,
    "BODY": " ".join(make_pdfs.BODY),
    "TEXT": " ".join(make_pdfs.BODY * 3),
    "LONG": " ".join(make_pdfs.BODY * 6),
    "FOOTNOTE": make_pdfs.FOOTNOTE,
    "OPENING": "We present Lantern, a slow filter that restores night photographs without a learned prior. "
    "It keeps the texture of the water, and it is no slower than the filters that are used on the pier. "
    "The lamps stay as bright as they are, and the filter does not invent any light that nobody has seen. "
    "We measure it on the Harbour set, where it is better than all that we have tried so far.",
    "OPEN": "The lamps of the northern pier are lit before the others because the",
    "REST": "keeper lives next to them and walks along the water from there.",
    "NOTE": "The keeper was asked about this in the spring of the year and he did not remember that it had ever been "
    "otherwise.",
}
_FIRST, _, _REST = TEXTS["OPENING"].partition(". ")
TEXTS["TITLE1"], TEXTS["TITLE2"] = "Quiet Lanterns: Restoring Night", "Photographs with Slow Filters"  # in two lines
TEXTS |= {"BIG1": TEXTS["TITLE1"].upper(), "BIG2": TEXTS["TITLE2"].upper(), "FIRST": f"{_FIRST}.", "OTHERS": _REST}
_ITEM = re.compile(
    r"(?P<x>\+?[\d.]+) (?P<y>\+?[\d.]+)(?: (?P<size>[\d.]+)(?:/(?P<step>[\d.]+))?)?(?: (?P<font>[A-Z][\w-]+))?"
    r"(?: <(?P<width>\d+))?: (?P<text>.*)"
)


def filled(text: str) -> str:
    """Return a text with the names in braces replaced."""
    return re.sub(r"\{([A-Z]+\d?)\}", lambda match: TEXTS[match[1]], text)


def sheets(pages: str) -> list[make_pdfs.Sheet]:
    """Return the pages of a description."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    found, below, end = [make_pdfs.Sheet()], 0.0, 0.0
    for line in pages.strip().splitlines():
        item = _ITEM.fullmatch(line)
        if line.startswith("STAMP: "):
            make_pdfs.stamp(found[-1], line[7:])
            continue
        if item is None:
            assert line == "----", line
            found.append(make_pdfs.Sheet())
            continue
        size = float(item["size"] or 10)
        y = below + float(item["y"][1:]) if item["y"].startswith("+") else float(item["y"])
        x = end + float(item["x"][1:]) if item["x"].startswith("+") else float(item["x"])
        text, font = filled(item["text"]), item["font"] or "Times-Roman"
        for part in make_pdfs.wrap(text, float(item["width"]), size) if item["width"] else [text]:
            found[-1].text(x, y, part, size, font)
            y, end = y + float(item["step"] or size + 2), x + stringWidth(part, font, size)
        below = y
    return found


def read_pages(folder: Path, pages: str) -> Paper:
    """Return the paper of a description, read and held to the laws of all papers."""
    path = folder / "paper.pdf"
    path.write_bytes(make_pdfs.make(sheets(pages)))
    paper = read_paper(path, "x", None)
    check_laws(paper)
    return paper


def regions(paper: Paper, label: str) -> list[str]:
    """Return the texts of a paper's regions with a label."""
    found = [page.text[part.start : part.end] for page in paper.pages for part in page.regions if part.label == label]
    return [" ".join(text.split()) for text in found]


def read_labels(folder: Path, pages: str, labels: Iterable[str]) -> dict[str, str]:
    """Read the paper of a description, and return its text by label, its title as that of `paper`.

    What makes no sentences is told by its regions, with bars between them.
    """
    paper = read_pages(folder, pages)
    found = {"paper": paper.title}
    for label in {*labels} - {"paper"}:
        sentences = [sentence.text for sentence in paper.sentences if sentence.label == label]
        found[label] = " ".join(sentences) or " | ".join(regions(paper, label))
    return {label: found[label] for label in labels}


def block(text: str) -> Block:
    """Return a block of a description, five points a letter, lines twelve points apart."""
    lines, top = [], 100.0
    for number, described in enumerate(text.strip("\n").splitlines()):
        size, font = 10.0, "Times"
        if "|" in described:
            letters, _, described = described.partition("|")
            for part in letters.split():
                size, font = (float(part), font) if part[0].isdigit() else (size, part)
        lines.append(line(described.rstrip(), top + 12 * number, size, font))
    return Block(1, tuple(lines))


def line(text: str, base: float = 100.0, size: float = 10.0, font: str = "Times") -> Line:
    """Return a line of a description."""
    edge = 54.0 + 2.5 * (len(text) - len(text.lstrip()))
    words, left, at, shown = list[Word](), edge, 0, ""
    bold = italic = False
    for piece in re.split(r"( |\^[^ ^]+\^)", text.strip()):
        if not piece or piece == " ":
            left, shown = left + 0.25 * size * bool(piece), shown + (piece or "")
            continue
        bold, italic = bold or piece.startswith("*"), italic or piece.startswith("_")
        raised, word = piece.startswith("^"), piece.strip("*_^")
        if word:
            letters = 0.7 * size if raised else size
            style = Style(font + "-Bold" * bold + "-Italic" * italic, bold, italic, False, False)
            glued = bool(words) and not shown.endswith(" ")
            right = left + 0.5 * letters * len(word)
            height = base - 0.35 * size * raised
            words.append(Word(at, at + len(word), left, right, height, letters, style, glued, False))
            left, at, shown = right, at + len(word) + 1, shown + word
        bold, italic = bold and not piece.endswith("*"), italic and not piece.endswith("_")
    right = max(word.right for word in words)
    count = sum(word.end - word.start for word in words)
    return Line(tuple(words), edge, right, base - 0.75 * size, base + 0.22 * size, base, size, shown, count)
