"""A printed table: hostile text stays text, formulas stay text, every stated cell bears its quote."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

from rag.answers import Citation, Claim, Provenance, Reference
from rag.tables import Cell, Column, Row, Table
from tests.sample_answers import HOSTILE, LAPWING, TERN, cite, verbatim

TAKES = cite(TERN, "TernBurst takes a burst of eight dark raw frames")
READS = cite(LAPWING, "LapwingNet takes one blurred photograph as input")
VIDEO = cite(TERN, "TernBurst has not been trained or tested on video")


def reference(paper: str, title: str) -> Reference:
    return Reference(paper, 1, title, (), f"https://arxiv.org/abs/{paper}v1")


def sample() -> Table:
    own = Claim("It takes one photograph.", "own_words", (READS,), LAPWING)
    return Table(
        (Column("Input", "What does the model take as input?"), Column("Video", "Was it tested on video?")),
        (
            Row(
                reference(TERN, "TernBurst: Frames"),
                (
                    Cell("stated", (verbatim(TAKES, part="takes a burst of eight dark raw frames"),)),
                    Cell("not_stated", reason="No sentence was found.", nearest=(VIDEO,)),
                ),
            ),
            Row(reference(LAPWING, "LapwingNet"), (Cell("stated", (own,)), Cell("failed", reason="no reply"))),
        ),
        Provenance("extractive/3"),
    )


def hostile(text: str) -> Table:
    """Return a table in which whatever comes from outside is the given text."""
    quote = Citation("pdf", text, "0" * 64, TERN, 1, text, TAKES.spans)
    cells = (Cell("stated", (Claim(text, "own_words", (quote,)),)), Cell("failed", reason=text, nearest=(quote,)))
    row = Row(reference(TERN, text), cells)
    return Table((Column(text, text), Column("n", text)), (row,), Provenance(text))


def test_markdown_marks_every_stated_cell() -> None:
    """Quotes stand in quotation marks with an ellipsis where they are cut, own words bare, empty cells say so."""
    text = sample().to_markdown()
    lines = text.splitlines()
    assert lines[0] == "| Paper | Input | Video |"
    assert lines[2] == "| **TernBurst** | “… takes a burst of eight dark raw frames …” [^1] | not stated |"
    assert lines[3] == "| **LapwingNet** | It takes one photograph. [^2] | failed |"
    assert f"- TernBurst, Video: not stated; nearest: “{VIDEO.quote}” [^3]" in lines
    assert "- LapwingNet, Video: failed (no reply)" in lines
    assert re.findall(r"^\[\^(\d)\]: ", text, re.MULTILINE) == ["1", "2", "3"]
    assert f"[^1]: “{TAKES.quote}” TernBurst, [arXiv:{TERN}v1, p. 1]" in text


def test_hostile_text_stays_one_cell() -> None:
    """No text from outside ends a cell, a row or a line, or becomes markup."""
    for text in (*HOSTILE, "a | b", "a\n\n# b", "| --- |", "[^1]: x", "`a`", "<b>"):
        table = hostile(text)
        head, rule, row = table.to_markdown().splitlines()[:3]
        for line in (head, rule, row):
            assert len(re.findall(r"(?<!\\)\|", line)) == 4
        assert not re.search(r"(?<!\\)<", table.to_markdown())
        rows = list(csv.reader(io.StringIO(table.to_csv())))
        assert [len(row) for row in rows] == [6, 6]


def test_csv_says_what_and_where() -> None:
    """A line per paper, two columns per question: what is said, and section, page and address of its quotes."""
    head, first, second = csv.reader(io.StringIO(sample().to_csv()))
    assert head == ["paper", "title", "Input", "Input: source", "Video", "Video: source"]
    assert first[:3] == [f"{TERN}v1", "TernBurst: Frames", "takes a burst of eight dark raw frames"]
    assert first[3].endswith(f"p. 1, https://arxiv.org/pdf/{TERN}v1#page=1")
    assert first[4:] == ["not stated", ""]
    assert second[2] == "It takes one photograph."
    assert second[4] == "failed"


def test_no_cell_of_the_csv_is_a_formula() -> None:
    """What a spreadsheet would compute is kept text by an apostrophe, after blanks and controls are gone."""
    for text in (
        "=1+1",
        "+1",
        "-2 dB",
        "@SUM(A1)",
        "\t=1",
        " =cmd|' /C calc'!A0",
        "\r=1",
        "＝1+1",
        "\x00=1",
        "\u202e=1",
    ):
        for row in csv.reader(io.StringIO(hostile(text).to_csv())):
            assert not any(field.startswith(("=", "+", "-", "@", "\t", "\r", "＝", " ")) for field in row)
    told = replace(sample(), columns=(Column("Input", "?"), Column("-", "?")))
    assert "'-" in next(csv.reader(io.StringIO(told.to_csv())))
