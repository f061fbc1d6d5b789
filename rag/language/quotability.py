"""Say what makes a sentence unfit as a quote: formulas, fragments, reports on others, orders to a machine.

What is flagged once, on reading, stands first; what a writer asks of the wording of each quote, after it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.language import phrases
from rag.language.formulas import LONG_WORD, MIN_WORDS, is_formula, without_values
from rag.language.orders import addresses_reader
from rag.papers import Flag, Label, Sentence

_OPENING = re.compile(r"[\"'“‘(\[]*[A-Z0-9À-ÞΑ-Ω]")
_CLOSING = re.compile(r"[.!?…:;][\"'”’)\]]*$")
_OTHERS = re.compile(
    r"^(?:\W*(?:Recently|In \[?\d+\]?|Concurrently),? )?"
    r"[A-Z][\w'’-]+(?: (?:and|&) [A-Z][\w'’-]+| et al\.?)?,? ?"
    r"(?:\[[\d, –-]+\]|\(\d{4}[a-z]?\)|\([^()]*\d{4}[a-z]?\))"
)
_EARLIER = re.compile(  # "Previous work [5] found that ..."
    r"^\W*(?:\w+,? )?(?:previous|prior|earlier|recent|existing|other|past|related) (?:\w+ )?"
    r"(?:works?|stud(?:y|ies)|research|methods?|approach(?:es)?|papers?|models?|authors?|efforts?|analys[ei]s)\b.*"
    r"\b(?:found|finds?|show(?:s|ed|n)?|report(?:s|ed)?|demonstrat\w+|observ\w+|conclud\w+|argu\w+|suggest\w*|propos\w+)\b",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\[\d+(?:\s*[,–-]\s*\d+)*\]|\([^()]*\b(?:19|20)\d\d[a-z]?[^()]*\)|\bet al\.")
_OWN = re.compile(r"\b(?:we|our|ours|us|this (?:paper|work|letter|study))\b", re.IGNORECASE)

EVIDENCE: frozenset[Label] = frozenset({"abstract", "body", "appendix", "caption", "footnote", "table"})


def flags_of(text: str, formula: bool = False) -> tuple[Flag, ...]:
    """Return what makes a sentence a poor or forbidden quote."""
    flags: list[Flag] = []
    if addresses_reader(text):
        flags.append("addresses_reader")
    if formula or is_formula(text):
        flags.append("formula")
    marked = "[" in text or "(" in text  # else it names no works, but for "et al."
    cited = len(_CITATION.findall(text)) if marked or "et al." in text else 0
    others = (marked and _OTHERS.match(text)) or cited >= 3 or (cited and _EARLIER.match(text))
    if others and not _OWN.search(text):
        flags.append("second_hand")
    if not _OPENING.match(text) or not _CLOSING.search(text):
        flags.append("fragment")
    return tuple(flags)


def may_be_evidence(sentence: Sentence) -> bool:
    """Tell whether a sentence can ever be shown to a writer: its kind, no order to a machine, no bare formula."""
    return (
        sentence.label in EVIDENCE
        and "addresses_reader" not in sentence.flags
        and ("formula" not in sentence.flags or len(LONG_WORD.findall(sentence.text)) >= MIN_WORDS)
    )


# --- by wording ---------------------------------------------------------------------------------------------

UNFIT: frozenset[Flag] = frozenset({"second_hand", "fragment", "formula", "row", "addresses_reader"})
"""Flags of what cannot be printed as prose."""
REMEMBERED = 1 << 13  # sentences whose looks are kept: each is looked at for every point and every run
MARKS_IN_RUN = 1  # works that a sentence of a run may cite: with more it is about them
MARKS_ALONE = 3  # works that an answering sentence may cite: data sets are named with their source
LETTERS = 0.62  # of a sentence's characters stand in words, where it is prose to be read on
LETTERS_ALONE = 0.5  # likewise, where it states a fact, which may come with figures and symbols

_MARKS = re.compile(r"\[\d+(\s*[,;–-]\s*\d+)*\]|\bet al\b|\((?:[A-Z][\w'’-]+[^()]{0,40},? )?(?:19|20)\d\d[a-z]?\)")
_WORDISH = re.compile(r"[A-Za-z]{2,}")


@lru_cache(REMEMBERED)
def citation_marks(text: str) -> int:
    """Count the places where a sentence cites other works."""
    return len(_MARKS.findall(text))


@lru_cache(REMEMBERED)
def stands_alone(text: str) -> bool:
    """Tell whether a sentence can be read without its neighbours, figures and equations."""
    leaning = (phrases.LEANS, phrases.POINTS, phrases.POINTS_BACK, phrases.SIGNPOST)
    return not any(cue.search(text) for cue in leaning) and reads_well(text)


@lru_cache(REMEMBERED)
def runs_on(text: str) -> bool:
    """Tell whether a sentence can stand in a run: prose of the paper itself that points at no figure or table."""
    return _is_own_prose(text, MARKS_IN_RUN, phrases.POINTS, LETTERS) and "://" not in text


@lru_cache(REMEMBERED)
def states_fact(text: str) -> bool:
    """Tell whether a sentence can be printed as an answer of its own, though it may point at a table for more."""
    return _is_own_prose(text, MARKS_ALONE, phrases.ANNOUNCES, LETTERS_ALONE)


def _is_own_prose(text: str, marks: int, elsewhere: re.Pattern[str], letters: float) -> bool:
    return (
        citation_marks(text) <= marks
        and not any(cue.search(text) for cue in (elsewhere, phrases.OTHERS_FIRST, phrases.GARBLED))
        and reads_well(without_values(text), letters)
    )


@lru_cache(REMEMBERED)
def reads_well(text: str, letters: float = LETTERS) -> bool:
    """Tell whether a sentence is whole prose: long enough, mostly words, opened and closed as a sentence is."""
    stripped = text.strip()
    if (
        not 25 <= len(stripped) <= 600
        or stripped[-1] not in ".!?”\"'’)"
        or not (stripped[0].isupper() or stripped[0] in "“\"'(")
    ):
        return False
    told = sum(len(word) for word in _WORDISH.findall(stripped))
    return told >= letters * len(stripped) and stripped.count("(") == stripped.count(")")
