"""Say what a batch would take before it takes it. Nothing is fetched, nobody is asked.

A sample of the questions is prepared: that costs this machine some seconds, and nothing else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from rag.batch.ceiling import CHARS_PER_TOKEN
from rag.batch.journal import peek
from rag.batch.question_file import Question
from rag.batch.run import Batch
from rag.batch.writers import calls_model
from rag.errors import RagError

SAMPLE = 12  # questions that are prepared to see how long their prompts are
SHORT, LONG = 300, 1500  # tokens of a short and a long answer of a chat model, where no finished one tells


def estimate(batch: Batch) -> list[str]:
    """Return what running the batch would take, as lines."""
    finished, header = peek(batch.output) if batch.output else ({}, None)
    kept = {n for n, status in finished.items() if status != "failed" or not batch.options.retry_failed}
    if batch.options.changed == "anew":
        kept, header = set(), None
    pending = [question for name, question in batch.questions.items() if name not in kept]
    lines = [f"{len(pending)} of {len(batch.questions)} questions are to be asked"]
    if header is not None and kept and (changes := batch.planner.header().changes(header)):
        lines.append(f"changed since the batch began: {'; '.join(changes)}")
    lines += _papers(batch, pending)
    if pending:
        lines += _work(batch, pending)
    return lines


def _papers(batch: Batch, pending: Sequence[Question]) -> Iterator[str]:
    index = batch.engine.index
    papers = {paper.key: paper for question in pending for paper in question.brief.papers}
    missing = [key for key, paper in papers.items() if index is None or index.resolve(paper) is None]
    yield f"{len(papers)} papers, {len(missing)} of them to be fetched first"
    if missing and not batch.engine.settings.offline:
        yield f"  at least {len(missing) * batch.engine.settings.arxiv_delay:.0f} s, if none is at hand"


def _work(batch: Batch, pending: Sequence[Question]) -> Iterator[str]:
    prompts, seconds, refused = _sampled(batch, pending)
    if not seconds:
        yield "tokens and time cannot be told before the papers are there"
        return
    yield f"{fmean(seconds):.2f} s of this machine's time a question, {_span(fmean(seconds) * len(pending))} in all"
    if not prompts:
        return
    share = 1 - refused / len(seconds)
    read, calls = fmean(prompts) * share * len(pending), share * len(pending)
    usage = _usage(batch.output)
    short, long = (fmean(usage["output_tokens"]),) * 2 if usage.get("output_tokens") else (SHORT, LONG)
    yield f"about {read:,.0f} tokens read, {_range((short * calls, long * calls), ',.0f')} written"
    if batch.options.limits.prices is not None:
        costs = [batch.options.limits.cost_of(round(read), round(written * calls)) for written in (short, long)]
        yield f"cost about {_range(costs, '.2f')}, repairs not counted"
    if usage.get("seconds"):
        waiting = fmean(usage["seconds"]) * calls / batch.options.concurrency
        yield f"about {_span(waiting)} of waiting for the model, {batch.options.concurrency} calls at once"


def _sampled(batch: Batch, pending: Sequence[Question]) -> tuple[list[float], list[float], int]:
    """Prepare some questions whose papers are all stored; return prompt tokens, seconds, and how many are refused."""
    index = batch.engine.index
    stored = [q for q in pending if index and all(index.resolve(paper) for paper in q.brief.papers)]
    prompts, seconds, refused = [], [], 0
    for question in stored[:: max(1, len(stored) // SAMPLE)][:SAMPLE]:
        began = time.perf_counter()
        try:
            prepared = batch.engine.prepare(question.brief, failed={})
        except RagError:
            continue
        refused += prepared.refusal is not None
        if prepared.refusal is None and calls_model(batch.writers.of(question).writer):
            from rag.writers.prompt import render

            messages = render(prepared.task).messages
            prompts.append(sum(len(message["content"]) for message in messages) / CHARS_PER_TOKEN)
        seconds.append(time.perf_counter() - began)
    return prompts, seconds, refused


def _usage(output: Path | None) -> Mapping[str, list[float]]:
    """Return tokens and seconds of the answers finished so far."""
    found: dict[str, list[float]] = {}
    if output is None or not output.is_file():
        return found
    with output.open("rb") as file:
        for raw in file:
            told: Any = json.loads(raw) if raw.endswith(b"\n") else {}
            usage = told.get("answer", {}).get("run", {}).get("usage", {})
            for name in ("output_tokens", "seconds"):
                if usage.get(name):
                    found.setdefault(name, []).append(float(usage[name]))
    return found


def _range(values: Sequence[float], form: str) -> str:
    return " to ".join(dict.fromkeys(format(value, form) for value in values))


def _span(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
