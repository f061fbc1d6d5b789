"""What comes out of a batch: the answers that single questions give, each kept the moment it is there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rag import Brief, Engine
from rag.answers import Draft, Task
from rag.batch import Options, Question, read_questions
from rag.batch.run import AHEAD, Pipeline
from rag.errors import BatchError
from rag.record import dump_answer
from tests import openai_server as fake
from tests.batch.batches import (
    FIRST,
    answer_lines,
    asking_model,
    made_questions,
    questions_file,
    records_of,
    run_through,
)
from tests.openai_server import Body, Turn, quoting


def test_a_batch_answers_as_single_questions_do(engine: Engine, tmp_path: Path) -> None:
    """Every record is the one that `ask` gives, byte for byte, all but `run`; nothing depends on the company."""
    questions = made_questions(9)
    run_through(engine, questions, tmp_path / "a.jsonl")
    singly = {question.id: dump_answer(engine.ask(question.brief), run=False) for question in questions}
    assert records_of(tmp_path / "a.jsonl") == singly
    assert '"status": "answered"' in "".join(singly.values())


def test_the_evaluator_reads_the_file_as_it_is(engine: Engine, tmp_path: Path) -> None:
    """Answered, refused and failed records all are rows with their ids, and the questions are their cases."""
    run = pytest.importorskip("eval.run")
    cases = pytest.importorskip("eval.cases")
    questions = [*made_questions(2), Question.of("off", Brief.of("Who won the football match in Madrid?", [FIRST]))]
    failing = Question.of("bad", questions[0].brief, "replay:nowhere")
    with fake.serve([Turn("no", status=400)]) as server:
        run_through(asking_model(engine, server.url), questions, tmp_path / "a.jsonl", concurrency=2)
    assert failing.writer == "replay:nowhere"
    rows = run.read_answers(tmp_path / "a.jsonl")
    assert {row.id: row.answer.status for row in rows} == {"q0": "failed", "q1": "failed", "off": "refused"}
    asked = cases.read_questions(questions_file(tmp_path, questions))
    assert {case.id for case, _ in run.match(rows, asked)} == {"q0", "q1", "off"}
    assert all(case.papers for case, _ in run.match(rows, asked))


def test_ordered_brings_the_file_into_input_order(engine: Engine, tmp_path: Path) -> None:
    """Lines are finished in any order; on request the file ends in the questions' order, lines unchanged."""
    questions = made_questions(6)
    path = tmp_path / "a.jsonl"
    run_through(engine, questions[3:], path)
    before = answer_lines(path)
    run_through(engine, questions, path, changed="continue", ordered=True)
    assert list(answer_lines(path)) == [question.id for question in questions]
    assert all(answer_lines(path)[name] == line for name, line in before.items())


def test_async_gives_the_same_answers(engine: Engine) -> None:
    """`async for` yields what `for` yields."""
    questions = made_questions(4)

    async def collect() -> dict[str, str]:
        return {item.id: dump_answer(item.answer, run=False) async for item in engine.batch(questions)}

    plain = {item.id: dump_answer(item.answer, run=False) for item in engine.batch(questions)}
    assert asyncio.run(collect()) == plain
    assert len(plain) == 4


def test_leaving_an_async_batch_frees_the_file(engine: Engine, tmp_path: Path) -> None:
    """Whoever leaves the loop early leaves finished answers behind, and the file free for the next run."""
    path = tmp_path / "a.jsonl"
    questions = made_questions(6)

    async def leave() -> None:
        answers = aiter(engine.batch(questions, path))
        await anext(answers)
        await answers.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    kept = answer_lines(path)
    assert kept
    run_through(engine, questions, path)
    assert len(answer_lines(path)) == 6
    assert all(answer_lines(path)[name] == line for name, line in kept.items())


def test_what_is_finished_when_the_iterator_is_left_is_kept(engine: Engine, tmp_path: Path) -> None:
    """Leaving a batch keeps the answers that writers have finished but nobody has taken yet."""
    go, third, end = threading.Event(), threading.Event(), threading.Event()

    class Slow:
        name = "slow"

        def write(self, task: Task) -> Draft:
            if "2 photographs" in task.question.text:
                go.wait()
            elif "3 photographs" in task.question.text:
                third.set()  # the one thread puts a result down before it takes up the next question
                end.wait()
            return Draft(tuple(() for _ in task.points))

    slow = Engine(engine.settings, writer=Slow(), embedder=engine.embedder)
    batch = iter(slow.batch(made_questions(3), tmp_path / "a.jsonl", options=Options(concurrency=1)))
    assert next(batch).id == "q0"
    go.set()
    third.wait()
    batch.close()
    end.set()
    assert list(answer_lines(tmp_path / "a.jsonl")) == ["q0", "q1"]


def test_a_slow_reader_holds_the_batch_back(engine: Engine) -> None:
    """No more questions are under way than there are writers and a few prepared ones: nothing piles up."""
    taken = [0]
    ahead: list[int] = []

    def model(body: Body) -> Turn:
        ahead.append(len(server.requests) - taken[0])
        return quoting(body)

    with fake.serve(model) as server:
        for _ in asking_model(engine, server.url).batch(made_questions(60), options=Options(concurrency=2)):
            taken[0] += 1
    assert max(ahead) <= 2 + AHEAD
    assert taken[0] == 60


def test_bad_lines_are_reported_before_anything_is_spent(engine: Engine, tmp_path: Path) -> None:
    """A batch of a file with bad lines does not begin; without them it does."""
    path = questions_file(tmp_path, made_questions(2))
    path.write_text(path.read_text() + "{broken\n")
    with pytest.raises(BatchError, match=r"questions\.jsonl:3: not JSON"):
        engine.batch(path)
    assert len(list(engine.batch(path, skip_bad=True))) == 2
    assert len(read_questions(path).bad) == 1


def test_a_pipeline_prepares_in_groups_and_finishes_everything() -> None:
    """Pieces handed in together are prepared together, and each comes out once."""
    gate = threading.Event()
    groups: list[int] = []

    def prepare(pieces: Sequence[int]) -> Iterator[int]:
        gate.wait(10)
        groups.append(len(pieces))
        yield from pieces

    pipeline: Pipeline[int, int, int] = Pipeline(prepare, lambda piece: piece * 2, 3)
    for piece in range(40):
        pipeline.submit(piece)
    gate.set()
    found: list[int] = []
    while pipeline.under_way:
        found += pipeline.results()
    pipeline.close()
    assert sorted(found) == [2 * piece for piece in range(40)]
    assert len(groups) <= 4
