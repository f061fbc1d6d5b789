"""Whole answers in the forms of other tools and languages: their claims, what these cite, and what is wrong."""

from __future__ import annotations

from string import Template

from eval.compliant import make_case
from eval.invented import shelf
from eval.judge import JudgedClaim, judge
from eval.library import Library
from eval.read_markdown import read_markdown
from tests.cases import cases

ONE, TWO, OTHER = PAPERS = shelf(11, 3, first=91301)
CASE = make_case(PAPERS[:2])
LIBRARY = Library(papers=[paper.paper for paper in PAPERS])
_A, _B = ONE.facts[1], TWO.facts[3]
_FILLED = {
    "A": _A.paraphrase,
    "Ab": _A.paraphrase.rstrip("."),
    "B": _B.paraphrase,
    "Bb": _B.paraphrase.rstrip("."),
    "Blow": "a" + _B.paraphrase[1:],
    "Q": _A.sentence,
    "R": _B.sentence,
    "S": ONE.facts[5].sentence,
    "X": _A.sentence.replace("gating unit", "brass bell"),
    "T1": ONE.title,
    "T2": TWO.title,
}


class _Names(Template):
    idpattern = r"[A-Z][a-z0-9]*|[123]"


def _cited(claim: JudgedClaim) -> str:
    known = {ONE.paper_id: "1", TWO.paper_id: "2", OTHER.paper_id: "3", None: "?"}
    return "".join(known.get(cite.paper, str(cite.paper)) for cite in claim.citations) or "-"


@cases("./eval/cases/foreign_answers", "answers")
def test_answers_of_others_are_read_as_they_were_meant(text: str, cited: str, kind: str) -> None:
    """Each claim is one, cites what its marks lead to, and nothing is wrong but what was broken."""
    ids = {"1": ONE.paper_id, "2": TWO.paper_id, "3": OTHER.paper_id}
    judged = judge(CASE, read_markdown(_Names(text).substitute(_FILLED | ids), CASE, LIBRARY), LIBRARY)
    assert [_cited(claim) for claim in judged.claims] == cited.split(), [c.text for c in judged.claims]
    assert {violation.kind for violation in judged.violations} == ({kind} if kind else set())
