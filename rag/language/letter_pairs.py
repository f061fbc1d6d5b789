"""Judge whether words are made as languages make them: by the pairs of their letters, with a table of 27 rows.

Every language written in Latin letters begins, continues and ends its words in much the same ways, and letters that
were exchanged or shifted do not. The table holds, for each letter after each other and at both ends of a word, how many
times more often than by chance it stands there, as a power of two, averaged over 55 languages (English as far as papers
and manuals go, a third). Accents are left out. Not handled here: other scripts, and what is no prose at all (`codes`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise, product

_ZERO = 6  # the digit that stands for "as often as by chance"; 0 is 64 times more seldom, 9 eight times more often
_TABLE = (  # rows: the end of a word, a to z, and what follows; columns in the same order
    "076677655746666673577665244"
    "756774565757879463988664456"
    "262107113630622610532602050"
    "471417007735412710546600033"
    "672259334832424730543631033"
    "865776664647879354998554755"
    "561026501710422720535500120"
    "561127144632425610644612040"
    "572228101612422600435422030"
    "665777663457879753788462436"
    "260017000401213410022400000"
    "571217023625513720555642030"
    "683258243843744730156633051"
    "586128223712353660242611030"
    "782688584845446730278641063"
    "746674663546779561876765325"
    "470347124603624750745500020"
    "110001000000000000000600000"
    "784569353825465732566643054"
    "772628325836544762368634054"
    "782439328824444830766734253"
    "665556453545667450777332224"
    "371227000601203600331300040"
    "360115004600003510320200030"
    "441124001400120150015100110"
    "552435221423444540345312001"
    "362026010602224420112422032"
)
_LETTERS = "`abcdefghijklmnopqrstuvwxyz"  # ` stands for the end of a word
_PAIRS = dict(zip(product(_LETTERS, repeat=2), map(int, _TABLE), strict=True))
_WORD = re.compile(r"(?<![^\W_])(?:[A-Za-z]{3,24}|[A-Z]?[a-z]{24,}|[A-Z]{25,})(?![^\W_])")  # not next to digits
_LONG = 24
_ENCODED = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/=_-]{24,}")  # keys, hashes, files in base64
_COMBINING = re.compile("[\u0300-\u036f]")


def words(text: str) -> set[str]:
    """Return the different words of a text, in small letters without accents: what is repeated says nothing new."""
    plain = text if text.isascii() else _COMBINING.sub("", unicodedata.normalize("NFKD", text))
    for piece in [piece for piece in plain.split() if len(piece) >= _LONG and _ENCODED.fullmatch(piece)]:
        plain = plain.replace(piece, " ")
    found = {word.lower() for word in _WORD.findall(plain)}
    return {word for word in found if len(set(word)) > 1}  # xxxx stands for something else


def pairs(found: Iterable[str]) -> int:
    """Return how many pairs of letters words have, their ends included."""
    return sum(len(word) + 1 for word in found)


def likeness(found: Iterable[str]) -> float:
    """Return how like those of languages words are: 0.9 is usual, 0 is chance, -2 is what exchanged letters give."""
    found = list(found)
    return sum(map(_weight, found)) / max(1, pairs(found)) - _ZERO


@lru_cache(maxsize=1 << 15)
def _weight(word: str) -> int:
    return sum(map(_PAIRS.__getitem__, pairwise(f"`{word}`")))
