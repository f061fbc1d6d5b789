"""Evidence, and writers that answer from it: from the papers' own sentences alone, or with a chat model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.writers.evidence import Searched, choose_evidence, cite, of_summary
    from rag.writers.extractive import ExtractiveWriter, floored
    from rag.writers.llm import LlmWriter, Prices
    from rag.writers.nearness import Queries
    from rag.writers.prompt import render, section_titles

__all__ = [
    "ExtractiveWriter",
    "LlmWriter",
    "Prices",
    "Queries",
    "Searched",
    "choose_evidence",
    "cite",
    "floored",
    "of_summary",
    "render",
    "section_titles",
]

_HOMES = {
    "ExtractiveWriter": "rag.writers.extractive",
    "LlmWriter": "rag.writers.llm",
    "Prices": "rag.writers.llm",
    "Queries": "rag.writers.nearness",
    "Searched": "rag.writers.evidence",
    "choose_evidence": "rag.writers.evidence",
    "cite": "rag.writers.evidence",
    "floored": "rag.writers.extractive",
    "of_summary": "rag.writers.evidence",
    "render": "rag.writers.prompt",
    "section_titles": "rag.writers.prompt",
}

__getattr__ = lazy(__name__, _HOMES)
