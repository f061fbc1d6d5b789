"""Fill a table over papers: every question to every paper, each cell answered by the engine from that paper alone.

A table is a batch of bare questions, paper by paper, so that it has what a batch has: groups that share an embedding
call, a journal that a killed run resumes from, ceilings, calls to a chat model side by side. An answer becomes a cell:
what it says in short, else the claim that its writer put first; a refusal or an answer without claims is "not stated".
Not handled here: what the columns ask (`briefs`), how a table is printed (`printing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answers import Answer, Claim, Provenance, Reference
from rag.batch import Batch, Finished, Question, remove_journal
from rag.briefs import WHITELISTS, Brief, columns_of, columns_of_brief, load_columns, named
from rag.errors import BriefError
from rag.papers import AllowedPaper
from rag.record import load_answers, sealed
from rag.tables import SAID, Cell, CellState, Column, Row, Table

if TYPE_CHECKING:
    from rag.batch import AnswerEngine

MOST_CLAIMS = 2  # of one cell: what is said in short, at most
JOINT = "|"  # between paper and heading in a question's id


class TableJob:
    """Be one table being filled: iterate over it to run it, take the `table`, `close` it. `tally` tells how far it is.

    Finished cells are kept in a `journal`; without one, but with an `output`, in a file beside that until it is whole.
    """

    def __init__(
        self,
        engine: AnswerEngine,
        papers: Sequence[AllowedPaper],
        columns: Sequence[Column],
        journal: Path | None = None,
        output: Path | None = None,
        **options: Any,
    ) -> None:
        self.papers = named(papers)
        self.columns = tuple(columns)
        self.passing = journal is None and output is not None  # the journal goes when the table is whole
        self.journal = output.with_name(f"{output.name}.cells.jsonl") if output and not journal else journal
        questions = [
            Question.of(_name(paper, column), Brief.of(column.ask, [paper]))
            for paper in self.papers  # a paper's questions in a row, while it is at hand
            for column in self.columns
        ]
        self.batch = Batch.of(engine, questions, self.journal, **options)
        self.tally = self.batch.tally
        self._answers: dict[str, Answer] = {}

    def __iter__(self) -> Generator[Finished, None, None]:
        """Run, and yield each cell's answer when it is finished; it is in the journal by then."""
        with closing(iter(self.batch)) as running:
            for finished in running:
                self._answers[finished.id] = finished.answer
                yield finished

    def stop(self, reason: str = "interrupted") -> None:
        """Begin no further cell; those under way are finished."""
        self.batch.stop(reason)

    def table(self) -> Table:
        """Return the table of what is answered so far, earlier runs' cells from the journal."""
        self._recall()
        return table_of(self.papers, self.columns, self._answers, self.tally.stopped)

    def summary(self) -> list[str]:
        """Return what became of the cells, as lines."""
        states = Counter(cell.state for _, _, cell in self.table().cells)
        told = ", ".join(f"{count} {SAID[state]}" for state, count in states.items())
        size = f"{len(self.papers)} papers, {len(self.columns)} columns"
        return [f"{size}: {told}", *self.tally.summary()]

    def close(self) -> None:
        """Take away a journal that is no longer needed: the table is whole, and nobody asked to keep it."""
        if self.passing and self.journal and not self.tally.left and not self.tally.any_failed:
            self._recall()
            remove_journal(self.journal)

    def _recall(self) -> None:
        """Read what earlier runs have finished, once."""
        if self.journal is not None and len(self._answers) < self.tally.done:
            kept = dict(load_answers(self.journal.read_bytes()))
            self._answers |= {name: kept[name] for name in self.batch.questions if name in kept}


def columns_for(papers: object, columns: Sequence[str | Column] | Path | None) -> tuple[Column, ...]:
    """Return the columns of headings and questions, of a TOML file, or else of the brief that names the papers."""
    if isinstance(columns, Path):
        return load_columns(columns)
    if columns is not None:
        return columns_of(columns)
    if isinstance(papers, Path) and papers.suffix.lower() not in WHITELISTS:
        papers = Brief.load(papers)
    if not isinstance(papers, Brief):
        raise BriefError('no column; ask something of the papers, e.g. columns=["input", "main limitation"]')
    return columns_of_brief(papers)


def _name(paper: AllowedPaper, column: Column) -> str:
    return f"{paper.key}{JOINT}{column.name}"


# --- answers -> cells -----------------------------------------------------------------------------------------------


def table_of(
    papers: Sequence[AllowedPaper], columns: Sequence[Column], answers: Mapping[str, Answer], stopped: str = ""
) -> Table:
    """Return the table of answers by id; a cell without one was not asked, because the run `stopped`."""
    rows = []
    for paper in papers:
        given = [answers.get(_name(paper, column)) for column in columns]
        rows.append(Row(_reference(paper, given), tuple(cell_of(answer, stopped) for answer in given)))
    made = [answer for answer in answers.values() if answer.status != "failed"] or list(answers.values())
    provenance = made[0].provenance if made else Provenance("")
    return sealed(Table(tuple(columns), tuple(rows), provenance, run=_run(list(answers.values()))))


def _reference(paper: AllowedPaper, answers: Sequence[Answer | None]) -> Reference:
    found = (reference for answer in answers if answer for reference in answer.references)
    listed = Reference(paper.paper, paper.version, paper.model or paper.key, (), paper.url, paper.github, paper.citekey)
    return next(found, listed)


def _run(answers: Sequence[Answer]) -> dict[str, object]:
    """Return the sums of times and tokens over the cells."""
    sums: dict[str, dict[str, float]] = {"seconds": {}, "usage": {}}
    for answer in answers:
        for name, found in sums.items():
            told = answer.run.get(name)
            for key, value in told.items() if isinstance(told, Mapping) else ():
                found[key] = round(found.get(key, 0) + value, 4)
    return {"cells": len(answers), **sums}


def cell_of(answer: Answer | None, stopped: str = "") -> Cell:
    """Return what an answer to one question over one paper says, as a cell."""
    if answer is None:
        return Cell("not_asked", reason=stopped or "the run ended before")
    if answer.status == "failed":
        return Cell("failed", reason=answer.failure.reason if answer.failure else "")
    if answer.refusal is not None:
        state: CellState = "not_read" if answer.refusal.kind == "unreadable" else "not_stated"
        return Cell(state, reason=_unread(answer) or answer.refusal.detail)
    if claims := first_claims(answer):
        return Cell("stated", claims)
    told = [gap for gap in answer.gaps if gap.quotes] or list(answer.gaps)
    return Cell("not_stated", reason=told[0].text if told else "", nearest=told[0].quotes if told else ())


def _unread(answer: Answer) -> str:
    return next((item.reason for item in answer.coverage if item.state in ("not_fetched", "unreadable")), "")


def first_claims(answer: Answer) -> tuple[Claim, ...]:
    """Return what a cell says: the answer in short, else the first claim that rests on the paper."""
    if answer.in_short:
        return answer.in_short[:MOST_CLAIMS]
    claims = (claim for section in answer.sections for claim in section.claims)
    return next(((claim,) for claim in claims if claim.citations[0].source != "brief"), ())
