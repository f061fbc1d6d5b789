"""Answer questions from a whitelist of arXiv papers, every sentence cited to a verbatim quote on a page.

The public names; each is imported when first asked for, so that `import rag` costs nothing.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.briefs.brief import Brief
    from rag.engine import Engine
    from rag.errors import RagError
    from rag.record import load_answer
    from rag.types import AllowedPaper, Answer, Point
    from rag.writers.extractive import ExtractiveWriter
    from rag.writers.llm import LlmWriter

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
    "load_answer",
]

_HOMES = {
    "AllowedPaper": "rag.types",
    "Answer": "rag.types",
    "Brief": "rag.briefs.brief",
    "Engine": "rag.engine",
    "ExtractiveWriter": "rag.writers.extractive",
    "LlmWriter": "rag.writers.llm",
    "Point": "rag.types",
    "RagError": "rag.errors",
    "load_answer": "rag.record",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
