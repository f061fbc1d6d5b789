"""Tell whether an answer answers, by signs that need no model: key facts, and refusals in their right place.

This is a scale of its own beside compliance. An answer may keep every rule and miss the question, or state the key fact
and break a rule: neither touches the other. What a chat model says of claims is `relevance`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .cases import COMPARE, Case
from .exhibits import IN_SHORT, Exhibit, Statement
from .key_facts import carried, carries, touches
from .words import stems

FIRST_OF_A_COMPARISON = 2  # claims: each side has one to tell its fact


@dataclass(frozen=True, slots=True)
class Signs:
    """Hold the signs of one answer; None where the case has nothing to tell them by."""

    question: str
    leading: int  # claims that stand for the answer in short
    claims: int
    first: bool | None  # the leading claims, with their quotes, state every key fact
    facts: int  # key facts of the case
    found: int  # those that any claim states
    beside: int  # claims that hold nothing of any key fact
    denied: bool  # the leading claims deny a false premise
    marked: bool  # refused, denied, or a gap names what is missing
    refusal_right: bool | None  # refused or marked where nothing answers, not refused where something does


def signs_of(case: Case, exhibit: Exhibit) -> Signs:
    """Return the signs of an answer, whoever wrote it."""
    told = [_said(statement) for statement in exhibit.statements]
    leading = leading_claims(case, exhibit.statements)
    lead = " ".join(told[:leading])
    denied = carries(case.contradicts, lead)
    marked = exhibit.status == "refused" or denied or _gap_names_it(case, exhibit)
    return Signs(
        question=case.question or exhibit.question,
        leading=leading,
        claims=len(told),
        first=carries(case.facts, lead) if case.facts else None,
        facts=len(case.facts),
        found=carried(case.facts, " ".join(told)),
        beside=sum(not touches(case.facts, text) for text in told) if case.facts else 0,
        denied=denied,
        marked=marked,
        refusal_right=_refusal_right(case, exhibit, marked),
    )


def leading_claims(case: Case, statements: Sequence[Statement]) -> int:
    """Return how many claims stand for the answer in short: those on top, else the first, of a comparison two."""
    on_top = sum(statement.section == IN_SHORT for statement in statements)
    return on_top or min(len(statements), FIRST_OF_A_COMPARISON if case.kind == COMPARE else 1)


def _said(statement: Statement) -> str:
    return " ".join([statement.text, *(cite.quote for cite in statement.cites)])


def _gap_names_it(case: Case, exhibit: Exhibit) -> bool:
    """Tell whether what the answer says is missing names something of the question, more than a paper's title."""
    titles = frozenset().union(*(stems(listed.title) for listed in exhibit.references))
    asked = stems(case.question or exhibit.question) - titles
    return any(asked & stems(text) for place, text in exhibit.asides if place.startswith(("gaps", "sentence")))


def _refusal_right(case: Case, exhibit: Exhibit, marked: bool) -> bool | None:
    if exhibit.status == "failed" or case.answerable is None:
        return None
    return exhibit.status != "refused" if case.answerable else marked
