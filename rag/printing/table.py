"""Print tables over papers (Markdown with quotes as footnotes, CSV for spreadsheets, one HTML page), and a paper's own.

A cell shows what its claims say, a source's own words in quotation marks, and "not stated" where nothing is. Text is
escaped as everywhere; in CSV a text that a spreadsheet would take for a formula is kept one by a leading apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rag.answers import Citation, Reference, short_names
from rag.papers import cited_as, paper_key
from rag.printing.arrange import Quotes, elided, page_address, pages, row_of
from rag.printing.escape import escape_markdown as escape
from rag.printing.escape import paper_link, plain
from rag.printing.markdown import place
from rag.printing.page import Pictures, environment, pictured
from rag.reading import PrintedTable
from rag.tables import SAID, Cell, Table

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet begins a formula with (OWASP, CSV injection), full-width signs included."""


def quotes_of(table: Table) -> Quotes:
    """Return a table's quotes, numbered row by row, what comes nearest behind what is stated."""
    cells = [cell for _, _, cell in table.cells]
    found = [citation for cell in cells for citation in cell.citations]
    found += [citation for cell in cells for citation in cell.nearest]
    numbers = {citation: number for number, citation in enumerate(dict.fromkeys(found), 1)}
    return Quotes(numbers, short_names(table.references))


# --- Markdown -------------------------------------------------------------------------------------------------------


def table_markdown(table: Table) -> str:
    """Return the table, what each column asks, why cells are empty, and the quotes as footnotes."""
    quotes = quotes_of(table)
    return "\n\n".join(block for block in _blocks(table, quotes) if block) + "\n"


def _blocks(table: Table, quotes: Quotes) -> Iterator[str]:
    lines = [["Paper", *(escape(column.name) for column in table.columns)], ["---"] * (len(table.columns) + 1)]
    lines += [[_titled(row.reference), *(_cell(cell, quotes) for cell in row.cells)] for row in table.rows]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines)
    yield "## What was asked"
    yield "\n".join(f"- **{escape(column.name)}**: {escape(column.ask)}" for column in table.columns)
    if empty := list(missing(table, quotes)):
        yield "## What the papers do not say"
        quoted = (
            " ".join(f"“{escape(one.quote)}” {_marks((one,), quotes)}" for one in nearest) for _, nearest in empty
        )
        told = zip(empty, quoted, strict=True)
        yield "\n".join(f"- {escape(why)}{f'; nearest: {quote}' if quote else ''}" for (why, _), quote in told)
    made = table.provenance
    text, index = made.extractor and f"text by {made.extractor}", made.index and f"index {made.index}"
    yield f"---\n{escape('; '.join(filter(None, (f'Writer {made.writer}', text, index))))}."
    said = {claim.text for _, _, cell in table.cells for claim in cell.claims}
    near = {citation for _, _, cell in table.cells for citation in cell.nearest}
    for citation, number in quotes.numbers.items():
        quote = "" if citation.quote in said or citation in near else f"“{escape(citation.quote)}” "
        yield f"[^{number}]: {quote}{place(citation, quotes)}"


def _titled(reference: Reference) -> str:
    """Return a paper's title as a link that is built from its id."""
    title = escape(reference.title).replace("]", "\\]")
    url = paper_link(reference)
    return f"[{title}]({url})" if url else f"{title} ({escape(cited_as(reference.paper, reference.version))})"


def _cell(cell: Cell, quotes: Quotes) -> str:
    parts = []
    for claim in cell.claims:
        row = row_of(claim)
        own = f"“{escape(row.row if row else elided(claim, ' '))}”" if claim.form == "verbatim" else escape(claim.text)
        parts.append(f"{own} {_marks(claim.citations, quotes)}")
    return " ".join(parts) or SAID[cell.state]


def missing(table: Table, quotes: Quotes) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    """Yield why cells are empty, and what comes nearest, where there is more to say than that nothing was found."""
    for row, column, cell in table.cells:
        if not cell.claims and (cell.nearest or cell.state != "not_stated"):
            why = f" ({cell.reason})" if cell.reason and cell.state != "not_stated" else ""
            yield f"{quotes.names[row.reference.paper]}, {column.name}: {SAID[cell.state]}{why}", cell.nearest


def _marks(citations: Sequence[Citation], quotes: Quotes) -> str:
    return "".join(f"[^{quotes.numbers[citation]}]" for citation in citations)


# --- HTML -----------------------------------------------------------------------------------------------------------


def table_html(table: Table, pictures: Pictures | None = None, links: Mapping[str, str] | None = None) -> str:
    """Return one self-contained page; `pictures` gives a quote's pictures, `links` lead away, as for an answer."""
    quotes = quotes_of(table)
    found, sheets = pictured(quotes, pictures)
    title = (
        f"{len(table.rows)} {'paper' if len(table.rows) == 1 else 'papers'}: {', '.join(c.name for c in table.columns)}"
    )
    states = Counter(cell.state for _, _, cell in table.cells)
    page = environment().get_template("table.html")
    told = {"table": table, "quotes": quotes, "pictures": found, "sheets": sheets, "links": links or {}}
    return page.render(**told, title=plain(title), states=[(state, states[state]) for state in SAID if states[state]])


# --- CSV ------------------------------------------------------------------------------------------------------------


def table_csv(table: Table) -> str:
    """Return a line per paper: id, title, and for each column what is said and where it stands."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    heads = [head for column in table.columns for head in (column.name, f"{column.name}: source")]
    writer.writerow(map(no_formula, ("paper", "title", *heads)))
    for row in table.rows:
        told = [text for cell in row.cells for text in (cell.text, _source(cell))]
        key = paper_key(row.reference.paper, row.reference.version)
        writer.writerow(map(no_formula, (key, row.reference.title, *told)))
    return file.getvalue()


def no_formula(text: str) -> str:
    """Return a text on one line that no spreadsheet computes."""
    text = plain(text)
    return f"'{text}" if text.startswith(FORMULA) else text


def _source(cell: Cell) -> str:
    """Return where a cell's quotes stand: section, page, and the page's address, else the paper's id."""
    told = []
    for cited in cell.citations:
        address = page_address(cited) or (cited.paper if cited.source == "pdf" else "")
        told.append(", ".join(filter(None, (cited.section, pages(cited, "p.", "pp."), address))))
    return "; ".join(dict.fromkeys(filter(None, told)))


# --- a paper's own tables -------------------------------------------------------------------------------------------


def printed_markdown(tables: Sequence[PrintedTable]) -> str:
    """Return a paper's tables: caption and page, the rows whose cells are told apart, and how many are left out."""
    return "\n\n".join(block for table in tables for block in _printed(table)) + "\n"


def _printed(table: PrintedTable) -> Iterator[str]:
    yield f"**{escape(table.caption)}** (page {table.page})"
    if table.rows:
        head, *lines = ([escape(cell) for cell in line] for line in (table.columns, *table.rows))
        yield "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))
    if left := left_out(table):
        yield f"*{left}.*"


def left_out(table: PrintedTable) -> str:
    """Say what of a table is not shown; empty where all of it is."""
    if not table.rows:
        return "none of its rows is shown: its columns cannot be told apart"
    rows = f"{table.left_out} row{'s' * (table.left_out > 1)}"
    return f"{rows} with numbers left out, whose cells cannot be told apart" if table.left_out else ""


def printed_csv(tables: Sequence[PrintedTable]) -> str:
    """Return a paper's tables one after the other: a line with name, page and caption, header, rows, an empty line."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for table in tables:
        about = (table.name, f"page {table.page}", table.caption, left_out(table))
        for line in (about, table.columns, *table.rows, ()):
            writer.writerow(map(no_formula, line))
    return file.getvalue()
