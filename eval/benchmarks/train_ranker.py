"""Learn what each sign of a sentence is worth (`rag/writers/ranking.toml`), and measure it on what was left out.

    python -m eval.benchmarks.train_ranker --data ../shared [--write]

A sentence's score is the weighted sum of its signs. The weights maximise the probability that a softmax over all
sentences of a paper gives to the marked ones, whichever of them it prefers, each set of questions counting by the root
of its size, less a penalty on the squares of weights. The table tells how often an answering sentence comes first,
among the first five, and among the 48 that a writer is shown at most, with weights learnt from other papers and other
sets. `--write` keeps the weights learnt from all sets; signs that are worth next to nothing are left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.benchmarks.marked_sentences import MARKED, Example, files, graded, marked
from eval.benchmarks.tables import keep
from rag.searching import RememberedEmbedder, load_embedder
from rag.writers.ranking import WEIGHTS

Weights = dict[str, float]
Scores = NDArray[np.float64]

BESIDE = 0.1  # of a marked sentence's worth: one that stands beside it in the paragraph, on the page
PENALTY = 0.01  # on the squares of weights, of signs scaled to a deviation of 1; .005 to .03 give the same
LEAST = 0.1  # of a weight times its sign's deviation; .05 to .12 rank alike, and without a floor worse
FOLDS = 5
RANKS = (1, 5, 48)


def learnt_from(examples: Sequence[Example]) -> Weights:
    """Return weights of the signs that count: all are weighed once, those that change little are left out."""
    names = sorted({name for e in examples for name in e.signs})
    first = learn(examples, names)
    return learn(examples, [name for name in names if abs(first[name]) * deviation(examples, name) >= LEAST])


def learn(examples: Sequence[Example], names: Sequence[str]) -> Weights:
    """Return the weights of these signs that make the marked sentences most probable."""
    table = np.concatenate([np.stack([e.sign(name) for name in names], axis=1) for e in examples]).astype(np.float64)
    scale = np.maximum(table.std(axis=0), 1e-6)
    table /= scale
    starts = np.cumsum([0, *(len(e.grades) for e in examples)])[:-1]
    sizes = np.array([len(e.grades) for e in examples])
    worth = np.concatenate([_worth(e) for e in examples])
    count = Counter(e.set for e in examples)
    each = np.array([count[e.set] ** -0.5 for e in examples])
    each /= each.sum()

    def loss(given: Scores) -> tuple[float, Scores]:
        score = table @ given
        power = np.exp(score - np.repeat(np.maximum.reduceat(score, starts), sizes))
        whole, right = np.add.reduceat(power, starts), np.add.reduceat(worth * power, starts)
        change = power / np.repeat(whole, sizes) - worth * power / np.repeat(right, sizes)
        value = each @ (np.log(whole) - np.log(right)) + PENALTY * given @ given
        return value, table.T @ (np.repeat(each, sizes) * change) + 2 * PENALTY * given

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return {name: float(value) for name, value in zip(names, found.x / scale, strict=True)}


def _worth(example: Example) -> Scores:
    """Return what each sentence counts for: the best marked ones whole, those beside them little."""
    best = example.grades.max()
    worth: Scores = np.where(example.grades == best, 1.0, np.where(example.grades > 0, BESIDE, 0.0))
    return worth


def deviation(examples: Sequence[Example], name: str) -> float:
    """Return how much a sign varies."""
    return float(np.concatenate([e.sign(name) for e in examples]).std())


def ranks(example: Example, learnt: Weights) -> int:
    """Return the place, from 1, of the first sentence that answers."""
    score = sum(weight * example.sign(name) for name, weight in learnt.items())
    order = np.argsort(-np.asarray(score), kind="stable")
    return int(np.argmax(example.grades[order] == example.grades.max())) + 1


def left_out(examples: Sequence[Example], group: Callable[[Example], object]) -> list[tuple[Example, int]]:
    """Return each example's rank by weights that were learnt without its group."""
    found = []
    for held in sorted({str(group(e)) for e in examples}):
        learnt = learnt_from([e for e in examples if str(group(e)) != held])
        found += [(e, ranks(e, learnt)) for e in examples if str(group(e)) == held]
    return found


def rows(title: str, found: Sequence[tuple[Example, int]]) -> list[dict[str, object]]:
    """Return a row per set: how often an answering sentence is among the first so many."""
    lines = []
    for name in dict.fromkeys(e.set for e, _ in found):
        own = [rank for e, rank in found if e.set == name]
        line: dict[str, object] = {"weights from": title, "set": name, "examples": len(own)}
        lines.append(line | {f"@{k}": round(float(np.mean([rank <= k for rank in own])), 3) for k in RANKS})
    return lines


def write(learnt: Weights, examples: Sequence[Example]) -> None:
    """Keep the weights, those that change most first."""
    order = sorted(learnt, key=lambda name: -abs(learnt[name]) * deviation(examples, name))
    head = "# What each sign of a sentence is worth, as log-odds; learnt by `python -m eval.benchmarks.train_ranker`.\n"
    lines = [f"{name} = {learnt[name]:.3f}\n" for name in order]
    WEIGHTS.write_text(f"{head}[weights]\n{''.join(lines)}", encoding="utf-8")


def main() -> None:
    """Measure the ranking on what was left out, and keep the table; with --write also the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds bench/ and papers/")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    parser.add_argument("--write", action="store_true", help="keep the weights learnt from all sets")
    given = parser.parse_args()
    model = RememberedEmbedder(load_embedder())
    examples = [e for name in MARKED for e in marked(given.data, name, given.cache / f"{name}-ranking", model)]
    for file in files():
        examples += graded(given.data, file, given.cache / "real-ranking", model)
    paper = {name: place % FOLDS for place, name in enumerate(sorted({e.paper for e in examples}))}
    learnt = learnt_from(examples)
    if given.write:
        write(learnt, examples)
    lines = rows("all", [(e, ranks(e, learnt)) for e in examples])
    lines += rows("other papers", left_out(examples, lambda e: paper[e.paper]))
    lines += rows("other sets", left_out(examples, lambda e: e.set))
    keep("train_ranker", lines, {"signs": len(learnt), "examples": len(examples)})


if __name__ == "__main__":
    main()
