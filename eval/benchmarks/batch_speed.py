"""Measure a batch against a chat model that takes two seconds an answer: `python -m eval.benchmarks.batch_speed`.

200 questions over the demo's papers, 32 calls at once, a server of the OpenAI protocol in a process of its own. The
ideal is 200 / 32 rounds of 2 s, 14 s. Printed are the seconds from the first question to the last answer, and
this process's own CPU time a question, which no busy neighbour changes much.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from rag.batch import Options, Question
from rag.briefs import Brief
from rag.engine import Engine
from rag.settings import resource
from rag.writers import LlmWriter

ASKED = (
    "How does the model restore fast motion?",
    "How is a burst different from a single photograph?",
    "What is the network trained on?",
    "Where does the method fail, and what is left to do?",
    "How is a sharp photograph restored?",
)
PAPERS = (("2604.90001v1",), ("2604.90002v1",), ("2604.90001v1", "2604.90002v1"))


def questions(count: int) -> list[Question]:
    """Return so many questions, no two alike, over one or both of the demo's papers."""
    return [
        Question.of(f"q{n}", Brief.of(f"{ASKED[n % len(ASKED)]} Take {n + 1} photographs.", PAPERS[n % len(PAPERS)]))
        for n in range(count)
    ]


def serve_slowly(seconds: float, link: Connection) -> None:
    """Serve the OpenAI protocol, each answer after so many seconds, until told to end."""
    from tests import openai_server

    def model(body: openai_server.Body) -> openai_server.Turn:
        time.sleep(seconds)
        return openai_server.quoting(body)

    with openai_server.serve(model) as server:
        link.send(server.url)
        link.recv()
        link.send(len(server.requests))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2.0, help="what an answer takes")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    chosen = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve_slowly, args=(chosen.seconds, there))
    server.start()
    url = here.recv()
    with tempfile.TemporaryDirectory() as folder:
        writer = LlmWriter.from_spec("openai:slow", api_key="none", base_url=url, plan="large")
        engine = Engine.open(folder, pdf_dir=resource("demo") / "pdf", offline=True, writer=writer)
        asked = questions(chosen.questions)
        engine.ingest(Brief.load(resource("demo") / "brief.txt"))
        engine.prepare(asked[0].brief)  # start-up: the model of the vectors is loaded
        began, cpu = time.perf_counter(), time.process_time()
        batch = engine.batch(asked, Path(folder) / "answers.jsonl", options=Options(concurrency=chosen.concurrency))
        done = sum(1 for _ in batch)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        lines = (Path(folder) / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    here.send("end")
    requests = here.recv()
    server.join()
    assert done == len(lines) == requests == chosen.questions  # each one answered, and no call in vain
    ideal = math.ceil(chosen.questions / chosen.concurrency) * chosen.seconds
    figures = {
        "questions": chosen.questions,
        "concurrency": chosen.concurrency,
        "seconds_an_answer": chosen.seconds,
        "ideal_s": ideal,
        "wall_s": round(wall, 2),
        "over_ideal": round(wall / ideal, 3),
        "cpu_ms_a_question": round(1000 * cpu / chosen.questions, 1),
        "answered": batch.tally.answered,
        "refused": batch.tally.refused,
        "requests": requests,
        "python": sys.version.split()[0],
    }
    print(json.dumps(figures, indent=1))
    if chosen.out:
        chosen.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
