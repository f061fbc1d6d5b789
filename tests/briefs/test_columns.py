"""What a table asks: headings become questions, questions stay, faults are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.briefs import Brief, columns_of, columns_of_brief, load_columns
from rag.errors import BriefError
from rag.tables import Column


@pytest.mark.parametrize(
    ("heading", "ask"),
    [
        ("input", "What does the model take as input?"),
        ("Input", "What does the model take as input?"),
        ("Data sets", "Which data sets are used in the experiments?"),
        ("datasets", "Which data sets are used in the experiments?"),
        ("main limitation", "What are the main limitations?"),
        ("Limitations", "What are the main limitations?"),
        ("training data", "Which data is the model trained on?"),
        ("reaction temperature", "What is the reaction temperature?"),
        ("inclusion criteria", "What are the inclusion criteria?"),
        ("loss", "Which loss function is used for training?"),
        ("mass", "What is the mass?"),
    ],
)
def test_a_heading_stands_for_its_question(heading: str, ask: str) -> None:
    """Known headings ask what people mean by them, in any case and number; others ask what they name."""
    assert columns_of([heading]) == (Column(heading, ask),)


def test_a_question_stays_as_it_is() -> None:
    """A whole question is asked as given, under its own heading where one stands before it."""
    asked = columns_of(["How many layers has it?", "Depth: How many layers has it?", Column("n", "How many?")])
    assert [(column.name, column.ask) for column in asked] == [
        ("How many layers has it?", "How many layers has it?"),
        ("Depth", "How many layers has it?"),
        ("n", "How many?"),
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ([], "no column"),
        (["input", "input"], "two columns are headed 'input'"),
        (["???"], "asks nothing"),
        (["  "], "asks nothing"),
        ([Column("x" * 101, "Why?")], "unusable"),
        ([Column("a\x1b[2J", "Why?")], "unusable"),
        ([f"c{n}" for n in range(51)], "51 columns"),
        (["x " * 600 + "?"], "keep to 1000"),
    ],
)
def test_faults_are_named(asked: list[str | Column], message: str) -> None:
    """Every fault is one line that names the column."""
    with pytest.raises(BriefError, match=message):
        columns_of(asked)


def test_a_file_of_columns(tmp_path: Path) -> None:
    """A TOML file gives headings, questions or both."""
    path = tmp_path / "columns.toml"
    path.write_text('[[column]]\nname = "input"\n[[column]]\nask = "How fast?"\n[[column]]\nname = "n"\nask = "Why?"\n')
    assert load_columns(path) == (
        Column("input", "What does the model take as input?"),
        Column("How fast?", "How fast?"),
        Column("n", "Why?"),
    )
    for text, message in (
        ("a = [", "not TOML"),
        ("papers = []", "expected tables"),
        ("[[column]]\nname = 3", "column 1: name and ask are texts"),
        ('[[column]]\nname = "a"\ncolour = "red"', "column 1: give name, ask or both"),
        ("[[column]]", "column 1: give name, ask or both"),
    ):
        path.write_text(text)
        with pytest.raises(BriefError, match=message):
            load_columns(path)
    with pytest.raises(BriefError, match="cannot be read"):
        load_columns(tmp_path / "none.toml")


def test_a_brief_asks_its_points() -> None:
    """The workflow is three columns, other points one each; lists of papers and the user's wish are none."""
    brief = Brief.of(
        "How is blur removed?",
        ["2108.10257"],
        [
            "What task the user is trying to perform.",
            "How the model would work in a workflow (input → model → output).",
            "Which data sets are used?",
            "List relevant papers.",
        ],
    )
    assert [column.name for column in columns_of_brief(brief)] == [
        "Input",
        "Model",
        "Output",
        "Which data sets are used?",
    ]
    bare = Brief.of("How is blur removed?", ["2108.10257"])
    assert columns_of_brief(bare) == (Column("Answer", "How is blur removed?"),)
