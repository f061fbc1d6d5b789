"""A question has its own writer and its own failure; a busy server is asked again and less."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Brief, Engine
from rag.answers import Draft, Evidence, Task
from rag.batch import Options, Question
from rag.batch.limits import IN_A_ROW
from rag.errors import BatchError, WriterError
from rag.language import read_question
from rag.record import load_answer
from rag.settings import resource
from rag.writers import LlmWriter
from tests import openai_server as fake
from tests.batch.batches import (
    ASKED,
    FIRST,
    SECOND,
    SOON,
    answer_lines,
    asking_model,
    drafts_asked,
    made_questions,
    question_asked,
    run_through,
)
from tests.hash_embedder import HashEmbedder, Vectors
from tests.openai_server import Body, Turn, quoting


def _first_time(then: Turn) -> Callable[[Body], Turn]:
    """Return a model that fails every question once, then answers it."""
    seen: Counter[str] = Counter()

    def model(body: Body) -> Turn:
        seen[question_asked(body)] += 1
        return then if seen[question_asked(body)] == 1 else quoting(body)

    return model


def test_one_embedding_call_serves_many_questions(corpus: Path) -> None:
    """After one call for a group, no question of it needs another."""

    class Counting(HashEmbedder):
        calls = 0

        def embed(self, texts: Sequence[str]) -> Vectors:
            self.calls += 1
            return super().embed(texts)

    embedder = Counting()
    settings = replace(
        Engine.open(corpus, offline=True).settings, corpus=corpus / "hashed", pdf_dir=resource("demo") / "pdf"
    )
    hashed = Engine(settings, embedder=embedder)
    hashed.ingest(Brief.of("Which?", [FIRST, SECOND]))
    embedder.calls = 0
    briefs = [question.brief for question in made_questions(8)]
    hashed.embed_ahead(briefs)
    assert embedder.calls == 1
    for brief in briefs:
        hashed.prepare(brief, failed={})
    assert embedder.calls == 1


def test_a_question_may_name_its_own_writer(engine: Engine, tmp_path: Path) -> None:
    """`writer` on a line goes before the batch's; the others keep the batch's."""
    questions = made_questions(2)
    own = Question.of("own", questions[0].brief, "extractive")
    with fake.serve(quoting) as server:
        run_through(asking_model(engine, server.url), [*questions[1:], own], tmp_path / "a.jsonl")
        assert len(drafts_asked(server.requests)) == 1
    told = {name: json.loads(line)["answer"]["writer"] for name, line in answer_lines(tmp_path / "a.jsonl").items()}
    assert told["q1"] == "openai:m"
    assert told["own"].startswith("extractive")


def test_a_writer_that_cannot_be_had_is_named_with_its_line(engine: Engine, tmp_path: Path) -> None:
    """A line's writer that cannot be opened ends the batch before anything is asked, and the line is named."""
    path = tmp_path / "questions.jsonl"
    line = {"id": "q", "question": ASKED[0], "papers": [FIRST]}
    path.write_text(
        json.dumps({**line, "writer": "extractive"}) + "\n" + json.dumps({**line, "id": "r", "writer": "no:m"})
    )
    with pytest.raises(BatchError, match="line 2: its writer cannot be had"):
        next(iter(engine.batch(path, tmp_path / "a.jsonl")))
    assert not (tmp_path / "a.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("turn", "kind", "retryable"),
    [
        (Turn("no such model", status=404), "bad_request", False),
        (Turn("wrong key", status=401), "unauthorized", False),
        (Turn("boom", status=500), "server_error", True),
        (Turn("{}", cut=True), "connection", True),
        (Turn("", finish="length"), "truncated", False),
    ],
)
def test_a_failed_question_is_its_own_record(
    engine: Engine, tmp_path: Path, turn: Turn, kind: str, retryable: bool
) -> None:
    """The question that fails says why and whether to try again; all others are answered."""
    questions = made_questions(5)

    def model(body: Body) -> Turn:
        return turn if question_asked(body) == questions[2].brief.question else quoting(body)

    with fake.serve(model) as server:
        batch = run_through(asking_model(engine, server.url), questions, tmp_path / "a.jsonl", concurrency=2)
    assert (batch.tally.failed, batch.tally.answered, batch.tally.any_failed) == (1, 4, True)
    answer = load_answer(json.dumps(json.loads(answer_lines(tmp_path / "a.jsonl")["q2"])["answer"]))
    assert answer.status == "failed"
    assert answer.failure is not None
    assert (answer.failure.kind, answer.failure.retryable) == (kind, retryable)
    assert answer.failure.reason


def test_an_unexpected_error_of_a_writer_is_a_record_too(engine: Engine) -> None:
    """Whatever a writer raises is that question's failure, named as internal."""

    class Broken:
        name = "broken"

        def write(self, task: Task) -> Draft:
            if "2 photographs" in task.question.text:
                raise KeyError("lost")
            return Draft(tuple(() for _ in task.points))

    batch = Engine(engine.settings, writer=Broken(), embedder=engine.embedder).batch(made_questions(3))
    told = {item.id: item.answer for item in batch}
    failure = told["q1"].failure
    assert failure is not None
    assert (failure.kind, failure.reason, failure.retryable) == ("internal", "KeyError: 'lost'", False)
    assert [told["q0"].status, told["q2"].status] == ["answered", "answered"]


def test_a_model_that_always_fails_stops_the_batch(engine: Engine, tmp_path: Path) -> None:
    """A wrong key fails a few questions, not five thousand; the rest is left, and a later run asks all of them."""
    questions, path = made_questions(40), tmp_path / "a.jsonl"
    with fake.serve([Turn("Incorrect API key", status=401)]) as server:
        told = run_through(asking_model(engine, server.url), questions, path, concurrency=2).tally
        assert IN_A_ROW <= len(server.requests) <= IN_A_ROW + 2
    assert told.failed == told.kinds["unauthorized"] == told.fresh - told.refused
    assert "times in a row" in told.summary()[-1]
    assert "check the key" in told.summary()[-1]
    with fake.serve(quoting) as server:
        again = run_through(asking_model(engine, server.url), questions, path, retry_failed=True)
    assert (again.tally.left, again.tally.any_failed) == (0, False)


def test_a_busy_server_is_asked_again_and_less(engine: Engine, tmp_path: Path) -> None:
    """ "Too many requests" halves the calls at once; every question is answered in the end."""
    questions = made_questions(8)
    with fake.serve(_first_time(Turn("slow down", status=429))) as server:
        batch = engine_batch = asking_model(engine, server.url).batch(
            questions, tmp_path / "a.jsonl", options=Options(concurrency=8)
        )
        limits = [batch._throttle.limit for _ in engine_batch]
    assert batch.tally.answered == 8
    assert min(limits) < 8
    assert set(drafts_asked(server.requests).values()) == {2}


def test_errors_carry_kinds() -> None:
    """What a chat reports while it tries again reaches whoever listens."""
    heard: list[tuple[str, float]] = []
    with fake.serve([Turn("busy", status=429, headers=SOON), Turn("[]")]) as server:
        writer = LlmWriter.from_spec("openai:m", api_key="none", base_url=server.url, plan="large")
        writer.on_retry(lambda error, wait: heard.append((error.kind, wait)))
        with pytest.raises(WriterError):
            writer.write(Task(read_question("How?"), (), (), (Evidence("E1", "pdf", "It works.", "2101.00001"),)))
    assert heard == [("rate_limited", 0.001)]
