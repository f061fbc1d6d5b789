"""Read a PDF into a `Paper`: its pages as sheets, their blocks with labels, clean text, sentences.

This composes the wings; passages come later, from `text.passages`.
"""

from __future__ import annotations

import ctypes
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rag.errors import PdfDamagedError, PdfError
from rag.language import EVIDENCE, Vocabulary, boundaries, reads_well
from rag.papers import Page, Paper, Sentence, Span
from rag.reading import extractor, readability
from rag.reading.blocks.copies import Copy, copy_of, halves
from rag.reading.blocks.first_page import is_notice
from rag.reading.blocks.furniture import line_numbers, turned_blocks
from rag.reading.blocks.labels import label_blocks
from rag.reading.blocks.layout import Measure, blocks_of, lines_of, measure, median
from rag.reading.glyphs.page_words import read_file
from rag.reading.glyphs.pdfium import Placement, open_page, open_pdf, pdfium
from rag.reading.sheet import Block, Box, Line, Sheet
from rag.reading.tables.rows import table_rows, unread
from rag.reading.text.clean_text import Written, write_page
from rag.reading.text.out_of_place import out_of_place
from rag.reading.text.paragraphs import Chain, chains, open_ends, pieces_of, sentences_of

_LONGEST_TITLE = 500  # characters; what is longer is none, and would be printed wherever the paper is named
_TOLD = 60  # characters by which a text that was left out is named
_MARKS = re.compile(r"[\s∗*†‡§¶♯⋆]+$")  # of the title's footnotes


def read_paper(
    path: Path,
    paper: str,
    version: int | None,
    *,
    title: str = "",
    authors: tuple[str, ...] = (),
    published: str = "",
    reader: str = "",
) -> Paper:
    """Read one PDF; raise `PdfError` when it cannot be read at all. The paper has no passages yet.

    `reader` is what `extractor` returns, for those who know it already.
    """
    copy, sheets, blocks, found, written = lay_out(path)
    pages = [page.page for page in written]
    sentences, lost = sentences_and_rows(found, blocks, written)
    return Paper(
        paper=paper,
        version=version,
        title=title or printed_title(pages[copy.covers]),
        authors=authors,
        pdf_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        extractor=reader or extractor(),
        pages=tuple(pages),
        sentences=tuple(sentences),
        passages=(),
        hidden=tuple(item for sheet in sheets for item in sheet.hidden),
        gaps=(
            *readability.told((page.number, flag) for page in pages for flag in page.flags),
            *unread(lost),
            *set_aside_prose(pages),
            *unknown_characters(sentences),
        ),
        published=published,
        copy=copy.words,
        lead=copy.lead,
    )


class LaidOut(NamedTuple):
    """Hold a file's pages, their labelled blocks, its paragraphs, and the pages as text."""

    copy: Copy
    sheets: Sequence[Sheet]
    blocks: Sequence[Sequence[Block]]
    chains: Sequence[Chain]
    written: Sequence[Written]


def lay_out(path: Path) -> LaidOut:
    """Return what stands where in a PDF; raise `PdfError` when it cannot be read at all."""
    sheets, outline = open_sheets(path)
    if not any(sheet.words for sheet in sheets):
        raise PdfError(f"{path.name}: no page has readable text (scanned images?); leave the paper out")
    if all(readability.BROKEN in sheet.flags for sheet in sheets if sheet.words):
        raise PdfError(f"{path.name}: its letters have no meaning (broken encoding); leave the paper out")
    copy = copy_of(sheets)
    sheets, blocks = trusted(sheets, label_sheets(sheets, outline, copy))
    found = chains(blocks)
    ends, vocabulary = open_ends(blocks, found), Vocabulary()
    for block in [block for page in blocks for block in page]:
        vocabulary.add([line.text for line in block.lines])
    written = [
        write_page(sheet, page, vocabulary, {number: text for (at, number), text in ends.items() if at == index})
        for index, (sheet, page) in enumerate(zip(sheets, blocks, strict=True))
    ]
    return LaidOut(copy, sheets, blocks, found, written)


def open_sheets(path: Path) -> tuple[list[Sheet], Mapping[str, int]]:
    """Return a file's pages, flagged where their letters mean nothing, and its outline.

    pypdf reads the pages of a file that PDFium cannot open.
    """
    try:
        sheets, outline = read_file(path)
    except PdfDamagedError:
        from rag.reading.glyphs import pypdf_fallback

        sheets = pypdf_fallback.read_file(path)
        if not sheets:
            raise
        return sheets, {}
    return [
        _flagged(sheet, readability.BROKEN) if readability.broken(sheet.glyphs) else sheet for sheet in sheets
    ], outline


def _flagged(sheet: Sheet, flag: str) -> Sheet:
    return replace(sheet, flags=(*sheet.flags, flag))


def label_sheets(sheets: Sequence[Sheet], outline: Mapping[str, int], copy: Copy) -> list[list[Block]]:
    """Return each page's blocks with their labels: text first, then what is turned, then numbers of lines."""
    numbers = line_numbers(sheets)
    lines: list[tuple[Sheet, list[Line]]] = []  # of each page, of which a sheet may hold two
    for sheet, skip in zip(sheets[copy.covers :], numbers[copy.covers :], strict=True):
        words = [word for word in sheet.words if word not in skip] if skip else sheet.words
        lines += [(sheet, lines_of(sheet, page)) for page in (halves(sheet, words) if copy.two_up else (words,))]
    usual = measure([page for _, page in lines])
    laid = [(blocks_of(sheet.number, page, usual), sheet.height) for sheet, page in lines]
    labelled = cover_blocks(sheets[: copy.covers], usual)
    for (sheet, _), page in zip(lines, label_blocks(laid, usual, outline), strict=True):
        if sheet.number > len(labelled):
            labelled.append([])
        labelled[-1].extend(page)
    for sheet, page, skip in zip(sheets, labelled, numbers, strict=True):
        page.extend(turned_blocks(sheet))
        if skip:
            words = sorted(skip, key=lambda word: word.start)
            page.append(Block(sheet.number, tuple(lines_of(sheet, words)), "furniture"))
    return labelled


def cover_blocks(covers: Sequence[Sheet], usual: Measure) -> list[list[Block]]:
    """Return the blocks of the sheets before a paper, which say nothing of it."""
    return [[block.told("furniture") for block in blocks_of(sheet.number, lines_of(sheet), usual)] for sheet in covers]


def trusted(
    sheets: Sequence[Sheet], blocks: Sequence[Sequence[Block]]
) -> tuple[list[Sheet], Sequence[Sequence[Block]]]:
    """Flag the pages, and set the blocks aside, that cannot be trusted."""
    flagged: list[Sheet] = []
    kept: list[list[Block]] = []
    for sheet, page in zip(sheets, blocks, strict=True):
        if readability.BROKEN in sheet.flags:
            flagged.append(sheet)
            kept.append(readability.set_aside(page))
            continue
        flag = readability.flag_of(sheet, page)
        sound, lost = readability.sorted_out(sheet, page)
        flagged.append(_flagged(sheet, flag or readability.PART) if flag or lost else sheet)
        kept.append(readability.set_aside(page) if flag else sound)
    return flagged, kept


def printed_title(page: Page) -> str:
    """Return the title as the first page prints it, without the marks of its footnotes; none where it is too long."""
    text = " ".join(page.text[region.start : region.end] for region in page.regions if region.label == "title")
    return _MARKS.sub("", text) if len(text) <= _LONGEST_TITLE else ""


def set_aside_prose(pages: Sequence[Page]) -> list[str]:
    """Name what reads as sentences and yet was taken for names, addresses and notices around the title."""
    found = []
    for page in pages:
        front = [page.text[region.start : region.end] for region in page.regions if region.label == "front"]
        told = [" ".join(text.split()) for text in front]
        texts = [text for text in told if not is_notice(text)]
        prose = [text for text in texts if any(reads_well(text[start:end]) for start, end in boundaries(text))]
        if prose:
            found.append(f"page {page.number}: taken for front matter, “{prose[0][:_TOLD]}”")
    return found


def unknown_characters(sentences: Sequence[Sentence]) -> list[str]:
    """Count the sentences that cannot be quoted since they hold characters of which nobody can tell what they are."""
    found = [sentence for sentence in sentences if "unreadable" in sentence.flags and sentence.label in EVIDENCE]
    numbers = sorted({sentence.spans[0].page for sentence in found})
    sentences_on = f"sentence{'s' * (len(found) > 1)} with unknown characters, on page{'s' * (len(numbers) > 1)}"
    return [f"{len(found)} {sentences_on} {readability.in_runs(numbers)}"] if found else []


def sentences_and_rows(
    found: Sequence[Chain], blocks: Sequence[Sequence[Block]], written: Sequence[Written]
) -> tuple[list[Sentence], list[str]]:
    """Return the paper's sentences and what could not be read: tables whose cells cannot be told apart."""
    sentences: list[Sentence] = []
    lost: list[str] = []
    for paragraph, chain in enumerate(found):
        if chain.label == "table":
            rows, gap = table_rows(chain, blocks, written, paragraph, len(sentences))
            sentences += rows
            lost += gap
        else:
            pieces = pieces_of(chain, blocks, written)
            sentences += sentences_of(pieces, chain.label, chain.section, paragraph, len(sentences))
    strange = set(out_of_place(sentences))
    return [replace(s, flags=(*s.flags, "out_of_place")) if s.number in strange else s for s in sentences], lost


# --- draw where a quote stands: the rectangles of its spans, one per line -----

_RECENT = 12  # glyphs that tell how high a row stands


@dataclass(frozen=True, slots=True)
class Rect:
    """Hold a rectangle on a page, in points from the top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


def rectangles(pdf: Path, pages: Paper | Sequence[Page], spans: Sequence[Span]) -> tuple[Rect, ...]:
    """Return the rectangles of spans, one per line, in points from the page's top left corner.

    Raise `PdfError` for a span that does not lie in the pages' text.
    """
    pages = pages.pages if isinstance(pages, Paper) else pages
    found: list[Rect] = []
    for span in spans:
        page = pages[span.page - 1] if 1 <= span.page <= len(pages) else None
        if page is None or not 0 <= span.start < span.end <= len(page.text):
            raise PdfError(f"page {span.page} has no text from {span.start} to {span.end}; run: rag verify")
        glyphs = [
            glyph + offset
            for start, glyph, length in page.glyphs
            for offset in range(max(0, span.start - start), min(length, span.end - start))
        ]
        if glyphs:  # none on a page that only another program can read
            found.extend(rows_of(page, glyph_boxes(pdf, span.page, glyphs)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """Hold a word of a page's text, or the part of one that stands in one row, and where it stands.

    Its text ends in a blank where a blank follows in the page's.
    """

    text: str
    place: Rect


def placed_words(pdf: Path, page: Page) -> tuple[PlacedWord, ...]:
    """Return a page's words in reading order: put one behind the other they are its text, blanks apart."""
    glyphs = [(start + offset, glyph + offset) for start, glyph, length in page.glyphs for offset in range(length)]
    glyphs = [(at, glyph) for at, glyph in glyphs if not page.text[at].isspace()]
    if not glyphs:
        return ()
    words: list[tuple[list[int], list[Box]]] = []
    for (at, _), box in zip(glyphs, glyph_boxes(pdf, page.number, [glyph for _, glyph in glyphs]), strict=True):
        joined = words and not any(char.isspace() for char in page.text[words[-1][0][-1] : at])
        if joined and goes_on(words[-1][1], box):
            words[-1][0].append(at)
            words[-1][1].append(box)
        else:
            words.append(([at], [box]))
    found = []
    for (places, boxes), after in zip(words, [*(places[0] for places, _ in words[1:]), len(page.text)], strict=True):
        written = page.text[places[0] : after]
        text = written.split()[0] + (" " if written.rstrip() != written else "")
        found += [PlacedWord(text, place) for place in rows_of(page, boxes)[:1]]
    return tuple(found)


def rows_of(page: Page, boxes: Sequence[Box]) -> list[Rect]:
    """Return the rectangle of each row of glyphs, within the page."""
    rows: list[list[Box]] = []
    for left, top, right, bottom in boxes:
        box = (max(0.0, left), max(0.0, top), min(page.width, right), min(page.height, bottom))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        if rows and goes_on(rows[-1], box):
            rows[-1].append(box)
        else:
            rows.append([box])
    found = []
    for row in rows:
        top, bottom = _band(row)
        found.append(Rect(page.number, min(box[0] for box in row), top, max(box[2] for box in row), bottom))
    return found


def goes_on(row: Sequence[Box], box: Box) -> bool:
    """Tell whether a glyph stands on the row: further right than the one before, and level with the row."""
    left, top, _, bottom = box
    before, row_top, row_bottom = row[-1], *_band(row[-_RECENT:])
    height = min(bottom - top, row_bottom - row_top)
    forward = before[0] - 0.7 * height < left < before[2] + 3 * (bottom - top)
    return forward and min(row_bottom, bottom) - max(row_top, top) > 0.4 * height


def _band(row: Sequence[Box]) -> tuple[float, float]:
    """Return top and bottom of a row's letters; boxes of roots and brackets reach into other lines and do not count."""
    usual = 1.2 * median([bottom - top for _, top, _, bottom in row])
    letters = [(top, bottom) for _, top, _, bottom in row if bottom - top <= usual]
    return min(top for top, _ in letters), max(bottom for _, bottom in letters)


def glyph_boxes(path: Path, number: int, glyphs: Sequence[int]) -> list[Box]:
    """Return left, top, right, bottom of single glyphs of a page, in points from its top left corner."""
    with open_pdf(path) as (document, _), open_page(document, number) as (page, text_page):
        if not page:
            raise PdfError(f"{path.name}: page {number} cannot be opened; fetch the paper again")
        call, box = pdfium(), (ctypes.c_float * 4)()
        place = Placement(call, page)
        found = []
        for glyph in glyphs:
            call.FPDFText_GetLooseCharBox(text_page, glyph, ctypes.addressof(box))
            found.append(place.rectangle(*box))
        return found
