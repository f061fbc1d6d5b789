"""Compare this judge with a person: claims labelled by reading, each tied to a stretch of a paper's raw text.

`labels/*.jsonl` name papers by id, version and hash, and stretches by page, place among the page's letters
(`quotes.normal`), and hash; the papers' text is not in there. Rows whose PDF is not at hand are counted as such, not as
agreement.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.papers import AllowedPaper

from .cases import Case
from .exhibits import Cite, Exhibit, Statement
from .judge import judge
from .library import Library
from .raw_pdf import RawPdf
from .stored_pages import sha256

_OPENING = re.compile(r"[\[(“\"]+$")
_MOVED = 200  # letters by which another release of PDFium may have moved a stretch
FOLDER = Path(__file__).resolve().parent / "labels"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Hold one claim, the stretch of a page that it cites, and what a reader says of it."""

    id: str
    paper: str
    version: int | None
    pdf_sha256: str
    page: int
    start: int
    end: int
    sha256: str
    claim: str
    label: str  # good, unsupported, or a kind of violation
    model: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold a label beside what the judge says; `found` None where the PDF is not at hand."""

    row: Labelled
    found: str | None


def read_labels(folder: Path = FOLDER) -> tuple[Labelled, ...]:
    """Return all labelled claims."""
    lines = (line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines())
    return tuple(Labelled(**json.loads(line)) for line in lines if line)


def stretch(pdf: RawPdf, row: Labelled) -> str | None:
    """Return the labelled text, words rejoined over line ends; None where the page does not hold it."""
    page = pdf.page(row.page).plain
    (stream,) = page.streams
    length = row.end - row.start
    starts = (row.start, *range(max(0, row.start - _MOVED), row.start + _MOVED))
    at = next((at for at in starts if sha256(stream.letters[at : at + length]) == row.sha256), None)
    if at is None:
        return None
    spans = page.spans(list(stream.places(at, at + length)))
    opening = _OPENING.search(page.texts[0][: spans[0].start])
    text = (opening[0] if opening else "") + page.said(spans)
    return re.sub(r"\s+", " ", re.sub(r"\u00ad\s*", "", text)).strip()


def compare(rows: Iterable[Labelled], library: Library) -> Iterator[Compared]:
    """Yield what the judge says of each labelled claim."""
    for row in rows:
        pdf = library.pdf(row.paper, row.version, row.pdf_sha256)
        text = stretch(pdf, row) if pdf is not None and pdf.sha256 == row.pdf_sha256 else None
        yield Compared(row, None if text is None else _judged(row, text, library))


def _judged(row: Labelled, text: str, library: Library) -> str:
    case = Case(row.id, "", (AllowedPaper(row.paper, row.version, model=row.model),))
    cite = Cite("claim.citations[0]", "pdf", row.paper, row.version, quote=text, pages=(row.page,))
    exhibit = Exhibit(form="markdown", status="answered", statements=(Statement("claim", "", row.claim, (cite,)),))
    (claim,) = judge(case, exhibit, library).claims
    return claim.kind or ("good" if claim.supported else "unsupported")


def agreement(compared: Iterable[Compared]) -> str:
    """Return agreement per label as a table."""
    rows = list(compared)
    made = Counter(c.row.label for c in rows if c.found is not None)
    same = Counter(c.row.label for c in rows if c.found == c.row.label)
    lines = [f"{'label':28}{'claims':>8}{'agree':>8}"]
    lines += [f"{label:28}{made[label]:8}{same[label]:8}" for label in sorted(made)]
    lines.append(f"{'all':28}{made.total():8}{same.total():8}")
    absent = sum(c.found is None for c in rows)
    lines += [f"not at hand: {absent}"] if absent else []
    lines += [
        f"  {c.row.id}: labelled {c.row.label}, found {c.found}" for c in rows if c.found not in (None, c.row.label)
    ]
    return "\n".join(lines)
