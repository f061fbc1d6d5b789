"""Test batches: nothing lost, nothing asked twice, trouble kept apart, ceilings held, Ctrl-C in two steps."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Answer, Brief, Engine
from rag.answers import AnswerFailure, Draft, Evidence, Task
from rag.batch.ceiling import Ceiling, Limits
from rag.batch.outage import IN_A_ROW, PATIENCE_S, Outage
from rag.batch.pipeline import Pipeline
from rag.batch.question_file import Question, read_questions
from rag.batch.run import AHEAD, Batch, Options
from rag.batch.tally import Tally
from rag.batch.throttle import Throttle
from rag.batch.watch import watch
from rag.chat import ModelChat
from rag.errors import BatchError, SettingsError, WriterError
from rag.language import read_question
from rag.record import dump_answer, load_answer
from rag.settings import resource
from rag.writers.llm import LlmWriter
from tests import openai_server as fake
from tests.hash_embedder import HashEmbedder, Vectors
from tests.openai_server import Body, Turn, quoting

FIRST, SECOND = "2604.90001v1", "2604.90002v1"
ASKED = ("How does the model restore fast motion?", "What is the network trained on?", "Where does the method fail?")
SOON = {"retry-after-ms": "1"}  # the server asks for a wait of a millisecond, so that no test sleeps


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    Engine.open(folder, pdf_dir=resource("demo") / "pdf", offline=True).ingest(Brief.of("Which?", [FIRST, SECOND]))
    return folder


@pytest.fixture(scope="module")
def engine(corpus: Path) -> Engine:
    return Engine.open(corpus, offline=True)


def _questions(count: int) -> list[Question]:
    papers = ([FIRST], [SECOND], [FIRST, SECOND])
    return [
        Question.of(f"q{n}", Brief.of(f"{ASKED[n % 3]} Consider {n + 1} photographs.", papers[n % 3]))
        for n in range(count)
    ]


def _file(folder: Path, questions: Sequence[Question]) -> Path:
    path = folder / "questions.jsonl"
    lines = (
        {"id": q.id, "question": q.brief.question, "papers": [paper.key for paper in q.brief.papers]} for q in questions
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _asking(engine: Engine, url: str) -> Engine:
    """Return an engine that writes with a chat model at this address and does not sleep between tries."""
    writer = LlmWriter.from_spec("openai:m", api_key="none", base_url=url)
    assert isinstance(writer.chat, ModelChat)
    writer.chat.sleep = lambda seconds: None
    return Engine(engine.settings, writer=writer, embedder=engine.embedder)


def _run(engine: Engine, questions: Sequence[Question], output: Path | None = None, **options: object) -> Batch:
    batch = engine.batch(questions, output, options=Options(**options))  # type: ignore[arg-type]
    for _ in batch:
        pass
    return batch


def _lines(path: Path) -> dict[str, bytes]:
    """Return the lines of a file of answers by id; no id may stand there twice."""
    rows = [(json.loads(line)["id"], line) for line in path.read_bytes().splitlines(True)]
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def _records(path: Path) -> dict[str, str]:
    """Return the records proper, all but `run`, by id."""
    answers = {name: load_answer(json.dumps(json.loads(line)["answer"])) for name, line in _lines(path).items()}
    return {name: dump_answer(answer, run=False) for name, answer in answers.items()}


def _asked(body: Body) -> str:
    """Return the question that a request is about."""
    return str(body["messages"][1]["content"].split("QUESTION\n", 1)[1].split("\n", 1)[0])


def _drafts(requests: Sequence[Body]) -> Counter[str]:
    """Count the requests for a first draft, by question."""
    return Counter(_asked(body) for body in requests if body["response_format"]["json_schema"]["name"] == "answer")


def _first_time(then: Turn) -> Callable[[Body], Turn]:
    """Return a model that fails every question once, then answers it."""
    seen: Counter[str] = Counter()

    def model(body: Body) -> Turn:
        seen[_asked(body)] += 1
        return then if seen[_asked(body)] == 1 else quoting(body)

    return model


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_a_batch_answers_as_single_questions_do(engine: Engine, tmp_path: Path) -> None:
    """Every record is the one that `ask` gives, byte for byte, all but `run`; nothing depends on the company."""
    questions = _questions(9)
    _run(engine, questions, tmp_path / "a.jsonl")
    singly = {question.id: dump_answer(engine.ask(question.brief), run=False) for question in questions}
    assert _records(tmp_path / "a.jsonl") == singly
    assert '"status": "answered"' in "".join(singly.values())


def test_the_evaluator_reads_the_file_as_it_is(engine: Engine, tmp_path: Path) -> None:
    """Answered, refused and failed records all are rows with their ids, and the questions are their cases."""
    run = pytest.importorskip("eval.run")
    cases = pytest.importorskip("eval.cases")
    questions = [*_questions(2), Question.of("off", Brief.of("Who won the football match in Madrid?", [FIRST]))]
    failing = Question.of("bad", questions[0].brief, "replay:nowhere")
    with fake.serve([Turn("no", status=400)]) as server:
        _run(_asking(engine, server.url), questions, tmp_path / "a.jsonl", concurrency=2)
    assert failing.writer == "replay:nowhere"
    rows = run.read_answers(tmp_path / "a.jsonl")
    assert {row.id: row.answer.status for row in rows} == {"q0": "failed", "q1": "failed", "off": "refused"}
    asked = cases.read_questions(_file(tmp_path, questions))
    assert {case.id for case, _ in run.match(rows, asked)} == {"q0", "q1", "off"}
    assert all(case.papers for case, _ in run.match(rows, asked))


def test_ordered_brings_the_file_into_input_order(engine: Engine, tmp_path: Path) -> None:
    """Lines are finished in any order; on request the file ends in the questions' order, lines unchanged."""
    questions = _questions(6)
    path = tmp_path / "a.jsonl"
    _run(engine, questions[3:], path)
    before = _lines(path)
    _run(engine, questions, path, changed="continue", ordered=True)
    assert list(_lines(path)) == [question.id for question in questions]
    assert all(_lines(path)[name] == line for name, line in before.items())


def test_async_gives_the_same_answers(engine: Engine) -> None:
    """`async for` yields what `for` yields."""
    questions = _questions(4)

    async def collect() -> dict[str, str]:
        return {item.id: dump_answer(item.answer, run=False) async for item in engine.batch(questions)}

    plain = {item.id: dump_answer(item.answer, run=False) for item in engine.batch(questions)}
    assert asyncio.run(collect()) == plain
    assert len(plain) == 4


def test_leaving_an_async_batch_frees_the_file(engine: Engine, tmp_path: Path) -> None:
    """Whoever leaves the loop early leaves finished answers behind, and the file free for the next run."""
    path = tmp_path / "a.jsonl"
    questions = _questions(6)

    async def leave() -> None:
        answers = aiter(engine.batch(questions, path))
        await anext(answers)
        await answers.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    kept = _lines(path)
    assert kept
    _run(engine, questions, path)
    assert len(_lines(path)) == 6
    assert all(_lines(path)[name] == line for name, line in kept.items())


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
    briefs = [question.brief for question in _questions(8)]
    hashed.embed_ahead(briefs)
    assert embedder.calls == 1
    for brief in briefs:
        hashed.prepare(brief, failed={})
    assert embedder.calls == 1


def test_a_question_may_name_its_own_writer(engine: Engine, tmp_path: Path) -> None:
    """`writer` on a line goes before the batch's; the others keep the batch's."""
    questions = _questions(2)
    own = Question.of("own", questions[0].brief, "extractive")
    with fake.serve(quoting) as server:
        _run(_asking(engine, server.url), [*questions[1:], own], tmp_path / "a.jsonl")
        assert len(_drafts(server.requests)) == 1
    told = {name: json.loads(line)["answer"]["writer"] for name, line in _lines(tmp_path / "a.jsonl").items()}
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


# --- going on ---------------------------------------------------------------------------------------------------------


def test_finished_questions_are_kept_and_not_asked_again(engine: Engine, tmp_path: Path) -> None:
    """A second run asks nobody and leaves every byte; what is taken out is asked again, alone."""
    path = tmp_path / "a.jsonl"
    questions = _questions(6)
    with fake.serve(quoting) as server:
        asking = _asking(engine, server.url)
        _run(asking, questions, path, concurrency=3)
        whole = path.read_bytes()
        drafts = _drafts(server.requests)
        assert set(drafts.values()) == {1}
        again = _run(asking, questions, path)
        assert path.read_bytes() == whole
        assert (again.tally.kept, again.tally.fresh) == (6, 0)
        path.write_bytes(whole[: whole.rindex(b'{"id"') + 40])
        _run(asking, questions, path)
    assert sum((_drafts(server.requests) - drafts).values()) == 1
    assert set(_lines(path)) == {question.id for question in questions}
    assert path.read_bytes()[: whole.rindex(b'{"id"')] == whole[: whole.rindex(b'{"id"')]


def _changed(engine: Engine, path: Path, questions: Sequence[Question]) -> str:
    with pytest.raises(BatchError) as caught:
        _run(engine, questions, path)
    assert "--continue" in str(caught.value)
    assert "--anew" in str(caught.value)
    return str(caught.value)


def test_what_has_changed_is_named_before_anything_is_spent(engine: Engine, tmp_path: Path) -> None:
    """Another question, another writer: refused, naming it; nothing is asked, no byte changes."""
    path = tmp_path / "a.jsonl"
    questions = _questions(3)
    _run(engine, questions, path)
    whole = path.read_bytes()
    other = Question.of("q1", Brief.of("What is lost in the dark photographs?", [FIRST]))
    assert "question changed: q1" in _changed(engine, path, [questions[0], other, questions[2]])
    assert "question is new: q3" in _changed(engine, path, _questions(4))
    assert "question is gone: q2" in _changed(engine, path, questions[:2])
    with fake.serve(quoting) as server:
        assert "writer is new: openai:m" in _changed(_asking(engine, server.url), path, questions)
        assert server.requests == []
    assert path.read_bytes() == whole


def test_continue_asks_changed_questions_again_and_keeps_the_rest(engine: Engine, tmp_path: Path) -> None:
    """What is still the same question stays byte for byte; from then on the new state is the one compared with."""
    path = tmp_path / "a.jsonl"
    questions = _questions(3)
    _run(engine, questions, path)
    before = _lines(path)
    other = [questions[0], Question.of("q1", Brief.of("What is lost in the dark photographs?", [FIRST])), questions[2]]
    assert _run(engine, other, path, changed="continue").tally.fresh == 1
    after = _lines(path)
    assert [name for name in after if after[name] == before[name]] == ["q0", "q2"]
    assert json.loads(after["q1"])["answer"]["question"] == "What is lost in the dark photographs?"
    assert _run(engine, other, path).tally.fresh == 0


def test_anew_begins_again_and_keeps_the_old_file(engine: Engine, tmp_path: Path) -> None:
    """Nothing is overwritten: the old answers lie beside the new ones."""
    path = tmp_path / "a.jsonl"
    _run(engine, _questions(2), path)
    old = path.read_bytes()
    assert _run(engine, _questions(3)[1:], path, changed="anew").tally.fresh == 2
    assert path.with_name("a.jsonl.before-1").read_bytes() == old
    assert set(_lines(path)) == {"q1", "q2"}


def test_a_changed_index_is_named(engine: Engine, tmp_path: Path) -> None:
    """A paper stored anew in another reading since the batch began is noticed."""
    path = tmp_path / "a.jsonl"
    questions = _questions(3)
    _run(engine, questions[:2], path)
    header = path.with_name("a.jsonl.batch")
    told = json.loads(header.read_text())
    told["questions"]["q2"] = questions[2].digest
    told["papers"][FIRST] = "another reading"
    header.write_text(json.dumps(told))
    assert f"paper of the index changed: {FIRST}" in _changed(engine, path, questions)
    told["papers"][FIRST], told["index"] = engine.index.resolve(questions[0].brief.papers[0]).sha256[:16], "other"  # type: ignore[union-attr]
    header.write_text(json.dumps(told))
    assert "another embedding model" in _changed(engine, path, questions)


# --- trouble ----------------------------------------------------------------------------------------------------------


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
    questions = _questions(5)

    def model(body: Body) -> Turn:
        return turn if _asked(body) == questions[2].brief.question else quoting(body)

    with fake.serve(model) as server:
        batch = _run(_asking(engine, server.url), questions, tmp_path / "a.jsonl", concurrency=2)
    assert (batch.tally.failed, batch.tally.answered, batch.tally.any_failed) == (1, 4, True)
    answer = load_answer(json.dumps(json.loads(_lines(tmp_path / "a.jsonl")["q2"])["answer"]))
    assert answer.status == "failed"
    assert answer.failure is not None
    assert (answer.failure.kind, answer.failure.retryable) == (kind, retryable)
    assert answer.failure.reason


def test_retry_failed_asks_failed_questions_alone(engine: Engine, tmp_path: Path) -> None:
    """A plain second run keeps failures; with retry_failed they are asked again, and answered lines stay."""
    path = tmp_path / "a.jsonl"
    questions = _questions(4)
    down = [questions[1].brief.question, questions[2].brief.question]
    with fake.serve(lambda body: Turn("no", status=400) if _asked(body) in down else quoting(body)) as server:
        asking = _asking(engine, server.url)
        _run(asking, questions, path)
        before, count = _lines(path), len(server.requests)
        again = _run(asking, questions, path)
        assert (len(server.requests), again.tally.any_failed) == (count, True)
        down.clear()
        retried = _run(asking, questions, path, retry_failed=True)
    assert (retried.tally.fresh, retried.tally.any_failed) == (2, False)
    assert {name for name, line in _lines(path).items() if line == before[name]} == {"q0", "q3"}


def test_an_unexpected_error_of_a_writer_is_a_record_too(engine: Engine) -> None:
    """Whatever a writer raises is that question's failure, named as internal."""

    class Broken:
        name = "broken"

        def write(self, task: Task) -> Draft:
            if "2 photographs" in task.question.text:
                raise KeyError("lost")
            return Draft(tuple(() for _ in task.points))

    batch = Engine(engine.settings, writer=Broken(), embedder=engine.embedder).batch(_questions(3))
    told = {item.id: item.answer for item in batch}
    failure = told["q1"].failure
    assert failure is not None
    assert (failure.kind, failure.reason, failure.retryable) == ("internal", "KeyError: 'lost'", False)
    assert [told["q0"].status, told["q2"].status] == ["answered", "answered"]


def test_a_model_that_always_fails_stops_the_batch(engine: Engine, tmp_path: Path) -> None:
    """A wrong key fails a few questions, not five thousand; the rest is left, and a later run asks all of them."""
    questions, path = _questions(40), tmp_path / "a.jsonl"
    with fake.serve([Turn("Incorrect API key", status=401)]) as server:
        told = _run(_asking(engine, server.url), questions, path, concurrency=2).tally
        assert IN_A_ROW <= len(server.requests) <= IN_A_ROW + 2
    assert told.failed == told.kinds["unauthorized"] == told.fresh - told.refused
    assert "times in a row" in told.summary()[-1]
    assert "check the key" in told.summary()[-1]
    with fake.serve(quoting) as server:
        again = _run(_asking(engine, server.url), questions, path, retry_failed=True)
    assert (again.tally.left, again.tally.any_failed) == (0, False)


def test_a_server_that_may_come_back_is_given_a_while() -> None:
    """What passes stops a batch only after a while without success; what lasts at once; a question's own, never."""
    now = [0.0]
    outage = Outage(lambda: now[0])
    gone, wrong = AnswerFailure("connection", "refused", True), AnswerFailure("not_json", "prose")
    assert not any(outage.failed(gone) for _ in range(2 * IN_A_ROW))
    outage.succeeded()
    now[0] = PATIENCE_S
    assert [bool(outage.failed(gone)) for _ in range(IN_A_ROW)] == [False] * (IN_A_ROW - 1) + [True]
    outage.succeeded()
    assert not any(outage.failed(wrong) for _ in range(2 * IN_A_ROW))
    lasting = [outage.failed(AnswerFailure("unauthorized", "no key")) for _ in range(IN_A_ROW)]
    assert not any(lasting[:-1])
    assert "no key" in lasting[-1]


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
    batch = iter(slow.batch(_questions(3), tmp_path / "a.jsonl", options=Options(concurrency=1)))
    assert next(batch).id == "q0"
    go.set()
    third.wait()
    batch.close()  # type: ignore[attr-defined]
    end.set()
    assert list(_lines(tmp_path / "a.jsonl")) == ["q0", "q1"]


def test_a_busy_server_is_asked_again_and_less(engine: Engine, tmp_path: Path) -> None:
    """ "Too many requests" halves the calls at once; every question is answered in the end."""
    questions = _questions(8)
    with fake.serve(_first_time(Turn("slow down", status=429))) as server:
        batch = engine_batch = _asking(engine, server.url).batch(
            questions, tmp_path / "a.jsonl", options=Options(concurrency=8)
        )
        limits = [batch._throttle.limit for _ in engine_batch]
    assert batch.tally.answered == 8
    assert min(limits) < 8
    assert set(_drafts(server.requests).values()) == {2}


def test_a_slow_reader_holds_the_batch_back(engine: Engine) -> None:
    """No more questions are under way than there are writers and a few prepared ones: nothing piles up."""
    taken = [0]
    ahead: list[int] = []

    def model(body: Body) -> Turn:
        ahead.append(len(server.requests) - taken[0])
        return quoting(body)

    with fake.serve(model) as server:
        for _ in _asking(engine, server.url).batch(_questions(60), options=Options(concurrency=2)):
            taken[0] += 1
    assert max(ahead) <= 2 + AHEAD
    assert taken[0] == 60


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
    batch = _run(engine, lacking, tmp_path / "a.jsonl")
    assert ingests == [3]
    assert any("3 papers could not be had" in note for note in batch.tally.summary())
    for line in _lines(tmp_path / "a.jsonl").values():
        assert "not_fetched" in [item["state"] for item in json.loads(line)["answer"]["coverage"]]


def test_two_versions_of_a_paper_may_stand_in_one_batch(corpus: Path, tmp_path: Path) -> None:
    """A whitelist allows one version of a paper; two questions may allow different ones."""
    engine = Engine.open(corpus, offline=True)
    questions = [
        Question.of(name, Brief.of("How does it restore motion?", [f"2604.90001{name}"])) for name in ("v1", "v2")
    ]
    _run(engine, questions, tmp_path / "a.jsonl")
    told = {
        name: json.loads(line)["answer"]["coverage"][0]["state"] for name, line in _lines(tmp_path / "a.jsonl").items()
    }
    assert told["v1"] in ("cited", "searched", "silent")
    assert told["v2"] == "not_fetched"


def test_bad_lines_are_reported_before_anything_is_spent(engine: Engine, tmp_path: Path) -> None:
    """A batch of a file with bad lines does not begin; without them it does."""
    path = _file(tmp_path, _questions(2))
    path.write_text(path.read_text() + "{broken\n")
    with pytest.raises(BatchError, match=r"questions\.jsonl:3: not JSON"):
        engine.batch(path)
    assert len(list(engine.batch(path, skip_bad=True))) == 2
    assert len(read_questions(path).bad) == 1


# --- ceilings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (Limits(tokens=6000), 5),  # the server says 1,200 tokens an answer
        (Limits(cost=0.006, prices=(1.0, 1.0)), 5),
        (Limits(tokens=0), 0),
        (Limits(minutes=0), 0),
    ],
)
def test_a_ceiling_stops_cleanly_and_resumes(engine: Engine, tmp_path: Path, limits: Limits, most: int) -> None:
    """No run takes more than its ceiling; it says what is left, and later runs finish the rest, each question once."""
    path = tmp_path / "a.jsonl"
    questions = _questions(9)
    with fake.serve(quoting) as server:
        asking = _asking(engine, server.url)
        batch = _run(asking, questions, path, limits=limits, concurrency=3)
        refused = batch.tally.refused
        assert batch.tally.answered <= most
        assert batch.tally.left == 9 - batch.tally.answered - refused > 0
        assert f"{batch.tally.left} left" in batch.tally.summary()[-1]
        assert "ceiling" in batch.tally.summary()[-1]
        assert len(server.requests) == batch.tally.answered
        assert _run(asking, questions, path).tally.left == 0
    assert set(_drafts(server.requests).values()) == {1}


def test_what_is_set_aside_counts() -> None:
    """Calls under way count with what they will probably take, then with what they took; a call waits for them."""
    ceiling = Ceiling(Limits(tokens=5000))
    evidence = [Evidence("E1", "pdf", "x" * 400)]
    first = ceiling.set_aside(evidence)
    second = ceiling.set_aside(evidence)
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[0] == 2100
    third: list[object] = []
    waiting = threading.Thread(target=lambda: third.append(ceiling.set_aside(evidence)))
    waiting.start()
    assert not third
    ceiling.settle(first, 400, 100)
    waiting.join()
    assert third == [(500, 0.0)]
    ceiling.settle(second, 4000, 0)
    ceiling.settle((500, 0.0), 500, 0)
    assert ceiling.set_aside(evidence) == "the ceiling of 5,000 tokens is reached"


def test_a_ceiling_is_used_whole(engine: Engine) -> None:
    """Calls side by side set much aside and take less: the batch goes on until no single call fits any more."""
    with fake.serve(quoting) as server:
        tally = _run(_asking(engine, server.url), _questions(30), limits=Limits(tokens=12_000), concurrency=8).tally
    assert tally.tokens <= 12_000
    assert tally.tokens + 1200 > 12_000


@pytest.mark.parametrize("wrong", [{"cost": 1.0}, {"tokens": -1}, {"minutes": float("nan")}, {"prices": (-1.0, 0.0)}])
def test_ceilings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    """A negative ceiling, or a cost without prices, is named."""
    with pytest.raises(SettingsError):
        Limits(**wrong)  # type: ignore[arg-type]


# --- the parts --------------------------------------------------------------------------------------------------------


def test_the_throttle_halves_once_a_wave_and_grows_again() -> None:
    """Many "too many requests" at once halve the limit once; successes raise it, up to what the user set."""
    now = [0.0]
    throttle = Throttle(16, clock=lambda: now[0])
    for _ in range(5):
        throttle.slow_down()
    assert throttle.limit == 8
    throttle.succeeded()
    throttle.slow_down()
    assert 4 <= throttle.limit < 5
    for _ in range(100):
        throttle.succeeded()
        throttle.slow_down()
    assert throttle.limit == 1
    for _ in range(100):
        throttle.succeeded()
    assert throttle.limit == 16


def test_the_throttle_holds_back_until_a_pause_is_over() -> None:
    """No call begins during a pause; `resume` ends it."""
    throttle = Throttle(1, clock=lambda: 0.0)
    throttle.slow_down(60.0)
    began = threading.Event()

    def call() -> None:
        with throttle.slot():
            began.set()

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    assert not began.is_set()
    throttle.resume()
    thread.join(10)
    assert began.is_set()


def test_no_more_than_the_limit_run_at_once() -> None:
    """Whatever the threads do, at most `limit` hold a slot."""
    throttle = Throttle(3)
    running, most = [0], [0]
    lock = threading.Lock()

    def call() -> None:
        for _ in range(50):
            with throttle.slot():
                with lock:
                    running[0] += 1
                    most[0] = max(most[0], running[0])
                with lock:
                    running[0] -= 1

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 3


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


def test_the_tally_says_how_far_it_is() -> None:
    """Rate, time to go, tokens and cost follow from counts and clock."""
    now = [0.0]
    tally = Tally(total=10, kept=4, clock=lambda: now[0])
    tally.begin()
    run = {"usage": {"input_tokens": 900.0, "output_tokens": 100.0, "repair_input_tokens": 1000.0}}
    tally.count(Answer("Q", "answered", "w", run=run), Limits(prices=(1.0, 2.0)))
    tally.count(Answer("Q", "refused", "w"), Limits(prices=(1.0, 2.0)))
    now[0] = 4.0
    assert tally.line() == "6/10 done, 0 failed, 1 refused, 30.0/min, 8.0 s to go, 2,000 tokens, cost 0.00"
    assert tally.cost == pytest.approx(0.0021)
    assert "4 left" in tally.summary()[-1]
    tally.count(Answer("Q", "failed", "w", failure=AnswerFailure("timeout", "no reply")), Limits())
    assert any("1 failed (timeout 1; the first: no reply)" in line for line in tally.summary())


# --- the command, killed and interrupted ------------------------------------------------------------------------------


def _command(corpus: Path, questions: Path, output: Path, *more: str) -> list[str]:
    options = ["--corpus", str(corpus), "--offline", "--llm", "openai:m", "--no-reply-cache", *more]
    return [
        sys.executable,
        "-c",
        "from rag.cli import main; main()",
        "batch",
        str(questions),
        "-o",
        str(output),
        *options,
    ]


def _env(url: str) -> dict[str, str]:
    here = str(Path(__file__).resolve().parent.parent)
    return {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "PYTHONPATH": here}


def _start(command: Sequence[str], url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, env=_env(url), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C and wait until the program says that it has heard."""
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "finishing what is under way" not in (line := process.stderr.readline()):
        assert line, "the program ended without a word"


def test_killed_at_any_request_nothing_is_lost_or_asked_twice(engine: Engine, corpus: Path, tmp_path: Path) -> None:
    """Kill -9 while answers come in, again and again: in the end each question stands there once, as undisturbed.

    The server fails every question's first call, and no question that was in the file is ever asked again.
    """
    questions, path = _questions(12), tmp_path / "a.jsonl"
    faults = [Turn("busy", status=429, headers=SOON), Turn("boom", status=500, headers=SOON)]
    process: list[subprocess.Popen[str]] = []
    calls, kill_at = [0], {4, 11, 17}
    seen: Counter[str] = Counter()
    finished: set[str] = set()
    twice: list[str] = []

    def model(body: Body) -> Turn:
        asked = _asked(body)
        calls[0] += 1
        seen[asked] += 1
        if asked in finished:
            twice.append(asked)
        if calls[0] in kill_at:
            process[0].kill()
        return faults[calls[0] % 2] if seen[asked] == 1 else quoting(body)

    file = _file(tmp_path, questions)
    by_id = {question.id: question.brief.question for question in questions}
    kept: dict[str, bytes] = {}
    killed = 0
    with fake.serve(model) as server:
        while True:
            process[:] = [_start(_command(corpus, file, path, "--concurrency", "2"), server.url)]
            process[0].communicate()
            whole = path.read_bytes()[: path.read_bytes().rfind(b"\n") + 1] if path.exists() else b""
            now = {json.loads(line)["id"]: line for line in whole.splitlines(True)}
            assert all(now[name] == line for name, line in kept.items())
            kept = now
            finished |= {by_id[name] for name in now}
            if process[0].returncode == 0:
                break
            assert process[0].returncode == -signal.SIGKILL
            killed += 1
        assert killed == 3
        assert twice == []
        undisturbed = tmp_path / "b.jsonl"
        finished.clear()
        _run(_asking(engine, server.url), questions, undisturbed)
    assert _records(path) == _records(undisturbed)
    assert set(_records(path)) == set(by_id)


def test_the_first_ctrl_c_finishes_what_is_under_way(corpus: Path, tmp_path: Path) -> None:
    """After it nothing new is asked, what was asked is kept, the exit code is 130, and the rest can be resumed."""
    questions, path = _questions(9), tmp_path / "a.jsonl"
    third, told_so = threading.Event(), threading.Event()

    def model(body: Body) -> Turn:
        if len(server.requests) == 3:
            third.set()
            told_so.wait()
        return quoting(body)

    with fake.serve(model) as server:
        command = _command(corpus, _file(tmp_path, questions), path, "--concurrency", "1")
        process = _start(command, server.url)
        third.wait()
        _interrupt(process)
        told_so.set()
        _, told = process.communicate()
        assert process.returncode == 130
        assert "interrupted" in told
        assert len(server.requests) == 3
        answered = [line for line in _lines(path).values() if b'"status": "answered"' in line]
        assert len(answered) == 3
        assert subprocess.run(command, env=_env(server.url), capture_output=True, check=False).returncode == 0
    assert len(_lines(path)) == 9
    assert set(_drafts(server.requests).values()) == {1}


def test_the_second_ctrl_c_stops_at_once(corpus: Path, tmp_path: Path) -> None:
    """A server that never answers cannot hold the program: the second Ctrl-C ends it, and finished answers stay."""
    path = tmp_path / "a.jsonl"
    third = threading.Event()

    def model(body: Body) -> Turn:
        if len(server.requests) < 3:
            return quoting(body)
        third.set()
        return Turn(hang=True)

    with fake.serve(model) as server:
        process = _start(_command(corpus, _file(tmp_path, _questions(9)), path, "--concurrency", "1"), server.url)
        third.wait()
        _interrupt(process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
        assert process.returncode == 130
        assert "interrupted" in told
        assert "Traceback" not in told
    assert len(_lines(path)) >= 2


def test_the_command_tells_failures_by_its_exit_code(corpus: Path, tmp_path: Path) -> None:
    """1 when any failed, 0 when none did, 2 for bad input; progress is plain lines where there is no terminal."""
    file, path = _file(tmp_path, _questions(3)), tmp_path / "a.jsonl"
    broken = tmp_path / "broken.jsonl"
    broken.write_text(file.read_text() + "{\n")
    down = [True]

    def run(*more: str, questions: Path = file) -> tuple[int, str]:
        command = _command(corpus, questions, path, *more)
        told = subprocess.run(command, env=_env(server.url), capture_output=True, text=True, check=False)
        return told.returncode, told.stderr + told.stdout

    with fake.serve(lambda body: Turn("no", status=400) if down[0] else quoting(body)) as server:
        code, told = run("--dry-run")
        assert (code, server.requests, path.exists()) == (0, [], False)
        assert "3 of 3 questions" in told
        code, told = run(questions=broken)
        assert (code, server.requests) == (2, [])
        assert "broken.jsonl:4: not JSON" in told
        code, told = run("--skip-bad", questions=broken)
        assert code == 1
        assert "--retry-failed" in told
        assert "3/3 done" in told
        assert "\x1b" not in told
        down[0] = False
        assert run()[0] == 1
        assert run("--retry-failed")[0] == 0
        assert run()[0] == 0


def test_the_questions_are_never_written_over(corpus: Path, tmp_path: Path) -> None:
    """The file of questions named as output too is refused, even with --anew, and stays as it is."""
    asked = _file(tmp_path, _questions(2))
    before = asked.read_bytes()
    told = subprocess.run(_command(corpus, asked, asked, "--anew"), env=_env("x"), capture_output=True, text=True)
    assert (told.returncode, asked.read_bytes()) == (2, before)
    assert "is the file of questions" in told.stderr
    assert list(tmp_path.iterdir()) == [asked]


def test_a_batch_goes_on_when_nobody_reads_its_progress(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is gone, or a full disk behind a redirection, costs the lines of progress, not the night."""

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stderr", Gone())
    batch = engine.batch(_questions(4))
    assert not watch(batch, terminal=False)
    assert batch.tally.left == 0


def test_errors_carry_kinds() -> None:
    """What a chat reports while it tries again reaches whoever listens."""
    heard: list[tuple[str, float]] = []
    with fake.serve([Turn("busy", status=429, headers=SOON), Turn("[]")]) as server:
        writer = LlmWriter.from_spec("openai:m", api_key="none", base_url=server.url)
        writer.on_retry(lambda error, wait: heard.append((error.kind, wait)))
        with pytest.raises(WriterError):
            writer.write(Task(read_question("How?"), (), (), (Evidence("E1", "pdf", "It works.", "2101.00001"),)))
    assert heard == [("rate_limited", 0.001)]
