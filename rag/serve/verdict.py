"""Let the evaluator judge a stored answer, in a process of its own: it knows nothing of the engine, and opens PDFs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rag.serve.errors import without_paths
from rag.serve.history import Asked

JUDGING_S = 120.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what `rag verify` said; `clean` is None where it could not judge."""

    clean: bool | None
    report: str


def judged(asked: Asked, folder: Path, corpus: Path) -> Verdict:
    """Hold an answer against the brief or the papers that it was asked over; `folder` is the question's own."""
    command = [sys.executable, "-m", "rag", "verify", str(folder / "answer.json"), "--corpus", str(corpus)]
    if asked.brief:
        brief = folder / "brief.txt"
        brief.write_text(asked.brief, encoding="utf-8")
        command += ["--brief", str(brief)]
    else:
        command += [part for paper in asked.papers for part in ("-p", paper)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=JUDGING_S, text=True)  # noqa: S603 - our own
    except subprocess.TimeoutExpired:
        return Verdict(None, f"the evaluator took longer than {JUDGING_S:.0f} seconds")
    told = without_paths("\n".join(part for part in (done.stdout, done.stderr) if part))
    return Verdict({0: True, 1: False}.get(done.returncode), told)
