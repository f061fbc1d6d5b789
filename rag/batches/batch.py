"""Answer many questions: papers first, then every question for itself, each answer kept the moment it is there.

The order of `Batch`: open the journal, see what is finished and what has changed, fetch missing papers, then let
questions flow through a pipeline (retrieval in groups, writers in parallel) whose results the journal takes before
anybody sees them. Not handled here: reading questions (`questions`), files (`journal`), threads (`pipeline`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from rag.batches.ceiling import Ceiling, Limits
from rag.batches.journal import Header, Journal, open_journal
from rag.batches.pipeline import GROUP, Pipeline
from rag.batches.questions import Question, read_questions
from rag.batches.tally import Tally, tokens_of
from rag.batches.throttle import Throttle
from rag.errors import BatchError, FetchError, RagError, SettingsError, WriterError
from rag.ingest import Progress, silent
from rag.settings import resource
from rag.types import AllowedPaper, Answer, AnswerFailure, Provenance, Writer
from rag.writers.extractive import ExtractiveWriter

if TYPE_CHECKING:
    from rag.assemble import Prepared
    from rag.briefs.brief import Brief
    from rag.engine import Engine

CONCURRENCY = 8  # calls to a chat model at once: what hosted servers allow new users; local ones batch as many
AHEAD = 2 * GROUP  # questions prepared or about to be, beyond those that a writer has
PAUSES_S = (5.0, 15.0, 30.0, 60.0)  # waits before a question that met "too many requests" is given up

_Made = TypeVar("_Made")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """Say how a batch runs."""

    concurrency: int = CONCURRENCY
    ordered: bool = False  # at the end, bring the file into input order
    retry_failed: bool = False
    changed: Literal["refuse", "continue", "anew"] = "refuse"  # when input, model, prompt or index have changed
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise SettingsError(f"concurrency is {self.concurrency}; give at least 1")


@dataclass(frozen=True, slots=True)
class Finished:
    """Hold one answer of a batch, already in the journal where there is one."""

    id: str
    answer: Answer


class Batch:
    """Be one batch: iterate over it, with `for` or `async for`, to run it. `tally` tells how far it is."""

    def __init__(
        self,
        engine: Engine,
        questions: Sequence[Question],
        output: Path | None = None,
        options: Options | None = None,
        progress: Progress = silent,
        writer_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.engine = engine
        self._writer_options = writer_options or {}
        self.questions = {question.id: question for question in questions}
        self.output = output
        self.options = options = options or Options()
        self.tally = Tally(total=len(self.questions))
        self._progress = progress
        self._engines: dict[str | None, Engine] = {}
        self._throttle = Throttle(options.concurrency)
        self._ceiling = Ceiling(options.limits)
        self._lock = threading.Lock()
        self._absent: dict[str, str] = {}
        self._pipeline: Pipeline[Question, _Ready, _Outcome] | None = None
        self._abandoned = False

    @classmethod
    def of(
        cls,
        engine: Engine,
        questions: Path | Sequence[Question | Brief],
        output: Path | None = None,
        *,
        options: Options | None = None,
        progress: Progress = silent,
        skip_bad: bool = False,
        writer_options: Mapping[str, Any] | None = None,
    ) -> Batch:
        """Make a batch of a file, a folder, or questions; raise `BatchError` for bad lines unless `skip_bad`.

        `writer_options`, those of `LlmWriter.from_spec`, hold for the writers that questions name themselves.
        """
        if isinstance(questions, Path):
            found = read_questions(questions)
            if found.bad and not skip_bad:
                listed = "".join(f"\n  {line}" for line in found.bad)
                raise BatchError(f"{len(found.bad)} bad lines; mend them or go on without them (--skip-bad):{listed}")
            asked = found.good
        else:
            asked = tuple(
                item if isinstance(item, Question) else Question.of(str(number), item)
                for number, item in enumerate(questions, 1)
            )
            if len({question.id for question in asked}) < len(asked):
                raise BatchError("two questions have the same id; give each its own")
        return cls(engine, asked, output, options, progress, writer_options)

    def __iter__(self) -> Iterator[Finished]:
        """Run, and yield each answer when it is finished."""
        return self._iterate()

    def _iterate(self) -> Generator[Finished, None, None]:
        with ExitStack() as stack:
            journal = None
            if self.output is not None:
                anew = self.options.changed == "anew"
                journal = stack.enter_context(open_journal(self.output, anew=anew))
            yield from self._run(self._plan(journal), journal)
            if journal is not None and self.options.ordered:
                journal.sort(self.questions)

    async def __aiter__(self) -> AsyncIterator[Finished]:
        """Run like `for` does, without blocking the event loop; what is under way when it is left is given up."""
        iterator = self._iterate()
        step = None
        try:
            while True:
                step = asyncio.ensure_future(asyncio.to_thread(next, iterator, None))
                item = await asyncio.shield(step)
                if item is None:
                    return
                yield item
        finally:
            if step is not None and not step.done():
                self._abandon()
                await asyncio.wait([step])
            await asyncio.to_thread(iterator.close)

    def stop(self, reason: str = "interrupted") -> None:
        """Begin no further question; those under way are finished."""
        self.tally.stopped = self.tally.stopped or reason
        self._throttle.resume()

    def _abandon(self) -> None:
        self._abandoned = True
        self.stop()
        if self._pipeline is not None:
            self._pipeline.wake()

    # --- before the first question --------------------------------------------------------------------------------

    def _plan(self, journal: Journal | None) -> list[Question]:
        """Return what is still to be asked, papers fetched; raise `BatchError` when something has changed."""
        if journal is not None:
            self._compare(self.header(), journal)
            self._take_out(journal)
        pending = [question for name, question in self.questions.items() if not journal or name not in journal.lines]
        self._count_kept(journal)
        if not pending:
            if journal is not None and journal.header and self.options.changed == "continue":
                journal.begin(replace(self.header(), index=journal.header.index, papers=journal.header.papers))
            return []
        self._absent = self._fetch(pending)
        index = self.engine.index
        if index is not None:
            index.check_model(self.engine.embedder.fingerprint, self.engine.settings.model)
        if journal is not None:
            header = self.header(with_index=True)
            self._compare(header, journal)
            journal.begin(header)
        return pending

    def _compare(self, header: Header, journal: Journal) -> None:
        if journal.header is None or not journal.lines or self.options.changed == "continue":
            return
        if changes := header.changes(journal.header):
            raise BatchError(
                f"{journal.path} was begun otherwise ({'; '.join(changes)}); go on with --continue, which keeps what "
                "is finished and asks changed questions again, or with --anew, which sets the file aside"
            )

    def _take_out(self, journal: Journal) -> None:
        """Take out answers to questions that have changed, and failed ones that are to be asked again."""
        gone = set(self.header().changed_questions(journal.header)) if journal.header else set()
        if self.options.retry_failed:
            gone |= {name for name, line in journal.lines.items() if line.status == "failed"}
        journal.drop(gone & set(journal.lines) & set(self.questions))

    def _count_kept(self, journal: Journal | None) -> None:
        kept = [line.status for name, line in journal.lines.items() if name in self.questions] if journal else []
        self.tally.kept = len(kept)
        self.tally.kept_failed = kept.count("failed")

    def header(self, with_index: bool = False) -> Header:
        """Return what makes the answers, as the journal notes it."""
        digests = {name: question.digest for name, question in self.questions.items()}
        by_spec = {question.writer: question for question in self.questions.values()}
        used = [self.engine_of(question).writer for question in by_spec.values()]
        writers = {writer.name: _made_of(writer) for writer in used}
        index = self.engine.index
        if not with_index or index is None:
            return Header(digests, writers)
        allowed = {paper.key: paper for question in self.questions.values() for paper in question.brief.papers}
        entries = [entry for paper in allowed.values() if (entry := index.resolve(paper))]
        return Header(digests, writers, index.manifest.fingerprint, {e.key: e.sha256[:16] for e in entries})

    def _fetch(self, pending: Sequence[Question]) -> dict[str, str]:
        """Ingest the papers that are missing, all questions' together; return those that cannot be had."""
        absent: dict[str, str] = {}
        wanted = {paper.key: paper for question in pending for paper in question.brief.papers}
        for papers in _one_version_each(wanted.values()):
            absent |= self.engine.fetch_missing(papers, self._progress)
        if absent:
            first = next(iter(absent.values()))
            self.tally.notes.append(f"{len(absent)} papers could not be had: {', '.join(absent)[:200]} ({first})")
        return absent

    # --- while it runs --------------------------------------------------------------------------------------------

    def _run(self, pending: Sequence[Question], journal: Journal | None) -> Iterator[Finished]:
        self.tally.begin()
        self._ceiling.begin()
        threads = min(self.options.concurrency, max(len(pending), 1))
        if not any(calls_model(self.engine_of(question).writer) for question in pending):
            threads = 1  # what only computes gains nothing from threads
        pipeline = self._pipeline = Pipeline(self._prepare, self._finish, threads)
        waiting = iter(pending)
        try:
            while True:
                while pipeline.under_way < threads + AHEAD and not self._ended():
                    question = next(waiting, None)
                    if question is None:
                        break
                    pipeline.submit(question)
                if not pipeline.under_way:
                    return
                yield from self._keep(pipeline.results(), journal)
                if self._abandoned:
                    return
        finally:
            if pipeline.under_way:
                self.stop()
            pipeline.close()

    def _keep(self, outcomes: Sequence[_Outcome], journal: Journal | None) -> list[Finished]:
        """Put answers into the journal, all that are there in one go, and count them."""
        done = [Finished(name, answer) for name, answer in outcomes if answer is not None]
        if journal is not None and done:
            journal.append([(item.id, item.answer) for item in done])
        for item in done:
            self.tally.count(item.answer, self.options.limits)
        return done

    def _ended(self) -> bool:
        """Tell whether no further question may begin, and note why."""
        if reason := self._ceiling.time_is_up():
            self.stop(reason)
        return bool(self.tally.stopped)

    def _prepare(self, questions: Sequence[Question]) -> Iterator[_Ready]:
        """Find the evidence of some questions; one embedding call serves them all."""
        if not self._ended():  # whatever goes wrong here, each question meets again under its own name
            self._guarded(questions[0], partial(self.engine.embed_ahead, [question.brief for question in questions]))
        for question in questions:
            prepare = partial(self.engine.prepare, question.brief, failed=self._absent)
            yield question, None if self._ended() else self._guarded(question, prepare)

    def _finish(self, ready: _Ready) -> _Outcome:
        """Let a writer answer, as often as a busy server makes it necessary; None when it may not begin any more."""
        question, prepared = ready
        if prepared is None or isinstance(prepared, Answer):
            return question.id, prepared
        for pause in (*PAUSES_S, None):
            answer = self._guarded(question, partial(self._write, question, prepared))
            busy = answer is not None and answer.failure is not None and answer.failure.kind == "rate_limited"
            if not busy or pause is None:
                return question.id, answer
            if self._ended():
                return question.id, None
            self._throttle.slow_down(pause)
        raise AssertionError("unreachable: the last round returns")

    def _write(self, question: Question, prepared: Prepared) -> Answer | None:
        engine = self.engine_of(question)
        if prepared.refusal is not None:
            return engine.write(prepared)
        with self._throttle.slot():
            share = None if self._ended() else self._ceiling.set_aside(prepared.task.evidence)
            if share is None or isinstance(share, str):
                self.stop(share or "")
                return None
            spent = (0, 0)
            try:
                answer = engine.write(prepared)
                spent = tokens_of(answer)
            except WriterError as error:
                if error.retryable:
                    self._throttle.slow_down()
                raise
            finally:
                self._ceiling.settle(share, *spent)
        self._throttle.succeeded()
        return answer

    # --- one question's trouble is its own ------------------------------------------------------------------------

    def engine_of(self, question: Question) -> Engine:
        """Return the engine that answers a question: the batch's own, or one with the question's writer."""
        spec = question.writer
        with self._lock:
            if spec not in self._engines:
                engine = self.engine if spec is None else self.engine.with_writer(spec, **self._writer_options)
                listen = getattr(engine.writer, "on_retry", None)
                if listen is not None:
                    listen(self._heard)
                self._engines[spec] = engine
            return self._engines[spec]

    def _heard(self, error: WriterError, wait: float) -> None:
        """Slow down when a call met "too many requests", while that call itself waits and tries again."""
        if error.kind == "rate_limited":
            self._throttle.slow_down(wait)

    def _guarded(self, question: Question, make: Callable[[], _Made]) -> _Made | Answer:
        """Return what was made, or the failure as the question's answer."""
        try:
            return make()
        except RagError as error:
            failure = _failure(error)
        except Exception as error:  # whatever happens to one question must not take the others along
            logger.debug("question %s", question.id, exc_info=True)
            failure = AnswerFailure("internal", f"{type(error).__name__}: {error}"[:300])
        name = self.engine_of(question).writer.name
        return Answer(question.brief.question, "failed", name, failure=failure, provenance=Provenance(name))


_Ready = tuple[Question, "Prepared | Answer | None"]
_Outcome = tuple[str, Answer | None]


def _failure(error: RagError) -> AnswerFailure:
    reason = " ".join(str(error).split())
    if isinstance(error, WriterError):
        return AnswerFailure(error.kind, reason, error.retryable)
    kind = type(error).__name__.removesuffix("Error").lower()
    return AnswerFailure(kind, reason, isinstance(error, FetchError))


def calls_model(writer: Writer) -> bool:
    """Tell whether a writer asks a model, so that it costs tokens and gains from calls side by side."""
    return not isinstance(writer, ExtractiveWriter)


def _made_of(writer: Writer) -> dict[str, str]:
    """Return what shapes a writer's answers besides its name: this program, and the prompts where it has any."""
    made = {"program": version("paperbound")}
    if calls_model(writer):
        for file in sorted(resource("prompts").glob("*.md")):
            made[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return made


def _one_version_each(papers: Iterable[AllowedPaper]) -> list[list[AllowedPaper]]:
    """Split papers so that no part holds two versions of one: a whitelist allows only one."""
    parts: list[dict[str, AllowedPaper]] = []
    for paper in papers:
        part = next((part for part in parts if paper.paper not in part), None)
        if part is None:
            parts.append(part := {})
        part[paper.paper] = paper
    return [list(part.values()) for part in parts]
