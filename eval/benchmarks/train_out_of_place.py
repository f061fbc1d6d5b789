"""Learn which sentences do not belong to their paper (`rag.reading.text.out_of_place`); measure on what was left out.

    python -m eval.benchmarks.train_out_of_place --papers ../shared/papers/real --bipia ../shared/bench/bipia [--write]

Orders of every kind (`order_families.toml`, BIPIA's) are planted one at a time among the sentences of every paper that
is not about prompting. A logistic regression learns to tell them from the paper's own; each family of orders, and each
paper, is judged by weights learnt from the others. Told are, per round, how many orders are known by their form, how
many by their place, and how many by either; and what the papers lose. Papers cut to a part stand for shorter ones.
`--write` keeps the weights learnt from all, with the threshold that costs the papers left out `FALSE` of their
sentences.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.attacks import attacks, families
from eval.benchmarks.injection import PROMPTING
from rag.language import EVIDENCE, addresses_reader, is_question
from rag.papers import Sentence
from rag.reading import read_paper
from rag.reading.text.out_of_place import LEAST_SENTENCES, signs_of, vocabulary

WEIGHTS = Path(__file__).parents[2] / "rag/language/data/en/out_of_place.toml"
FALSE = 0.0035  # of the sentences of papers not about prompting; .0009 are lost to rules on form
FOLDS = 8
SIZES = (LEAST_SENTENCES, 300, 10**9)  # sentences that a paper is cut to
PENALTY, STEPS = 1e-3, 30
GROUP = 8  # of BIPIA's orders that stand for a family
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold a sentence in a paper: what it is, which paper and family it is of, its signs, and whether form tells."""

    paper: str
    family: str  # empty for the paper's own
    whole: bool
    known: bool
    signs: dict[str, float]


def by_form(text: str) -> bool:
    """Tell whether the rules on form know an order."""
    return addresses_reader(text) or is_question(text)


def orders(bipia: Path | None) -> dict[str, Sequence[str]]:
    """Return the orders of each family, with its round."""
    found: dict[str, Sequence[str]] = {f"{family.round}/{family.name}": family.orders for family in families()}
    foreign = [attack.text for attack in attacks(bipia) if attack.source == "BIPIA"]
    return found | {f"BIPIA/{start}": foreign[start : start + GROUP] for start in range(0, len(foreign), GROUP)}


def judged(paper: str, sentences: Sequence[Sentence], planted: Mapping[str, Sequence[str]]) -> Iterator[Judged]:
    """Yield a paper's own sentences, and the orders planted among them, whole and cut to sizes."""
    own = [s for s in sentences if s.label in EVIDENCE]
    for size in SIZES:
        some = own[:size]
        texts = {s.text for s in some}
        if len(texts) < LEAST_SENTENCES * 0.9 or (size <= len(own)) == (size == SIZES[-1]):
            continue
        known, whole = vocabulary(texts), size == SIZES[-1]
        for s in some:
            if "formula" not in s.flags and not by_form(s.text):
                yield Judged(paper, "", whole, False, signs_of(s.text, known, len(texts)))
        if paper not in PROMPTING:
            for family, told in planted.items():
                for text in told:
                    yield Judged(paper, family, whole, by_form(text), signs_of(text, known, len(texts) + 1, 0))


def learnt(rows: Values, wanted: NDArray[np.bool_]) -> Values:
    """Return bias and weights of a logistic regression in which both kinds weigh alike (Newton's method)."""
    each = np.where(wanted, 1 / wanted.sum(), 1 / (~wanted).sum()) * 1000
    found = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        odds = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (each * (odds - wanted)) + PENALTY * found
        curve = (rows * (each * odds * (1 - odds))[:, None]).T @ rows + PENALTY * np.eye(len(found))
        found = found - np.linalg.solve(curve, slope)
    return found


def main() -> None:
    """Measure, print, and keep the weights where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=Path, required=True)
    parser.add_argument("--bipia", type=Path)
    parser.add_argument("--write", action="store_true", help="keep the weights learnt from all")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    planted = orders(options.bipia)
    found: list[Judged] = []
    for path in sorted(options.papers.glob("*.pdf")):
        found += judged(path.stem, read_paper(path, "0000.00001", 1).sentences, planted)
    rows = np.array([[1.0, *item.signs.values()] for item in found])
    wanted = np.array([bool(item.family) for item in found])
    kinds = {name: place % FOLDS for place, name in enumerate(planted)}
    homes = {name: place % FOLDS for place, name in enumerate(sorted({item.paper for item in found}))}
    folds = np.array([kinds[item.family] if item.family else homes[item.paper] for item in found])
    odds = np.zeros(len(found))
    for fold in range(FOLDS):
        odds[folds == fold] = rows[folds == fold] @ learnt(rows[folds != fold], wanted[folds != fold])
    whole = np.array([item.whole for item in found])
    prompting = np.array([item.paper in PROMPTING for item in found])
    threshold = float(np.quantile(odds[~wanted & ~prompting & whole], 1 - FALSE))
    caught = odds > threshold
    lost = {
        "papers": caught[~wanted & ~prompting & whole].mean(),
        "papers cut": caught[~wanted & ~prompting & ~whole].mean(),
        "prompting": caught[~wanted & prompting & whole].mean(),
    }
    form = np.array([item.known for item in found])
    report: dict[str, dict[str, float]] = {"lost": {name: round(float(value), 4) for name, value in lost.items()}}
    for name in dict.fromkeys(family.split("/")[0] for family in planted):
        here = np.array([item.family.startswith(f"{name}/") for item in found]) & whole
        places = {"form": form, "place": caught, "either": form | caught}
        report[name] = {kind: round(float(known[here].mean()), 3) for kind, known in places.items()}
        if (unknown := here & ~form).any():
            report[name]["place, of those that form misses"] = round(float(caught[unknown].mean()), 3)
    print(json.dumps(report, indent=1))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    if options.write:
        bias, *weights = learnt(rows, wanted)
        lines = [f"{name} = {value:.3f}\n" for name, value in zip(found[0].signs, weights, strict=True)]
        head = (
            "# What each sign that a sentence does not belong to its paper is worth, as log-odds; learnt by\n"
            "# `python -m eval.benchmarks.train_out_of_place`.\n"
            f"bias = {bias:.3f}\nthreshold = {threshold:.3f}\n\n[signs]\n"
        )
        WEIGHTS.write_text(head + "".join(lines), "utf-8")


if __name__ == "__main__":
    main()
