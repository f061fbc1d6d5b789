"""Offer the web app: papers and a question on the first page, progress as it comes, the answer's page, the history."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import PackageLoader
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from rag import Brief
from rag.answers import Answer
from rag.errors import BriefError, RagError
from rag.ingest import remove
from rag.papers import AllowedPaper
from rag.printing import environment, to_bibtex
from rag.serve.completions import streamed
from rag.serve.drawing import drawn
from rag.serve.errors import fault, without_paths
from rag.serve.guard import Access
from rag.serve.history import Asked, History
from rag.serve.jobs import Desk, Event, Job
from rag.serve.verdict import judged
from rag.shelves import load_shelves, put_shelf, remove_shelf
from rag.uploads import Upload, take

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_FILES = 100  # of one upload
STATIC = {"app.css": "text/css", "app.js": "text/javascript"}
EXPORTS: Mapping[str, tuple[str, Callable[[Answer], str]]] = {
    "md": ("text/markdown", Answer.to_markdown),
    "json": ("application/json", Answer.to_json),
    "bib": ("application/x-bibtex", lambda answer: to_bibtex(answer.references)),
}
SAVED = {"md": "Markdown", "json": "JSON", "bib": "BibTeX", "html": "Page to keep"}
_BRIEF = re.compile(r"^\W*paper\W*:", re.IGNORECASE | re.MULTILINE)
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')


class Site:
    """Hold what the pages share: the desk, what was asked, what is under way."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self.desk, self.access = desk, access
        self.settings = desk.engine.settings
        self.history = History(self.settings.corpus / "asked")
        self.asking: dict[int, Job] = {}
        self.bringing: dict[int, Job] = {}
        for asked in reversed(list(self.history.all())):
            if asked.open:  # the server ended before its answer came
                with suppress(RagError):  # it stays in the history with the reason
                    self.ask(asked)

    def render(self, name: str, **values: object) -> Response:
        """Return a page of ours."""
        pages = environment().overlay(loader=PackageLoader("rag.serve"))
        return HTMLResponse(pages.get_template(name).render(csrf=self.access.csrf, **values))

    def papers(self) -> list[Mapping[str, object]]:
        """Return what is known of every stored paper, the latest first."""
        index = self.desk.engine.index
        told: list[Mapping[str, object]] = []
        for entry in reversed(index.entries if index else ()):
            paper = index.paper(entry.key) if index else None
            if paper:
                told.append({"key": entry.key, "title": entry.title, "pages": len(paper.pages), "gaps": paper.gaps})
        return told

    def ask(self, asked: Asked) -> Job:
        """Let a kept question wait for its answer."""

        def keep(job: Job) -> None:
            last = job.result
            why = "" if last is None else "cancelled" if last.kind == "cancelled" else without_paths(last.text)
            self.history.finish(asked.number, job.answer, why)
            self.asking.pop(asked.number, None)

        try:
            job = self.desk.ask(asked.as_brief(), keep)
        except RagError as error:
            self.history.finish(asked.number, None, without_paths(str(error)))
            raise
        self.asking[asked.number] = job
        return job

    def bring(self, here: Sequence[AllowedPaper], named: Sequence[AllowedPaper]) -> Job:
        """Bring papers in, and remember the job for who watches it."""
        job = self.desk.bring(here, named)
        self.bringing = {number: other for number, other in self.bringing.items() if not other.over}
        self.bringing[job.number] = job
        return job

    def asked(self, number: int) -> Asked:
        """Return a question of the history; raise 404 where there is none."""
        found = self.history.get(number)
        if found is None:
            raise HTTPException(404, f"there is no question {number}")
        return found


def router(desk: Desk, access: Access) -> APIRouter:
    """Return the routes of the web app."""
    site, routes = Site(desk, access), APIRouter()

    @routes.get("/")
    def front() -> Response:
        shelves = {name: [paper.key for paper in papers] for name, papers in load_shelves(site.settings.corpus).items()}
        return site.render("ask.html", papers=site.papers(), shelves=shelves, writer=desk.engine.writer.name)

    @routes.get("/history")
    def history(q: str = "") -> Response:
        return site.render("history.html", found=list(site.history.all(q[:200])), words=q[:200])

    @routes.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in STATIC:
            raise HTTPException(404, "no such file")
        return Response(files("rag.serve").joinpath("static", name).read_bytes(), media_type=STATIC[name])

    @routes.post("/papers")
    async def add(request: Request) -> Response:
        async with request.form(max_files=MOST_FILES, max_fields=10) as form:
            sent = [item for item in form.getlist("files") if isinstance(item, UploadFile) and item.filename]
            uploads = [Upload(item.filename or "", await item.read()) for item in sent]
            text = str(form.get("text", ""))
        taken = await run_in_threadpool(take, uploads, text, site.settings)
        if not taken.here and not taken.named:
            raise BriefError("; ".join(taken.refused) or "give ids, links or files")
        job = site.bring(taken.here, taken.named)
        return JSONResponse({"events": f"/events/papers/{job.number}", "refused": taken.refused})

    @routes.post("/papers/remove")
    async def take_out(request: Request) -> Response:
        key = str((await fields(request)).get("paper", ""))
        await run_in_threadpool(remove, key, site.settings)
        return JSONResponse({"removed": key})

    @routes.post("/shelves")
    async def shelve(request: Request) -> Response:
        told = await fields(request)
        name, papers = str(told.get("name", "")), told.get("papers")
        if isinstance(papers, list) and papers:
            put_shelf(site.settings.corpus, name, [str(paper) for paper in papers])
        else:
            remove_shelf(site.settings.corpus, name)
        return JSONResponse({"shelf": name})

    @routes.post("/questions")
    async def ask(request: Request) -> Response:
        told = await fields(request)
        text, papers = str(told.get("question", "")), told.get("papers")
        ticked = [str(paper) for paper in papers] if isinstance(papers, list) else []
        brief = Brief.parse(text) if _BRIEF.search(text) else Brief.of(text, ticked)
        asked = await run_in_threadpool(site.history.add, brief)
        site.ask(asked)
        return JSONResponse({"address": f"/answers/{asked.number}"})

    @routes.get("/events/{what}/{number}")
    async def events(what: str, number: int) -> Response:
        if job := {"papers": site.bringing, "questions": site.asking}.get(what, {}).get(number):
            return streamed(followed(job))
        if what != "questions":
            raise HTTPException(404, "nothing of that number is under way")
        return streamed(ended(await run_in_threadpool(site.asked, number)))

    @routes.post("/answers/{number}/cancel")
    def cancel(number: int) -> Response:
        if job := site.asking.get(number):
            job.cancel()
        return JSONResponse({"cancelled": job is not None})

    @routes.get("/answers/{number}")
    def answer(number: int) -> Response:
        asked = site.asked(number)
        if not asked.answered:
            return site.render("progress.html", asked=asked)
        record = site.history.folder / f"{number:06}" / "answer.json"
        more = {"Verify": f"/answers/{number}/verify"}
        more |= {words: f"/answers/{number}/{form}" for form, words in SAVED.items()}
        return page(drawn(site.settings.corpus, record, {"Ask": "/", "History": "/history"} | more))

    @routes.get("/answers/{number}/verify")
    def verify(number: int) -> Response:
        asked = site.asked(number)
        site.history.answer(number)
        told = judged(asked, site.history.folder / f"{number:06}", site.settings.corpus)
        return site.render("verdict.html", asked=asked, verdict=told)

    @routes.get("/answers/{number}/{form}")
    def export(number: int, form: str) -> Response:
        found = site.history.answer(site.asked(number).number)
        headers = {"Content-Disposition": f'attachment; filename="answer-{number}.{form}"'}
        if form == "html":
            record = site.history.folder / f"{number:06}" / "answer.json"
            return HTMLResponse(drawn(site.settings.corpus, record, {}), headers=headers)
        if form not in EXPORTS:
            return fault(404, f"answers are not printed as {form[:10]!r}")
        kind, printed = EXPORTS[form]
        return Response(printed(found), media_type=f"{kind}; charset=utf-8", headers=headers)

    return routes


def page(text: str) -> Response:
    """Return an answer's page under its own policy, which allows nothing but its one style and one script by hash."""
    found = _POLICY.search(text)
    policy = f"{html.unescape(found[1])}; frame-ancestors 'none'" if found else "default-src 'none'"
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


async def fields(request: Request) -> Mapping[str, object]:
    """Return the fields of a body in JSON; raise `BriefError` for any other."""
    try:
        told = json.loads(await request.body())
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise BriefError("the body is no JSON object")
    return told


def line(event: Event) -> str:
    """Return an event as a line of a stream."""
    told = {"kind": event.kind, "text": without_paths(event.text), "done": event.done, "total": event.total}
    return f"data: {json.dumps(told)}\n\n"


async def followed(job: Job) -> AsyncIterator[str]:
    """Yield all that happens to a job; it goes on when nobody listens."""
    async for event in job.heard():
        yield line(event) if event else ": still here\n\n"


async def ended(asked: Asked) -> AsyncIterator[str]:
    """Yield the end of what ended before."""
    kind = "answered" if asked.answered else "cancelled" if asked.ended == "cancelled" else "failed"
    yield line(Event(kind, asked.ended))  # type: ignore[arg-type]
