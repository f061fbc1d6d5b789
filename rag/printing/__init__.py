"""Print an answer for people who look: `html` (one self-contained page), `notebook` (compact), `bibtex`.

Read in this order: `text` (escaping), `quotes` (numbers, places, marks), `claims` (sections), `flow` (workflow),
`around` (gaps, papers, coverage, what was dropped), `document` (the page and its policy), `notebook`, `bibtex`.
"""

from rag.printing.bibtex import bibtex
from rag.printing.notebook import notebook
from rag.printing.page import html

__all__ = ["bibtex", "html", "notebook"]
