"""Read a PDF into a `Paper`: its pages as sheets, their blocks with labels, clean text, sentences.

This composes the wings; passages come later, from `text.passages`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import PdfDamagedError, PdfError
from rag.language import Vocabulary
from rag.papers import Page, Paper, Sentence
from rag.reading import extractor, readability
from rag.reading.blocks.furniture import line_numbers, turned_blocks
from rag.reading.blocks.labels import label_blocks
from rag.reading.blocks.layout import blocks_of, lines_of, measure
from rag.reading.glyphs.page_words import read_file
from rag.reading.sheet import Block, Sheet
from rag.reading.tables.rows import table_rows, unread
from rag.reading.text.clean_text import Written, write_page
from rag.reading.text.paragraphs import Chain, chains, open_ends, pieces_of, sentences_of

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
    sheets, outline = open_sheets(path)
    if not any(sheet.words for sheet in sheets):
        raise PdfError(f"{path.name}: no page has readable text (scanned images?); leave the paper out")
    if all(readability.BROKEN in sheet.flags for sheet in sheets if sheet.words):
        raise PdfError(f"{path.name}: its letters have no meaning (broken encoding); leave the paper out")
    sheets, blocks = trusted(sheets, label_sheets(sheets, outline))
    found = chains(blocks)
    ends, vocabulary = open_ends(blocks, found), Vocabulary()
    for block in [block for page in blocks for block in page]:
        vocabulary.add([line.text for line in block.lines])
    written = [
        write_page(sheet, page, vocabulary, {number: text for (at, number), text in ends.items() if at == index})
        for index, (sheet, page) in enumerate(zip(sheets, blocks, strict=True))
    ]
    pages = [page.page for page in written]
    sentences, lost = sentences_and_rows(found, blocks, written)
    return Paper(
        paper=paper,
        version=version,
        title=title or printed_title(pages[0]),
        authors=authors,
        pdf_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        extractor=reader or extractor(),
        pages=tuple(pages),
        sentences=tuple(sentences),
        passages=(),
        hidden=tuple(item for sheet in sheets for item in sheet.hidden),
        gaps=(*readability.told((page.number, flag) for page in pages for flag in page.flags), *unread(lost)),
        published=published,
    )


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


def label_sheets(sheets: Sequence[Sheet], outline: Mapping[str, int]) -> list[list[Block]]:
    """Return each page's blocks with their labels: text first, then what is turned, then numbers of lines."""
    numbers = line_numbers(sheets)
    lines = [
        lines_of(sheet, [word for word in sheet.words if word not in skip] if skip else None)
        for sheet, skip in zip(sheets, numbers, strict=True)
    ]
    usual = measure(lines)
    laid = [(blocks_of(sheet.number, page, usual), sheet.height) for sheet, page in zip(sheets, lines, strict=True)]
    labelled = label_blocks(laid, usual, outline)
    for sheet, page, skip in zip(sheets, labelled, numbers, strict=True):
        page.extend(turned_blocks(sheet))
        if skip:
            words = sorted(skip, key=lambda word: word.start)
            page.append(Block(sheet.number, tuple(lines_of(sheet, words)), "furniture"))
    return labelled


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
    """Return the title as the first page prints it, without the marks of its footnotes."""
    text = " ".join(page.text[region.start : region.end] for region in page.regions if region.label == "title")
    return _MARKS.sub("", text)


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
    return sentences, lost
