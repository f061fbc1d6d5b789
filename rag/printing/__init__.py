"""Print an answer: Markdown, one HTML page, a fragment for notebooks, BibTeX, RIS, CSL JSON; and tables over papers.

Read in this order: `escape` (what makes foreign text harmless), `arrange` (numbers, paragraphs, places: what all
printers share), `markdown`, `page` and its templates, `workflow_drawing`, `bibliography`; of documents `documents`,
`pandoc`, and `exports`, the one list of forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.printing.arrange import number_citations
    from rag.printing.bibliography import BIBLIOGRAPHIES, to_bibtex, year
    from rag.printing.chat_text import ChatText, Mark, to_chat
    from rag.printing.exports import EXPORTS, Format, format_of, forms_of, printed_as, to_document
    from rag.printing.markdown import to_markdown
    from rag.printing.page import album, environment, to_html, to_notebook, to_report
    from rag.printing.table import printed_csv, printed_markdown, quotes_of, table_csv, table_html, table_markdown

__all__ = [
    "BIBLIOGRAPHIES",
    "EXPORTS",
    "ChatText",
    "Format",
    "Mark",
    "album",
    "environment",
    "format_of",
    "forms_of",
    "number_citations",
    "printed_as",
    "printed_csv",
    "printed_markdown",
    "quotes_of",
    "table_csv",
    "table_html",
    "table_markdown",
    "to_bibtex",
    "to_chat",
    "to_document",
    "to_html",
    "to_markdown",
    "to_notebook",
    "to_report",
    "year",
]

_HOMES = {
    "BIBLIOGRAPHIES": "rag.printing.bibliography",
    "ChatText": "rag.printing.chat_text",
    "EXPORTS": "rag.printing.exports",
    "Format": "rag.printing.exports",
    "Mark": "rag.printing.chat_text",
    "album": "rag.printing.page",
    "environment": "rag.printing.page",
    "format_of": "rag.printing.exports",
    "forms_of": "rag.printing.exports",
    "number_citations": "rag.printing.arrange",
    "printed_as": "rag.printing.exports",
    "printed_csv": "rag.printing.table",
    "printed_markdown": "rag.printing.table",
    "quotes_of": "rag.printing.table",
    "table_csv": "rag.printing.table",
    "table_html": "rag.printing.table",
    "table_markdown": "rag.printing.table",
    "to_bibtex": "rag.printing.bibliography",
    "to_chat": "rag.printing.chat_text",
    "to_document": "rag.printing.exports",
    "to_html": "rag.printing.page",
    "to_markdown": "rag.printing.markdown",
    "to_notebook": "rag.printing.page",
    "to_report": "rag.printing.page",
    "year": "rag.printing.bibliography",
}

__getattr__ = lazy(__name__, _HOMES)
