"""Arrange an answer for print: what Markdown and the page share before either writes its markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from rag.answers import Answer, Citation, Claim, Form, Source, Stage

STAGES: tuple[tuple[Stage, str], ...] = (("input", "Input"), ("model", "Model"), ("output", "Output"))
NOT_STATED = "not stated"
EMPTY = "The allowed papers do not support a statement here."
NEXT_SENTENCE = 2  # characters of page text between two sentences that follow each other, at most

# controls, text-direction overrides (they can make a name read backwards) and lone surrogates (no valid UTF-8)
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Voice = tuple[Form, Source, str | None]


def plain(text: str) -> str:
    """Return text on one line without controls, direction overrides and soft hyphens."""
    return " ".join(_UNSAFE.sub("\ufffd", text).replace("\u00ad", "").split())


def number_citations(answer: Answer) -> dict[Citation, int]:
    """Give citations numbers from 1 in the order in which a reader meets them, gaps last."""
    found = [citation for claim in answer.claims for citation in claim.citations]
    found += [gap.statement for gap in answer.gaps if gap.statement]
    return {citation: number for number, citation in enumerate(dict.fromkeys(found), 1)}


def voices(claims: Sequence[Claim]) -> Iterator[tuple[Voice, list[Claim]]]:
    """Yield the prose of a section in paragraphs: claims in a row with one voice share one."""
    for voice, group in groupby((claim for claim in claims if claim.stage is None), key=_voice):
        yield voice, list(group)


def _voice(claim: Claim) -> Voice:
    if not claim.citations:  # only in records of others: no quotation without a source
        return "own_words", "brief", None
    return claim.form, claim.citations[0].source, claim.subject if claim.form == "verbatim" else None


def joints(claims: Sequence[Claim]) -> list[str]:
    """Return what stands before each claim of a quotation: nothing, a blank, or an ellipsis where text is left out."""
    return ["", *(" " if _follows(*pair) else " … " for pair in pairwise(claims))]


def _follows(before: Claim, after: Claim) -> bool:
    first, second = before.citations[0], after.citations[0]
    if first.source != "pdf":
        return True
    if not (first.spans and second.spans) or first.section != second.section:
        return False
    end, start = first.spans[-1], second.spans[0]
    return start.page == end.page + 1 or (start.page == end.page and 0 <= start.start - end.end <= NEXT_SENTENCE)


def elided(claim: Claim, blank: str = " ") -> str:
    """Return a verbatim claim with an ellipsis where it leaves out the beginning or the end of its sentence."""
    text = plain(claim.text)
    whole = plain(claim.citations[0].quote) if claim.citations else text
    before = "" if whole.startswith(text) else f"…{blank}"
    after = "" if whole.endswith(text) else f"{blank}…"
    return f"{before}{text}{after}"
