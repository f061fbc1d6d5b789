"""Offer the web app: papers and a question on the first page, progress as it comes, the answer's page, the history."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from rag import Brief
from rag.errors import BriefError
from rag.ingest import remove
from rag.printing import EXPORTS, Format, forms_of, number_citations, printed_as
from rag.serve.completions import streamed
from rag.serve.drawing import drawn
from rag.serve.errors import fault, without_paths
from rag.serve.guard import Access
from rag.serve.history import Asked
from rag.serve.jobs import Desk, Event, Job, Kind
from rag.serve.site import Site
from rag.serve.verdict import judged
from rag.shelves import load_shelves, put_shelf, remove_shelf
from rag.uploads import Upload, take

MOST_FILES = 100  # of one upload
STATIC = {"app.css": "text/css", "app.js": "text/javascript"}
_BRIEF = re.compile(r"^\W*paper\W*:", re.IGNORECASE | re.MULTILINE)
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')


def router(desk: Desk, access: Access) -> APIRouter:
    """Return the routes of the web app."""
    site, routes = Site(desk, access), APIRouter()

    @routes.get("/")
    def front(after: int = 0) -> Response:
        shelves = {name: [paper.key for paper in papers] for name, papers in load_shelves(site.settings.corpus).items()}
        before = site.asked(after) if after else None
        coming = [number for number, job in site.bringing.items() if not job.over]
        told = {"papers": site.papers(), "shelves": shelves, "writers": desk.writers}
        return site.render("ask.html", **told, before=before, coming=coming[-1:])

    @routes.get("/history")
    def history(q: str = "") -> Response:
        return site.render("history.html", found=list(site.history.all(q[:200])), words=q[:200])

    @routes.get("/compare")
    def compare(n: Annotated[list[int], Query()] = []) -> Response:  # noqa: B006 - as FastAPI reads parameters
        if len(n) != 2:
            raise BriefError(f"{len(n)} answers are chosen; choose two")
        both = [(site.asked(number), site.history.answer(number)) for number in n]
        cited = [{citation for claim in answer.claims for citation in claim.citations} for _, answer in both]
        return site.render("compare.html", both=both, shared=cited[0] & cited[1], numbers=number_citations)

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
        columns = [part.strip() for part in re.split(r"[;\n]", str(told.get("columns", ""))) if part.strip()]
        brief = Brief.parse(text) if _BRIEF.search(text) else Brief.of(text or ", ".join(columns), ticked)
        after = told.get("after")
        after = after if isinstance(after, int) and not columns else 0
        asked = await run_in_threadpool(site.history.add, brief, columns, str(told.get("writer", "")), after)
        site.ask(asked)
        return JSONResponse({"address": f"/answers/{asked.number}"})

    @routes.get("/events/{what}/{number}")
    async def events(what: str, number: int) -> Response:
        if job := {"papers": site.bringing, "questions": site.asking}.get(what, {}).get(number):
            return streamed(followed(job))
        if what != "questions":
            raise HTTPException(404, "nothing of that number is under way")
        asked = await run_in_threadpool(site.asked, number)
        return streamed(ended(asked, await run_in_threadpool(site.history.events, number)))

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
        more = {"Ask": "/", "History": "/history", "Verify": f"/answers/{number}/verify"}
        more |= {"Follow up": f"/?after={number}"} if asked.made == "answer" else {}
        more |= {EXPORTS[form].words: f"/answers/{number}/{form}" for form in forms_of(asked.made)}
        return page(drawn(site.settings.corpus, recorded(asked), more))

    def recorded(asked: Asked) -> Path:
        return site.history.place(asked.number) / f"{asked.made}.json"

    @routes.get("/answers/{number}/verify")
    def verify(number: int) -> Response:
        asked = site.asked(number)
        site.history.record(number)
        told = judged(asked, recorded(asked), site.settings.corpus)
        return site.render("verdict.html", asked=asked, verdict=told)

    @routes.get("/answers/{number}/{form}")
    def export(number: int, form: str) -> Response:
        asked = site.asked(number)
        found = site.history.record(number)
        if form not in forms_of(asked.made):
            return fault(404, f"this is not printed as {form[:10]!r}")
        kind, corpus = EXPORTS[Format(form)], site.settings.corpus
        name = f"{asked.made}-{number}"
        text = drawn(corpus, recorded(asked), {}) if form == Format.html else printed_as(found, Format(form), name=name)
        headers = {"Content-Disposition": f'attachment; filename="{name}{kind.suffix}"'}
        charset = "" if isinstance(text, bytes) and text.startswith(b"PK") else "; charset=utf-8"
        return Response(text, media_type=f"{kind.media}{charset}", headers=headers)

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


async def ended(asked: Asked, events: Sequence[Event]) -> AsyncIterator[str]:
    """Yield what was told of a question that has ended, and its end."""
    for event in events:
        yield line(event)
    kind: Kind = "answered" if asked.answered else "cancelled" if asked.ended == "cancelled" else "failed"
    yield line(Event(kind, asked.ended))
