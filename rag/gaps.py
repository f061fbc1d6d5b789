"""Say what the allowed papers do not carry, in the program's own words: each of them is as true as a quote.

What is said here stands above the evidence in every printed form, so that it speaks of the answer, not of what is
"above". Not handled here: refusals (`prepared`), which stop a question before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from rag.answers import Citation, Claim, Draft, Evidence, Gap, Section, Task
from rag.doubt import is_doubtful, may_doubt, signs_of
from rag.gates import Settled
from rag.language import UNFIT, is_pair, joined_anyhow, phrases, shared, stands_alone, unspoken, words
from rag.papers import AllowedPaper, Paper, Part, Point, Question, Side
from rag.prepared import Prepared
from rag.writers import cite, compares, is_bare, nearest

MIN_STEM = 4  # letters: shorter stems stand inside too many other words
MIN_NEARNESS = 0.15  # to the question: a limit below that is one of another matter
NEAR_BY_ONE_WORD = 0.3  # likewise, where it shares a single word with the question: "speed" may be of anything
_INNER = re.compile(r"\w[A-Z]|\d")  # marks a name: GPT, ResNet, H100
UNSTATED = "“{}”: no sentence was found that states it; what is quoted there comes nearest."
NEAR_REFUSED = "Nearest to what is asked, and no answer to it:"
NO_REPLY = "the model gave no usable reply, and no sentence was found without it"


def silence(
    prepared: Prepared, draft: Draft, settled: Settled, model_failed: bool = False, doubting: bool = False
) -> Gap | None:
    """Return the gap of a bare question that nothing answers, or of a refusal, with what comes nearest; else None.

    Nothing answers where no claim stands, where the writer says so and wrote nothing, or where one thing is asked of a
    name that stands on no page; nor, `doubting` or where a model told how probable it is, do sentences where it is
    doubtful that the papers state it at all.
    """
    task = prepared.task
    if prepared.refusal:
        quotes = _nearest(prepared, Settled(()))
        return Gap(task.question.text, NEAR_REFUSED, nearest=quotes) if quotes else None
    if settled.in_short or not is_bare(task):
        return None
    claims = [claim for claims in settled.claims for claim in claims]
    papers = list(prepared.papers.values())
    one = len(task.question.parts) == 1 and not compares(task) and not prepared.absent and not prepared.apart
    missing, unknown = nowhere(prepared) if one else ([], [])
    where = "The allowed paper does" if len(papers) == 1 else f"The {len(papers)} allowed papers do"
    if unknown:
        text = f"{where} not mention {_listed(unknown)}, so that what is asked is not stated."
    elif one and (doubting or draft.stated is not None) and doubted(prepared, missing, unknown, draft.stated):
        text = f"{where} not seem to state this."
    elif claims and (draft.stated is not None or not unwritten(draft)):
        return None
    elif model_failed:
        text = f"“{task.question.text}”: {NO_REPLY}."
    else:
        text = prepared.apart or f"No sentence was found that answers “{task.question.text}”."
    return Gap(", ".join(unknown) or task.question.text, text, nearest=_nearest(prepared, settled))


def doubted(prepared: Prepared, missing: Sequence[str], unknown: Sequence[str], stated: float | None) -> bool:
    """Tell whether it is doubtful that the papers state what is asked; `stated` is what a model said of it."""
    return may_doubt(prepared) and is_doubtful(signs_of(prepared, missing, unknown), stated)


def _nearest(prepared: Prepared, settled: Settled) -> tuple[Citation, ...]:
    """Return at most two quotes of papers that come nearest to what is asked."""
    known = {item.id: item for item in prepared.task.evidence}
    shown = (known[claim.evidence[0]] for claim in nearest(settled, prepared.task))
    return tuple(cite(item, prepared.papers) for item in shown)


def unwritten(draft: Draft) -> list[int]:
    """Return the points of which the writer says that no sentence answers them, and for which it wrote nothing."""
    return [number for number in draft.unstated if not draft.claims[number]]


def gaps(
    prepared: Prepared,
    names: Mapping[str, str],
    sections: Sequence[Section],
    draft: Draft,
    silent: Gap | None = None,
    model_failed: bool = False,
) -> tuple[Gap, ...]:
    """Say what the allowed papers do not carry: papers not searched, stated limits, parts unanswered, unknown words.

    `names` are what to call each paper, by arXiv id; `silent` has been found already and comes first.
    """
    if prepared.refusal:
        return (silent,) if silent else ()
    task, papers = prepared.task, list(prepared.papers.values())
    said = {claim.text for section in sections for claim in section.claims}
    found = [silent] if silent else []
    for paper in prepared.brief.papers:
        name = names[paper.paper]
        if paper.paper in prepared.absent:
            found.append(unread_gap(paper, name, prepared.absent[paper.paper]))
        elif (limit := limit_of(paper.paper, task)) and limit.text not in said:
            found.append(limit_gap(name, limit, task.question.topics, cite(limit, prepared.papers)))
    if not silent:
        found += unanswered(task.question, task.points, sections, model_failed)
        unsaid = unwritten(draft) if draft.stated is None else ()  # what was told as a number, `silence` has weighed
        titles = (sections[number].title for number in unsaid if sections[number].claims)
        found += [Gap(title, UNSTATED.format(title)) for title in titles]
    told = silent.topic if silent else ""
    missing = [word for word in unspoken(task.question.topics, prepared.vocabulary()) if word not in told]
    missing = [word for word in missing if not (is_pair(word) or prepared.apart or on_a_page(word, papers))]
    if missing:
        found.append(words_gap(missing, len(papers), len(prepared.absent)))
    return tuple(found)


# --- limits that a paper states -------------------------------------------------------------------------------------


def limit_of(paper: str, task: Task) -> Evidence | None:
    """Return the evidence in which a paper names the question's topic as its own limit or future work."""
    own = {stem for allowed in task.papers for stem in words(allowed.model.partition(":")[0])}  # its name is no topic
    topics = {stem: word for stem, word in task.question.topics.items() if stem not in own}
    stated = [
        (len(shared(e.text, topics)), e.relevance, e)
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
    kind = "future work" if phrases.FUTURE.search(limit.text) else "limits"
    return Gap(
        topic=", ".join(shared(limit.text, topics)),
        text=f"{name} on its own {kind}, near to what is asked:",
        paper=limit.paper,
        searched="the paper's own statements of limits and future work",
        statement=quote,
        kind="limit",
    )


# --- what was not read, and words that stand nowhere ----------------------------------------------------------------


def unread_gap(paper: AllowedPaper, name: str, reason: str) -> Gap:
    """Word the gap of a paper that could not be searched."""
    return Gap(topic=name, text=f"{name} was not searched: {reason}.", paper=paper.paper, kind="not_searched")


def words_gap(missing: Sequence[str], papers: int, summaries: int = 0) -> Gap:
    """Word the gap of question words found nowhere in so many papers and in the summaries of so many others."""
    where = _searched(papers, summaries)
    text = f"Nowhere in {where}: {_listed(missing)}. Nothing in this answer is specific to "
    return Gap(
        topic=", ".join(missing),
        text=text + ("these words." if missing[1:] else "that."),
        searched=f"every word of {where}",
        kind="words",
    )


def _searched(papers: int, summaries: int) -> str:
    if not papers:
        return "the brief's own summaries"
    if not summaries:
        return "the allowed paper" if papers == 1 else f"the {papers} allowed papers"
    read = "the paper that was read" if papers == 1 else f"the {papers} papers that were read"
    return f"{read} or in the summaries of the others"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")  # "March 11th" may be written "11 March"


def nowhere(prepared: Prepared) -> tuple[list[str], list[str]]:
    """Return the question's topic words that stand on no page of the papers, and the names among them."""
    question, papers, vocabulary = prepared.task.question, list(prepared.papers.values()), prepared.vocabulary()
    missing = [word for word in unspoken(question.topics, vocabulary) if not on_a_page(word, papers)]
    return missing, unnamed(question, papers, vocabulary)


def unnamed(question: Question, papers: Sequence[Paper], vocabulary: Set[str]) -> list[str]:
    """Return the names that a question asks about and that stand on no page, as words of their own.

    A name is written with a capital within it, with a digit, or with a capital inside the sentence.
    """
    first = question.text.lstrip("\"'“‘(")
    names = [
        word
        for stem, word in question.topics.items()
        if stem not in vocabulary
        and not _ORDINAL.fullmatch(word)
        and (_INNER.search(word) or (word[0].isupper() and not first.startswith(word)))
    ]
    return [name for name in names if not on_a_page(name, papers)]


def on_a_page(word: str, papers: Sequence[Paper]) -> bool:
    """Tell whether a word stands on any page, headings, captions, references and front matter included.

    A name counts as a word of its own, however its parts are joined; of other words the stem does, in longer ones too.
    """
    own = rf"(?<![^\W_]){joined_anyhow(word).pattern}(?![^\W\d_]{{2}})"
    stems = [re.escape(stem) for stem in words(word) if len(stem) >= MIN_STEM and not _INNER.search(word)]
    found = re.compile("|".join((own, *stems)), re.IGNORECASE)
    return any(found.search(page.text) for paper in papers for page in paper.pages)


# --- what no claim answers ------------------------------------------------------------------------------------------


def unanswered(
    question: Question, points: Sequence[Point], sections: Sequence[Section], model_failed: bool = False
) -> list[Gap]:
    """Word a gap for every point without a claim, and for every part of the question that no claim speaks to."""
    asked = (
        point.title if point.text else question.text
        for point, section in zip(points, sections, strict=True)
        if point.kind != "papers" and not section.claims
    )
    none = "“{}”: " + (NO_REPLY if model_failed else "no sentence was found that answers it") + "."
    empty = [Gap(topic, none.format(topic)) for topic in asked]
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
            f"“{part.text}” No claim here states the difference: no sentence was found that sets it apart from {told}."
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
