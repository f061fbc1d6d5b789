"""Evidence, and writers that answer from it: from the papers' own sentences alone, or with a chat model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.writers.calibration import Calibration, calibrate, keep_calibration, threshold_of
    from rag.writers.cells import CellWriter
    from rag.writers.evidence import Searched, choose_evidence, cite, of_summary
    from rag.writers.extractive import ExtractiveWriter
    from rag.writers.floor import Writer, floored
    from rag.writers.llm import LlmWriter, Prices
    from rag.writers.looks import cell_named
    from rag.writers.model_check import ModelCheck
    from rag.writers.nearness import Queries
    from rag.writers.prompt import render, section_titles
    from rag.writers.short_answer import compares, in_short, is_bare, nearest

__all__ = [
    "Calibration",
    "CellWriter",
    "ExtractiveWriter",
    "LlmWriter",
    "ModelCheck",
    "Prices",
    "Queries",
    "Searched",
    "Writer",
    "calibrate",
    "cell_named",
    "choose_evidence",
    "cite",
    "compares",
    "floored",
    "in_short",
    "is_bare",
    "keep_calibration",
    "nearest",
    "of_summary",
    "render",
    "section_titles",
    "threshold_of",
]

_HOMES = {
    "Calibration": "rag.writers.calibration",
    "CellWriter": "rag.writers.cells",
    "ExtractiveWriter": "rag.writers.extractive",
    "LlmWriter": "rag.writers.llm",
    "ModelCheck": "rag.writers.model_check",
    "Prices": "rag.writers.llm",
    "Queries": "rag.writers.nearness",
    "Searched": "rag.writers.evidence",
    "Writer": "rag.writers.floor",
    "calibrate": "rag.writers.calibration",
    "cell_named": "rag.writers.looks",
    "choose_evidence": "rag.writers.evidence",
    "cite": "rag.writers.evidence",
    "compares": "rag.writers.short_answer",
    "floored": "rag.writers.floor",
    "in_short": "rag.writers.short_answer",
    "is_bare": "rag.writers.short_answer",
    "nearest": "rag.writers.short_answer",
    "keep_calibration": "rag.writers.calibration",
    "of_summary": "rag.writers.evidence",
    "render": "rag.writers.prompt",
    "section_titles": "rag.writers.prompt",
    "threshold_of": "rag.writers.calibration",
}

__getattr__ = lazy(__name__, _HOMES)
