"""Ask the graded questions, and count which answers carry the key fact, where it stands, and what is missing truly.

    python -m eval.benchmarks.answers_graded --data ../shared [--llm SPEC] [--only a01] [--verbose] [--json FILE]

The papers come from DATA/papers/real, offline; every question goes through the whole engine, its own papers allowed.
Every other paper by id is to tune on, the others are to report on; a comparison over both halves counts as one to tune
on. What the columns mean:

- first: the first claim, with its quotes, carries the key fact; what the answer says in short stands for it where it
  has that, one claim or two; of a comparison the first two claims together;
- alone: the very first claim by itself does, of a comparison the first two;
- anywhere: all claims together do;
- beside: the share of claims that hold nothing of any key fact;
- refused: no answer at all, for questions that have one a false refusal;
- marked: refused, or a gap that names something of the question stands above the claims; where the question rests on a
  false premise, also that the sentence which denies it comes first;
- @1, @5, @48: a sentence among so many of the papers' in the task's evidence, the best ranked first, carries it.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.answering import signs_of
from eval.benchmarks.graded import KINDS, Graded, all_graded
from eval.benchmarks.tables import keep, markdown
from eval.cases import COMPARE, UNANSWERABLE
from eval.exhibits import from_answer
from eval.key_facts import carries
from rag import Brief
from rag.answers import Answer, Evidence
from rag.engine import Engine
from rag.language import words
from rag.settings import Settings

RANKS = (1, 5, 48)  # the last is what a writer is shown at most
TUNE, HELD = "to tune on", "held back"
BEGINNING = 60  # letters by which a claim is found in print, which may leave out what follows


@dataclass(frozen=True, slots=True)
class Scored:
    """Hold what the answer to one question is worth."""

    id: str
    kind: str
    half: str
    question: str
    first: bool
    alone: bool
    anywhere: bool
    claims: int
    beside: int  # claims that hold nothing of any key fact
    refused: bool
    marked: bool
    rank: int  # place of the first evidence sentence that carries the key fact, of a comparison's later side; 0: none
    seconds: float
    lead: str


def scored(question: Graded, half: str, answer: Answer, evidence: Sequence[Evidence], seconds: float) -> Scored:
    """Return what an answer is worth; `evidence` is what its writer was shown."""
    told = signs_of(question.case, from_answer(answer))
    return Scored(
        question.id,
        question.kind,
        half,
        question.question,
        first=told.first is True,
        alone=told.first is True and (question.kind == COMPARE or _carried_alone(question, answer)),
        anywhere=told.facts > 0 and told.found == told.facts,
        claims=told.claims,
        beside=told.beside if question.facts else told.claims,
        refused=answer.status == "refused",
        marked=answer.status == "refused" or told.denied or marked_above(answer),
        rank=rank_of(question, evidence),
        seconds=round(seconds, 3),
        lead=answer.claims[0].text if answer.claims else "",
    )


def _carried_alone(question: Graded, answer: Answer) -> bool:
    """Tell whether the very first claim, with its quotes, carries the key fact."""
    first = answer.claims[0]
    return carries(question.facts, " ".join([first.text, *(citation.quote for citation in first.citations)]))


def marked_above(answer: Answer) -> bool:
    """Tell whether a gap that names something of the question, more than a paper, is printed above the first claim."""
    papers = {word for reference in answer.references for word in words(reference.title)}
    asked = set(words(answer.question)) - papers
    named = [gap for gap in answer.gaps if asked & set(words(f"{gap.topic} {gap.text}"))]
    if not named or not answer.claims:
        return bool(named)
    print_out = _letters(answer.to_markdown())
    first = print_out.find(_letters(answer.claims[0].text)[:BEGINNING])
    return any(0 <= print_out.find(_letters(gap.text)) < first for gap in named)


def _letters(text: str) -> str:
    """Return the letters and digits of a text, which printing as Markdown keeps."""
    return re.sub(r"[\W_]+", "", text)


def rank_of(question: Graded, evidence: Sequence[Evidence]) -> int:
    """Return the place, from 1, of the best ranked sentence of a paper that carries the key fact; 0 where none does.

    Of a comparison it is the place by which each side has one. The question's own sentences are left aside.
    """
    order = sorted((item for item in evidence if item.paper), key=lambda item: -item.worth)
    sides = list(question.sides.items()) or [("", question.facts)]
    places = [
        next((n for n, item in enumerate(order, 1) if paper in ("", item.paper) and carries(groups, item.text)), 0)
        for paper, groups in sides
    ]
    return max(places) if all(places) else 0


# --- asking -------------------------------------------------------------------------------------------------


def halves(questions: Sequence[Graded]) -> dict[str, str]:
    """Return the half of every paper: every other one by id is to tune on."""
    papers = sorted({paper for question in questions for paper in question.papers})
    return {paper: (TUNE, HELD)[place % 2] for place, paper in enumerate(papers)}


def half_of(question: Graded, half: dict[str, str]) -> str:
    """Return a question's half; one over papers of both is to tune on, so that no paper is seen from both."""
    return TUNE if any(half[paper] == TUNE for paper in question.papers) else HELD


def asked(engine: Engine, questions: Sequence[Graded], half: dict[str, str]) -> Iterator[Scored]:
    """Yield what each answer is worth; evidence is chosen again apart, outside of the time that is told."""
    for question in questions:
        began = time.perf_counter()
        answer = engine.ask(question.question, question.papers)
        seconds = time.perf_counter() - began
        task = engine.prepare(Brief.of(question.question, question.papers)).task
        yield scored(question, half_of(question, half), answer, task.evidence, seconds)


# --- telling ------------------------------------------------------------------------------------------------


def rows(found: Sequence[Scored]) -> list[dict[str, object]]:
    """Return a row per kind, and for each half and both, apart, what has an answer and what has none."""
    table = [_row(kind, [one for one in found if one.kind == kind]) for kind in KINDS]
    for name, chosen in (("all", (TUNE, HELD)), (TUNE, (TUNE,)), (HELD, (HELD,))):
        group = [one for one in found if one.half in chosen]
        table.append(_row(f"{name}: answerable", [one for one in group if one.kind != UNANSWERABLE]))
        table.append(_row(f"{name}: unanswerable", [one for one in group if one.kind == UNANSWERABLE]))
    return [row for row in table if row["n"]]


def _row(name: str, group: Sequence[Scored]) -> dict[str, object]:
    row: dict[str, object] = {"questions": name, "n": len(group)}
    if not group:
        return row
    if any(one.kind != UNANSWERABLE for one in group):
        claims = sum(one.claims for one in group)
        row |= {"first": _share(one.first for one in group), "alone": _share(one.alone for one in group)}
        row |= {"anywhere": _share(one.anywhere for one in group)}
        row |= {"beside": round(sum(one.beside for one in group) / max(claims, 1), 2)}
    row |= {"refused": _share(one.refused for one in group), "marked": _share(one.marked for one in group)}
    row |= {"claims": round(sum(one.claims for one in group) / len(group), 1)}
    row |= {"s": round(sum(one.seconds for one in group) / len(group), 3)}
    if any(one.kind != UNANSWERABLE for one in group):
        row |= {f"@{most}": _share(0 < one.rank <= most for one in group) for most in RANKS}
    return row


def _share(signs: Iterator[bool]) -> float:
    told = list(signs)
    return round(sum(told) / len(told), 2)


def signs(one: Scored) -> str:
    """Return one answer as a line: what it misses, and its first claim."""
    if one.kind == UNANSWERABLE:
        told = "marked" if one.marked else "ANSWERED"
    else:
        told = "refused" if one.refused else "first" if one.first else "below" if one.anywhere else "MISSED"
    return f"{one.id} {one.kind:12} {told:8} rank {one.rank:2}  {one.question}  ->  {one.lead[:160]}"


def main() -> None:
    """Ask everything, print the table, and keep it when nothing was left out and no model wrote."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds papers/real")
    parser.add_argument("--llm", help="a chat model on this machine that writes, PROVIDER:MODEL")
    parser.add_argument("--only", default="", help="only questions whose id begins so")
    parser.add_argument("--verbose", action="store_true", help="print a line per answer")
    parser.add_argument("--json", type=Path, help="write what every answer is worth here")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "paperbound-bench")
    given = parser.parse_args()
    whole = all_graded()
    questions = [question for question in whole if question.id.startswith(given.only)]
    corpus = given.cache / "graded-answers"
    engine = Engine(Settings(corpus=corpus, pdf_dir=given.data / "papers" / "real", offline=True, llm=given.llm))
    engine.ingest(sorted({paper for question in whole for paper in question.papers}))
    found = []
    for one in asked(engine, questions, halves(whole)):
        found.append(one)
        if given.verbose:
            print(signs(one), flush=True)
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False) + "\n")
    if given.llm or given.only:
        print(markdown(rows(found)))
    else:
        keep("answers_graded", rows(found), {"questions": len(found)})


if __name__ == "__main__":
    main()
