"""Choose the sentences that a writer is shown, number them, and resolve what it names back to quotes.

From the PDFs: the passages that a search found, each paper's abstract, and its own word on its limits. A brief's
summary stands in only for a paper whose PDF is not there. Not handled here: searching, judging claims.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.reading.quality import may_be_evidence
from rag.reading.sentences import boundaries
from rag.searching.facets import Facet
from rag.types import AllowedPaper, Citation, Evidence, Hit, Paper, Point, Sentence
from rag.writers import cues
from rag.writers.gaps import shared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

SENTENCES = 240  # in all: what a reader of the whole evidence could still go through
PER_PAPER = (8, 48)  # the least and the most sentences of one paper
NEIGHBOURS = 2  # sentences kept on either side of a near one, so that a run can form around it
REMEMBERED = 1 << 16  # pairs of cue and sentence whose verdict is kept: those of some twenty papers


@dataclass(frozen=True, slots=True)
class Queries:
    """Hold the facets of a question with their vectors, one row each."""

    facets: tuple[Facet, ...]
    vectors: Vectors

    def rows(self, point: int | None) -> list[int]:
        """Return the rows of the facets that serve a point, or of those of the question itself."""
        return [row for row, facet in enumerate(self.facets) if facet.point == point]


def of_question(question: str) -> list[Evidence]:
    """Return the question's own sentences, unnumbered."""
    return [Evidence("", "brief", question[a:b], number=n) for n, (a, b) in enumerate(boundaries(question))]


def of_summary(paper: AllowedPaper) -> list[Evidence]:
    """Return the sentences of the brief's summary of a paper, unnumbered."""
    text = paper.summary
    return [
        Evidence("", "summary", text[a:b], paper.paper, paper.version, ("Summary in the brief",), number=n)
        for n, (a, b) in enumerate(boundaries(text))
    ]


def of_paper(
    paper: Paper, hits: Sequence[Hit], nearness: NDArray[np.float32], question: str, most: int
) -> list[Evidence]:
    """Return at most `most` sentences of a paper, unnumbered, in reading order.

    `nearness` has one value per sentence of the paper: how near it is to the question or to any of its facets.
    """
    chosen: dict[int, Sentence] = {}
    for sentence in _in_order(paper, hits, nearness, question):
        if len(chosen) >= most:
            break
        chosen[sentence.number] = sentence
    return [_evidence(chosen[number], paper) for number in sorted(chosen)]


def _in_order(paper: Paper, hits: Sequence[Hit], nearness: NDArray[np.float32], question: str) -> Iterator[Sentence]:
    """Yield sentences by how much they are wanted."""
    usable = [s for s in paper.sentences if may_be_evidence(s)]
    body = [s for s in usable if s.label == "body"]
    ranked = sorted(usable, key=lambda s: (-nearness[s.number], s.number))
    yield from [s for s in usable if s.label == "abstract"][:12]
    yield from _limits(usable, question)
    for sentence in ranked[:3]:
        yield from _around(usable, sentence)
    yield from (s for hit in hits[:1] for s in _within(usable, hit))
    yield from [s for s in body if _shows(cues.PROPOSES, s.text)][:3]
    yield from (s for cue in cues.STAGES for s in [s for s in body if _shows(cue, s.text)][:3])
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


def _limits(usable: Sequence[Sentence], question: str) -> list[Sentence]:
    """Return up to three statements of limits, those that speak of the question first."""
    stated = [s for s in usable if _shows(cues.OWN_LIMITS, s.text) and cues.reads_well(s.text)]
    return sorted(stated, key=lambda s: -len(shared(s.text, question)))[:3]


def _within(usable: Sequence[Sentence], hit: Hit) -> Iterator[Sentence]:
    return (s for s in usable if hit.passage.first <= s.number < hit.passage.last)


def _evidence(sentence: Sentence, paper: Paper) -> Evidence:
    return Evidence(
        "",
        "pdf",
        sentence.text,
        paper.paper,
        paper.version,
        sentence.section,
        sentence.label,
        sentence.spans,
        sentence.number,
        sentence.paragraph,
        sentence.flags,
    )


def share(papers: int) -> int:
    """Return how many sentences each of so many papers may show."""
    least, most = PER_PAPER
    return max(least, min(most, SENTENCES // max(papers, 1)))


def number(
    evidence: Sequence[Evidence], vectors: Vectors, queries: Queries, points: Sequence[Point]
) -> tuple[Evidence, ...]:
    """Give evidence its ids, E1 to En in the order given, and its nearness to the question and to each point.

    `vectors` has one row per evidence sentence.
    """
    if not evidence:
        return ()
    near = vectors @ queries.vectors.T
    asked = near[:, queries.rows(None)].max(axis=1)
    relevance = (near[:, 0] + asked) / 2
    columns = [near[:, rows].max(axis=1) if (rows := queries.rows(p)) else relevance for p in range(len(points))]
    return tuple(
        replace(
            sentence,
            id=f"E{place + 1}",
            relevance=round(float(relevance[place]), 4),
            for_point=tuple(round(float(column[place]), 4) for column in columns),
        )
        for place, sentence in enumerate(evidence)
    )


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
