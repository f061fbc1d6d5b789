"""Measure how well a chat model's word that a sentence states the answer, and the signs of a question, tell apart.

    python -m eval.benchmarks.doubt_with_model --llm SPEC --data ../shared [--limit 40] [--json FILE]

All graded questions without an answer, and so many with one of every set, the same ones every time. A question is put
to the model as the small plan puts it: yes or no of each of the nearest sentences. A row tells how often questions
without an answer, and with one, are marked: by the model alone (`STATED`), by the signs alone, by both (`rag.doubt`);
`auc` is the area under the curve. What is refused before anything is asked is left out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.benchmarks.graded import all_graded
from eval.benchmarks.marked_sentences import MARKED
from eval.benchmarks.sets import area, read_lines
from eval.benchmarks.tables import markdown
from eval.cases import UNANSWERABLE
from rag import Brief
from rag.chat import Chat, open_chat
from rag.doubt import is_doubtful, log_odds, may_doubt, signs_of, weights
from rag.engine import Engine
from rag.gaps import nowhere
from rag.searching import RememberedEmbedder, load_embedder
from rag.settings import Settings
from rag.writers.pick import pick
from rag.writers.slots import slots
from rag.writers.small import STATED


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold a question: its set, whether its papers answer it, its signs, and the model's word of the best sentence."""

    set: str
    answered: bool
    signs: dict[str, float]
    stated: float

    @property
    def odds(self) -> float:
        """Return the log-odds, by its signs, that nothing answers."""
        learnt = weights()
        return learnt.bias + sum(learnt.signs[name] * value for name, value in self.signs.items())


Marks = Callable[[Judged], bool]
Score = Callable[[Judged], float]


def asked(data: Path, cache: Path, limit: int) -> Iterator[tuple[str, Engine, str, list[str], bool]]:
    """Yield set, engine, question, papers and whether they answer it."""
    model = RememberedEmbedder(load_embedder())
    settings = Settings(corpus=cache / "graded-answers", offline=True, pdf_dir=data / "papers" / "real")
    engine, questions = Engine(settings, embedder=model), all_graded()
    lacking = [q for q in questions if q.kind == UNANSWERABLE]
    held = [q for q in questions if q.kind != UNANSWERABLE]
    for q in [*lacking, *spread(held, limit)]:
        engine.fetch_missing(Brief.of(q.question, q.papers).papers)
        yield "graded", engine, q.question, list(q.papers), q.kind != UNANSWERABLE
    for name in MARKED:  # stored by `train_ranker`
        engine = Engine(Settings(corpus=cache / f"{name}-ranking", offline=True), embedder=model)
        rows = [r for r in read_lines(data / "bench" / name / "questions.jsonl") if r["evidence_paragraph_idx"]]
        for row in spread(rows, limit):
            yield name, engine, row["question"], [row["paper_id"]], True


def spread(of: Sequence[Any], limit: int) -> Sequence[Any]:
    """Return so many items, evenly from the first to the last."""
    return of[:: max(1, len(of) // max(limit, 1))][:limit]


def judged(chat: Chat, name: str, engine: Engine, question: str, papers: list[str], answered: bool) -> Judged | None:
    """Ask the model of a question's nearest sentences; None where doubt has no place, or nothing is asked."""
    prepared = engine.prepare(Brief.of(question, papers))
    if prepared.refusal or not may_doubt(prepared):
        return None
    small = list(slots(prepared.task))
    if len(small) != 1 or not small[0].keep:
        return None
    found = pick(chat, small[0].ask, small[0].shown, small[0].keep)
    return Judged(name, answered, signs_of(prepared, *nowhere(prepared)), found.stated)


def rows(found: list[Judged]) -> list[dict[str, object]]:
    """Return a row for each way to decide."""
    ways: dict[str, tuple[Marks, Score]] = {
        "the model alone": (lambda one: one.stated < STATED, lambda one: -one.stated),
        "the signs alone": (lambda one: is_doubtful(one.signs), lambda one: one.odds),
        "both": (
            lambda one: is_doubtful(one.signs, one.stated),
            lambda one: one.odds - weights().model * log_odds(one.stated),
        ),
    }
    table = []
    for way, (marks, score) in ways.items():
        row: dict[str, object] = {"by": way}
        for name in dict.fromkeys(one.set for one in found):
            own = [one for one in found if one.set == name and one.answered]
            row[f"false, {name}"] = round(sum(map(marks, own)) / max(len(own), 1), 2)
        lacking = [one for one in found if not one.answered]
        row["marked"] = round(sum(map(marks, lacking)) / max(len(lacking), 1), 2)
        row["auc"] = round(area([score(o) for o in lacking], [score(o) for o in found if o.answered]), 2)
        table.append(row)
    return table


def main() -> None:
    """Ask, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", required=True, metavar="SPEC", help="the chat model, PROVIDER:MODEL")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds bench/ and papers/")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    parser.add_argument("--limit", type=int, default=40, help="questions with an answer, of each set")
    parser.add_argument("--json", type=Path, help="write the table here")
    given = parser.parse_args()
    chat = open_chat(given.llm)
    told = (judged(chat, *one) for one in asked(given.data, given.cache, given.limit))
    found = [one for one in told if one is not None]
    table = rows(found)
    print(markdown(table))
    if given.json:
        given.json.write_text(json.dumps({"questions": len(found), "rows": table}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
