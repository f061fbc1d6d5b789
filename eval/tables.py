"""Read a table over papers (`rag.table/1`) as answers: each row is judged as one, over its own paper alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.answers import Answer, Coverage, Gap, Refusal, Section
from rag.tables import Row, Table

from .cases import Case


def answers_of(table: Table) -> Iterator[tuple[str, Answer]]:
    """Yield the paper of each row with what the row says: a section per column, a gap per empty cell."""
    for row in table.rows:
        yield row.reference.paper, _answer(row, table)


def _answer(row: Row, table: Table) -> Answer:
    cells = list(zip(table.columns, row.cells, strict=True))
    stated = any(cell.claims for _, cell in cells)
    paper = row.reference.paper
    return Answer(
        question=" ".join(column.ask for column in table.columns),
        status="answered" if stated else "refused",
        writer=table.provenance.writer,
        sections=tuple(Section(column.name, "prose", cell.claims) for column, cell in cells),
        refusal=None if stated else Refusal("not_in_allowed_papers", "No cell of this row states anything."),
        references=(row.reference,),
        coverage=(Coverage(paper, "cited" if stated else "searched"),),
        gaps=tuple(
            Gap(column.ask, cell.reason, paper, nearest=cell.nearest) for column, cell in cells if not cell.claims
        ),
        provenance=table.provenance,
        run=table.run,
    )


def about(case: Case, paper: str) -> Case:
    """Return a case as it holds for a paper's row: nothing else may be cited there."""
    allowed = None if case.papers is None else tuple(one for one in case.papers if one.paper == paper)
    return replace(case, id=paper, papers=allowed, sections=(), brief="")
