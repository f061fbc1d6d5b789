"""See what a batch still has to ask: what is finished, what has changed since, which papers are missing, what it takes.

Everything here happens before the first question is asked, so that nothing is spent on a batch that cannot go on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from rag.batch.asking import AnswerEngine, Writers, calls_model
from rag.batch.journal import Header, Journal, peek
from rag.batch.limits import CHARS_PER_TOKEN, Limits
from rag.batch.progress import Tally
from rag.batch.questions import Question
from rag.errors import BatchError, RagError, SettingsError
from rag.ingest import Progress
from rag.papers import AllowedPaper

CONCURRENCY = 8  # calls to a chat model at once: what hosted servers allow new users; local ones batch as many
SAMPLE = 12  # questions that are prepared to see how long their prompts are
SHORT, LONG = 300, 1500  # tokens of a short and a long answer of a chat model, where no finished one tells

Changed = Literal["refuse", "continue", "anew"]
"""What to do when input, model, prompt or index have changed since a batch began."""


@dataclass(frozen=True, slots=True)
class Options:
    """Say how a batch runs."""

    concurrency: int = CONCURRENCY
    ordered: bool = False  # at the end, bring the file into input order
    retry_failed: bool = False
    changed: Changed = "refuse"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise SettingsError(f"concurrency is {self.concurrency}; give at least 1")


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
    options: Options

    @property
    def _engine(self) -> AnswerEngine:
        return self.writers.engine

    def plan(self, journal: Journal | None, progress: Progress) -> Plan:
        """Return what is still to be asked, papers fetched; raise `BatchError` when something has changed."""
        header = self.header()
        if journal is not None:
            self._compare(header, journal)
            journal.drop(self.taken_out(header, journal))
        lines = {name: line for name, line in journal.lines.items() if name in self.questions} if journal else {}
        self.tally.kept = len(lines)
        self.tally.kept_failed = sum(line.status == "failed" for line in lines.values())
        pending = [question for name, question in self.questions.items() if name not in lines]
        if not pending:
            if journal is not None and journal.header and self.options.changed == "continue":
                journal.begin(replace(header, index=journal.header.index, papers=journal.header.papers))
            return Plan()
        absent = self.fetch(pending, progress)
        if (index := self._engine.index) is not None:
            index.check_model(self._engine.embedder.fingerprint, self._engine.settings.model)
            papers = [entry for paper in _papers(self.questions.values()) if (entry := index.resolve(paper))]
            stored = {entry.key: entry.sha256[:16] for entry in papers}
            header = replace(header, index=index.manifest.fingerprint, papers=stored)
        if journal is not None:
            self._compare(header, journal)
            journal.begin(header)
        return Plan(pending, absent)

    def header(self) -> Header:
        """Return what makes the answers, as the journal notes it; the index is added when the papers are there."""
        digests = {name: question.digest for name, question in self.questions.items()}
        return Header(digests, self.writers.made_of(self.questions.values()))

    def _compare(self, header: Header, journal: Journal) -> None:
        if journal.header is None or not journal.lines or self.options.changed == "continue":
            return
        if changes := header.changes(journal.header):
            raise BatchError(
                f"{journal.path} was begun otherwise ({'; '.join(changes)}); go on with --continue, which keeps what "
                "is finished and asks changed questions again, or with --anew, which sets the file aside"
            )

    def taken_out(self, header: Header, journal: Journal) -> set[str]:
        """Return the answers to questions that have changed, and failed ones that are to be asked again."""
        gone = set(header.changed_questions(journal.header)) if journal.header else set()
        if self.options.retry_failed:
            gone |= {name for name, line in journal.lines.items() if line.status == "failed"}
        return gone & set(journal.lines) & set(self.questions)

    def fetch(self, pending: Sequence[Question], progress: Progress) -> dict[str, str]:
        """Ingest the papers that are missing, all questions' together; return those that cannot be had."""
        absent: dict[str, str] = {}
        for papers in one_version_each(_papers(pending)):
            absent |= self._engine.fetch_missing(papers, progress)
        if absent:
            first = next(iter(absent.values()))
            self.tally.notes.append(f"{len(absent)} papers could not be had: {', '.join(absent)[:200]} ({first})")
        return absent

    # --- before anything is spent -----------------------------------------------------------------------------

    def estimate(self, output: Path | None) -> list[str]:
        """Return what asking what is left would take, as lines. Nothing is fetched, nobody is asked.

        A sample of the questions is prepared: that costs this machine some seconds, and nothing else.
        """
        finished, header = peek(output) if output else ({}, None)
        kept = {n for n, status in finished.items() if status != "failed" or not self.options.retry_failed}
        if self.options.changed == "anew":
            kept, header = set(), None
        pending = [question for name, question in self.questions.items() if name not in kept]
        lines = [f"{len(pending)} of {len(self.questions)} questions are to be asked"]
        if header is not None and kept and (changes := self.header().changes(header)):
            lines.append(f"changed since the batch began: {'; '.join(changes)}")
        index, papers = self._engine.index, _papers(pending)
        missing = [paper for paper in papers if index is None or index.resolve(paper) is None]
        lines.append(f"{len(papers)} papers, {len(missing)} of them to be fetched first")
        if missing and not self._engine.settings.offline:
            lines.append(f"  at least {len(missing) * self._engine.settings.arxiv_delay:.0f} s, if none is at hand")
        return [*lines, *self.work(pending, output)] if pending else lines

    def work(self, pending: Sequence[Question], output: Path | None) -> Iterator[str]:
        """Say what time and tokens some questions would take, as far as those tell whose papers are all stored."""
        prompts, seconds, refused = self.sampled(pending)
        if not seconds:
            yield "tokens and time cannot be told before the papers are there"
            return
        span = _span(fmean(seconds) * len(pending))
        yield f"{fmean(seconds):.2f} s of this machine's time a question, {span} in all"
        if not prompts:
            return
        calls = (1 - refused / len(seconds)) * len(pending)
        usage = usage_in(output)
        short, long = (fmean(usage["output_tokens"]),) * 2 if usage.get("output_tokens") else (SHORT, LONG)
        read, written = fmean(prompts) * calls, (short * calls, long * calls)
        yield f"about {read:,.0f} tokens read, {_range(written, ',.0f')} written"
        limits, concurrency = self.options.limits, self.options.concurrency
        if limits.prices is not None:
            costs = [limits.cost_of(round(read), round(tokens)) for tokens in written]
            yield f"cost about {_range(costs, '.2f')}, repairs not counted"
        if usage.get("seconds"):
            waiting = fmean(usage["seconds"]) * calls / concurrency
            yield f"about {_span(waiting)} of waiting for the model, {concurrency} calls at once"

    def sampled(self, pending: Sequence[Question]) -> tuple[list[float], list[float], int]:
        """Prepare some questions whose papers are all stored; return prompt tokens, seconds, how many are refused."""
        index = self._engine.index
        stored = [q for q in pending if index and all(index.resolve(paper) for paper in q.brief.papers)]
        prompts, seconds, refused = [], [], 0
        for question in stored[:: max(1, len(stored) // SAMPLE)][:SAMPLE]:
            began = time.perf_counter()
            try:
                prepared = self._engine.prepare(question.brief, failed={})
            except RagError:
                continue
            refused += prepared.refusal is not None
            if prepared.refusal is None and calls_model(self.writers.of(question).writer):
                from rag.writers import render

                messages = render(prepared.task).messages
                prompts.append(sum(len(message["content"]) for message in messages) / CHARS_PER_TOKEN)
            seconds.append(time.perf_counter() - began)
        return prompts, seconds, refused


def _papers(questions: Iterable[Question]) -> list[AllowedPaper]:
    return list({paper.key: paper for question in questions for paper in question.brief.papers}.values())


def one_version_each(papers: Iterable[AllowedPaper]) -> list[list[AllowedPaper]]:
    """Split papers so that no part holds two versions of one: a whitelist allows only one."""
    parts: list[dict[str, AllowedPaper]] = []
    for paper in papers:
        part = next((part for part in parts if paper.paper not in part), None)
        if part is None:
            parts.append(part := {})
        part[paper.paper] = paper
    return [list(part.values()) for part in parts]


def usage_in(output: Path | None) -> Mapping[str, list[float]]:
    """Return tokens and seconds of the answers finished so far."""
    found: dict[str, list[float]] = {}
    if output is None or not output.is_file():
        return found
    with output.open("rb") as file:
        for raw in file:
            told: Any = json.loads(raw) if raw.endswith(b"\n") else {}
            usage = told.get("answer", {}).get("run", {}).get("usage", {})
            for name in ("output_tokens", "seconds"):
                if usage.get(name):
                    found.setdefault(name, []).append(float(usage[name]))
    return found


def _range(values: Sequence[float], form: str) -> str:
    return " to ".join(dict.fromkeys(format(value, form) for value in values))


def _span(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
