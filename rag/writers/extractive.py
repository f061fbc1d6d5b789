"""Write an answer from the papers' own sentences: the one that answers, runs that read on, workflow rows.

A narrow question gets the sentences that state what it asks (`leads`); a wider one a run of three to six sentences per
paper that follow one another in one section (`runs`), then single sentences where they add something. Each question in
a point is answered for itself (`asked`). A workflow point gets a row per paper (`rows`). A weak slot is left out rather
than filled. Every weight is named where it counts.
Not handled here: finding evidence (`evidence`), lead-ins and quotation marks (`render`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rag.answers import Draft, DraftClaim, Evidence, Task
from rag.briefs import named_papers
from rag.language import is_plain, phrases, question_kind, stands_alone, topics, words
from rag.writers.leads import leads
from rag.writers.rows import row
from rag.writers.runs import best_run, run_around
from rag.writers.worth import Near, PaperEvidence, nearness, quotable

SINGLES = 2  # single sentences per point, at most
SINGLE_SHARE = 0.85  # of the best run's relevance: below that a lone sentence is beside the point
DEFINITION_SHARE = 0.68  # likewise for what the task is and why it is hard, which every answer should say
SPEAKS_SHARE = 0.5  # of the nearest paper's best sentence: a paper below that is silent on the point
BESIDE_NAMED = 0.6  # likewise, where the question names papers and this is none of them
PRESENTED = frozenset(  # what is asked of a paper as a whole
    "model models method methods approach approaches system systems architecture workflow pipeline input inputs output "
    "outputs".split()
)


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
        papers = _by_paper(task)
        draft = _Draft()
        return Draft(tuple(tuple(_point(number, task, papers, draft)) for number in range(len(task.points))))


def _point(number: int, task: Task, papers: Sequence[PaperEvidence], draft: _Draft) -> Iterator[DraftClaim]:
    point = task.points[number]
    near = nearness(number, "account")
    if point.about_user:
        yield from (_verbatim(e) for e in task.evidence if e.source == "brief")
        yield from draft.take(_definitions(papers, near, draft.used))
    elif point.kind == "workflow":
        for paper in papers:
            yield from draft.take(best_run(paper, near, draft.used))
        for paper in papers:
            yield from row(paper, near)
    elif point.kind == "prose":
        yield from _prose(number, task, papers, draft)


def _prose(number: int, task: Task, papers: Sequence[PaperEvidence], draft: _Draft) -> Iterator[DraftClaim]:
    """Answer each question of a point: its own, or the brief's where it only names a section."""
    before = frozenset(draft.used)
    for question in question_kind.parts(task.points[number].text or task.question):
        wanted = question_kind.kind(question)
        near = nearness(number, wanted, question)
        speaking = _speaking(papers, task, near, wanted)
        if wanted == "account" and _about_whole(question, speaking):
            yield from draft.take(e for paper in speaking for e in best_run(paper, near, draft.used))
        elif wanted in ("account", "reason", "limits"):
            for paper in speaking:
                yield from draft.take(run_around(paper, near, draft.used))
            yield from draft.take(_singles(speaking, near, draft.used))
        else:
            yield from draft.take(leads(question, speaking, wanted, near, before, draft.used - before))


def _verbatim(sentence: Evidence) -> DraftClaim:
    return DraftClaim(sentence.text, (sentence.id,), "verbatim", sentence.paper)


def _by_paper(task: Task) -> tuple[PaperEvidence, ...]:
    """Group sentences by paper, papers in the brief's order."""
    groups: dict[str, list[Evidence]] = {paper.paper: [] for paper in task.papers}
    for sentence in task.evidence:
        if sentence.paper in groups and sentence.source != "brief":
            groups[sentence.paper].append(sentence)
    names = {paper.paper: _short_name(paper.model) for paper in task.papers}
    return tuple(PaperEvidence(paper, names[paper], tuple(group)) for paper, group in groups.items() if group)


def _about_whole(question: str, papers: Sequence[PaperEvidence]) -> bool:
    """Tell whether a question names nothing but a paper and that it is to be presented: "how does Kestrel work?"."""
    titles = {stem for paper in papers for stem in words(paper.name)}
    return all(stem in titles or is_plain(word) or word.lower() in PRESENTED for stem, word in topics(question).items())


def _speaking(
    papers: Sequence[PaperEvidence], task: Task, near: Near, wanted: question_kind.Kind
) -> list[PaperEvidence]:
    """Keep the papers that the question names, and those that speak of it about as much as the nearest one.

    Of limits only those speak that state one.
    """
    if wanted == "limits":
        papers = [
            p for p in papers if any(quotable(e) and phrases.states_limits(e.text, e.section) for e in p.sentences)
        ]
    named = {paper.paper for paper in named_papers(task.question, task.papers)}
    best = {p.paper: max((near(e) for e in p.sentences if quotable(e)), default=0.0) for p in papers}
    floor = (BESIDE_NAMED if named else SPEAKS_SHARE) * max(best.values(), default=0.0)
    return [p for p in papers if p.paper in named or best[p.paper] >= floor]


def _short_name(model: str) -> str:
    return re.split(r"[:(]", model)[0].strip().casefold()


# --- single sentences --------------------------------------------------------------------------------------


def _definitions(papers: Sequence[PaperEvidence], near: Near, used: set[str]) -> list[Evidence]:
    """Return sentences that say what the task is or why it is hard, one of each at most."""
    found: list[Evidence] = []
    for cue in (phrases.DEFINES, phrases.DIFFICULT):
        fit = [
            e
            for e in _lone(papers, used)
            if cue.search(e.text) and not phrases.PROPOSES.search(e.text) and e not in found
        ]
        floor = DEFINITION_SHARE * max((near(e) for e in _lone(papers, used)), default=0.0)
        best = max(fit, key=lambda e: (near(e), e.id), default=None)
        if best is not None and near(best) >= floor:
            found.append(best)
    return found


def _singles(papers: Sequence[PaperEvidence], near: Near, used: set[str]) -> list[Evidence]:
    """Return the sentences outside the runs that are as near to the question as the best ones."""
    rest = sorted(_lone(papers, used), key=lambda e: (-near(e), e.id))
    spoken = [near(e) for paper in papers for e in paper.sentences if e.id in used]
    floor = SINGLE_SHARE * max(spoken, default=1.0)
    return [e for e in rest if near(e) >= floor][:SINGLES]


def _lone(papers: Sequence[PaperEvidence], used: set[str]) -> list[Evidence]:
    return [
        e
        for paper in papers
        for e in paper.sentences
        if e.id not in used and quotable(e) and stands_alone(e.text) and not phrases.HYPE.search(e.text)
    ]
