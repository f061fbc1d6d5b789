"""Nothing finished is asked twice; what has changed is named before anything is spent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag import Brief, Engine
from rag.batch import Question
from rag.errors import BatchError
from tests import openai_server as fake
from tests.batch.batches import (
    FIRST,
    answer_lines,
    asking_model,
    drafts_asked,
    made_questions,
    question_asked,
    run_through,
)
from tests.openai_server import Turn, quoting


def test_finished_questions_are_kept_and_not_asked_again(engine: Engine, tmp_path: Path) -> None:
    """A second run asks nobody and leaves every byte; what is taken out is asked again, alone."""
    path = tmp_path / "a.jsonl"
    questions = made_questions(6)
    with fake.serve(quoting) as server:
        asking = asking_model(engine, server.url)
        run_through(asking, questions, path, concurrency=3)
        whole = path.read_bytes()
        drafts = drafts_asked(server.requests)
        assert set(drafts.values()) == {1}
        again = run_through(asking, questions, path)
        assert path.read_bytes() == whole
        assert (again.tally.kept, again.tally.fresh) == (6, 0)
        path.write_bytes(whole[: whole.rindex(b'{"id"') + 40])
        run_through(asking, questions, path)
    assert sum((drafts_asked(server.requests) - drafts).values()) == 1
    assert set(answer_lines(path)) == {question.id for question in questions}
    assert path.read_bytes()[: whole.rindex(b'{"id"')] == whole[: whole.rindex(b'{"id"')]


def _changed(engine: Engine, path: Path, questions: Sequence[Question]) -> str:
    with pytest.raises(BatchError) as caught:
        run_through(engine, questions, path)
    assert "--continue" in str(caught.value)
    assert "--anew" in str(caught.value)
    return str(caught.value)


def test_what_has_changed_is_named_before_anything_is_spent(engine: Engine, tmp_path: Path) -> None:
    """Another question, another writer: refused, naming it; nothing is asked, no byte changes."""
    path = tmp_path / "a.jsonl"
    questions = made_questions(3)
    run_through(engine, questions, path)
    whole = path.read_bytes()
    other = Question.of("q1", Brief.of("What is lost in the dark photographs?", [FIRST]))
    assert "question changed: q1" in _changed(engine, path, [questions[0], other, questions[2]])
    assert "question is new: q3" in _changed(engine, path, made_questions(4))
    assert "question is gone: q2" in _changed(engine, path, questions[:2])
    with fake.serve(quoting) as server:
        assert "writer is new: openai:m" in _changed(asking_model(engine, server.url), path, questions)
        assert server.requests == []
    assert path.read_bytes() == whole


def test_continue_asks_changed_questions_again_and_keeps_the_rest(engine: Engine, tmp_path: Path) -> None:
    """What is still the same question stays byte for byte; from then on the new state is the one compared with."""
    path = tmp_path / "a.jsonl"
    questions = made_questions(3)
    run_through(engine, questions, path)
    before = answer_lines(path)
    other = [questions[0], Question.of("q1", Brief.of("What is lost in the dark photographs?", [FIRST])), questions[2]]
    assert run_through(engine, other, path, changed="continue").tally.fresh == 1
    after = answer_lines(path)
    assert [name for name in after if after[name] == before[name]] == ["q0", "q2"]
    assert json.loads(after["q1"])["answer"]["question"] == "What is lost in the dark photographs?"
    assert run_through(engine, other, path).tally.fresh == 0


def test_anew_begins_again_and_keeps_the_old_file(engine: Engine, tmp_path: Path) -> None:
    """Nothing is overwritten: the old answers lie beside the new ones."""
    path = tmp_path / "a.jsonl"
    run_through(engine, made_questions(2), path)
    old = path.read_bytes()
    assert run_through(engine, made_questions(3)[1:], path, changed="anew").tally.fresh == 2
    assert path.with_name("a.jsonl.before-1").read_bytes() == old
    assert set(answer_lines(path)) == {"q1", "q2"}


def test_a_changed_index_is_named(engine: Engine, tmp_path: Path) -> None:
    """A paper stored anew in another reading since the batch began is noticed."""
    path = tmp_path / "a.jsonl"
    questions = made_questions(3)
    run_through(engine, questions[:2], path)
    header = path.with_name("a.jsonl.batch")
    told = json.loads(header.read_text())
    told["questions"]["q2"] = questions[2].digest
    told["papers"][FIRST] = "another reading"
    header.write_text(json.dumps(told))
    assert f"paper of the index changed: {FIRST}" in _changed(engine, path, questions)
    told["papers"][FIRST], told["index"] = engine.index.resolve(questions[0].brief.papers[0]).sha256[:16], "other"  # type: ignore[union-attr]
    header.write_text(json.dumps(told))
    assert "another embedding model" in _changed(engine, path, questions)


def test_retry_failed_asks_failed_questions_alone(engine: Engine, tmp_path: Path) -> None:
    """A plain second run keeps failures; with retry_failed they are asked again, and answered lines stay."""
    path = tmp_path / "a.jsonl"
    questions = made_questions(4)
    down = [questions[1].brief.question, questions[2].brief.question]
    with fake.serve(lambda body: Turn("no", status=400) if question_asked(body) in down else quoting(body)) as server:
        asking = asking_model(engine, server.url)
        run_through(asking, questions, path)
        before, count = answer_lines(path), len(server.requests)
        again = run_through(asking, questions, path)
        assert (len(server.requests), again.tally.any_failed) == (count, True)
        down.clear()
        retried = run_through(asking, questions, path, retry_failed=True)
    assert (retried.tally.fresh, retried.tally.any_failed) == (2, False)
    assert {name for name, line in answer_lines(path).items() if line == before[name]} == {"q0", "q3"}


def test_papers_that_cannot_be_had_are_asked_for_once(corpus: Path, tmp_path: Path) -> None:
    """Missing papers are fetched before the first question, together; the answers say what was not there."""
    ingests: list[int] = []

    class Counting(Engine):
        def ingest(self, what: object, **options: object) -> object:  # type: ignore[override]
            ingests.append(len(what))  # type: ignore[arg-type]
            return super().ingest(what, **options)  # type: ignore[arg-type]

    lacking = [
        Question.of(f"m{n}", Brief.of(f"How does it work with {n} birds?", [FIRST, f"2101.0000{n}"])) for n in (1, 2, 3)
    ]
    engine = Counting.open(corpus, offline=True)
    batch = run_through(engine, lacking, tmp_path / "a.jsonl")
    assert ingests == [3]
    assert any("3 papers could not be had" in note for note in batch.tally.summary())
    for line in answer_lines(tmp_path / "a.jsonl").values():
        assert "not_fetched" in [item["state"] for item in json.loads(line)["answer"]["coverage"]]


def test_two_versions_of_a_paper_may_stand_in_one_batch(corpus: Path, tmp_path: Path) -> None:
    """A whitelist allows one version of a paper; two questions may allow different ones."""
    engine = Engine.open(corpus, offline=True)
    questions = [
        Question.of(name, Brief.of("How does it restore motion?", [f"2604.90001{name}"])) for name in ("v1", "v2")
    ]
    run_through(engine, questions, tmp_path / "a.jsonl")
    told = {
        name: json.loads(line)["answer"]["coverage"][0]["state"]
        for name, line in answer_lines(tmp_path / "a.jsonl").items()
    }
    assert told["v1"] in ("cited", "searched", "silent")
    assert told["v2"] == "not_fetched"
