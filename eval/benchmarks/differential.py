"""Put random good and broken claims to the engine's gates and to this judge, and report where they disagree.

    python -m eval.benchmarks.differential [--rounds 400] [--seed 1]

The two share no judging code, so where both agree neither repeats the other's mistake.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from eval.compliant import make_world
from eval.invented import shelf
from eval.mutants import MUTATORS, Random
from eval.warrants import REASON_OF_GATE, find_reasons
from rag.answers import DraftClaim, Evidence, Task
from rag.gates import check
from rag.language import read_question
from rag.papers import AllowedPaper, Flag, Point

BREAKS = (
    "number_mismatch",
    "identifier_mismatch",
    "negation_flipped",
    "direction_flipped",
    "mixed_up",
    "overstated",
    "outside_work_mentioned",
    "link_outside_whitelist",
    "second_hand",
    "addressed_to_reader",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold one claim with what each side says; empty sets mean good."""

    expected: str
    claim: str
    evidence: str
    engine: frozenset[str]
    judge: frozenset[str]

    @property
    def verdicts(self) -> str:
        """Return who calls it bad: both, engine, judge, nobody."""
        if self.engine and self.judge:
            return "both"
        return "engine" if self.engine else "judge" if self.judge else "nobody"


def outcomes(rounds: int, seed: int) -> Iterator[Outcome]:
    """Yield one good claim and one broken in each way, per round."""
    for number in range(rounds):
        rng = Random(f"{seed}/{number}")
        world = make_world(shelf(seed * 100 + number % 40, 4), 2, number)
        fact = rng.choice(world.papers[0].facts)
        yield _both("good", fact.paraphrase, fact.sentence, world.papers[0].allowed, world.case.question)
        for kind in BREAKS:
            change = rng.choice(MUTATORS[kind])(world, rng)
            if change is None or not change[0].startswith("sections"):
                continue
            section, claim = (int(part.split("]")[0]) for part in change[0].split("[")[1:3])
            broken = change[1].sections[section].claims[claim]
            paper = next((p for p in world.papers if p.paper_id == broken.citations[0].paper), world.papers[0])
            yield _both(kind, broken.text, broken.citations[0].quote, paper.allowed, world.case.question)


def _both(kind: str, claim: str, evidence: str, paper: AllowedPaper, question: str) -> Outcome:
    flags: tuple[Flag, ...] = ()
    if kind == "second_hand":  # the reader's marks, which the gates are handed
        flags = ("second_hand",)
    elif kind == "addressed_to_reader":
        flags = ("addresses_reader",)
    shown = Evidence("E1", "pdf", evidence, paper=paper.paper, version=paper.version, flags=flags)
    task = Task(read_question(question), (Point("Answer"),), (paper,), (shown,))
    failed = check(DraftClaim(claim, ("E1",)), {"E1": shown}, task)
    engine = frozenset(REASON_OF_GATE.get(failure.reason, failure.reason) for failure in failed)
    return Outcome(kind, claim, evidence, engine, frozenset(find_reasons(claim, (evidence,), (paper,), question)))


def table(found: list[Outcome]) -> str:
    """Return the counts per way of breaking, then one example of each disagreement."""
    counts: dict[str, Counter[str]] = {}
    for outcome in found:
        counts.setdefault(outcome.expected, Counter())[outcome.verdicts] += 1
    lines = [f"{'claim':26}{'both bad':>10}{'engine only':>13}{'judge only':>12}{'nobody':>8}"]
    for kind, c in counts.items():
        lines.append(f"{kind:26}{c['both']:10}{c['engine']:13}{c['judge']:12}{c['nobody']:8}")
    apart = [outcome for outcome in found if outcome.verdicts in ("engine", "judge")]
    lines.append(f"disagreements: {len(apart)} of {len(found)}")
    shown: set[tuple[str, str]] = set()
    for outcome in apart:
        if (outcome.expected, outcome.verdicts) not in shown:
            shown.add((outcome.expected, outcome.verdicts))
            said = sorted(outcome.engine | outcome.judge)
            lines.append(
                f"  {outcome.expected}: only {outcome.verdicts} says {said}: {outcome.claim} | {outcome.evidence}"
            )
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(table(list(outcomes(args.rounds, args.seed))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
