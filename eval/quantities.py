"""Read the quantities of a sentence, and tell whether another sentence bears them out.

A quantity is a value with its unit, as digits (`91.2 %`, `1,234`, `3e-4`, `2.5M`, `0.5 s`) or as a word (`three`,
`twenty-five`, `twice`). Digits inside a name (ResNet-50, top-5) belong to the name (`names`). Evidence is read
generously, a claim strictly. Not handled: arithmetic; a difference or a sum that the text does not state is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .shared_data import table, word_set
from .words import as_latin

_BASES = {  # what a unit of the shared table is in the base of its kind; those not named are their own
    "db": ("dB", 1.0), "hz": ("Hz", 1.0), "khz": ("Hz", 1e3), "mhz": ("Hz", 1e6), "ghz": ("Hz", 1e9),
    "ms": ("s", 1e-3), "min": ("s", 60.0), "h": ("s", 3600.0), "week": ("day", 7.0),
    "mm": ("m", 1e-3), "cm": ("m", 1e-2), "km": ("m", 1e3), "mile": ("m", 1609.344), "ft": ("m", 0.3048),
    "mg": ("g", 1e-3), "kg": ("g", 1e3), "w": ("W", 1.0),
    "byte": ("B", 1.0), "kb": ("B", 1e3), "mb": ("B", 1e6), "gb": ("B", 1e9), "tb": ("B", 1e12),
}  # fmt: skip
_OWN_UNITS = {  # those that only this judge knows
    "us µs microsecond microseconds": ("s", 1e-6), "ns nanosecond nanoseconds": ("s", 1e-9), "msec": ("s", 1e-3),
    "kilohertz": ("Hz", 1e3), "megahertz": ("Hz", 1e6), "gigahertz": ("Hz", 1e9), "pixel pixels": ("px", 1.0),
    "nm nanometer nanometers": ("m", 1e-9), "um µm micrometer micrometers": ("m", 1e-6), "b": ("B", 1.0),
    "kw kilowatt kilowatts": ("W", 1e3), "w": ("W", 1.0), "percents": ("%", 1.0),
    "ev": ("eV", 1.0), "kev": ("eV", 1e3), "mev": ("eV", 1e6), "gev": ("eV", 1e9), "tev": ("eV", 1e12),
}  # fmt: skip
UNITS = {
    **{name: _BASES.get(unit, (unit, 1.0)) for unit, names in table("units").items() for name in names},
    **{name: base for names, base in _OWN_UNITS.items() for name in names.split()},
}
"""Every unit's spellings, in lower case, with the base unit and how many of it one is."""

_NUMBERS = table("number_words")
_SCALES = {word: 10.0 ** int(power) for power, words in _NUMBERS["powers"].items() for word in words.split()}
_GLUED = {letter: 10.0 ** int(power) for power, letters in _NUMBERS["glued"].items() for letter in letters.split()}
_ONES, _TENS = _NUMBERS["ones"].split(), _NUMBERS["tens"].split()
_WORDS = {word: float(value) for value, word in enumerate(_ONES)}
_WORDS |= {word: 10.0 * value for value, word in enumerate(_TENS, start=2)}
_WORDS |= {f"{tens}{dash}{one}": _WORDS[tens] + _WORDS[one] for tens in _TENS for one in _ONES[1:10] for dash in "- "}
_BIG = {"hundred": 1e2} | {
    word: value for word, value in _SCALES.items() if word.endswith("illion") or word == "thousand"
}
_FREE = word_set("count_words")  # they warrant a number but need no warrant: "both" may be said of any two
_TIMES = {word: float(value) for value, words in _NUMBERS["multiples"].items() for word in words.split()}
_MULTIPLES = {word: value for word, value in _TIMES.items() if value > 1 and word not in _FREE} | {"tenfold": 10.0}
_SHARES = {word: value for word, value in _TIMES.items() if value < 1} | {"third": 1 / 3}
_EVIDENCE_ONLY = {
    **{word: float(value) for word, value in _NUMBERS["ordinals"].items()},
    **{word: _TIMES[word] for word in _FREE if word in _TIMES},
    "one": 1.0,
    "single": 1.0,
    "first": 1.0,
    "second": 2.0,
}

_S = r"[ \u00a0\u2009\u202f]"
_MINUS = "-\u2212\u2013"
_PATTERN = re.compile(
    rf"(?P<sign>(?<![\w.)\]%])[{_MINUS}])?(?<![\w.])(?P<digits>\d{{1,3}}(?:[,\u2009\u202f]\d{{3}})+(?!\d)(?:\.\d+)?"
    rf"|\d*\.\d+|\d+)"
    rf"(?P<power>{_S}?[×x·]{_S}?10{_S}?\^?\{{?[{_MINUS}]?\d+\}}?|[eE][-+\u2212]?\d+(?!\w))?"
    rf"(?:{_S}?(?P<scale>thousand|million|billion|trillion|bn)\b|(?P<glued>(?-i:[kKMBT]))(?![\w-]))?"
    rf"(?P<tail>(?:{_S}|[-\u2010\u2011])?(?:%|[×x]{_S}?(?=\d)|×|°|percentage{_S}points?|per{_S}cent"
    rf"|frames{_S}per{_S}second|[A-Za-zµ]+))?"
    rf"|\b(?P<word>{'|'.join(sorted((*_WORDS, *_MULTIPLES, *_SHARES), key=len, reverse=True))})"
    rf"(?P<big>(?:{_S}(?:hundred|thousand|million|billion|trillion))*)\b(?P<wtail>{_S}(?:percentage{_S}points?"
    rf"|per{_S}cent|[A-Za-z]+)|-fold)?"
    rf"|\b(?:an?{_S})(?P<hundred>hundred|thousand|million|billion)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"[A-Za-z_][{_MINUS}\u2010\u2011_]?$")
_LINK = re.compile(rf"{_S}?(?:[{_MINUS}\u2014/,]|to|and|or|,{_S}?and){_S}?$", re.IGNORECASE)
_GLUED_NAME = re.compile(r"[A-Za-z]")
_BRACKET_MARK = re.compile(r"\[[\d,;\s–-]*\d[\d,;\s–-]*\]")
_HEDGES = re.compile(
    r"(?P<near>about|around|approximately|approx\.?|roughly|circa|some|~|≈|∼|close to|on the order of)"
    r"|(?P<low>(?<!no )more than|over|at least|above|exceed(?:s|ing|ed)?|beyond|no less than|no fewer than|greater "
    r"than|higher than|>|≥)"
    r"|(?P<high>less than|fewer than|under|below|at most|up to|no more than|within|nearly|almost|just under|lower "
    r"than|<|≤)",
    re.IGNORECASE,
)
_REACH = 26  # characters before a number in which "more than", "about" still belong to it


@dataclass(frozen=True, slots=True)
class Quantity:
    """Hold a value in the base of its unit, how fine it was written, and the hedge before it."""

    value: float
    unit: str
    text: str
    grain: float  # worth of the last significant digit
    hedge: str = ""  # near, low (a lower bound), high (an upper bound)
    word: bool = False


def lacking(claim: str, evidence: Iterable[str]) -> list[str]:
    """Return the quantities of the claim that no evidence text bears out."""
    return list(_lacking(claim, tuple(evidence)))


@lru_cache(maxsize=4096)
def _lacking(claim: str, texts: tuple[str, ...]) -> list[str]:
    wanted = quantities(claim)
    if not wanted:
        return []
    found = [(have, text) for text in texts for have in (*quantities(text), *generous(text))]
    return [want.text for want in wanted if not any(_bears(have, text, want) for have, text in found)]


@lru_cache(maxsize=16384)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text in order; units behind a list or range hold for all its members."""
    text = _BRACKET_MARK.sub(lambda mark: " " * len(mark[0]), as_latin(text))
    found: list[tuple[Quantity, int, int]] = []
    for match in _PATTERN.finditer(text):
        if match["digits"]:
            if match["sign"] is None and _NAMED.search(text[max(0, match.start() - 2) : match.start()]):
                continue
            read = _from_digits(match, text)
            if read is not None:
                found.append(read)
        elif (worded := _from_words(match, text)) is not None:
            found.append(worded)
    return tuple(_spread_units(text, found))


@lru_cache(maxsize=16384)
def generous(text: str) -> tuple[Quantity, ...]:
    """Return what only evidence is granted: ordinals, "both", "a pair", and word shares read as counts."""
    return tuple(
        Quantity(_EVIDENCE_ONLY[word], "", word, 1.0, word=True)
        for word in re.findall(rf"\b(?:{'|'.join(_EVIDENCE_ONLY)})\b", text.lower())
    )


def _from_digits(match: re.Match[str], text: str) -> tuple[Quantity, int, int] | None:
    raw = re.sub("[,\u2009\u202f]", "", match["digits"])
    factor = _power(match["power"] or "") * _SCALES.get((match["scale"] or "").lower(), 1.0)
    if match["glued"]:
        factor *= _GLUED[match["glued"]]
    value, grain = float(raw) * factor, _grain(raw) * factor
    unit, base, end = "", 1.0, match.end()
    if tail := match["tail"]:
        unit, base = _unit(tail)
        end = match.end() if unit else match.start("tail")
        if not unit and _GLUED_NAME.match(tail):
            return None  # 3D, 1st, 2x2: a name
    if match["sign"] in ("-", "−") or (match["sign"] == "–" and value):
        value = -value
    shown = text[match.start() : end].strip()
    return Quantity(value * base, unit, shown, grain * base, _hedge(text, match.start())), match.start(), end


def _from_words(match: re.Match[str], text: str) -> tuple[Quantity, int, int] | None:
    if match["hundred"]:
        value = _BIG[match["hundred"].lower()]
        return Quantity(value, "", match[0], value, _hedge(text, match.start()), word=True), match.start(), match.end()
    word = match["word"].lower()
    if match.start() and re.search(r"[\d.,][ \u00a0]?$|-$", text[: match.start()][-2:]):
        return None
    unit, base = _unit(match["wtail"] or "")
    big = 1.0
    for part in (match["big"] or "").lower().split():
        big *= _BIG[part]
    if word in ("one", "third", "quarter") and not unit and big == 1.0:
        return None  # a pronoun, an ordinal, a part of speech that counts nothing
    value = {**_SHARES, **_MULTIPLES, **_WORDS}[word] * big
    if word in _MULTIPLES:
        unit = "x"
    end = match.end() if unit else match.start("wtail") if match["wtail"] else match.end()
    shown = text[match.start() : end].strip()
    quantity = Quantity(value * base, unit, shown, max(1.0, value / 10) * base, _hedge(text, match.start()), word=True)
    return quantity, match.start(), end


def _unit(tail: str) -> tuple[str, float]:
    word = tail.strip(" \u00a0\u2009\u202f-\u2010\u2011")
    lowered = re.sub(_S, " ", word.lower())
    if lowered in ("per cent",):
        return "%", 1.0
    if lowered.startswith("percentage point"):
        return "pt", 1.0
    if lowered == "frames per second":
        return "fps", 1.0
    if lowered in ("m", "s", "h", "g", "b") and word != lowered:
        return "", 1.0  # "5 M", "7 B" are no metres and no bytes
    return UNITS.get(lowered, ("", 1.0))


def _power(text: str) -> float:
    found = re.search(rf"([{_MINUS}+]?\d+)\}}?$", text)
    if not found:
        return 1.0
    exponent = int(re.sub(rf"[{_MINUS}]", "-", found[1]))
    if text[0] not in "eE":
        behind = re.search(rf"10{_S}?\^?\{{?([{_MINUS}]?\d+)\}}?$", text)
        exponent = int(re.sub(rf"[{_MINUS}]", "-", behind[1])) if behind else 0
    return 10.0 ** max(-99, min(99, exponent))


def _grain(raw: str) -> float:
    if "." in raw:
        return 10.0 ** -len(raw.split(".")[1])
    return 10.0 ** (len(raw) - len(raw.rstrip("0"))) if raw.strip("0") else 1.0


def _hedge(text: str, start: int) -> str:
    before = text[max(0, start - _REACH) : start]
    last = ""
    for match in _HEDGES.finditer(before):
        if not re.search(r"[\d;,]|\b(?:and|than|by|of)\b.*\b(?:and|by|to)\b", before[match.end() :]):
            last = match.lastgroup or ""
    return last


def _spread_units(text: str, found: list[tuple[Quantity, int, int]]) -> list[Quantity]:
    out = [quantity for quantity, _, _ in found]
    for i in range(len(found) - 2, -1, -1):
        if out[i].unit or not out[i + 1].unit or out[i].word != out[i + 1].word:
            continue
        if _LINK.match(text[found[i][2] : found[i + 1][1]]):
            factor = _factor_of(found[i + 1][0])
            low = out[i]
            out[i] = Quantity(low.value * factor, out[i + 1].unit, low.text, low.grain * factor, low.hedge, low.word)
    return out


def _factor_of(quantity: Quantity) -> float:
    tail = re.search(r"[^\d.,\s]+(?: \w+)*$", quantity.text)
    return _unit(tail[0])[1] if tail else 1.0


def _bears(have: Quantity, text: str, want: Quantity) -> bool:
    value, grain = have.value, have.grain
    if want.unit != have.unit:
        if want.unit == "%" and not have.unit and 0 < abs(value) <= 1 and "." in have.text:
            value, grain = value * 100, grain * 100
        elif not want.unit and have.unit == "%" and ("." in want.text or want.word) and abs(want.value) <= 1:
            value, grain = value / 100, grain / 100
        elif (not have.unit and _mentions(text, want)) or (not want.unit and have.unit not in ("%", "pt")):
            if have.unit and not _close(have.value, want.value):
                return _shown_value(have) == want.value
        else:
            return False
    if {have.hedge, want.hedge} == {"low", "high"}:
        return False
    if _close(value, want.value):
        return True
    if value < 0 < want.value and _close(-value, want.value):
        return bool(re.search(r"-|−", have.text))  # "a drop of 0.5" for "−0.5"
    return _rounds(value, want)


def _shown_value(quantity: Quantity) -> float | None:
    digits = re.search(r"\d[\d,]*(?:\.\d+)?|\.\d+", quantity.text)
    return float(digits[0].replace(",", "")) if digits else None


def _mentions(text: str, want: Quantity) -> bool:
    if want.unit == "%":
        return "%" in text or "percent" in text.lower() or "per cent" in text.lower()
    words = re.findall(r"[a-zµ°×]+", text.lower())
    if any(UNITS.get(word, ("", 0.0))[0] == want.unit for word in words):
        return True
    long = [name for name, (base, _) in UNITS.items() if base == want.unit and len(name) > 4]
    return any(word.startswith(name) for word in words for name in long)  # "Degreeof": a hyphen was lost


def _close(one: float, other: float) -> bool:
    return (
        abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
        if abs(other) >= 1e-6
        else abs(one - other) <= 1e-3 * abs(other)
    )


def _rounds(value: float, want: Quantity) -> bool:
    gap, slack = value - want.value, want.grain * (1 + 1e-9)
    if abs(gap) > 0.1 * abs(want.value):
        return False
    if want.hedge == "near":
        return abs(gap) * 2 <= slack
    if want.hedge == "low":
        return 0 <= gap < slack
    return want.hedge == "high" and -slack < gap <= 0
