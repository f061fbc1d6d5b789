"""Answer a question from its allowed papers: the one place where the stages meet.

The story of one question is `Engine.ask`: `prepare` fetches what is missing, reads the question once, searches the
allowed papers and chooses evidence, or refuses; `write` lets a writer name evidence; `finish` judges its claims, prints
quotes from stored data and says what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from rag.answers import Answer, Draft, DraftClaim, Notice
from rag.assemble import answer, resolved
from rag.briefs import Brief, all_named, check_whole, given
from rag.errors import CorpusError, SettingsError, WriterError
from rag.gates import Settled, Support, settle
from rag.ingest import Ingested, Progress, ingest, silent
from rag.language import read_question
from rag.papers import AllowedPaper, Hit, Paper
from rag.prepared import Prepared, prepare
from rag.searching import Embedder, Index, RememberedEmbedder, changed_at, load_bulk_embedder, load_embedder, search
from rag.settings import Settings
from rag.streaming import Heard, Stream
from rag.writers import CellWriter, ExtractiveWriter, Writer, floored

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from rag.batch import Batch, Question
    from rag.tables import Column, Table

MODEL_FAILED = "The chat model gave no usable reply ({reason}); the sentences below were chosen without it."
Asked = Brief | str | Path
"""A brief, a question, or the path of a brief's file."""
Papers = Sequence[AllowedPaper | str] | None

RERANKED = 50  # hits that a cross-encoder reads again: about two seconds on a CPU


class Engine:
    """Answer questions over one corpus. Heavy parts (model, index) load when first needed."""

    def __init__(
        self,
        settings: Settings,
        *,
        writer: Writer | None = None,
        embedder: Embedder | None = None,
        support: Support | None = None,
    ) -> None:
        self.settings = settings
        self.support = support
        self.writer = writer or open_writer(settings)
        self._given = embedder
        self._index: tuple[int, Index] | None = None

    @classmethod
    def open(cls, corpus: str | Path | None = None, *, writer: Writer | None = None, **options: Any) -> Engine:
        """Open a corpus folder (by default RAG_CORPUS, else the usual place); it is made at the first ingest.

        `options` are fields of `Settings`: pdf_dir, offline, model, llm, arxiv_api, arxiv_pdf.
        """
        settings = Settings.from_env()
        if corpus is not None:
            options["corpus"] = Path(corpus)
        if options.get("pdf_dir") is not None:
            options["pdf_dir"] = Path(options["pdf_dir"])
        try:
            return cls(replace(settings, **options), writer=writer)
        except TypeError as error:
            raise SettingsError(f"unknown option: {error}") from None

    @cached_property
    def embedder(self) -> Embedder:
        """Return the embedding model, loaded at its first use; it remembers what it was asked."""
        return RememberedEmbedder(self._given or load_embedder(self.settings.model, offline=self.settings.offline))

    @property
    def index(self) -> Index | None:
        """Return the index as it is now, or None before the first ingest; opened again when it has changed."""
        stamp = changed_at(self.settings.index_dir)
        if stamp is None:
            return None
        if self._index is None or self._index[0] != stamp:
            self._index = (stamp, Index.open(self.settings.index_dir))
        return self._index[1]

    # --- what a user calls ----------------------------------------------------------------------------------

    def ingest(
        self,
        what: Brief | Sequence[AllowedPaper | str] | str | Path,
        *,
        rebuild: bool = False,
        progress: Progress = silent,
    ) -> Ingested:
        """Make papers searchable: a brief, a whitelist or arXiv ids. What is stored already is left alone."""
        return ingest(
            all_named(what),
            self.settings,
            embedder=lambda: self.embedder,
            bulk=self._bulk,
            rebuild=rebuild,
            progress=progress,
        )

    def _bulk(self, papers: int) -> Embedder | None:
        return None if self._given else load_bulk_embedder(papers, self.settings.model, offline=self.settings.offline)

    @overload
    def ask(
        self, question: Asked, papers: Papers = None, *, stream: Literal[True], progress: Progress = ...
    ) -> Stream: ...

    @overload
    def ask(
        self, question: Asked, papers: Papers = None, *, progress: Progress = ..., heard: Heard | None = None
    ) -> Answer: ...

    def ask(
        self,
        question: Asked,
        papers: Papers = None,
        *,
        stream: bool = False,
        progress: Progress = silent,
        heard: Heard | None = None,
    ) -> Answer | Stream:
        """Answer a brief, or a question over some papers; what is not stored yet is fetched first.

        A chat model's claims can be had as they pass the gates, long before the answer is whole: `stream` returns an
        iterator over them, `heard` is told each.
        A model that gives no usable reply costs a notice, not the answer: the papers' own sentences stand in.
        Raise `BriefError` for a question without papers.

        >>> from rag import Engine
        >>> from rag.settings import resource
        >>> engine = Engine.open("my_corpus", pdf_dir=resource("demo") / "pdf", offline=True)
        >>> stream = engine.ask("How many seconds does TernBurst need?", ["2604.90001"], stream=True)
        >>> for claim in stream:
        ...     print(claim.citations[0].paper, claim.citations[0].spans[0].page)
        2604.90001 1
        >>> stream.answer.status
        'answered'
        """
        brief = given(question, papers)
        if stream:
            return Stream(lambda passed: self.ask(brief, progress=progress, heard=passed))
        start = time.perf_counter()
        prepared = self.prepare(brief, progress=progress)
        try:
            answer = self.write(prepared, progress, heard)
        except WriterError as error:
            prepared.notices.append(Notice("model_failed", MODEL_FAILED.format(reason=str(error).rstrip("."))))
            answer = self.finish(prepared, ExtractiveWriter().write(prepared.task))
        return replace(answer, run={**answer.run, "total_s": round(time.perf_counter() - start, 4)})

    @overload
    async def aask(self, question: Asked, papers: Papers = None, *, stream: Literal[True]) -> Stream: ...

    @overload
    async def aask(self, question: Asked, papers: Papers = None) -> Answer: ...

    async def aask(self, question: Asked, papers: Papers = None, *, stream: bool = False) -> Answer | Stream:
        """Answer like `ask`, without blocking the event loop; a stream's claims come by `async for`."""
        import asyncio

        if stream:
            return self.ask(question, papers, stream=True)
        return await asyncio.to_thread(self.ask, question, papers)

    def page(self, answer: Answer) -> str:
        """Return an answer as one self-contained page, with pictures of the quoted pages whose PDFs are at hand."""
        from rag.illustrated_page import illustrated_page

        return illustrated_page(answer, self.index)

    def search(
        self, question: str, papers: Sequence[AllowedPaper | str], k: int = 10, *, reranker: str | None = None
    ) -> tuple[Hit, ...]:
        """Return the k best passages of the given papers; what is not stored yet is fetched first.

        `reranker` names a sentence-transformers cross-encoder (or its folder) that reads the best hits again. Raise
        `CorpusError` naming the first paper that cannot be had, and why.
        """
        check_whole(question)
        allowed = all_named(papers)
        for key, reason in self.fetch_missing(allowed).items():
            raise CorpusError(f"{key} is not stored, and could not be fetched: {reason}")
        index = self._opened()
        entries = [entry for paper in allowed if (entry := index.resolve(paper))]
        index.check_model(self.embedder.fingerprint, self.settings.model)
        vectors, depth = self.embedder.embed([question]), k if reranker is None else max(k, RERANKED)
        hits = search(index, [entry.key for entry in entries], [question], vectors, k=depth)
        if reranker is None:
            return hits
        from rag.searching import load_judge, rerank

        return rerank(question, hits, load_judge(reranker, offline=self.settings.offline), k)

    def retriever(self, papers: Sequence[AllowedPaper | str], k: int = 10) -> BaseRetriever:
        """Return a LangChain retriever over the given papers alone; `rag.retrievers` has LlamaIndex's, Haystack's."""
        from rag.retrievers import LangChainRetriever

        return LangChainRetriever(self, papers, k)

    def stored(self, hit: Hit) -> Paper:
        """Return the stored paper that a hit lies in."""
        return self._opened().paper(hit.paper)

    def _opened(self) -> Index:
        """Return the index as it is now; raise `CorpusError` before the first ingest."""
        index = self.index
        if index is None:
            raise CorpusError(f"no index at {self.settings.index_dir}; run: rag ingest BRIEF")
        return index

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is opened again when it is needed: the index, the model that the settings name."""
        return {name: value for name, value in self.__dict__.items() if name != "embedder"} | {"_index": None}

    def batch(self, questions: Path | Sequence[Question | Brief], output: Path | None = None, **options: Any) -> Batch:
        """Return an iterator over many questions' answers, also for `async for`; see `rag.batch.Options`."""
        from rag.batch import Batch

        return Batch.of(self, questions, output, **options)

    def table(
        self,
        papers: Brief | Sequence[AllowedPaper | str] | str | Path,
        columns: Sequence[str | Column] | Path | None = None,
        journal: Path | None = None,
        **options: Any,
    ) -> Table:
        """Ask every question of every paper and return the table; see `rag.batch.Options` for `options`.

        Columns are headings ("data set"), questions, or a TOML file of both; a brief's points where none are given.
        What is finished is kept in the `journal`, from which a killed run goes on.
        """
        from rag.table import TableJob, columns_for

        job = TableJob(self.for_cells(), all_named(papers), columns_for(papers, columns), journal, **options)
        for _ in job:
            pass
        return job.table()

    def for_cells(self) -> Engine:
        """Return an engine that says one sentence or none, as a table's cell holds it; a chat model stays as it is."""
        if type(self.writer) is not ExtractiveWriter:
            return self
        other = Engine(self.settings, writer=CellWriter(), embedder=self.embedder, support=self.support)
        other._index = self._index
        return other

    def with_writer(self, spec: str, **options: Any) -> Engine:
        """Return an engine on the same corpus and model that writes with `extractive` or `provider:model`."""
        settings = replace(self.settings, llm=spec)
        other = Engine(settings, writer=open_writer(settings, **options), embedder=self.embedder, support=self.support)
        other._index = self._index
        return other

    # --- the two halves of an answer, apart so that a batch can overlap them ----------------------------------

    def embed_ahead(self, briefs: Sequence[Brief]) -> None:
        """Embed what many questions will be searched by in one call; `prepare` then finds it remembered."""
        asked = [read_question(brief.question, brief.points, brief.papers) for brief in briefs]
        queries = [facet.query for question in asked for facet in question.facets]
        own = [sentence for question in asked for sentence in question.sentences]
        self.embedder.embed(list(dict.fromkeys([*queries, *own])))

    def prepare(
        self, brief: Brief, *, progress: Progress = silent, failed: Mapping[str, str] | None = None
    ) -> Prepared:
        """Do everything up to the writer: fetch papers, read the question, search, choose evidence, or refuse.

        `failed` names papers, by key, that are known not to be had, with the reason; nothing is fetched then.
        """
        began = time.perf_counter()
        failed = self.fetch_missing(brief.papers, progress) if failed is None else failed
        fetched = time.perf_counter()
        prepared = prepare(brief, self.index, self.embedder, failed, self.settings.model)
        prepared.seconds = {"ingest": fetched - began, "retrieve": time.perf_counter() - fetched}
        return prepared

    def fetch_missing(self, papers: Sequence[AllowedPaper], progress: Progress = silent) -> dict[str, str]:
        """Ingest what is missing; return the keys of the papers that could not be had, with the reason."""
        index = self.index
        missing = [paper for paper in papers if index is None or index.resolve(paper) is None]
        if not missing:
            return {}
        report = self.ingest(missing, progress=progress)
        return {paper.key: str(error).removeprefix(f"{paper.key}: ") for paper, error in report.failed}

    def write(self, prepared: Prepared, progress: Progress = silent, heard: Heard | None = None) -> Answer:
        """Let the writer write, unless the question is refused, and finish; raise `WriterError` when it cannot."""
        began = time.perf_counter()
        in_steps = getattr(self.writer, "write_in_steps", None)  # a chat model's, which takes long
        if prepared.refusal:
            draft = Draft(())
        elif in_steps:
            told = partial(self._tell_passed, prepared, heard) if heard else None
            draft = in_steps(prepared.task, partial(progress, "writing"), told)
        else:
            draft = self.writer.write(prepared.task)
        prepared.seconds["write"] = time.perf_counter() - began
        return self.finish(prepared, draft)

    def _tell_passed(self, prepared: Prepared, heard: Heard, point: int | None, claims: Sequence[DraftClaim]) -> None:
        """Tell which claims pass; the check of meaning remembers them, so that judging the whole asks no more."""
        places = tuple(tuple(claims) if number == point else () for number in range(len(prepared.task.points)))
        draft = Draft(places, in_short=tuple(claims) if point is None else ())
        settled = settle(draft, prepared.task, support=self.support or getattr(self.writer, "check", None))
        passed = (*settled.in_short, *(claim for section in settled.claims for claim in section))
        for claim in resolved(prepared, passed):
            heard(claim)

    def finish(self, prepared: Prepared, draft: Draft) -> Answer:
        """Judge a draft and print the answer: quotes, titles and links from stored data."""
        began = time.perf_counter()
        task, repair = prepared.task, getattr(self.writer, "repair", None)
        mend = partial(repair, task) if repair else None
        support = self.support or getattr(self.writer, "check", None)
        settled = Settled(())
        if not prepared.refusal:
            settled = floored(settle(draft, task, support=support, repair=mend), draft, task)
        prepared.seconds["judge"] = time.perf_counter() - began
        return answer(prepared, draft, settled, self.writer.name)


def open_writer(settings: Settings, **options: Any) -> Writer:
    """Return the writer that settings ask for; `options` are those of `LlmWriter.from_spec`.

    Raise `SettingsError` when `offline` is set and the model is not on this machine.
    """
    if settings.llm is None or settings.llm == "extractive":
        return ExtractiveWriter()
    from rag.writers import LlmWriter

    return LlmWriter.from_spec(settings.llm, offline=settings.offline, calibrations=settings.calibrations, **options)
