"""Read the quantities of a text: values with units, in digits and in words, rounded or in ranges.

A quantity is a value with its unit, once in digits (0.912, 91.2 %, 1,234, 2.5M, 3–5) and once in words (three,
twenty-five, half, twice). Digits of every script are read, raised and circled ones too where they are no exponent or
footnote mark. Digits that belong to a name (ResNet-50, A100, 3D) or number a figure are none.
Not handled: conversion between units.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.language.data import any_of, table

UNIT_WORDS: dict[str, list[str]] = table("units")
_UNITS = {word: unit for unit, words in UNIT_WORDS.items() for word in words}
_NUMBERS = table("number_words")
_WORDS = {word: value for value, word in enumerate(_NUMBERS["ones"].split())}
_WORDS |= {word: 10 * value for value, word in enumerate(_NUMBERS["tens"].split(), start=2)}
ORDINALS: dict[str, int] = _NUMBERS["ordinals"]
_MULTIPLES = {word: Decimal(value) for value, words in _NUMBERS["multiples"].items() for word in words.split()}
_SCALES = {word: int(power) for power, words in _NUMBERS["powers"].items() for word in words.split()}
_GLUED_SCALES = {letter: int(power) for power, letters in _NUMBERS["glued"].items() for letter in letters.split()}
SPACE = "[ \u00a0\u2009\u202f]"
_DASH = "[-\u2010\u2011\u2012\u2013\u2014\u2212]"
_DIGITS = re.compile(
    r"(?P<sign>(?<![\w)\]%.])[-+\u2212])?"
    r"(?P<value>(?<![\d.,])(?:\d{1,3}(?:[,\u00a0\u2009\u202f']\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+))"
    rf"(?P<power>{SPACE}?[×x·*]{SPACE}?10\^?\{{?[-\u2212]?\d+\}}?|[eE][-+\u2212]?\d+(?!\w)"
    r"|(?<=\b10)\^\{?[-+\u2212]?\d+\}?(?![.]?\d))?"
)
_EXPONENT = re.compile(r"(?:10|[eE]|^\^)\W*?([-+]?\d+)\}?$")
_TAIL = re.compile(rf"(?:{SPACE}|{_DASH})?(?P<word>%|×|°c?|per{SPACE}cent|[A-Za-z]+)")
_NUMBERED = re.compile(rf"\b(?:{any_of('numbered_labels')}|Sections?|Sec\.|Eq\.|Equations?|Chapter){SPACE}?$")
_DIMENSIONS = re.compile(rf"{_DASH}?D\b")  # 3D, 2-D
_NAME_BEFORE = re.compile(rf"[A-Za-z_](?:{_DASH}|_)?$")
_RANGE_LINK = re.compile(rf"^{SPACE}?(?:{_DASH}|to|and|or|through|until){SPACE}?$")
_APPROXIMATE = re.compile(
    r"(?P<near>about|around|approximately|approx\.?|roughly|some|circa|ca\.|~|≈|∼|close to|or so|on the order of)"
    r"|(?P<below>nearly|almost|just under|close to)"
    r"|(?P<over>over|more than|at least|above|exceed(?:s|ing|ed)?|beyond|no (?:less|fewer) than|greater than|>|≥)"
    r"|(?P<end>from|as (?:few|little|many|much|low|high) as|minimum|maximum|starting (?:at|with)|down to)"
    r"|(?P<under>under|less than|fewer than|below|at most|up to|no more than|within|<|≤)",
    re.IGNORECASE,
)
_HEDGE_REACH = 24  # characters before a number in which a word such as "about" still belongs to it


@dataclass(frozen=True, slots=True)
class Quantity:
    """Hold a value, its unit ("" for none) and how it was written."""

    value: Decimal
    unit: str
    text: str
    start: int
    end: int
    word: bool = False  # written in letters
    upper: Decimal | None = None  # the other end where it stands in a range
    role: str = ""  # "from" or "to" where it is one end of a change
    bound: bool = False  # means nothing without the other end: "3–5", but not "from 3 to 5"
    hedge: str = ""  # near, below, over, under
    grain: Decimal = Decimal(1)  # worth of the last digit that was written on purpose


def quantities(text: str) -> list[Quantity]:
    """Return the quantities of a text in order, ranges as pairs that know each other."""
    plain = text if text.isascii() else with_plain_digits(text)
    found = sorted([*in_digits(plain), *in_words(plain), *fractions(text)], key=lambda quantity: quantity.start)
    return join_ranges(text, found)


def with_plain_digits(text: str) -> str:
    """Return a text of the same length whose digits are ASCII ones, but for exponents and marks behind letters."""
    plain = ""
    for place, char in enumerate(text):
        value = unicodedata.digit(char, None)
        before = text[:place].rstrip("⁺⁻")[-1:]
        follows = (before.isalnum() and plain[-1:] == text[place - 1 : place]) or before in (")", "]")
        plain += char if value is None or (follows and not char.isdecimal()) else str(value)
    return plain


def fractions(text: str) -> Iterable[Quantity]:
    """Yield the quantities that are one sign: ½, ⑩, Ⅻ is none."""
    for place, char in enumerate(text):
        if unicodedata.category(char) == "No" and unicodedata.digit(char, None) is None:
            value = Decimal(str(unicodedata.numeric(char)))
            yield Quantity(value, "", char, place, place + 1, grain=Decimal("0.1"))


def in_digits(text: str) -> Iterable[Quantity]:
    """Yield the quantities that are written in digits."""
    for match in _DIGITS.finditer(text):
        if match["sign"] is None and _NAME_BEFORE.search(text[max(0, match.start() - 3) : match.start()]):
            continue
        if _NUMBERED.search(text[: match.start()]) or _DIMENSIONS.match(text, match.end()):
            continue
        raw = re.sub("[,\u00a0\u2009\u202f']", "", match["value"])
        value = Decimal(raw)
        grain = _grain(raw)
        end = match.end()
        if exponent := _EXPONENT.search((match["power"] or "").replace("\u2212", "-")):
            power = max(-99, min(99, int(exponent[1])))
            base = (
                Decimal(1) if match["power"][0] == "^" else value
            )  # 10^8 is a power by itself, 2·10^8 a number times one
            value, grain = base.scaleb(power), (grain if base is value else base).scaleb(power)
        value, grain, unit, end = _with_tail(text, end, value, grain)
        if match["sign"] in ("-", "\u2212"):
            value = -value
        yield Quantity(
            value, unit, text[match.start() : end].strip(), match.start(), end,
            hedge=_hedge(text, match.start()), grain=grain,
        )  # fmt: skip


def _grain(raw: str) -> Decimal:
    if "." in raw:
        return Decimal(1).scaleb(-len(raw.split(".")[1]))
    return Decimal(1).scaleb(len(raw) - len(raw.rstrip("0")) if raw.strip("0") else 0)


def _with_tail(text: str, end: int, value: Decimal, grain: Decimal) -> tuple[Decimal, Decimal, str, int]:
    """Read a scale ("million", "k") and a unit behind the digits."""
    tail = _TAIL.match(text, end)
    word, glued = (tail["word"], tail.start("word") == end) if tail else ("", False)
    scale = _SCALES.get(word.lower(), 0) if glued or len(word) > 1 else 0
    if tail and (scale := (glued and _GLUED_SCALES.get(word, 0)) or scale):
        value, grain, end = value.scaleb(scale), grain.scaleb(scale), tail.end()
        tail = _TAIL.match(text, end)
    if tail is None:
        return value, grain, "", end
    word = re.sub(SPACE, " ", tail["word"].lower())
    unit = _UNITS.get(word, "")
    if (
        unit in ("s", "m", "h", "g", "x")
        and len(word) == 1
        and text[end] not in " \u00a0\u2009\u202f×x"
        and word != "x"
    ):
        unit = _UNITS[word] if text[end : tail.end()] == tail["word"] else ""
    if not unit:
        return value, grain, "", end
    return value, grain, unit, tail.end()


_NUMBER_WORD = re.compile(
    r"\b(?:"
    + "|".join([*_WORDS, "hundred", "thousand", "million", "billion", "trillion", *ORDINALS, *_MULTIPLES])
    + r")s?\b",
    re.IGNORECASE,
)


def in_words(text: str) -> Iterable[Quantity]:
    """Yield the quantities that are written in words."""
    run: list[re.Match[str]] = []
    for match in _NUMBER_WORD.finditer(text):
        if run and not re.fullmatch(rf"(?:{SPACE}|{_DASH}|{SPACE}and{SPACE})", text[run[-1].end() : match.start()]):
            yield from _word_run(text, run)
            run = []
        run.append(match)
    if run:
        yield from _word_run(text, run)


def _word_run(text: str, run: list[re.Match[str]]) -> Iterable[Quantity]:
    words = [match[0].lower() for match in run]
    start, end = run[0].start(), run[-1].end()
    if text[max(0, start - 1) : start].isdigit() or re.search(rf"\d{SPACE}$", text[max(0, start - 2) : start]):
        return  # "3 million" was read with its digits
    value = value_of_words(words)
    if value is None or words in (["one"], ["ones"]):  # "one" is mostly a pronoun or an article
        return
    tail = _TAIL.match(text, end)
    unit = _UNITS.get(tail["word"].lower(), "") if tail and len(tail["word"]) > 1 else ""
    grain = _grain(str(int(value))) if value and value == int(value) else Decimal("0.1")
    yield Quantity(value, unit, text[start:end], start, end, word=True, hedge=_hedge(text, start), grain=grain)


def value_of_words(words: list[str]) -> Decimal | None:
    """Read "two hundred and fifty", "half", "two thirds"; None for what is no number."""
    if len(words) == 1:
        if words[0] in _MULTIPLES:
            return _MULTIPLES[words[0]]
        if words[0] in ORDINALS:
            return Decimal(ORDINALS[words[0]])
    if len(words) == 2 and words[0] in _WORDS and words[1].rstrip("s") in ORDINALS:
        return Decimal(_WORDS[words[0]]) / ORDINALS[words[1].rstrip("s")]
    total, current, seen = Decimal(0), Decimal(0), False
    for word in words:
        stem = word if word in _WORDS else word.rstrip("s")
        if stem in _WORDS:
            current += _WORDS[stem]
            seen = True
        elif stem == "hundred":
            current = (current or Decimal(1)) * 100
            seen = seen or len(words) > 1
        elif stem in _SCALES:
            total += (current or Decimal(1)) * Decimal(1).scaleb(_SCALES[stem])
            current = Decimal(0)
            seen = seen or len(words) > 1
    return total + current if seen else None


def _hedge(text: str, start: int) -> str:
    before = text[max(0, start - _HEDGE_REACH) : start]
    last = ""
    for match in _APPROXIMATE.finditer(before):
        if not re.search(r"[\d;]", before[match.end() :]):
            last = match.lastgroup or ""
    return last


def join_ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """Tie the ends of "3–5", "3 to 5", "between 3 and 5" together; a unit behind the second holds for both."""
    joined = list(found)
    for i in range(len(found) - 1):
        low, high = joined[i], found[i + 1]
        if not _is_range(text, low, high):
            continue
        unit = low.unit or high.unit
        top = _whole_year(low.value, abs(high.value))
        change = end_of_change(text, low) == "from"
        joined[i] = replace(low, unit=unit, upper=top, bound=not change, role="from" if change else "")
        joined[i + 1] = replace(
            high, value=top, unit=high.unit or unit, upper=low.value, bound=not change, role="to" if change else ""
        )
    return joined


def end_of_change(text: str, quantity: Quantity) -> str:
    """Return "from" or "to" where that word stands before a number, a hedge between them allowed."""
    match = re.search(r"\b(from|to)\W+(?:\w+\W+)?$", text[: quantity.start][-_HEDGE_REACH:], re.IGNORECASE)
    return match[1].lower() if match else ""


def _is_range(text: str, low: Quantity, high: Quantity) -> bool:
    link = text[low.end : high.start]
    if high.text[:1] in "-\u2212" and high.start == low.end:
        link = "-"
    if not _RANGE_LINK.match(link) or low.unit not in ("", high.unit):
        return False
    if link.strip() in ("and", "or"):
        return link.strip() == "and" and bool(re.search(r"\bbetween\W*$", text[: low.start][-12:], re.IGNORECASE))
    return _whole_year(low.value, abs(high.value)) >= low.value


def _whole_year(low: Decimal, high: Decimal) -> Decimal:
    """Read the 19 of "2018–19" as 2019."""
    return high + low // 100 * 100 if 1000 <= low < 2100 and high < 100 and high > low % 100 else high
