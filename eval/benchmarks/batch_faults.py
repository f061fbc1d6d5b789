"""Kill a batch at 20 random moments while a third of its calls fail: `python -m eval.benchmarks.batch_faults`.

Half of the kills (-9) come at a random time after the start, so that they also meet start-up and ingest, half at a
random request. The server answers 429, 500, nothing at all, or half a body. In the end the file must hold every
question exactly once, with the records of an undisturbed run (all but `run`), and no question that was answered in
the file may have been sent to the server again. The reply cache is off, so that the journal alone is tested.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from eval.benchmarks.batch_speed import questions
from rag.batch import Question
from rag.record import dump_answer, load_answer
from rag.settings import resource
from tests import openai_server as fake

SOON = {"retry-after-ms": "20"}
FAULTS = (
    fake.Turn("busy", status=429, headers=SOON),
    fake.Turn("boom", status=500, headers=SOON),
    fake.Turn(hang=True),
    fake.Turn("{}", cut=True),
)


class Model:
    """Quote the papers, but fail a share of the calls; remember what was asked, and kill at a given call."""

    def __init__(self, seed: int, share: float) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a test's dice
        self.share = share
        self.calls = 0
        self.faults: Counter[str] = Counter()
        self.finished: set[str] = set()
        self.again: list[str] = []
        self.kill_at = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.lock = threading.Lock()

    def __call__(self, body: fake.Body) -> fake.Turn:
        """Answer a request, or fail it, or kill whoever sent it."""
        asked = str(body["messages"][1]["content"].split("QUESTION\n", 1)[1].split("\n", 1)[0])
        with self.lock:
            self.calls += 1
            if asked in self.finished:
                self.again.append(asked)
            if self.process is not None and self.calls == self.kill_at:
                self.process.kill()
            if self.random.random() < self.share:
                turn = self.random.choice(FAULTS)
                self.faults["hang" if turn.hang else "cut" if turn.cut else str(turn.status)] += 1
                return turn
        time.sleep(0.02)
        return fake.quoting(body)


def start(asked: Path, output: Path, corpus: Path, url: str, *more: str) -> subprocess.Popen[bytes]:
    """Start `rag batch`."""
    command = [sys.executable, "-c", "from rag.cli import main; main()", "batch", str(asked), "-o", str(output)]
    command += ["--corpus", str(corpus), "--pdf-dir", str(resource("demo") / "pdf"), "--offline", "--no-reply-cache"]
    command += ["--llm", "openai:m", "--plan", "large", "--concurrency", "8", "--timeout", "1", *more]
    env = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def lines(output: Path) -> list[tuple[str, dict[str, object]]]:
    """Return id and record of every whole line."""
    raw = output.read_bytes() if output.exists() else b""
    told = [json.loads(line) for line in raw[: raw.rfind(b"\n") + 1].splitlines()]
    return [(line["id"], line["answer"]) for line in told]


def proper(output: Path) -> dict[str, str]:
    """Return the records, all but `run`."""
    return {name: dump_answer(load_answer(json.dumps(answer)), run=False) for name, answer in lines(output)}


def write(asked: list[Question], path: Path) -> None:
    """Write questions as JSON lines."""
    told = ({"id": q.id, "question": q.brief.question, "papers": [p.key for p in q.brief.papers]} for q in asked)
    path.write_text("".join(json.dumps(line) + "\n" for line in told), encoding="utf-8")


def disturb(model: Model, kills: int, dice: random.Random, command: tuple[Path, Path, Path, str]) -> int:
    """Start and kill until so many kills are done; return how many struck a running process."""
    asked, output, corpus, url = command
    texts = {json.loads(line)["id"]: json.loads(line)["question"] for line in asked.read_text().splitlines()}
    struck = 0
    for number in range(kills):
        with model.lock:
            model.kill_at = 0 if number % 2 else model.calls + dice.randint(1, 20)
            model.process = process = start(asked, output, corpus, url, "--retry-failed")
        try:
            process.wait(dice.uniform(0.2, 12) if number % 2 else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        struck += process.returncode == -9
        model.finished |= {texts[name] for name, answer in lines(output) if answer["status"] != "failed"}
    return struck


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=240)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)  # noqa: S311 - a test's dice
    model = Model(chosen.seed, 1 / 3)
    with tempfile.TemporaryDirectory() as folder:
        asked, output, corpus = (Path(folder) / name for name in ("questions.jsonl", "answers.jsonl", "corpus"))
        write(questions(chosen.questions), asked)
        with fake.serve(model) as server:
            struck = disturb(model, chosen.kills, dice, (asked, output, corpus, server.url))
            done_when_killed = len(lines(output))
            rounds, code = 0, 1
            while code and rounds < 20:
                model.kill_at, rounds = 0, rounds + 1
                code = start(asked, output, corpus, server.url, "--retry-failed").wait()
        plain = Path(folder) / "undisturbed.jsonl"
        with fake.serve(fake.quoting) as server:
            undisturbed = start(asked, plain, corpus, server.url).wait()
        names = [name for name, _ in lines(output)]
        figures = {
            "questions": chosen.questions,
            "kills": struck,
            "finished_at_the_last_kill": done_when_killed,
            "calls": model.calls,
            "faults": dict(sorted(model.faults.items())),
            "share_of_calls_failed": round(sum(model.faults.values()) / model.calls, 3),
            "last_runs": rounds,
            "exit_codes": [code, undisturbed],
            "each_question_once": sorted(names) == sorted(question.id for question in questions(chosen.questions)),
            "records_equal_undisturbed": proper(output) == proper(plain),
            "finished_questions_asked_again": len(model.again),
        }
    print(json.dumps(figures, indent=1))
    if chosen.out:
        chosen.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    whole = figures["each_question_once"] and figures["records_equal_undisturbed"]
    sys.exit(0 if whole and not model.again else 1)


if __name__ == "__main__":
    main()
