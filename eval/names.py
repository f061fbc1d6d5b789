"""Find the names in a claim (models, data sets, metrics) that its cited text does not bear.

A name is a word that looks like one: capitals inside or throughout, digits joined to letters, or a capital where no
sentence begins. It counts as borne out when it stands in the quotes, the question or the whitelist's own names, in any
case, with or without hyphens, or spelled out ("peak signal-to-noise ratio" for PSNR). Not handled: lower-case names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .quantities import UNITS
from .words import as_latin

_WORD = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ÿ][A-Za-z0-9À-ÖØ-öø-ÿ+#]*(?:[-‐‑–./_][A-Za-z0-9À-ÖØ-öø-ÿ+#]+)*")
_OPENS = re.compile(r"(?:^|[.!?:;]['\")\]]?\s+|[\n•|]\s*|[(“\"]\s*)$")
_GENERIC = frozenset("ai i we our table figure fig section equation eq page paper appendix algorithm".split())
_TAILS = frozenset(
    "based like style type level aware free trained driven guided only specific wise fold bit way shot".split()
)
_COINED = re.compile(r"[a-z](?:former|net|nets|gan|bert|vae)$")  # endings that no ordinary first word has
_JOIN = re.compile(r"[^A-Za-z0-9+#]")
_LIGHT = frozenset("of the and to in for a an by with on".split())


def lacking(claim: str, evidence: Iterable[str], granted: frozenset[str] = frozenset()) -> list[str]:
    """Return the names of the claim that neither the evidence nor the granted names bear out."""
    return list(_lacking(claim, tuple(evidence), granted))


@lru_cache(maxsize=4096)
def _lacking(claim: str, texts: tuple[str, ...], granted: frozenset[str]) -> list[str]:
    wanted = names(claim)
    return [name for name in wanted if not _granted(name, granted) and not any(_bears(text, name) for text in texts)]


@lru_cache(maxsize=16384)
def names(text: str) -> tuple[str, ...]:
    """Return the words of a sentence that look like names, in order, once each."""
    found = []
    text = as_latin(text)
    for match in _WORD.finditer(text):
        opens = bool(_OPENS.search(text[max(0, match.start() - 6) : match.start()])) if match.start() else True
        found.extend(_parts(match[0].rstrip("./_-"), opens))
    return tuple(dict.fromkeys(found))


def _parts(word: str, opens: bool) -> list[str]:
    """Return the word if it looks like a name, else those of its hyphenated parts that do."""
    if _looks(word, opens):
        pieces = re.split(r"[-‐‑–/]", word)
        named = [piece for piece in pieces if piece.lower() not in _TAILS]
        if len(named) < len(pieces):
            return [piece for piece in named if _looks(piece, opens)]
        if len(pieces) > 1 and all(piece.isalpha() for piece in pieces):
            return [piece for piece in pieces if _looks(piece, opens)]
        return [word]
    return []


def _looks(word: str, opens: bool) -> bool:
    if word.lower() in _GENERIC or len(word) < 2 or word[0].isdigit():
        return bool(re.match(r"\d+[A-Z]+$", word)) and len(word) > 1 and word[-1] not in "KMB"
    if word.lower() in UNITS:
        return False  # dB, GHz
    letters = [char for char in word if char.isalpha()]
    if any(char.isdigit() for char in word) and letters:
        return True
    if any(char.isupper() for char in word[1:]):
        return True
    return word[0].isupper() and (not opens or bool(_COINED.search(word)))


def squeeze(text: str) -> str:
    """Return letters and digits alone, in lower case."""
    return _JOIN.sub("", text).lower()


@lru_cache(maxsize=16384)
def vocabulary(text: str) -> tuple[frozenset[str], str, str]:
    """Return a text's words and runs squeezed, the whole squeezed, and its words' first letters."""
    words = [match[0] for match in _WORD.finditer(as_latin(text))]
    alone = {squeeze(word) for word in words}
    for word in words:
        alone |= {squeeze(part) for part in re.split(r"[-‐‑–./_]", word)}
    plain = [part for word in words for part in re.split(r"[-‐‑–/]", word) if part]
    alone |= {squeeze("".join(plain[i : i + 2])) for i in range(len(plain) - 1)}
    alone |= {squeeze("".join(plain[i : i + 3])) for i in range(len(plain) - 2)}
    initials = "".join(part[0].lower() for part in plain)
    light = "".join(part[0].lower() for part in plain if part.lower() not in _LIGHT)
    return frozenset(alone), initials, light


def _bears(text: str, name: str) -> bool:
    words, initials, light = vocabulary(text)
    if _among(name, words):
        return True
    short = squeeze(name).removesuffix("s")
    if name[:1].isupper() and short.isalpha() and 3 <= len(short) <= 6 and name[:-1].isupper():
        return short in initials or short in light
    return False


def _granted(name: str, granted: frozenset[str]) -> bool:
    return _among(name, granted)


def _among(name: str, words: frozenset[str]) -> bool:
    short = squeeze(name)
    if short in words or f"{short}s" in words:
        return True
    if len(short) > 4 and short.isalpha() and name[1:].islower():  # an ordinary word with a capital
        return any(short.removesuffix(e) in words for e in ("s", "es", "n", "ian", "an", "ic")) or any(
            short + e in words for e in ("n", "ian", "ic", "an", "es")
        )
    return len(short) > 2 and short.removesuffix("s") in words


def grant(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that the question and the whitelist allow in any claim."""
    granted: set[str] = set()
    for text in texts:
        granted |= vocabulary(text)[0]
    return frozenset(granted)
