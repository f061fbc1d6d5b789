"""Read a follow-up question: what was answered before says what words like "it" stand for, and nothing else.

The answer before is never evidence: of it only the name of the paper is taken that it speaks of. "How does it handle
noise?" after an answer that cites TernBurst alone becomes "How does TernBurst handle noise?".
"""

from __future__ import annotations

import re

from rag.answers import Answer, short_names
from rag.language import read_question
from rag.papers import cited_as

_POINTS_BACK = re.compile(
    r"\b(?:(?P<whose>its|their)|it|they|them"
    r"|(?P<named>(?:this|the same) (?:model|method|approach|paper|work|network|system))(?P<of>['’]s)?)\b",
    re.IGNORECASE,
)


def understood(question: str, before: Answer) -> str:
    """Return a question with its first word that points back replaced by the paper that was answered from.

    A question that leans on nothing, or follows an answer from several papers, stays as it is.
    """
    claims = before.in_short or before.claims
    papers = {citation.paper for claim in claims for citation in claim.citations if citation.paper}
    names = short_names(before.references)
    found = _POINTS_BACK.search(question)
    if len(papers) != 1 or found is None:
        return question
    if not found["named"] and not any(part.leans for part in read_question(question).parts):
        return question
    (name,) = (names.get(paper, cited_as(paper, None)) for paper in papers)
    told = f"{name}’s" if found["whose"] or found["of"] else name
    return question[: found.start()] + told + question[found.end() :]
