"""Ask a chat model whether a claim says what its quotes say: the judge's own model check, beside the exact ones.

The wording is not the engine's, so that a claim which passed the one is asked of anew. From which probability on a
claim is believed is set on the committed claims over invented papers (`claims.toml`) so that few right ones fall below
it, and measured on papers left out. The model adds to what the exact checks find and excuses nothing: a claim is
faithful when neither finds a fault. It stands in for the share of words that the quotes bear.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from .agreement import Heard, Label
from .claim_pairs import TABLE
from .judge import JudgedCase, JudgedClaim, Score
from .metrics import in_own_words
from .relevance import Asking, Progress, Wording

FAITHFUL = Wording(
    "You proofread summaries of scientific papers. Many contain a mistake: a swapped name or number, a dropped "
    "condition, a word that turns the meaning round.",
    "Source:\n{given}\n\nSummary: {claim}\n\nIs the summary free of mistakes? Answer Yes or No.",
    "it quotes nothing that could be checked",
)
FALSE_ALARMS = 0.05  # of right claims that may fall below the threshold: the exact checks have alarms of their own


def labels() -> tuple[Label, ...]:
    """Return the committed claims over invented papers, those that cite one sentence of a paper."""
    return tuple(
        Label(row["paper"], row["text"], claim, right)
        for row in tomllib.loads(TABLE.read_text("utf-8"))["evidence"]
        if "paper" in row
        for right, claims in ((True, row["good"]), (False, [text for texts in row["bad"].values() for text in texts]))
        for claim in claims
    )


def sparing(heard: Sequence[Heard]) -> float:
    """Return the highest score below which no more than `FALSE_ALARMS` of the right claims fall."""
    right = sorted(one.score for one in heard if one.label.answers)
    return right[int(FALSE_ALARMS * len(right))]


def weighed(cases: Iterable[JudgedCase], asking: Asking, progress: Progress = lambda done: None) -> list[JudgedCase]:
    """Return the cases with a model's score for every claim in own words; None for others, which need none."""
    found = []
    for done, case in enumerate(cases, 1):
        scores = tuple(_score(claim, asking) if in_own_words(claim) else None for claim in case.claims)
        found.append(replace(case, faithful=scores))
        progress(done)
    return found


def _score(claim: JudgedClaim, asking: Asking) -> Score:
    return asking.score("\n".join(cite.quote for cite in claim.citations if cite.quote), claim.text)
