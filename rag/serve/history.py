"""Keep what was asked in the browser and what came of it: a folder per question, `asked/000001/`, under the corpus.

`asked.json` is written before a question waits; `answer.json`, `table.json` or `ended.json` when it ends, and before it
`events.json`, what was told on the way: what has no end when the server starts was cut off, and is asked again. Papers
to bring in are kept likewise, in `bringing-….json`, until they are in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from rag import Answer, Brief, files, load_answer
from rag.errors import RagError
from rag.followup import understood
from rag.papers import AllowedPaper
from rag.record import load_table
from rag.serve.jobs import Event
from rag.table import columns_for
from rag.tables import Column, Table

Record = Answer | Table
UNTOLD = ("number", "made", "ended")  # what the place of a question tells


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold one question of the history; `ended` says why there is no answer, where it ended without one."""

    number: int
    question: str  # or, for a table, its columns' headings
    papers: tuple[str, ...]
    brief: str = ""  # the whole text, where a brief was handed over
    columns: tuple[str, ...] = ()  # of a table
    writer: str = ""  # where another was chosen than the usual one
    after: int = 0  # the question that this one follows
    as_read: str = ""  # a follow-up in full, where it leans on what was answered before
    made: str = ""  # "answer" or "table", when it is there
    ended: str = ""

    @property
    def answered(self) -> bool:
        """Tell whether there is an answer or a table."""
        return bool(self.made)

    @property
    def open(self) -> bool:
        """Tell whether it still waits for its answer."""
        return not self.answered and not self.ended

    def as_brief(self) -> Brief:
        """Return what is asked and allowed."""
        return Brief.parse(self.brief) if self.brief else Brief.of(self.as_read or self.question, self.papers)

    def as_columns(self) -> tuple[Column, ...]:
        """Return what a table asks of every paper."""
        return columns_for(self.papers, self.columns)


@dataclass(frozen=True, slots=True)
class History:
    """Read and write the folder of what was asked."""

    folder: Path

    def add(self, brief: Brief, columns: Sequence[str] = (), writer: str = "", after: int = 0) -> Asked:
        """Keep a question under the next number; raise `RagError` where the one that it follows has no answer."""
        question = ", ".join(columns) or brief.question
        as_read = understood(question, self.answer(after)) if after else ""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = max((int(path.name) for path in self.folder.glob("[0-9]*")), default=0) + 1
        while not made_folder(self.place(number)):  # somebody else asks at the same moment
            number += 1
        asked = Asked(number, question, tuple(paper.key for paper in brief.papers), brief.text)
        asked = replace(asked, columns=tuple(columns), writer=writer, after=after)
        asked = replace(asked, as_read=as_read if as_read != question else "")
        told = {name: value for name, value in asdict(asked).items() if name not in UNTOLD}
        files.replace(self.place(number) / "asked.json", json.dumps(told, ensure_ascii=False).encode())
        return asked

    def place(self, number: int) -> Path:
        """Return the folder of a question."""
        return self.folder / f"{number:06}"

    def get(self, number: int) -> Asked | None:
        """Return a question, or None where there is none, or its file is torn."""
        place = self.place(number)
        try:
            asked = asked_of(number, json.loads((place / "asked.json").read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        try:
            why = str(json.loads((place / "ended.json").read_bytes()))
        except (OSError, ValueError):
            why = ""
        made = next((name for name in ("answer", "table") if (place / f"{name}.json").is_file()), "")
        return replace(asked, made=made, ended=why)

    def all(self, words: str = "") -> Iterator[Asked]:
        """Yield questions, the latest first; those alone whose question or papers hold all the words."""
        wanted: Sequence[str] = words.casefold().split()
        for path in sorted(self.folder.glob("[0-9]*"), reverse=True):
            asked = self.get(int(path.name))
            if asked and all(word in f"{asked.question} {' '.join(asked.papers)}".casefold() for word in wanted):
                yield asked

    def record(self, number: int) -> Record:
        """Return a stored answer or table; raise `RagError` where there is none."""
        for name, load in (("answer", load_answer), ("table", load_table)):
            try:
                return load((self.place(number) / f"{name}.json").read_bytes())
            except FileNotFoundError:
                continue
        raise RagError(f"question {number} has no answer yet")

    def answer(self, number: int) -> Answer:
        """Return a stored answer; raise `RagError` where there is none, or a table."""
        found = self.record(number)
        if not isinstance(found, Answer):
            raise RagError(f"question {number} is a table; only answers can be followed or compared")
        return found

    def finish(self, number: int, made: Record | None, why: str = "", events: Sequence[Event] = ()) -> None:
        """Keep an answer or a table, or why there is none, and what was told before."""
        place = self.place(number)
        files.replace(place / "events.json", json.dumps([asdict(event) for event in events]).encode())
        name = "table" if isinstance(made, Table) else "answer"
        file, data = (f"{name}.json", made.to_json()) if made else ("ended.json", json.dumps(why or "cancelled"))
        files.replace(place / file, data.encode())

    def events(self, number: int) -> tuple[Event, ...]:
        """Return what was told while a question that has ended was worked on."""
        try:
            return tuple(Event(**told) for told in json.loads((self.place(number) / "events.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return ()

    # --- papers on their way in -----------------------------------------------------------------------------

    def begin_bringing(self, here: Sequence[AllowedPaper], named: Sequence[AllowedPaper]) -> Path:
        """Keep which papers are to come; the file goes when they are in."""
        told = {"here": [paper.key for paper in here], "named": [paper.key for paper in named]}
        data = json.dumps(told).encode()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"bringing-{sha256(data).hexdigest()[:12]}.json"
        files.replace(path, data)
        return path

    def left_bringing(self) -> Iterator[tuple[tuple[AllowedPaper, ...], tuple[AllowedPaper, ...]]]:
        """Yield the papers that an earlier server was to bring in, uploaded ones and named ones."""
        for path in sorted(self.folder.glob("bringing-*.json")):
            try:
                told = json.loads(path.read_bytes())
                yield tuple(map(stored_name, told["here"])), tuple(map(stored_name, told["named"]))
            except (OSError, ValueError, KeyError, TypeError, RagError):
                path.unlink(missing_ok=True)


def made_folder(place: Path) -> bool:
    """Make a folder, and tell whether it is new."""
    try:
        place.mkdir()
    except FileExistsError:
        return False
    return True


def asked_of(number: int, told: Mapping[str, object]) -> Asked:
    """Return what a file says of a question; raise like a missing field or a wrong type."""
    papers, columns = told["papers"], told.get("columns", ())
    if not isinstance(papers, list) or not isinstance(columns, list | tuple):
        raise TypeError("papers and columns are lists")
    words = {name: str(told.get(name, "")) for name in ("brief", "writer", "as_read")}
    after = int(str(told.get("after", 0)))
    listed = {"papers": tuple(map(str, papers)), "columns": tuple(map(str, columns))}
    return Asked(number, str(told["question"]), **listed, **words, after=after)  # type: ignore[arg-type]


def stored_name(key: str) -> AllowedPaper:
    """Return the paper of a key."""
    return Brief.of("?", [key]).papers[0]
