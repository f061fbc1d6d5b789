"""A record's digests: engine and judge make the same, a changed field is named, old records are said to be so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval import run
from eval.digests import altered, digests_of
from rag import Brief, Engine
from rag.answers import Answer
from rag.record import as_written, dump_answer, dump_table, load_answer, sealed
from rag.settings import resource
from tests.hash_embedder import HashEmbedder

BRIEF = resource("demo") / "brief.txt"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    settings = Engine.open(
        tmp_path_factory.mktemp("corpus"), pdf_dir=resource("demo") / "pdf", offline=True, llm=None
    ).settings
    return Engine(settings, embedder=HashEmbedder())


@pytest.fixture(scope="module")
def answer(engine: Engine) -> Answer:
    return engine.ask(Brief.load(BRIEF))


def wrong(record: dict[str, Any], engine: Engine, file: Path) -> set[tuple[str, str]]:
    """Return kind and place of all that is wrong with a record."""
    file.write_text(json.dumps(record))
    (case,) = run.verify(file, BRIEF, corpus=engine.settings.corpus)["cases"]
    assert not case["error"]
    every = [*case["around"], *(violation for claim in case["claims"] for violation in claim["violations"])]
    return {(violation["kind"], violation["place"]) for violation in every}


def test_both_sides_make_the_same_digests(answer: Answer, engine: Engine) -> None:
    """What the engine writes is what the judge makes of the JSON, in whatever order and with whatever blanks."""
    told = json.loads(dump_answer(answer))
    assert told["digests"] == digests_of(told)
    assert set(told["digests"]) == set(told) - {"run", "digests"}
    assert altered(json.loads(json.dumps(told, sort_keys=True, indent=3))) == ()
    assert load_answer(dump_answer(answer)) == answer
    table = json.loads(dump_table(engine.table(Brief.load(BRIEF), ["input"])))
    assert {"rows.0", "rows.1", "columns", "provenance", "schema"} == set(table["digests"])
    assert altered(table) == ()
    table["rows"].pop()
    assert altered(table) == ("rows.1",)


def test_sealing_twice_changes_nothing(answer: Answer) -> None:
    """Times and costs are no part of what is digested, nor are the digests themselves."""
    assert sealed(replace(answer, run={"total_s": 9})).digests == answer.digests == digests_of(as_written(answer))


def test_a_field_that_came_later_is_written_only_where_it_says_something(answer: Answer) -> None:
    """So a record from before it, read and written again, keeps its bytes and digests; one that needs it tells it."""
    text = dump_answer(answer)
    assert not {"citekey", "lead"} & set(re.findall(r'"(\w+)": ', text))
    assert dump_answer(load_answer(text)) == dump_answer(sealed(load_answer(text))) == text
    first = replace(answer.references[0], citekey="smith2020")
    keyed = sealed(replace(answer, references=(first, *answer.references[1:])))
    assert '"citekey": "smith2020"' in dump_answer(keyed)
    assert keyed.digests == {**answer.digests, "references": keyed.digests["references"]} != answer.digests
    assert altered(json.loads(dump_answer(load_answer(dump_answer(keyed))))) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda r: r["notices"].append({"kind": "x", "text": "Yes.", "paper": None}), {("altered_record", "notices")}),
        (lambda r: r["dropped"].append({"text": "x", "reason": "y", "detail": ""}), {("altered_record", "dropped")}),
        (lambda r: r["provenance"].update(index="x"), {("altered_record", "provenance")}),
        (lambda r: r.update(question="Which model is best?"),
         {("altered_record", "question"), ("record_mismatch", "question")}),
        (lambda r: r["references"][0].update(authors=["A. Forger"]),
         {("altered_record", "references"), ("record_mismatch", "references[0].authors")}),
        (lambda r: r["coverage"][1].update(state="silent"),
         {("altered_record", "coverage"), ("record_mismatch", "coverage[1].state")}),
        (lambda r: r["sections"][0].update(title="Proof of everything"),
         {("altered_record", "sections"), ("record_mismatch", "sections[0].title")}),
        (lambda r: r["references"].reverse(), {("altered_record", "references")}),
        (lambda r: r["sections"][0]["claims"].reverse(), {("altered_record", "sections")}),
        (lambda r: r.update(refusal={"kind": "unreadable", "detail": "x"}),
             {("altered_record", "refusal"), ("record_mismatch", "status")}),
        (lambda r: r["run"].update(total_s=77), set()),
    ],
)  # fmt: skip
def test_a_changed_field_is_named(
    change: Callable[[dict[str, Any]], None],
    expected: set[tuple[str, str]],
    answer: Answer,
    engine: Engine,
    tmp_path: Path,
) -> None:
    """With digests as they were the field is named; made anew, what can be derived is named still."""
    record = json.loads(dump_answer(answer))
    change(record)
    assert wrong(record, engine, tmp_path / "a.json") == expected
    record["digests"] = digests_of(record)
    forged = {found for found in expected if found[0] == "record_mismatch"}
    assert wrong(record, engine, tmp_path / "b.json") == forged


def test_a_record_without_digests_is_said_to_be_so(answer: Answer, engine: Engine, tmp_path: Path) -> None:
    """It is judged all the same, and what nothing holds is told."""
    file = tmp_path / "old.json"
    file.write_text(dump_answer(replace(answer, digests={})))
    report = run.verify(file, BRIEF, corpus=engine.settings.corpus)
    assert report["summary"]["violations"] == 0
    assert any(problem.startswith("no digests in 1 records") for problem in report["problems"])
    file.write_text(dump_answer(answer))
    assert run.verify(file, BRIEF, corpus=engine.settings.corpus)["problems"] == []


def test_a_changed_row_of_a_table_is_named_in_its_own_case(engine: Engine, tmp_path: Path) -> None:
    """The other rows are as they were; a row that was taken out is missed in all of them."""
    file = tmp_path / "t.json"
    told = json.loads(dump_table(engine.table(Brief.load(BRIEF), ["input", "Colour: Which colour is the river?"])))
    told["rows"][1]["cells"][1]["reason"] = "It is blue."
    file.write_text(json.dumps(told))
    cases = run.verify(file, BRIEF, corpus=engine.settings.corpus)["cases"]
    assert [[(v["kind"], v["place"]) for v in case["around"]] for case in cases] == [[], [("altered_record", "rows.1")]]
    del told["rows"][1]
    file.write_text(json.dumps(told))
    (case,) = run.verify(file, BRIEF, corpus=engine.settings.corpus)["cases"]
    assert [v["place"] for v in case["around"]] == ["rows.1"]
