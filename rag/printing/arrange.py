"""Arrange an answer for print: what Markdown and the page share before either writes its markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from urllib.parse import quote as percent

from rag.answers import Answer, Citation, Claim, Form, Gap, Section, Source, Stage, short_names
from rag.papers import cited_as, is_local, paper_key
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
EMPTY = "Nothing was found for this; see what the papers do not say."
CHECKS = {  # what each gate asks, in the words of a reader
    "form": "one sentence without markup, over sentences that were shown",
    "whitelist": "no work, paper or link from outside",
    "source": "rests on the paper it speaks of",
    "number": "numbers and what they count",
    "quotation": "words in quotation marks",
    "identifier": "names",
    "negation": "negations",
    "direction": "directions",
    "wording": "hedges, scope, exceptions, order",
    "support": "meaning",
    "verbatim": "stands in its source letter by letter",
}
NEAREST = "What comes nearest:"
NEXT_SENTENCE = 2  # characters of page text between two sentences that follow each other, at most


@dataclass(frozen=True, slots=True)
class Quotes:
    """Hold the numbers of all citations of an answer and the short names of its papers."""

    numbers: Mapping[Citation, int]
    names: Mapping[str, str]
    prefix: str = ""  # of the quotes' marks, where several answers stand in one text

    @classmethod
    def of(cls, answer: Answer, prefix: str = "") -> Quotes:
        """Return the quotes of an answer, numbered in the order in which a reader meets them."""
        return cls(number_citations(answer), short_names(answer.references), prefix)

    def name(self, paper: str | None) -> str:
        """Return a paper's short name, or its id where the answer lists no such paper."""
        return self.names.get(paper, cited_as(paper, None)) if paper else ""

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
    """Give citations numbers from 1 in the order in which a reader meets them: in short, gaps, sections."""
    found = [citation for claim in answer.in_short for citation in claim.citations]
    found += [quote for gap in answer.gaps for quote in gap.nearest]
    found += [quote for gap in answer.gaps for quote in gap.quotes]
    found += [citation for section in answer.sections for claim in section.claims for citation in claim.citations]
    return {citation: number for number, citation in enumerate(dict.fromkeys(found), 1)}


# --- what is said where ---------------------------------------------------------------------------------------


def short_claims(answer: Answer) -> list[Claim]:
    """Return what answers in short, as prose whatever step of a workflow it speaks of."""
    return [replace(claim, stage=None) for claim in answer.in_short]


def near_claims(gap: Gap) -> list[Claim]:
    """Return the quotes that come nearest where nothing answers, as claims are printed."""
    return [Claim(quote.quote, "verbatim", (quote,), quote.paper) for quote in gap.nearest]


def silence(answer: Answer) -> Gap | None:
    """Return the gap that stands in an answer's place: nothing answers, and it quotes what comes nearest."""
    return None if answer.refusal else next((gap for gap in answer.gaps if gap.nearest), None)


def gaps_above(answer: Answer) -> list[Gap]:
    """Return the gaps that are told before the evidence: all but words found nowhere, which say least."""
    return [gap for gap in answer.gaps if gap.kind != "words" and (answer.refusal or not gap.nearest)]


def words_nowhere(answer: Answer) -> list[Gap]:
    """Return the gaps that are told under coverage."""
    return [gap for gap in answer.gaps if gap.kind == "words" and not gap.nearest]


def unsaid(answer: Answer) -> list[Section]:
    """Return the sections with what has not been said in short; one of which nothing is left is not printed."""
    said = {(claim.text, claim.citations) for claim in answer.in_short}
    left = []
    for section in answer.sections:
        claims = tuple(claim for claim in section.claims if claim.stage or (claim.text, claim.citations) not in said)
        empty = not section.claims and not silence(answer)  # of a brief's point that nothing answers
        if claims or section.kind == "papers" or empty:
            left.append(Section(section.title, section.kind, claims))
    return left


def claims_on(citation: Citation, answer: Answer) -> list[Claim]:
    """Return the claims that rest on a quote."""
    return [claim for claim in answer.claims if citation in claim.citations]


def plain_quotes(claims: Iterable[Claim]) -> list[Claim]:
    """Return the quotes among claims that stand in for no claim that failed."""
    return [claim for claim in claims if claim.form == "verbatim" and all(check.passed for check in claim.checks)]


# --- claims ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Hold claims in a row that speak with one voice: a source's own words, of one paper, or the writer's."""

    form: Form
    source: Source
    subject: str | None
    claims: tuple[Claim, ...]


def paragraphs(claims: Iterable[Claim]) -> Iterator[Paragraph]:
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


def stretches(claims: Sequence[Claim]) -> Iterator[tuple[Claim, ...]]:
    """Yield the claims of a quotation that stand one behind the other on one page, together."""
    run: list[Claim] = []
    for claim in claims:
        if run and not (_follows(run[-1], claim) and _pages(run[-1])[-1:] == _pages(claim)[:1]):
            yield tuple(run)
            run = []
        run.append(claim)
    if run:
        yield tuple(run)


def _pages(claim: Claim) -> list[int]:
    return [span.page for span in claim.citations[0].spans]


# --- table rows -------------------------------------------------------------------------------------------------

_CAPTION = re.compile(r"(?:Supplementary )?(?:Table|TABLE|Tab\.?)\s*[A-Z]?\.?[\dIVX]+")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@dataclass(frozen=True, slots=True)
class TableRow:
    """Hold a quoted row of a table with its caption and header, either of which may be missing."""

    caption: str
    header: str
    row: str


def table_row(citation: Citation) -> TableRow | None:
    """Return a quote that is a row of a table in its parts; None for any other, and where the parts do not fit."""
    lengths = [span.end - span.start for span in citation.spans]
    if not citation.row or len(lengths) < 2 or len(citation.quote) <= lengths[-1]:
        return None
    around, row = citation.quote[: -lengths[-1]].strip(), citation.quote[-lengths[-1] :]
    caption = around[: lengths[0]].strip() if _CAPTION.match(around) else ""
    return TableRow(caption, around.removeprefix(caption).strip(), row)


def row_of(claim: Claim) -> TableRow | None:
    """Return the row of a table that a claim quotes whole."""
    return table_row(claim.citations[0]) if claim.citations and claim.text == claim.citations[0].quote else None


def tables(claims: Sequence[Claim]) -> Iterator[tuple[TableRow | None, tuple[Claim, ...]]]:
    """Yield the claims of a quotation in groups: rows of one table, each group with its first row, and prose."""

    def table(claim: Claim) -> tuple[str, str] | None:
        row = row_of(claim)
        return (row.caption, row.header) if row else None

    for _, group in groupby(claims, key=table):
        held = tuple(group)
        yield row_of(held[0]), held


def in_cells(row: str, claims: Iterable[Claim]) -> list[tuple[str, bool]]:
    """Return a row's words in pieces, each with whether claims in own words name it: the cells that are meant."""
    meant = {number for claim in claims if claim.form == "own_words" for number in _NUMBER.findall(claim.text)}
    pieces: list[tuple[str, bool]] = []
    for word in row.split(" "):
        number = _NUMBER.search(word)
        pieces.append((word, bool(number and number[0] in meant)))
    return pieces


# --- places -----------------------------------------------------------------------------------------------------


def pages(citation: Citation, one: str = "page", more: str = "pages") -> str:
    """Return the pages that a quote stands on: "page 3", "pages 3–4", or nothing."""
    if not citation.spans:
        return ""
    first, last = citation.spans[0].page, citation.spans[-1].page
    return f"{one} {first}" if first == last else f"{more} {first}–{last}"


def page_address(citation: Citation) -> str | None:
    """Return the address of the quoted page of arXiv's PDF, or of the PDF where its pages are not those of the file.

    The id cannot lead to another site.
    """
    if citation.source != "pdf" or citation.paper is None or not citation.spans or is_local(citation.paper):
        return None
    key = percent(paper_key(citation.paper, citation.version), safe="/.", errors="replace")
    page = 0 if citation.lead is None else citation.spans[0].page - citation.lead
    return f"https://arxiv.org/pdf/{key}" + (f"#page={page}" if page > 0 else "")


def people(authors: Sequence[str]) -> str:
    """Return up to four authors, or the first "et al."."""
    return ", ".join(authors) if len(authors) <= 4 else f"{authors[0]} et al."
