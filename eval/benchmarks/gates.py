"""Measure the gates on claims that people judged: what each spares, what it stops, how far the score can be trusted.

    python -m eval.benchmarks.gates --data ../shared/bench/attribution [--embed] [--fit] [--json FILE]

`--data` is a folder of AttributionBench files (claim, references, attribution_label) and WiCE files (claim, evidence,
supporting_sentences, label), told apart by their fields. Each reference is cut into sentences, every sentence becomes
one piece of evidence and the claim cites all of them; for WiCE these are the supporting sentences of the first gold
set (of all sets where the claim is not wholly supported, the whole page where there is none) and the page's own
metadata lines. Marks of the sets themselves are taken off first: `[3]`, `</s>`, a reference's number and address.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.answers import Draft, DraftClaim, Evidence, Task
from rag.gates import check, settle
from rag.gates.support import LEXICAL, MEANING, BuiltInSupport
from rag.language import read_question
from rag.papers import AllowedPaper, Point

FOLDS = 10
RIDGE = 1.0  # strength of the penalty on weights, features in units of their spread
BINS = 10
PAPER = "0000.00001"

_MARK = re.compile(r"\s*\[\d+\]|</s>")
_REFERENCE_HEAD = re.compile(r"^\[\d+\]\s+\S+\s+")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“(A-Z0-9])|\n+")


@dataclass(frozen=True)
class Case:
    """A claim, the sentences it cites, the question, and whether people found it supported."""

    source: str
    claim: str
    evidence: tuple[str, ...]
    question: str
    supported: bool


def load(folder: Path) -> list[Case]:
    """Return the cases of every JSONL file of a folder."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise SystemExit(f"no .jsonl file in {folder}")
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()]
    return [_wice(row) if "supporting_sentences" in row else _attribution(row) for row in rows]


def _attribution(row: dict[str, Any]) -> Case:
    texts = [_REFERENCE_HEAD.sub("", text) for text in row["references"]]
    supported = row["attribution_label"] == "attributable"
    return Case(row["src_dataset"], _plain(row["claim"]), _sentences(texts), row.get("question") or "", supported)


def _wice(row: dict[str, Any]) -> Case:
    lines, gold = row["evidence"], row["supporting_sentences"]
    supported = row["label"] == "supported"
    picked = set(gold[0]) if supported else {i for group in gold for i in group} or set(range(len(lines)))
    picked |= {i for i, line in enumerate(lines) if line.startswith("(meta data)")}
    return Case("WiCE", _plain(row["claim"]), tuple(lines[i] for i in sorted(picked)), "", supported)


def _plain(claim: str) -> str:
    return _MARK.sub("", claim).strip()


def _sentences(texts: Sequence[str]) -> tuple[str, ...]:
    pieces = (piece.strip() for text in texts for piece in _SENTENCE.split(text) if piece)
    return tuple(piece for piece in pieces if len(piece) > 2)


# --- the gates ---------------------------------------------------------------------------------------------------


def as_task(case: Case) -> Task:
    """Return the case as a task of one paper whose evidence are the case's sentences."""
    evidence = tuple(
        Evidence(f"E{number}", "pdf", text, PAPER, 1, number=number) for number, text in enumerate(case.evidence, 1)
    )
    return Task(read_question(case.question), (Point("Point"),), (AllowedPaper(PAPER),), evidence)


def judge(case: Case, support: BuiltInSupport) -> tuple[set[str], set[str], str]:
    """Return the hard and the soft gates that stop the claim, and what becomes of it without a repair."""
    task = as_task(case)
    claim = DraftClaim(" ".join(case.claim.split()), tuple(item.id for item in task.evidence))
    failures = check(claim, {item.id: item for item in task.evidence}, task, support, task.points[0])
    settled = settle(Draft(((claim,),)), task, support=support)
    outcome = settled.claims[0][0].form if settled.claims[0] else "dropped"
    return {f.reason for f in failures if f.hard}, {f.reason for f in failures if not f.hard}, outcome


def gate_table(cases: Sequence[Case], support: BuiltInSupport) -> dict[str, Any]:
    """Return, per gate, the share of supported claims it spares and of unsupported ones it stops."""
    stopped: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    outcomes: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for case in cases:
        hard, soft, outcome = judge(case, support)
        stopped[case.supported].update(hard | soft)
        stopped[case.supported].update(["any hard"] if hard else [])
        stopped[case.supported].update(["any soft"] if soft else [])
        outcomes[case.supported][outcome] += 1
    total = Counter(case.supported for case in cases)
    gates = sorted(stopped[True] | stopped[False])
    return {
        "gates": {
            name: {"spared": 1 - stopped[True][name] / total[True], "stopped": stopped[False][name] / total[False]}
            for name in gates
        },
        "outcomes": {
            label: {name: count / total[wanted] for name, count in outcomes[wanted].most_common()}
            for label, wanted in (("supported", True), ("unsupported", False))
        },
    }


# --- the support check ---------------------------------------------------------------------------------------------


def balanced_accuracy(truth: np.ndarray[Any, Any], passed: np.ndarray[Any, Any]) -> float:
    """Return the mean of the shares of supported claims that pass and unsupported ones that do not."""
    return float((passed[truth].mean() + (~passed[~truth]).mean()) / 2)


def interval(truth: np.ndarray[Any, Any], passed: np.ndarray[Any, Any], draws: int = 1000) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the balanced accuracy (seeded)."""
    chance = np.random.default_rng(0)
    picks = (chance.integers(0, len(truth), len(truth)) for _ in range(draws))
    values = [balanced_accuracy(truth[pick], passed[pick]) for pick in picks]
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def reliability(truth: np.ndarray[Any, Any], scores: np.ndarray[Any, Any]) -> Iterator[dict[str, float]]:
    """Yield, per tenth of the score, how many claims lie in it and how many of them are supported.

    Supported and unsupported claims are weighed alike, as in the fit: the share is what it would be half and half.
    """
    weight = np.where(truth, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))
    for low in np.arange(BINS) / BINS:
        inside = (scores >= low) & (scores < low + 1 / BINS if low + 1 / BINS < 1 else scores <= 1)
        if inside.any():
            share = float((weight * truth)[inside].sum() / weight[inside].sum())
            yield {"from": low, "n": int(inside.sum()), "score": float(scores[inside].mean()), "supported": share}


def fit(features: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return logistic-regression weights, the constant last: Newton's method, ridge, both labels weighed alike."""
    mean, spread = features.mean(0), features.std(0)
    spread[spread == 0] = 1
    rows = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    weight = np.where(truth, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))
    penalty = RIDGE * np.eye(rows.shape[1])
    penalty[-1, -1] = 0
    found = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weight * (truth - chance)) - penalty @ found
        curve = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + penalty
        found += np.linalg.solve(curve, slope)
    plain = found[:-1] / spread
    return np.append(plain, found[-1] - plain @ mean)


def cross_validated(features: np.ndarray[Any, Any], cases: Sequence[Case]) -> np.ndarray[Any, Any]:
    """Return each case's score from weights fitted without its question."""
    groups = sorted({case.question or case.claim for case in cases})
    order = np.random.default_rng(0).permutation(len(groups))
    fold = {groups[place]: i % FOLDS for i, place in enumerate(order)}
    folds = np.array([fold[case.question or case.claim] for case in cases])
    truth = np.array([case.supported for case in cases])
    scores = np.zeros(len(cases))
    for i in range(FOLDS):
        held = folds == i
        weights = fit(features[~held], truth[~held])
        scores[held] = 1 / (1 + np.exp(-(features[held] @ weights[:-1] + weights[-1])))
    return scores


def support_table(cases: Sequence[Case], scores: np.ndarray[Any, Any], threshold: float) -> dict[str, Any]:
    """Return balanced accuracy with its interval, over all and per source, and the reliability table."""
    truth, passed = np.array([case.supported for case in cases]), scores >= threshold
    sources = np.array([case.source for case in cases])
    return {
        "threshold": threshold,
        "balanced_accuracy": balanced_accuracy(truth, passed),
        "interval": interval(truth, passed),
        "supported_passed": float(passed[truth].mean()),
        "unsupported_passed": float(passed[~truth].mean()),
        "by_source": {
            str(name): balanced_accuracy(truth[sources == name], passed[sources == name])
            for name in sorted(set(sources))
            if 0 < truth[sources == name].mean() < 1
        },
        "reliability": list(reliability(truth, scores)),
    }


def _embedder() -> Callable[[list[str]], np.ndarray[Any, Any]]:
    from rag.searching import load_embedder as load_model

    embed = load_model().embed
    known: dict[str, np.ndarray[Any, Any]] = {}

    def cached(texts: list[str]) -> np.ndarray[Any, Any]:
        fresh = sorted({text for text in texts if text not in known}, key=len)
        known.update(zip(fresh, embed(fresh) if fresh else [], strict=True))
        return np.stack([known[text] for text in texts])

    return cached


def main() -> None:
    """Measure, and with `--fit` print the weights for `rag/gates/support.py`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--embed", action="store_true", help="use the embedding model too")
    parser.add_argument("--fit", action="store_true", help="fit the weights anew, by cross-validation, and print them")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    cases = load(options.data)
    support = BuiltInSupport(_embedder() if options.embed else None)
    if options.fit:
        features = np.array([support.features(case.claim, case.evidence) for case in cases])
        scores = cross_validated(features, cases)
        _print_weights(fit(features, np.array([case.supported for case in cases])), options.embed)
        report = {"support": support_table(cases, scores, support.threshold)}
    else:
        scores = np.array([support.score(case.claim, case.evidence) for case in cases])
        report = {"support": support_table(cases, scores, support.threshold), **gate_table(cases, support)}
    _print(report, cases)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def _print_weights(weights: np.ndarray[Any, Any], meaning: bool) -> None:
    names = [*LEXICAL, *(MEANING if meaning else ()), "constant"]
    print("\n".join(f"    {weight:.3f},  # {name}" for name, weight in zip(names, weights, strict=True)))


def _print(report: dict[str, Any], cases: Sequence[Case]) -> None:
    found = report["support"]
    supported = sum(case.supported for case in cases)
    low, high = found["interval"]
    print(f"{len(cases)} claims, {supported} supported")
    print(f"support check: balanced accuracy {found['balanced_accuracy']:.3f} [{low:.3f}, {high:.3f}]", end=" ")
    print(f"at {found['threshold']:.2f}; passes {found['supported_passed']:.3f} of the supported", end=" ")
    print(f"and {found['unsupported_passed']:.3f} of the unsupported")
    print("  by source: " + ", ".join(f"{name} {value:.3f}" for name, value in found["by_source"].items()))
    print("  score from     n   mean score   supported (labels weighed alike)")
    for row in found["reliability"]:
        print(f"  {row['from']:.1f} {row['n']:9d} {row['score']:11.2f} {row['supported']:11.2f}")
    if "gates" not in report:
        return
    print("gate                   spares supported   stops unsupported")
    for name, row in report["gates"].items():
        print(f"{name:22s} {row['spared']:16.4f} {row['stopped']:19.4f}")
    for label, row in report["outcomes"].items():
        print(f"{label} claims become: " + ", ".join(f"{name} {share:.3f}" for name, share in row.items()))


if __name__ == "__main__":
    main()
