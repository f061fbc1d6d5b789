"""Keep what was asked in the browser and what came of it: a folder per question, `asked/000001/`, under the corpus.

`asked.json` is written before a question waits, `answer.json` or `ended.json` when it ends: what has neither when the
server starts was cut off, and is asked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag import Answer, Brief, files, load_answer
from rag.errors import RagError


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold one question of the history; `ended` says why there is no answer, where it ended without one."""

    number: int
    question: str
    papers: tuple[str, ...]
    brief: str = ""  # the whole text, where a brief was handed over
    answered: bool = False
    ended: str = ""

    @property
    def open(self) -> bool:
        """Tell whether it still waits for its answer."""
        return not self.answered and not self.ended

    def as_brief(self) -> Brief:
        """Return what is asked and allowed."""
        return Brief.parse(self.brief) if self.brief else Brief.of(self.question, self.papers)


@dataclass(frozen=True, slots=True)
class History:
    """Read and write the folder of what was asked."""

    folder: Path

    def add(self, brief: Brief) -> Asked:
        """Keep a question under the next number."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = max((int(path.name) for path in self.folder.glob("[0-9]*")), default=0) + 1
        place = self.folder / f"{number:06}"
        place.mkdir()
        asked = Asked(number, brief.question, tuple(paper.key for paper in brief.papers), brief.text)
        told = {"question": asked.question, "papers": asked.papers, "brief": asked.brief}
        files.replace(place / "asked.json", json.dumps(told, ensure_ascii=False).encode())
        return asked

    def get(self, number: int) -> Asked | None:
        """Return a question, or None where there is none, or its file is torn."""
        place = self.folder / f"{number:06}"
        try:
            told = json.loads((place / "asked.json").read_bytes())
            asked = Asked(number, str(told["question"]), tuple(map(str, told["papers"])), str(told["brief"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        try:
            why = str(json.loads((place / "ended.json").read_bytes()))
        except (OSError, ValueError):
            why = ""
        return replace(asked, answered=(place / "answer.json").is_file(), ended=why)

    def all(self, words: str = "") -> Iterator[Asked]:
        """Yield questions, the latest first; those alone whose question or papers hold all the words."""
        wanted: Sequence[str] = words.casefold().split()
        for path in sorted(self.folder.glob("[0-9]*"), reverse=True):
            asked = self.get(int(path.name))
            if asked and all(word in f"{asked.question} {' '.join(asked.papers)}".casefold() for word in wanted):
                yield asked

    def answer(self, number: int) -> Answer:
        """Return a stored answer; raise `RagError` where there is none."""
        try:
            return load_answer((self.folder / f"{number:06}" / "answer.json").read_bytes())
        except OSError:
            raise RagError(f"question {number} has no answer yet") from None

    def finish(self, number: int, answer: Answer | None, why: str = "") -> None:
        """Keep an answer, or why there is none."""
        name, data = ("answer.json", answer.to_json()) if answer else ("ended.json", json.dumps(why or "cancelled"))
        files.replace(self.folder / f"{number:06}" / name, data.encode())
