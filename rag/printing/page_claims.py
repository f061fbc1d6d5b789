"""Print the sections of an answer: the authors' words as quotations, own words as prose, workflows as drawings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from rag.answers import Answer, Claim, Form, Section, Source
from rag.printing import workflow_drawing
from rag.printing.arrange import EMPTY, elided, joints, voices
from rag.printing.escape import safe
from rag.printing.page_quotes import Quotes


def sections(answer: Answer, quotes: Quotes, papers: str) -> Iterator[str]:
    """Yield the sections in order; `papers` is the list of papers, put where a section asks for it."""
    for number, section in enumerate(answer.sections, 1):
        body = "".join(_body(section, answer, quotes, papers))
        yield f'<section aria-labelledby="s{number}"><h2 id="s{number}">{safe(section.title)}</h2>{body}</section>'


def _body(section: Section, answer: Answer, quotes: Quotes, papers: str) -> Iterator[str]:
    for (form, source, subject), claims in voices(section.claims):
        yield _paragraph(claims, form, source, subject, quotes)
    if section.kind == "workflow":
        yield from _flows(section, answer, quotes)
    if section.kind == "papers":
        yield papers
    elif not section.claims:
        yield f'<p class="empty">{EMPTY}</p>'


def _paragraph(claims: Sequence[Claim], form: Form, source: Source, subject: str | None, quotes: Quotes) -> str:
    if form == "own_words":
        return f"<p>{' '.join(_claim(safe(claim.text), claim, quotes) for claim in claims)}</p>"
    lead = {
        "brief": "The question says",
        "summary": f"<b>{safe(quotes.name(subject))}</b>, according to the brief’s summary",
        "pdf": f"<b>{safe(quotes.name(subject))}</b>, the authors write" if subject else "The authors write",
    }[source]
    words = quotation(claims, lambda text, claim: _claim(text, claim, quotes))
    return f'<div class="voice"><p class="lead">{lead}</p><blockquote><p>{words}</p></blockquote></div>'


def _claim(text: str, claim: Claim, quotes: Quotes) -> str:
    return f'<span class="claim">{text}{quotes.marks(claim.citations)}</span>'


def quotation(claims: Sequence[Claim], claim_html: Callable[[str, Claim], str]) -> str:
    """Return verbatim claims as one quotation, an ellipsis wherever something is left out between or within them."""
    texts = [quoted(claim) for claim in claims]
    texts[0] = f"“{texts[0]}"
    texts[-1] = f"{texts[-1]}”"
    parts = zip(joints(claims), texts, claims, strict=True)
    return "".join(joint + claim_html(text, claim) for joint, text, claim in parts)


def quoted(claim: Claim) -> str:
    """Return a verbatim claim as HTML, with an ellipsis where it leaves out part of its sentence."""
    return escape(elided(claim, "\u00a0"), quote=True)


def _flows(section: Section, answer: Answer, quotes: Quotes) -> Iterator[str]:
    for reference in answer.references:
        name = quotes.name(reference.paper)
        own = [claim for claim in section.claims if claim.stage and claim.subject == reference.paper]
        drawing = workflow_drawing.draw(name, own, quotes)
        yield f'<figure class="flow"><figcaption>{safe(name)}</figcaption>{drawing}</figure>'
