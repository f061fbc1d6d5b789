"""`rag table`: forms by ending, whole papers of a folder, a journal that passes, one line for every mistake."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rag.cli import app
from rag.errors import RagError
from rag.settings import resource

PAPERS = ["-p", "2604.90001", "-p", "2604.90002v1"]
ASKED = ["--ask", "input", "--ask", "Colour: Which colour is the river?"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    told = run(folder, "ingest", "--pdf-dir", str(resource("demo") / "pdf"))
    assert told.exit_code == 0, told.output
    return folder


def run(corpus: Path, *args: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, args), "--offline", "--corpus", str(corpus)])


def test_markdown_goes_to_the_screen(corpus: Path) -> None:
    """The table is all that stdout gets; what became of the cells goes to stderr."""
    told = run(corpus, "table", *PAPERS, *ASKED)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("| Paper | input | Colour |\n")
    assert "[^1]: " in told.stdout
    assert "2 papers, 2 columns: " in told.stderr
    assert "2 papers, 2 columns" not in told.stdout


def test_a_file_gets_the_form_of_its_ending(corpus: Path, tmp_path: Path) -> None:
    """`-o x.csv` is CSV, `x.json` the record; nothing else is left beside a whole table."""
    for name in ("t.csv", "t.json", "t.md"):
        assert run(corpus, "table", *PAPERS, *ASKED, "-o", tmp_path / name).exit_code == 0
    head = next(csv.reader((tmp_path / "t.csv").open()))
    assert head == ["paper", "title", "input", "input: source", "Colour", "Colour: source"]
    assert json.loads((tmp_path / "t.json").read_text())["schema"] == "rag.table/1"
    assert (tmp_path / "t.md").read_text().startswith("| Paper |")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv", "t.json", "t.md"]


def test_a_journal_that_is_named_stays(corpus: Path, tmp_path: Path) -> None:
    """A second run takes every cell from it."""
    journal = tmp_path / "cells.jsonl"
    first = run(corpus, "table", *PAPERS, *ASKED, "--journal", journal)
    second = run(corpus, "table", *PAPERS, *ASKED, "--journal", journal)
    assert first.stdout == second.stdout
    assert "4 were finished before" in second.stderr
    assert len(journal.read_text().splitlines()) == 4


def test_papers_and_columns_from_files(corpus: Path, tmp_path: Path) -> None:
    """A brief gives both, a whitelist papers, a TOML file columns; a folder gives all its papers."""
    demo = resource("demo")
    told = run(corpus, "table", demo / "brief.txt", "-f", "csv")
    assert told.exit_code == 0
    assert told.stdout.startswith("paper,title,Input,Input: source,Model,")
    (tmp_path / "columns.toml").write_text('[[column]]\nname = "output"\n')
    told = run(corpus, "table", "--pdf-dir", demo / "pdf", "--columns", tmp_path / "columns.toml", "-f", "csv")
    assert told.exit_code == 0
    assert [line.split(",")[0] for line in told.stdout.splitlines()] == ["paper", "2604.90001v1", "2604.90002v1"]


def test_a_stored_table_is_shown_and_proved(corpus: Path, tmp_path: Path) -> None:
    """`rag show` prints the record in any form, `rag verify` finds no fault in it, nor in the Markdown."""
    file, page, text = tmp_path / "t.json", tmp_path / "t.html", tmp_path / "t.md"
    run(corpus, "table", *PAPERS, *ASKED, "-o", file)
    told = run(corpus, "table", *PAPERS, *ASKED, "-o", text)
    shown = CliRunner().invoke(app, ["show", str(file), "--corpus", str(corpus)])
    assert shown.stdout == text.read_text(), told.output
    for form in ("csv", "bib"):
        assert CliRunner().invoke(app, ["show", str(file), "-f", form, "--corpus", str(corpus)]).exit_code == 0
    told = CliRunner().invoke(app, ["show", str(file), "-f", "html", "-o", str(page), "--corpus", str(corpus)])
    assert told.exit_code == 0
    assert "data:image/" in page.read_text()
    for made in (file, text):
        proved = CliRunner().invoke(app, ["verify", str(made), *PAPERS, "--corpus", str(corpus)])
        assert proved.exit_code == 0, proved.output
    told = CliRunner().invoke(app, ["verify", str(file)])
    assert isinstance(told.exception, RagError)
    assert "--brief" in str(told.exception)


def test_dry_run_says_what_it_takes(corpus: Path, tmp_path: Path) -> None:
    """Nothing is asked, nothing is written."""
    told = run(corpus, "table", *PAPERS, *ASKED, "--dry-run", "-o", tmp_path / "t.md")
    assert told.exit_code == 0
    assert told.stdout.startswith("4 of 4 questions are to be asked")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["table", "--ask", "input"], "no paper"),
        (["table", *PAPERS], "no column"),
        (["table", *PAPERS, "--ask", "input", "--ask", "input"], "two columns"),
        (["table", *PAPERS, "--columns", "none.toml"], "none.toml"),
        (["table", "-p", "twelve", "--ask", "input"], "twelve"),
        (["table", *PAPERS, *ASKED, "-o", "no/folder/t.md"], "no/folder"),
        (["table", *PAPERS, *ASKED, "--continue", "--anew"], "exclude"),
        (["table", "none.txt", *ASKED], "none.txt"),
        (["ask", "How?", *PAPERS, "-f", "csv"], "no table"),
    ],
)
def test_mistakes_get_one_line(corpus: Path, args: list[str], words: str) -> None:
    """Every mistake is an error of ours that names the thing; `main` prints it as one line with exit code 2."""
    told = run(corpus, *args)
    assert isinstance(told.exception, RagError)
    assert words in str(told.exception)
