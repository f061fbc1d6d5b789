"""Read the graded questions (`eval/questions`): `eval/questions/README.md` states the form.

Not handled here: whether a text carries their key facts (`eval.key_facts`), asking them (`answers_graded`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.benchmarks.sets import read_lines
from eval.cases import COMPARE, UNANSWERABLE, Case
from eval.key_facts import Groups
from rag.papers import AllowedPaper

FOLDER = Path(__file__).parents[1] / "questions"
KINDS = ("fact", "how", COMPARE, "limits", "setup", "table", "yesno", "what_is", "about", UNANSWERABLE)


@dataclass(frozen=True, slots=True)
class Graded:
    """Hold a question, the papers that may answer, and what a right answer must hold."""

    id: str
    kind: str
    question: str
    papers: tuple[str, ...]
    page: int  # 1-based, of the first paper; 0 where nothing stands
    facts: Groups  # () where the paper does not say
    sides: Mapping[str, Groups]  # of a comparison: the groups that each paper has to give
    contradicts: Groups  # of a false premise: what the sentence says that contradicts it

    @property
    def case(self) -> Case:
        """Return the question as the judge takes it."""
        allowed = tuple(AllowedPaper(paper) for paper in self.papers)
        return Case(self.id, self.question, allowed, kind=self.kind, facts=self.facts, contradicts=self.contradicts)


def read_graded(file: Path) -> list[Graded]:
    """Return the questions of a file, in order."""
    return [_graded(row) for row in read_lines(file)]


def all_graded(folder: Path = FOLDER) -> list[Graded]:
    """Return the questions of all files of a folder, by file."""
    return [question for file in sorted(folder.glob("graded-*.jsonl")) for question in read_graded(file)]


def _graded(row: Mapping[str, Any]) -> Graded:
    sides = {paper: _groups(groups) for paper, groups in row.get("sides", {}).items()}
    facts, contradicts = _groups(row["facts"]), _groups(row.get("contradicts", ()))
    told = (row["id"], row["kind"], row["question"], tuple(row["papers"]), row.get("page") or 0)
    return Graded(*told, facts, sides, contradicts)


def _groups(groups: Sequence[Sequence[str]]) -> Groups:
    return tuple(map(tuple, groups))


def words_in(groups: Groups) -> Iterator[int]:
    """Yield the number of words of every alternative."""
    return (len(one.split()) for group in groups for one in group)
