"""Cut sentences into words, and words into stems, for every check that compares wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .shared_data import ANY_LANGUAGE, table, word_list, word_set

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['’][a-z]+)?|\d+(?:[.,]\d+)*")
_NUMBERS = table("number_words")
_SAYING = (  # words of claims about a paper: no sign that two sentences say the same
    "able according across author authors described done etc makes paper papers present presented rather report "
    "reported reports said say says shall show showed shown shows state stated states work write writes s t"
)
_DENYING = "cannot neither never no none nor not without"  # `polarity` looks at these
NUMBER_WORDS = frozenset(" ".join((_NUMBERS["ones"], _NUMBERS["tens"], "hundred thousand million billion")).split())
_COUNTS = frozenset(("one",))  # "one method": the noun behind it is the content, but so is that it is one
STOP = (word_set("stop_words", "linking_words") | {*_SAYING.split(), *_DENYING.split()} | NUMBER_WORDS) - _COUNTS
_LOOKS = word_list("look_alikes", ANY_LANGUAGE)
_LOOK_ALIKES = str.maketrans(dict(zip(_LOOKS[::2], _LOOKS[1::2], strict=True)))
_ENDINGS = (
    "ization", "isation", "ational", "ations", "ation", "izing", "ising", "ments", "ment", "ingly", "edly", "ized",
    "ised", "izes", "ises", "ness", "ions", "ion", "ings", "ing", "ally", "ies", "ied", "ize", "ise", "ers", "er",
    "est", "ed", "es", "ly", "al", "e", "s", "y",
)  # fmt: skip


_RAISED = re.compile(r"(?<=[A-Za-z0-9)])[⁰¹²³⁴-ⁿ₀-₎]+")  # exponents and marks of notes: no digits of the line


@lru_cache(maxsize=16384)
def as_latin(text: str) -> str:
    """Return a text as a reader sees it: Latin letters and digits for what looks like them, nothing struck through."""
    if text.isascii():
        return text
    shown, end = "", 0
    for raised in _RAISED.finditer(text):
        shown += "".join(map(_as_seen, text[end : raised.start()])) + raised[0]
        end = raised.end()
    return shown + "".join(map(_as_seen, text[end:]))


@lru_cache(maxsize=4096)
def _as_seen(char: str) -> str:
    if char.isascii():
        return char
    if "\u0335" <= char <= "\u0338" or unicodedata.category(char) == "Cf":
        return ""
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    styled = unicodedata.decomposition(char).startswith("<")  # bold, wide, a ligature; an accent stays
    folded = unicodedata.normalize("NFKC", char) if styled and char.isalpha() else char
    return folded.translate(_LOOK_ALIKES)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a word without its ending, never shorter than three letters."""
    if word[0].isdigit() or len(word) < 4:
        return word.removesuffix("s") if len(word) == 3 and not word.endswith("ss") else word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word.endswith("ss")):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@lru_cache(maxsize=16384)
def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text, lower case, accents off, n't written out as `not`."""
    folded = unicodedata.normalize("NFKD", as_latin(text.replace("\u00ad", "")))
    plain = "".join(char for char in folded if not unicodedata.combining(char)).lower()
    plain = re.sub(r"\bcan['’]t\b|\bcannot\b", "can not", re.sub(r"n['’]t\b", " not", plain))
    return tuple(re.sub(r"['’]s?$", "", word) for word in _TOKEN.findall(plain))


@lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    """Return the stems of a text's content words; figures are left to `quantities`."""
    return frozenset(stem(word) for word in tokens(text) if word and word not in STOP and not word[0].isdigit())


_UNIT = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word of a running text (hyphens and points inside kept), or a sign between words, with its place."""

    form: str  # in small letters, without 's
    stem: str
    start: int
    counts: bool  # a word of content: no figure, no word that every text has


@lru_cache(maxsize=16384)
def read(text: str) -> tuple[Word, ...]:
    """Return the words and signs of a text in order."""
    found = []
    for match in _UNIT.finditer(as_latin(text)):
        form = re.sub(r"['’]s?$", "", match[0].lower()) or match[0]
        counts = form[0].isalpha() and len(form) > 1 and form not in STOP
        found.append(Word(form, stem(form), match.start(), counts))
    return tuple(found)


def nearest(claim: str, quotes: Sequence[str]) -> tuple[str, float]:
    """Return the quote that bears most of a claim's stems, and which share of them; ("", 0) where there is none."""
    wanted = stems(claim)
    if not wanted or not quotes:
        return "", 0.0
    best = max(quotes, key=lambda quote: len(wanted & stems(quote)))
    return best, len(wanted & stems(best)) / len(wanted)
