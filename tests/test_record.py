"""The record: what was written is read, what is not exactly a record is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rag.answers import Answer, Citation, Claim, Coverage, Gap, Notice, Reference, Section
from rag.cli import app
from rag.errors import RecordError
from rag.papers import Span
from rag.record import MAX_DEPTH, check_answer, dump_answer, load_answer
from tests.sample_answers import LAPWING, TERN, demo_answer

Path_ = tuple[str | int, ...]
FIRST_PDF: Path_ = ("sections", 1, "claims", 0, "citations", 0)


def record() -> Any:
    return json.loads(dump_answer(demo_answer()))


def changed(place: Path_, value: object) -> str:
    """Return the demo's record with another value at one place."""
    told = part = record()
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    return json.dumps(told)


def test_what_is_written_is_read() -> None:
    """Loading is the inverse of dumping, from text and from bytes, and what it gives may be shown."""
    for answer in (demo_answer(), replace(demo_answer(), run={"seconds": {"write": 0.5, "all": [1, None, True]}})):
        text = dump_answer(answer)
        assert load_answer(text) == load_answer(text.encode()) == answer
        check_answer(load_answer(text))


def test_records_of_the_form_before_are_read_and_written_anew() -> None:
    """`rag.answer/1` has no `in_short` and no `checks`; with one of them it is no such record."""
    old = record() | {"schema": "rag.answer/1"}
    del old["in_short"]
    for gap in old["gaps"]:
        del gap["nearest"]
    for claim in (claim for section in old["sections"] for claim in section["claims"]):
        del claim["checks"]
    answer, today = load_answer(json.dumps(old)), demo_answer()
    unchecked = [replace(s, claims=tuple(replace(c, checks=()) for c in s.claims)) for s in today.sections]
    assert answer == replace(today, in_short=(), sections=tuple(unchecked))
    assert json.loads(dump_answer(answer))["schema"] == "rag.answer/2"
    with pytest.raises(RecordError, match="in_short, checks or nearest"):
        load_answer(json.dumps({**record(), "schema": "rag.answer/1", "in_short": old["sections"][0]["claims"][:1]}))


def test_what_stands_in_short_is_read_first_and_once() -> None:
    """Claims are listed in reading order; one that a section repeats is counted once."""
    answer = replace(demo_answer(), in_short=())
    short = answer.sections[1].claims[:1]
    told = replace(answer, in_short=short)
    assert told.claims[0] == short[0]
    assert sorted(told.claims, key=repr) == sorted(answer.claims, key=repr)
    assert load_answer(dump_answer(told)) == told


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*FIRST_PDF, "version"), "1"),
        ((*FIRST_PDF, "version"), 1.0),
        ((*FIRST_PDF, "version"), True),
        ((*FIRST_PDF, "spans", 0, "page"), "1"),
        ((*FIRST_PDF, "spans", 0, "end"), 9.0),
        ((*FIRST_PDF, "quote"), None),
        ((*FIRST_PDF, "more"), 1),
        (("references", 0, "authors"), "Ada"),
        (("status",), "perhaps"),
        (("failure",), {"kind": "x", "reason": "y", "retryable": "yes"}),
        (("provenance", "prompts"), {"task.md": 3}),
    ],
)
def test_other_types_are_refused_where_they_stand(place: Path_, value: object) -> None:
    """No value is bent into its field's type: a number in quotes, 1.0 for 1, true for 1, an unknown field."""
    with pytest.raises(RecordError) as caught:
        load_answer(changed(place, value))
    assert ".".join(map(str, place)) in str(caught.value)


@pytest.mark.parametrize("depth", [MAX_DEPTH, 500, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """However deep lists are nested, alone or in `run`, it is an error and no crash."""
    nested = "[" * depth + "]" * depth
    with pytest.raises(RecordError):
        load_answer(nested)
    whole = dump_answer(replace(demo_answer(), run={"x": "HERE"})).replace('"HERE"', nested)
    with pytest.raises(RecordError, match="nested too deeply"):
        load_answer(whole)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a JSON record"),
        ("[]", "schema"),
        ('{"schema": "rag.answer/3"}', "'rag.answer/3', expected 'rag.answer/2'"),
        ('{"schema": ["rag.answer/1"]}', "schema"),
        ('{"schema": "rag.answer/1", "\\u001b[31m": 1, "question": "", "status": "failed", "writer": ""}', r"\x1b"),
    ],
)
def test_other_documents_are_refused(text: str, words: str) -> None:
    """What is no record is named, and nothing foreign in the message can drive a terminal."""
    with pytest.raises(RecordError) as caught:
        load_answer(text)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("place", [("question",), (*FIRST_PDF, "quote"), ("references", 0, "title"), ("run", "x")])
def test_half_characters_are_refused_where_they_stand(place: Path_) -> None:
    """A lone surrogate, which no file can hold, is refused wherever it stands, as a key too."""
    with pytest.raises(RecordError, match=".".join(map(str, place))):
        load_answer(changed(place, "a\ud800b"))
    with pytest.raises(RecordError, match="surrogate"):
        load_answer(changed(("run", "\udfff"), 1))


# --- what may be shown ----------------------------------------------------------------------------------------


def cited(**more: Any) -> Callable[[Answer], Answer]:
    """Return what changes the first quotation of a PDF."""

    def change(answer: Answer) -> Answer:
        claim = answer.sections[1].claims[0]
        claim = replace(claim, citations=(replace(claim.citations[0], **more),))
        sections = list(answer.sections)
        sections[1] = replace(sections[1], claims=(claim, *sections[1].claims[1:]))
        return replace(answer, sections=tuple(sections))

    return change


def listed(**more: Any) -> Callable[[Answer], Answer]:
    """Return what changes the first reference."""
    return lambda answer: replace(answer, references=(replace(answer.references[0], **more),))


ODD: dict[str, Callable[[Answer], Answer]] = {
    "sections.1.claims.0.citations.0.paper": cited(paper="x](javascript:alert(1))"),
    "sections.1.claims.0.citations.0.paper: a citation of source pdf needs": cited(paper=None),
    f"citations.0.paper: '{TERN}v1' is no": cited(paper=f"{TERN}v1"),
    "citations.0.version: is 0": cited(version=0),
    "citations.0.spans: a citation": cited(spans=()),
    "citations.0.spans.0: page is 0": cited(spans=(Span(0, 0, 5),)),
    "citations.0.spans.1: start 5 and end 5": cited(spans=(Span(1, 0, 5), Span(1, 5, 5))),
    "citations.0.spans.0: start -1": cited(spans=(Span(1, -1, 5),)),
    "references.0.paper": listed(paper="<script>"),
    "references.0.url": listed(url="javascript:alert(1)"),
    "references.0.url: is 'https://arxiv.org/abs/2604": listed(version=2),
    "references.0.github": listed(github="javascript:alert(1)"),
    "references.0.citekey": listed(citekey="a} \\input{b"),
    "sections.0.claims.0.citations": lambda a: replace(
        a, sections=(Section("Task", "prose", (Claim("So it is.", "own_words", ()),)),)
    ),
    "in_short.0.citations": lambda a: replace(a, in_short=(Claim("So it is.", "own_words", ()),)),
    "sections.0.claims.0.subject": lambda a: replace(
        a, sections=(Section("Task", "prose", (replace(a.sections[1].claims[0], subject="no id"),)),)
    ),
    "coverage.0.paper": lambda a: replace(a, coverage=(Coverage("nowhere", "silent"),)),
    "gaps.0.paper": lambda a: replace(a, gaps=(Gap("x", "x", "nowhere"),)),
    "gaps.0.statement.spans": lambda a: replace(a, gaps=(Gap("x", "x", TERN, "", Citation("pdf", "q", "", TERN)),)),
    "notices.0.paper": lambda a: replace(a, notices=(Notice("x", "x", "https://example.org"),)),
}


@pytest.mark.parametrize("words", ODD)
def test_odd_content_can_be_read_but_not_shown(words: str) -> None:
    """What breaks a rule that showing relies on loads, so that it can be judged, and is refused with its place."""
    loaded = load_answer(dump_answer(ODD[words](demo_answer())))
    with pytest.raises(RecordError) as caught:
        check_answer(loaded)
    assert words in str(caught.value)


def test_a_paper_without_version_or_code_may_be_shown() -> None:
    """Version and code are optional, and the id may be of the old style."""
    old = Reference("hep-th/9108004", None, "Old", (), "https://arxiv.org/abs/hep-th/9108004")
    check_answer(replace(demo_answer(), references=(old,), notices=(Notice("x", "x", LAPWING),)))


@pytest.mark.parametrize("form", ["md", "html", "json", "bib"])
def test_show_refuses_odd_records_in_every_format(form: str, tmp_path: Path) -> None:
    """`rag show` prints nothing of a record that it cannot vouch for."""
    file = tmp_path / "answer.json"
    file.write_text(dump_answer(listed(url="javascript:alert(1)")(demo_answer())), "utf-8")
    told = CliRunner().invoke(app, ["show", str(file), "-f", form, "--corpus", str(tmp_path)])
    assert isinstance(told.exception, RecordError)
    assert told.stdout == ""
