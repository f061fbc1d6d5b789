"""Count the numbers of real tables that can be cited cell by cell, beside those that pdfplumber puts into cells.

    python -m eval.benchmarks.printed_tables --data ../shared/papers/real [--without-pdfplumber]

A number is a word of a table's block that reads as one, header included. It is read where its cell is told apart, and
citable where its row lacks no cell. pdfplumber gets the pages with such a table,
in its own settings; of its tables, the numbers in cells that hold one number and nothing else are counted, wherever it
puts them. Whether a cell is right is not measured here: it takes a reader.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.benchmarks.tables import keep
from rag.reading import PrintedTable, tables_of

_NUMBER = re.compile(r"[−–+-]?[\d.,]*\d[\d.,]*[%MBKkx×]?")


def main() -> None:
    """Count, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--without-pdfplumber", action="store_true")
    given = parser.parse_args()
    rows = list(counted(sorted(given.data.glob("*.pdf")), not given.without_pdfplumber))
    total = {name: sum(int(str(row[name])) for row in rows) for name in rows[0] if name != "paper"}
    shares = [int(str(row["citable"])) / int(str(row["numbers"])) for row in rows]
    share = {"of all": round(total["citable"] / total["numbers"], 3), "mean": round(sum(shares) / len(shares), 3)}
    keep("printed_tables", [*rows, {"paper": "all", **total}], {"papers with tables": len(rows), "citable": share})


def counted(pdfs: Sequence[Path], beside: bool) -> Iterator[dict[str, object]]:
    """Yield the counts of each paper that has a table with numbers."""
    for pdf in pdfs:
        tables = tables_of(pdf)
        if not sum(table.values for table in tables):
            continue
        row: dict[str, object] = {
            "paper": pdf.stem,
            "tables": len(tables),
            "with rows": sum(bool(table.rows) for table in tables),
            "numbers": sum(table.values for table in tables),
            "read": sum(table.read for table in tables),
            "citable": sum(table.citable for table in tables),
        }
        yield row | ({"pdfplumber": in_cells(pdf, tables)} if beside else {})


def in_cells(pdf: Path, tables: Sequence[PrintedTable]) -> int:
    """Return how many cells that pdfplumber finds on the tables' pages hold one number and nothing else."""
    import pdfplumber

    pages = sorted({table.page for table in tables})
    with pdfplumber.open(pdf, pages=pages) as opened:
        found = [table for page in opened.pages for table in page.extract_tables()]
    return sum(bool(_NUMBER.fullmatch((cell or "").strip())) for table in found for row in table for cell in row)


if __name__ == "__main__":
    main()
