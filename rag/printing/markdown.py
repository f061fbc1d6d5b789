"""Print an answer as Markdown: what answers in short, gaps, proof with short marks, quotes as footnotes.

A source's own words are set off as quotations; lead-ins and wording around them are the program's own. Text from
papers, briefs and models is escaped so that it cannot become markup. Not handled here: HTML (`page`), JSON
(`rag.record`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rag.answers import Answer, Citation, Claim, Gap, Reference, Section, Source
from rag.papers import cited_as
from rag.printing.arrange import (
    EMPTY,
    NEAREST,
    NOT_STATED,
    STAGES,
    STATES,
    Paragraph,
    Quotes,
    TableRow,
    claims_on,
    elided,
    gaps_above,
    in_cells,
    near_claims,
    page_address,
    pages,
    paragraphs,
    people,
    row_of,
    short_claims,
    silence,
    stage_claims,
    stretches,
    table_row,
    tables,
    unsaid,
    words_nowhere,
)
from rag.printing.escape import escape_markdown as escape
from rag.printing.escape import link_address, paper_link


def to_markdown(answer: Answer, prefix: str = "") -> str:
    """Return the whole answer; `prefix` keeps the footnotes of several answers in one text apart."""
    return "\n\n".join(block for block in _blocks(answer, Quotes.of(answer, prefix)) if block) + "\n"


def _blocks(answer: Answer, quotes: Quotes) -> Iterator[str]:
    yield f"# {escape(answer.question)}"
    yield from body(answer, quotes)
    for title, items in surroundings(answer, quotes).items():
        yield from _list(title, items)
    made = answer.provenance
    text, index = made.extractor and f"text by {made.extractor}", made.index and f"index {made.index}"
    yield f"---\n{escape('; '.join(part for part in (f'Writer {made.writer}', text, index) if part))}."
    for citation, number in quotes.numbers.items():
        yield f"[^{quotes.prefix}{number}]: {footnote(citation, answer, quotes)}"


def body(answer: Answer, quotes: Quotes) -> Iterator[str]:
    """Yield what an answer says, without its question and what surrounds it: notices, in short, gaps, sections."""
    for notice in answer.notices:
        about = f"**{_name(notice.paper, quotes)}**: " if notice.paper else ""
        yield f"> Note: {about}{escape(notice.text)}"
    if answer.refusal:
        yield f"**No answer** ({escape(answer.refusal.kind)}). {escape(answer.refusal.detail)}"
    yield from answer_in_short(answer, quotes)
    yield from _list("What the papers do not say", (told(gap, quotes) for gap in gaps_above(answer)))
    for section in unsaid(answer):
        yield f"## {escape(section.title)}"
        yield from section_blocks(section, answer.references, quotes)


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {item}" for item in items]
    if lines:
        yield f"## {title}"
        yield "\n".join(lines)


def _name(paper: str | None, quotes: Quotes) -> str:
    return escape(quotes.names.get(paper or "", paper or ""))


def answer_in_short(answer: Answer, quotes: Quotes) -> Iterator[str]:
    """Yield what answers the question itself, or that nothing does, with what comes nearest."""
    claims, gap = short_claims(answer), silence(answer)
    if claims or gap:
        yield "## In short"
    if gap and not claims:
        yield f"{escape(gap.text)} {NEAREST}"
        claims = near_claims(gap)
    for paragraph in paragraphs(claims):
        yield from prose(paragraph, quotes)


def told(gap: Gap, quotes: Quotes) -> str:
    """Return a gap with the paper's own word on it, or with what comes nearest."""
    return " ".join([escape(gap.text), *(f"“{escape(one.quote)}” {_marks((one,), quotes)}" for one in gap.quotes)])


# --- sections ---------------------------------------------------------------------------------------------------


def section_blocks(section: Section, references: Sequence[Reference], quotes: Quotes) -> Iterator[str]:
    """Yield what stands below a section's title: paragraphs, the table of workflows, the list of papers."""
    for paragraph in paragraphs(section.claims):
        yield from prose(paragraph, quotes)
    if section.kind == "workflow" and section.claims:
        yield workflow_table(section, references, quotes)
    if section.kind == "papers":
        yield "\n".join(f"- {listed(reference)}" for reference in references)
    elif not section.claims:
        yield EMPTY


def prose(paragraph: Paragraph, quotes: Quotes) -> Iterator[str]:
    """Yield a paragraph: own words as they are, a source's words set off, with a lead-in that says whose they are."""
    if paragraph.form == "own_words":
        yield " ".join(f"{escape(claim.text)} {_marks(claim.citations, quotes)}".strip() for claim in paragraph.claims)
        return
    yield _lead(paragraph.source, paragraph.subject, quotes)
    for row, group in tables(paragraph.claims):
        if row:
            yield from rows(row, group, quotes)
        else:
            yield "\n>\n".join(f"> {_line(claims, quotes)}" for claims in stretches(group))


def _lead(source: Source, subject: str | None, quotes: Quotes) -> str:
    name = _name(subject, quotes)
    if source == "brief":
        return "The question says:"
    if source == "summary":
        return f"**{name}**, according to the brief's summary:"
    return f"**{name}**, the authors write:" if name else "The authors write:"


def _line(claims: Sequence[Claim], quotes: Quotes) -> str:
    """Return sentences in a row as one line of a quotation, each with its marks."""
    return " ".join(f"{_quoted(claim)} {_marks(claim.citations, quotes)}" for claim in claims)


def _quoted(claim: Claim) -> str:
    return escape(elided(claim, " "))


def _marks(citations: Sequence[Citation], quotes: Quotes) -> str:
    return "".join(f"[^{quotes.prefix}{quotes.numbers[citation]}]" for citation in citations)


def rows(first: TableRow, claims: Sequence[Claim], quotes: Quotes) -> Iterator[str]:
    """Yield rows of one table under its caption and header."""
    if first.caption:
        yield f"> {escape(first.caption)} {_marks(claims[0].citations, quotes)}"
    told = [(row.row, _marks(claim.citations, quotes)) for claim in claims if (row := row_of(claim))]
    yield "\n".join((f"| {escape(first.header)} |", "|---|", *(f"| {escape(row)} {marks} |" for row, marks in told)))


def workflow_table(section: Section, references: Sequence[Reference], quotes: Quotes) -> str:
    """Return a row per paper with what goes in, what happens and what comes out."""
    lines = ["| Paper | " + " | ".join(title for _, title in STAGES) + " |", "|---" * (len(STAGES) + 1) + "|"]
    for reference in references:
        cells = [f"**{escape(quotes.names[reference.paper])}**"]
        for stage, _ in STAGES:
            claims = stage_claims(section, reference.paper, stage)
            texts = [f"“{_quoted(c)}”" if c.form == "verbatim" else escape(c.text) for c in claims]
            marked = (f"{text} {_marks(c.citations, quotes)}" for text, c in zip(texts, claims, strict=True))
            cells.append(" ".join(marked) or NOT_STATED)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def listed(reference: Reference) -> str:
    """Return a paper with its links; they are built from its id and its repository, never copied."""
    authors = f" {escape(people(reference.authors))}." if reference.authors else ""
    code, named = "", cited_as(reference.paper, reference.version)
    if reference.github:
        code = f" · {_linked('code', reference.github)}"
    return f"**{escape(reference.title)}**.{authors} {_linked(named, paper_link(reference))}{code}"


def _linked(words: str, url: str | None) -> str:
    """Return a link to where one may lead, or only its words."""
    return f"[{escape(words)}]({link})" if (link := link_address(url)) else escape(words)


# --- around the sections ----------------------------------------------------------------------------------------


def surroundings(answer: Answer, quotes: Quotes) -> dict[str, list[str]]:
    """Return the lists below the sections by their titles: sources, coverage, what was dropped."""
    coverage = [
        f"{_name(item.paper, quotes)}: {STATES[item.state]}{f' ({escape(item.reason)})' if item.reason else ''}"
        for item in answer.coverage
    ]
    dropped = [
        f"“{escape(item.text)}” ({escape(item.reason)}{f': {escape(item.detail)}' if item.detail else ''})"
        for item in answer.dropped
    ]
    return {
        "Sources": list(sources(answer, quotes)),
        "Coverage": coverage + [escape(gap.text) for gap in words_nowhere(answer)],
        "Not shown": dropped,
    }


def sources(answer: Answer, quotes: Quotes) -> Iterator[str]:
    """Yield the papers that are quoted, each with its pages in order and the quotes on them."""
    for reference in answer.references:
        quoted = [c for c in quotes.numbers if c.paper == reference.paper and page_address(c)]
        on_pages = []
        for _, group in groupby(sorted(quoted, key=lambda c: c.spans[0].page), key=lambda c: c.spans[0].page):
            held = list(group)
            page = _linked(f"p. {held[0].spans[0].page}", page_address(held[0]))
            on_pages.append(f"{page} {_marks(held, quotes)}")
        if on_pages:
            yield f"**{escape(reference.title)}**: {', '.join(on_pages)}"


def footnote(citation: Citation, answer: Answer, quotes: Quotes) -> str:
    """Return a quote's place, and the quote where the text above does not print it whole and in one piece.

    In a table's row the cells that claims speak of stand in bold.
    """
    claims, row = claims_on(citation, answer), table_row(citation)
    shown = any(claim.text == citation.quote for claim in claims) or any(citation in gap.quotes for gap in answer.gaps)
    if shown and not row:
        return place(citation, quotes)
    quote = escape(citation.quote)
    if row:
        cells = (f"**{escape(text)}**" if meant else escape(text) for text, meant in in_cells(row.row, claims))
        quote = " ".join(filter(None, (escape(row.caption), escape(row.header), *cells)))
    return f"“{quote}” {place(citation, quotes)}"


def place(citation: Citation, quotes: Quotes) -> str:
    """Return where a quote stands, with a link to its page: paper, page, section."""
    if citation.source == "brief" or citation.paper is None:
        return "The question itself"
    name = _name(citation.paper, quotes)
    if citation.source == "summary":
        return f"{name}, the brief's own summary"
    where = ", ".join(filter(None, (cited_as(citation.paper, citation.version), pages(citation, "p.", "pp."))))
    section = escape(f", {citation.section}") if citation.section else ""
    return f"{name}, {_linked(where, page_address(citation))}{section}"
