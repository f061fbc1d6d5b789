"""Print an answer as Markdown. Lead-ins, quotation marks and wording around quotes are the program's own.

Text from papers, briefs and models is escaped so that it cannot become markup. Not handled here: HTML (`page`),
BibTeX (`bibtex`), JSON (`rag.record`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from rag.answers import Answer, Citation, Claim, Reference, Section
from rag.briefs import is_bare_id, parse_github
from rag.errors import BriefError
from rag.papers import AllowedPaper, paper_key
from rag.printing.arrange import (
    EMPTY,
    NOT_STATED,
    STAGES,
    STATES,
    Paragraph,
    Quotes,
    elided,
    joints,
    page_address,
    pages,
    paragraphs,
    people,
    stage_claims,
)
from rag.printing.escape import escape_markdown as escape
from rag.printing.escape import escape_tex, tex_address


def to_markdown(answer: Answer) -> str:
    """Return the whole answer: sections, gaps, sources, coverage, what was dropped, provenance."""
    return "\n\n".join(block for block in _blocks(answer, Quotes.of(answer)) if block) + "\n"


def _blocks(answer: Answer, quotes: Quotes) -> Iterator[str]:
    yield f"# {escape(answer.question)}"
    for notice in answer.notices:
        about = f"**{_name(notice.paper, quotes)}**: " if notice.paper else ""
        yield f"> Note: {about}{escape(notice.text)}"
    if answer.refusal:
        yield f"**No answer** ({answer.refusal.kind}). {escape(answer.refusal.detail)}"
    for section in answer.sections:
        yield f"## {escape(section.title)}"
        yield from section_blocks(section, answer.references, quotes)
    for title, items in surroundings(answer, quotes).items():
        if items:
            yield f"## {title}"
            yield "\n".join(f"- {item}" for item in items)
    made = answer.provenance
    text, index = made.extractor and f"text by {made.extractor}", made.index and f"index {made.index}"
    yield f"---\n{escape('; '.join(part for part in (f'Writer {made.writer}', text, index) if part))}."


def _name(paper: str | None, quotes: Quotes) -> str:
    return escape(quotes.names.get(paper or "", paper or ""))


# --- sections ---------------------------------------------------------------------------------------------------


def section_blocks(section: Section, references: Sequence[Reference], quotes: Quotes) -> Iterator[str]:
    """Yield what stands below a section's title: paragraphs, the table of workflows, the list of papers."""
    for paragraph in paragraphs(section.claims):
        yield prose(paragraph, quotes)
    if section.kind == "workflow":
        yield workflow_table(section, references, quotes)
    if section.kind == "papers":
        yield "\n".join(f"- {listed(reference)}" for reference in references)
    elif not section.claims:
        yield EMPTY


def prose(paragraph: Paragraph, quotes: Quotes) -> str:
    """Return a paragraph: own words as they are, a source's words as one quotation with its lead-in."""
    if paragraph.form == "own_words":
        return " ".join(f"{escape(claim.text)} {_marks(claim, quotes)}" for claim in paragraph.claims)
    name = escape(quotes.names.get(paragraph.subject or "", ""))
    lead = {
        "brief": "The question says:",
        "summary": f"**{name}**, according to the brief's summary:",
        "pdf": f"**{name}**, the authors write:" if name else "The authors write:",
    }[paragraph.source]
    parts = zip(joints(paragraph.claims), paragraph.claims, strict=True)
    return f"{lead} “{''.join(f'{joint}{_quoted(claim)} {_marks(claim, quotes)}' for joint, claim in parts)}”"


def _quoted(claim: Claim) -> str:
    return escape(elided(claim, " "))


def _marks(claim: Claim, quotes: Quotes) -> str:
    return "".join(f"[{quotes.numbers[citation]}]" for citation in claim.citations)


def workflow_table(section: Section, references: Sequence[Reference], quotes: Quotes) -> str:
    """Return a row per paper with what goes in, what happens and what comes out."""
    rows = ["| Paper | " + " | ".join(title for _, title in STAGES) + " |", "|---" * (len(STAGES) + 1) + "|"]
    for reference in references:
        cells = [f"**{escape(quotes.names[reference.paper])}**"]
        for stage, _ in STAGES:
            claims = stage_claims(section, reference.paper, stage)
            texts = [f"“{_quoted(c)}”" if c.form == "verbatim" else escape(c.text) for c in claims]
            marked = (f"{text} {_marks(claim, quotes)}" for text, claim in zip(texts, claims, strict=True))
            cells.append(" ".join(marked) or NOT_STATED)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def listed(reference: Reference) -> str:
    """Return a paper with its links; they are built from its id and its repository, never copied."""
    authors = f" {escape(people(reference.authors))}." if reference.authors else ""
    allowed = AllowedPaper(reference.paper, reference.version)
    link = _linked(allowed.paper, f"arXiv:{allowed.key}", allowed.url)
    code = ""
    if reference.github:
        try:
            code = f" · [code]({parse_github(reference.github)})"
        except BriefError:
            code = f" · code: {escape(reference.github)}"
    return f"**{escape(reference.title)}**.{authors} {link}{code}"


def _linked(paper: str, words: str, url: str | None) -> str:
    """Return a link built from a paper's id, or only its words where the id is none."""
    return f"[{words}]({url})" if url and is_bare_id(paper) else escape(words)


# --- around the sections ----------------------------------------------------------------------------------------


def surroundings(answer: Answer, quotes: Quotes) -> dict[str, list[str]]:
    """Return the lists below the sections by their titles: gaps, sources, coverage, what was dropped."""
    gaps = [
        f"{escape(gap.text)} “{escape(gap.statement.quote)}” [{quotes.numbers[gap.statement]}]"
        if gap.statement
        else escape(gap.text)
        for gap in answer.gaps
    ]
    shown = {claim.text for claim in answer.claims}
    stated = {gap.statement for gap in answer.gaps}
    sources = [
        f"[{number}] {place(citation, quotes)}"
        + ("" if citation.quote in shown or citation in stated else f": “{escape(citation.quote)}”")
        for citation, number in quotes.numbers.items()
    ]
    coverage = [
        f"{_name(item.paper, quotes)}: {STATES[item.state]}{f' ({escape(item.reason)})' if item.reason else ''}"
        for item in answer.coverage
    ]
    dropped = [
        f"“{escape(item.text)}” ({escape(item.reason)}{f': {escape(item.detail)}' if item.detail else ''})"
        for item in answer.dropped
    ]
    return {
        "What the papers do not say": gaps,
        "Sources": sources,
        "Coverage": coverage,
        "Not shown": dropped,
    }


def place(citation: Citation, quotes: Quotes) -> str:
    """Return where a quote stands, with a link to its page: paper, page, section."""
    if citation.source == "brief" or citation.paper is None:
        return "The question itself"
    name = _name(citation.paper, quotes)
    if citation.source == "summary":
        return f"{name}, the brief's own summary"
    where = ", ".join(
        filter(None, (f"arXiv:{paper_key(citation.paper, citation.version)}", pages(citation, "p.", "pp.")))
    )
    section = escape(f", {citation.section}") if citation.section else ""
    return f"{name}, {_linked(citation.paper, where, page_address(citation))}{section}"


# --- print references as BibTeX entries -----

_ID = re.compile(r"(?:[a-z-]+(?:\.[A-Z]{2})?/)?(\d\d)(\d\d)")
_OLDEST = 91  # arXiv began in 1991


def to_bibtex(references: Sequence[Reference]) -> str:
    """Return one `@misc` entry per reference, keys unique, in the order given."""
    entries: dict[str, str] = {}
    for reference in references:
        key = _key(reference, entries)
        fields = {
            "title": f"{{{escape_tex(reference.title)}}}",
            "author": " and ".join(escape_tex(author) for author in reference.authors),
            "year": year(reference.paper),
            "eprint": escape_tex(paper_key(reference.paper, reference.version)),
            "archiveprefix": "arXiv",
            "url": tex_address(reference.url),
            "note": f"Code: {tex_address(reference.github)}" if reference.github else "",
        }
        lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
        entries[key] = "\n".join([f"@misc{{{key},", ",\n".join(lines), "}"]) + "\n"
    return "\n".join(entries.values())


def _key(reference: Reference, used: Mapping[str, object]) -> str:
    """Return the first author's last name, the year and the title's first word, and a number where that is taken."""
    name = next(iter(reference.authors[0].split()[-1:]), "arxiv") if reference.authors else "arxiv"
    word = re.search(r"[^\W_]+", reference.title)
    text = unicodedata.normalize("NFKD", f"{name}{year(reference.paper)}{word[0] if word else ''}")
    key = re.sub(r"[^A-Za-z0-9]", "", text).lower() or "arxiv"
    return next(unique for number in count(1) if (unique := key if number == 1 else f"{key}{number}") not in used)


def year(paper: str) -> str:
    """Return the year that an arXiv id tells, or nothing for an id whose month does not exist."""
    match = _ID.match(paper)
    if not match or not 1 <= int(match[2]) <= 12:
        return ""
    return str((1900 if int(match[1]) >= _OLDEST else 2000) + int(match[1]))
