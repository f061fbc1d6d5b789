"""See what a batch still has to ask: what is finished, what has changed since, which papers are missing.

Everything here happens before the first question is asked, so that nothing is spent on a batch that cannot go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from rag.batch.journal import Header, Journal
from rag.batch.question_file import Question
from rag.batch.tally import Tally
from rag.batch.writers import Writers
from rag.errors import BatchError
from rag.ingest import Progress
from rag.papers import AllowedPaper

if TYPE_CHECKING:
    from rag.engine import Engine

Changed = Literal["refuse", "continue", "anew"]
"""What to do when input, model, prompt or index have changed since a batch began."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what is still to be asked, and the papers that cannot be had, with the reason."""

    pending: Sequence[Question] = ()
    absent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planner:
    """Hold what a batch is asked and how it goes on; `tally` is told what was finished before."""

    writers: Writers
    questions: Mapping[str, Question]
    tally: Tally
    changed: Changed = "refuse"
    retry_failed: bool = False

    @property
    def _engine(self) -> Engine:
        return self.writers.engine

    def plan(self, journal: Journal | None, progress: Progress) -> Plan:
        """Return what is still to be asked, papers fetched; raise `BatchError` when something has changed."""
        header = self.header()
        if journal is not None:
            self._compare(header, journal)
            self._take_out(header, journal)
        pending = [question for name, question in self.questions.items() if not journal or name not in journal.lines]
        self._count_kept(journal)
        if not pending:
            if journal is not None and journal.header and self.changed == "continue":
                journal.begin(replace(header, index=journal.header.index, papers=journal.header.papers))
            return Plan()
        absent = self._fetch(pending, progress)
        index = self._engine.index
        if index is not None:
            index.check_model(self._engine.embedder.fingerprint, self._engine.settings.model)
        if journal is not None:
            header = self._with_index(header)
            self._compare(header, journal)
            journal.begin(header)
        return Plan(pending, absent)

    def header(self) -> Header:
        """Return what makes the answers, as the journal notes it; the index is added when the papers are there."""
        digests = {name: question.digest for name, question in self.questions.items()}
        return Header(digests, self.writers.made_of(self.questions.values()))

    def _with_index(self, header: Header) -> Header:
        index = self._engine.index
        if index is None:
            return header
        entries = [entry for paper in _papers(self.questions.values()) if (entry := index.resolve(paper))]
        papers = {entry.key: entry.sha256[:16] for entry in entries}
        return replace(header, index=index.manifest.fingerprint, papers=papers)

    def _compare(self, header: Header, journal: Journal) -> None:
        if journal.header is None or not journal.lines or self.changed == "continue":
            return
        if changes := header.changes(journal.header):
            raise BatchError(
                f"{journal.path} was begun otherwise ({'; '.join(changes)}); go on with --continue, which keeps what "
                "is finished and asks changed questions again, or with --anew, which sets the file aside"
            )

    def _take_out(self, header: Header, journal: Journal) -> None:
        """Take out answers to questions that have changed, and failed ones that are to be asked again."""
        gone = set(header.changed_questions(journal.header)) if journal.header else set()
        if self.retry_failed:
            gone |= {name for name, line in journal.lines.items() if line.status == "failed"}
        journal.drop(gone & set(journal.lines) & set(self.questions))

    def _count_kept(self, journal: Journal | None) -> None:
        kept = [line.status for name, line in journal.lines.items() if name in self.questions] if journal else []
        self.tally.kept = len(kept)
        self.tally.kept_failed = kept.count("failed")

    def _fetch(self, pending: Sequence[Question], progress: Progress) -> dict[str, str]:
        """Ingest the papers that are missing, all questions' together; return those that cannot be had."""
        absent: dict[str, str] = {}
        for papers in _one_version_each(_papers(pending)):
            absent |= self._engine.fetch_missing(papers, progress)
        if absent:
            first = next(iter(absent.values()))
            self.tally.notes.append(f"{len(absent)} papers could not be had: {', '.join(absent)[:200]} ({first})")
        return absent


def _papers(questions: Iterable[Question]) -> Iterable[AllowedPaper]:
    return {paper.key: paper for question in questions for paper in question.brief.papers}.values()


def _one_version_each(papers: Iterable[AllowedPaper]) -> list[list[AllowedPaper]]:
    """Split papers so that no part holds two versions of one: a whitelist allows only one."""
    parts: list[dict[str, AllowedPaper]] = []
    for paper in papers:
        part = next((part for part in parts if paper.paper not in part), None)
        if part is None:
            parts.append(part := {})
        part[paper.paper] = paper
    return [list(part.values()) for part in parts]
