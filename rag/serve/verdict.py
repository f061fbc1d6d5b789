"""Let the evaluator judge an answer, in a process of its own: it knows nothing of the engine, and opens PDFs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.serve.errors import without_paths
from rag.serve.history import Asked

JUDGING_S = 120.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Hold one violation: where, which (`eval/VIOLATIONS.md`), why, and the claim that has it, if a claim has."""

    place: str
    kind: str
    reason: str
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what `rag verify` said of claims; `clean` is None where it could not judge, for the reason in `trouble`."""

    clean: bool | None
    good: int = 0
    bad: int = 0
    unchecked: int = 0
    faults: tuple[Fault, ...] = ()
    trouble: str = ""

    @property
    def text(self) -> str:
        """Return the verdict in lines."""
        if self.clean is None:
            return f"Not judged: {self.trouble}"
        counts = f"Claims: {self.good} good, {self.bad} bad, {self.unchecked} that cannot be checked."
        lines = [f"- {fault.place}: {fault.kind}: {fault.reason}\n  {fault.claim}".rstrip() for fault in self.faults]
        return "\n".join(["No violation." if self.clean else "Violations were found.", counts, *lines])


def judged(asked: Asked, record: Path, corpus: Path) -> Verdict:
    """Hold an answer or a table against the brief or the papers that it was asked over."""
    if not asked.brief:
        return verdict_on(record, asked.papers, corpus)
    brief = record.with_name("brief.txt")
    brief.write_text(asked.brief, encoding="utf-8")
    return verify(record, corpus, ["--brief", str(brief)])


def verdict_on(answer: Path, papers: Sequence[str], corpus: Path) -> Verdict:
    """Hold an answer, a record or a text with marks, against the papers that it may quote."""
    return verify(answer, corpus, [part for paper in papers for part in ("-p", paper)])


def verify(answer: Path, corpus: Path, allowed: Sequence[str]) -> Verdict:
    """Run `rag verify` and read its report."""
    command = [sys.executable, "-m", "rag", "verify", str(answer), "--corpus", str(corpus), "--format", "json"]
    try:
        done = subprocess.run([*command, *allowed], capture_output=True, timeout=JUDGING_S, text=True)  # noqa: S603 - our own
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return Verdict(None, trouble=f"the evaluator took longer than {JUDGING_S:.0f} seconds")
    except ValueError:  # no report: it says on stderr why
        return Verdict(None, trouble=without_paths(done.stderr.strip()))
    summary = report["summary"]
    counts = (summary["good"], summary["bad"], summary["cannot_be_checked"])
    return Verdict(done.returncode == 0, *counts, tuple(fault for case in report["cases"] for fault in faults(case)))


def faults(case: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the violations of one judged answer: of its claims, then of what stands around them."""
    for claim in (*case["claims"], {"text": "", "violations": case["around"]}):
        for found in claim["violations"]:
            yield Fault(found["place"], found["kind"], without_paths(found["reason"] or ""), claim["text"])
