"""Take papers from what somebody hands over: PDFs, reference managers' files, whitelists, lines of ids and links.

A PDF is kept under its paper's key, never under the name it came with. Which paper it is tells the arXiv stamp on its
first page, which a limited worker reads, else the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from rag import files
from rag.briefs import listed, named, parse_arxiv_id, shown
from rag.errors import BriefError, PdfError
from rag.papers import AllowedPaper
from rag.reading import Stamp, stamp_reader
from rag.settings import Settings

MOST_OF_A_FILE = 100 << 20  # bytes
LISTS = (".bib", ".ris", ".json", ".toml", ".txt", ".md")
FOLDER = "uploads"


@dataclass(frozen=True, slots=True)
class Upload:
    """Hold one file as it came."""

    name: str
    data: bytes


@dataclass(slots=True)
class Taken:
    """Hold what became of an upload: papers whose PDF is here, papers to fetch, and what was refused and why."""

    here: list[AllowedPaper] = field(default_factory=list)
    named: list[AllowedPaper] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def take(uploads: Sequence[Upload], text: str, settings: Settings) -> Taken:
    """Keep the PDFs and read the lists; one that cannot be taken is refused by name and keeps no other back."""
    taken = Taken()
    with TemporaryDirectory() as scratch, stamp_reader() as stamp:
        for upload in uploads:
            try:
                if Path(upload.name).suffix.lower() == ".pdf":
                    taken.here.append(keep_pdf(upload, settings.corpus / FOLDER, Path(scratch), stamp))
                else:
                    taken.named += papers_in(upload, Path(scratch))
            except (BriefError, PdfError) as error:
                taken.refused.append(f"{shown(Path(upload.name).name)}: {error}")
        if "@" in text and re.search(r"@\w+\s*\{", text):
            taken.named += papers_in(Upload("pasted.bib", text.encode()), Path(scratch))
        elif items := [item for item in re.split(r"[,;\s]+", text) if item]:
            taken.named += named(items)
    return taken


def keep_pdf(upload: Upload, folder: Path, scratch: Path, stamp: Stamp) -> AllowedPaper:
    """Keep a PDF under its key and return its paper; raise `BriefError` where nothing tells which paper it is."""
    if len(upload.data) > MOST_OF_A_FILE:
        raise BriefError(f"is larger than {MOST_OF_A_FILE >> 20} MiB")
    if b"%PDF-" not in upload.data[:1024]:
        raise BriefError("is no PDF")
    path = scratch / f"{sha256(upload.data).hexdigest()}.pdf"
    path.write_bytes(upload.data)
    stamped = stamp(path)
    try:
        paper = AllowedPaper(*(stamped or parse_arxiv_id(Path(upload.name).stem.replace("_", "/"), "")))
    except BriefError:
        raise BriefError("no arXiv id on its first page or in its name; name it like 2108.10257v1.pdf") from None
    folder.mkdir(parents=True, exist_ok=True)
    files.replace(folder / f"{paper.key.replace('/', '_')}.pdf", upload.data)
    return paper


def papers_in(upload: Upload, scratch: Path) -> tuple[AllowedPaper, ...]:
    """Return the papers that a file lists; raise `BriefError` for one that lists none."""
    suffix = Path(upload.name).suffix.lower()
    if suffix not in LISTS:
        raise BriefError(f"files of this kind cannot be taken; give .pdf or {', '.join(LISTS)}")
    path = scratch / f"list{suffix}"
    path.write_bytes(upload.data)
    return listed(path)


def with_uploads(settings: Settings) -> Settings:
    """Return settings under which papers are taken from what was uploaded."""
    return replace(settings, pdf_dir=settings.corpus / FOLDER)
