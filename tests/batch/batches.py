"""Make small batches over the demo papers, run them, and take their files apart."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rag import Brief, Engine
from rag.batch import Batch, Options, Question
from rag.chat import ModelChat
from rag.record import dump_answer, load_answer
from rag.writers import LlmWriter
from tests.openai_server import Body

FIRST, SECOND = "2604.90001v1", "2604.90002v1"

ASKED = ("How does the model restore fast motion?", "What is the network trained on?", "Where does the method fail?")

SOON = {"retry-after-ms": "1"}  # the server asks for a wait of a millisecond, so that no test sleeps


def made_questions(count: int) -> list[Question]:
    papers = ([FIRST], [SECOND], [FIRST, SECOND])
    return [
        Question.of(f"q{n}", Brief.of(f"{ASKED[n % 3]} Consider {n + 1} photographs.", papers[n % 3]))
        for n in range(count)
    ]


def questions_file(folder: Path, questions: Sequence[Question]) -> Path:
    path = folder / "questions.jsonl"
    lines = (
        {"id": q.id, "question": q.brief.question, "papers": [paper.key for paper in q.brief.papers]} for q in questions
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def asking_model(engine: Engine, url: str) -> Engine:
    """Return an engine that writes with a chat model at this address and does not sleep between tries."""
    writer = LlmWriter.from_spec("openai:m", api_key="none", base_url=url, plan="large")
    assert isinstance(writer.chat, ModelChat)
    writer.chat.sleep = lambda seconds: None
    return Engine(engine.settings, writer=writer, embedder=engine.embedder)


def run_through(engine: Engine, questions: Sequence[Question], output: Path | None = None, **options: object) -> Batch:
    batch = engine.batch(questions, output, options=Options(**options))  # type: ignore[arg-type]
    for _ in batch:
        pass
    return batch


def answer_lines(path: Path) -> dict[str, bytes]:
    """Return the lines of a file of answers by id; no id may stand there twice."""
    rows = [(json.loads(line)["id"], line) for line in path.read_bytes().splitlines(True)]
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def records_of(path: Path) -> dict[str, str]:
    """Return the records proper, all but `run`, by id."""
    answers = {name: load_answer(json.dumps(json.loads(line)["answer"])) for name, line in answer_lines(path).items()}
    return {name: dump_answer(answer, run=False) for name, answer in answers.items()}


def question_asked(body: Body) -> str:
    """Return the question that a request is about."""
    return str(body["messages"][1]["content"].split("QUESTION\n", 1)[1].split("\n", 1)[0])


def drafts_asked(requests: Sequence[Body]) -> Counter[str]:
    """Count the requests for a first draft, by question."""
    return Counter(
        question_asked(body) for body in requests if body["response_format"]["json_schema"]["name"] == "answer"
    )
