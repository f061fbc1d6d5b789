"""Cut sentences into words, and words into stems, for every check that compares wording."""

from __future__ import annotations

import re
import unicodedata
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


def as_latin(text: str) -> str:
    """Return a text with the Latin letters that its Cyrillic and Greek ones look like, as a reader sees it."""
    return text if text.isascii() else text.translate(_LOOK_ALIKES)


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
