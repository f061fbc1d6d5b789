"""Name every form in which an answer or a table can be printed, and make the documents that others write in.

The one list for the command and the browser; a file's suffix asks for its form. Documents (Word, OpenDocument, LaTeX,
Quarto, Obsidian, Jupyter) are pandoc's, from `documents.document_of`, the same bytes for the same answer, and carry the
record that they print, so that `rag verify` can hold one to the other. Not handled here: HTML (`rag.illustrated_page`).
"""

from __future__ import annotations

import base64
import bz2
import io
import json
import re
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from rag.errors import SettingsError
from rag.papers import paper_key
from rag.printing.escape import paper_link

if TYPE_CHECKING:
    from rag.answers import Answer
    from rag.printing.documents import Dialect, Manner
    from rag.tables import Table

MARK = "paperbound-record"  # before a record in a comment; in JSON its name
WIDTH = 100  # characters of a line of a record in a comment: TeX reads no endless lines


class Format(StrEnum):
    """Name the forms of an answer or a table."""

    md = "md"
    json = "json"
    html = "html"
    csv = "csv"  # of a table
    docx = "docx"
    odt = "odt"
    tex = "tex"
    qmd = "qmd"
    obsidian = "obsidian"
    ipynb = "ipynb"
    bib = "bib"
    ris = "ris"
    csljson = "csljson"


@dataclass(frozen=True, slots=True)
class Export:
    """Hold what people call a form, its media type, and the suffixes of its files, the usual one first."""

    words: str
    media: str
    suffixes: tuple[str, ...]
    dialect: Dialect | None = None  # of a document that pandoc makes

    @property
    def suffix(self) -> str:
        """Return the usual suffix."""
        return self.suffixes[0]


EXPORTS: Mapping[Format, Export] = {
    Format.md: Export("Markdown", "text/markdown", (".md", ".markdown", ".txt")),
    Format.json: Export("JSON", "application/json", (".json", ".jsonl")),
    Format.html: Export("Page to keep", "text/html", (".html", ".htm")),
    Format.csv: Export("CSV", "text/csv", (".csv",)),
    Format.docx: Export(
        "Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",), "document"
    ),
    Format.odt: Export("OpenDocument", "application/vnd.oasis.opendocument.text", (".odt",), "document"),
    Format.tex: Export("LaTeX", "application/x-tex", (".tex",), "tex"),
    Format.qmd: Export("Quarto", "text/x-quarto-markdown", (".qmd",), "qmd"),
    Format.obsidian: Export("Obsidian", "text/markdown", (".obsidian.md",), "obsidian"),
    Format.ipynb: Export("Notebook", "application/x-ipynb+json", (".ipynb",), "notebook"),
    Format.bib: Export("BibTeX", "application/x-bibtex", (".bib",)),
    Format.ris: Export("RIS", "application/x-research-info-systems", (".ris",)),
    Format.csljson: Export("CSL JSON", "application/vnd.citationstyles.csl+json", (".csl.json", ".csljson")),
}


def format_of(file: Path | None, asked: Format | None = None) -> Format:
    """Return the form that is asked for, else the one that a file's suffix names, else Markdown.

    Raise `SettingsError` for a suffix that names none (what is in the file would not be what it says), and for a
    document where pandoc is not installed.
    """
    name = file.name.lower() if file else ""
    found = [(len(end), form) for form, one in EXPORTS.items() for end in one.suffixes if name.endswith(end)]
    form = asked or max(found, default=(0, Format.md))[1]
    if file is not None and file.suffix not in ("", ".") and not (asked or found):
        known = ", ".join(one.suffix for one in EXPORTS.values())
        raise SettingsError(f"no format of files that end in {file.suffix}; say which with -f, or choose of: {known}")
    if EXPORTS[form].dialect and not has_pandoc():
        raise SettingsError(f"{form} needs pandoc, which is not installed; run: pip install 'paperbound[export]'")
    return form


def has_pandoc() -> bool:
    """Tell whether the package that brings pandoc is installed."""
    return find_spec("pypandoc") is not None


def forms_of(made: str) -> list[Format]:
    """Return the forms in which an "answer" or a "table" can be printed here."""
    there = [form for form in Format if has_pandoc() or not EXPORTS[form].dialect]
    return [form for form in there if made == "table" or form is not Format.csv]


def printed_as(made: Answer | Table, form: Format, quotes: Manner = "notes", name: str = "references") -> bytes:
    """Return an answer or a table in a form; `name` is that of LaTeX's bibliography, without `.bib`.

    Raise `SettingsError` where it has no such form, or pandoc is missing.
    """
    from rag.printing.bibliography import BIBLIOGRAPHIES
    from rag.tables import Table

    if EXPORTS[form].dialect:
        return document_with_record(made, format_of(None, form), quotes, name)
    if form is Format.json:
        text = made.to_json() + "\n"
    elif form is Format.csv:
        if not isinstance(made, Table):
            raise SettingsError("an answer is no table; for CSV see: rag table --help")
        text = made.to_csv()
    else:
        text = BIBLIOGRAPHIES[form](made.references) if form in BIBLIOGRAPHIES else made.to_markdown()
    return text.encode("utf-8", "backslashreplace")


def to_document(made: Answer | Table, form: str, quotes: str = "notes", name: str = "references") -> bytes:
    """Return an answer or a table as a document; raise `SettingsError` where no document has this form or manner."""
    forms = [one for one, export in EXPORTS.items() if export.dialect]
    manner: Manner | None = "notes" if quotes == "notes" else "blocks" if quotes == "blocks" else None
    if form not in forms or manner is None:
        told = f"no document {form[:20]!r} with quotes in {quotes[:20]!r}"
        raise SettingsError(f"{told}; choose of {', '.join(forms)}, and of notes, blocks")
    return printed_as(made, Format(form), manner, name)


# --- documents --------------------------------------------------------------------------------------------------

_TO = {
    Format.docx: ("docx", "--citeproc"),
    Format.odt: ("odt", "--citeproc"),
    Format.tex: ("latex", "--standalone"),
    Format.qmd: ("markdown-simple_tables-multiline_tables-grid_tables-smart", "--standalone"),
    Format.obsidian: ("markdown-simple_tables-multiline_tables-grid_tables-smart-citations",),
    Format.ipynb: ("gfm-raw_html", "--citeproc"),
}
_TEX = r"""\ifPDFTeX\else % characters that Latin Modern lacks: formulas in a paper's text, other scripts
  \IfFontExistsTF{STIX Two Text}{\setmainfont{STIX Two Text}}{%
    \IfFontExistsTF{DejaVu Serif}{\setmainfont{DejaVu Serif}}{}}
\fi"""


def document_with_record(made: Answer | Table, form: Format, quotes: Manner, name: str) -> bytes:
    """Return a document with its record, wrapped as its form can carry it."""
    from rag.printing.documents import document_of
    from rag.printing.pandoc import made_by_pandoc
    from rag.record import dump_answer, dump_table
    from rag.tables import Table

    dialect = EXPORTS[form].dialect
    assert dialect  # noqa: S101 - only documents come here
    document = document_of(made, dialect, quotes)
    variables = {"natbib": "true", "natbiboptions": "numbers", "biblio-style": "plainnat", "bibliography": name}
    if form is Format.tex:
        variables["header-includes"] = _TEX
    options = [f"--variable={key}={value}" for key, value in variables.items()] if form is Format.tex else []
    text, version = made_by_pandoc(document, [*_TO[form], *options])
    record = dump_table(made, run=False) if isinstance(made, Table) else dump_answer(made, run=False)
    carried = {"form": form, "quotes": quotes, "name": name, "pandoc": version, "record": json.loads(record)}
    return _CARRIERS[form](text, json.dumps(carried), made)


def in_comment(begin: str, end: str, before: str = "") -> Callable[[bytes, str, object], bytes]:
    """Return what carries a record in a comment at the end: in letters that begin nothing in any language."""

    def carry(text: bytes, carried: str, made: object) -> bytes:
        lines = textwrap.wrap(base64.b64encode(bz2.compress(carried.encode())).decode(), WIDTH)
        told = "\n".join([f"{begin}{MARK}", *(before + line for line in lines)])
        return text.rstrip() + f"\n\n{told}\n{end}".rstrip().encode() + b"\n"

    return carry


def in_note(text: bytes, carried: str, made: Answer | Table) -> bytes:
    """Return a note of Obsidian's, its properties above it: ids alone, since Obsidian makes links of other texts."""
    papers = [paper_key(one.paper, one.version) for one in made.references if paper_link(one)]
    head = f"---\nrecord: {made.schema}\npapers: {json.dumps(papers)}\n---\n\n"  # JSON is YAML
    return in_comment("<!-- ", "-->")(head.encode() + text, carried, made)


def in_notebook(text: bytes, carried: str, made: Answer | Table) -> bytes:
    """Return a notebook with a cell for each section, none of them code."""
    parts = re.split(r"\n(?=## )", text.decode())
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "id": f"part-{number}", "metadata": {}, "source": part.strip().splitlines(True)}
        for number, part in enumerate(parts)
        if part.strip()
    ]
    told = {"cells": cells, "metadata": {MARK: json.loads(carried)}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(told, indent=1, ensure_ascii=True).encode() + b"\n"


def in_archive(add: Callable[[dict[str, bytes], str], None]) -> Callable[[bytes, str, object], bytes]:
    """Return what carries a record in an archive, which is packed anew: nothing in it tells when, where or how."""

    def carry(packed: bytes, carried: str, made: object) -> bytes:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        add(files, carried)
        made_anew = io.BytesIO()
        with zipfile.ZipFile(made_anew, "w", zipfile.ZIP_STORED) as archive:  # packing differs between machines
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
        return made_anew.getvalue()

    return carry


_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"


def add_to_word(files: dict[str, bytes], carried: str) -> None:
    """Add a record as a part of custom XML, which Word keeps (ECMA-376, part 1, 15.2.5)."""
    ident = "{4C9C4F0A-6A0E-4B6B-9C5B-504150455231}"
    files["customXml/item1.xml"] = f'{_XML}<record xmlns="urn:paperbound:record">{escape(carried)}</record>'.encode()
    files["customXml/itemProps1.xml"] = (
        f'{_XML}<ds:datastoreItem ds:itemID="{ident}" xmlns:ds="{_OFFICE}/customXml"><ds:schemaRefs>'
        '<ds:schemaRef ds:uri="urn:paperbound:record"/></ds:schemaRefs></ds:datastoreItem>'
    ).encode()
    relation = '<Relationship Id="{0}" Type="{1}" Target="{2}"/>'
    files["customXml/_rels/item1.xml.rels"] = (
        f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{relation.format('rId1', f'{_OFFICE}/relationships/customXmlProps', 'itemProps1.xml')}</Relationships>"
    ).encode()
    once, through = (
        b'<w:numRestart w:val="eachSect" />',
        b'<w:numRestart w:val="continuous" />',
    )
    # else LibreOffice counts anew under each heading
    files["word/document.xml"] = files["word/document.xml"].replace(once, through)
    for name, end, more in (
        ("word/_rels/document.xml.rels", "</Relationships>",
         relation.format("rIdRecord", f"{_OFFICE}/relationships/customXml", "../customXml/item1.xml")),
        ("[Content_Types].xml", "</Types>",
         '<Override PartName="/customXml/itemProps1.xml" '
         'ContentType="application/vnd.openxmlformats-officedocument.customXmlProperties+xml"/>'),
    ):  # fmt: skip
        files[name] = files[name].replace(end.encode(), f"{more}{end}".encode())


def add_to_open_document(files: dict[str, bytes], carried: str) -> None:
    """Add a record to the metadata, where editors keep what they do not know (OpenDocument 1.3, part 3, 4.3.3)."""
    told = f'<meta:user-defined meta:name="{MARK}">{escape(carried)}</meta:user-defined>'
    files["meta.xml"] = files["meta.xml"].replace(b"</office:meta>", f"{told}</office:meta>".encode())


_CARRIERS: Mapping[Format, Callable[..., bytes]] = {
    Format.docx: in_archive(add_to_word),
    Format.odt: in_archive(add_to_open_document),
    Format.tex: in_comment("% ", "", "% "),
    Format.qmd: in_comment("<!-- ", "-->"),
    Format.obsidian: in_note,
    Format.ipynb: in_notebook,
}
