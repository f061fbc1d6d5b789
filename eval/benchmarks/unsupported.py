"""Measure `unsupported`: how many right claims it strikes, and how many that have nothing to do with their quotes.

    python -m eval.benchmarks.unsupported --data ../shared/bench/attribution

Right are claims of other systems that people found supported, beside their evidence (read as `eval.benchmarks.gates`
reads it). Wrong are the same claims beside the evidence of the next claim of their set that was asked something else.
Found are those called unsupported, or told as not to be compared. For every threshold all sets are counted; then each
set is left out: the threshold is the largest that strikes at most one in a hundred right claims of the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks.gates import Case, load
from eval.benchmarks.tables import markdown
from eval.relation import APART, comparable, share

THRESHOLDS = tuple(number / 100 for number in range(5, 45, 5))
SPARED = 0.01  # of right claims that a threshold may strike


@dataclass(frozen=True, slots=True)
class Pair:
    """Hold a claim's set, whether it belongs to its evidence, what it shares with it, and whether it can be told."""

    source: str
    right: bool
    shared: float | None
    comparable: bool


def pairs(cases: Sequence[Case]) -> Iterator[Pair]:
    """Yield right claims beside their own evidence, and beside that of another question."""
    right = [case for case in cases if case.supported]
    for at, case in enumerate(right):
        yield _pair(case, case.evidence, True)
        others = (*right[at + 1 :], *right[:at])
        other = next((one for one in others if one.source == case.source and _apart(case, one)), None)
        if other is not None:
            yield _pair(case, other.evidence, False)


def _apart(one: Case, other: Case) -> bool:
    return one.evidence != other.evidence and (not one.question or one.question != other.question)


def _pair(case: Case, evidence: Sequence[str], right: bool) -> Pair:
    return Pair(case.source, right, share(case.claim, evidence), comparable(case.claim, evidence))


def struck(found: Sequence[Pair], right: bool, threshold: float, named: bool = False) -> float:
    """Return which part of the right, or of the wrong, pairs falls below a threshold; `named`: and can be compared."""
    group = [one for one in found if one.right == right]
    below = [one for one in group if one.shared is not None and one.shared < threshold]
    return sum(one.comparable or not named for one in below) / len(group) if group else 0.0


def chosen(found: Sequence[Pair]) -> float:
    """Return the largest threshold that spares the right claims."""
    sparing = [threshold for threshold in THRESHOLDS if struck(found, True, threshold) <= SPARED]
    return max(sparing, default=THRESHOLDS[0])


def rows(found: Sequence[Pair], threshold: float, name: str) -> dict[str, object]:
    """Return a row of the table."""
    right = sum(one.right for one in found)
    return {
        "sets": name,
        "threshold": threshold,
        "right": right,
        "struck": round(struck(found, True, threshold), 3),
        "struck by name": round(struck(found, True, threshold, True), 3),
        "wrong": len(found) - right,
        "found": round(struck(found, False, threshold), 3),
        "found by name": round(struck(found, False, threshold, True), 3),
    }


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of judged claims")
    found = list(pairs(load(parser.parse_args().data)))
    print(f"in use: {APART}")
    told = [rows(found, threshold, "all") for threshold in THRESHOLDS]
    for source in sorted({one.source for one in found}):
        rest, left = ([one for one in found if (one.source == source) == out] for out in (False, True))
        told.append(rows(left, chosen(rest), f"{source}, left out"))
    print(markdown(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
