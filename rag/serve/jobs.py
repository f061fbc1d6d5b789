"""Work questions, tables and papers off, in the order asked, and tell everybody who listens how far each one is.

One question is answered at a time: the engine keeps all cores busy with one, and a model on this machine has one voice.
A claim is told only after the gates have passed it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Literal

from anyio.to_thread import run_sync

from rag import Brief
from rag.answers import Answer
from rag.engine import Engine
from rag.errors import RagError, SettingsError
from rag.ingest import Progress, ingest
from rag.papers import AllowedPaper
from rag.serve.errors import without_paths
from rag.table import TableJob
from rag.tables import Column, Table
from rag.uploads import with_uploads

EXTRACTIVE = "extractive"
MOST_WAITING = 64  # questions; more are turned away, so that nobody waits for an hour without knowing
HEARTBEAT_S = 15.0  # after which a silent connection is shown to be alive
CLOSING_S = 10.0  # how long a step under way may hold up the end

_LOG = logging.getLogger(__name__)

Kind = Literal["queued", "stage", "claim", "short", "answered", "failed", "cancelled"]
LAST = ("answered", "failed", "cancelled")


class CancelledJobError(Exception):
    """Leave a job that nobody wants any more."""


@dataclass(frozen=True, slots=True)
class Event:
    """Say how far a job is: how many wait before it, a stage with its count, a claim that passed, its end.

    `short` is what the answer says in short, told before the end: its page takes longer to draw.
    """

    kind: Kind
    text: str = ""
    done: int = 0
    total: int = 0


Made = Answer | Table | str
Work = Callable[[Progress, Callable[[str], None]], Made]
"""Called with what is told of progress and of claims that passed; returns an answer, a table, or what was done."""


@dataclass(eq=False)
class Job:
    """Hold one piece of work from asking to its end: a question and its answer, or papers to bring in."""

    number: int
    work: Work
    ended: Callable[[Job], None] | None = None  # called once, before the last event is told
    events: list[Event] = field(default_factory=list)
    made: Made | None = None
    result: Event | None = None
    unwanted: bool = False
    news: Condition = field(default_factory=Condition)

    @property
    def answer(self) -> Answer | None:
        """Return the answer to a question that was answered."""
        return self.made if isinstance(self.made, Answer) else None

    @property
    def over(self) -> bool:
        """Tell whether nothing more will come."""
        return bool(self.events) and self.events[-1].kind in LAST

    def tell(self, event: Event) -> None:
        """Let everybody who follows know."""
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def after(self, seen: int) -> list[Event]:
        """Return the events after so many, once there are any; none where it stays silent."""
        with self.news:
            if len(self.events) <= seen:
                self.news.wait(HEARTBEAT_S)
            return self.events[seen:]

    def follow(self, seen: int = 0) -> Iterator[Event | None]:
        """Yield all events from the first, or after so many, as they come, to the last; None where it stays silent."""
        while True:
            new = self.after(seen)
            yield from new if new else (None,)
            seen += len(new)
            if new and new[-1].kind in LAST:
                return

    async def heard(self) -> AsyncIterator[Event | None]:
        """Yield what `follow` does; who is cancelled meanwhile leaves at once."""
        seen = 0
        while not seen or self.events[seen - 1].kind not in LAST:
            new = await run_sync(self.after, seen, abandon_on_cancel=True)
            for event in new or (None,):
                yield event
            seen += len(new)

    def wait(self) -> None:
        """Return when nothing more will come."""
        for _ in self.follow():
            pass

    def cancel(self) -> None:
        """Stop at the next step; a job that has ended stays as it is."""
        self.unwanted = True


class Desk:
    """Take questions, one engine's, and answer them in turn."""

    def __init__(self, engine: Engine, also: Sequence[str] = ()) -> None:
        self.engine = engine
        self.writers = tuple(dict.fromkeys((engine.settings.llm or EXTRACTIVE, *also, EXTRACTIVE)))
        self._engines = {self.writers[0]: engine}
        self._asked = 0
        self._waiting: list[Job] = []
        self._news = Condition()
        self._open = True
        self._worker = Thread(target=self.work_off, name="desk", daemon=True)
        self._worker.start()

    def close(self) -> None:
        """Begin no more questions, and stop the one under way at its next step."""
        with self._news:
            self._open = False
            self._news.notify_all()
        self._worker.join(CLOSING_S)

    def written_by(self, writer: str) -> Engine:
        """Return the engine with one of the desk's writers, opened at its first use; an empty name is the usual one."""
        if writer and writer not in self._engines:
            self._engines[writer] = self.engine.with_writer(writer, cache=self.engine.settings.corpus / "replies")
        return self._engines[writer or self.writers[0]]

    def check_writer(self, writer: str) -> None:
        """Raise `SettingsError` for a writer that is not offered; an empty name is the usual one."""
        if writer not in ("", *self.writers):
            raise SettingsError(f"no writer {writer[:60]!r} is offered here; known: {', '.join(self.writers)}")

    def ask(self, brief: Brief, ended: Callable[[Job], None] | None = None, writer: str = "") -> Job:
        """Take a question; raise `SettingsError` when too many wait."""

        def work(progress: Progress, heard: Callable[[str], None]) -> Answer:
            return self.written_by(writer).ask(brief, progress=progress, heard=lambda claim: heard(claim.text))

        return self.take(work, ended)

    def table(
        self,
        papers: Sequence[AllowedPaper],
        columns: Sequence[Column],
        ended: Callable[[Job], None] | None = None,
        writer: str = "",
    ) -> Job:
        """Take a table; raise `SettingsError` when too many wait."""

        def work(progress: Progress, heard: Callable[[str], None]) -> Table:
            engine, cells = self.written_by(writer).for_cells(), len(papers) * len(columns)
            job = TableJob(engine, papers, columns)
            for number, _ in enumerate(job, 1):
                progress("asking", number, cells)
            return job.table()

        return self.take(work, ended)

    def bring(
        self,
        here: Sequence[AllowedPaper],
        named: Sequence[AllowedPaper],
        ended: Callable[[Job], None] | None = None,
    ) -> Job:
        """Take papers to bring in: uploaded ones from their PDFs, named ones as settings say."""

        def work(progress: Progress, heard: Callable[[str], None]) -> str:
            engine, reports = self.engine, []
            if here:
                own = with_uploads(engine.settings)
                reports.append(ingest(here, own, embedder=lambda: engine.embedder, progress=progress))
            if named:
                reports.append(engine.ingest(named, progress=progress))
            added = sum(len(report.added) for report in reports)
            kept = sum(len(report.kept) for report in reports)
            failed = [without_paths(str(error)) for report in reports for _, error in report.failed]
            return "; ".join([f"{added} added", *([f"{kept} were there"] if kept else []), *failed])

        return self.take(work, ended)

    def take(self, work: Work, ended: Callable[[Job], None] | None = None) -> Job:
        """Take a piece of work; raise `SettingsError` when too many wait."""
        with self._news:
            if len(self._waiting) >= MOST_WAITING:
                raise SettingsError(f"{MOST_WAITING} questions wait already; ask again when some are answered")
            self._asked += 1
            job = Job(self._asked, work, ended)
            job.tell(Event("queued", total=len(self._waiting)))
            self._waiting.append(job)
            self._news.notify_all()
        return job

    def work_off(self) -> None:
        """Take one job after the other until the desk closes."""
        while True:
            with self._news:
                while self._open and not self._waiting:
                    self._news.wait()
                if not self._open:
                    return
                job = self._waiting.pop(0)
                for ahead, other in enumerate(self._waiting, 1):
                    other.tell(Event("queued", total=ahead))
            last = self.outcome(job)
            if job.ended and self._open:  # what is cut off by the end of the server is asked again at the next start
                job.result = last
                try:
                    job.ended(job)
                except OSError as error:  # a full disk, a folder that is gone; the next job may fare better
                    _LOG.exception("job %d cannot be kept", job.number)
                    last = Event("failed", f"the answer cannot be kept ({error.strerror})")
            job.tell(last)

    def outcome(self, job: Job) -> Event:
        """Answer a job's question and return its last event."""

        def check() -> None:
            if job.unwanted or not self._open:
                raise CancelledJobError

        def progress(stage: str, done: int, total: int) -> None:
            check()
            job.tell(Event("stage", stage, done, total))

        def heard(text: str) -> None:
            check()
            job.tell(Event("claim", text))

        try:
            progress("searching", 0, 0)
            job.made = job.work(progress, heard)
            for text in in_short(job.made):
                job.tell(Event("short", text))
        except CancelledJobError:
            return Event("cancelled")
        except RagError as error:
            return Event("failed", str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours ends this job, not all that wait behind it
            _LOG.exception("job %d", job.number)
            return Event("failed", f"internal error ({type(error).__name__}); see the server's log")
        return Event("answered", job.made if isinstance(job.made, str) else "")


def in_short(made: Made) -> list[str]:
    """Return what an answer says in short, or that it says nothing; nothing of a table."""
    if not isinstance(made, Answer):
        return []
    if made.refusal:
        return [made.refusal.detail]
    return [claim.text for claim in made.in_short] or [gap.text for gap in made.gaps if gap.nearest][:1]
