"""Find what the allowed papers do not carry, and say so in the program's own words.

Absence has no sentence to cite, so a gap is no claim. Where a paper itself names the question's topic as a limit
or as future work, that sentence is the best evidence there is, and the gap quotes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.answers import Citation, Claim, Evidence, Gap, Section, Task
from rag.language import UNFIT, phrases, shared, stands_alone, unspoken
from rag.papers import AllowedPaper, Part, Point, Question, Side
from rag.prepared import Prepared
from rag.writers import cite

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
