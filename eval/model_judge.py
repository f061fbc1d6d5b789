"""Ask a chat model whether a claim says what its quotes say: the judge's own model check, beside the exact ones.

The wording is not the engine's, so that a claim which passed the one is asked of anew. From which probability on a
claim is believed is set on the committed claims over invented papers (`claims.toml`) so that few right ones fall below
it, and measured on papers left out. The model adds to what the exact checks find and excuses nothing: a claim is
faithful when neither finds a fault. It stands in for the share of words that the quotes bear.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace

from .agreement import Heard, Label
from .claim_pairs import TABLE
from .judge import JudgedCase, JudgedClaim
from .metrics import in_own_words
from .relevance import Asking, Progress, Put, Wording

FAITHFUL = Wording.read("judge_faithful", "it quotes nothing that could be checked")
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


def weighed(
    cases: Sequence[JudgedCase], asking: Asking, progress: Progress = lambda done, of: None
) -> list[JudgedCase]:
    """Return the cases with a model's score for every claim in own words; None for others, which need none."""
    asking.hear((_put(claim) for case in cases for claim in case.claims if in_own_words(claim)), progress)
    return [
        replace(
            case,
            faithful=tuple(asking.score(*_put(claim)) if in_own_words(claim) else None for claim in case.claims),
        )
        for case in cases
    ]


def _put(claim: JudgedClaim) -> Put:
    return "\n".join(cite.quote for cite in claim.citations if cite.quote), claim.text
