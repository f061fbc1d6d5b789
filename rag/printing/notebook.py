"""Print an answer compactly for a notebook cell: inline styles only, no script, colours inherited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rag.answers import Answer, Citation, Claim, Section, Stage
from rag.papers import paper_key
from rag.printing.arrange import EMPTY, NOT_STATED, STAGES, voices
from rag.printing.escape import away, safe, safe_link
from rag.printing.page_claims import quotation, quoted
from rag.printing.page_quotes import Quotes, page_address, pages
from rag.printing.page_surroundings import REFUSALS, STATES

_FAINT = "opacity:.68;font-size:90%"
_BOX = "max-width:46em;line-height:1.5"
_CELL = "text-align:left;vertical-align:top;padding:.3em .8em .3em 0"


def notebook(answer: Answer) -> str:
    """Return the answer as a fragment of HTML."""
    quotes = Quotes.of(answer)
    return f'<div style="{_BOX}">{"".join(_parts(answer, quotes))}</div>'


def _parts(answer: Answer, quotes: Quotes) -> Iterator[str]:
    yield f'<p style="font-size:115%"><b>{safe(answer.question)}</b></p>'
    for notice in answer.notices:
        yield f'<p style="{_FAINT}">Note: {safe(quotes.name(notice.paper))} {safe(notice.text)}</p>'
    if answer.refusal:
        yield f"<p><b>No answer.</b> {REFUSALS[answer.refusal.kind]} {safe(answer.refusal.detail)}</p>"
    for section in answer.sections:
        yield f'<p style="margin:1em 0 .2em"><b>{safe(section.title)}</b></p>'
        yield from _section(section, answer, quotes)
    if answer.gaps:
        yield '<p style="margin:1em 0 .2em"><b>What the papers do not say</b></p><ul>'
        for gap in answer.gaps:
            statement = f" “{safe(gap.statement.quote)}”{_marks([gap.statement], quotes)}" if gap.statement else ""
            yield f"<li>{safe(gap.text)}{statement}</li>"
        yield "</ul>"
    yield from _sources(answer, quotes)


def _section(section: Section, answer: Answer, quotes: Quotes) -> Iterator[str]:
    for (form, source, subject), claims in voices(section.claims):
        if form == "own_words":
            yield f"<p>{' '.join(safe(c.text) + _marks(c.citations, quotes) for c in claims)}</p>"
            continue
        name = "Question" if source == "brief" else safe(quotes.name(subject))
        text = quotation(claims, lambda words, claim: words + _marks(claim.citations, quotes))
        yield f"<p><b>{name}</b>: {text}</p>"
    if section.kind == "workflow":
        yield _table(section, answer, quotes)
    if section.kind == "papers":
        yield _papers(answer)
    elif not section.claims:
        yield f'<p style="{_FAINT}">{EMPTY}</p>'


def _table(section: Section, answer: Answer, quotes: Quotes) -> str:
    head = "".join(f'<th style="{_CELL}">{title}</th>' for title in ("", *(title for _, title in STAGES)))
    rows = "".join(_row(section, reference.paper, quotes) for reference in answer.references)
    return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(section: Section, paper: str, quotes: Quotes) -> str:
    own = [claim for claim in section.claims if claim.subject == paper]
    cells = "".join(f'<td style="{_CELL}">{_cell(own, stage, quotes)}</td>' for stage, _ in STAGES)
    return f'<tr><th style="{_CELL}">{safe(quotes.name(paper))}</th>{cells}</tr>'


def _cell(claims: Iterable[Claim], stage: Stage, quotes: Quotes) -> str:
    found = [claim for claim in claims if claim.stage == stage]
    texts = [f"“{quoted(c)}”" if c.form == "verbatim" else safe(c.text) for c in found]
    return " ".join(t + _marks(c.citations, quotes) for t, c in zip(texts, found, strict=True)) or NOT_STATED


def _papers(answer: Answer) -> str:
    items = []
    for reference in answer.references:
        links = away(reference.url, f"arXiv:{paper_key(reference.paper, reference.version)}")
        if safe_link(reference.github):
            links += f" · {away(reference.github, 'code')}"
        items.append(f"<li>{safe(reference.title)} {links}</li>")
    return f"<ul>{''.join(items)}</ul>"


def _marks(citations: Iterable[Citation], quotes: Quotes) -> str:
    return "".join(
        f'<sup title="{safe(quotes.place(citation))}: {safe(citation.quote)}">[{quotes.numbers[citation]}]</sup>'
        for citation in citations
    )


def _sources(answer: Answer, quotes: Quotes) -> Iterator[str]:
    covered = "; ".join(f"{safe(quotes.name(item.paper))} {STATES[item.state]}" for item in answer.coverage)
    items = "".join(f"<li>{_source(citation, quotes)}</li>" for citation in quotes.numbers)
    summary = f"<summary>{len(quotes.numbers)} quotes · {covered}</summary>"
    yield f'<details style="{_FAINT}">{summary}<ol>{items}</ol></details>'


def _source(citation: Citation, quotes: Quotes) -> str:
    address = page_address(citation)
    link = f" · {away(address, f'arXiv PDF, {pages(citation)}')}" if address else ""
    return f"“{safe(citation.quote)}” {safe(quotes.place(citation))}{link}"
