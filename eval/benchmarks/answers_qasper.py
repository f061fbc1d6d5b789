"""Measure on QASPER how often the extractive writer quotes the evidence that people marked.

    python -m eval.benchmarks.answers_qasper --data ../shared/bench

Each question is put to its own paper alone, through the whole engine. A paper's paragraphs stand in for its pages;
QASPER's placeholders (BIBREF0, TABREF1, INLINEFORM2) become marks as a PDF shows them, so that sentences look as they
do on a page. The papers are parted once: rules may be tuned on the first half, the second one is for reporting.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.benchmarks.sets import Query, interval, paragraph, read_lines
from eval.benchmarks.tables import keep
from rag.answers import Answer
from rag.engine import Engine
from rag.language import words
from rag.papers import Page, Paper, Sentence
from rag.reading import passages_of
from rag.searching import Embedder, IndexWriter, load_embedder
from rag.settings import DEFAULT_MODEL, Settings
from rag.vectors import vectors_of

_MARKS = (
    (re.compile(r"\bBIBREF(\d+)\b"), r"[\1]"),
    (re.compile(r"\b(?:TABREF|FIGREF|SECREF)(\d+)\b"), r"\1"),
    (re.compile(r"\b(?:INLINEFORM|DISPLAYFORM)\d+\b"), "x"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what one answer is worth: 1 or 0, or a share."""

    refused: float
    cited: float  # some claim stands in an evidence paragraph
    led: float  # the first claim does
    precision: float  # share of the claims that do
    words: float  # share of a gold answer's words in the answer, the best gold answer
    length: float  # words of the answer


def papers(folder: Path, name: str = "qasper") -> Iterator[Paper]:
    """Yield the papers of QASPER, or of another set in its form, a page per paragraph."""
    for row in read_lines(folder / name / "papers.jsonl"):
        pages: list[Page] = []
        sentences: list[Sentence] = []
        for number, part in enumerate(row["paragraphs"]):
            pages.append(Page(number + 1, as_printed(part["text"])))
            sentences += paragraph(pages[-1], part["section"] or "", len(sentences))
        title = row["title"] or ""
        yield Paper(row["paper_id"], 1, title, (), "", "bench", tuple(pages), tuple(sentences), ())


def as_printed(text: str) -> str:
    """Return a text of QASPER with marks as a PDF shows them for its placeholders."""
    for mark, put in _MARKS:
        text = mark.sub(put, text)
    return text


def shelve(found: Sequence[Paper], model: Embedder, folder: Path) -> None:
    """Store the papers, cut into passages and embedded as ingest does."""
    space = {"model": DEFAULT_MODEL, "fingerprint": model.fingerprint, "dimension": model.dimension}
    with IndexWriter.open(folder, **space, rebuild=True) as to:  # type: ignore[arg-type]
        for paper in found:
            whole = replace(paper, passages=passages_of(paper.sentences, model.count_tokens))
            vectors, sentences = vectors_of(whole, model)
            to.add(whole, vectors, words, Path(), (), sentences)


def told(answer: Answer, question: Query, gold: Sequence[str]) -> Told:
    """Return what an answer is worth; evidence paragraphs are counted from 0, pages from 1."""
    if answer.status == "refused":
        return Told(1, 0, 0, 0, 0, 0)
    pages = [{span.page - 1 for c in claim.citations for span in c.spans} for claim in answer.claims]
    good = [bool(page & question.relevant) for page in pages]
    said = set(words(" ".join(claim.text for claim in answer.claims)))
    wanted = [set(words(text)) for text in gold]
    share = max((len(said & want) / len(want) for want in wanted if want), default=0.0)
    length = sum(len(claim.text.split()) for claim in answer.claims)
    return Told(0, float(any(good)), float(good[:1] == [True]), sum(good) / max(len(good), 1), share, length)


def rows(name: str, found: Sequence[Told]) -> dict[str, object]:
    """Return the means over questions, with their 95 % intervals."""
    signs = {
        "evidence cited": "cited", "evidence first": "led", "claims in evidence": "precision",
        "answer's words": "words", "refused": "refused",
    }  # fmt: skip
    line: dict[str, object] = {"papers": name, "questions": len(found)}
    line |= {title: interval([getattr(one, sign) for one in found]) for title, sign in signs.items()}
    return line | {"words": round(sum(one.length for one in found) / len(found))}


def asked(folder: Path, store: Path, model: Embedder) -> dict[str, list[tuple[Query, Told]]]:
    """Return what every question with evidence got, for the half to tune on and the half to report."""
    whole = list(papers(folder))
    shelve(whole, model, store / "index")
    engine = Engine(Settings(corpus=store, offline=True), embedder=model)
    half = {paper.paper: ("tuned on", "held back")[place % 2] for place, paper in enumerate(whole)}
    found: dict[str, list[tuple[Query, Told]]] = {"tuned on": [], "held back": []}
    for row in read_lines(folder / "qasper" / "questions.jsonl"):
        if not row["evidence_paragraph_idx"]:
            continue
        question = Query(row["question_id"], row["question"], frozenset(row["evidence_paragraph_idx"]), row["paper_id"])
        gold = [text for text in row["answers"] if text != "UNANSWERABLE"]
        answer = engine.ask(question.text, [question.paper])
        found[half[question.paper]].append((question, told(answer, question, gold)))
    return found


def main() -> None:
    """Measure both halves and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds qasper/")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    given = parser.parse_args()
    found = asked(given.data, given.cache / "qasper-answers", load_embedder())
    keep("answers_qasper", [rows(name, [one for _, one in lines]) for name, lines in found.items()], {})


if __name__ == "__main__":
    main()
