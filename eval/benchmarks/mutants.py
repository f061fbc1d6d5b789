"""Break good answers in one way per violation kind, hundreds each, and print which the judge catches with their kind.

    python -m eval.benchmarks.mutants [--per-kind 300] [--worlds 24] [--seed 1] [--read]

`--read` writes the invented papers as PDFs, reads them with the engine's reader and judges at both levels (stored pages
and raw PDF); without it the papers are stored pages alone. Same arguments, same table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from eval.compliant import World, make_world
from eval.exhibits import from_answer
from eval.invented import Invented, shelf
from eval.judge import JudgedCase, judge
from eval.library import Library
from eval.mutants import Mutant, mutants

PAPERS, ALLOWED = 5, 3


@dataclass
class Outcome:
    """Hold the counts of one run."""

    made: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[Mutant, JudgedCase]] = field(default_factory=list)
    unbroken: int = 0
    clean: int = 0
    claims: int = 0


def caught(mutant: Mutant, judged: JudgedCase) -> bool:
    """Tell whether the broken place bears the expected kind as its `kind`, not merely beside another."""
    return any(v.kind == mutant.kind and v.place == mutant.place for v in judged.violations)


def alone(mutant: Mutant, judged: JudgedCase) -> bool:
    """Tell whether nothing else in the answer was called wrong."""
    claim = mutant.place.split(".citations")[0]
    return all(v.place.startswith(claim) for v in judged.violations)


def run(worlds: list[tuple[World, Library]], per_kind: int, seed: int) -> Outcome:
    """Judge the unbroken answers, then the mutants."""
    outcome = Outcome()
    libraries = {world.case.brief: library for world, library in worlds}
    for world, library in worlds:
        judged = judge(world.case, from_answer(world.answer), library)
        outcome.unbroken += 1
        outcome.claims += len(judged.claims)
        outcome.clean += not judged.violations and all(c.verdict == "good" and c.supported for c in judged.claims)
    for mutant in mutants([world for world, _ in worlds], per_kind, seed):
        judged = judge(mutant.case, from_answer(mutant.answer), libraries[mutant.case.brief])
        outcome.made[mutant.kind] += 1
        outcome.caught[mutant.kind] += caught(mutant, judged)
        outcome.alone[mutant.kind] += alone(mutant, judged)
        if not caught(mutant, judged):
            outcome.missed.append((mutant, judged))
    return outcome


def make_worlds(count: int, seed: int, folder: Path | None) -> list[tuple[World, Library]]:
    """Return worlds of invented papers, as stored pages, or read from PDFs written to a folder."""
    worlds = []
    for number in range(count):
        papers = shelf(seed + number, PAPERS, first=91001 + 10 * number)
        if folder is not None:
            papers = tuple(_read(paper, folder) for paper in papers)
        world = make_world(papers, ALLOWED, seed + number)
        worlds.append((world, Library(papers=[p.paper for p in papers], pdf_dirs=[folder] if folder else [])))
    return worlds


def _read(paper: Invented, folder: Path) -> Invented:
    from rag.reading import read_paper

    path = folder / f"{paper.paper_id}v{paper.version}.pdf"
    path.write_bytes(paper.pdf)
    paper.__dict__["paper"] = read_paper(
        path, paper.paper_id, paper.version
    )  # in place of the pages it would make itself
    return paper


def table(outcome: Outcome) -> str:
    """Return the counts as a table."""
    lines = [f"{'kind':28}{'mutants':>9}{'caught':>9}{'nothing else':>14}"]
    for kind, made in outcome.made.items():
        lines.append(f"{kind:28}{made:9}{outcome.caught[kind]:9}{outcome.alone[kind]:14}")
    total, found = outcome.made.total(), outcome.caught.total()
    lines.append(f"{'all':28}{total:9}{found:9}{outcome.alone.total():14}")
    lines.append(f"unbroken answers: {outcome.clean} of {outcome.unbroken} clean ({outcome.claims} claims)")
    return "\n".join(lines)


def main() -> int:
    """Print the table; exit 1 when a mutant got through or a good answer was called wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-kind", type=int, default=300)
    parser.add_argument("--worlds", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--read", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        worlds = make_worlds(args.worlds, args.seed, Path(folder) if args.read else None)
        outcome = run(worlds, args.per_kind, args.seed)
    print(table(outcome))
    for mutant, judged in outcome.missed[:10]:
        print(f"missed {mutant.kind} ({mutant.variant}) at {mutant.place}: found {[v.kind for v in judged.violations]}")
    return int(bool(outcome.missed) or outcome.clean < outcome.unbroken)


if __name__ == "__main__":
    sys.exit(main())
