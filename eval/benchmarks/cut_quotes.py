"""Quote parts of real sentences, and count how many of them the judge calls cut so that their meaning turns.

    python -m eval.benchmarks.cut_quotes --data ../shared/papers/real [--show 20]

Every body sentence is cut at its commas and brackets and once at a word drawn by chance: the part before and the part
after are quoted. Few of them turn the meaning, so that most alarms are false ones. Sentences that hold an exception or
a denial (found by their words, cut right behind them) show how many of those that do turn it are seen.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eval.bench import Bench
from eval.cases import Case
from eval.checks_quote import check_citation
from eval.exhibits import Cite
from eval.library import Library
from rag.papers import AllowedPaper
from rag.reading import read_paper

SEED = 5
LEAST = 6  # words of a part
_TURNING = re.compile(
    r"^(?:unless|except|with the exception of|apart from|only (?:if|when))\b[^,]*,\s|\bfail(?:s|ed)? to\s|"
    r"\bnot (?:true|clear|the case|guaranteed|mean|imply) that\s",
    re.IGNORECASE,
)
_TURNED_BEHIND = re.compile(r",?\s(?:except|unless|with the exception of|only if|only when)\b", re.IGNORECASE)


def parts(text: str, rng: random.Random) -> Iterator[str]:
    """Yield what a sentence gives when it is cut in two, at its commas and at a word."""
    places = [match.end() for match in re.finditer(r"[,;)]\s", text)]
    blanks = [match.end() for match in re.finditer(r"\s", text)]
    for at in [*places, *(rng.sample(blanks, 1) if blanks else [])]:
        yield from (part for part in (text[:at].strip(" ,;"), text[at:]) if len(part.split()) >= LEAST)


def turned(text: str) -> Iterator[str]:
    """Yield the parts of a sentence that say without the rest what it does not say."""
    if (found := _TURNING.search(text)) and len(text[found.end() :].split()) >= LEAST:
        yield text[found.end() :]
    if (found := _TURNED_BEHIND.search(text)) and len(text[: found.start()].split()) >= LEAST:
        yield text[: found.start()]


def main() -> int:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--per-paper", type=int, default=150)
    parser.add_argument("--show", type=int, default=0, help="print so many alarms and misses")
    args = parser.parse_args()
    counts: Counter[str] = Counter()
    rng = random.Random(SEED)  # noqa: S311 - a sample
    for pdf in sorted(args.data.glob("*.pdf")):
        paper = read_paper(pdf, pdf.stem, None)
        bench = Bench(Case("cut", "", (AllowedPaper(paper.paper, None),)), Library(papers=[paper]))
        whole = [sentence.text for sentence in paper.sentences if sentence.label in ("abstract", "body")]
        honest = [
            (part, False) for text in rng.sample(whole, min(args.per_paper, len(whole))) for part in parts(text, rng)
        ]
        for quote, wrong in [*honest, *((part, True) for text in whole for part in turned(text))]:
            finding = check_citation(Cite("", "pdf", paper.paper, paper.version, quote), bench)
            kinds = {kind for kind, _ in finding.faults}
            group = "turned" if wrong else "cut"
            counts.update([group, f"{group}: {min(kinds, default='fine')}"])
            if (("quote_truncated" in kinds) != wrong) and args.show > 0:
                args.show -= 1
                print(f"{group} {finding.faults}: {quote!r}", file=sys.stderr)
    for name, count in sorted(counts.items()):
        print(f"{name:34}{count:6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
