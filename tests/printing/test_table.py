"""A printed table: hostile text stays text, formulas stay text, every stated cell bears its quote."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from dataclasses import replace

from rag.answers import Citation, Claim, Provenance, Reference
from rag.tables import Cell, Column, Row, Table
from tests.printing.test_page import Reader
from tests.sample_answers import HOSTILE, LAPWING, TERN, cite, paper, verbatim

TAKES = cite(TERN, "TernBurst takes a burst of eight dark raw frames")
READS = cite(LAPWING, "LapwingNet takes one blurred photograph as input")
VIDEO = cite(TERN, "TernBurst has not been trained or tested on video")


def reference(name: str, title: str) -> Reference:
    return Reference(name, 1, title, (), f"https://arxiv.org/abs/{name}v1")


def sample() -> Table:
    own = Claim("It takes one photograph.", "own_words", (READS,), LAPWING)
    return Table(
        (Column("Input", "What does the model take as input?"), Column("Video", "Was it tested on video?")),
        (
            Row(
                reference(TERN, paper(TERN).title),
                (
                    Cell("stated", (verbatim(TAKES, part="takes a burst of eight dark raw frames"),)),
                    Cell("not_stated", reason="No sentence was found.", nearest=(VIDEO,)),
                ),
            ),
            Row(reference(LAPWING, paper(LAPWING).title), (Cell("stated", (own,)), Cell("failed", reason="no reply"))),
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
    title = f"[{paper(TERN).title}](https://arxiv.org/abs/{TERN}v1)"
    assert lines[2] == f"| {title} | “… takes a burst of eight dark raw frames …” [^1] | not stated |"
    assert (
        lines[3]
        == f"| [{paper(LAPWING).title}](https://arxiv.org/abs/{LAPWING}v1) | It takes one photograph. [^2] | failed |"
    )
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
    assert first[:3] == [f"{TERN}v1", paper(TERN).title, "takes a burst of eight dark raw frames"]
    assert first[3].endswith(f"p. 1, https://arxiv.org/pdf/{TERN}v1#page=1")
    assert first[4:] == ["not stated", ""]
    assert second[2] == "It takes one photograph."
    assert second[4] == "failed"


def test_the_page_holds_every_cell_and_loads_nothing() -> None:
    """Cells, titles and questions are all there; the policy knows the page's style and script by their hashes."""
    read = Reader(sample().to_html())
    assert read.open == []
    said = ["… takes a burst of eight dark raw frames …", "It takes one photograph.", "not stated", "no reply"]
    said += [paper(TERN).title, "What does the model take as input?", "3 quotes", VIDEO.quote]
    assert [text for text in said if text not in read.words.replace("\u00a0", " ")] == []
    (policy,) = [tag["content"] for _, tag in read.tags if tag.get("http-equiv") == "Content-Security-Policy"]
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256("".join(read.raw[kind]).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    names = {name for _, attributes in read.tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "action")]


def test_hostile_text_is_text_on_the_page() -> None:
    """Whatever stands in place of titles, headings, claims and reasons, the page keeps its tags and attributes."""
    plain = Reader(hostile("text").to_html())
    for text in HOSTILE:
        read = Reader(hostile(text).to_html())
        assert read.open == []
        assert read.shape == plain.shape


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
