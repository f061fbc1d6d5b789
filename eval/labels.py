"""Compare this judge with a person: claims labelled by reading, each tied to a stretch of a paper's raw text.

`labels/*.jsonl` name papers by id, version and hash, and stretches by page, offsets in the page's normal form, and
hash; the papers' text is not in there. Rows whose PDF is not at hand are counted as such, not as agreement.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.papers import AllowedPaper

from . import normal
from .cases import Case
from .exhibits import Cite, Exhibit, Statement
from .judge import judge
from .pages import Library, Pdf, sha256

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


def stretch(pdf: Pdf, row: Labelled) -> str | None:
    """Return the labelled text, words rejoined over line ends; None where the page does not hold it."""
    page = normal.normal(pdf.text(row.page))
    form = page.form[row.start : row.end]
    if sha256(form) != row.sha256:
        at = next(
            (i for i in _places(page.form, form, row) if sha256(page.form[i : i + row.end - row.start]) == row.sha256),
            None,
        )
        if at is None:
            return None
    else:
        at = row.start
    text = page.text[page.offsets[at] : page.offsets[at + row.end - row.start - 1] + 1]
    return re.sub(r"\s+", " ", re.sub(r"[\ufffe\x02\u00ad]\s*", "", text)).strip()


def _places(form: str, wanted: str, row: Labelled) -> Iterable[int]:
    return range(max(0, row.start - 200), min(len(form), row.start + 200))


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
