"""Put the record of an answer together from what was prepared and what passed the gates: quotes, titles, coverage.

Nothing here comes from a writer but the text of claims that passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from rag.answers import (
    Answer,
    Citation,
    Claim,
    Coverage,
    Draft,
    DraftClaim,
    Evidence,
    Gap,
    Notice,
    Provenance,
    Reference,
    Section,
    Task,
    short_names,
)
from rag.gates import Settled
from rag.language import UNFIT, phrases, shared, stands_alone, unspoken
from rag.papers import AllowedPaper, Part, Point, Question, Side
from rag.prepared import Prepared
from rag.writers import cite

TOLD = 3  # unreadable parts of a paper that coverage names; the rest is counted
TITLE_WORDS = 4  # a brief's "Model:" line of so many words is taken for the paper's title, a shorter one for a name


def answer(prepared: Prepared, draft: Draft, settled: Settled, writer: str) -> Answer:
    """Return the record of an answer, or of a refusal."""
    refusal = prepared.refusal
    sections = () if refusal else sections_of(prepared, settled.claims)
    in_short = () if refusal else in_short_of(prepared, settled, sections)
    references = tuple(reference(paper, prepared) for paper in prepared.brief.papers)
    names = short_names(references)
    return Answer(
        question=prepared.brief.question,
        status="refused" if refusal else "answered",
        writer=writer,
        in_short=in_short,
        sections=sections,
        refusal=refusal,
        references=references,
        coverage=tuple(coverage(paper, prepared, sections) for paper in prepared.brief.papers),
        gaps=gaps(prepared, names, sections),
        dropped=(*draft.dropped, *settled.dropped),
        notices=notices(prepared, names),
        provenance=provenance(prepared, {**draft.provenance, **settled.provenance}, writer),
        run={
            "seconds": {name: round(value, 4) for name, value in prepared.seconds.items()},
            "usage": {
                name: draft.usage.get(name, 0) + settled.usage.get(name, 0)
                for name in sorted({*draft.usage, *settled.usage})
            },
        },
    )


def sections_of(prepared: Prepared, settled: Sequence[Sequence[DraftClaim]]) -> tuple[Section, ...]:
    """Return the sections with every claim's evidence resolved to quotes."""
    return tuple(
        Section(point.title, point.kind, resolved(prepared, claims))
        for point, claims in zip(prepared.task.points, settled, strict=True)
    )


def resolved(prepared: Prepared, settled: Sequence[DraftClaim]) -> tuple[Claim, ...]:
    """Return claims with the quotes that their evidence ids stand for."""
    known = {item.id: item for item in prepared.task.evidence}
    return tuple(
        Claim(
            claim.text,
            claim.form,
            tuple(cite(known[name], prepared.papers) for name in claim.evidence),
            claim.subject,
            claim.stage,
            claim.checks,
        )
        for claim in settled
    )


def in_short_of(prepared: Prepared, settled: Settled, sections: Sequence[Section]) -> tuple[Claim, ...]:
    """Return the one or two claims that answer the question itself: the writer's, else the sections' own."""
    return resolved(prepared, settled.in_short)


def reference(paper: AllowedPaper, prepared: Prepared) -> Reference:
    """Return how the answer lists a paper: arXiv's title, else the brief's, else what page 1 shows."""
    stored = prepared.papers.get(paper.paper)
    version = stored.version if stored else paper.version
    given = paper.model if len(paper.model.split()) >= TITLE_WORDS else ""
    fetched = stored.title if stored and stored.authors else ""  # authors come from arXiv's metadata alone
    title = fetched or given or (stored.title if stored else "") or paper.model or paper.key
    url = replace(paper, version=version).url
    return Reference(paper.paper, version, title, stored.authors if stored else (), url, paper.github)


def coverage(paper: AllowedPaper, prepared: Prepared, sections: Sequence[Section]) -> Coverage:
    """Say what became of an allowed paper."""
    if paper.paper in prepared.absent:
        reason = prepared.absent[paper.paper]
        return Coverage(paper.paper, "summary_only" if paper.summary else "not_fetched", reason)
    stored = prepared.papers[paper.paper]
    more = f"; and {len(stored.gaps) - TOLD} more" if len(stored.gaps) > TOLD else ""
    unread = f"not well readable: {'; '.join(stored.gaps[:TOLD])}{more}" if stored.gaps else ""
    if any(c.paper == paper.paper for section in sections for claim in section.claims for c in claim.citations):
        return Coverage(paper.paper, "cited", unread)
    if any(hit.paper == stored.key for hit in prepared.hits):
        return Coverage(paper.paper, "searched", unread)
    return Coverage(paper.paper, "silent" if stored.passages else "unreadable", unread)


def notices(prepared: Prepared, names: Mapping[str, str]) -> tuple[Notice, ...]:
    """Return what the reader must know first: odd titles and versions, and papers known by summary alone."""
    told = [names[paper.paper] for paper in prepared.brief.papers if paper.paper in prepared.absent and paper.summary]
    if not told or prepared.refusal:
        return tuple(prepared.notices)
    text = (
        f"No PDF was at hand for {', '.join(told)}: what is said of {'them' if told[1:] else 'it'} rests on the "
        "brief's own summaries, not on the papers."
    )
    return (Notice("summary_only", text), *prepared.notices)


def provenance(prepared: Prepared, told: Mapping[str, str], writer: str) -> Provenance:
    """Say what made an answer; `told` is what its writer said of itself."""
    return Provenance(
        writer=writer,
        index=prepared.index.manifest.fingerprint if prepared.index else "",
        extractor="; ".join(sorted({paper.extractor for paper in prepared.papers.values()})),
        prompts={name[7:]: value for name, value in told.items() if name.startswith("prompt:")},
        schema_mode=told.get("schema_mode", ""),
        packages=dict(_packages()),
    )


@cache
def _packages() -> Mapping[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("paperbound", "faiss-cpu", "pypdfium2")}


# --- find what the allowed papers do not carry, and say so in the program's own words -----

MIN_NEARNESS = 0.18  # to the question: a limit below that is one of another matter
NEAR_BY_ONE_WORD = 0.3  # likewise, where it shares a single word with the question: "speed" may be of anything


def gaps(prepared: Prepared, names: Mapping[str, str], sections: Sequence[Section]) -> tuple[Gap, ...]:
    """Say what the allowed papers do not carry: papers not searched, stated limits, parts unanswered, unknown words.

    `names` are what to call each paper, by arXiv id.
    """
    if prepared.refusal:
        return ()
    task = prepared.task
    said = {claim.text for section in sections for claim in section.claims}
    found = []
    for paper in prepared.brief.papers:
        name = names[paper.paper]
        if paper.paper in prepared.absent:
            found.append(unread_gap(paper, name, prepared.absent[paper.paper]))
        elif (limit := limit_of(paper.paper, task)) and limit.text not in said:
            found.append(limit_gap(name, limit, task.question.topics, cite(limit, prepared.papers)))
    found += unanswered(task.question, task.points, sections)
    if missing := unspoken(task.question.topics, prepared.vocabulary()):
        found.append(words_gap(missing, len(prepared.papers), len(prepared.absent)))
    return tuple(found)


# --- limits that a paper states -------------------------------------------------------------------------------------


def limit_of(paper: str, task: Task) -> Evidence | None:
    """Return the evidence in which a paper names the question's topic as its own limit or future work."""
    stated = [
        (len(shared(e.text, task.question.topics)), e.relevance, e)
        for e in task.evidence
        if e.paper == paper
        and e.relevance >= MIN_NEARNESS
        and e.label in ("abstract", "body", "appendix")
        and not UNFIT & set(e.flags)
        and phrases.own_limit(e.text, e.section)
        and stands_alone(e.text)
    ]
    fit = [item for item in stated if item[0] > 1 or (item[0] and item[1] >= NEAR_BY_ONE_WORD)]
    return max(fit, key=lambda item: item[:2], default=(0, 0.0, None))[2]


def limit_gap(name: str, limit: Evidence, topics: Mapping[str, str], quote: Citation) -> Gap:
    """Word a gap that the paper itself states."""
    kind = "as future work" if phrases.FUTURE.search(limit.text) else "as a limit"
    return Gap(
        topic=", ".join(shared(limit.text, topics)),
        text=f"{name} names part of what is asked {kind}:",
        paper=limit.paper,
        searched="the paper's own statements of limits and future work",
        statement=quote,
    )


# --- what was not read, and words that stand nowhere ----------------------------------------------------------------


def unread_gap(paper: AllowedPaper, name: str, reason: str) -> Gap:
    """Word the gap of a paper that could not be searched."""
    return Gap(topic=name, text=f"{name} was not searched: {reason}.", paper=paper.paper)


def words_gap(missing: Sequence[str], papers: int, summaries: int = 0) -> Gap:
    """Word the gap of question words found nowhere in so many papers and in the summaries of so many others."""
    listed = ", ".join(f"“{word}”" for word in missing)
    if not papers:
        where = "the brief's own summaries"
    elif not summaries:
        where = "the allowed paper" if papers == 1 else f"the {papers} allowed papers"
    else:
        read = "the paper that was read" if papers == 1 else f"the {papers} papers that were read"
        where = f"{read} or in the summaries of the others"
    return Gap(
        topic=", ".join(missing),
        text=f"Nowhere in {where}: {listed}. Nothing above is specific to {'these words' if missing[1:] else 'that'}.",
        searched=f"every word of {where}",
    )


# --- what no claim answers ------------------------------------------------------------------------------------------


def unanswered(question: Question, points: Sequence[Point], sections: Sequence[Section]) -> list[Gap]:
    """Word a gap for every point without a claim, and for every part of the question that no claim speaks to."""
    asked = (
        point.title if point.text else question.text
        for point, section in zip(points, sections, strict=True)
        if point.kind != "papers" and not section.claims
    )
    empty = [Gap(topic, f"Nothing in the allowed papers was found to answer “{topic}”.") for topic in asked]
    claims = [claim for section in sections for claim in section.claims if claim.citations[0].source != "brief"]
    if not claims:
        return empty
    several = len(question.parts) > 1
    return empty + [gap for part in question.parts if (gap := part_gap(part, claims, several))]


def part_gap(part: Part, claims: Sequence[Claim], several: bool) -> Gap | None:
    """Word the gap of a comparison that no claim makes, or of one part of several that no claim speaks to."""
    speaking = [claim for claim in claims if shared(claim.text, part.topics)]
    names = {claim.subject for claim in speaking if claim.subject}
    beside = len(names) > 1 and not part.leans  # told by setting two papers beside each other
    if part.sides and not beside and not any(_compares(claim.text, part.sides) for claim in speaking):
        told = " and ".join(f"“{side.text}”" for side in part.sides)
        text = (
            f"“{part.text}” Nothing above states the difference: no sentence was found that sets it apart from {told}."
        )
        topic = ", ".join(side.text for side in part.sides)
        return Gap(topic=topic, text=text, searched="the sentences of the allowed papers nearest to it")
    if speaking or not several or not part.topics:
        return None
    text = f"“{part.text}” No sentence was found that speaks of this part of the question."
    return Gap(topic=part.text, text=text, searched="the sentences of the allowed papers nearest to it")


def _compares(text: str, sides: Sequence[Side]) -> bool:
    """Tell whether a sentence sets things apart from what is asked: by its wording, or by naming both sides."""
    contrasts = bool(phrases.SETS_APART.search(text))
    told = [(side, len(shared(text, side.topics))) for side in sides]
    return any(
        (contrasts and (held or not side.topics)) or (" and " in side.text and held == len(side.topics))
        for side, held in told
    )
