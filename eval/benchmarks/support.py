"""Measure the judge's support check on claims that people judged, at every threshold of shared stems.

    python -m eval.benchmarks.support --data ../shared/bench/attribution

Claims and evidence are read as `eval.benchmarks.gates` reads them. Prints, per threshold, which share of the supported
claims the check calls supported, which of the others it does not, and the mean of both.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.benchmarks.gates import Case, load
from eval.names import grant
from eval.quotes import holds
from eval.support import THRESHOLD, differs, overlap

THRESHOLDS = tuple(number / 20 for number in range(6, 19))


def shares(cases: Sequence[Case]) -> list[tuple[bool, float]]:
    """Return for each claim whether people found it supported, and the share of its stems that counts for it."""
    return [(case.supported, _share(case)) for case in cases]


def _share(case: Case) -> float:
    if any(holds(text, case.claim) for text in case.evidence):
        return 1.0
    if differs(case.claim, case.evidence, grant((case.question,))):
        return 0.0
    return overlap(case.claim, case.evidence) or 0.0


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of judged claims")
    found = shares(load(parser.parse_args().data))
    right, wrong = ([share for supported, share in found if supported is kind] for kind in (True, False))
    print(f"{len(right)} supported claims, {len(wrong)} others; in use: {THRESHOLD}")
    print(f"{'threshold':>9}{'supported':>11}{'others':>8}{'balanced':>10}")
    for threshold in THRESHOLDS:
        kept = sum(share >= threshold for share in right) / len(right)
        stopped = sum(share < threshold for share in wrong) / len(wrong)
        print(f"{threshold:9.2f}{kept:11.3f}{stopped:8.3f}{(kept + stopped) / 2:10.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
