"""Ask with a chat model, ours and the two usual recipes side by side: the same model, embedder and stored pages.

    python -m eval.benchmarks.answers_llm --llm SPEC --data ../shared [--sets qasper,covidqa,graded] [--limit N]
        [--peers langchain,llamaindex] [--json FILE] [--verbose]

Sets: QASPER and COVID-QA (DATA/bench) and the graded questions over DATA/papers/real. Every question goes in turn to
our engine with the model, our extractive writer, LangChain's stuffed context and LlamaIndex's CitationQueryEngine
(`recipes`), each allowed the question's own papers; `replies` says what is measured. `--limit` takes so many questions
of each set, one of every paper before a second of any, always the same ones. Tokens are what the server counts; seconds
are wall time of a question, papers read and embedded beforehand. `--json` is written after every question, so that a
run that is stopped has told what it found: figures and ids of questions, no text.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from openai import OpenAIError

from eval.benchmarks.answer_table import Measured, figures, gains, rows
from eval.benchmarks.answers_qasper import as_printed, papers, shelve
from eval.benchmarks.graded import all_graded
from eval.benchmarks.recipes import CitationQuery, Meter, Metered, PeerModel, Recipe, Stuffed
from eval.benchmarks.replies import MODEL_FAILED, Asked, Reply, of_answer, worth
from eval.benchmarks.sets import read_lines
from eval.benchmarks.tables import made_on, markdown
from rag.briefs import named
from rag.chat import Request
from rag.engine import Engine
from rag.errors import RagError
from rag.papers import Paper
from rag.searching import Embedder, load_embedder
from rag.settings import Settings
from rag.writers import ExtractiveWriter, LlmWriter

SETS = ("qasper", "covidqa", "graded")
GRADED = "graded"
OURS, EXTRACTIVE = "ours, with the model", "ours, without"
PEERS = {"langchain": ("LangChain", "langchain-text-splitters"), "llamaindex": ("LlamaIndex", "llama-index-core")}
MODULES = {"langchain": "langchain_text_splitters", "llamaindex": "llama_index"}
SHELF = "answers-llm"  # folder of the cache for the papers of this run
System = Callable[[Asked, Sequence[Paper]], Reply]


# --- the questions ------------------------------------------------------------------------------------------------


def questions_of(name: str, data: Path) -> list[Asked]:
    """Return the questions of a set, in its order."""
    if name == GRADED:
        return [Asked(one.id, one.question, one.papers, graded=one) for one in all_graded()]
    return [
        Asked(
            row["question_id"],
            row["question"],
            (row["paper_id"],),
            frozenset(place + 1 for place in row["evidence_paragraph_idx"]),
            tuple(map(as_printed, row["answers"])),
        )
        for row in read_lines(data / "bench" / name / "questions.jsonl")
    ]


def sampled(questions: Sequence[Asked], limit: int | None) -> list[Asked]:
    """Return so many questions, one of every paper before a second of any, in an order by hash of their ids."""
    rank: dict[str, tuple[int, str]] = {}
    seen: dict[str, int] = {}
    for question in sorted(questions, key=lambda one: _digest(one.id)):
        paper = question.papers[0]
        rank[question.id] = (seen.get(paper, 0), _digest(paper))
        seen[paper] = seen.get(paper, 0) + 1
    return sorted(questions, key=lambda one: rank[one.id])[:limit]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def stored(name: str, questions: Sequence[Asked], given: argparse.Namespace, model: Embedder) -> Engine:
    """Return an engine without a model over the papers of some questions, stored as ingest stores them."""
    wanted = sorted({paper for question in questions for paper in question.papers})
    if name == GRADED:
        settings = Settings(corpus=given.cache / "graded-answers", pdf_dir=given.data / "papers" / "real", offline=True)
        engine = Engine(settings, writer=ExtractiveWriter(), embedder=model)
        engine.ingest(wanted)
        return engine
    settings = Settings(corpus=given.cache / SHELF / name, offline=True)
    shelve([paper for paper in papers(given.data / "bench", name) if paper.paper in wanted], model, settings.index_dir)
    return Engine(settings, writer=ExtractiveWriter(), embedder=model)


def papers_of(question: Asked, engine: Engine) -> list[Paper]:
    """Return the stored papers of a question: what peers are given to read."""
    index = engine.index
    assert index is not None
    entries = [index.resolve(paper) for paper in named(question.papers)]
    return [index.paper(entry.key) for entry in entries if entry]


# --- the systems --------------------------------------------------------------------------------------------------


def metered(writer: LlmWriter, meter: Meter) -> LlmWriter:
    """Return a writer whose calls are counted, those of its check too."""
    check = writer.check and replace(writer.check, chat=Metered(writer.check.chat, meter))
    return replace(writer, chat=Metered(writer.chat, meter), check=check)


def ours(engine: Engine) -> System:
    """Return an engine as a system."""

    def ask(question: Asked, _: Sequence[Paper]) -> Reply:
        answer = engine.ask(question.text, question.papers)
        for notice in answer.notices:
            if notice.kind == MODEL_FAILED:
                print(f"{question.id}: {notice.text}", file=sys.stderr)
        return of_answer(answer)

    return ask


def theirs(recipe: Recipe) -> System:
    """Return a recipe as a system; a model that fails gives an empty answer."""

    def ask(question: Asked, papers: Sequence[Paper]) -> Reply:
        try:
            return recipe.answer(question.text, papers)
        except (OpenAIError, ValueError) as error:
            print(f"{question.id}: {' '.join(str(error).split())[:200]}", file=sys.stderr)
            return Reply(failed=True)

    return ask


def peers(names: Sequence[str], model: PeerModel, embedder: Embedder) -> dict[str, System]:
    """Return the peers that are installed; say in one line how the others can be."""
    recipes: dict[str, Recipe] = {
        "langchain": Stuffed(model, embedder),
        "llamaindex": CitationQuery(model, embedder),
    }
    found = {}
    for name in names:
        if importlib.util.find_spec(MODULES[name]) is None:
            print(f"{PEERS[name][0]} is left out; to measure it: pip install {PEERS[name][1]}", file=sys.stderr)
        else:
            found[PEERS[name][0]] = theirs(recipes[name])
    return found


def measured(given: argparse.Namespace, writer: LlmWriter, model: Embedder) -> Iterator[Measured]:
    """Yield what every system makes of every question, one question after the other."""
    meter = Meter()
    beside = peers(given.peers, PeerModel.beside(writer.chat, meter), model) if given.peers else {}
    for name in given.sets:
        questions = sampled(questions_of(name, given.data), given.limit)
        plain = stored(name, questions, given, model)
        with_model = Engine(plain.settings, writer=metered(writer, meter), embedder=model)
        systems = {OURS: ours(with_model), EXTRACTIVE: ours(plain), **beside}
        for question in questions:
            allowed = papers_of(question, plain)
            for system, ask in systems.items():
                yield one(name, question, system, ask, allowed, meter, given.verbose)


def one(
    set_: str, question: Asked, system: str, ask: System, allowed: Sequence[Paper], meter: Meter, verbose: bool
) -> Measured:
    """Return what a system makes of a question."""
    before, began = replace(meter), time.perf_counter()
    reply = ask(question, allowed)
    seconds = time.perf_counter() - began
    if verbose:
        print(f"{question.id} {system}: {question.text}\n    {reply.short}\n    {reply.text}", flush=True)
    return Measured(
        set_,
        question.id,
        system,
        worth(question, reply, allowed),
        meter.calls - before.calls,
        meter.prompt - before.prompt,
        meter.cached - before.cached,
        meter.reply - before.reply,
        round(seconds, 2),
    )


# --- the command --------------------------------------------------------------------------------------------------


def options(arguments: Sequence[str] | None) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", required=True, metavar="SPEC", help="the chat model, PROVIDER:MODEL")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds bench/ and papers/real/")
    parser.add_argument("--sets", type=several(SETS), default=SETS, help=f"some of {','.join(SETS)}")
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--peers", type=several(tuple(PEERS)), default=tuple(PEERS), help="some, or '' for none")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--verbose", action="store_true", help="print every answer")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    return parser, parser.parse_args(arguments)


def several(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return what reads some of the known names, with commas between."""

    def read(text: str) -> tuple[str, ...]:
        chosen = tuple(name.strip() for name in text.split(",") if name.strip())
        if unknown := set(chosen) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {', '.join(known)}")
        return chosen

    return read


def write(found: Sequence[Measured], setup: Mapping[str, object], file: Path) -> None:
    """Write tables and every question's figures as JSON; an earlier file is replaced when the new one is whole."""
    told = {"setup": dict(setup), "made": made_on(), "rows": rows(found), "gains": gains(found, OURS, EXTRACTIVE)}
    told["questions"] = list(map(figures, found))
    part = file.with_suffix(".part")
    part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(file)


def main(arguments: Sequence[str] | None = None, model: Embedder | None = None) -> None:
    """Ask everything and print the tables."""
    parser, given = options(arguments)
    found: list[Measured] = []
    try:
        writer = LlmWriter.from_spec(given.llm, calibrations=Settings.from_env().calibrations)
        hello = Request(({"role": "user", "content": "Hello"},), max_tokens=8, whole=False)
        writer.chat.complete(hello)  # so that a server that is not there is told at once
        setup = {"llm": given.llm, "plan": writer.plan, "limit": given.limit, "load": os.getloadavg()[0]}
        for told in measured(given, writer, model or load_embedder()):
            found.append(told)
            if given.json:
                write(found, setup, given.json)
    except (RagError, OSError) as error:
        parser.exit(2, f"{error}\n")
    print(markdown(rows(found)))
    print()
    print(markdown(gains(found, OURS, EXTRACTIVE)))


if __name__ == "__main__":
    main()
