"""Many questions: read, estimated, answered, kept the moment they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.batch.asking import AnswerEngine
    from rag.batch.journal import remove_journal
    from rag.batch.limits import Limits
    from rag.batch.plan import Options
    from rag.batch.progress import watch
    from rag.batch.questions import Question, read_questions
    from rag.batch.run import Batch, Finished

__all__ = [
    "AnswerEngine",
    "Batch",
    "Finished",
    "Limits",
    "Options",
    "Question",
    "read_questions",
    "remove_journal",
    "watch",
]

_HOMES = {
    "AnswerEngine": "rag.batch.asking",
    "Batch": "rag.batch.run",
    "Finished": "rag.batch.run",
    "Limits": "rag.batch.limits",
    "Options": "rag.batch.plan",
    "Question": "rag.batch.questions",
    "read_questions": "rag.batch.questions",
    "remove_journal": "rag.batch.journal",
    "watch": "rag.batch.progress",
}

__getattr__ = lazy(__name__, _HOMES)
