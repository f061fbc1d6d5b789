"""Speak OpenAI's chat completions: every shelf is a model, an answer is a message, its citations come four ways.

Marks `[n]` with a list of links in the text, for clients that show text alone; `url_citation` annotations (OpenAI);
`source` and `status` events (Open WebUI); the whole record under `paperbound`. Each event rides on a chunk with an
empty delta, so that clients that know no events read past it. Tokens are counted as none: no model was paid by the
client's account.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from rag.errors import BriefError, RagError, SettingsError
from rag.papers import AllowedPaper
from rag.printing import ChatText, Mark, to_chat
from rag.serve.chat_request import HEADER, Chat, brief_of
from rag.serve.errors import fault, worded
from rag.serve.jobs import Desk, Event, Job
from rag.shelves import WHOLE_CORPUS, Shelves, load_shelves

Json = Mapping[str, object]

# Open WebUI asks for titles, tags and follow-ups in prompts of its own; this satisfies all its readers of replies
TASK_REPLY = json.dumps({"title": "Paperbound", "tags": [], "follow_ups": [], "queries": []})
NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def router(desk: Desk, whole_corpus: bool = False) -> APIRouter:
    """Return the routes below `/v1`; `whole_corpus` offers all stored papers as one more model."""
    routes = APIRouter(prefix="/v1")

    @routes.get("/models")
    def models() -> Response:
        data = [model_card(name) for name in offered(desk, whole_corpus)]
        return JSONResponse({"object": "list", "data": data})

    @routes.get("/models/{name:path}")
    def model(name: str) -> Response:
        if name not in offered(desk, whole_corpus):
            return fault(404, f"no shelf is called {name[:60]!r}", "model_not_found")
        return JSONResponse(model_card(name))

    @routes.post("/chat/completions")
    async def complete(request: Request) -> Response:
        try:
            chat = Chat.read(await request.body())
            reply = Reply(chat.model or "paperbound")
            if chat.is_task:
                return task_reply(reply, chat)
            shelves = await run_in_threadpool(offered, desk, whole_corpus)
            job = desk.ask(brief_of(chat, request.headers.get(HEADER), shelves))
        except SettingsError as error:
            return fault(429, str(error), "queue_full")
        except RagError as error:
            return fault(400, str(error), "no_whitelist" if isinstance(error, BriefError) else None)
        if chat.stream:
            usage = bool(chat.stream_options and chat.stream_options.include_usage)
            return streamed(reply.followed(job, usage))
        await run_in_threadpool(job.wait)
        if job.answer is None:
            return fault(500, job.events[-1].text, "failed")
        return JSONResponse(reply.whole(to_chat(job.answer), json.loads(job.answer.to_json())))

    return routes


def offered(desk: Desk, whole_corpus: bool) -> Shelves:
    """Return what can be asked as a model: every shelf, and all stored papers where that is wanted."""
    shelves = dict(load_shelves(desk.engine.settings.corpus))
    index = desk.engine.index if whole_corpus else None
    if index and index.entries:
        shelves[WHOLE_CORPUS] = tuple(AllowedPaper(entry.paper, entry.version) for entry in index.entries)
    return shelves


def model_card(name: str) -> Json:
    """Return how a shelf is listed among models."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "paperbound"}


def task_reply(reply: Reply, chat: Chat) -> Response:
    """Answer a client's own job with what stands fixed; no paper and no model is asked."""
    text = ChatText(TASK_REPLY, ())
    return streamed(piecewise(reply.chunks(text, None))) if chat.stream else JSONResponse(reply.whole(text, None))


async def piecewise(lines: Iterator[str]) -> AsyncIterator[str]:
    """Yield lines that are there already to who expects them to come."""
    for line in lines:
        yield line


def streamed(lines: AsyncIterator[str]) -> Response:
    """Return server-sent events, which nothing on the way may keep or change."""
    return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


class Reply:
    """Word one reply: what its chunks share."""

    def __init__(self, model: str) -> None:
        self.created = int(time.time())
        self.model = model

    def whole(self, text: ChatText, record: Json | None) -> Json:
        """Return the reply in one piece."""
        message = {"role": "assistant", "content": text.text, "refusal": None, "annotations": url_citations(text)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        told = {**self._head("chat.completion"), "choices": [choice], "usage": NO_TOKENS}
        return told | ({"paperbound": record} if record is not None else {})

    def chunks(self, text: ChatText, record: Json | None, usage: bool = False) -> Iterator[str]:
        """Yield the text block by block, sources, annotations, the record and the end, as lines of a stream."""
        yield self.chunk({"role": "assistant", "content": ""})
        for mark in text.sources:
            yield self.chunk({}, event={"type": "source", "data": source(mark)})
        for block in text.text.splitlines(keepends=True):
            yield self.chunk({"content": block})
        if text.marks:
            yield self.chunk({"annotations": url_citations(text)})
        yield self.chunk({}, "stop", **({"paperbound": record} if record is not None else {}))
        if usage:
            told = {**self._head("chat.completion.chunk"), "choices": [], "usage": NO_TOKENS}
            yield f"data: {json.dumps(told)}\n\n"
        yield "data: [DONE]\n\n"

    async def followed(self, job: Job, usage: bool) -> AsyncIterator[str]:
        """Yield how far a job is, then its answer; a job that nobody listens to any more is cancelled."""
        try:
            async for event in job.heard():
                status = described(event) if event else None
                if status is not None:
                    yield self.chunk({}, event={"type": "status", "data": status})
                elif event is None:
                    yield ": still here\n\n"
            if job.answer is None:
                yield f"data: {json.dumps(worded(500, job.events[-1].text, 'failed'))}\n\n"
                return
            for line in self.chunks(to_chat(job.answer), json.loads(job.answer.to_json()), usage):
                yield line
        finally:
            job.cancel()

    def chunk(self, delta: Json, finish: str | None = None, **more: object) -> str:
        """Return one line of a stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        told = {**self._head("chat.completion.chunk"), "choices": [choice], **more}
        return f"data: {json.dumps(told)}\n\n"  # ASCII: some clients take U+2028 for the end of a line

    def _head(self, kind: str) -> Json:
        return {"id": f"chatcmpl-{self.created}", "object": kind, "created": self.created, "model": self.model}


def url_citations(text: ChatText) -> list[Json]:
    """Return an annotation for every mark that leads to a page or a paper."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": mark.start,
                "end_index": mark.end,
                "title": mark.title,
                "url": mark.url,
            },
        }
        for mark in text.marks
        if mark.url
    ]


def source(mark: Mark) -> Json:
    """Return a quote as Open WebUI shows it; pages count from 0 there, and a name that is no address asks no icon."""
    citation, name = mark.citation, f"[{mark.number}] {mark.title}"
    told: dict[str, object] = {"source": name, "name": name}
    if mark.url:
        told["source_url"] = mark.url
    if citation.spans:
        told["page"] = citation.spans[0].page - 1
    described = {"id": name, "name": name, **({"url": mark.url} if mark.url else {})}
    return {"source": described, "document": [citation.quote], "metadata": [told]}


def described(event: Event) -> Json | None:
    """Return how far a job is as Open WebUI shows it; None for what the answer itself tells."""
    if event.kind == "queued":
        return {"description": f"{event.total} before this one" if event.total else "next", "done": False}
    if event.kind == "stage":
        count = f" {event.done} of {event.total}" if event.total else ""
        return {"description": f"{event.text}{count}", "done": False}
    if event.kind == "claim":
        return {"description": f"passed: {event.text}", "done": False}
    if event.kind == "short":  # the answer itself says it
        return None
    return {"description": event.kind, "done": True}
