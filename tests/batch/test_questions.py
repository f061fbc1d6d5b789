"""Test the reading of a batch's questions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.batch.questions import Question, Questions, read_questions
from rag.errors import BriefError

GOOD: dict[str, object] = {"id": "q1", "question": "How does it work?", "papers": ["2108.10257"]}


def _read(tmp_path: Path, *lines: object) -> Questions:
    path = tmp_path / "questions.jsonl"
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(texts) + b"\n")
    return read_questions(path)


def _reason(tmp_path: Path, line: object) -> str:
    found = _read(tmp_path, GOOD, line)
    assert [question.id for question in found.good] == ["q1"]
    (bad,) = found.bad
    assert bad.place.endswith("questions.jsonl:2")
    assert "\n" not in str(bad)
    return bad.reason


def test_a_line_is_a_question_with_its_own_whitelist(tmp_path: Path) -> None:
    """Id, question, papers, sections and writer arrive as they stand; other fields are the user's own."""
    line = {**GOOD, "papers": ["2108.10257v1", {"paper": "hep-th/9108004", "model": "S"}], "note": {"any": 1}}
    found = _read(tmp_path, {**line, "sections": ["What it is", "List papers"], "writer": "openai:m"})
    (question,) = found.good
    assert (question.id, question.writer, question.line) == ("q1", "openai:m", 1)
    assert [paper.key for paper in question.brief.papers] == ["2108.10257v1", "hep-th/9108004"]
    assert [point.kind for point in question.brief.points] == ["prose", "papers"]
    assert question.brief.question == "How does it work?"


def test_a_brief_may_be_a_path_or_the_text(tmp_path: Path) -> None:
    """Paths count from the questions file; a text with lines is the brief itself; both give the same digest."""
    text = "Question: How?\n\nPaper: https://arxiv.org/abs/2108.10257\n"
    (tmp_path / "briefs").mkdir()
    (tmp_path / "briefs" / "one.txt").write_text(text)
    found = _read(tmp_path, {"id": "a", "brief": "briefs/one.txt"}, {"id": "b", "brief": text})
    assert not found.bad
    first, second = found.good
    assert first.brief.question == second.brief.question == "How?"
    assert first.digest == second.digest


def test_a_folder_of_briefs_is_read_by_name(tmp_path: Path) -> None:
    """Every .txt and .md file is a question under its stem, in order; what cannot be read is named, others ignored."""
    for name, text in {
        "b.txt": "Question: How?\nPaper: 2108.10257",
        "a.md": "Question: Why?\nPaper: 2108.10257",
        "bad.txt": "nothing",
        "data.csv": "x",
        ".hidden.txt": "x",
    }.items():
        (tmp_path / name).write_text(text)
    found = read_questions(tmp_path)
    assert [(question.id, question.brief.question) for question in found.good] == [("a", "Why?"), ("b", "How?")]
    (bad,) = found.bad
    assert bad.place.endswith("bad.txt")


def test_a_missing_id_is_the_line_number(tmp_path: Path) -> None:
    """Lines without id go by their number, blank lines counted; a number as id is its text."""
    nameless = {key: value for key, value in GOOD.items() if key != "id"}
    found = _read(tmp_path, {**GOOD, "id": 7}, b"", nameless)
    assert [question.id for question in found.good] == ["7", "3"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"[1]", "is list"),
        (b'"text"', "is str"),
        (b'{"id": "x\xff"}', "0xff is not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        ({"id": "q2", "papers": ["2108.10257"]}, "no question"),
        ({"id": "q2", "question": "  ", "papers": ["2108.10257"]}, "no question"),
        ({"id": "q2", "question": "How?"}, "no paper is allowed"),
        ({"id": "q2", "question": "How?", "papers": []}, "no paper is allowed"),
        ({"id": "q2", "question": "How?", "papers": ["../etc/passwd"]}, "no arXiv id"),
        ({"id": "q2", "question": "How?", "papers": "all"}, "is no arXiv id"),
        ({"id": "q2", "question": ["How?"], "papers": ["2108.10257"]}, "question: is list"),
        ({"id": "q2", "question": "How?", "papers": ["2108.10257v1", "2108.10257v2"]}, "keep one version"),
        ({"id": "q2", "brief": "missing.txt"}, "cannot be read"),
        ({"id": "q2", "brief": "a.txt", "question": "How?", "papers": ["2108.10257"]}, "not both"),
        ({"id": "q2", "question": "How?", "papers": ["2108.10257"], "sections": "one"}, "sections: expected a list"),
        ({"id": "q2", "question": "How?", "papers": ["2108.10257"], "writer": 3}, "writer: is int"),
        ({"id": "q2", "question": "How?", "papers": ["2108.10257"], "writer": "gpt"}, "provider:model"),
        ({"id": "q2", "question": "How?", "papers": ["2108.10257"], "writer": "openai: "}, "provider:model"),
        ({**GOOD, "id": "q1"}, "is given before, on line 1"),
        ({**GOOD, "id": ""}, "not usable"),
        ({**GOOD, "id": "a\nb"}, "not usable"),
        ({**GOOD, "id": "x" * 201}, "not usable"),
        ({**GOOD, "id": None}, "id: is NoneType"),
        ({**GOOD, "id": True}, "id: is bool"),
        ({**GOOD, "id": "q2", "question": "How \ud800?"}, "no character"),
        ({"id": "q2", "brief": "a\0b"}, "no character"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(tmp_path: Path, line: object, reason: str) -> None:
    """Each fault is told with the line's number, and the good lines around it are read."""
    assert reason in _reason(tmp_path, line)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_brief_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    """Whatever a file holds, it is read, its lines are named as bad, or it is refused as a whole."""
    path = tmp_path_factory.mktemp("q") / "q.jsonl"
    path.write_bytes(raw)
    try:
        found = read_questions(path)
    except BriefError:
        return
    assert found.good or found.bad


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """An empty file, an empty folder and a missing path are errors with a remedy."""
    (tmp_path / "empty.jsonl").write_text("\n\n")
    (tmp_path / "folder").mkdir()
    for name in ("empty.jsonl", "folder", "missing.jsonl"):
        with pytest.raises(BriefError, match="give"):
            read_questions(tmp_path / name)


def test_the_digest_follows_what_is_asked(tmp_path: Path) -> None:
    """Question, papers, versions, sections and writer change the digest; id, line and other fields do not."""
    variants: list[dict[str, object]] = [
        GOOD,
        {**GOOD, "question": "How does it fail?"},
        {**GOOD, "papers": ["2108.10257v1"]},
        {**GOOD, "papers": ["2108.10257", "2410.18666"]},
        {**GOOD, "sections": ["What it is"]},
        {**GOOD, "writer": "openai:m"},
    ]
    digests = [question.digest for variant in variants for question in _read(tmp_path, variant).good]
    assert len(set(digests)) == len(variants)
    same = _read(tmp_path, b"", {**GOOD, "id": "other", "note": 1}).good
    assert [question.digest for question in same] == digests[:1]


def test_a_question_is_made_of_a_brief() -> None:
    """A question carries its brief unchanged."""
    from rag.briefs import Brief

    brief = Brief.of("How?", ["2108.10257"])
    assert Question.of("a", brief).brief is brief


TABLE = 'id,question,papers,note\nq1,How does it work?,2108.10257,\nq2,"And, then?",2108.10257; hep-th/9108004v1,mine\n'


BOTH = [GOOD, {"id": "q2", "question": "And, then?", "papers": ["2108.10257", "hep-th/9108004v1"]}]
SEMICOLONS = 'id;question;papers\nq1;How does it work?;2108.10257\nq2;And, then?;"2108.10257; hep-th/9108004v1"\n'
TABS = "id\tquestion\tpapers\nq1\tHow does it work?\t2108.10257\nq2\tAnd, then?\t2108.10257;hep-th/9108004v1\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q.csv", TABLE),
        ("q.csv", "\ufeff" + TABLE.replace("\n", "\r\n")),
        ("q.csv", SEMICOLONS),
        ("q.tsv", TABS),
        ("q.CSV", TABLE.replace("id,question,papers", "ID, Question , PAPERS")),
        ("q.json", json.dumps(BOTH, indent=2)),
        ("q.jsonl", json.dumps(BOTH)),
    ],
)
def test_a_table_or_an_array_asks_what_lines_ask(tmp_path: Path, name: str, text: str) -> None:
    """The same questions, whatever the form; digests agree, so that a batch goes on whichever it was given."""
    (tmp_path / name).write_text(text, "utf-8")
    found = read_questions(tmp_path / name)
    lines = _read(tmp_path, *BOTH)
    assert not found.bad
    assert [(one.id, one.digest) for one in found.good] == [(one.id, one.digest) for one in lines.good]


def test_a_lone_text_is_one_paper(tmp_path: Path) -> None:
    """`"papers": "2108.10257"` names one paper, by its id or by whatever names it."""
    found = _read(tmp_path, {**GOOD, "papers": "https://doi.org/10.48550/arXiv.2108.10257"})
    assert [paper.key for paper in found.good[0].brief.papers] == ["2108.10257"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("q.csv", "2108.10257,How?\n", ":1: no column is named question; name the columns: id,question,papers"),
        ("q.csv", 'question,papers\n"How?,2108.10257\n', "unexpected end of data; save the table as CSV once more"),
        ("q.csv", "question,papers\n\x00,2108.10257\n", "control character"),
    ],
)
def test_a_table_that_asks_nothing_is_one_error(tmp_path: Path, name: str, text: str, message: str) -> None:
    """What is wrong with the table as a whole is told once."""
    (tmp_path / name).write_text(text)
    with pytest.raises(BriefError, match=re.escape(message)):
        read_questions(tmp_path / name)


def test_a_bad_row_is_named_by_its_line(tmp_path: Path) -> None:
    """The others are asked."""
    (tmp_path / "q.csv").write_text("question,papers\nHow?,2108.1025\nHow?,2108.10257\nHow?,\n")
    found = read_questions(tmp_path / "q.csv")
    assert [one.id for one in found.good] == ["3"]
    assert [bad.place[-2:] for bad in found.bad] == [":2", ":4"]
