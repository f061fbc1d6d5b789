"""Open the writers of a batch, each once: the batch's own, and those that questions name."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from rag.answers import Writer
from rag.batch.question_file import Question
from rag.errors import BatchError, SettingsError, WriterError
from rag.settings import resource
from rag.writers.extractive import ExtractiveWriter

if TYPE_CHECKING:
    from rag.engine import Engine


class Writers:
    """Hold one engine for each writer. Safe to use from threads. `options` are those of `LlmWriter.from_spec`."""

    def __init__(self, engine: Engine, options: Mapping[str, Any]) -> None:
        self.engine = engine
        self._options = options
        self._opened: dict[str | None, Engine] = {}
        self._lock = threading.Lock()
        self._listener: Callable[[WriterError, float], None] | None = None

    def on_retry(self, listener: Callable[[WriterError, float], None]) -> None:
        """Tell a listener of every call that failed and is tried again, and after how many seconds."""
        self._listener = listener

    def of(self, question: Question) -> Engine:
        """Return the engine that answers a question; raise `BatchError` when its writer cannot be opened."""
        with self._lock:
            if question.writer not in self._opened:
                self._opened[question.writer] = self._open(question)
            return self._opened[question.writer]

    def _open(self, question: Question) -> Engine:
        try:
            engine = self.engine.with_writer(question.writer, **self._options) if question.writer else self.engine
        except SettingsError as error:
            place = f"line {question.line}" if question.line else f"question {question.id!r}"
            raise BatchError(f"{place}: its writer cannot be had: {error}") from None
        listen = getattr(engine.writer, "on_retry", None)
        if listen is not None and self._listener is not None:
            listen(self._listener)
        return engine

    def made_of(self, questions: Iterable[Question]) -> dict[str, dict[str, str]]:
        """Return what shapes the answers of each writer besides its name."""
        used = [self.of(question).writer for question in {question.writer: question for question in questions}.values()]
        return {writer.name: _made_of(writer) for writer in used}

    def call_a_model(self, questions: Iterable[Question]) -> bool:
        """Tell whether any of these questions costs tokens and gains from calls side by side."""
        return any(calls_model(self.of(question).writer) for question in questions)


def calls_model(writer: Writer) -> bool:
    """Tell whether a writer asks a model."""
    return not isinstance(writer, ExtractiveWriter)


def _made_of(writer: Writer) -> dict[str, str]:
    """Return this program's version, and the prompts where a writer has any."""
    made = {"program": version("paperbound")}
    if calls_model(writer):
        for file in sorted(resource("prompts").glob("*.md")):
            made[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return made
