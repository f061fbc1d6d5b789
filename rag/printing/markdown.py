"""Print an answer as Markdown. Lead-ins, quotation marks and wording around quotes are the program's own.

Text from papers, briefs and models is escaped so that it cannot become markup. Not handled here: HTML and
BibTeX (`page`), JSON (`record`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.answers import Answer, Citation, Claim, Coverage, Gap, Reference, Section, Stage, short_names
from rag.briefs import is_bare_id, parse_github
from rag.errors import BriefError
from rag.papers import AllowedPaper, paper_key
from rag.printing.arrange import EMPTY, NOT_STATED, STAGES, elided, joints, number_citations, plain, voices

# "4." begins a list as "-" does; "[a]: b" defines a link and is not shown; a heading's last "#" is not either
_MARKUP = re.compile(r"(^\s*\d*)([#+.)-])(?=[\s#-]|$)|([\\`*_<>|~$]|(?<=\])[(:]|(?<=!)\[|&(?=#?\w+;)|#(?=#*\s*$))")
_STATES = {
    "cited": "cited",
    "searched": "searched, not cited",
    "silent": "searched, nothing found",
    "unreadable": "could not be read",
    "summary_only": "known from the brief's summary only",
    "not_fetched": "not available",
}


def markdown(answer: Answer) -> str:
    """Return the whole answer: sections, gaps, sources, coverage, what was dropped, provenance."""
    marks = number_citations(answer)
    names = short_names(answer.references)
    blocks = [f"# {escape(answer.question)}", *_notices(answer, names)]
    if answer.refusal:
        blocks += [f"**No answer** ({answer.refusal.kind}). {escape(answer.refusal.detail)}"]
    for section in answer.sections:
        blocks += [f"## {escape(section.title)}", *_section(section, answer, marks, names)]
    if answer.gaps:
        blocks += ["## What the papers do not say", "\n".join(_gap(gap, marks) for gap in answer.gaps)]
    if marks:
        blocks += ["## Sources", "\n".join(_source(c, n, answer, names) for c, n in marks.items())]
    if answer.coverage:
        blocks += ["## Coverage", "\n".join(_covered(item, names) for item in answer.coverage)]
    if answer.dropped:
        dropped = [
            f"- “{escape(d.text)}” ({escape(d.reason)}{': ' + escape(d.detail) if d.detail else ''})"
            for d in answer.dropped
        ]
        blocks += ["## Not shown", "\n".join(dropped)]
    blocks.append(_foot(answer))
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape(text: str) -> str:
    """Make text harmless in Markdown and HTML and put it on one line."""
    return _MARKUP.sub(r"\1\\\2\3", plain(text))


# --- sections ----------------------------------------------------------------------------------------------


def _section(
    section: Section, answer: Answer, marks: Mapping[Citation, int], names: Mapping[str, str]
) -> Iterator[str]:
    for (form, source, subject), claims in voices(section.claims):
        yield _paragraph(claims, form, source, names.get(subject or "", ""), marks)
    if section.kind == "workflow":
        yield _table(section, answer.references, marks, names)
    if section.kind == "papers":
        yield "\n".join(_listed(reference) for reference in answer.references)
    elif not section.claims:
        yield EMPTY


def _paragraph(claims: Sequence[Claim], form: str, source: str, name: str, marks: Mapping[Citation, int]) -> str:
    if form == "own_words":
        return " ".join(f"{escape(claim.text)} {_marks(claim, marks)}" for claim in claims)
    parts = (f"{_quoted(claim)} {_marks(claim, marks)}" for claim in claims)
    text = "".join(joint + part for joint, part in zip(joints(claims), parts, strict=True))
    lead = {
        "brief": "The question says:",
        "summary": f"**{escape(name)}**, according to the brief's summary:",
        "pdf": f"**{escape(name)}**, the authors write:" if name else "The authors write:",
    }[source]
    return f"{lead} “{text}”"


def _quoted(claim: Claim) -> str:
    return escape(elided(claim))


def _marks(claim: Claim, marks: Mapping[Citation, int]) -> str:
    return "".join(f"[{marks[citation]}]" for citation in claim.citations)


def _table(
    section: Section, references: Sequence[Reference], marks: Mapping[Citation, int], names: Mapping[str, str]
) -> str:
    rows = ["| Paper | " + " | ".join(title for _, title in STAGES) + " |", "|---" * (len(STAGES) + 1) + "|"]
    for reference in references:
        cells = [_cell(section, reference.paper, stage, marks) for stage, _ in STAGES]
        rows.append(f"| **{escape(names[reference.paper])}** | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _cell(section: Section, paper: str, stage: Stage, marks: Mapping[Citation, int]) -> str:
    found = [claim for claim in section.claims if claim.stage == stage and claim.subject == paper]
    texts = [f"“{_quoted(c)}”" if c.form == "verbatim" else escape(c.text) for c in found]
    return " ".join(f"{text} {_marks(claim, marks)}" for text, claim in zip(texts, found, strict=True)) or NOT_STATED


def _listed(reference: Reference) -> str:
    authors = f" {escape(_people(reference.authors))}." if reference.authors else ""
    allowed = AllowedPaper(reference.paper, reference.version)
    link = _linked(allowed.paper, f"arXiv:{allowed.key}", allowed.url)
    return f"- **{escape(reference.title)}**.{authors} {link}{_code(reference.github)}"


def _linked(paper: str, words: str, url: str) -> str:
    """Return a link built from a paper's id, or only its words where the id is none."""
    return f"[{words}]({url})" if is_bare_id(paper) else escape(words)


def _code(github: str | None) -> str:
    if not github:
        return ""
    try:
        return f" · [code]({parse_github(github)})"
    except BriefError:
        return f" · code: {escape(github)}"


def _people(authors: Sequence[str]) -> str:
    return ", ".join(authors) if len(authors) <= 4 else f"{authors[0]} et al."


# --- around the sections -------------------------------------------------------------------------------------


def _notices(answer: Answer, names: Mapping[str, str]) -> Iterator[str]:
    for notice in answer.notices:
        about = f"**{escape(names.get(notice.paper or '', notice.paper or ''))}**: " if notice.paper else ""
        yield f"> Note: {about}{escape(notice.text)}"


def _gap(gap: Gap, marks: Mapping[Citation, int]) -> str:
    if gap.statement is None:
        return f"- {escape(gap.text)}"
    return f"- {escape(gap.text)} “{escape(gap.statement.quote)}” [{marks[gap.statement]}]"


def _source(citation: Citation, number: int, answer: Answer, names: Mapping[str, str]) -> str:
    shown = any(c.text == citation.quote for c in answer.claims) or any(g.statement == citation for g in answer.gaps)
    quote = "" if shown else f": “{escape(citation.quote)}”"
    return f"- [{number}] {_place(citation, names)}{quote}"


def _place(citation: Citation, names: Mapping[str, str]) -> str:
    if citation.source == "brief" or citation.paper is None:
        return "The question itself"
    name = escape(names.get(citation.paper, citation.paper))
    if citation.source == "summary":
        return f"{name}, the brief's own summary"
    key = paper_key(citation.paper, citation.version)
    section = escape(f", {citation.section}") if citation.section else ""
    if not citation.spans:
        return f"{name}, {escape(f'arXiv:{key}')}{section}"
    first, last = citation.spans[0].page, citation.spans[-1].page
    pages = f"p. {first}" if first == last else f"pp. {first}–{last}"
    link = _linked(citation.paper, f"arXiv:{key}, {pages}", f"https://arxiv.org/pdf/{key}#page={first}")
    return f"{name}, {link}{section}"


def _covered(item: Coverage, names: Mapping[str, str]) -> str:
    reason = f" ({escape(item.reason)})" if item.reason else ""
    return f"- {escape(names.get(item.paper, item.paper))}: {_STATES[item.state]}{reason}"


def _foot(answer: Answer) -> str:
    made = answer.provenance
    parts = [
        f"Writer {made.writer}",
        made.extractor and f"text by {made.extractor}",
        made.index and f"index {made.index}",
    ]
    return f"---\n{escape('; '.join(part for part in parts if part))}."
