"""Reduce the words of claims and cited text to stems that carry meaning, for comparing wording.

Rougher than the keyword search's stemmer on purpose: "restore", "restoration" and "restoring" must meet. Not handled:
irregular forms (rose, grew), synonyms, languages other than English.
"""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:[-'’.&/+][^\W_]+)*\+*")
STOP = frozenset(
    (
        "a about above after again all also although an and any are as at be because been before being below between "
        "both but by can could did do does doing down during each either for from further had has have having he her "
        "here hers him his how i if in into is it its itself just may me might more most much must my no nor not now "
        "of off on once only onto or other our ours out over own per same she should since so some such than that the "
        "their theirs them then there these they this those through thus to too toward towards under until up upon us "
        "use used uses using very via was we well were what when where whereas whether which while who whom whose why "
        "will with within without would yet you your however therefore moreover furthermore hence one two many "
        "several various called named based including include includes paper work method approach authors propose "
        "proposed proposes present presents presented introduce introduces describe describes show shows shown report "
        "reports model"
    ).split()
)

_ENDINGS = tuple(
    tuple(pair.split(":"))
    for pair in (
        # longest first within a family; what follows the colon takes the ending's place
        "isations:iz izations:iz isation:iz ization:iz ising:iz izing:iz ised:iz ized:iz ises:iz izes:iz "
        "ise:iz ize:iz ational: ative: atives: ators: ator: ations: ation: "
        "ements: ement: ments: ment: nesses: ness: ities: ity: "
        "ically:ic ingly: edly: ions: ion: ors: ers: or: er: ating: ated: ates: ate: ies:y ied:y "
        "ings: ing: ed: es: ly: al: ive: s: e: "
    ).split()
)  # fmt: skip
_SHORTEST_STEM = 3


def words(text: str) -> list[str]:
    """Return the words of a text as written."""
    return WORD.findall(text.replace("’", "'"))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a word's rough stem: one form for plural, tenses and common derivations."""
    word = word.lower().replace("'s", "").strip("'")
    if len(word) <= 4 and not word.endswith("s"):
        return word
    for ending, put in _ENDINGS:
        if (
            word.endswith(ending)
            and len(word) - len(ending) >= _SHORTEST_STEM
            and not (ending == "s" and word.endswith("ss"))
        ):
            word = word[: -len(ending)] + put
            break
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word


def content(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, hyphenated words in parts."""
    parts = (part for word in words(text) for part in re.split(r"[-/]", word.lower()))
    return [stem(part) for part in parts if part and part not in STOP]
