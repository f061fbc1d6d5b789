"""Cut sentences into words, and words into stems, for every check that compares wording."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['’][a-z]+)?|\d+(?:[.,]\d+)*")
STOP = frozenset(
    """a about above across after again all also although am among an and any are as at be because been before being
    between both but by can could did do does doing done down during each either etc for from further had has have
    having he her here hers him his how however i if in into is it its itself just made make makes may me might more
    most much must my nor of off on once only onto or other our ours out over own per rather s same shall she should
    since so some such t than that the their theirs them then there therefore these they this those through thus to
    too under until up upon us use used uses using very was we were what when where whereas whether which while who
    whom whose why will with within would you your via able author authors paper papers report reports reported state
    states stated describe describes described say says said write writes show shows showed shown present presents
    presented according work not no never without cannot neither none
    zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion""".split()
)
_ENDINGS = (
    "ization", "isation", "ational", "ations", "ation", "izing", "ising", "ments", "ment", "ingly", "edly", "ized",
    "ised", "izes", "ises", "ness", "ions", "ion", "ings", "ing", "ally", "ies", "ied", "ize", "ise", "ers", "er",
    "est", "ed", "es", "ly", "al", "e", "s", "y",
)  # fmt: skip


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
    folded = unicodedata.normalize("NFKD", text.replace("\u00ad", ""))
    plain = "".join(char for char in folded if not unicodedata.combining(char)).lower()
    plain = re.sub(r"\bcan['’]t\b|\bcannot\b", "can not", re.sub(r"n['’]t\b", " not", plain))
    return tuple(re.sub(r"['’]s?$", "", word) for word in _TOKEN.findall(plain))


@lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    """Return the stems of a text's content words; figures are left to `quantities`."""
    return frozenset(stem(word) for word in tokens(text) if word and word not in STOP and not word[0].isdigit())
