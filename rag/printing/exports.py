"""Name every form in which an answer or a table can be printed: the one list, for the command and the browser.

A file's suffix asks for its form. Not handled here: HTML, which `rag.illustrated_page` draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import SettingsError

if TYPE_CHECKING:
    from rag.answers import Answer
    from rag.tables import Table


class Format(StrEnum):
    """Name the forms of an answer or a table."""

    md = "md"
    json = "json"
    html = "html"
    csv = "csv"  # of a table
    bib = "bib"
    ris = "ris"
    csljson = "csljson"


@dataclass(frozen=True, slots=True)
class Export:
    """Hold what people call a form, its media type, and the suffixes of its files, the usual one first."""

    words: str
    media: str
    suffixes: tuple[str, ...]


EXPORTS: Mapping[Format, Export] = {
    Format.md: Export("Markdown", "text/markdown", (".md", ".markdown", ".txt")),
    Format.json: Export("JSON", "application/json", (".json", ".jsonl")),
    Format.html: Export("Page to keep", "text/html", (".html", ".htm")),
    Format.csv: Export("CSV", "text/csv", (".csv",)),
    Format.bib: Export("BibTeX", "application/x-bibtex", (".bib",)),
    Format.ris: Export("RIS", "application/x-research-info-systems", (".ris",)),
    Format.csljson: Export("CSL JSON", "application/vnd.citationstyles.csl+json", (".csl.json", ".csljson")),
}


def format_of(file: Path | None, asked: Format | None = None) -> Format:
    """Return the form that is asked for, else the one that a file's suffix names, else Markdown.

    Raise `SettingsError` for a suffix that names none: what is in the file would not be what it says.
    """
    name = file.name.lower() if file else ""
    found = [(len(end), form) for form, one in EXPORTS.items() for end in one.suffixes if name.endswith(end)]
    if asked or found:
        return asked or max(found)[1]
    if file is not None and file.suffix and file.suffix != ".":
        known = ", ".join(one.suffixes[0] for one in EXPORTS.values())
        raise SettingsError(f"no format of files that end in {file.suffix}; say which with -f, or choose of: {known}")
    return Format.md


def forms_of(made: str) -> list[Format]:
    """Return the forms in which an "answer" or a "table" can be printed."""
    return [form for form in Format if made == "table" or form is not Format.csv]


def printed_as(made: Answer | Table, form: Format) -> str:
    """Return an answer or a table in a form; raise `SettingsError` where it has none."""
    from rag.printing.bibliography import BIBLIOGRAPHIES
    from rag.tables import Table

    if form is Format.json:
        return made.to_json() + "\n"
    if form is Format.csv:
        if not isinstance(made, Table):
            raise SettingsError("an answer is no table; for CSV see: rag table --help")
        return made.to_csv()
    if form in BIBLIOGRAPHIES:
        return BIBLIOGRAPHIES[form](made.references)
    return made.to_markdown()
