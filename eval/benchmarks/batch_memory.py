"""Watch the memory of a batch of 5,000 extractive questions: `python -m eval.benchmarks.batch_memory`.

Printed is the resident memory at every tenth of the way; flat means that the last tenth needs no more than the
first one did, but for what the index's own caches hold. The file is checked to be complete.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from eval.benchmarks.batch_speed import questions
from rag.briefs import Brief
from rag.engine import Engine
from rag.settings import resource


def resident_mb() -> float:
    """Return this process's resident memory now."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError("no VmRSS in /proc/self/status")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    chosen = parser.parse_args()
    asked = questions(chosen.questions)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "answers.jsonl"
        engine = Engine.open(folder, pdf_dir=resource("demo") / "pdf", offline=True)
        engine.ingest(Brief.load(resource("demo") / "brief.txt"))
        batch = engine.batch(asked, output)
        began, cpu = time.perf_counter(), time.process_time()
        seen = []
        for done, _ in enumerate(batch, 1):
            if done % max(chosen.questions // 10, 1) == 0:
                seen.append(round(resident_mb(), 1))
                print(f"{done:>6} questions  {seen[-1]:.1f} MB", flush=True)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        ids = [json.loads(line)["id"] for line in output.read_bytes().splitlines()]
        size = output.stat().st_size
    assert sorted(ids) == sorted(question.id for question in asked)
    figures = {
        "questions": chosen.questions,
        "resident_mb": seen,
        "growth_mb_first_to_last_tenth": round(seen[-1] - seen[0], 1),
        "file_mb": round(size / 1e6, 1),
        "complete": len(set(ids)) == len(ids) == chosen.questions,
        "wall_s": round(wall, 1),
        "cpu_ms_a_question": round(1000 * cpu / chosen.questions, 1),
    }
    print(json.dumps(figures, indent=1))
    if chosen.out:
        chosen.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
