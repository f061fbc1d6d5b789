"""Hold what the pages of the web app share: what was asked, what is under way, and what an earlier server left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from jinja2 import PackageLoader
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from rag.errors import RagError
from rag.papers import AllowedPaper
from rag.printing import environment
from rag.serve.errors import without_paths
from rag.serve.guard import Access
from rag.serve.history import Asked, History
from rag.serve.jobs import Desk, Job


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
        for here, named in self.history.left_bringing():
            self.bring(here, named)

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
        """Let a kept question, or table, wait for its answer."""

        def keep(job: Job) -> None:
            last = job.result
            why = "" if last is None else "cancelled" if last.kind == "cancelled" else without_paths(last.text)
            made = None if isinstance(job.made, str) else job.made
            self.history.finish(asked.number, made, why, job.events)
            self.asking.pop(asked.number, None)

        try:
            self.desk.check_writer(asked.writer)
            if asked.columns:
                papers, columns = asked.as_brief().papers, asked.as_columns()
                job = self.desk.table(papers, columns, keep, asked.writer)
            else:
                job = self.desk.ask(asked.as_brief(), keep, asked.writer)
        except RagError as error:
            self.history.finish(asked.number, None, without_paths(str(error)))
            raise
        self.asking[asked.number] = job
        return job

    def bring(self, here: Sequence[AllowedPaper], named: Sequence[AllowedPaper]) -> Job:
        """Bring papers in, and remember the job for who watches it, and over the end of the server."""
        kept = self.history.begin_bringing(here, named)
        job = self.desk.bring(here, named, lambda job: kept.unlink(missing_ok=True))
        self.bringing = {number: other for number, other in self.bringing.items() if not other.over}
        self.bringing[job.number] = job
        return job

    def asked(self, number: int) -> Asked:
        """Return a question of the history; raise 404 where there is none."""
        found = self.history.get(number)
        if found is None:
            raise HTTPException(404, f"there is no question {number}")
        return found
