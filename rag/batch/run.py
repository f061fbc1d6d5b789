"""Answer many questions: papers first, then every question for itself, each answer kept the moment it is there.

The order of `Batch`: open the journal, see what is left (`plan`), then let questions flow through a pipeline
(retrieval in groups, writers in parallel: `asking`) whose results the journal takes before anybody sees them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rag.answers import Answer
from rag.batch.asking import AnswerEngine, Asking, Outcome, Ready, Writers
from rag.batch.journal import Journal, open_journal
from rag.batch.limits import Ceiling, Throttle
from rag.batch.plan import Options, Plan, Planner
from rag.batch.progress import Tally
from rag.batch.questions import Question, numbered, read_questions
from rag.errors import BatchError
from rag.ingest import Progress, silent

if TYPE_CHECKING:
    from rag.briefs import Brief

GROUP = 16  # questions prepared together: more would let the first ones wait
AHEAD = 2 * GROUP  # questions prepared or about to be, beyond those that a writer has

_Piece = TypeVar("_Piece")
_Half = TypeVar("_Half")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Finished:
    """Hold one answer of a batch, already in the journal where there is one."""

    id: str
    answer: Answer


class Batch:
    """Be one batch: iterate over it, with `for` or `async for`, to run it. `tally` tells how far it is."""

    def __init__(
        self,
        engine: AnswerEngine,
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
        self.planner = Planner(self.writers, self.questions, self.tally, options)
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
        engine: AnswerEngine,
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
        if not isinstance(questions, Path):
            return cls(engine, numbered(questions), output, options, progress, writer_options)
        found = read_questions(questions)
        if found.bad and not skip_bad:
            listed = "".join(f"\n  {line}" for line in found.bad)
            raise BatchError(f"{len(found.bad)} bad lines; mend them or go on without them (--skip-bad):{listed}")
        return cls(engine, found.good, output, options, progress, writer_options)

    def estimate(self) -> list[str]:
        """Return what running would take, as lines. Nothing is fetched, nobody is asked."""
        return self.planner.estimate(self.output)

    def __iter__(self) -> Generator[Finished, None, None]:
        """Run, and yield each answer when it is finished."""
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
        iterator = iter(self)
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
                self._abandoned = True
                self.stop()
                if self._pipeline is not None:
                    self._pipeline.wake()
                await asyncio.wait([step])
            await asyncio.to_thread(iterator.close)

    def stop(self, reason: str = "interrupted") -> None:
        """Begin no further question; those under way are finished."""
        self.tally.stopped = self.tally.stopped or reason
        self._throttle.resume()

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


class Pipeline(Generic[_Piece, _Half, _Result]):
    """Run work through two stages at once: prepare in one thread, in groups; then finish in many, as they get free.

    What is under way is bounded by what the caller submits: it hands in the next piece when it has taken a result, so
    a slow caller slows everything down and nothing piles up. Threads are daemons: a caller in a hurry may leave them.
    `prepare` and `finish` must not raise; what goes wrong belongs into their results.
    """

    def __init__(
        self,
        prepare: Callable[[Sequence[_Piece]], Iterable[_Half]],
        finish: Callable[[_Half], _Result],
        threads: int,
    ) -> None:
        self._prepare = prepare
        self._finish = finish
        self._threads = threads
        self._asked: SimpleQueue[_Piece | None] = SimpleQueue()
        self._ready: SimpleQueue[_Half | None] = SimpleQueue()
        self._done: SimpleQueue[_Result | None] = SimpleQueue()
        self.under_way = 0
        for target in (self._preparing, *[self._finishing] * threads):
            threading.Thread(target=target, daemon=True).start()

    def submit(self, piece: _Piece) -> None:
        """Hand in one piece of work."""
        self.under_way += 1
        self._asked.put(piece)

    def results(self) -> list[_Result]:
        """Wait for a result and return it with all others that are there; none after `wake`."""
        first = self._done.get()
        if first is None:
            return self.at_hand()
        self.under_way -= 1
        return [first, *self.at_hand()]

    def at_hand(self) -> list[_Result]:
        """Return the results that are there now."""
        found = []
        while True:
            try:
                result = self._done.get_nowait()
            except Empty:
                break
            if result is not None:
                found.append(result)
        self.under_way -= len(found)
        return found

    def wake(self) -> None:
        """Let `results` return at once, with nothing if nothing is there."""
        self._done.put(None)

    def close(self) -> None:
        """Let the threads end when they have done what they are at."""
        self._asked.put(None)
        for _ in range(self._threads):
            self._ready.put(None)

    def _preparing(self) -> None:
        while (first := self._asked.get()) is not None:
            group: list[_Piece] = [first]
            while len(group) < GROUP:
                try:
                    piece = self._asked.get_nowait()
                except Empty:
                    break
                if piece is None:
                    self._asked.put(None)
                    break
                group.append(piece)
            for ready in self._prepare(group):
                self._ready.put(ready)

    def _finishing(self) -> None:
        while (ready := self._ready.get()) is not None:
            self._done.put(self._finish(ready))
