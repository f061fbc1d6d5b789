"""Choose the sentences that a writer is shown, number them, and resolve what it names back to quotes.

From the PDFs: the passages that a search found, each paper's abstract, and its own word on its limits. A brief's
summary stands in only for a paper whose PDF is not there. Not handled here: searching, judging claims.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.answers import Citation, Evidence
from rag.language import boundaries, may_be_evidence, phrases, reads_well, shared
from rag.papers import AllowedPaper, Hit, Paper, Question, Sentence
from rag.writers.nearness import Queries, passage_scores, share, shares

if TYPE_CHECKING:
    from rag.writers.nearness import Values

SENTENCES = 240  # in all: what a reader of the whole evidence could still go through
PER_PAPER = (8, 48)  # the least and the most sentences of one paper
NEIGHBOURS = 2  # sentences kept on either side of a near one, so that a run can form around it
REMEMBERED = 1 << 16  # pairs of cue and sentence whose verdict is kept: those of some twenty papers


def of_question(question: Question) -> list[Evidence]:
    """Return the question's own sentences, unnumbered."""
    return [Evidence("", "brief", text, number=n) for n, text in enumerate(question.sentences)]


def of_summary(paper: AllowedPaper) -> list[Evidence]:
    """Return the sentences of the brief's summary of a paper, unnumbered."""
    text = paper.summary
    return [
        Evidence("", "summary", text[a:b], paper.paper, paper.version, ("Summary in the brief",), number=n)
        for n, (a, b) in enumerate(boundaries(text))
    ]


def measured(evidence: Sequence[Evidence], vectors: Values, queries: Queries) -> list[Evidence]:
    """Return sentences that stand in no passage with their nearness; `vectors` has one row each."""
    import numpy as np

    said = [np.array([share(item.text, asked) for item in evidence], np.float32) for asked in queries.words]
    near = queries.near(vectors, said, np.zeros(len(evidence), np.float32))
    told = map(_rounded, near)
    return [replace(item, relevance=q, for_point=points) for item, (q, points) in zip(evidence, told, strict=True)]


def of_paper(
    paper: Paper, vectors: Values, hits: Sequence[Hit], queries: Queries, question: Question, most: int
) -> list[Evidence]:
    """Return at most `most` sentences of a paper with their nearness, unnumbered, in reading order.

    `vectors` has one row per sentence of the paper; `hits` are those of this paper.
    """
    said = [shares(paper.sentences, asked) for asked in queries.words]
    near = queries.near(vectors, said, passage_scores(len(paper.sentences), hits))
    chosen: dict[int, Sentence] = {}
    for sentence in _in_order(paper, hits, near.max(axis=1), question):
        if len(chosen) >= most:
            break
        chosen[sentence.number] = sentence
    return [_evidence(chosen[number], paper, near[number]) for number in sorted(chosen)]


def _in_order(paper: Paper, hits: Sequence[Hit], near: Values, question: Question) -> Iterator[Sentence]:
    """Yield sentences by how much they are wanted."""
    usable = [s for s in paper.sentences if may_be_evidence(s)]
    body = [s for s in usable if s.label == "body"]
    ranked = sorted(usable, key=lambda s: (-near[s.number], s.number))
    yield from [s for s in usable if s.label == "abstract"][:12]
    limits = [s for s in usable if _shows(phrases.OWN_LIMITS, s.text) and reads_well(s.text)]
    yield from sorted(limits, key=lambda s: -len(shared(s.text, question.topics)))[:3]
    for sentence in ranked[:3]:
        yield from _around(usable, sentence)
    yield from (s for hit in hits[:1] for s in usable if hit.passage.first <= s.number < hit.passage.last)
    yield from [s for s in body if _shows(phrases.PROPOSES, s.text)][:3]
    yield from (s for cue in phrases.STAGES for s in [s for s in body if _shows(cue, s.text)][:3])
    for sentence in ranked[3:]:
        yield from _around(usable, sentence)


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


def _evidence(s: Sentence, paper: Paper, near: Values) -> Evidence:
    where = (paper.paper, paper.version, s.section, s.label, s.spans, s.number, s.paragraph, s.flags)
    return Evidence("", "pdf", s.text, *where, *_rounded(near))


def _rounded(near: Values) -> tuple[float, tuple[float, ...]]:
    """Return how near a sentence is to the question, and to each point."""
    question, *points = (round(value, 4) for value in near.tolist())
    return question, tuple(points)


def most_of_each(papers: int) -> int:
    """Return how many sentences each of so many papers may show."""
    least, most = PER_PAPER
    return max(least, min(most, SENTENCES // max(papers, 1)))


def number(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Give evidence its ids, E1 to En in the order given."""
    return tuple(replace(item, id=f"E{place}") for place, item in enumerate(evidence, 1))


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
    )


def sha256(text: str) -> str:
    """Return the hash of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
