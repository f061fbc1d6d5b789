"""Tables over papers: every cell from its own paper alone, kept as it comes, resumed where it stopped."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rag import Brief, Engine, RagError
from rag.answers import Draft, Task
from rag.batch import Options
from rag.errors import BatchError, BriefError, RecordError, SettingsError, WriterError
from rag.papers import text_at
from rag.record import check_table, dump_table, load_table
from rag.settings import resource
from rag.table import TableJob
from rag.tables import Cell, Column, Row, Table
from rag.writers import ExtractiveWriter
from tests.hash_embedder import HashEmbedder

DEMO = Brief.load(resource("demo") / "brief.txt")
PAPERS = [paper.key for paper in DEMO.papers]
COLUMNS = ["input", "method", "Bird: Which bird is photographed?"]


class Counted:
    """Write like the extractive writer, and note what is asked; fail where told to."""

    name = "counted"

    def __init__(self, failing: str = "") -> None:
        self.asked: list[tuple[str, str]] = []
        self.failing = failing

    def write(self, task: Task) -> Draft:
        self.asked.append((task.papers[0].paper, task.question.text))
        if self.failing and self.failing in task.question.text:
            raise WriterError("the model is silent", "timeout")
        return ExtractiveWriter().write(task)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    settings = Engine.open(
        tmp_path_factory.mktemp("corpus"), pdf_dir=resource("demo") / "pdf", offline=True, llm=None
    ).settings
    engine = Engine(settings, embedder=HashEmbedder())
    engine.ingest(PAPERS)
    return engine


def engine_with(corpus: Engine, writer: Any = None) -> Engine:
    return Engine(corpus.settings, writer=writer or ExtractiveWriter(), embedder=HashEmbedder())


def same(table: Table) -> str:
    return dump_table(table, run=False)


def test_every_cell_quotes_its_own_paper(corpus: Engine) -> None:
    """A row holds a cell per column, and what it cites stands in the row's paper at the place it names."""
    table = corpus.table(PAPERS, COLUMNS)
    assert [row.reference.paper for row in table.rows] == [paper.partition("v")[0] for paper in PAPERS]
    assert [column.name for column in table.columns] == ["input", "method", "Bird"]
    stated = [(row, cell) for row, _, cell in table.cells if cell.state == "stated"]
    assert len(stated) >= 3
    for row, cell in stated:
        assert corpus.index is not None
        paper = corpus.index.paper(f"{row.reference.paper}v{row.reference.version}")
        for citation in cell.citations:
            assert citation.paper == row.reference.paper
            assert text_at(paper.pages, citation.spans) == citation.quote


def test_a_cell_is_the_answer_to_its_question_alone(corpus: Engine) -> None:
    """Other papers and other columns change no cell: it says what the engine for cells says to the bare question."""
    whole = corpus.table(PAPERS, COLUMNS)
    alone = corpus.table(PAPERS[1:], COLUMNS[1:2])
    assert alone.rows[0].cells[0] == whole.rows[1].cells[1]
    answer = corpus.for_cells().ask(alone.columns[0].ask, PAPERS[1:])
    assert alone.rows[0].cells[0].claims == answer.in_short[:2]


def test_questions_are_embedded_once_for_all_papers(corpus: Engine) -> None:
    """The embedder sees each column's question once, however many papers are asked."""
    one, both = engine_with(corpus), engine_with(corpus)
    one.table(PAPERS[:1], COLUMNS)
    both.table(PAPERS, COLUMNS)
    assert one.embedder.embedder.texts == both.embedder.embedder.texts > 0  # type: ignore[attr-defined]


def test_killed_it_goes_on_where_it_stopped(corpus: Engine, tmp_path: Path) -> None:
    """What is finished is not asked again, and the table is that of an undisturbed run."""
    journal, first, second = tmp_path / "cells.jsonl", Counted(), Counted()
    job = TableJob(engine_with(corpus, first), DEMO.papers, columns(), journal)
    running = iter(job)
    for _ in range(2):
        next(running)
    running.close()
    torn = journal.read_bytes()
    kept = [json.loads(line)["id"] for line in torn.splitlines() if line]
    assert 2 <= len(kept) < 6
    journal.write_bytes(torn + b'{"id": "half')
    table = engine_with(corpus, second).table(DEMO.papers, columns(), journal)
    assert len(second.asked) == 6 - len(kept)
    assert same(table) == same(engine_with(corpus, Counted()).table(DEMO.papers, columns()))


def columns() -> tuple[Column, ...]:
    return tuple(Column(name, f"What is the {name} of the model?") for name in ("input", "output", "sensor"))


def test_a_new_column_asks_only_what_is_new(corpus: Engine, tmp_path: Path) -> None:
    """Told to go on, a table keeps its cells and asks the new column; not told, it says what has changed."""
    journal, writer = tmp_path / "cells.jsonl", Counted()
    engine_with(corpus, writer).table(DEMO.papers, columns()[:2], journal)
    with pytest.raises(BatchError, match=r"question is new: 2604\.90001v1\|sensor"):
        engine_with(corpus, writer).table(DEMO.papers, columns(), journal)
    writer.asked.clear()
    table = engine_with(corpus, writer).table(DEMO.papers, columns(), journal, options=Options(changed="continue"))
    assert {question for _, question in writer.asked} == {columns()[2].ask}
    assert same(table) == same(engine_with(corpus, Counted()).table(DEMO.papers, columns()))


def test_a_failed_cell_says_so_and_can_be_asked_again(corpus: Engine, tmp_path: Path) -> None:
    """A writer's failure is its cell's alone; the journal stays until the table is whole, then it goes."""
    output = tmp_path / "table.md"
    job = TableJob(engine_with(corpus, Counted("sensor")), DEMO.papers, columns(), output=output)
    list(job)
    states = [cell.state for cell in job.table().rows[0].cells]
    assert states[2] == "failed"
    assert "failed" not in states[:2]
    assert job.table().rows[0].cells[2].reason == "the model is silent"
    job.close()
    assert (tmp_path / "table.md.cells.jsonl").exists()
    again = TableJob(
        engine_with(corpus, Counted()), DEMO.papers, columns(), output=output, options=Options(retry_failed=True)
    )
    list(again)
    again.close()
    assert same(again.table()) == same(engine_with(corpus, Counted()).table(DEMO.papers, columns()))
    assert not list(tmp_path.iterdir())


def test_a_run_that_stops_leaves_cells_not_asked(corpus: Engine) -> None:
    """A ceiling ends the run; what was not asked is told as that, not as the papers' silence."""
    job = TableJob(engine_with(corpus), DEMO.papers, columns())
    for _ in job:
        job.stop("the ceiling of 0 minutes is reached")
    cells = [cell for _, _, cell in job.table().cells]
    assert cells[0].state != "not_asked"
    job = TableJob(engine_with(corpus), DEMO.papers, columns())
    job.stop("the ceiling of 0 minutes is reached")
    list(job)
    told = {(cell.state, cell.reason) for _, _, cell in job.table().cells}
    assert told == {("not_asked", "the ceiling of 0 minutes is reached")}


def test_what_cannot_be_read_or_is_not_stated_is_told_apart(corpus: Engine) -> None:
    """A paper that is not at hand is not read; a name that no page bears is not stated."""
    table = corpus.table([PAPERS[0], "2604.99999v1"], ["How does Qwertyflow restore fog?"])
    assert [row.cells[0].state for row in table.rows] == ["not_stated", "not_read"]
    assert table.rows[1].cells[0].reason
    assert table.rows[1].reference.url == "https://arxiv.org/abs/2604.99999v1"


def test_a_brief_is_its_papers_and_its_points(corpus: Engine) -> None:
    """A brief's workflow becomes input, model and output; its list of papers asks nothing."""
    table = corpus.table(DEMO)
    assert {"Input", "Model", "Output"} <= {column.name for column in table.columns}
    assert len(table.rows) == len(DEMO.papers)
    with pytest.raises(BriefError, match="no column"):
        corpus.table(PAPERS)


# --- the record -----------------------------------------------------------------------------------------------------


def test_a_stored_table_is_read_back(corpus: Engine) -> None:
    """Storing and reading is the identity; the same input gives the same bytes, times apart."""
    table = corpus.table(PAPERS, COLUMNS)
    assert load_table(table.to_json()) == table
    check_table(table)
    assert same(table) == same(engine_with(corpus).table(PAPERS, COLUMNS))


def test_a_foreign_or_crooked_record_is_refused(corpus: Engine) -> None:
    """Wrong schema, wrong shape, unknown fields, a quote of another paper: refused with the place."""
    table = corpus.table(PAPERS, COLUMNS)
    told = json.loads(table.to_json())
    for change, message in (
        ({"schema": "rag.answer/2"}, "schema is 'rag.answer/2', expected 'rag.table/1'"),
        ({"colour": "red"}, "field colour"),
        ({"columns": told["columns"][:2]}, "field rows.0.cells: 3 cells for 2 columns"),
    ):
        with pytest.raises(RecordError, match=message):
            load_table(json.dumps(told | change))
    swapped = replace(
        table, rows=tuple(Row(r.reference, o.cells) for r, o in zip(table.rows, table.rows[::-1], strict=True))
    )
    with pytest.raises(RecordError, match="in the row of"):
        check_table(swapped)
    empty = replace(table, rows=(Row(table.rows[0].reference, (Cell("stated"),) * 3),))
    with pytest.raises(RecordError, match="the cell is stated and makes 0 claims"):
        check_table(empty)


def test_pandas_gets_a_frame_or_the_user_a_hint(corpus: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row per paper, None where nothing is stated; without pandas one line says what to install."""
    table = corpus.table([*PAPERS, "2604.99999"], COLUMNS)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SettingsError, match="pip install pandas"):
        table.to_pandas()
    stand_in = ModuleType("pandas")
    stand_in.Index = lambda values, name: (name, values)  # type: ignore[attr-defined]
    stand_in.DataFrame = lambda data, index: (data, index)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", stand_in)
    data, index = table.to_pandas()
    assert index == ("paper", ["2604.90001", "2604.90002", "2604.99999"])
    assert list(data) == ["title", "input", "method", "Bird"]
    assert data["input"][:1] == [table.rows[0].cells[0].text]
    assert data["input"][2] is None


def test_all_faults_are_ours(corpus: Engine) -> None:
    """No papers or no columns is a line for the user."""
    for papers, asked in (([], COLUMNS), (PAPERS, []), (["nonsense"], COLUMNS)):
        with pytest.raises(RagError):
            corpus.table(papers, asked)
