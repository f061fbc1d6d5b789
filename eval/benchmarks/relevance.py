"""Measure a chat model as judge of whether claims answer: on the labelled claims, and on questions left out.

    python -m eval.benchmarks.answers_graded --data ../shared --json leads.json
    python -m eval.benchmarks.relevance --judge openai:MODEL [--leads leads.json] [--verdicts FILE]

Labelled: `eval/relevance.toml`, thresholds always set on other papers. Left out: the first claims of our answers to the
graded questions, with the threshold that the labelled claims set; a claim counts as answering when it carries every
key fact. That is a proxy: a claim may answer in other words, or hold the key word and miss the point. Comparisons,
which two claims answer, and questions without an answer are left aside.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from eval.agreement import Calibration, Heard, Label, calibrate, labels, measured
from eval.benchmarks.graded import all_graded
from eval.benchmarks.tables import keep
from eval.cases import COMPARE
from eval.key_facts import carries
from eval.metrics import Share
from eval.relevance import ANSWERS, Asking
from rag.chat import open_chat
from rag.settings import cache_folder


def leads(file: Path) -> Iterator[Label]:
    """Yield the first claims of answers that `answers_graded --json` wrote, labelled by their key facts."""
    asked = {question.id: question for question in all_graded()}
    for row in json.loads(file.read_text("utf-8")):
        question = asked[row["id"]]
        if row["lead"] and question.facts and question.kind != COMPARE:
            yield Label(question.papers[0], question.question, row["lead"], carries(question.facts, row["lead"]))


def left_out(asking: Asking, table: Sequence[Label], threshold: float) -> tuple[Calibration, list[Heard]]:
    """Return how far a model agrees with labels that had no part in setting its threshold, and what it said."""
    asking.hear((label.question, label.claim) for label in table)
    scores = [(label, asking.score(label.question, label.claim)) for label in table]
    unscored = Counter(score.unscored for _, score in scores if score.value is None)
    heard = [Heard(label, score.value, score.value >= threshold) for label, score in scores if score.value is not None]
    return measured(asking.model.name, heard, unscored, threshold), heard


def row(name: str, told: Calibration) -> dict[str, object]:
    """Return the figures of one set. A false alarm is a claim that answers and is said not to."""
    right, wrong = told.right_passed, told.wrong_passed
    return {
        "claims": name,
        "answer": right.n,
        "do not": wrong.n,
        "unscored": sum(told.unscored.values()),
        "AUC": _with_interval(told.auc, told.auc_interval),
        "kappa": _with_interval(told.kappa, told.kappa_interval),
        "false alarms": _share(Share(right.n - right.hits, right.n)),
        "seen": _share(Share(wrong.n - wrong.hits, wrong.n)),
        "threshold": round(told.threshold, 4) if told.threshold is not None else "no data",
    }


def _share(share: Share) -> str:
    return _with_interval(share.value, share.interval)


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    return "no data" if value is None or interval is None else f"{value:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"


def main() -> None:
    """Ask the model of both sets, print the table, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", required=True, help="the chat model, PROVIDER:MODEL")
    parser.add_argument("--leads", type=Path, help="what answers_graded --json wrote")
    parser.add_argument("--verdicts", type=Path, help="write what it says of the claims left out here, to be read")
    given = parser.parse_args()
    asking = Asking(open_chat(given.judge, cache=cache_folder() / "judge"))
    told = calibrate(asking, labels())
    if told.threshold is None:
        raise SystemExit(f"{given.judge} was not heard: {dict(told.unscored)}")
    rows = [row("labelled, thresholds left out by paper", told)]
    if given.leads:
        measured_there, heard = left_out(asking, list(leads(given.leads)), told.threshold)
        rows.append(row("first claims on graded questions", measured_there))
        if given.verdicts:
            given.verdicts.write_text(json.dumps([asdict(one) for one in heard], indent=1, ensure_ascii=False) + "\n")
    keep("relevance", rows, {"judge": told.model, "prompt": hashlib.sha256(ANSWERS.ask.encode()).hexdigest()})


if __name__ == "__main__":
    main()
