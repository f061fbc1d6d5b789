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

from rag.answers import Citation, Evidence
from rag.language import boundaries, may_be_evidence, phrases, reads_well
from rag.papers import AllowedPaper, Hit, Paper, Point, Sentence
from rag.searching.facets import Facet
from rag.writers.gaps import shared
from rag.writers.nearness import Rarity, asked_words, nearness, passage_scores, share, shares

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.writers.nearness import Values

    Vectors = NDArray[np.float32]

SENTENCES = 240  # in all: what a reader of the whole evidence could still go through
PER_PAPER = (8, 48)  # the least and the most sentences of one paper
NEIGHBOURS = 2  # sentences kept on either side of a near one, so that a run can form around it
REMEMBERED = 1 << 16  # pairs of cue and sentence whose verdict is kept: those of some twenty papers


@dataclass(frozen=True, slots=True)
class Queries:
    """Hold what is asked: the facets with their vectors, one row each, and the words of question and points.

    `words[0]` are the question's, `words[1 + p]` those of point p: stems with weights (`nearness.asked_words`).
    """

    facets: tuple[Facet, ...]
    vectors: Vectors
    words: tuple[Mapping[str, float], ...]

    @classmethod
    def of(
        cls, facets: Sequence[Facet], vectors: Vectors, question: str, points: Sequence[Point], rarity: Rarity
    ) -> Queries:
        """Weigh the words of question and points by their rarity in the allowed passages."""
        own = (point.text if point.kind == "prose" and not point.about_user else "" for point in points)
        texts = (question, *own)  # a workflow's point says "input" and "model": words of every paper
        return cls(tuple(facets), vectors, tuple(asked_words(text, rarity) for text in texts))

    def rows(self, point: int | None) -> list[int]:
        """Return the rows of the facets that serve a point, or of those of the question itself."""
        return [row for row, facet in enumerate(self.facets) if facet.point == point]

    def near(self, vectors: Vectors, said: Sequence[Values], passage: Values) -> Values:
        """Return one row per sentence: its nearness to the question, then to each point.

        `said` has, for the question and each point, the share of its words that every sentence says.
        """
        import numpy as np

        cosines = vectors @ self.vectors.T
        question = (cosines[:, 0] + cosines[:, self.rows(None)].max(axis=1)) / 2
        columns = [nearness(question, said[0], passage)]
        for point, words in enumerate(self.words[1:]):
            rows = self.rows(point)
            meaning = cosines[:, rows].max(axis=1) if rows else question
            columns.append(nearness(meaning, said[1 + point] if words else said[0], passage))
        return np.stack(columns, axis=1)


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


def measured(evidence: Sequence[Evidence], vectors: Vectors, queries: Queries) -> list[Evidence]:
    """Return sentences that stand in no passage with their nearness; `vectors` has one row each."""
    import numpy as np

    said = [np.array([share(item.text, asked) for item in evidence], np.float32) for asked in queries.words]
    near = queries.near(vectors, said, np.zeros(len(evidence), np.float32))
    told = map(_rounded, near)
    return [replace(item, relevance=q, for_point=points) for item, (q, points) in zip(evidence, told, strict=True)]


def of_paper(
    paper: Paper, vectors: Vectors, hits: Sequence[Hit], queries: Queries, question: str, most: int
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
    return [_evidence(chosen[number], paper, *_rounded(near[number])) for number in sorted(chosen)]


def _rounded(near: Values) -> tuple[float, tuple[float, ...]]:
    """Return how near a sentence is to the question, and to each point."""
    question, *points = (round(value, 4) for value in near.tolist())
    return question, tuple(points)


def _in_order(paper: Paper, hits: Sequence[Hit], near: Values, question: str) -> Iterator[Sentence]:
    """Yield sentences by how much they are wanted."""
    usable = [s for s in paper.sentences if may_be_evidence(s)]
    body = [s for s in usable if s.label == "body"]
    ranked = sorted(usable, key=lambda s: (-near[s.number], s.number))
    yield from [s for s in usable if s.label == "abstract"][:12]
    yield from _limits(usable, question)
    for sentence in ranked[:3]:
        yield from _around(usable, sentence)
    yield from (s for hit in hits[:1] for s in _within(usable, hit))
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


def _limits(usable: Sequence[Sentence], question: str) -> list[Sentence]:
    """Return up to three statements of limits, those that speak of the question first."""
    stated = [s for s in usable if _shows(phrases.OWN_LIMITS, s.text) and reads_well(s.text)]
    return sorted(stated, key=lambda s: -len(shared(s.text, question)))[:3]


def _within(usable: Sequence[Sentence], hit: Hit) -> Iterator[Sentence]:
    return (s for s in usable if hit.passage.first <= s.number < hit.passage.last)


def _evidence(sentence: Sentence, paper: Paper, relevance: float, for_point: tuple[float, ...]) -> Evidence:
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
        relevance,
        for_point,
    )


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
