"""Tell mathematics from words: whole texts, the values that prose states, and formulas within a sentence.

Not handled here: formulas that a page displays on lines of their own (`labels`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONG_WORD = re.compile(r"[A-Za-z]{3,}")
MIN_WORDS = 4  # words of three letters; a value among fewer stands alone, and a bare formula says nothing
_FEW_LETTERS, _MANY_SIGNS = 0.45, 0.12  # of what is printed: fewer in long words, or more signs, are mathematics
LEAST = 6  # signs beside values and numbers: shorter formulas, such as "O(n)" or "k = 5", are read as they stand

_SYMBOL = re.compile(r"[=<>≤≥∈∀∃∑∏∫√∂∇≈≡→←⇒∞·×÷±{}|^_\\\ufffd]|[\u0370-\u03ff]")
_OPERATOR = re.compile(r"[∈∀∃∑∏∫√∂∇→←⇒∞{}|\ufffd⟨⟩⊗⊕⨁∥]")
_AMOUNT = r"[-−+]?\d(?:[\d.,]*\d)?(?:\s?[×·]\s?10\s?\^?[-−]?\s?\d+)?(?:\s?%)?(?![\w^(\[{|√])"
_VALUE = re.compile(  # "mH = 125.09 ± 0.21", "β1 = 0.9", "≈ 40": a number that prose states, not mathematics
    rf"(?:(?<![\w^|)\]+−-])[^\W\d_][\w^∗′]{{0,8}}\s*)?[=≈≃∼~≲≳±]\s*{_AMOUNT}"
)
_RELATION = re.compile(r"[=<>≤≥∈∀∃∑∏∫√∂∇≈≡∞÷±|^\ufffd]")  # Greek letters, arrows, products and "_" are in names too
_STATED = re.compile(  # "p < .05", "n = 25", "ε = 10^−8", "lr=1e-4", "≥ 30": a value, or a bound, that prose states
    r"(?:(?<![\w^|)\]+−-])[^\W\d_][\w^∗′]{0,30}\s*)?(?:[=≈≃∼~≲≳±<>≤≥≪≫]{1,2}|\+/[-−])\s*"
    r"[-−+]?(?:\d[\d.,]*|\.\d+)(?:e[-−+]?\d+)?(?:\s?[×·]\s?10)?(?:\s?\^\s?[-−+]?\d+)?(?![\d/^(\[{|√])"
)
_NUMBER = re.compile(  # "10^6", "224 × 224", "3/4"
    r"(?<![^\W\d_])\d[\d.,]*(?:\s?[×·x^/−-]\s?\d[\d.,]*)*(?![^\W\d_]|[(\[])"
)
_WORD = re.compile(  # "patch", "“a", "and/or", "F1-score,", "SQuAD2": what prose is made of
    r"[\"'“‘(\[]*(?:[aAI]|[^\W\d_]{2,}(?:[-–'’/][^\W\d_]+)*|[A-Z]\w+(?<=\d)|[^\s()]{1,9}-[^\W\d_]{3,}|[^\W\d_]{3,}-\w+)"
    r"[\"'”’)\],;:.!?]*"
)
_LETTER = re.compile(r"[^\W\d_]")
_PIECE = re.compile(r"[^\s—]+")


def is_formula(text: str) -> bool:
    """Tell whether a text is mostly mathematics; a sentence of words that states a measured value is not.

    "x = y + z ∑ ab" is; "The rate of this lamp is r = 0.9 here." is prose.
    """
    if not _is_mostly_symbols(text):
        return False
    rest, values = _VALUE.subn(" ", text)
    states = values > 0 and len(LONG_WORD.findall(rest)) >= MIN_WORDS
    return not states or _OPERATOR.search(rest) is not None or _is_mostly_symbols(rest)


def is_measured_value(formula: str) -> bool:
    """Tell whether a displayed formula only states values: "mH = 125.09 ± 0.24 GeV, (9)"."""
    rest, values = _VALUE.subn(" ", formula)
    return values > 0 and not _SYMBOL.search(rest)


def without_values(text: str) -> str:
    """Return a text without the values that it states, for judging its prose: of "β1 = 0.9 is used", "is used"."""
    return " ".join(_VALUE.sub(" ", text).split())


def formulas(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the formulas within a sentence: runs of signs that relate more than values and numbers.

    "A lamp obeys y = f(x, {Wi}) + x, at k = 5." has "y = f(x, {Wi}) + x,"; a run ends at words and long dashes.
    """
    if not _RELATION.search(text):
        return
    for start, end in _runs_without_words(text):
        rest = _NUMBER.sub(" ", _STATED.sub(" ", text[start:end]))
        if len("".join(rest.split())) >= LEAST and _RELATION.search(rest) and _LETTER.search(rest):
            yield start, end


def _runs_without_words(text: str) -> Iterator[tuple[int, int]]:
    start = end = -1
    for piece in _PIECE.finditer(text):
        if not _WORD.fullmatch(piece[0]):
            start, end = (piece.start() if start < 0 else start), piece.end()
        elif start >= 0:
            yield start, end
            start = -1
    if start >= 0:
        yield start, end


def _is_mostly_symbols(text: str) -> bool:
    letters = len("".join(LONG_WORD.findall(text)))
    compact = len("".join(text.split()))
    return compact > 0 and (letters < _FEW_LETTERS * compact or len(_SYMBOL.findall(text)) > _MANY_SIGNS * compact)
