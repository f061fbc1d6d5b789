"""Find what the allowed papers do not carry, and say so in the program's own words.

Absence has no sentence to cite, so a gap is no claim. Where a paper itself names the question's topic as a limit
or as future work, that sentence is the best evidence there is, and the gap quotes it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.answers import Citation, Claim, Evidence, Gap, Section, Task
from rag.language import phrases, stands_alone, topics, words
from rag.papers import AllowedPaper, Point
from rag.searching.facets import asked_sentences, compared

_LEANS_ON_ONE = re.compile(r"\b(?:it|this|that|its|they|their|these|those)\b", re.I)  # compared with what papers do
MIN_STEM = 4  # letters: shorter stems stand inside too many other words
MIN_NEARNESS = 0.18  # to the question: a limit below that is one of another matter
NEAR_BY_ONE_WORD = 0.3  # likewise, where it shares a single word with the question: "speed" may be of anything


def unknown_words(question: str, vocabulary: Collection[str]) -> list[str]:
    """Return the question's topic words that stand nowhere in the allowed papers, not even inside a longer word."""
    everything = "\n".join(vocabulary)
    return [word for stem, word in topics(question).items() if stem not in vocabulary and not _inside(stem, everything)]


def _inside(stem: str, text: str) -> bool:
    return len(stem) >= MIN_STEM and stem in text


def limit_of(paper: str, task: Task) -> Evidence | None:
    """Return the evidence in which a paper names the question's topic as its own limit or future work."""
    near = (e for e in task.evidence if e.paper == paper and e.relevance >= MIN_NEARNESS)
    stated = [(len(shared(e.text, task.question)), e.relevance, e) for e in near if _states_limit(e)]
    fit = [item for item in stated if item[0] > 1 or (item[0] and item[1] >= NEAR_BY_ONE_WORD)]
    return max(fit, key=lambda item: item[:2], default=(0, 0.0, None))[2]


def shared(text: str, question: str) -> list[str]:
    """Return the question's topic words that a text holds, also inside longer words: blur in deblurring."""
    stems = words(text)
    held = " ".join(stems)
    return [word for stem, word in topics(question).items() if stem in stems or _inside(stem, held)]


def _states_limit(evidence: Evidence) -> bool:
    return (
        evidence.label in ("abstract", "body", "appendix")
        and not set(evidence.flags) & {"second_hand", "addresses_reader", "fragment", "formula"}
        and phrases.own_limit(evidence.text, evidence.section)
        and stands_alone(evidence.text)
    )


def limit_gap(name: str, limit: Evidence, question: str, quote: Citation) -> Gap:
    """Word a gap that the paper itself states."""
    kind = "as future work" if phrases.FUTURE.search(limit.text) else "as a limit"
    return Gap(
        topic=", ".join(shared(limit.text, question)),
        text=f"{name} names part of what is asked {kind}:",
        paper=limit.paper,
        searched="the paper's own statements of limits and future work",
        statement=quote,
    )


def words_gap(missing: Sequence[str], papers: int, summaries: int = 0) -> Gap:
    """Word the gap of question words found nowhere in so many papers and in the summaries of so many others."""
    listed = ", ".join(f"“{word}”" for word in missing)
    where = _searched(papers, summaries)
    return Gap(
        topic=", ".join(missing),
        text=f"Nowhere in {where}: {listed}. Nothing above is specific to {'these words' if missing[1:] else 'that'}.",
        searched=f"every word of {where}",
    )


def _searched(papers: int, summaries: int) -> str:
    if not papers:
        return "the brief's own summaries"
    if not summaries:
        return "the allowed paper" if papers == 1 else f"the {papers} allowed papers"
    read = "the paper that was read" if papers == 1 else f"the {papers} papers that were read"
    return f"{read} or in the summaries of the others"


def unread_gap(paper: AllowedPaper, name: str, reason: str) -> Gap:
    """Word the gap of a paper that could not be searched."""
    return Gap(topic=name, text=f"{name} was not searched: {reason}.", paper=paper.paper)


def unanswered(question: str, points: Sequence[Point], sections: Sequence[Section]) -> list[Gap]:
    """Word a gap for every point without a claim, and for every part of the question that no claim speaks to."""
    empty = [
        _empty_gap(point.title if point.text else question)
        for point, section in zip(points, sections, strict=True)
        if point.kind != "papers" and not section.claims
    ]
    claims = [claim for section in sections for claim in section.claims if claim.citations[0].source != "brief"]
    if not claims:
        return empty
    parts = asked_sentences(question)
    return empty + [gap for part in parts if (gap := _part_gap(part, claims, whole=len(parts) == 1))]


def _empty_gap(asked: str) -> Gap:
    return Gap(topic=asked, text=f"Nothing in the allowed papers was found to answer “{asked}”.")


def _part_gap(part: str, claims: Sequence[Claim], whole: bool) -> Gap | None:
    speaking = [claim for claim in claims if shared(claim.text, part)]
    others = compared(part)
    if others and not any(_compares(claim.text, others) for claim in speaking) and _one_voice(speaking, part):
        told = " and ".join(f"“{other}”" for other in others)
        text = f"“{part}” Nothing above states the difference: no sentence was found that sets it apart from {told}."
        return Gap(topic=", ".join(others), text=text, searched="the sentences of the allowed papers nearest to it")
    if speaking or whole or not topics(part):
        return None
    text = f"“{part}” No sentence was found that speaks of this part of the question."
    return Gap(topic=part, text=text, searched="the sentences of the allowed papers nearest to it")


def _compares(text: str, others: Sequence[str]) -> bool:
    """Tell whether a sentence sets things apart from what is asked: by its wording, or by naming both sides."""
    contrasts = bool(phrases.SETS_APART.search(text))
    told = [(other, len(shared(text, other)), len(topics(other))) for other in others]
    return any(
        (contrasts and (held or not whole)) or (" and " in other and held == whole) for other, held, whole in told
    )


def _one_voice(claims: Sequence[Claim], part: str) -> bool:
    """Tell whether a comparison is not told by setting two papers beside each other."""
    names = {claim.subject for claim in claims if claim.subject}
    return len(names) < 2 or bool(_LEANS_ON_ONE.search(part))
