"""Print what stands around the sections: gaps, papers, coverage, what was dropped, how the answer was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from rag.answers import Answer, Coverage, Dropped, Gap, Reference
from rag.papers import paper_key
from rag.printing.bibtex import bibtex
from rag.printing.escape import away, safe, safe_link
from rag.printing.page_quotes import Quotes

STATES = {
    "cited": "cited",
    "searched": "searched, not cited",
    "silent": "searched, nothing found",
    "unreadable": "could not be read",
    "summary_only": "known from the brief’s summary only",
    "not_fetched": "not available",
}
REFUSALS = {
    "not_in_allowed_papers": "The allowed papers do not carry this question.",
    "unreadable": "The allowed papers could not be read.",
    "paper_not_allowed": "The question names a paper that is not among the allowed ones.",
}
_DOT, _STEP, _MOST = 8, 12, 30  # pixels of a dot and from dot to dot; dots in a row


def head(answer: Answer, quotes: Quotes) -> str:
    """Return the question and one line that says what the answer rests on."""
    return f'<header><p class="kicker">Question</p><h1>{safe(answer.question)}</h1>{_basis(answer, quotes)}</header>'


def _basis(answer: Answer, quotes: Quotes) -> str:
    cited = sum(item.state == "cited" for item in answer.coverage)
    parts = [_count(len(quotes.numbers), "quote"), f"{cited} of {_count(len(answer.coverage), 'allowed paper')}"]
    if answer.gaps:
        parts.append(f'<a href="#gaps">{_count(len(answer.gaps), "gap")}</a>')
    return f'<p class="basis">{" · ".join(parts)}</p>' if answer.status == "answered" else ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def notices(answer: Answer, quotes: Quotes) -> Iterator[str]:
    """Yield what a reader must know about the sources before reading."""
    for notice in answer.notices:
        about = f"<b>{safe(quotes.name(notice.paper))}</b>: " if notice.paper else ""
        yield f'<p class="notice" role="note">{about}{safe(notice.text)}</p>'


def refusal(answer: Answer) -> str:
    """Return why there is no answer, or nothing where there is one."""
    if answer.refusal:
        said = f"<p>{REFUSALS[answer.refusal.kind]}</p><p>{safe(answer.refusal.detail)}</p>"
    elif answer.status == "failed":
        said = "<p>The writer gave no usable reply.</p>"
    else:
        return ""
    return f'<section class="refusal"><h2>No answer</h2>{said}</section>'


def gaps(answer: Answer, quotes: Quotes) -> str:
    """Return what the papers do not say."""
    if not answer.gaps:
        return ""
    items = "".join(f"<li>{_gap(gap, quotes)}</li>" for gap in answer.gaps)
    return (
        '<section id="gaps" class="gaps" aria-labelledby="gaps-title">'
        f'<h2 id="gaps-title">What the papers do not say</h2><ul>{items}</ul></section>'
    )


def _gap(gap: Gap, quotes: Quotes) -> str:
    said = f"<p>{safe(gap.text)}</p>"
    if gap.statement:
        said += f"<blockquote><p>“{safe(gap.statement.quote)}”{quotes.marks([gap.statement])}</p></blockquote>"
    if gap.searched:
        said += f'<p class="place">Searched: {safe(gap.searched)}</p>'
    return said


def papers(answer: Answer) -> str:
    """Return the papers and tools with their links, and BibTeX to copy."""
    if not answer.references:
        return ""
    items = "".join(f"<li>{_paper(reference)}</li>" for reference in answer.references)
    return (
        f'<ul class="papers">{items}</ul><details class="bibtex"><summary>BibTeX</summary>'
        '<button type="button" class="copy" hidden>Copy</button>'
        f'<pre tabindex="0">{escape(bibtex(answer.references))}</pre></details>'
    )


def _paper(reference: Reference) -> str:
    authors = f'<span class="authors">{safe(people(reference.authors))}</span>' if reference.authors else ""
    key = paper_key(reference.paper, reference.version)
    links = [away(reference.url, f"arXiv:{key}")]
    if safe_link(reference.github):
        links.append(away(reference.github, "Code", f"Code of {reference.title}"))
    return f'<cite>{safe(reference.title)}</cite>{authors}<span class="links">{" · ".join(links)}</span>'


def people(authors: tuple[str, ...]) -> str:
    """Return up to four authors, or the first "et al."."""
    return ", ".join(authors) if len(authors) <= 4 else f"{authors[0]} et al."


def coverage(answer: Answer, quotes: Quotes) -> str:
    """Return a small chart: one row per allowed paper, one dot per quote of it."""
    if not answer.coverage:
        return ""
    counts = Counter(citation.paper for citation in quotes.numbers)
    rows = "".join(_row(item, counts[item.paper], quotes) for item in answer.coverage)
    return (
        '<section class="coverage" aria-labelledby="coverage"><h2 id="coverage">What was searched</h2>'
        f"<ul>{rows}</ul></section>"
    )


def _row(item: Coverage, count: int, quotes: Quotes) -> str:
    said = f"{_count(count, 'quote')}" if count else STATES[item.state]
    if count and item.state != "cited":
        said += f", {STATES[item.state]}"
    reason = f'<span class="reason">{safe(item.reason)}</span>' if item.reason else ""
    return (
        f'<li class="{item.state}"><span class="name">{safe(quotes.name(item.paper))}</span>{_dots(count)}'
        f'<span class="said">{said}</span>{reason}</li>'
    )


def _dots(count: int) -> str:
    shown = min(count, _MOST)
    middle = _STEP / 2
    dots = "".join(f'<circle cx="{middle + _STEP * n:g}" cy="{middle:g}" r="{_DOT / 2:g}"/>' for n in range(shown))
    ring = f'<circle class="none" cx="{middle:g}" cy="{middle:g}" r="{_DOT / 2 - 0.75:g}"/>'
    width = _STEP * max(shown, 1)
    return (
        f'<svg width="{width}" height="{_STEP}" viewBox="0 0 {width} {_STEP}" aria-hidden="true">{dots or ring}</svg>'
    )


def register(entries: str, count: int) -> str:
    """Return the drawer with all quotes and their places."""
    if not count:
        return ""
    every = "The quote" if count == 1 else f"All {count} quotes"
    return f'<details class="register"><summary>{every}, with place</summary><ol>{entries}</ol></details>'


def dropped(answer: Answer) -> str:
    """Return the drawer with the sentences that did not pass, or nothing."""
    if not answer.dropped:
        return ""
    items = "".join(f"<li>{_dropped(item)}</li>" for item in answer.dropped)
    title = f"Not shown: {_count(len(answer.dropped), 'sentence')} that did not pass"
    return f'<details class="dropped"><summary>{title}</summary><ul>{items}</ul></details>'


def _dropped(item: Dropped) -> str:
    detail = f": {safe(item.detail)}" if item.detail else ""
    return f'<p><s>{safe(item.text)}</s></p><p class="place">{safe(item.reason.replace("_", " "))}{detail}</p>'


def provenance(answer: Answer) -> str:
    """Return what made the answer."""
    made = answer.provenance
    facts = [
        ("Record", answer.schema),
        ("Writer", made.writer or answer.writer),
        ("Text read by", made.extractor),
        ("Index", made.index),
        ("Schema mode", made.schema_mode),
        *((f"Prompt {name}", digest) for name, digest in made.prompts.items()),
        *made.packages.items(),
    ]
    rows = "".join(f"<div><dt>{safe(name)}</dt><dd>{safe(value)}</dd></div>" for name, value in facts if value)
    return (
        "<footer><details><summary>How this answer was made</summary>"
        "<p>Every quote was printed from the stored text of an allowed paper or from the brief, never by a writer."
        f"</p><dl>{rows}</dl></details></footer>"
    )
