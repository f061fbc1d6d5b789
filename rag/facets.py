"""Turn a brief into the queries that are searched: its content crossed with the kind of point asked.

"Explain to the user" and the name of a platform are no content: what a point adds is its kind (task, workflow,
comparison, ...), in words that papers use for it. Not handled here: searching (`retrieve`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import AllowedPaper, Point

# What papers say where they speak of such a point, by words of the point.
_KINDS = (
    (re.compile(r"\b(task|problem|goal|aim)s?\b", re.I), "task and goal: restoring, the problem addressed"),
    (re.compile(r"\b(workflow|pipeline|input|output|architecture)s?\b", re.I), "takes as input, the model, outputs"),
    (re.compile(r"\b(differ\w*|compar\w*|versus|vs|unlike|contrast)\b", re.I), "in contrast to, unlike, compared with"),
    (re.compile(r"\b(limit\w*|fail\w*|weak\w*|future)\b", re.I), "limitations, fails, future work"),
    (re.compile(r"\b(train\w*|data|dataset)s?\b", re.I), "training data, dataset, loss"),
    (re.compile(r"\b(result|perform\w*|accura\w*|evaluat\w*)s?\b", re.I), "results, experiments, outperforms"),
)
_SENTENCE = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True, slots=True)
class Facet:
    """Hold one query, and which point of the brief it serves (None: the question itself)."""

    query: str
    point: int | None = None


def facets(question: str, points: Sequence[Point], papers: Sequence[AllowedPaper]) -> tuple[Facet, ...]:
    """Return the queries of a brief: the question, its sentences, each point's kind, each recommended model."""
    found = [Facet(question)]
    asked = [s for s in _SENTENCE.split(question) if s.rstrip().endswith("?")]
    if len(asked) > 1 or (asked and asked[0] != question):
        found += [Facet(sentence) for sentence in asked]
    content = " ".join(asked) or question
    for number, point in enumerate(points):
        if point.kind == "papers" or point.about_user:
            continue
        kinds = [words for pattern, words in _KINDS if pattern.search(f"{point.title} {point.text}")]
        found.append(Facet(f"{'; '.join(kinds) or point.text or point.title}: {content}", number))
    found += [Facet(f"{paper.model}: {content}") for paper in papers if paper.recommended and paper.model]
    return tuple(dict.fromkeys(found))
