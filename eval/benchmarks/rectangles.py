"""Measure whether the rectangles that the page draws lie on the very words they quote.

    python -m eval.benchmarks.rectangles --data ../shared/papers/real [--every 3] [--out FILE.json]

Every quotable sentence of every PDF gets its rectangles (`rag.reading.rectangles`). Then PDFium is asked, apart
from the program's own reading, which characters have their middle under them, with coordinates turned by PDFium itself
(`FPDF_PageToDevice`). Quote and read-back text are compared as letters and digits in normal form. Fonts of formulas
often name their glyphs wrongly (an angle bracket as h, a prime as 0); the program mends some of these, so quotes that
differ only in the name of glyphs that are theirs are counted apart, as `renamed`.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import PdfError
from rag.papers import Paper, Sentence
from rag.reading import Rect, extractor, read_paper, rectangles

QUOTABLE = ("abstract", "body", "appendix", "footnote", "caption")
POOR = {"formula", "fragment", "row", "addresses_reader"}  # flags of sentences that are never printed as quotes
FINE = 1000  # device units per point, since FPDF_PageToDevice gives whole numbers


@dataclass(slots=True)
class Tally:
    """Count the quotes of one paper and keep some that differ."""

    quotes: int = 0
    right: int = 0
    renamed: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Glyph:
    """Hold a character and the middle of its box, in points from the page's top left corner."""

    char: str
    x: float
    y: float


class Reading:
    """Read characters and their places back from a PDF, page by page, apart from the program's own reading."""

    def __init__(self, path: Path) -> None:
        import pypdfium2

        self.raw = pypdfium2.raw
        self.document = pypdfium2.PdfDocument(path)
        self.pages: dict[int, list[Glyph]] = {}

    def under(self, boxes: Sequence[Rect]) -> list[tuple[int, int, str]]:
        """Return page, number and name of the glyphs under rectangles, in the rectangles' order."""
        found: list[tuple[int, int, int, str]] = []
        for number in {box.page for box in boxes}:
            for index, glyph in enumerate(self.page(number)):
                place = _first(boxes, number, glyph)
                if place is not None:
                    found.append((place, number, index, glyph.char))
        return [(page, index, char) for _, page, index, char in sorted(found)]

    def page(self, number: int) -> list[Glyph]:
        """Return a page's characters."""
        if number not in self.pages:
            self.pages[number] = list(self._glyphs(number))
        return self.pages[number]

    def _glyphs(self, number: int) -> Iterator[Glyph]:
        raw, page = self.raw, self.document[number - 1]
        text = page.get_textpage()
        width, height = (round(side * FINE) for side in page.get_size())
        sides: list[Any] = [ctypes.c_double() for _ in range(4)]
        x, y = ctypes.c_int(), ctypes.c_int()
        for index in range(raw.FPDFText_CountChars(text)):
            code = raw.FPDFText_GetUnicode(text, index)
            raw.FPDFText_GetCharBox(text, index, *sides)
            left, right, bottom, top = (side.value for side in sides)
            middle = ((left + right) / 2, (bottom + top) / 2)
            raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, *middle, x, y)
            yield Glyph(chr(code) if 0 < code < 0x110000 else "", x.value / FINE, y.value / FINE)


def _first(boxes: Sequence[Rect], page: int, glyph: Glyph) -> int | None:
    for place, box in enumerate(boxes):
        if box.page == page and box.left <= glyph.x <= box.right and box.top <= glyph.y <= box.bottom:
            return place
    return None


def normal(text: str) -> str:
    """Return the letters and digits of a text; case, accents (also those set apart) and compatibility forms folded."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    folded = unicodedata.normalize("NFKD", whole).casefold().replace("ı", "i")
    return "".join(char for char in folded if char.isalnum() and unicodedata.category(char) != "Lm")


def quotable(paper: Paper) -> list[Sentence]:
    """Return the sentences that an answer could print as quotes."""
    return [s for s in paper.sentences if s.label in QUOTABLE and not POOR.intersection(s.flags)]


def measure(path: Path, every: int = 1) -> Tally:
    """Compare every n-th quote of one PDF with the text under its rectangles."""
    paper, tally, reading = read_paper(path, path.stem, None), Tally(), Reading(path)
    names = _names(paper)
    for sentence in quotable(paper)[::every]:
        wanted, found = normal(sentence.text), reading.under(rectangles(path, paper, sentence.spans))
        tally.quotes += 1
        if normal("".join(name for _, _, name in found)) == wanted:
            tally.right += 1
        elif normal("".join(names.get((page, index), name) for page, index, name in found)) == wanted:
            tally.renamed += 1
        else:
            tally.wrong.append((sentence.text, "".join(name for _, _, name in found)))
    return tally


def _names(paper: Paper) -> dict[tuple[int, int], str]:
    """Return what the program calls each glyph, by page and number."""
    return {
        (page.number, glyph + offset): page.text[start + offset]
        for page in paper.pages
        for start, glyph, length in page.glyphs
        for offset in range(length)
    }


def main() -> None:
    """Print a table, and write the result with `--out`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--every", type=int, default=1, help="take every n-th quote only")
    parser.add_argument("--show", type=int, default=0, help="print so many differing quotes per paper")
    parser.add_argument("--out", type=Path, help="write the result as JSON")
    options = parser.parse_args()
    tallies = dict(_each(sorted(options.data.glob("*.pdf")), options.every, options.show))
    total = Tally(*(sum(getattr(tally, name) for tally in tallies.values()) for name in ("quotes", "right", "renamed")))
    if not total.quotes:
        sys.exit(f"no quotable sentence in the PDFs of {options.data}")
    print(_line("all", total))
    if options.out:
        options.out.write_text(_record(tallies, total, options.every), encoding="utf-8")


def _line(name: str, tally: Tally) -> str:
    quotes = max(1, tally.quotes)
    return (
        f"{name:<20} {tally.quotes:>6} quotes  right {tally.right / quotes:.4f}  "
        f"right or renamed {(tally.right + tally.renamed) / quotes:.4f}"
    )


def _each(paths: Sequence[Path], every: int, show: int) -> Iterator[tuple[str, Tally]]:
    for path in paths:
        try:
            tally = measure(path, every)
        except PdfError as error:
            print(f"{path.stem:<20} left out: {error}")
            continue
        print(_line(path.stem, tally), flush=True)
        for quote, found in tally.wrong[:show]:
            print(f"    quote {quote!r}\n    found {found!r}")
        yield path.stem, tally


def _record(tallies: dict[str, Tally], total: Tally, every: int) -> str:
    record = {
        "benchmark": "rectangles",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": platform.platform(),
        "extractor": extractor(),
        "every": every,
        "quotes": total.quotes,
        "right": round(total.right / total.quotes, 4),
        "right_or_renamed": round((total.right + total.renamed) / total.quotes, 4),
        "papers": {name: [tally.quotes, tally.right, tally.renamed] for name, tally in tallies.items()},
    }
    return json.dumps(record, indent=1) + "\n"


if __name__ == "__main__":
    main()
