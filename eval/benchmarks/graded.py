"""Read the graded questions (`eval/questions`) and tell whether a text carries their key facts.

`eval/questions/README.md` states the form. Not handled here: asking them (`answers_graded`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eval.benchmarks.sets import read_lines

FOLDER = Path(__file__).parents[1] / "questions"
UNANSWERABLE, COMPARE = "unanswerable", "compare"
KINDS = ("fact", "how", COMPARE, "limits", "setup", "table", "yesno", "what_is", "about", UNANSWERABLE)
Groups = tuple[tuple[str, ...], ...]
"""Groups of alternatives: a text carries them when it holds one alternative of every group."""

WHOLE = 3  # so short a word stands for itself alone ("no"); a longer one for its endings too ("normaliz")
_HYPHENS = re.compile(r"[\u00ad\u2010-\u2015\u2212]")


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


def read_graded(file: Path) -> list[Graded]:
    """Return the questions of a file, in order."""
    return [_graded(row) for row in read_lines(file)]


def all_graded(folder: Path = FOLDER) -> list[Graded]:
    """Return the questions of all files of a folder, by file."""
    return [question for file in sorted(folder.glob("graded-*.jsonl")) for question in read_graded(file)]


def carries(groups: Groups, text: str) -> bool:
    """Tell whether a text holds one alternative of every group; no groups are carried by nothing."""
    readings = _readings(text)
    return bool(groups) and all(any(_holds(readings, one) for one in group) for group in groups)


def touches(groups: Groups, text: str) -> bool:
    """Tell whether a text holds any alternative of any group."""
    readings = _readings(text)
    return any(_holds(readings, one) for group in groups for one in group)


def _graded(row: Mapping[str, Any]) -> Graded:
    sides = {paper: _groups(groups) for paper, groups in row.get("sides", {}).items()}
    facts, contradicts = _groups(row["facts"]), _groups(row.get("contradicts", ()))
    told = (row["id"], row["kind"], row["question"], tuple(row["papers"]), row.get("page") or 0)
    return Graded(*told, facts, sides, contradicts)


def _groups(groups: Sequence[Sequence[str]]) -> Groups:
    return tuple(map(tuple, groups))


def _holds(readings: Sequence[str], alternative: str) -> bool:
    return any(_pattern(alternative).search(text) for text in readings)


def _readings(text: str) -> tuple[str, str]:
    """Return a text with hyphens inside words left out ("pre-training": pretraining), and with all of them as blanks.

    Case, forms of letters, carets of powers and commas of thousands are folded.
    """
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text).casefold()).replace("^", "")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)
    return tuple(  # type: ignore[return-value]
        re.sub(r"\s+", " ", once.replace("-", " "))
        for once in (re.sub(r"(?<=[^\W\d])-\s?(?=[^\W\d])", "", plain), plain)
    )


@cache
def _pattern(alternative: str) -> re.Pattern[str]:
    """Return the pattern of an alternative: whole numbers, whole short words, beginnings of longer words."""
    plain = _readings(alternative)[1].strip()
    before = r"(?<![^\W_])(?<!\d[.,])" if plain[0].isalnum() else ""
    after = ""
    if plain[-1].isdigit():
        after = r"(?!\d|[.,]\d)"
    elif plain[-1].isalpha() and len(plain) <= WHOLE:
        after = r"s?(?![^\W_])"  # "TPU" is in "TPUs", "no" is not in "not"
    return re.compile(before + r"\s*".join(re.escape(part) for part in plain.split()) + after)


def words_in(groups: Groups) -> Iterator[int]:
    """Yield the number of words of every alternative."""
    return (len(one.split()) for group in groups for one in group)
