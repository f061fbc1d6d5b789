"""Recognise lists of people and places: authors, affiliations, collaborations, committees.

In such a list every word that is no particle is a name: it begins with a capital letter or a mark. Sentences have verbs
and things, so they are told by their small words. Not handled here: where such a list stands (`front`, `labels`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.reading.sheet import Block

_PLACE = re.compile(
    r"\b(?:univ|institut|istituto|department|d[eé]partement|dipartimento|departamento|laborator|organi[sz]ation|academy|"
    r"centre|center|centro|school of|facult|fakult|college|hospital|collaboration|observator|infn|cnrs|research\b|"
    r"foundation|hochschule|[eé]cole|politecnico|polytechni|inc\b|ltd\b|gmbh|corporation|labs?\b)",
    re.IGNORECASE,
)
_PARTICLES = frozenset(  # of names and addresses, in the languages of Europe
    "and the for del della delle dello dal dos das des les van von der den het ter ten zum zur für und bin ben abou "
    "also now deceased".split()
)
_MARKS = re.compile(r"[\d\W_]+")
_CAPITAL = r"[^\W\d_a-zß-ÿ]"
_INITIAL = re.compile(rf"(?<!\w){_CAPITAL}[a-z]?\.(?!\.)")
_FULL_NAME = re.compile(
    rf"(?:{_CAPITAL}[\w.'’´`-]*\s+){{1,3}}(?:(?:de|da|van|von|der|den|del|di|la|le)\s+){{0,2}}{_CAPITAL}[\w'’´`-]+"
)
_PROBE = 12  # words looked at first: nearly all blocks are told by these
_START = 160  # characters that hold these
_FEW = 8  # words: fewer make no list
_ITEMS = 6


def lists_people(block: Block) -> bool:
    """Tell a list of names or of the places where they work."""
    text = block.text
    first = text[:_START].split()[:_PROBE]
    if len(first) < _FEW or sum([word[0].islower() for word in first]) > 0.6 * len(first):
        return False
    words = text.split()
    if _small(first) > 0.2 * len(first) or _small(words) > 0.06 * len(words):
        return False
    initials = len(_INITIAL.findall(text))
    if initials > 0.2 * len(words):
        return True
    items = [item for item in re.split(r"[,;•]", text) if item.strip()]
    places = len(_PLACE.findall(text))
    if places > 0.1 * len(words) or (places > 0.04 * len(words) and len(items) > 2):
        return True
    return _full_names(items) or _full_names([line.text for line in block.lines])


def _small(words: Sequence[str]) -> int:
    """Count words of three small letters or more that are no particles of names; shorter ones may be marks."""
    plain = [_MARKS.sub("", word) for word in words]
    return sum(word[:1].islower() and len(word) > 2 and word not in _PARTICLES for word in plain)


def _full_names(items: Sequence[str]) -> bool:
    named = sum(bool(_FULL_NAME.fullmatch(item.strip(" .∗*†‡§¶0123456789"))) for item in items)
    return named >= _ITEMS and named > 0.75 * len(items)
