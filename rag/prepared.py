"""Prepare a question up to the writer: its papers, what it asks, what is found for it, or why it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rag.answers import Notice, Refusal, Task
from rag.briefs import Brief, read_names
from rag.language import read_question, words
from rag.papers import Hit, Paper
from rag.refusals import before_search, dwell_on, not_in_papers
from rag.searching import Embedder, Index, rarity, relevance_of, search
from rag.writers import Queries, Searched, choose_evidence

HITS_PER_PAPER = 6


@dataclass(slots=True)
class Prepared:
    """Hold a question up to the writer: what was found, and what the answer must say whatever is written."""

    brief: Brief
    papers: dict[str, Paper]  # readable allowed papers by arXiv id
    absent: dict[str, str]  # allowed papers that could not be searched, with the reason
    notices: list[Notice]
    task: Task
    hits: tuple[Hit, ...] = ()
    refusal: Refusal | None = None
    index: Index | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def vocabulary(self) -> set[str]:
        """Return the stems of all words of the allowed papers, or of the brief's summaries where there is no paper."""
        known: set[str] = set()
        for paper in self.brief.papers:
            stored = self.papers.get(paper.paper)
            if stored and self.index:
                known.update(self.index.terms(stored.key).vocabulary)
            else:
                known.update(words(f"{paper.model} {paper.summary}"))
        return known


def prepare(brief: Brief, index: Index | None, embedder: Embedder, failed: Mapping[str, str], model: str) -> Prepared:
    """Read the question, refuse it, or find its evidence.

    `failed` names papers, by key, that are known not to be had, with the reason; `model` is the one that settings ask
    for. Raise `CorpusError` when the index was made with another one.
    """
    entries = {p.paper: index.resolve(p) for p in brief.papers} if index else {}
    papers = {name: index.paper(entry.key) for name, entry in entries.items() if entry and index}
    absent = {p.paper: failed.get(p.key, "it is not in the corpus") for p in brief.papers if p.paper not in papers}
    notices = [Notice(kind, text, name) for name, e in entries.items() if e for kind, text in e.notices]
    titles = {name: paper.title for name, paper in papers.items()}
    names = read_names(brief.question, brief.papers, titles)
    question = read_question(brief.question, brief.points, brief.papers, names)
    named = tuple(replace(p, model=p.model or titles.get(p.paper, "")) for p in brief.papers)
    prepared = Prepared(brief, papers, absent, notices, Task(question, brief.points, named, ()), index=index)
    prepared.refusal = before_search(question, brief.papers, papers)
    if prepared.refusal is None:
        if index and papers:
            index.check_model(embedder.fingerprint, model)
        find_evidence(prepared, embedder)
    return prepared


def find_evidence(prepared: Prepared, embedder: Embedder) -> None:
    """Search the allowed papers and choose the evidence; refuse when they do not speak of the question."""
    question, index, papers = prepared.task.question, prepared.index, prepared.papers
    queries = [facet.query for facet in question.facets]
    vectors = embedder.embed(queries)
    keys = [paper.key for paper in papers.values()] if index else []
    searched: list[Searched] = []
    if index and keys:
        prepared.hits = search(index, keys, queries, vectors, k=HITS_PER_PAPER * len(keys), spread=True)
        told = relevance_of(question, index, keys, vectors)
        off_topic = not told.speaks and not dwell_on(question, papers, told.missing)
        if off_topic and not prepared.absent:
            prepared.refusal = not_in_papers(len(prepared.brief.papers), told.missing)
            return
        for paper in papers.values():
            hits = [hit for hit in prepared.hits if hit.paper == paper.key]
            searched.append(Searched(paper, index.sentence_vectors(paper.key), hits))
    asked = Queries.of(question, vectors, rarity(index, keys))
    others = [paper for paper in prepared.brief.papers if paper.paper in prepared.absent]
    evidence = choose_evidence(question, asked, searched, others, embedder.embed)
    prepared.task = replace(prepared.task, evidence=evidence)
