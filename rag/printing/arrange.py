"""Arrange an answer for print: what Markdown and the page share before either writes its markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from urllib.parse import quote as percent

from rag.answers import Answer, Citation, Claim, Form, Section, Source, Stage, short_names
from rag.papers import paper_key
from rag.printing.escape import plain

STAGES: tuple[tuple[Stage, str], ...] = (("input", "Input"), ("model", "Model"), ("output", "Output"))
STATES = {
    "cited": "cited",
    "searched": "searched, not cited",
    "silent": "searched, nothing found",
    "unreadable": "could not be read",
    "summary_only": "known from the brief's summary only",
    "not_fetched": "not available",
}
NOT_STATED = "not stated"
EMPTY = "The allowed papers do not support a statement here."
NEXT_SENTENCE = 2  # characters of page text between two sentences that follow each other, at most


@dataclass(frozen=True, slots=True)
class Quotes:
    """Hold the numbers of all citations of an answer and the short names of its papers."""

    numbers: Mapping[Citation, int]
    names: Mapping[str, str]

    @classmethod
    def of(cls, answer: Answer) -> Quotes:
        """Return the quotes of an answer, numbered in the order in which a reader meets them."""
        return cls(number_citations(answer), short_names(answer.references))

    def name(self, paper: str | None) -> str:
        """Return a paper's short name, or its id where the answer lists no such paper."""
        return self.names.get(paper, f"arXiv:{paper}") if paper else ""

    def place(self, citation: Citation) -> str:
        """Return where a quote stands, as plain text: paper, section, page."""
        if citation.source == "brief" or citation.paper is None:
            return "The question itself"
        name = plain(self.name(citation.paper))
        if citation.source == "summary":
            return f"{name} · the brief's own summary"
        return " · ".join(part for part in (name, plain(citation.section), pages(citation)) if part)

    def count(self, paper: str) -> int:
        """Return how many quotes of a paper the answer shows."""
        return sum(citation.paper == paper for citation in self.numbers)


def number_citations(answer: Answer) -> dict[Citation, int]:
    """Give citations numbers from 1 in the order in which a reader meets them, gaps last."""
    found = [citation for claim in answer.claims for citation in claim.citations]
    found += [gap.statement for gap in answer.gaps if gap.statement]
    return {citation: number for number, citation in enumerate(dict.fromkeys(found), 1)}


# --- claims ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Hold claims in a row that speak with one voice: a source's own words, of one paper, or the writer's."""

    form: Form
    source: Source
    subject: str | None
    claims: tuple[Claim, ...]


def paragraphs(claims: Sequence[Claim]) -> Iterator[Paragraph]:
    """Yield the prose of a section: claims in a row with one voice share a paragraph."""

    def voice(claim: Claim) -> tuple[Form, Source, str | None]:
        if not claim.citations:  # only in records of others: no quotation without a source
            return "own_words", "brief", None
        return claim.form, claim.citations[0].source, claim.subject if claim.form == "verbatim" else None

    for key, group in groupby((claim for claim in claims if claim.stage is None), key=voice):
        yield Paragraph(*key, tuple(group))


def stage_claims(section: Section, paper: str, stage: Stage) -> list[Claim]:
    """Return what a section says of one stage of a paper's workflow."""
    return [claim for claim in section.claims if claim.stage == stage and claim.subject == paper]


def joints(claims: Sequence[Claim]) -> list[str]:
    """Return what stands before each claim of a quotation: nothing, a blank, or an ellipsis where text is left out."""
    return ["", *(" " if _follows(*pair) else " … " for pair in pairwise(claims))]


def _follows(before: Claim, after: Claim) -> bool:
    first, second = before.citations[0], after.citations[0]
    if first.source != "pdf":
        return True
    if not (first.spans and second.spans) or first.section != second.section:
        return False
    end, start = first.spans[-1], second.spans[0]
    return start.page == end.page + 1 or (start.page == end.page and 0 <= start.start - end.end <= NEXT_SENTENCE)


def elided(claim: Claim, blank: str = "\u00a0") -> str:
    """Return a verbatim claim with an ellipsis where it leaves out the beginning or the end of its sentence."""
    text = plain(claim.text)
    whole = plain(claim.citations[0].quote) if claim.citations else text
    before = "" if whole.startswith(text) else f"…{blank}"
    after = "" if whole.endswith(text) else f"{blank}…"
    return f"{before}{text}{after}"


# --- places -----------------------------------------------------------------------------------------------------


def pages(citation: Citation, one: str = "page", more: str = "pages") -> str:
    """Return the pages that a quote stands on: "page 3", "pages 3–4", or nothing."""
    if not citation.spans:
        return ""
    first, last = citation.spans[0].page, citation.spans[-1].page
    return f"{one} {first}" if first == last else f"{more} {first}–{last}"


def page_address(citation: Citation) -> str | None:
    """Return the address of the quoted page of arXiv's PDF; the id cannot lead to another site."""
    if citation.source != "pdf" or citation.paper is None or not citation.spans:
        return None
    key = percent(paper_key(citation.paper, citation.version), safe="/.", errors="replace")
    return f"https://arxiv.org/pdf/{key}#page={citation.spans[0].page}"


def people(authors: Sequence[str]) -> str:
    """Return up to four authors, or the first "et al."."""
    return ", ".join(authors) if len(authors) <= 4 else f"{authors[0]} et al."
