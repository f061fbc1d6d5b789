"""Count the questions whose evidence is among the sentences that a chat model picks: how many to show it, and to keep.

    python -m eval.benchmarks.picks --llm SPEC --data ../shared [--sets qasper,covidqa,graded] [--limit 20]

Each sentence costs the model one word; nothing is written. Beside it stands what the writer without a model cites.
Questions are those of `answers_llm`, with its cache of papers.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.benchmarks.answers_llm import SETS, questions_of, sampled, several, stored
from eval.benchmarks.replies import Asked, Source, holds_evidence, of_answer
from eval.benchmarks.tables import keep
from rag.answers import Evidence
from rag.briefs import Brief
from rag.chat import Chat, Choice, Reply, Request, open_chat
from rag.engine import Engine
from rag.searching import load_embedder
from rag.writers.pick import pick
from rag.writers.slots import Slot, slots

SHOWN, KEPT = (4, 6, 8), (1, 2, 3)
WITHOUT = "without a model"


@dataclass(frozen=True)
class Remembered(Chat):
    """Ask a chat model each yes or no once."""

    chat: Chat
    told: dict[str, Choice] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.chat.name

    def complete(self, request: Request) -> Reply:
        """Pass a request on."""
        return self.chat.complete(request)

    def choose(self, messages: Sequence[Mapping[str, str]], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return what the model chose when it was asked this first."""
        key = messages[-1]["content"]
        if key not in self.told:
            self.told[key] = self.chat.choose(messages, options)
        return self.told[key]


def of_question(question: Asked, engine: Engine, chat: Chat) -> dict[str, tuple[bool, int]]:
    """Return, by way of choosing, whether the evidence is among the sentences chosen, and how many they are."""
    prepared = engine.prepare(Brief.of(question.text, question.papers))
    cited = of_answer(engine.ask(question.text, question.papers)).cited
    found = {WITHOUT: (bool(holds_evidence(question, cited)), len(cited))}
    asked = [] if prepared.refusal else [slot for slot in slots(prepared.task) if slot.keep]
    for shown in SHOWN:
        for kept in KEPT:
            chosen = [source for slot in asked for source in picked(slot, chat, shown, kept)]
            found[f"{kept} of {shown}"] = (bool(holds_evidence(question, chosen)), len(chosen))
    return found


def picked(slot: Slot, chat: Chat, shown: int, kept: int) -> list[Source]:
    """Return what the model picks of the first sentences of a small question."""
    return [source(item) for item in pick(chat, slot.ask, slot.shown[:shown], kept).sentences]


def source(item: Evidence) -> Source:
    """Return a sentence as what an answer cites."""
    return Source(item.text, item.paper or "", frozenset(span.page for span in item.spans))


def main() -> None:
    """Ask, and keep the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", required=True, metavar="SPEC", help="the chat model, PROVIDER:MODEL")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds bench/ and papers/real/")
    parser.add_argument("--sets", type=several(SETS), default=SETS, help=f"some of {','.join(SETS)}")
    parser.add_argument("--limit", type=int, default=20, help="questions of each set")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    given = parser.parse_args()
    chat, model = Remembered(open_chat(given.llm)), load_embedder()
    told: list[tuple[str, dict[str, tuple[bool, int]]]] = []
    for name in given.sets:
        questions = [one for one in sampled(questions_of(name, given.data), given.limit) if one.answerable]
        engine = stored(name, questions, given, model)
        told += [(name, of_question(question, engine, chat)) for question in questions]
    rows = []
    for way in told[0][1]:
        shares = {name: [found[way] for set_, found in told if set_ == name] for name in given.sets}
        everything = [found[way] for _, found in told]
        row: dict[str, object] = {"chosen": way}
        row |= {name: f"{sum(good for good, _ in found) / len(found):.2f}" for name, found in shares.items()}
        row["all"] = f"{sum(good for good, _ in everything) / len(everything):.2f}"
        row["sentences"] = f"{sum(count for _, count in everything) / len(everything):.1f}"
        rows.append(row)
    keep("picks", rows, {"llm": given.llm, "questions": len(told)})


if __name__ == "__main__":
    main()
