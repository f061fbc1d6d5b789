"""Hold an answer as it is judged: statements with what they cite, whoever wrote them and in whatever form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answers import Answer, Citation, Claim
from rag.papers import Span
from rag.record import as_written

from .digests import altered

IN_SHORT = "In short"  # what stands on top of an answer, as if it were a section


@dataclass(frozen=True, slots=True)
class Cite:
    """Hold one citation as the answer states it. Nothing in it is believed before it is checked."""

    place: str
    source: str  # pdf, summary, brief, or unknown for a mark that leads nowhere
    paper: str | None = None
    version: int | None = None
    quote: str = ""
    spans: tuple[Span, ...] = ()
    pages: tuple[int, ...] = ()  # pages it names without spans
    quote_sha256: str | None = None
    pdf_sha256: str | None = None
    page_text_sha256: tuple[str, ...] = ()
    mark: str = ""  # how the answer writes it: "[3]", a link
    problem: str = ""  # why a mark leads nowhere
    link: str = ""  # where it leads when that is no paper

    @property
    def cited_pages(self) -> tuple[int, ...]:
        """Return the pages that the citation points at."""
        return tuple(dict.fromkeys(span.page for span in self.spans)) or self.pages


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold one sentence of an answer with its citations."""

    place: str
    section: str
    text: str
    cites: tuple[Cite, ...]
    form: str = "own_words"


@dataclass(frozen=True, slots=True)
class Listed:
    """Hold a work that the answer lists as a reference, with its title and links as printed."""

    place: str
    paper: str | None
    version: int | None
    title: str
    links: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Hold a section's title, its kind, and how many of its statements cite something."""

    title: str
    kind: str
    statements: int
    cited: int


@dataclass(frozen=True, slots=True)
class Exhibit:
    """Hold a whole answer. `asides` are program-worded texts (gaps, notices, refusals), `(place, text)`."""

    form: str  # record, markdown, failed
    status: str
    statements: tuple[Statement, ...] = ()
    parts: tuple[Part, ...] = ()
    references: tuple[Listed, ...] = ()
    covered: tuple[tuple[str, str], ...] = ()  # place and paper of every coverage and gap entry
    asides: tuple[tuple[str, str], ...] = ()
    aside_cites: tuple[Cite, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()  # place and text of what the reader could make nothing of
    refusal: str = ""
    question: str = ""
    extractor: str = ""
    error: str = ""
    answer: Answer | None = None  # the record itself
    altered: tuple[str, ...] | None = (
        None  # its fields that are not what their digests were made from; None: no digests
    )
    shows: str = ""  # what the document that carries the record shows other than the record prints


def failed(reason: str) -> Exhibit:
    """Return the exhibit of a case that crashed: a recorded failure, judged as such."""
    return Exhibit(form="failed", status="failed", error=reason)


def from_answer(answer: Answer) -> Exhibit:
    """Return a record `rag.answer/2` as an exhibit."""
    short = [_statement(claim, f"in_short[{i}]", IN_SHORT) for i, claim in enumerate(answer.in_short)]
    said = {(claim.text, claim.form, claim.citations) for claim in answer.in_short}  # judged once, where first read
    statements = short + [
        _statement(claim, f"sections[{i}].claims[{j}]", section.title)
        for i, section in enumerate(answer.sections)
        for j, claim in enumerate(section.claims)
        if (claim.text, claim.form, claim.citations) not in said
    ]
    parts = tuple(
        Part(section.title, section.kind, len(section.claims), sum(bool(claim.citations) for claim in section.claims))
        for section in answer.sections
    )
    references = tuple(
        Listed(f"references[{i}]", ref.paper, ref.version, ref.title, _present(ref.url, ref.github))
        for i, ref in enumerate(answer.references)
    )
    covered = [(f"coverage[{i}]", entry.paper) for i, entry in enumerate(answer.coverage)]
    covered += [(f"gaps[{i}]", gap.paper) for i, gap in enumerate(answer.gaps) if gap.paper]
    asides = [(f"gaps[{i}]", f"{gap.topic} {gap.text}") for i, gap in enumerate(answer.gaps)]
    asides += [(f"notices[{i}]", notice.text) for i, notice in enumerate(answer.notices)]
    if answer.refusal:
        asides.append(("refusal", answer.refusal.detail))
    stated = [(f"gaps[{i}].statement", gap.statement) for i, gap in enumerate(answer.gaps) if gap.statement]
    stated += [
        (f"gaps[{i}].nearest[{k}]", one) for i, gap in enumerate(answer.gaps) for k, one in enumerate(gap.nearest)
    ]
    return Exhibit(
        form="record",
        status=answer.status,
        statements=tuple(statements),
        parts=parts,
        references=references,
        covered=tuple(covered),
        asides=tuple(asides),
        aside_cites=tuple(_cite(citation, place) for place, citation in stated),
        refusal=answer.refusal.kind if answer.refusal else "",
        question=answer.question,
        extractor=answer.provenance.extractor,
        error=_reason(answer) if answer.status == "failed" else "",
        answer=answer,
        altered=altered(as_written(answer)),
    )


def _reason(answer: Answer) -> str:
    if answer.failure:
        return answer.failure.reason
    return answer.refusal.detail if answer.refusal else ""


def _present(*links: str | None) -> tuple[str, ...]:
    return tuple(link for link in links if link)


def _statement(claim: Claim, place: str, section: str) -> Statement:
    cites = tuple(_cite(citation, f"{place}.citations[{k}]") for k, citation in enumerate(claim.citations))
    return Statement(place, section, claim.text, cites, claim.form)


def _cite(citation: Citation, place: str) -> Cite:
    return Cite(
        place=place,
        source=citation.source,
        paper=citation.paper,
        version=citation.version,
        quote=citation.quote,
        spans=citation.spans,
        quote_sha256=citation.quote_sha256,
        pdf_sha256=citation.pdf_sha256,
        page_text_sha256=citation.page_text_sha256,
    )


def cited_papers(statements: Sequence[Statement]) -> frozenset[str]:
    """Return the ids of all papers that the statements cite by their PDF."""
    return frozenset(
        cite.paper for statement in statements for cite in statement.cites if cite.paper and cite.source == "pdf"
    )
