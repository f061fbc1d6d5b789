"""Split a paragraph of an answer into sentences, each with the citation marks that follow its full stop."""

from __future__ import annotations

import re

from .shared_data import any_of, word_set

LINK = "\ue000"  # stands for the characters of a link
_END = re.compile(
    rf"[.!?…]+[\"”’')*_]*(?:\s*(?:\\?\[[^\[\]\n]{{1,40}}\\?\](?:\([^\s()]*\))?|【[^】]{{1,40}}】|{LINK}+))*[\"”’')*_]*(?=\s|$)"
)
_AHEAD = 40  # characters after a full stop in which the next word begins
_ABBREVIATED = re.compile(
    rf"(?:\b(?:{any_of('abbreviations')}|no|dr|prof|mrs?|st|pp?|vol|eds?|dept|est)|\b[A-Z]|\b(?:\w\.)+\w)\.$"
)
_MAY_END = word_set("closing_abbreviations")


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the places of a paragraph's sentences, without blanks around them."""
    found, start = [], 0
    for match in _END.finditer(text):
        if _runs_on(text, match, start):
            continue
        found.append((start, match.end()))
        start = match.end()
    found.append((start, len(text)))
    trimmed = [
        (low + len(text[low:high]) - len(text[low:high].lstrip()), low + len(text[low:high].rstrip()))
        for low, high in found
    ]
    return [(low, high) for low, high in trimmed if low < high]


def _runs_on(text: str, match: re.Match[str], start: int) -> bool:
    """Tell whether a full stop ends no sentence: an abbreviation, an initial, or a small letter follows."""
    following = text[match.end() : match.end() + _AHEAD].lstrip()
    stop = text[max(start, match.start() - 12) : match.start() + 1]
    if match[0].startswith(".") and _ABBREVIATED.search(stop):
        last = re.search(r"(\w+)\.$", stop)
        if not (last and last[1] in _MAY_END and following[:1].isupper() and "[" in match[0]):
            return bool(following)
    return following[:1].islower()
