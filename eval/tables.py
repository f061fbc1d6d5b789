"""Read a table over papers (`rag.table/1`, or its CSV) as answers: each row is judged as one, over its paper alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answers import Answer, Coverage, Gap, Refusal, Section
from rag.errors import RecordError
from rag.tables import SAID, Row, Table

from .cases import Case
from .exhibits import Cite, Exhibit, Listed, Part, Statement
from .running_text import Run
from .shelf import Shelf
from .targets import Sources, Target, resolve
from .works import ARXIV_ID, links


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


def rows_altered(altered: Sequence[str] | None, count: int) -> list[tuple[str, ...] | None]:
    """Return which altered fields of a table concern each of its rows: the row itself, and all that is no other row."""
    if altered is None:
        return [None] * count
    rows = [f"rows.{number}" for number in range(count)]
    return [tuple(name for name in altered if name == own or name not in rows) for own in rows]


def about(case: Case, paper: str) -> Case:
    """Return a case as it holds for a paper's row: nothing else may be cited there."""
    allowed = None if case.papers is None else tuple(one for one in case.papers if one.paper == paper)
    return replace(case, id=paper, papers=allowed, sections=(), brief="")


# --- CSV ------------------------------------------------------------------------------------------------------------


def exhibits_of_csv(text: str) -> Iterator[tuple[str, Exhibit]]:
    """Yield the paper of each line with what the line says: a statement per cell, with the pages that it names.

    The first line names the columns: paper, title, then each question and its source. Raise `RecordError` for others.
    """
    head, *rows = csv.reader(io.StringIO(text)) if text.strip() else [[]]
    if head[:2] != ["paper", "title"] or len(head) % 2 or any(row and len(row) != len(head) for row in rows):
        raise RecordError("not a table over papers: its columns are paper, title, and each question with its source")
    for row in filter(None, rows):
        match = ARXIV_ID.fullmatch(row[0])
        if match is None:
            raise RecordError(f"not a table over papers: {row[0][:40]!r} is no arXiv id")
        yield match["id"], _exhibit(row, head)


def _exhibit(row: Sequence[str], head: Sequence[str]) -> Exhibit:
    told = [(head[at], row[at].removeprefix("'"), row[at + 1]) for at in range(2, len(row), 2)]
    stated = [cell for cell in told if cell[2] or cell[1] not in SAID.values()]
    match = ARXIV_ID.fullmatch(row[0])
    paper = Target.of(match) if match else None
    listed = Listed("row", paper.paper, paper.version, row[1], ()) if paper else None
    statements = tuple(
        Statement(place := f"cell {number}", name, said, tuple(_cites(source, place)))
        for number, (name, said, source) in enumerate(stated, 1)
    )
    return Exhibit(
        form="csv",
        status="answered" if stated else "refused",
        statements=statements,
        parts=tuple(Part(name, "prose", 1, int(bool(source))) for name, _, source in stated),
        references=(listed,) if listed else (),
    )


def _cites(source: str, place: str) -> Iterator[Cite]:
    """Yield what a cell's source leads to: its addresses, or nothing that is known."""
    for number, link in enumerate(links(source) or filter(None, source.split("; "))):
        target = resolve(Run(link), Sources(Shelf(Case("", ""))))
        at = f"{place}.citations[{number}]"
        yield Cite(
            at, target.source, target.paper, target.version, pages=target.pages, mark=link, problem=target.problem
        )
