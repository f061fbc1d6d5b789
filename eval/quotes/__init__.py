"""Find where a quote stands: the judge's own finder, in papers, raw PDFs and briefs.

`normal_form` (letters alone) and `quote_signs` (what the marks between them say) make the comparison, `texts` searches,
`finder` passes over citation marks (`citation_marks`) and line numbers (`margin_numbers`) that only one side has,
`line_breaks` over lines that lie between, `elisions` over what a quote shows that it leaves out, and `pieces` tells
quotes that were put together. A quote in which anything says something else is not found.
"""

from .citation_marks import References
from .elisions import parts
from .finder import Finder
from .line_breaks import runs_over
from .normal_form import normal, offsets
from .pieces import stitched
from .quote_signs import telling
from .texts import MIN_LETTERS, Location, Texts, holds

__all__ = [
    "MIN_LETTERS",
    "Finder",
    "Location",
    "References",
    "Texts",
    "holds",
    "normal",
    "offsets",
    "parts",
    "runs_over",
    "stitched",
    "telling",
]
