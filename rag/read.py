"""Read a PDF into a `Paper`, and many PDFs in worker processes that may be killed.

This composes `pdf`, `layout`, `labels`, `text` and `sentences`; passages come later, from `passages`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as package_version
from pathlib import Path

from rag.errors import PdfError
from rag.furniture import line_numbers, turned_blocks
from rag.labels import label_blocks
from rag.layout import blocks_of, lines_of, measure
from rag.pdf import outline, read_sheets
from rag.sentences import Piece, sentences_of
from rag.sheet import Block, Sheet
from rag.text import Vocabulary, write_page
from rag.types import Page, Paper, Sentence

_FLOWING = ("abstract", "body", "appendix")
_SINGLE = ("caption", "footnote", "acknowledgements", "references", "front", "title", "heading", "other")
TIMEOUT_S = 120.0  # per paper: real ones take one or two seconds
MEMORY_BYTES = 3 * 2**30


@dataclass(frozen=True, slots=True)
class Job:
    """Name one PDF to read and what is known about its paper."""

    path: Path
    paper: str
    version: int | None = None
    title: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""


def extractor() -> str:
    """Return the name and versions of what reads the PDFs."""
    return f"paperbound-1 pypdfium2-{package_version('pypdfium2')}"


def read_paper(
    path: Path,
    paper: str,
    version: int | None,
    *,
    title: str = "",
    authors: tuple[str, ...] = (),
    published: str = "",
) -> Paper:
    """Read one PDF; raise `PdfError` when it cannot be read at all. The paper has no passages yet."""
    sheets = list(read_sheets(path))
    if not any(sheet.words for sheet in sheets):
        raise PdfError(f"{path.name}: no page has readable text (scanned images?); leave the paper out")
    blocks = _blocks(sheets, outline(path))
    pages, places = _write(sheets, blocks)
    sentences = _sentences(pages, blocks, places)
    return Paper(
        paper=paper,
        version=version,
        title=title or _found_title(pages),
        authors=authors,
        pdf_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        extractor=extractor(),
        pages=tuple(pages),
        sentences=tuple(sentences),
        passages=(),
        hidden=tuple(item for sheet in sheets for item in sheet.hidden),
        gaps=tuple(f"page {page.number}: {flag}" for page in pages for flag in page.flags),
        published=published,
    )


def title_on_page(paper: Paper) -> str:
    """Return the title as page 1 prints it, empty where none was found."""
    return _found_title(paper.pages)


def _found_title(pages: Sequence[Page]) -> str:
    page = pages[0]
    return " ".join(page.text[region.start : region.end] for region in page.regions if region.label == "title")


def _blocks(sheets: Sequence[Sheet], outline: Mapping[str, int]) -> list[list[Block]]:
    numbers = [line_numbers(sheet) for sheet in sheets]
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


def _write(
    sheets: Sequence[Sheet], blocks: Sequence[Sequence[Block]]
) -> tuple[list[Page], list[list[tuple[int, int]]]]:
    vocabulary = Vocabulary()
    for page in blocks:
        for block in page:
            vocabulary.add(block.lines)
    pages, places = [], []
    for sheet, page in zip(sheets, blocks, strict=True):
        written, where = write_page(sheet, page, vocabulary, sheet.flags)
        pages.append(written)
        places.append(where)
    return pages, places


def _sentences(
    pages: Sequence[Page], blocks: Sequence[Sequence[Block]], places: Sequence[Sequence[tuple[int, int]]]
) -> list[Sentence]:
    found: list[Sentence] = []
    paragraph = 0
    flow: list[Piece] = []
    owner: Block | None = None

    def close() -> None:
        nonlocal flow, owner, paragraph
        if flow and owner:
            found.extend(sentences_of(flow, owner.label, owner.section, paragraph, len(found)))
            paragraph += 1
        flow, owner = [], None

    for page, page_blocks, where in zip(pages, blocks, places, strict=True):
        for block, (start, end) in zip(page_blocks, where, strict=True):
            if start == end:
                continue
            piece = Piece(page.number, start, end, page.text[start:end], block.label == "equation")
            if block.label in _FLOWING or (block.label == "equation" and flow):
                if owner and not _goes_on(owner, flow[-1], block, piece):
                    close()
                owner = owner or block
                flow.append(piece)
            elif block.label in ("heading", "title"):
                close()
            elif block.label == "caption":
                paragraph += 1
                found.extend(sentences_of([piece], block.label, block.section, paragraph, len(found)))
                paragraph += 1
    close()
    return [replace(sentence, number=number) for number, sentence in enumerate(found)]


def _goes_on(owner: Block, before: Piece, block: Block, piece: Piece) -> bool:
    if block.label == "equation":
        return True
    if block.label != owner.label or block.section != owner.section:
        return False
    return before.formula or piece.text[:1].islower() or before.text.rstrip()[-1:] not in (".", "!", "?", ":", "”", '"')


def read_papers(
    jobs: Sequence[Job], workers: int = 2, timeout_s: float = TIMEOUT_S, memory_bytes: int = MEMORY_BYTES
) -> Iterator[tuple[Job, Paper | PdfError]]:
    """Read papers and yield each with its result or its own error."""
    for job in jobs:
        try:
            yield (
                job,
                read_paper(
                    job.path, job.paper, job.version, title=job.title, authors=job.authors, published=job.published
                ),
            )
        except PdfError as error:
            yield job, error
