"""Part a quote where it shows that words were left out or put in: "the encoder […] has [six] layers [sic]".

What lies between the parts is found again in the paper (`finder`). An insertion that says something of its own, a
number or a negation, is no insertion: with it the quote says what the paper does not. Nor is a citation mark: a quote
with the key of another work ("[Thu93]") names a source that the paper does not.
"""

from __future__ import annotations

import re

from .normal_form import normal
from .quote_signs import telling

_ELLIPSIS = (
    r"\[\s*(?:…|\.\.\.|\. \. \.)\s*\]|\(\s*(?:…|\.\.\.|\. \. \.)\s*\)|…|"
    r"(?<!\w)\.{3,4}|\.{3,4}(?!\w)|\. \. \."  # not the dots of x1...m
)
_INSERTED = r"(?<!\w)\[(?P<inserted>(?=[^\[\]]*[^\W\d_])[^\[\]]{1,80})\](?!\w)"
_CITES = re.compile(r"\b(?:19|20)\d\d[a-z]?\b|\b[A-Z][A-Za-z+]{1,7}\d\d[a-z]?\b")
_GAP = re.compile(rf"\s*(?:{_ELLIPSIS}|{_INSERTED})[\s,;]*")


def parts(quote: str) -> list[tuple[str, bool]] | None:
    """Return a quote's parts, each with whether any words may be left out before it; None where it shows no gap.

    Before a part that follows an insertion only few words may be left out: those that it stands for.
    """
    found: list[tuple[str, bool]] = []
    at, open_ = 0, True
    for gap in _GAP.finditer(quote):
        if gap["inserted"] and (telling(gap["inserted"]) or _CITES.search(gap["inserted"])):
            return None
        if normal(part := quote[at : gap.start()].strip()):
            found.append((part, open_))
            open_ = False
        open_ = open_ or gap["inserted"] is None
        at = gap.end()
    if normal(part := quote[at:].strip()):
        found.append((part, open_))
    return found if at else None
