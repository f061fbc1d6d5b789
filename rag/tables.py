"""Define a table over papers, the record `rag.table/1`: what each paper says to each question, or that it does not.

A row is a paper, a column a question, a cell the claims that answer it with the citations that an answer has. Nothing
here reads, writes or computes more than a join of strings; how a table is printed is bound from outside
(`rag.lazy.PRINTERS`). Not handled here: filling a table (`table`), parsing records from outside (`record`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import Any, Literal

from rag.answers import Answer, Citation, Cited, Claim, Provenance, Reference
from rag.errors import SettingsError
from rag.lazy import Printable

TABLE_SCHEMA = "rag.table/1"

CellState = Literal["stated", "not_stated", "not_read", "failed", "not_asked"]
"""What became of a cell: the paper states it; does not, as far as was found; cannot be read; the writer failed."""

SAID: Mapping[CellState, str] = {
    "stated": "stated",
    "not_stated": "not stated",
    "not_read": "not read",
    "failed": "failed",
    "not_asked": "not asked",
}


@dataclass(frozen=True, slots=True)
class Column:
    """Hold what is asked of every paper: `ask` is the question, `name` heads the column."""

    name: str
    ask: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold what one paper says to one question: `claims` where it is stated, else a `reason` in the program's words.

    `nearest` quotes what comes nearest where it is not stated, or the paper's own word that it is left open.
    """

    state: CellState
    claims: tuple[Claim, ...] = ()
    reason: str = ""
    nearest: tuple[Citation, ...] = ()

    @property
    def text(self) -> str:
        """Return the cell as plain text, "not stated" where it is not."""
        return " ".join(claim.text for claim in self.claims) or SAID[self.state]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Return what the cell's claims cite, each quote once."""
        return tuple(dict.fromkeys(citation for claim in self.claims for citation in claim.citations))


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one paper with its cells, `cells[i]` for `columns[i]` of the table."""

    reference: Reference
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table(Printable):
    """Hold the record `rag.table/1`. All but `run` is the same for the same input.

    >>> table = engine.table(["2604.90001", "2604.90002"], ["How many seconds does it need?"])
    >>> [(row.reference.paper, cell.state, cell.citations[0].spans[0].page) for row, column, cell in table.cells]
    [('2604.90001', 'stated', 1), ('2604.90002', 'stated', 2)]
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    provenance: Provenance
    digests: Mapping[str, str] = field(default_factory=dict)  # of each field but `run`, of each row (`record.sealed`)
    run: Mapping[str, object] = field(default_factory=dict)
    schema: str = TABLE_SCHEMA
    _kind = "table_"

    @property
    def cells(self) -> Iterator[tuple[Row, Column, Cell]]:
        """Yield every cell with its row and column, row by row."""
        for row in self.rows:
            for column, cell in zip(self.columns, row.cells, strict=True):
                yield row, column, cell

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return the claims of all cells, row by row."""
        return tuple(claim for _, _, cell in self.cells for claim in cell.claims)

    @property
    def writer(self) -> str:
        """Return the writer of the cells."""
        return self.provenance.writer

    @property
    def references(self) -> tuple[Reference, ...]:
        """Return the papers, in the order of the rows."""
        return tuple(row.reference for row in self.rows)

    def to_csv(self) -> str:
        """Return the table as CSV; a text that a spreadsheet would take for a formula is kept one."""
        return str(self._made("csv"))


# --- frames: a table's, and that of the claims of an answer --------------------------------------------------------


def cited(answer: Answer) -> Iterator[Cited]:
    """Yield a row for every quote of every claim, in reading order; what stands in short and below it, once."""
    titles = {reference.paper: reference.title for reference in answer.references}
    sections = {claim: section.title for section in reversed(answer.sections) for claim in section.claims}
    for number, claim in enumerate(answer.claims, 1):
        section = "In short" if claim in answer.in_short else sections[claim]
        for quote in claim.citations:
            page = quote.spans[0].page if quote.spans else None
            told = (quote.paper, titles.get(quote.paper or "", ""), page, quote.quote)
            yield Cited(number, section, claim.text, claim.form, quote.source, *told)


def cited_frame(answer: Answer) -> Any:
    """Return the rows of an answer as a frame of pandas'."""
    names = [name.name for name in fields(Cited)]
    return _pandas().DataFrame([[getattr(row, name) for name in names] for row in cited(answer)], columns=names)


def table_frame(table: Table) -> Any:
    """Return a table as a frame of pandas'."""
    told = {
        column.name: [row.cells[number].text if row.cells[number].claims else None for row in table.rows]
        for number, column in enumerate(table.columns)
    }
    pandas, papers = _pandas(), table.references
    index = pandas.Index([paper.paper for paper in papers], name="paper")
    return pandas.DataFrame({"title": [paper.title for paper in papers], **told}, index=index)


def _pandas() -> Any:
    try:
        return import_module("pandas")
    except ModuleNotFoundError:
        raise SettingsError("to_pandas needs pandas, which is not installed; run: pip install pandas") from None
