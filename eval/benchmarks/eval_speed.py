"""Measure how many claims a second the judge gets through on one core, once page text is loaded.

    python -m eval.benchmarks.eval_speed [--claims 20000] [--pdf]
    python -m eval.benchmarks.eval_speed --words 300000

Every claim is another one: no answer is judged twice, so that caches help only as they do in real runs. `--pdf` also
checks the raw PDFs. Prints claims a second, and exits 1 below the floor of 2,000 (stored pages).

`--words` reads and judges answers of so many words in Markdown in many shapes: paragraphs, one paragraph, one sentence
without a stop, another script, quotes, block quotes, rows, nested lists, brackets, as many marks. Time has to grow with
length alone. Prints seconds of one core, and exits 1 past a minute.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from eval.benchmarks.mutants import make_worlds
from eval.compliant import World, make_case, make_world
from eval.exhibits import Exhibit, from_answer
from eval.invented import Invented, shelf
from eval.judge import judge
from eval.library import Library
from eval.read_markdown import read_markdown
from rag.answers import Answer, Claim

FLOOR = 2000  # claims a second: with less, people sample
LONGEST_S = 60.0  # seconds for a book of an answer


def varied(world: World, number: int) -> Answer:
    """Return another good answer of the same world, its own-words claims worded differently each time."""
    rng = random.Random(number)  # noqa: S311 - seeded on purpose
    answer = make_world(world.papers, world.allowed, number).answer
    opening = ("As the paper puts it, ", "In short: ", "Here, ", "It is stated that ")
    return replace(
        answer,
        in_short=(),
        sections=tuple(
            replace(s, claims=tuple(_reworded(c, rng.choice(opening), number) for c in s.claims))
            for s in answer.sections
        ),
    )


def _reworded(claim: Claim, opening: str, number: int) -> Claim:
    if claim.form == "verbatim":
        return claim
    return replace(claim, text=f"{opening}{claim.text.rstrip('.')}{' indeed' * (number % 3)}.")


def long_answers(paper: Invented, words: int) -> Iterator[tuple[str, str]]:
    """Yield long answers in Markdown, each under the name of its form."""
    claim, said = f"{paper.facts[0].paraphrase} [1]", paper.facts[1].sentence
    bare = claim.replace(".", "")
    for name, part, joint in (
        ("paragraphs", claim, "\n\n"),
        ("one paragraph", claim, " "),
        ("one sentence", bare, " and "),
        ("without marks", paper.facts[0].paraphrase.replace(".", ""), " and "),
        ("Russian", "Модель использует девять ламп [1].", " "),
        ("quotes", f"“{said}” [1]", " "),
        ("open quotes", "“the lamp", " "),
        ("straight quotes", 'it says "the lamp is lit" and', " "),
        ("block quote", f"> {claim}", "\n"),
        ("nested quote", "> " * 90 + claim, "\n"),
        ("rows", f"| {claim} | 5 [1] |", "\n"),
        ("bullets", f"- {claim}", "\n"),
        ("authors, years", "(Swift et al., 2020)", " "),
        ("keys of BibTeX", "\\cite{swift2020lamps}", " "),
        ("lists of names", "Swift, Gray,", " "),
        ("dashes", "-----", ""),
    ):
        yield name, joint.join([part] * (words // len(part.split())))
    yield "one quote", f"“{' '.join([said] * (words // len(said.split())))}” [1]"
    yield "list in list", "\n".join("  " * (n % 40) + f"- {claim}" for n in range(words // len(claim.split())))
    yield "brackets", "[ " * (words // 2) + "1" + " ]" * (words // 2)
    yield "marks, entries", _cited(paper, words // 6)


def _cited(paper: Invented, marks: int) -> str:
    """Return an answer of as many sentences, marks and entries."""
    told = " ".join(f"Lamp {number} burns here [{number}]." for number in range(marks))
    return told + "\n\n## References\n\n" + "\n".join(f"[{number}] arXiv:{paper.paper_id}" for number in range(marks))


def time_words(words: int) -> int:
    """Print the seconds that each long answer takes; return 1 when one takes too long."""
    papers = shelf(7, 2, first=91201)
    case, library = make_case(papers), Library(papers=[paper.paper for paper in papers])
    slow = 0
    for name, body in long_answers(papers[0], words):
        start = time.process_time()
        exhibit = read_markdown(f"{body}\n\n[1] arXiv:{papers[0].paper_id}\n", case, library)
        judged = judge(case, exhibit, library)
        seconds = time.process_time() - start
        slow += seconds > LONGEST_S
        print(f"{name:16}{len(body.split()):8} words {seconds:7.1f} s {len(judged.violations):6} violations")
    return int(slow > 0)


def main() -> int:
    """Print the rate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20000)
    parser.add_argument("--pdf", action="store_true")
    parser.add_argument("--words", type=int, default=0, help="time answers of so many words in Markdown instead")
    args = parser.parse_args()
    if args.words:
        return time_words(args.words)
    with tempfile.TemporaryDirectory() as folder:
        worlds = make_worlds(12, 500, Path(folder) if args.pdf else None)
        cases: list[tuple[World, Library, Exhibit]] = []
        total = 0
        while total < args.claims:
            world, library = worlds[len(cases) % len(worlds)]
            cases.append((world, library, from_answer(varied(world, len(cases)))))
            total += len(cases[-1][2].statements)
        for world, library in worlds:  # loads the page text
            judge(world.case, from_answer(world.answer), library)
        start = time.process_time()
        bad = sum(len(judge(world.case, exhibit, library).violations) for world, library, exhibit in cases)
        seconds = time.process_time() - start
    rate = total / seconds
    print(
        f"{total} claims of {len(cases)} answers in {seconds:.2f} s of one core: {rate:.0f} claims/s, {bad} violations"
    )
    return int(rate < FLOOR and not args.pdf)


if __name__ == "__main__":
    sys.exit(main())
