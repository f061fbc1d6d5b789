"""Measure how well relevance tells a question put to its own paper from one put to papers that cannot answer it.

    python -m eval.benchmarks.refusal --data ../shared/bench

Only questions that are specific to their paper count (`refusal_questions.txt`, by id): "what baselines?" can be
answered by any paper. Near topic: another of QASPER's papers, all of them on language processing. Off topic: forty
of SciFact's abstracts.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.benchmarks.sets import Query, Vectors, area, embedded, library, qasper, scifact
from eval.benchmarks.tables import keep
from rag.language import read_question
from rag.papers import Paper, Passage
from rag.searching import Embedder, Index, load_embedder
from rag.searching.relevance import THRESHOLD, Relevance, relevance_of

ABSTRACTS = 40
GROUPS = 10  # groups of SciFact abstracts that each question is put to
SPECIFIC = Path(__file__).parent / "refusal_questions.txt"


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what relevance said of the same questions, put to their own papers and to others."""

    own: list[Relevance]
    near: list[Relevance]
    off: list[Relevance]


def abstracts(folder: Path) -> list[Paper]:
    """Return groups of SciFact abstracts as papers."""
    whole = scifact(folder, "train")[0].passages
    drawn = random.Random(0).sample(range(len(whole)), ABSTRACTS * GROUPS)  # noqa: S311 - a choice of data
    groups = [drawn[start : start + ABSTRACTS] for start in range(0, len(drawn), ABSTRACTS)]
    return [
        Paper(
            f"off{place}", 1, "", (), "", "bench", (), (), tuple(_renumbered(whole[i], n) for n, i in enumerate(group))
        )
        for place, group in enumerate(groups)
    ]


def _renumbered(passage: Passage, number: int) -> Passage:
    return Passage(number, number, number + 1, passage.text, passage.label)


def asked(
    index: Index, papers: Sequence[Paper], others: Sequence[Paper], questions: Sequence[Query], vectors: Vectors
) -> Told:
    """Put every question to its own paper, to each other one, and to each group of abstracts."""
    told = Told([], [], [])
    for row, question in enumerate(questions):
        vector = vectors[row : row + 1]
        asked = read_question(question.text)
        told.own.append(relevance_of(asked, index, [question.paper], vector))
        wrong = [paper.key for paper in papers if paper.key != question.paper]
        told.near.extend(relevance_of(asked, index, [key], vector) for key in wrong)
        told.off.extend(relevance_of(asked, index, [paper.key], vector) for paper in others)
    return told


def rows(name: str, told: Told) -> list[dict[str, object]]:
    """Return a line per sign: how well it separates, and at the threshold what it refuses."""
    table = []
    for sign in ("dense", "coverage", "score"):
        own, near, off = ([getattr(one, sign) for one in group] for group in (told.own, told.near, told.off))
        line: dict[str, object] = {"questions": name, "sign": sign}
        line |= {"AUC off topic": round(area(own, off), 3), "AUC near topic": round(area(own, near), 3)}
        if sign == "score":
            groups = (told.own, told.off, told.near)
            shares = [round(float(np.mean([not one.speaks for one in group])), 3) for group in groups]
            line |= dict(zip(("false refusals", "refused off topic", "refused near topic"), shares, strict=True))
        table.append(line)
    return table


def measured(model: Embedder, given: argparse.Namespace) -> list[dict[str, object]]:
    """Return the table."""
    papers, questions = qasper(given.data)
    others = abstracts(given.data)
    index = library([*papers, *others], model, given.cache, given.cache / "refusal")
    known = set(SPECIFIC.read_text().split())
    answered = [question for question in questions if question.relevant]
    specific = [question for question in answered if question.id in known]
    table = []
    for name, chosen in (("specific to a paper", specific), ("all", answered)):
        vectors = embedded([question.text for question in chosen], model, given.cache)
        table += rows(f"{name} ({len(chosen)})", asked(index, papers, others, chosen, vectors))
    return table


def main() -> None:
    """Measure and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds qasper/ and scifact/")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    keep(
        "refusal",
        measured(load_embedder(), parser.parse_args()),
        {"threshold": THRESHOLD, "abstracts a group": ABSTRACTS},
    )


if __name__ == "__main__":
    main()
