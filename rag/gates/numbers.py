"""Compare the quantities of a claim with those of its cited text.

Equal however written (0.912 and 91.2 %, three and 3), or rounded and said to be. Not handled: arithmetic (a sum or
difference that the text does not state).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.language.quantities import ORDINALS, SPACE, UNIT_WORDS, Quantity, end_of_change, quantities

_ONLY_WARRANT = {"both", "pair", "duo", "trio", "third", "quarter", "dozen", "ones", "double"} | set(ORDINALS)
_LIST_NUMBER = re.compile(r"^\s*\(?\d{1,2}[.)]\s+(?=\D)")
_OFTEN_IMPLIED = {"", "year", "x"}  # "at age 23", "a factor of 2": the unit is in the words around the number
_MAX_WORD_COUNT = 20  # number words up to here may be the writer's own counting: a soft failure
_COUNTED = re.compile(rf"{SPACE}?-?([a-z]{{3,}}s)\b")
_PREFIX = 4  # letters that "photos" and "photographs" share


@dataclass(frozen=True, slots=True)
class Unwarranted:
    """Hold a quantity of a claim that its cited text lacks; `counted` marks small numbers written as words."""

    text: str
    counted: bool


def unwarranted(claim: str, cited: Sequence[str]) -> tuple[Unwarranted, ...]:
    """Return the quantities of the claim that no cited text bears."""
    claim = _LIST_NUMBER.sub("", claim)
    wanted = [want if want.role else replace(want, role=end_of_change(claim, want)) for want in quantities(claim)]
    if not wanted:
        return ()
    found = [(quantity, text.lower()) for text in cited for quantity in quantities(text)]
    return tuple(
        Unwarranted(want.text, want.word and want.value <= _MAX_WORD_COUNT)
        for want in wanted
        if not (want.word and want.text.lower() in _ONLY_WARRANT)
        and not any(_warrants(have, text, want) for have, text in found)
    )


def miscounted(claim: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Return what the claim counts ("64 cases") although no cited text speaks of such things."""
    said = {word[:_PREFIX] for text in cited for word in re.findall(r"[a-z]{3,}", text.lower())}
    counted = (
        (quantity, _COUNTED.match(claim, quantity.end)) for quantity in quantities(claim) if quantity.unit in ("", "%")
    )
    return tuple(
        f"{quantity.text} {thing[1]}" for quantity, thing in counted if thing and thing[1][:_PREFIX] not in said
    )


def _warrants(have: Quantity, text: str, want: Quantity) -> bool:
    if want.upper is not None and (have.upper is None or not _same(have.upper, have, want.upper, want)):
        return False
    if have.bound and want.upper is None and not want.hedge and not _is_year(want):
        return False  # "5 GB" for "3 to 5 GB"
    if {have.role, want.role} == {"from", "to"}:
        return False
    return _unit_fits(have, text, want) and (_same(have.value, have, want.value, want) or _rounds(have, want))


def _same(have_value: Decimal, have: Quantity, want_value: Decimal, want: Quantity) -> bool:
    if have_value == want_value or (want_value > 0 and -have_value == want_value):
        return True
    if want.unit == "%" and have.unit == "":
        return have_value * 100 == want_value
    return have.unit == "%" and want.unit == "" and have_value == want_value * 100


def _rounds(have: Quantity, want: Quantity) -> bool:
    value = have.value
    if want.unit == "%" and have.unit == "":
        value = value * 100 if value <= 1 else value
    gap = value - want.value
    match want.hedge:
        case "near":
            return abs(gap) * 2 <= want.grain
        case "below":
            return -want.grain <= gap <= 0
        case "over":
            return 0 <= gap < want.grain
        case "under":
            return -want.grain < gap <= 0
    return False


def _is_year(quantity: Quantity) -> bool:
    return quantity.unit == "" and 1000 <= quantity.value < 2100


def _unit_fits(have: Quantity, text: str, want: Quantity) -> bool:
    """Let a unit stand elsewhere in the same text where the number itself bears none, as in tables."""
    if want.unit in ("", have.unit) or have.unit == "":
        return want.unit in ("%", have.unit, *_OFTEN_IMPLIED) or _mentions(text, want.unit)
    return {want.unit, have.unit} == {"%", "point"}


def _mentions(text: str, unit: str) -> bool:
    return any(re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) for word in UNIT_WORDS[unit])
