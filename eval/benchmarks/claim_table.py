"""Read `eval/claims.toml`: invented evidence with good and bad claims about it, as a task and as labelled claims."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from rag.answers import DraftClaim, Evidence, Task
from rag.language import read_question
from rag.papers import AllowedPaper, Point

TABLE = Path(__file__).parent.with_name("claims.toml")


@dataclass(frozen=True)
class Labelled:
    """A claim, the sentence it stands on, and the gate that has to stop it ("" for a good one)."""

    claim: DraftClaim
    gate: str
    point: int  # the point of the task it belongs to


def load(path: Path = TABLE) -> tuple[Task, list[Labelled]]:
    """Return the task (what the user wants, how it works) and all claims."""
    table = tomllib.loads(path.read_text("utf-8"))
    papers = tuple(
        AllowedPaper(row["paper"], row.get("version"), row["model"], row.get("github")) for row in table["paper"]
    )
    evidence: list[Evidence] = []
    claims: list[Labelled] = []
    for number, row in enumerate(table["evidence"], start=1):
        name = f"E{number}"
        evidence.append(
            Evidence(
                name, row.get("source", "pdf"), row["text"], row.get("paper"), 1, number=number,
                flags=tuple(row.get("flags", ())),
            )
        )  # fmt: skip
        point = 0 if row.get("about_user") else 1
        claims += [Labelled(DraftClaim(text, (name,)), "", point) for text in row["good"]]
        claims += [
            Labelled(DraftClaim(text, (name,)), gate, point) for gate, texts in row["bad"].items() for text in texts
        ]
    points = (Point("What the user wants", about_user=True), Point("How it works"))
    return Task(read_question(table["question"]), points, papers, tuple(evidence)), claims
