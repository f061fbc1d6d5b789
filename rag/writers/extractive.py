"""Write an answer from the papers' own sentences: the ones that answer, runs that read on, workflow rows.

Each part of a question is answered for itself. A narrow one gets the sentences that state what it asks, the best one
first: "what", "which", "how many" and "does it" want a fact, and a fact often stands in a sentence that also points at
a table or cites a data set, which a run of prose leaves out. A wider one gets a run of three to six sentences per paper
that follow one another in one section (`runs`), then single sentences where they add something. A workflow point gets
a row per paper (`workflow_rows`). A weak slot is left out rather than filled. Every weight is named where it counts.
Not handled here: finding evidence (`evidence`), lead-ins and quotation marks (`printing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from rag.answers import Draft, DraftClaim, Evidence, Task
from rag.language import UNFIT, is_plain, overlap, phrases, stands_alone, states_fact, word_set, words
from rag.papers import Part
from rag.writers.nearness import Near, near_part
from rag.writers.runs import PaperEvidence, best_run, quotable, row, run_around

SINGLES = 2  # single sentences per point, at most
SINGLE_SHARE = 0.85  # of the best run's relevance: below that a lone sentence is beside the point
DEFINITION_SHARE = 0.68  # likewise for what the task is and why it is hard, which every answer should say
SPEAKS_SHARE = 0.5  # of the nearest paper's best sentence: a paper below that is silent on the point
BESIDE_NAMED = 0.6  # likewise, where the question names papers and this is none of them
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

    name = "extractive/3"

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
            yield from draft.take(_answer(part, speaking(papers, task, near, part), near, before, draft.used))
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


def speaking(papers: Sequence[PaperEvidence], task: Task, near: Near, part: Part) -> list[PaperEvidence]:
    """Keep the papers that the question names, and those that speak of it about as much as the nearest one.

    Of limits only those speak that state one.
    """
    fit = {p.paper: [e for e in p.sentences if quotable(e)] for p in papers}
    if part.kind == "limits":
        papers = [p for p in papers if any(phrases.states_limits(e.text, e.section) for e in fit[p.paper])]
    named = task.question.names.papers
    best = {p.paper: max((near[e.id] for e in fit[p.paper]), default=0.0) for p in papers}
    floor = (BESIDE_NAMED if named else SPEAKS_SHARE) * max(best.values(), default=0.0)
    return [p for p in papers if p.paper in named or best[p.paper] >= floor]


def _answer(
    part: Part, papers: Sequence[PaperEvidence], near: Near, before: Set[str], used: Set[str]
) -> Iterator[Evidence]:
    """Yield the sentences that answer a part; `used` grows meanwhile, `before` is what earlier points have used."""
    if part.kind == "account" and about_whole(part, papers):
        for paper in papers:
            yield from best_run(paper, near, used)
    elif part.kind in ("account", "reason", "limits"):
        for paper in papers:
            yield from run_around(paper, near, used)
        yield from singles(papers, near, used)
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


def singles(papers: Sequence[PaperEvidence], near: Near, used: Set[str]) -> list[Evidence]:
    """Return the sentences outside the runs that are as near to the question as the best ones."""
    rest = sorted(_lone(papers, used), key=lambda e: (-near[e.id], e.id))
    spoken = [near[e.id] for paper in papers for e in paper.sentences if e.id in used]
    floor = SINGLE_SHARE * max(spoken, default=1.0)
    return [e for e in rest if near[e.id] >= floor][:SINGLES]


def _lone(papers: Sequence[PaperEvidence], used: Set[str]) -> list[Evidence]:
    return [
        e
        for paper in papers
        for e in paper.sentences
        if e.id not in used and quotable(e) and stands_alone(e.text) and not phrases.HYPE.search(e.text)
    ]


# --- sentences that answer ------------------------------------------------------------------------------------------

MOST = {"amount": 3, "name": 4, "yes_no": 3, "meaning": 3}  # sentences of one paper; names may stand apart
MOST_OF_MANY = 2  # likewise, where several papers answer
LEANS = 0.1  # against an opening that points back: it reads on after another sentence, not after a question
ASIDE = 0.03  # against announcing what will be said
NEXT_SHARE = 0.65  # of the best sentence's worth: what is below that is beside the question
MOST_ROWS = 2  # of one paper: neighbours in a table are alike
NAMED = 0.1  # for a row that bears the name asked for: rows of one table differ in little else
ROW_SHARE = 0.98  # of the best row's worth: rows further off are about something else
REPEATS = 0.7  # of its words in one sentence before it: abstract, introduction and conclusion say the same


def leads(
    part: Part, papers: Sequence[PaperEvidence], near: Near, used: Set[str], told: Set[str] = frozenset()
) -> list[Evidence]:
    """Return the sentences that answer a question: papers by their best sentence, and each paper's sentences likewise.

    An amount may stand in a table alone: a row, printed with caption and header, answers too. What the same point has
    `told` takes its place without being said again, so that nothing worse fills it.
    """
    asked = _squeezed(part.text)

    def worth(sentence: Evidence) -> float:
        return (
            near[sentence.id]
            + NAMED * (_is_row(sentence) and _named(sentence, asked))
            - LEANS * bool(phrases.LEANS.search(sentence.text))
            - ASIDE * bool(phrases.SIGNPOST.search(sentence.text))
        )

    def ranked(sentences: Iterable[Evidence]) -> list[Evidence]:
        return sorted((s for s in sentences if s.id not in used), key=lambda s: (-worth(s), s.number))

    found = []
    for paper in papers:
        prose = ranked(e for e in paper.sentences if _is_prose(e) and states_fact(e.text))
        best = worth(prose[0]) if prose else 0.0
        rows = ranked(s for s in paper.sentences if part.kind == "amount" and _is_row(s))
        rows = [row for row in rows if _named(row, asked) or worth(row) >= best]  # else of something else
        rows = [row for row in rows[:MOST_ROWS] if worth(row) >= ROW_SHARE * worth(rows[0])]
        found.append(ranked([*rows, *prose]))
    found = sorted(filter(None, found), key=lambda sentences: -worth(sentences[0]))
    most = MOST.get(part.kind, max(MOST.values())) if len(found) == 1 else MOST_OF_MANY
    floor = NEXT_SHARE * worth(found[0][0]) if found else 0.0
    chosen: list[Evidence] = []
    for sentences in found:
        for place, sentence in enumerate(sentences[:most]):
            if place == 0 or (worth(sentence) >= floor and not _repeats(sentence, chosen)):
                chosen.append(sentence)
    return [sentence for sentence in chosen if sentence.id not in told]


def _is_prose(sentence: Evidence) -> bool:
    return sentence.label in ("abstract", "body", "appendix") and not UNFIT & set(sentence.flags)


def _repeats(sentence: Evidence, said: Sequence[Evidence]) -> bool:
    """Tell whether prose says little, and no number, that prose of the same paper before it does not."""
    own = set(words(sentence.text))
    numbers = {word for word in own if word.isdigit()}
    before = (set(words(other.text)) for other in said if other.paper == sentence.paper and not _is_row(other))
    return not _is_row(sentence) and any(numbers <= held and overlap(own, held) >= REPEATS for held in before)


def _is_row(sentence: Evidence) -> bool:
    return sentence.label == "table" and set(sentence.flags) == {"row"}


def _named(row: Evidence, asked: str) -> float:
    """Return how much of a row's own name a squeezed question says, whether it writes BERT large or BERTLARGE."""
    own = row.text[-(row.spans[-1].end - row.spans[-1].start) :]
    names = [_squeezed(word) for word in own.split() if any(map(str.isalpha, word))]
    letters = sum(map(len, names))
    said = sum(len(name) for name in names if len(name) > 1 and name in asked)
    return said / letters if letters else 0.0


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()
