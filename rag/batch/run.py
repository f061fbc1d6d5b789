"""Answer many questions: papers first, then every question for itself, each answer kept the moment it is there.

The order of `Batch`: open the journal, see what is left (`plan`), then let questions flow through a pipeline
(retrieval in groups, writers in parallel: `asking`) whose results the journal takes before anybody sees them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answers import Answer
from rag.batch.asking import Asking, Outcome, Ready
from rag.batch.ceiling import Ceiling, Limits
from rag.batch.journal import Journal, open_journal
from rag.batch.pipeline import GROUP, Pipeline
from rag.batch.plan import Changed, Plan, Planner
from rag.batch.question_file import Question, read_questions
from rag.batch.tally import Tally
from rag.batch.throttle import Throttle
from rag.batch.writers import Writers
from rag.errors import BatchError, SettingsError
from rag.ingest import Progress, silent

if TYPE_CHECKING:
    from rag.briefs import Brief
    from rag.engine import Engine

CONCURRENCY = 8  # calls to a chat model at once: what hosted servers allow new users; local ones batch as many
AHEAD = 2 * GROUP  # questions prepared or about to be, beyond those that a writer has


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
        self.questions = {question.id: question for question in questions}
        self.output = output
        self.options = options = options or Options()
        self.tally = Tally(total=len(self.questions))
        self.writers = Writers(engine, writer_options or {})
        self.planner = Planner(self.writers, self.questions, self.tally, options.changed, options.retry_failed)
        self._progress = progress
        self._throttle = Throttle(options.concurrency)
        self._ceiling = Ceiling(options.limits)
        self._asking = Asking(self.writers, self._ceiling, self._throttle, self._ended, self.stop)
        self._pipeline: Pipeline[Question, Ready, Outcome] | None = None
        self._keeping = False
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
        asked = _read(questions, skip_bad) if isinstance(questions, Path) else _numbered(questions)
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
            yield from self._run(self.planner.plan(journal, self._progress), journal)
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

    # --- while it runs --------------------------------------------------------------------------------------------

    def _run(self, plan: Plan, journal: Journal | None) -> Iterator[Finished]:
        self._asking.absent = plan.absent
        self.tally.begin()
        self._ceiling.begin()
        threads = min(self.options.concurrency, max(len(plan.pending), 1))
        if not self.writers.call_a_model(plan.pending):
            threads = 1  # what only computes gains nothing from threads
        pipeline = self._pipeline = Pipeline(self._asking.prepare, self._asking.finish, threads)
        waiting = iter(plan.pending)
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
            if not self._keeping:  # what a writer finished before the iterator was left is paid for
                self._keep(pipeline.at_hand(), journal)

    def _keep(self, outcomes: Sequence[Outcome], journal: Journal | None) -> list[Finished]:
        """Put answers into the journal, all that are there in one go, and count them."""
        done = [Finished(name, answer) for name, answer in outcomes if answer is not None]
        self._keeping = True  # and stays so when this is cut short: the file may end in half a line
        if journal is not None and done:
            journal.append([(item.id, item.answer) for item in done])
        self._keeping = False
        for item in done:
            self.tally.count(item.answer, self.options.limits)
        return done

    def _ended(self) -> bool:
        """Tell whether no further question may begin, and note why."""
        if reason := self._ceiling.time_is_up():
            self.stop(reason)
        return bool(self.tally.stopped)


def _read(path: Path, skip_bad: bool) -> Sequence[Question]:
    found = read_questions(path)
    if found.bad and not skip_bad:
        listed = "".join(f"\n  {line}" for line in found.bad)
        raise BatchError(f"{len(found.bad)} bad lines; mend them or go on without them (--skip-bad):{listed}")
    return found.good


def _numbered(questions: Sequence[Question | Brief]) -> Sequence[Question]:
    """Return questions; those that are only briefs go by their place."""
    asked = [
        item if isinstance(item, Question) else Question.of(str(number), item)
        for number, item in enumerate(questions, 1)
    ]
    if len({question.id for question in asked}) < len(asked):
        raise BatchError("two questions have the same id; give each its own")
    return asked
