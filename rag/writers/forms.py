"""Tell whether a sentence has the form of the answer that is asked for.

Three forms are known: words that state what papers are often asked for (`cells.toml`: input, data, limits, ...), a
member of a kind (optimizer: Adam), and a number or a name that stands beside the noun asked for, so that "m > 1" is no
batch size. Not handled here: what else a sentence looks like (`looks`), what a form is worth (`ranking`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rag.language import STOP_WORDS, phrases, table, words
from rag.papers import Part

FORMS = Path(__file__).parent / "cells.toml"
REMEMBERED = 1 << 14  # sentences whose numbers and names are kept: those of some thirty papers
BESIDE = 6  # words between a number, or a name, and the noun that it belongs to, at most
NOUNS = 4  # words of what is asked for, at most: "gravitational wave event"


@dataclass(frozen=True, slots=True)
class Form:
    """Say by which words a question asks for something, and by which a sentence states it, the plainest first.

    `never` are words that speak of something else; `own` wants the paper's own voice, or one of the `places`, the
    sections that say it most often.
    """

    asks: re.Pattern[str]
    says: tuple[re.Pattern[str], ...]
    never: re.Pattern[str] | None = None
    own: bool = False
    places: tuple[str, ...] = ()

    def step(self, text: str) -> int | None:
        """Return how plainly, from 0, a text states what is wanted; None where it does not."""
        found = self.stated(text)
        return found[0] if found else None

    def stated(self, text: str) -> tuple[int, int] | None:
        """Return how plainly, from 0, a text states what is wanted, and where the words that state it end."""
        if self.never and self.never.search(text):
            return None
        found = ((step, one.search(text)) for step, one in enumerate(self.says))
        return next(((step, match.end()) for step, match in found if match), None)


@cache
def forms() -> tuple[Form, ...]:
    """Return the forms that are known, in the order in which they are looked for."""
    told = tomllib.loads(FORMS.read_text("utf-8"))

    def pattern(alternatives: Sequence[str]) -> re.Pattern[str]:
        text = "|".join(alternatives)
        for name, fragment in told["fragments"].items():
            text = text.replace(f"<{name}>", fragment.strip())
        return re.compile(text, re.I)

    return tuple(
        Form(
            pattern(form["asks"]),
            tuple(map(pattern, form["says"])),
            pattern(form["never"]) if "never" in form else None,
            form.get("own", False),
            tuple(form.get("places", ())),
        )
        for form in told["form"]
    )


@lru_cache(1 << 10)
def form_asked(text: str) -> Form | None:
    """Return the form of what a question asks for, or None."""
    return next((form for form in forms() if form.asks.search(text)), None)


# --- members of a kind ------------------------------------------------------------------------------------------------


@cache
def _kinds() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Return how kinds of things are asked for, and how papers name members of them."""
    return tuple(
        (re.compile(rf"\b(?:{'|'.join(kind['asked'])})", re.I), re.compile(rf"\b(?:{'|'.join(kind['members'])})(?!\w)"))
        for kind in table("members")["kinds"]
    )


@lru_cache(1 << 10)
def members_asked(question: str) -> tuple[re.Pattern[str], ...]:
    """Return how papers name what a question asks for by its kind: optimizer, SGD; GPUs, V100."""
    return tuple(members for asked, members in _kinds() if asked.search(question.replace("data set", "dataset")))


# --- a number or a name beside the noun that is asked for -------------------------------------------------------------

_WORD = re.compile(r"[^\s(),;:?!\"“”]+")
_OPENS = re.compile(  # what is asked for follows: "which event", "how many layers", "how large is the test set"
    r"\b(?:what|which|whose|how (?:many|much)|how \w+ (?:is|are|was|were))\b(?:(?: (?:is|are|was|were))? (?:the|an?|"
    r"its|their|his|other|different|exact|total|one|two|three|four|five|of|kinds?|types?|sorts?|number|values?|amount)\b)*",
    re.I,
)
_ENDS = re.compile(r"(?:\w+ed|used|made|built|they|we|it)$", re.I)  # a verb: "which data sets were used"
_LABEL = re.compile(
    r"(?:\b(?:sections?|sec\.|tables?|fig(?:ures?|s?\.)|eqs?\.|equations?|appendix|chapter|algorithm|step|stage|"
    r"theorem|lemma|steps?|§+)|(?<![\w.])[A-Za-z] ?[<>≥≤])\s*$",  # "Section 3" and "m > 1" tell no amount
    re.I,
)


@lru_cache(1 << 10)
def noun_asked(text: str) -> frozenset[str]:
    """Return the stems of what a question asks an amount or a name of: batch, size of "What batch size is used?"."""
    opened = _OPENS.search(text)
    noun: list[str] = []
    for match in _WORD.finditer(text, opened.end() if opened else 0):
        word = match[0].strip(".,'’")
        ends = word.lower() in STOP_WORDS or _ENDS.match(word)
        if noun and (ends or len(noun) >= NOUNS):
            break
        noun += [] if ends else [word]
    return frozenset(stem for word in noun for stem in words(word))


def bound(text: str, part: Part) -> float:
    """Return which share of the noun asked for stands beside a number, or beside a name that the question lacks."""
    noun = noun_asked(part.text)
    if not noun or part.kind not in ("amount", "name"):
        return 0.0
    if part.kind == "amount":
        beside = [held for _, held in _beside(text, False)]
    else:
        asked = part.text.casefold()
        beside = [held for name, held in _beside(text, True) if name.casefold() not in asked]
    return max((len(noun & held) / len(noun) for held in beside), default=0.0)


@lru_cache(REMEMBERED)
def _beside(text: str, names: bool) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the numbers of a sentence, or its names, each with the stems of the words around it."""
    told = [(match.start(), words(match[0])) for match in _WORD.finditer(text)]
    found = []
    for match in (phrases.PROPER_NAME if names else phrases.NUMBER).finditer(text):
        if not names and _LABEL.search(text[: match.start()]):
            continue
        place = sum(start <= match.start() for start, _ in told) - 1
        around = told[max(place - BESIDE, 0) : place + BESIDE + 1]
        found.append((match[0], frozenset(stem for _, stems in around for stem in stems)))
    return tuple(found)
