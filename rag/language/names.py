"""Find names (models, datasets, metrics, people, places) by their form, and tell which the cited text lacks.

Not handled: names written like common words in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.language.stems import STOP, WORD, stem, words

_MARKED = re.compile(r"[a-z].*[A-Z]|[A-Z].*[A-Z]|[A-Za-z].*\d|\d.*[A-Za-z]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\W+|[\"“(\[*•]\s*)[^\w]*(?=\w)")
_DIMENSION = re.compile(r"^\d+(?:[.,]\d+)*[a-z%×]{0,8}$|^\d+x\d+(?:x\d+)?$", re.IGNORECASE)


_ACTS = re.compile(r"\s+(?:is|was|has|can|does|will|may|[a-z]{2,}[a-rt-z]s)\b")
_NO_NAMES = frozenset("there here everything nothing everyone nobody someone what who which one another".split()) | STOP


def names(text: str) -> Iterator[str]:
    """Yield names as their form shows them: SwinIR, ResNet-50, PSNR, capitalised words, a capitalised doer in front."""
    starts = {match.end() for match in _SENTENCE_START.finditer(text)}
    for match in WORD.finditer(text):
        word = match[0].removesuffix("'s").removesuffix("’s")
        if len(word) < 2 or _DIMENSION.match(word):
            continue
        if _MARKED.search(word) or (word[:1].isupper() and (match.start() not in starts or _does(word, text, match))):
            yield word


def _does(word: str, text: str, match: re.Match[str]) -> bool:
    """Tell a name at the start of a sentence from a common word there: something is said that it does."""
    acts = match[0] != word or bool(_ACTS.match(text, match.end()))  # "Glider's pieces", "Glider restores"
    return acts and word.lower() not in _NO_NAMES and not word.endswith("s")


def fold(text: str) -> str:
    """Return letters and digits only, in lower case: the form in which names are compared."""
    return re.sub(r"[\W_]+", "", text.lower())


def strange_names(claim: str, known: Sequence[str]) -> list[str]:
    """Return the claim's names that none of the known texts bears, spelled out or as initials."""
    joined = " ".join(known)
    folded = fold(joined)
    have = {stem(part) for word in words(joined) for part in (word, *re.split(r"[-/]", word))}
    strange = []
    for name in names(claim):
        parts = [part for part in re.split(r"[-/]", name) if part]
        if _known_name(name, folded, have) or all(_known_name(part, folded, have) for part in parts):
            continue
        if not _initials_of(name, f"{joined} {claim}") and not _spelled_out(name, claim, joined):
            strange.append(name)
    return strange


def _known_name(name: str, folded: str, have: set[str]) -> bool:
    plain = fold(name)
    if any(char.isdigit() for char in plain) and len(plain) > 2:
        return bool(re.search(rf"(?<!\d){re.escape(plain)}(?!\d)", folded))
    if len(plain) > 3 and not plain[-1].isdigit() and not plain[0].isdigit():
        return plain in folded or plain.rstrip("s") in folded or stem(name) in have
    return stem(name) in have or (len(plain) > 1 and stem(name.rstrip("s")) in have)


def _initials_of(name: str, text: str) -> bool:
    letters = re.sub(r"[^A-Za-z]", "", name.rstrip("s")).lower()
    if not 2 <= len(letters) <= 7 or not name[:2].isupper():
        return False
    initials = "".join(part[0] for word in words(text) for part in re.split(r"[-/]", word) if part).lower()
    return letters in initials


def _spelled_out(name: str, claim: str, text: str) -> bool:
    """Tell whether the claim spells out what the text abbreviates: "Structure from Motion" for "SfM"."""
    claim_words = [part for word in words(claim) for part in re.split(r"[-/]", word) if part]
    shorts = {fold(word) for word in words(text) if len(re.findall(r"[A-Z]", word)) > 1}
    initials = "".join(word[0] for word in claim_words).lower()
    place = next((i for i, word in enumerate(claim_words) if word == name), None)
    if place is None:
        return False
    return any(
        len(short) > 1 and initials[start : start + len(short)] == short
        for short in shorts
        for start in range(max(0, place - len(short) + 1), place + 1)
    )
