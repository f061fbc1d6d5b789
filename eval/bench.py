"""Lay out what every check of citations needs: verdicts, the case and its papers, and what was found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.papers import Span

from .cases import Case
from .library import Library
from .violations import Fault

GOOD, BAD, UNCHECKED = "good", "bad", "cannot_be_checked"


@dataclass(slots=True)
class Finding:
    """Gather what the checks of one citation find."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stored: str = UNCHECKED
    pdf: str = UNCHECKED
    why: str = ""  # why a level could not be checked
    no_pdf: str = ""  # why there is no PDF to check against, and what to do
    spans: tuple[Span, ...] = ()  # where the stored pages hold the quote
    copies: int = 0  # 1 when the PDF at hand has other bytes

    def add(self, kind: str, reason: str) -> None:
        """Record a fault."""
        self.faults.append((kind, reason))


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold what every check needs: the case, the papers, and which papers exist beside the allowed ones."""

    case: Case
    library: Library
    elsewhere: frozenset[str] = frozenset()  # ids that other cases of this run allow
    extractor: str = ""  # what the answer says its pages were read by

    def exists(self, paper: str) -> bool:
        """Tell whether a paper is one of the library's or of another case."""
        return paper in self.elsewhere or paper in self.case.library or paper in self.library.ids
