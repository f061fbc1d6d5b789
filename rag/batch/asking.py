"""Ask one question of a batch: its evidence, its writer, and a failure that stays its own.

The two stages that `pipeline` runs in threads. Not handled here: which questions are asked, and where answers go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from rag.answers import Answer, AnswerFailure, Provenance
from rag.batch.ceiling import Ceiling
from rag.batch.outage import Outage
from rag.batch.question_file import Question
from rag.batch.tally import tokens_of
from rag.batch.throttle import Throttle
from rag.errors import FetchError, RagError, WriterError

if TYPE_CHECKING:
    from rag.batch.writers import Writers
    from rag.prepared import Prepared

PAUSES_S = (5.0, 15.0, 30.0, 60.0)  # waits before a question that met "too many requests" is given up

_Made = TypeVar("_Made")
Ready = tuple[Question, "Prepared | Answer | None"]
Outcome = tuple[str, Answer | None]

logger = logging.getLogger(__name__)


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
        writers.on_retry(self._heard)

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
        name = self._writers.of(question).writer.name
        return Answer(question.brief.question, "failed", name, failure=failure, provenance=Provenance(name))


def _failure(error: RagError) -> AnswerFailure:
    reason = " ".join(str(error).split())
    if isinstance(error, WriterError):
        return AnswerFailure(error.kind, reason, error.retryable)
    kind = type(error).__name__.removesuffix("Error").lower()
    return AnswerFailure(kind, reason, isinstance(error, FetchError))
