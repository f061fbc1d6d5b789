"""Make examples for the ranking of sentences: the signs of every sentence of a paper, and which of them answer.

QASPER and COVID-QA mark paragraphs and give the words of the answer: the sentences that hold those words answer, the
others of the paragraphs are near. A graded question is answered by the sentences that carry its key fact. The papers
are stored as ingest stores them, and looked through as a question does. Not handled here: learning (`train_ranker`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.answers_qasper import papers, shelve
from eval.benchmarks.graded import FOLDER, Graded, read_graded
from eval.benchmarks.sets import read_lines
from eval.cases import UNANSWERABLE
from eval.key_facts import carries, touches
from rag.briefs import Brief
from rag.engine import Engine
from rag.language import read_question, words
from rag.papers import Paper, Sentence
from rag.prepared import HITS_RANKED, names_in
from rag.searching import Embedder, rarity, search
from rag.settings import Settings
from rag.writers.nearness import Queries
from rag.writers.ranking import Looking, put_to

Values = NDArray[np.float32]
Mark = Callable[[Paper], Values]
"""Return per sentence of a paper 2 where it answers, 1 where it stands beside the answer, 0 elsewhere."""

MARKED = ("qasper", "covidqa")
SHARE = 0.4  # of the words of a free answer that the best sentence has to hold
_PLACEHOLDER = re.compile(r"\b(?:BIBREF|TABREF|FIGREF|SECREF|INLINEFORM|DISPLAYFORM)\d+\b|\[\d+\]")


@dataclass(frozen=True, slots=True)
class Example:
    """Hold one question put to one paper: the signs of every sentence that may be evidence, and what it is worth."""

    set: str
    question: str
    paper: str
    kind: str
    signs: dict[str, Values]
    grades: Values

    def sign(self, name: str) -> Values:
        """Return a sign of every sentence; 0 where no sentence of the paper has it."""
        return self.signs.get(name, np.zeros_like(self.grades))


def marked(data: Path, name: str, store: Path, model: Embedder) -> Iterator[Example]:
    """Yield the examples of QASPER or COVID-QA from DATA/bench."""
    folder = data / "bench"
    if not (store / "index").exists():
        shelve(list(papers(folder, name)), model, store / "index")
    engine = Engine(Settings(corpus=store, offline=True), embedder=model)
    for row in read_lines(folder / name / "questions.jsonl"):
        paragraphs = frozenset(row["evidence_paragraph_idx"])
        if paragraphs:
            answers = [text for text in row["answers"] if text != "UNANSWERABLE"]
            yield from _examples(engine, name, row["question"], {row["paper_id"]: _in_paragraphs(paragraphs, answers)})


def graded(data: Path, file: Path, store: Path, model: Embedder) -> Iterator[Example]:
    """Yield the examples of a file of graded questions over DATA/papers/real; those without an answer have none."""
    engine = Engine(Settings(corpus=store, offline=True, pdf_dir=data / "papers" / "real"), embedder=model)
    for question in read_graded(file):
        if question.kind != UNANSWERABLE:
            engine.fetch_missing(Brief.of(question.question, question.papers).papers)
            marks = {paper: _with_facts(question, paper) for paper in question.papers}
            yield from _examples(engine, file.stem, question.question, marks)


def files() -> list[Path]:
    """Return the files of graded questions."""
    return sorted(FOLDER.glob("graded-*.jsonl"))


def _examples(engine: Engine, name: str, text: str, marks: dict[str, Mark]) -> Iterator[Example]:
    index, brief = engine.index, Brief.of(text, list(marks))
    assert index is not None  # every paper was stored just now
    stored = {paper.paper: index.paper(entry.key) for paper in brief.papers if (entry := index.resolve(paper))}
    names = names_in(text, brief.papers, stored, index)
    question = read_question(text, brief.points, brief.papers, names)
    queries = [facet.query for facet in question.facets]
    vectors, keys = engine.embedder.embed(queries), [paper.key for paper in stored.values()]
    hits = search(index, keys, queries, vectors, k=HITS_RANKED * len(keys), spread=True)
    asked = Queries.of(question, vectors, rarity(index, keys))
    for paper, found in stored.items():
        own = [hit for hit in hits if hit.paper == found.key]
        look = Looking.at(found, index.sentence_vectors(found.key), own)
        grades = marks[paper](found)[[s.number for s in look.usable]]
        if grades.any():
            part = put_to(found, question.parts[0], list(stored.values()))
            yield Example(name, text, found.key, part.kind, look.signs(asked, 0, part), grades)


# --- marks ----------------------------------------------------------------------------------------------------------


def _in_paragraphs(paragraphs: frozenset[int], answers: Sequence[str]) -> Mark:
    """Mark the sentences of these paragraphs (pages, from 0), and of them those that say an answer."""

    def mark(paper: Paper) -> Values:
        grades = np.zeros(len(paper.sentences), np.float32)
        near = [s for s in paper.sentences if {span.page - 1 for span in s.spans} & paragraphs]
        grades[[s.number for s in near]] = 1
        for answer in answers:
            grades[[s.number for s in _saying(answer, near)]] = 2
        return grades

    return mark


def _saying(answer: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences that hold an answer letter by letter, else those that hold most of its words."""
    plain = _plain(answer).strip(" .")
    if not plain or plain in ("yes", "no"):
        return []
    if exact := [s for s in sentences if plain in _plain(s.text)]:
        return exact
    wanted = set(words(answer))
    held = {s.number: len(wanted & set(words(s.text))) / max(len(wanted), 1) for s in sentences}
    best = max(held.values(), default=0.0)
    return [s for s in sentences if best >= SHARE and held[s.number] == best]


def _plain(text: str) -> str:
    return " ".join(_PLACEHOLDER.sub(" ", text).lower().split())


def _with_facts(question: Graded, paper: str) -> Mark:
    """Mark the sentences that carry the key fact, of a comparison the paper's own; on its page those that hold half."""
    groups = question.sides.get(paper, ()) if question.sides else question.facts

    def mark(found: Paper) -> Values:
        grades = np.zeros(len(found.sentences), np.float32)
        for s in found.sentences:
            held = sum(touches((group,), s.text) for group in groups)
            if carries(groups, s.text):
                grades[s.number] = 2
            elif len(groups) > 1 and 2 * held >= len(groups) and question.page in {span.page for span in s.spans}:
                grades[s.number] = 1
        return grades

    return mark
