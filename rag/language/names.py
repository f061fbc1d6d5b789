"""Find names (models, data sets, metrics, people, places) by their form, and say how a name may be spelled.

A name may be written in one word or more (`joined_anyhow`), in full or by its initials. A paper introduces an
abbreviation once, "black hole (BH)", and writes the short form from then on (`abbreviations`). Not handled: names
written like common words in lower case, abbreviations that are no initials of the words before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from rag.language.data import table, word_set
from rag.language.words import EMPTY_WORDS, WRITTEN, words, written_words

REMEMBERED = 1 << 16  # sentences whose abbreviations are kept: those of some forty papers

_MARKED = re.compile(r"[a-z].*[A-Z]|[A-Z].*[A-Z]|[A-Za-z].*\d|\d.*[A-Za-z]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\W+|[\"“(\[*•]\s*)[^\w]*(?=\w)")
_DIMENSION = re.compile(r"^\d+(?:[.,]\d+)*[a-z%×]{0,8}$|^\d+x\d+(?:x\d+)?$", re.IGNORECASE)
_ACTS = re.compile(r"\s+(?:is|was|has|can|does|will|may|[a-z]{2,}[a-rt-z]s)\b")
_NO_DOERS = EMPTY_WORDS | word_set("no_doers")

_MIXED = re.compile(r"(?=.*[A-Z].*[A-Z])(?=.*[a-z]).+|.*[A-Za-z][-+]?[0-9].*")  # SwinIR, ViT, U-Net, GPT-4
_PLAIN = re.compile(r"[A-Z]?[a-z]{3,}")  # parts of English-German, Encoder-Decoder, which are no models
_SURNAME = re.compile(r"(?:Ma?c|De|Di|La|Le|Van|Von|Du|Fitz|San|St)[A-Z][a-z]+")  # LeCun, McDonald
_COMMON = word_set("common_names")

_INTRODUCED = re.compile(r" \(([A-Z][A-Za-z]{0,6}[A-Z])s?\)")
_LONG_FORM = re.compile(r"[A-Za-z][\w’']*")


def fold(text: str, blank: str = "") -> str:
    """Return letters and digits only, in lower case: the form in which names are compared."""
    return blank.join(re.findall(r"[^\W_]+", text.casefold()))


def names(text: str) -> Iterator[str]:
    """Yield names as their form shows them: SwinIR, ResNet-50, PSNR, capitalised words, a capitalised doer in front."""
    starts = {match.end() for match in _SENTENCE_START.finditer(text)}
    for match in WRITTEN.finditer(text):
        word = match[0].removesuffix("'s").removesuffix("’s")
        if len(word) < 2 or _DIMENSION.match(word):
            continue
        acts = match[0] != word or _ACTS.match(text, match.end())  # "Glider's pieces", "Glider restores"
        doer = acts and word.lower() not in _NO_DOERS and not word.endswith("s")
        if _MARKED.search(word) or (word[:1].isupper() and (match.start() not in starts or doer)):
            yield word


# --- names of models ----------------------------------------------------------------------------------------


def model_names(question: str) -> tuple[str, ...]:
    """Return the words of a question that look like names of models or data sets: mixed case, no common name."""
    return tuple(dict.fromkeys(word for word in re.findall(r"[^\W_][\w-]*", question) if is_model_like(word)))


def is_model_like(name: str, capitals: bool = False) -> bool:
    """Tell whether a word is written as models are; with `capitals`, a word all in capitals counts, too."""
    if name.endswith("s") and name[:-1].isupper():  # GPUs, LLMs
        return False
    if re.sub(r"[0-9]+", "", fold(name)) in _COMMON or _SURNAME.fullmatch(name):
        return False
    if len(parts := name.split("-")) > 1 and all(_PLAIN.fullmatch(part) for part in parts):
        return False
    return bool(_MIXED.fullmatch(name)) or (capitals and len(name) >= 4 and name.isupper())


@lru_cache(maxsize=1024)
def names_of_model(line: str) -> frozenset[str]:
    """Return a brief's model line as folded names: a head of one word, and every part with inner capitals."""
    head = line.split(":", 1)[0].strip()
    parts = re.split(r"[\s_-]+", head)
    marked = [part for part in parts if re.search(r"[a-z].*[A-Z]|[A-Z].*[A-Z]", part)]
    return frozenset(fold(part) for part in ([head] if len(parts) == 1 else [head, *marked]) if len(part) > 2)


@lru_cache(maxsize=1024)
def joined_anyhow(name: str) -> re.Pattern[str]:
    """Return what finds a name however its parts are joined, or another name for the same: OpenIE, Open IE; UK."""
    same = next((group for group in table("same_names")["names"] if fold(name) in map(fold, group)), ())
    return re.compile("|".join([_joined(name), *(rf"(?-i:\b{_joined(other)}\b)" for other in same)]), re.IGNORECASE)


def _joined(name: str) -> str:
    """Return the pattern of a name's parts: English-to-German, English-German, English and German."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    return r"(?:\W(?:to|and)\W|[\W_]{0,3})".join(map(re.escape, parts))


SLIPS = 6  # the least letters of a word that may be misspelt: one letter makes another name of a short one (BERT, BART)


def respelt(word: str, known: Mapping[str, int]) -> str:
    """Return the commonest known word that a word misspells by one letter too many, too few, wrong or out of place.

    "RaeAct" is ReAct; "ConvNeXt" is no ConvNet and "H200" no H100: capitals and figures are meant. Empty for none.
    """
    if len(word) < SLIPS:
        return ""
    meant = [other for other in known if _same_signs(word, other) and _one_slip(word.casefold(), other.casefold())]
    return max(meant, key=lambda other: (known[other], other), default="")


def _same_signs(word: str, other: str) -> bool:
    """Tell whether two words begin alike and have the same figures, and the first no capital that the other lacks."""
    capitals = iter(char for char in other[1:] if char.isupper())
    held = all(char in capitals for char in word[1:] if char.isupper())
    return held and word[0].casefold() == other[0].casefold() and _figures(word) == _figures(other)


def _figures(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def _one_slip(one: str, other: str) -> bool:
    """Tell whether one letter left out, put in, changed, or two exchanged make two different words the same."""
    short, long = sorted((one, other), key=len)
    if one == other or len(long) - len(short) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    exchanged = short[:at] + short[at : at + 2][::-1] + short[at + 2 :]
    return short[at + (len(short) == len(long)) :] == long[at + 1 :] or exchanged == long


# --- initials -----------------------------------------------------------------------------------------------

Abbreviations = Mapping[str, frozenset[str]]
"""Map the stem of a short form to the stems of its long form."""


def abbreviations(texts: Iterable[str]) -> Abbreviations:
    """Return the abbreviations that these sentences introduce, the first long form of each."""
    found: dict[str, frozenset[str]] = {}
    for text in texts:
        for short, long in introduced(text):
            found.setdefault(short, long)
    return found


@lru_cache(REMEMBERED)
def introduced(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the short forms in parentheses whose letters begin the words before them."""
    found = []
    for match in _INTRODUCED.finditer(text) if "(" in text else ():
        short = match[1]
        long = _LONG_FORM.findall(text[: match.start()].replace("-", " "))[-len(short) :]
        stem = words(short)  # none for "IT" or "US", which are words of every text
        if stem and [word[0].upper() for word in long] == list(short.upper()):
            found.append((stem[0], frozenset(words(" ".join(long)))))
    return tuple(found)


def introduces_short(text: str, short: str) -> bool:
    """Tell whether a sentence gives a short form after the words it stands for: "dense passage retriever (DPR)"."""
    stems = words(short)
    return len(stems) == 1 and any(stems[0] == known for known, _ in introduced(text))


def spelled_out(stems: frozenset[str], known: Abbreviations) -> frozenset[str]:
    """Return the stems of a text with those of the other form, long or short, of what it abbreviates or spells out."""
    said = stems
    for short, long in known.items():
        if short in stems:
            said |= long
        elif long <= stems:
            said |= {short}
    return said


def is_initials_of(name: str, text: str) -> bool:
    """Tell whether a name in capitals is made of the initials of words that follow each other in a text."""
    letters = re.sub(r"[^A-Za-z]", "", name.rstrip("s")).lower()
    if not 2 <= len(letters) <= 7 or not name[:2].isupper():
        return False
    return letters in "".join(part[0] for part in _parts(text)).lower()


def is_name_of(word: str, title: str) -> bool:
    """Tell whether a word names the paper of a title: what stands before its colon, a marked word, or its initials."""
    head = title.partition(":")[0] if ":" in title else ""
    return (
        fold(word) in names_of_model(title)
        or (word[:1].isupper() and word.casefold() in head.casefold().split())
        or is_initials_of(word, title)
    )


def is_long_form(name: str, claim: str, text: str) -> bool:
    """Tell whether a name is among words of a claim that a text abbreviates: "Structure from Motion" for "SfM"."""
    said = _parts(claim)
    if name not in said:
        return False
    place = said.index(name)
    initials = "".join(word[0] for word in said).lower()
    marked = [part for part in _parts(text) if len(re.findall(r"[A-Z]", part)) > 1]
    shorts = {fold(word) for word in marked}
    if any(_pieced_together(short, said, place) for short in marked):
        return True
    return any(
        len(short) > 1 and initials[start : start + len(short)] == short
        for short in shorts
        for start in range(max(0, place - len(short) + 1), place + 1)
    )


def _pieced_together(short: str, said: Sequence[str], place: int) -> bool:
    """Tell whether a short form is made of the beginnings of words, that at `place` among them: DiT."""
    pieces = re.findall(r"[A-Z][a-z]*", short)
    starts = range(max(0, place - len(pieces) + 1), place + 1)
    windows = (said[start : start + len(pieces)] for start in starts)
    return len(pieces) > 1 and any(
        len(window) == len(pieces) and all(map(str.startswith, window, pieces)) for window in windows
    )


def _parts(text: str) -> list[str]:
    return [part for word in written_words(text) for part in re.split(r"[-/]", word) if part]
