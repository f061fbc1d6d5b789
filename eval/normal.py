"""Compare quotes with page text in a normal form, and find them again.

The normal form keeps letters, digits and signs: blanks, hyphens, soft hyphens and control characters are out, case
and compatibility forms are folded, accents composed from parts are joined. Two texts with the same normal form may
still differ in what matters ("1-5" and "15", "-3" and "3", "mm" and "Mm"), so a find counts only when numbers, signs,
comparison marks, negations, minus signs of exponents and the case of symbols agree as well. Not handled: fuzzy
matching. A quote with one word changed is not found.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MIN_QUOTE = 12  # characters of normal form: shorter strings occur by chance

_DROPPED = dict.fromkeys(
    map(
        ord,
        " \t\r\n\f\v\u00a0\u00ad\u2002\u2003\u2009\u200a\u200b\u200c\u200d\u2060\ufeff\ufffe"
        "-\u2010\u2011\u2012\u2013\u2014\u2212\x02"
        "^\u207b",  # how stored text writes what a page sets higher; a PDF's raw text has no sign for it
    )
)
_FOLDED = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "`": "'", "´": "'", "′": "'", "∼": "~", "˜": "~"}
)
_DROPPED_ASCII = {**_DROPPED, ord("`"): "'"}
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_RAISED = "˗"  # stands for the minus of an exponent
_SIGNATURE = re.compile(
    rf"(?<![{_DASHES}\w.)\]%])(?P<sign>[\-\u2212\u2013])?(?<![\d.])(?P<number>\d+(?:[.,]\d+)*(?:e\s*[-+]\s*\d+)?)"
    rf"|(?<=\d)\s*(?P<dash>[{_DASHES}{_RAISED}\ufffe\x02])\s*(?=\d)"  # of a range or a difference
    r"|(?P<compare>[<>≤≥≠±=≪≫])|\b(?P<negation>not|no|never|without|nor|neither|cannot|none)\b|(?P<nt>n['’]t\b)",
    re.IGNORECASE,
)
_EXPONENT_MINUS = re.compile(rf"\^\s?[{{(]?\s?[{_DASHES}]|⁻")
_PLAIN_MINUS = "\u2212"
_SYMBOL = re.compile(
    r"(?<=\d)\s?(?P<unit>(?:[yzafpnµμmcdhkgtpe]|da)?(?:[mgsakwvbjnlftchduωΩ]|hz|pa|ev|bits?|db|px|mol|wh|gy|sv|bq|ah))(?![^\W_])"
    r"|(?<![^\W_])(?<![^\W_][.'’])(?P<letter>[^\W\d_]\d*)(?![^\W_]|\.[^\W\d_])",
    re.IGNORECASE,
)
_STARTS = re.compile(r"(?:^|[.:;?!])\W*$")


@dataclass(frozen=True, slots=True)
class Normal:
    """Hold a text's normal form; `offsets[i]` is where its i-th character stands in the text."""

    text: str
    form: str
    offsets: tuple[int, ...]


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the normal form without offsets."""
    if text.isascii():
        return text.lower().translate(_DROPPED_ASCII)
    text = unicodedata.normalize("NFKC", text.translate(_FOLDED)).translate(_FOLDED)
    return text.casefold().translate(_DROPPED)


@lru_cache(maxsize=4096)
def normal(text: str) -> Normal:
    """Return a text's normal form with the way back."""
    form: list[str] = []
    offsets: list[int] = []
    for start, cluster in _clusters(text):
        folded = fold(cluster)
        form.append(folded)
        offsets.extend([start] * len(folded))
    return Normal(text, "".join(form), tuple(offsets))


def _clusters(text: str) -> list[tuple[int, str]]:
    """Split into characters with the marks that combine with them."""
    out: list[tuple[int, str]] = []
    for i, char in enumerate(text):
        if out and unicodedata.combining(char):
            out[-1] = (out[-1][0], out[-1][1] + char)
        else:
            out.append((i, char))
    return out


def signature(text: str) -> tuple[str, ...]:
    """Return what may not differ between two renderings: numbers with sign, comparison marks, negations, in order.

    A dash between numbers is told as what it looks like: a raised minus, a minus sign, or any dash.
    """
    text = unicodedata.normalize("NFKC", _EXPONENT_MINUS.sub(_RAISED, text)).replace("^", "")
    found = []
    for match in _SIGNATURE.finditer(text):
        if number := match["number"]:
            found.append(("-" if match["sign"] else "") + "".join(number.split()).lower())
        elif dash := match["dash"]:
            found.append(dash if dash in (_RAISED, _PLAIN_MINUS) else "-")
        else:
            found.append((match["compare"] or match["negation"] or "not").casefold())
    return tuple(found)


def agree(one: str, other: str) -> bool:
    """Tell whether two texts of one normal form say the same by their signatures, minus signs and case of symbols."""
    ours, theirs = signature(one), signature(other)
    return (
        len(ours) == len(theirs)
        and all(map(_as_good_as, ours, theirs))
        and not (_cased(one, other) or _without_minus(one, other) or _without_minus(other, one))
    )


def _as_good_as(one: str, other: str) -> bool:
    """Tell whether two signs are the same; raw text has no carets, so a minus sign may be one of an exponent."""
    return one == other or {one, other} in ({_RAISED, _PLAIN_MINUS}, {_PLAIN_MINUS, "-"})


def _cased(one: str, other: str) -> bool:
    """Tell whether a symbol or a unit differs in case alone."""
    theirs = _symbols(other)
    both = [(symbol, theirs[at]) for at, symbol in _symbols(one).items() if at in theirs]
    return any(ours != name and ours.casefold() == name.casefold() for ours, name in both)


def _without_minus(one: str, other: str) -> bool:
    """Tell whether a text lacks a minus sign that another has between its letters."""
    if _PLAIN_MINUS not in one:
        return False
    end = len(fold(one))
    wanted = {at for match in re.finditer(_PLAIN_MINUS, one) if 0 < (at := len(fold(one[: match.start()]))) < end}
    return not wanted <= {len(fold(other[: match.start()])) for match in re.finditer(f"[{_DASHES}⁻\ufffe\x02]", other)}


def _symbols(text: str) -> dict[int, str]:
    """Return the one-letter symbols and units of a text by their place in its normal form."""
    return {
        len(fold(text[: match.start(match.lastgroup or 0)])): match[match.lastgroup or 0]
        for match in _SYMBOL.finditer(text)
        if match[0] not in "AaIi" or not _STARTS.search(text[: match.start()])
    }


def same(one: str, other: str) -> bool:
    """Tell whether two texts are the same rendering of the same words."""
    return one == other or (fold(one) == fold(other) and agree(one, other))


def find(quote: str, text: str, least: int = MIN_QUOTE) -> tuple[int, int] | None:
    """Return where a text holds the quote (start, end), or None."""
    wanted = fold(quote)
    if len(wanted) < least:
        return None
    page = normal(text)
    at = page.form.find(wanted)
    while at >= 0:
        start, end = page.offsets[at], _end(page, at + len(wanted))
        if agree(quote, text[start:end]) or agree(quote, _unbroken(text[start:end])):
            return start, end
        at = page.form.find(wanted, at + 1)
    return None


def _end(page: Normal, form_end: int) -> int:
    end = page.offsets[form_end - 1] + 1
    while end < len(page.text) and unicodedata.combining(page.text[end]):
        end += 1
    return end


def _unbroken(text: str) -> str:
    """Return text with words and ranges rejoined over line ends, so that a broken word does not hide a negation."""
    text = re.sub(rf"(?<=\d)[{_DASHES}\ufffe\x02]\s*[\r\n]+\s*(?=\d)", "-", text)
    return re.sub(rf"[{_DASHES}\u00ad\ufffe\x02]\s*[\r\n]+\s*|[\u00ad\ufffe\x02]", "", text)


def longest_prefix(wanted: str, form: str) -> tuple[int, int]:
    """Return (length, place) of the longest prefix of `wanted` that `form` holds."""
    low, high, place = 0, len(wanted), -1
    while low < high:
        middle = (low + high + 1) // 2
        at = form.find(wanted[:middle])
        if at >= 0:
            low, place = middle, at
        else:
            high = middle - 1
    return low, place
