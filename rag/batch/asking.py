"""Ask one question of a batch: its evidence, its writer, and a failure that stays its own.

`Asking` holds the two stages that `run` lets flow in threads, `Writers` each writer, opened once. What a batch needs of
an engine is `AnswerEngine`: it imports none. Not handled here: which questions are asked, and where answers go.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rag.answers import Answer, AnswerFailure, Provenance
from rag.batch.limits import Ceiling, Outage, Throttle
from rag.batch.progress import tokens_of
from rag.batch.questions import Question
from rag.errors import BatchError, FetchError, RagError, SettingsError, WriterError
from rag.record import sealed
from rag.settings import Settings, resource
from rag.writers import ExtractiveWriter, Writer

if TYPE_CHECKING:
    from rag.briefs import Brief
    from rag.ingest import Progress
    from rag.papers import AllowedPaper
    from rag.prepared import Prepared
    from rag.searching import Embedder, Index

PAUSES_S = (5.0, 15.0, 30.0, 60.0)  # waits before a question that met "too many requests" is given up

_Made = TypeVar("_Made")
Ready = tuple[Question, "Prepared | Answer | None"]
Outcome = tuple[str, Answer | None]

logger = logging.getLogger(__name__)


class AnswerEngine(Protocol):
    """Answer questions over one corpus, in two halves that a batch can overlap."""

    settings: Settings
    writer: Writer

    @property
    def index(self) -> Index | None:
        """Return the index as it is now, or None before the first ingest."""
        ...

    @property
    def embedder(self) -> Embedder:
        """Return the embedding model."""
        ...

    def fetch_missing(self, papers: Sequence[AllowedPaper], progress: Progress = ...) -> dict[str, str]:
        """Ingest what is missing; return the keys of the papers that could not be had, with the reason."""
        ...

    def embed_ahead(self, briefs: Sequence[Brief]) -> None:
        """Embed what many questions will be searched by in one call."""
        ...

    def prepare(self, brief: Brief, *, failed: Mapping[str, str] | None = None) -> Prepared:
        """Do everything up to the writer; `failed` names papers that are known not to be had."""
        ...

    def write(self, prepared: Prepared) -> Answer:
        """Let the writer write, unless the question is refused, and finish."""
        ...

    def with_writer(self, spec: str, **options: Any) -> AnswerEngine:
        """Return an engine on the same corpus and model that writes with `extractive` or `provider:model`."""
        ...


class Writers:
    """Hold one engine for each writer. Safe to use from threads. `options` are those of `LlmWriter.from_spec`."""

    def __init__(self, engine: AnswerEngine, options: Mapping[str, Any]) -> None:
        self.engine = engine
        self._options = options
        self._opened: dict[str | None, AnswerEngine] = {}
        self._lock = threading.Lock()
        self._listener: Callable[[WriterError, float], None] | None = None

    def on_retry(self, listener: Callable[[WriterError, float], None]) -> None:
        """Tell a listener of every call that failed and is tried again, and after how many seconds."""
        self._listener = listener

    def of(self, question: Question) -> AnswerEngine:
        """Return the engine that answers a question; raise `BatchError` when its writer cannot be opened."""
        with self._lock:
            if (engine := self._opened.get(question.writer)) is not None:
                return engine
            try:
                engine = self.engine.with_writer(question.writer, **self._options) if question.writer else self.engine
            except SettingsError as error:
                place = f"line {question.line}" if question.line else f"question {question.id!r}"
                raise BatchError(f"{place}: its writer cannot be had: {error}") from None
            listen = getattr(engine.writer, "on_retry", None)
            if listen is not None and self._listener is not None:
                listen(self._listener)
            return self._opened.setdefault(question.writer, engine)

    def made_of(self, questions: Iterable[Question]) -> dict[str, dict[str, str]]:
        """Return what shapes the answers of each writer besides its name."""
        used = [self.of(question).writer for question in {question.writer: question for question in questions}.values()]
        return {writer.name: made_of(writer) for writer in used}

    def call_a_model(self, questions: Iterable[Question]) -> bool:
        """Tell whether any of these questions costs tokens and gains from calls side by side."""
        return any(calls_model(self.of(question).writer) for question in questions)


def calls_model(writer: Writer) -> bool:
    """Tell whether a writer asks a model."""
    return not isinstance(writer, ExtractiveWriter)


def made_of(writer: Writer) -> dict[str, str]:
    """Return this program's version, and the prompts where a writer has any."""
    made = {"program": version("paperbound")}
    if calls_model(writer):
        for file in sorted(resource("prompts").glob("*.md")):
            made[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return made


class Asking:
    """Hold what questions under way share. `stop` is told why no further question may begin."""

    def __init__(
        self,
        writers: Writers,
        ceiling: Ceiling,
        throttle: Throttle,
        ended: Callable[[], bool],
        stop: Callable[[str], None],
    ) -> None:
        self.absent: Mapping[str, str] = {}  # papers that cannot be had, with the reason
        self._writers = writers
        self._ceiling = ceiling
        self._throttle = throttle
        self._outage = Outage()
        self._ended = ended
        self._stop = stop

        def heard(error: WriterError, wait: float) -> None:
            """Slow down when a call met "too many requests", while that call itself waits and tries again."""
            if error.kind == "rate_limited":
                throttle.slow_down(wait)

        writers.on_retry(heard)

    def prepare(self, questions: Sequence[Question]) -> Iterator[Ready]:
        """Find the evidence of some questions; one embedding call serves them all."""
        engine = self._writers.engine
        if not self._ended():  # whatever goes wrong here, each question meets again under its own name
            self._guarded(questions[0], partial(engine.embed_ahead, [question.brief for question in questions]))
        for question in questions:
            prepare = partial(engine.prepare, question.brief, failed=self.absent)
            yield question, None if self._ended() else self._guarded(question, prepare)

    def finish(self, ready: Ready) -> Outcome:
        """Let a writer answer, as often as a busy server makes it necessary; None when it may not begin any more."""
        question, prepared = ready
        if prepared is None or isinstance(prepared, Answer):
            return question.id, prepared
        for pause in (*PAUSES_S, None):
            answer = self._guarded(question, partial(self._write, question, prepared))
            busy = answer is not None and answer.failure is not None and answer.failure.kind == "rate_limited"
            if not busy or pause is None:
                break
            if self._ended():
                return question.id, None
            self._throttle.slow_down(pause)
        if answer is not None and answer.failure is not None and (why := self._outage.failed(answer.failure)):
            self._stop(why)
        return question.id, answer

    def _write(self, question: Question, prepared: Prepared) -> Answer | None:
        engine = self._writers.of(question)
        if prepared.refusal is not None:
            return engine.write(prepared)
        with self._throttle.slot():
            share = "" if self._ended() else self._ceiling.set_aside(prepared.task.evidence)
            if isinstance(share, str):
                self._stop(share)
                return None
            spent = (0, 0)
            try:
                if self._ended():  # meanwhile, while it waited for room
                    return None
                answer = engine.write(prepared)
                spent = tokens_of(answer)
            except WriterError as error:
                if error.retryable or error.kind == "timeout":
                    self._throttle.slow_down()
                raise
            finally:
                self._ceiling.settle(share, *spent)
        self._throttle.succeeded()
        self._outage.succeeded()
        return answer

    def _guarded(self, question: Question, make: Callable[[], _Made]) -> _Made | Answer:
        """Return what was made, or the failure as the question's answer."""
        try:
            return make()
        except RagError as error:
            failure = failure_of(error)
        except Exception as error:  # whatever happens to one question must not take the others along
            logger.debug("question %s", question.id, exc_info=True)
            failure = AnswerFailure("internal", f"{type(error).__name__}: {error}"[:300])
        name = self._writers.of(question).writer.name
        return sealed(Answer(question.brief.question, "failed", name, failure=failure, provenance=Provenance(name)))


def failure_of(error: RagError) -> AnswerFailure:
    """Return an error as the record of a question keeps it."""
    reason = " ".join(str(error).split())
    if isinstance(error, WriterError):
        return AnswerFailure(error.kind, reason, error.retryable)
    kind = type(error).__name__.removesuffix("Error").lower()
    return AnswerFailure(kind, reason, isinstance(error, FetchError))
