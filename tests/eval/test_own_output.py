"""What the program prints passes its own judge, in every form: over made papers always, real ones where at hand."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eval import run
from eval.invented import shelf
from eval.report import Report
from rag import Brief, Engine
from rag.answers import Answer
from rag.printing import to_html
from rag.tables import Table
from tests.hash_embedder import HashEmbedder

QUESTIONS = Path(__file__).resolve().parents[2] / "eval" / "questions"
ANSWERS: dict[str, Callable[[Answer], str]] = {
    "json": Answer.to_json,
    "md": Answer.to_markdown,
    "html": to_html,
}
TABLES: dict[str, Callable[[Table], str]] = {
    "json": Table.to_json,
    "md": Table.to_markdown,
    "html": Table.to_html,
    "csv": Table.to_csv,
}
COLUMNS = [
    "data set",
    "main limitation",
    "Method: What is proposed?",
    "Cost: How many hours does training take?",
    "Colour: Which colour is the river?",
]
EACH = 5  # questions to a paper
ASKED = (
    "What is {model} and which parts does it have?",
    "How accurate is {model} on {data}?",
    "How long does training {model} take?",
    "What are the limits of {model}?",
    "How do you knead dough for rye bread?",
)


def faults(report: Report) -> list[str]:
    """Return what a report finds wrong, or not readable, each with its words."""
    found = []
    for case in report["cases"]:
        told = [(violation, claim["text"]) for claim in case["claims"] for violation in claim["violations"]]
        told += [(violation, "") for violation in case["around"]]
        found += [f"{case['id']} {v['place']}: {v['kind']}: {v['reason']} | {text}" for v, text in told]
        found += [f"{case['id']} not read: {part['text']}" for part in case["unread"]]
        found += [f"{case['id']} failed: {case['error']}"] * bool(case["error"])
    return found


def verified(text: str, file: Path, papers: list[str], corpus: Path) -> Report:
    """Return the report of a printed answer as `rag verify` makes it."""
    file.write_text(text, "utf-8", newline="")
    return run.verify(file, papers=papers, corpus=corpus)


def check_answers(asked: Iterator[tuple[str, list[str]]], engine: Engine, folder: Path) -> int:
    """Ask questions of their papers, and hold every printed form against the judge; return how many were asked."""
    number = 0
    for number, (question, papers) in enumerate(asked, 1):
        answer = engine.ask(Brief.of(question, papers))
        for form, printed in ANSWERS.items():
            report = verified(printed(answer), folder / f"a{number}.{form}", papers, engine.settings.corpus)
            assert not faults(report), form
            assert not [problem for problem in report["problems"] if "no PDF" in problem]
    return number


def check_table(table: Table, corpus: Path, folder: Path) -> None:
    """Hold every printed form of a table against the judge."""
    papers = [row.reference.paper for row in table.rows]
    for form, printed in TABLES.items():
        report = verified(printed(table), folder / f"t.{form}", papers, corpus)
        assert not faults(report), form
        assert report["summary"]["claims"] >= len(table.claims)
        assert report["summary"]["bad"] == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, list[tuple[str, list[str]]]]:
    """Return an engine over invented papers, read from their PDFs, and questions to each."""
    folder, papers = tmp_path_factory.mktemp("made"), shelf(5, 3, first=91201)
    for paper in papers:
        (folder / f"{paper.paper_id}v1.pdf").write_bytes(paper.pdf)
    settings = Engine.open(folder / "corpus", pdf_dir=folder, offline=True, llm=None).settings
    engine = Engine(settings, embedder=HashEmbedder())
    engine.ingest([paper.paper_id for paper in papers])
    named = [(paper, {"model": paper.model, "data": paper.data[0]}) for paper in papers]
    return engine, [(text.format(**names), [paper.paper_id]) for paper, names in named for text in ASKED]


def test_answers_over_made_papers(made: tuple[Engine, list[tuple[str, list[str]]]], tmp_path: Path) -> None:
    """Each passes as a record, as Markdown and as a page, against the PDFs that the corpus was read from."""
    engine, asked = made
    assert check_answers(iter(asked), engine, tmp_path) == len(asked)


def test_a_batch_over_made_papers(made: tuple[Engine, list[tuple[str, list[str]]]], tmp_path: Path) -> None:
    """Each answer passes against its own whitelist, all of them in one call; with another's, none does."""
    engine, asked = made
    questions, answers = tmp_path / "q.jsonl", tmp_path / "a.jsonl"

    def ask_of(papers: list[list[str]]) -> None:
        told = [
            {"id": f"q{n}", "question": text, "papers": of}
            for n, ((text, _), of) in enumerate(zip(asked, papers, strict=True))
        ]
        questions.write_text("".join(f"{json.dumps(one)}\n" for one in told))

    ask_of([papers for _, papers in asked])
    for _ in engine.batch(questions, answers):
        pass
    report = run.verify(answers, questions=questions, corpus=engine.settings.corpus)
    assert not faults(report)
    assert [case["whitelist"] for case in report["cases"]] == [papers for _, papers in asked]
    ask_of([["2604.99999"] for _ in asked])
    report = run.verify(answers, questions=questions, corpus=engine.settings.corpus)
    assert all(any(case["id"] in fault for fault in faults(report)) for case in report["cases"])


def test_a_table_over_made_papers(made: tuple[Engine, list[tuple[str, list[str]]]], tmp_path: Path) -> None:
    """It passes in all its forms, CSV too."""
    engine, asked = made
    table = engine.table(sorted({papers[0] for _, papers in asked}), COLUMNS)
    assert table.claims
    check_table(table, engine.settings.corpus, tmp_path)


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return an engine over the real papers, with vectors that need no model."""
    settings = Engine.open(
        tmp_path_factory.mktemp("real"), pdf_dir=shared / "papers" / "real", offline=True, llm=None
    ).settings
    engine = Engine(settings, embedder=HashEmbedder())
    engine.ingest(sorted(_asked_of()))
    return engine


def _asked_of() -> dict[str, list[tuple[str, list[str]]]]:
    """Return five questions to each of the papers that our questions name first, kinds as varied as they are."""
    found: dict[str, dict[str, list[tuple[str, list[str]]]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted(QUESTIONS.glob("graded-*.jsonl")):
        for line in filter(None, file.read_text("utf-8").splitlines()):
            told = json.loads(line)
            found[told["papers"][0]][told["kind"]].append((told["question"], told["papers"]))
    firsts = {paper: [asked[0] for asked in kinds.values()] for paper, kinds in found.items()}
    rests = {paper: [one for asked in kinds.values() for one in asked[1:]] for paper, kinds in found.items()}
    return {paper: (firsts[paper] + rests[paper])[:EACH] for paper in found}


@pytest.mark.slow
def test_answers_over_real_papers(real: Engine, tmp_path: Path) -> None:
    """Five questions to each of 24 papers: what is printed passes in every form."""
    asked = _asked_of()
    assert len(asked) == 24
    each = (one for questions in asked.values() for one in questions)
    assert check_answers(each, real, tmp_path) == 24 * EACH


@pytest.mark.slow
def test_a_table_over_real_papers(real: Engine, tmp_path: Path) -> None:
    """Five columns over the 24 papers pass in every form."""
    check_table(real.table(sorted(_asked_of()), COLUMNS), real.settings.corpus, tmp_path)
