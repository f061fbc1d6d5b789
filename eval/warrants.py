"""Hold the committed table of claims, evidence and verdicts that this judge and an engine's gates must both meet.

`REASON_OF_GATE` ties the words of one to the words of the other. Only the data is shared; each side judges by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rag.papers import AllowedPaper

from .bench import Bench
from .cases import Case
from .checks_claim import check_claim
from .exhibits import Cite, Statement
from .library import Library
from .support import supported
from .wording import addresses_reader

TABLE = Path(__file__).resolve().parent / "warrants.jsonl"

PAPERS = (
    AllowedPaper(
        "2604.91001",
        1,
        model="Kestrelnet: Steady Pictures of Harbours",
        github="https://github.com/invented/kestrelnet",
    ),
)
QUESTION = "How does the gate of the encoder work?"

REASON_OF_GATE = {
    "no_citation": "uncited_claim",
    "unknown_evidence": "unknown_evidence",
    "paper_not_allowed": "outside_whitelist",
    "number": "number_mismatch",
    "count": "number_mismatch",
    "identifier": "identifier_mismatch",
    "negation": "negation_flipped",
    "direction": "direction_flipped",
    "wording": "overstated",  # or `mixed_up`: the gate has one name for both
    "outside_work": "outside_work_mentioned",
    "outside_link": "link_outside_whitelist",
    "second_hand": "second_hand",
    "not_verbatim": "quote_mismatch",
    "wrong_paper": "wrong_paper",
    "addressed_to_reader": "addressed_to_reader",
    "support": "unsupported",
}
"""The engine's gate -> the kind of violation here; `unsupported` is no violation but a missing support."""


@dataclass(frozen=True, slots=True)
class Warrant:
    """Hold one row of the table; any of `reasons` is right for a bad verdict."""

    claim: str
    evidence: tuple[str, ...]
    good: bool
    reasons: tuple[str, ...]


def read_table(path: Path = TABLE) -> tuple[Warrant, ...]:
    """Return the rows of the table."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    return tuple(
        Warrant(row["claim"], tuple(row["evidence"]), row["verdict"] == "good", tuple(row["reasons"])) for row in rows
    )


def find_reasons(
    claim: str, evidence: tuple[str, ...], papers: tuple[AllowedPaper, ...] = PAPERS, question: str = QUESTION
) -> set[str]:
    """Return the kinds of violation that this judge finds between a claim and its evidence."""
    case = Case("warrant", question, papers)
    first = papers[0]
    cites = tuple(
        Cite(f"citations[{i}]", "pdf", first.paper, first.version, quote=text) for i, text in enumerate(evidence)
    )
    faults = check_claim(Statement("claim", "", claim, cites), evidence, Bench(case, Library()))
    found = {kind for kind, _ in faults}
    found |= {"addressed_to_reader" for text in evidence if addresses_reader(text)}
    if not found and not supported(claim, evidence, case.granted):
        found.add("unsupported")
    return found
