"""Learn when to doubt that a paper states what is asked (`rag/doubt.toml`), and measure it on what was left out.

    python -m eval.benchmarks.train_doubt --data ../shared [--write]

A logistic regression over the signs of `rag.doubt`, on the graded questions, QASPER's and COVID-QA's: each set's
questions with an answer weigh as much as another's, those without one as much as all of these together, less a penalty
on the squares of weights. The table tells which share of the questions without an answer is refused or doubted where at
most `FALSE` of those with one are, the mean of the sets, with weights learnt from other papers and other sets; `auc`
is of the graded questions alone. `--write` keeps the weights learnt from all, with the threshold of other papers'.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.benchmarks.answers_qasper import papers, shelve
from eval.benchmarks.graded import all_graded
from eval.benchmarks.marked_sentences import MARKED
from eval.benchmarks.sets import area, read_lines
from eval.benchmarks.tables import keep
from eval.cases import UNANSWERABLE
from rag import Brief
from rag.doubt import WEIGHTS, may_doubt, signs_of
from rag.doubt import weights as known
from rag.engine import Engine
from rag.gaps import nowhere
from rag.searching import Embedder, RememberedEmbedder, load_embedder
from rag.settings import Settings

FALSE = 0.04  # of the questions with an answer, the mean of the sets: .05 of all questions together
PENALTY = 0.2  # on the squares of weights, of signs scaled to a deviation of 1; .05 to .2 give the same
FOLDS = 6
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a question: its set, its first paper, whether that answers, its signs, what becomes of it without doubt."""

    set: str
    paper: str
    answered: bool
    signs: dict[str, float]
    refused: bool  # or its name is on no page
    open: bool  # may be doubted


def questions(data: Path, cache: Path, model: Embedder) -> Iterator[Asked]:
    """Yield the questions of all sets that have an answer, or are known to have none."""
    engine = Engine(
        Settings(corpus=cache / "graded-answers", offline=True, pdf_dir=data / "papers" / "real"), embedder=model
    )
    for one in all_graded():
        engine.fetch_missing(Brief.of(one.question, one.papers).papers)
        yield asked(engine, "graded", one.kind != UNANSWERABLE, one.question, one.papers)
    for name in MARKED:
        store = cache / f"{name}-ranking"
        if not (store / "index").exists():
            shelve(list(papers(data / "bench", name)), model, store / "index")
        engine = Engine(Settings(corpus=store, offline=True), embedder=model)
        for row in read_lines(data / "bench" / name / "questions.jsonl"):
            lacks = all(answer == "UNANSWERABLE" for answer in row["answers"])
            if bool(row["evidence_paragraph_idx"]) != lacks:
                yield asked(engine, name, not lacks, row["question"], [row["paper_id"]])


def asked(engine: Engine, name: str, answered: bool, text: str, allowed: Sequence[str]) -> Asked:
    """Return a question as the engine prepares it."""
    prepared = engine.prepare(Brief.of(text, allowed))
    missing, unnamed = nowhere(prepared)
    refused = prepared.refusal is not None or bool(unnamed)
    return Asked(name, allowed[0], answered, signs_of(prepared, missing, unnamed), refused, may_doubt(prepared))


def learn(found: Sequence[Asked]) -> tuple[Values, float]:
    """Return the weights of the signs, in their order, and the bias."""
    table, lacks = signs(found), np.array([not one.answered for one in found])
    sets = np.array([one.set for one in found])
    worth = np.where(lacks, 1 / max(lacks.sum(), 1), 0.0)
    for name in set(sets[~lacks]):
        own = (sets == name) & ~lacks
        worth[own] = 1 / own.sum() / len(set(sets[~lacks]))
    middle, scale = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    scaled, turn = np.c_[(table - middle) / scale, np.ones(len(table))], np.where(lacks, 1.0, -1.0)

    def loss(given: Values) -> tuple[float, Values]:
        sure = turn * (scaled @ given)
        held = np.r_[given[:-1], 0.0]
        change = scaled.T @ (-worth * turn / (1 + np.exp(sure))) / worth.sum()
        return worth @ np.logaddexp(0, -sure) / worth.sum() + PENALTY * held @ held, change + 2 * PENALTY * held

    learnt = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B").x
    weights = learnt[:-1] / scale
    return weights, float(learnt[-1] - weights @ middle)


def signs(found: Sequence[Asked]) -> Values:
    """Return the signs of questions, a row each."""
    return np.array([list(one.signs.values()) for one in found])


def left_out(found: Sequence[Asked], groups: Sequence[str]) -> Values:
    """Return each question's log-odds by weights learnt without its group; what may not be doubted has the least."""
    of, odds = np.array(groups), np.zeros(len(found))
    for group in set(groups):
        weights, bias = learn([one for one, other in zip(found, groups, strict=True) if other != group])
        odds[of == group] = signs(found)[of == group] @ weights + bias
    return np.where([one.open for one in found], odds, -np.inf)


def best_point(found: Sequence[Asked], odds: Values) -> tuple[float, dict[str, float]]:
    """Return the lowest threshold with at most `FALSE` false marks, and the shares marked of every kind of question."""
    refused, answered = np.array([one.refused for one in found]), np.array([one.answered for one in found])
    sets, best = np.array([one.set for one in found]), (np.inf, dict[str, float]())
    for threshold in sorted(odds[np.isfinite(odds)], reverse=True):
        marked = refused | (odds >= threshold)
        false = {name: float(marked[(sets == name) & answered].mean()) for name in dict.fromkeys(sets)}
        if np.mean(list(false.values())) > FALSE:
            break
        best = float(threshold), {"without an answer": float(marked[~answered].mean()), **false}
    return best


def write(found: Sequence[Asked], threshold: float) -> None:
    """Keep the weights learnt from all questions."""
    weights, bias = learn(found)
    was = known()  # what a model's word is worth is measured elsewhere, by `doubt_with_model`
    lines = [f"{name} = {value:.3f}\n" for name, value in zip(found[0].signs, weights, strict=True)]
    head = "# What each sign of a question is worth, as log-odds that the papers do not state what it asks; learnt by\n"
    head += f"# `python -m eval.benchmarks.train_doubt`.\nbias = {bias:.3f}\nthreshold = {threshold:.3f}\n"
    head += f"model = {was.model}\nmodel_threshold = {was.model_threshold}\n\n[signs]\n"
    WEIGHTS.write_text(head + "".join(lines), encoding="utf-8")


def main() -> None:
    """Measure on what was left out, and keep the table; with --write also the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds bench/ and papers/")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    parser.add_argument("--write", action="store_true", help="keep the weights learnt from all sets")
    given = parser.parse_args()
    found = list(questions(given.data, given.cache, RememberedEmbedder(load_embedder())))
    fold = {name: str(place % FOLDS) for place, name in enumerate(sorted({one.paper for one in found}))}
    lines = []
    for title, groups in (("papers", [fold[one.paper] for one in found]), ("sets", [one.set for one in found])):
        odds = left_out(found, groups)
        threshold, shares = best_point(found, odds)
        if given.write and title == "papers":
            write(found, threshold)
        own = [(value, one.answered) for value, one in zip(odds, found, strict=True) if one.set == "graded"]
        auc = area([value for value, answered in own if not answered], [value for value, answered in own if answered])
        told = {name: round(value, 3) for name, value in shares.items()}
        lines.append({"weights from other": title, "auc": round(auc, 2), **told, "threshold": round(threshold, 2)})
    keep("train_doubt", lines, {"questions": len(found)})


if __name__ == "__main__":
    main()
