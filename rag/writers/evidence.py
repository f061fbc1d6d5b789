"""Choose the sentences that a writer is shown, number them, and resolve what it names back to quotes.

From the PDFs: the passages that a search found, each paper's abstract, and its own word on its limits. A brief's
summary stands in only for a paper whose PDF is not there. Not handled here: searching, judging claims.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.answers import Citation, Evidence
from rag.language import boundaries, phrases, reads_well, shared
from rag.papers import AllowedPaper, Hit, Paper, Question, Sentence
from rag.writers.nearness import Queries, passage_scores, share, shares
from rag.writers.ranking import Looking, parts_of, put_to

if TYPE_CHECKING:
    from rag.writers.nearness import Values

    Embed = Callable[[Sequence[str]], Values]

SENTENCES = 240  # in all: what a reader of the whole evidence could still go through
PER_PAPER = (8, 48)  # the least and the most sentences of one paper
LEAD = 0.7  # of a paper's sentences are the best ranked; the rest is what a writer needs beside them
NEAREST = 6  # hits whose score counts for nearness
NEIGHBOURS = 2  # sentences kept on either side of a near one, so that a run can form around it
REMEMBERED = 1 << 16  # pairs of cue and sentence whose verdict is kept: those of some twenty papers


@dataclass(frozen=True, slots=True)
class Searched:
    """Hold an allowed paper that was searched: one vector per sentence of it, and its hits, best first."""

    paper: Paper
    vectors: Values
    hits: Sequence[Hit]


def choose_evidence(
    question: Question, asked: Queries, searched: Sequence[Searched], others: Sequence[AllowedPaper], embed: Embed
) -> tuple[Evidence, ...]:
    """Return what a writer is shown, numbered: the question's own sentences, summaries, then each paper's sentences.

    `others` are the allowed papers that could not be searched, of which the brief may hold a summary.
    """
    given = [Evidence("", "brief", text, number=n) for n, text in enumerate(question.sentences)]
    given += [sentence for paper in others for sentence in of_summary(paper)]
    chosen = measured(given, embed([sentence.text for sentence in given]), asked)
    least, most = PER_PAPER
    share = max(least, min(most, SENTENCES // max(len(searched) + len(others), 1)))
    papers = [one.paper for one in searched]
    found = [sentence for one in searched for sentence in of_paper(one, asked, question, share, papers)]
    return tuple(replace(item, id=f"E{place}") for place, item in enumerate(chosen + found, 1))


def of_summary(paper: AllowedPaper) -> list[Evidence]:
    """Return the sentences of the brief's summary of a paper, unnumbered."""
    text = paper.summary
    return [
        Evidence("", "summary", text[a:b], paper.paper, paper.version, ("Summary in the brief",), number=n)
        for n, (a, b) in enumerate(boundaries(text))
    ]


def measured(evidence: Sequence[Evidence], vectors: Values, asked: Queries) -> list[Evidence]:
    """Return sentences that stand in no passage with their nearness; `vectors` has one row each."""
    import numpy as np

    said = [np.array([share(item.text, words) for item in evidence], np.float32) for words in asked.words]
    near = asked.near(vectors, said, np.zeros(len(evidence), np.float32))
    told = map(_rounded, near)
    return [replace(item, relevance=q, for_point=points) for item, (q, points) in zip(evidence, told, strict=True)]


def of_paper(
    searched: Searched, asked: Queries, question: Question, most: int, papers: Sequence[Paper]
) -> list[Evidence]:
    """Return at most `most` sentences of a paper with nearness and scores, unnumbered, in reading order."""
    paper = searched.paper
    said = [shares(paper.sentences, words) for words in asked.words]
    near = asked.near(searched.vectors, said, passage_scores(len(paper.sentences), searched.hits[:NEAREST]))
    look = Looking.at(paper, searched.vectors, searched.hits)
    parts = parts_of(question)
    scores = [look.scores(asked, point, put_to(paper, part, papers)) for point, part in parts]
    place = {s.number: row for row, s in enumerate(look.usable)}
    chosen: dict[int, Sentence] = {}
    for sentence in wanted(look, near.max(axis=1), scores, question.topics, most):
        if len(chosen) >= most:
            break
        chosen[sentence.number] = sentence
    found = []
    for number, s in sorted(chosen.items()):
        where = (paper.paper, paper.version, s.section, s.label, s.spans, number, s.paragraph, s.flags)
        told = ((p, part.text, scores[n][place[number]]) for n, (p, part) in enumerate(parts))
        ranked = tuple((point, text, round(float(score), 3)) for point, text, score in told)
        found.append(Evidence("", "pdf", s.text, *where, *_rounded(near[number]), ranked))
    return found


def _rounded(near: Values) -> tuple[float, tuple[float, ...]]:
    """Return how near a sentence is to the question, and to each point."""
    question, *points = (round(value, 4) for value in near.tolist())
    return question, tuple(points)


def wanted(
    look: Looking, near: Values, scores: Sequence[Values], topics: Mapping[str, str], most: int
) -> Iterator[Sentence]:
    """Yield the sentences of a paper by how much a writer wants them; some come twice.

    First those that score best for each part that is asked, and the limits that a paper states, which may be all it
    says of what is asked; then what a writer needs beside them: neighbours to make a run of, the abstract, what is
    proposed, what goes in and comes out.
    """
    usable = look.usable
    body = [s for s in usable if s.label == "body"]
    ranked = [usable[row] for row in _in_turns(scores)]
    lead = round(LEAD * most)
    yield from ranked[: lead // 2]
    limits = [s for s in usable if _shows(phrases.OWN_LIMITS, s.text) and reads_well(s.text)]
    yield from sorted(limits, key=lambda s: -len(shared(s.text, topics)))[:3]
    nearest = sorted(usable, key=lambda s: (-near[s.number], s.number))
    for sentence in [*ranked[:2], *nearest[:2]]:
        yield from _around(usable, sentence)
    yield from ranked[lead // 2 : lead]
    yield from [s for s in usable if s.label == "abstract"][:12]
    yield from [s for s in body if _shows(phrases.PROPOSES, s.text)][:3]
    yield from (s for cue in phrases.STAGES for s in [s for s in body if _shows(cue, s.text)][:3])
    for sentence in nearest:
        yield from _around(usable, sentence)


def _in_turns(scores: Sequence[Values]) -> Iterator[int]:
    """Yield rows, the best of each column first, then the second best of each, ...; once each."""
    import numpy as np

    orders = [np.argsort(-column, kind="stable").tolist() for column in scores]
    yield from dict.fromkeys(row for turn in zip(*orders, strict=True) for row in turn)


@lru_cache(REMEMBERED)
def _shows(cue: re.Pattern[str], text: str) -> bool:
    return bool(cue.search(text))


def _around(usable: Sequence[Sentence], near: Sentence) -> Iterator[Sentence]:
    """Yield a sentence and its neighbours in the same section."""
    yield near
    start = bisect_left(usable, near.number - NEIGHBOURS, key=lambda s: s.number)
    for other in usable[start : start + 2 * NEIGHBOURS + 1]:
        if 0 < abs(other.number - near.number) <= NEIGHBOURS and other.section == near.section:
            yield other


def cite(evidence: Evidence, papers: Mapping[str, Paper]) -> Citation:
    """Return the citation of an evidence sentence: its quote and hashes, from stored data alone."""
    quote, digest = evidence.text, sha256(evidence.text)
    if evidence.source != "pdf" or evidence.paper is None:
        return Citation(evidence.source, quote, digest, evidence.paper, evidence.version)
    paper = papers[evidence.paper]
    return Citation(
        "pdf",
        quote,
        digest,
        paper.paper,
        paper.version,
        " / ".join(evidence.section),
        evidence.spans,
        paper.pdf_sha256,
        tuple(sha256(paper.pages[span.page - 1].text) for span in evidence.spans),
        "row" in evidence.flags,
        paper.lead,
    )


def sha256(text: str) -> str:
    """Return the hash of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
