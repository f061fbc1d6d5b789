"""Give an answer's claims as they pass, long before the answer is whole: `engine.ask(..., stream=True)`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event

from rag.answers import Answer, Citation, Claim

Heard = Callable[[Claim], None]


class Stream:
    """Be an answer under way: iterate over its claims with `for` or `async for`; `answer` is the whole record.

    A claim is given once it has passed the gates, with its quotes. What the answer says in the end decides: a claim
    that tells what another tells already may not stand in it. What was not given before comes when the answer is
    whole. Leaving the loop early gives the rest up.
    """

    def __init__(self, work: Callable[[Heard], Answer]) -> None:
        self._passed: SimpleQueue[Claim | None] = SimpleQueue()
        self._given: set[tuple[str, tuple[Citation, ...]]] = set()
        self._left = Event()
        thread = ThreadPoolExecutor(1, "answering")
        self._whole = thread.submit(self._run, work)
        self._whole.add_done_callback(lambda _: self._passed.put(None))
        thread.shutdown(wait=False)  # which lets it finish

    def _run(self, work: Callable[[Heard], Answer]) -> Answer:
        answer = work(self._hear)
        for claim in answer.claims:
            self._hear(claim)
        return answer

    def _hear(self, claim: Claim) -> None:
        if self._left.is_set():
            raise CancelledError("nobody listens any more")
        if (said := (claim.text, claim.citations)) not in self._given:
            self._given.add(said)
            self._passed.put(claim)

    def __iter__(self) -> Iterator[Claim]:
        """Yield the claims in the order in which they pass; raise what `Engine.ask` raises, once all are given."""
        try:
            yield from iter(self._passed.get, None)
        finally:
            self._leave()
        _ = self.answer

    async def __aiter__(self) -> AsyncIterator[Claim]:
        """Yield like `for` does, without blocking the event loop."""
        try:
            while claim := await asyncio.to_thread(self._passed.get):
                yield claim
        finally:
            self._leave()
        _ = self.answer

    def _leave(self) -> None:
        self._left.set()
        self._passed.put(None)  # for whoever iterates again, or still waits

    @property
    def answer(self) -> Answer:
        """Return the whole answer, waiting until it is there; raise what `Engine.ask` raises."""
        return self._whole.result()
