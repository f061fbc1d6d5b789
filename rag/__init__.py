"""Answer questions from a whitelist of arXiv papers, every sentence cited to a verbatim quote on a page.

The public names; each is imported when first asked for, so that `import rag` costs nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rag.lazy import PRINTERS, lazy

if TYPE_CHECKING:
    from rag.answers import Answer
    from rag.briefs import Brief
    from rag.engine import Engine
    from rag.errors import RagError
    from rag.papers import AllowedPaper, Point
    from rag.record import load_answer
    from rag.tables import Table
    from rag.writers import ExtractiveWriter, LlmWriter

# ONNX Runtime's wheels send usage data to their maker unless told not to before they are imported; local means local.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = [
    "AllowedPaper",
    "Answer",
    "Brief",
    "Engine",
    "ExtractiveWriter",
    "LlmWriter",
    "Point",
    "RagError",
    "Table",
    "load_answer",
]

_HOMES = {
    "AllowedPaper": "rag.papers",
    "Answer": "rag.answers",
    "Brief": "rag.briefs",
    "Engine": "rag.engine",
    "ExtractiveWriter": "rag.writers",
    "LlmWriter": "rag.writers",
    "Point": "rag.papers",
    "RagError": "rag.errors",
    "Table": "rag.tables",
    "load_answer": "rag.record",
}

__getattr__ = lazy(__name__, _HOMES)

PRINTERS |= {
    "document": ("rag.printing", "to_document"),
    "html": ("rag.printing", "to_html"),
    "json": ("rag.record", "dump_answer"),
    "markdown": ("rag.printing", "to_markdown"),
    "notebook": ("rag.printing", "to_notebook"),
    "pandas": ("rag.tables", "cited_frame"),
    "rows": ("rag.tables", "cited"),
    "text": ("rag.printing", "to_chat"),
    "table_csv": ("rag.printing", "table_csv"),
    "table_document": ("rag.printing", "to_document"),
    "table_html": ("rag.printing", "table_html"),
    "table_json": ("rag.record", "dump_table"),
    "table_markdown": ("rag.printing", "table_markdown"),
    "table_pandas": ("rag.tables", "table_frame"),
    "table_text": ("rag.printing", "table_markdown"),
}
