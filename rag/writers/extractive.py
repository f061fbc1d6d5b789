"""Write an answer from the papers' own sentences: the ones that answer, runs that read on, workflow rows.

Each part of a question is answered for itself. A narrow one gets the sentences that state what it asks, the best one
first: "what", "which", "how many" and "does it" want a fact, and a fact often stands in a sentence that also points at
a table or cites a data set, which a run of prose leaves out. A wider one gets a run of three to six sentences per paper
that follow one another in one section (`runs`), then single sentences where they add something. A workflow point gets
a row per paper (`workflow_rows`). A weak slot is left out rather than filled. Every weight is named where it counts.
Not handled here: finding evidence (`evidence`), lead-ins and quotation marks (`printing`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import zip_longest

from rag.answers import Draft, DraftClaim, Evidence, Task
from rag.language import (
    UNFIT,
    is_plain,
    is_question,
    overlap,
    phrases,
    refers_back,
    says_enough,
    shared,
    stands_alone,
    word_set,
    words,
)
from rag.papers import Part
from rag.writers.forms import bound
from rag.writers.looks import looked_place
from rag.writers.nearness import Near, near_part
from rag.writers.ranking import PLACES_OF
from rag.writers.runs import PaperEvidence, best_run, quotable, row

DEFINITION_SHARE = 0.68  # likewise for what the task is and why it is hard, which every answer should say
SPEAKS = 0.375  # of nearness below the best paper's best sentence: a paper below that is silent on the point
BESIDE_NAMED = 0.25  # likewise, where the question names papers and this is none of them
PRESENTED = word_set("presented_words")


@dataclass(slots=True)
class _Draft:
    """Collect claims point by point; a sentence is used once in an answer, workflow rows apart."""

    used: set[str] = field(default_factory=set)

    def take(self, evidence: Iterable[Evidence]) -> Iterator[DraftClaim]:
        for sentence in evidence:
            self.used.add(sentence.id)
            yield _verbatim(sentence)


class ExtractiveWriter:
    """Choose sentences; needs no model, no key and no network."""

    name = "extractive/4"

    def write(self, task: Task) -> Draft:
        """Return verbatim claims for every point of the task."""
        papers = by_paper(task)
        draft = _Draft()
        return Draft(tuple(tuple(_point(number, task, papers, draft)) for number in range(len(task.points))))


def by_paper(task: Task) -> tuple[PaperEvidence, ...]:
    """Group sentences by paper, papers in the brief's order."""
    groups: dict[str, list[Evidence]] = {paper.paper: [] for paper in task.papers}
    for sentence in task.evidence:
        if sentence.paper in groups and sentence.source != "brief":
            groups[sentence.paper].append(sentence)
    names = {paper.paper: re.split(r"[:(]", paper.model)[0].strip().casefold() for paper in task.papers}
    return tuple(PaperEvidence(paper, names[paper], tuple(group)) for paper, group in groups.items() if group)


def _point(number: int, task: Task, papers: Sequence[PaperEvidence], draft: _Draft) -> Iterator[DraftClaim]:
    point = task.points[number]
    sentences = [sentence for paper in papers for sentence in paper.sentences]
    if point.kind == "prose" and not point.about_user:
        before = frozenset(draft.used)
        for part in task.question.asked(number):
            near = near_part(sentences, number, part)
            yield from draft.take(_answer(part, speaking(papers, task, near), near, before, draft.used))
        return
    near = near_part(sentences, number)
    if point.about_user:
        yield from (_verbatim(e) for e in task.evidence if e.source == "brief")
        yield from draft.take(definitions(papers, near, draft.used))
    elif point.kind == "workflow":
        for paper in papers:
            yield from draft.take(best_run(paper, near, draft.used))
        for paper in papers:
            yield from row(paper, near)


def _verbatim(sentence: Evidence) -> DraftClaim:
    return DraftClaim(sentence.text, (sentence.id,), "verbatim", sentence.paper)


def speaking(papers: Sequence[PaperEvidence], task: Task, near: Near) -> list[PaperEvidence]:
    """Keep the papers that the question names, and those whose best sentence answers about as well as any."""
    named = task.question.names.papers
    best = {p.paper: max((near[e.id] for e in p.sentences if printable(e)), default=-math.inf) for p in papers}
    floor = max(best.values(), default=0.0) - (BESIDE_NAMED if named else SPEAKS)
    return [p for p in papers if p.paper in named or best[p.paper] >= floor]


def _answer(
    part: Part, papers: Sequence[PaperEvidence], near: Near, before: Set[str], used: Set[str]
) -> Iterator[Evidence]:
    """Yield the sentences that answer a part; `used` grows meanwhile, `before` is what earlier points have used."""
    if part.kind == "account" and not part.each and about_whole(part, papers):
        for paper in papers:
            yield from best_run(paper, near, used)
    else:
        yield from leads(part, papers, near, before, used - before)


def about_whole(part: Part, papers: Sequence[PaperEvidence]) -> bool:
    """Tell whether a question names nothing but a paper and that it is to be presented: "how does Kestrel work?"."""
    titles = {stem for paper in papers for stem in words(paper.name)}
    return all(stem in titles or is_plain(word) or word.lower() in PRESENTED for stem, word in part.topics.items())


# --- single sentences beside runs -----------------------------------------------------------------------------------


def definitions(papers: Sequence[PaperEvidence], near: Near, used: Set[str]) -> list[Evidence]:
    """Return sentences that say what the task is or why it is hard, one of each at most."""
    lone = _lone(papers, used)
    floor = DEFINITION_SHARE * max((near[e.id] for e in lone), default=0.0)
    found: list[Evidence] = []
    for cue in (phrases.DEFINES, phrases.DIFFICULT):
        fit = [e for e in lone if cue.search(e.text) and not phrases.PROPOSES.search(e.text) and e not in found]
        best = max(fit, key=lambda e: (near[e.id], e.id), default=None)
        if best is not None and near[best.id] >= floor:
            found.append(best)
    return found


def _lone(papers: Sequence[PaperEvidence], used: Set[str]) -> list[Evidence]:
    return [
        e
        for paper in papers
        for e in paper.sentences
        if e.id not in used and quotable(e) and stands_alone(e.text) and not phrases.HYPE.search(e.text)
    ]


# --- sentences that answer ------------------------------------------------------------------------------------------

MOST = 4  # sentences of one paper
MOST_OF_MANY = 2  # likewise, where several papers answer
ALIKE = 0.18  # of nearness below a paper's best sentence: which of two leads is then told by their own words
CLOSE = 0.2  # of nearness below a paper's best sentence: what is further off is beside the question
MOST_ROWS = 2  # of one paper: neighbours in a table are alike
REPEATS = 0.7  # of its words in one sentence before it: abstract, introduction and conclusion say the same
LONGEST = 900  # characters of what can be printed


def leads(
    part: Part, papers: Sequence[PaperEvidence], near: Near, used: Set[str], told: Set[str] = frozenset()
) -> list[Evidence]:
    """Return the sentences that answer a question: the best of each paper, then the second best of each.

    One sentence is a good answer: others of its paper stand beside it only where they score about as high. What the
    same point has `told` takes its place without being said again, so that nothing worse fills it.
    """
    ranked = []
    for paper in papers:
        asked = part.each.get(paper.paper, part)
        fit = [e for e in paper.sentences if e.id not in used and printable(e) and may_answer(e, asked)]
        ranked.append(_saying_most_first(sorted(fit, key=lambda e: (-near[e.id], e.number)), near, part))
    turn = {paper: place for place, paper in enumerate(part.each)}  # as the question names them, else the best first
    ranked = sorted(
        filter(None, ranked),
        key=lambda sentences: (turn.get(sentences[0].paper or "", len(turn)), -near[sentences[0].id]),
    )
    most = MOST if len(ranked) == 1 else MOST_OF_MANY
    chosen = [
        _summary(sentences, part.length) or _introduced(_close(sentences, near, most), papers, used)
        for sentences in ranked
    ]
    turns = [sentence for turn in zip_longest(*chosen) for sentence in turn if sentence]
    return [sentence for sentence in turns if sentence.id not in told]


def _summary(ranked: Sequence[Evidence], length: int) -> list[Evidence]:
    """Return so many of a paper's ranked sentences, from where it sums itself up, in its own order; the best leads."""
    own = [e for e in ranked if looked_place(e) in PLACES_OF["about"] and not _is_row(e)] if length else []
    chosen: list[Evidence] = []
    for sentence in own:
        if len(chosen) < length and not _repeats(sentence, chosen):
            chosen.append(sentence)
    return chosen[:1] + sorted(chosen[1:], key=lambda e: e.number)


def _saying_most_first(ranked: Sequence[Evidence], near: Near, part: Part) -> list[Evidence]:
    """Return ranked sentences; of the first ones that score alike, the one that says most of what is asked leads.

    Where an amount or a name is asked for, that is one that binds it to what it is asked of: "a batch size of 256".
    Headings and neighbours count for the ranking too: below "Encoder and Decoder" both sentences say how many layers.
    """
    alike = [e for e in ranked if near[e.id] >= near[ranked[0].id] - ALIKE]
    lead = max(alike, key=lambda e: (bound(e.text, part), len(shared(e.text, part.topics))), default=None)
    return [*([lead] if lead else []), *(e for e in ranked if e is not lead)]


def _close(ranked: Sequence[Evidence], near: Near, most: int) -> list[Evidence]:
    """Return the first of a paper's ranked sentences, and those about as good that say more."""
    chosen: list[Evidence] = []
    for sentence in ranked:
        if len(chosen) >= most or near[sentence.id] < near[ranked[0].id] - CLOSE:
            break
        crowded = _is_row(sentence) and sum(map(_is_row, chosen)) >= MOST_ROWS
        if not crowded and not _repeats(sentence, chosen):
            chosen.append(sentence)
    return chosen


def _introduced(chosen: Sequence[Evidence], papers: Sequence[PaperEvidence], used: Set[str]) -> list[Evidence]:
    """Return a paper's chosen sentences; where the first says "this event", the one before, which names it, leads."""
    if not refers_back(chosen[0].text):
        return list(chosen)
    own = (e for paper in papers if paper.paper == chosen[0].paper for e in paper.sentences)
    before = next((e for e in own if introduces(e, chosen[0]) and e.id not in used and printable(e)), None)
    return [*([before] if before else []), *(e for e in chosen if e is not before)]


def introduces(before: Evidence, sentence: Evidence) -> bool:
    """Tell whether a sentence names what the next one only points at, and points at nothing itself."""
    follows = (before.paper, before.section, before.number + 1) == (sentence.paper, sentence.section, sentence.number)
    return follows and not _is_row(before) and refers_back(sentence.text) and not refers_back(before.text)


def printable(sentence: Evidence) -> bool:
    """Tell whether a sentence can be printed as an answer of its own, though it may point at a table for more."""
    if _is_row(sentence):
        return True
    text = sentence.text
    return (
        sentence.label in ("abstract", "body", "appendix", "caption", "footnote")
        and not UNFIT & set(sentence.flags)
        and says_enough(text)
        and len(text) <= LONGEST
        and not text[0].islower()
        and not phrases.GARBLED.search(text)
        and not phrases.OTHERS_FIRST.search(text)
        and not is_question(text)
    )


def may_answer(sentence: Evidence, part: Part) -> bool:
    """Tell whether a sentence can be an answer to what is asked at all: praise is no limit."""
    return part.kind != "limits" or phrases.may_limit(sentence.text, sentence.section)


def _repeats(sentence: Evidence, said: Sequence[Evidence]) -> bool:
    """Tell whether prose says little, and no number, that prose of the same paper before it does not."""
    own = set(words(sentence.text))
    numbers = {word for word in own if word.isdigit()}
    before = (set(words(other.text)) for other in said if other.paper == sentence.paper and not _is_row(other))
    return not _is_row(sentence) and any(numbers <= held and overlap(own, held) >= REPEATS for held in before)


def _is_row(sentence: Evidence) -> bool:
    return sentence.label == "table" and set(sentence.flags) == {"row"}
