"""Tell notation from words: formulas and citation marks, "[12, 13]", "[KB14]", "(Smith et al., 2019; Doe, 2020a)".

People and models leave such marks out when they quote. A bracket counts as a mark only when the paper's own list of
references has what it names, so that an interval [0, 1], a year or a place in brackets stays part of the sentence. Nor
is it one after a word that needs it ("as shown in [12]") or that has numbers of its own ("layers [3, 5]"): without it
the sentence says something else.
Not handled here: marks that are raised numbers, which stored text does not tell from other numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.language.data import word_set
from rag.language.scripts import LETTERS, is_pair, main_script, pieces
from rag.papers import Paper

_LOOK_BACK = 60  # characters before a bracket: more than names of authors have
_BRACKET = re.compile(r"\[([^\[\]]{1,120})\]|\(([^()]{4,300})\)")
_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*")
_KEYS = re.compile(r"[A-Z][A-Za-z+]{1,7}\d{2}[a-z]?(?:\s*[,;]\s*[A-Z][A-Za-z+]{1,7}\d{2}[a-z]?)*")
_ITEM = re.compile(r"[A-Za-z+\d]+")
_NAME = r"(?:(?:van|von|de|der|den|la|le|di|da|del|ten|el)\s+)*[A-ZÀ-Þ][\w'’-]+"
_YEARS = r"(?:19|20)\d\d[a-z]?(?:,\s*(?:(?:19|20)\d\d[a-z]?|[a-z]\b))*"
_WORK = re.compile(
    rf"(?:(?:see|see also|e\.g\.,?|cf\.)\s+)?(?P<name>{_NAME})(?:,\s*{_NAME})*"
    rf"(?:,?\s+et\s+al\.?|,?\s+(?:and|&)\s+{_NAME})?,?\s+(?P<year>{_YEARS})"
)
_YEAR = re.compile(_YEARS)
_NAMED = re.compile(rf"(?P<name>{_NAME})(?:\s+et\s+al\.?|\s+(?:and|&)\s+{_NAME})?\s*$")
_LISTED = re.compile(r"\[(\d{1,3}|[A-Z][A-Za-z+]{1,7}\d{2}[a-z]?)\]|(?:^|\s)(\d{1,3})\.\s+[A-ZÀ-Þ]")
_LAST_WORD = re.compile(r"(\w+)([.:]?)\s*$")
_SIGN = re.compile(r"[=<>≤≥∈+×·*/^_(,:%~≈−\d-]\s*$")
_BEFORE_OBJECTS = word_set("words_before_objects")
_BEFORE_DATA = word_set("words_before_data")


@dataclass(frozen=True, slots=True)
class References:
    """Hold what a paper's list of references names: its numbers or keys, and its whole text for names and years."""

    listed: frozenset[str]
    text: str

    @classmethod
    def of(cls, paper: Paper) -> References:
        """Gather the regions that are references."""
        text = "\n".join(
            page.text[region.start : region.end]
            for page in paper.pages
            for region in page.regions
            if region.label == "references"
        )
        return cls(frozenset(first or second for first, second in _LISTED.findall(text)), text)

    def has(self, name: str, year: str) -> bool:
        """Tell whether the list names an author and a year."""
        return name in self.text and all(part in self.text for part in re.findall(r"\d{4}", year))


def marks(text: str, references: References) -> Iterator[tuple[int, int]]:
    """Yield start and end of the citation marks of a text that the list of references bears out.

    In "Lamps fade [3], but not in [0, 1]" of a paper with three works or more, the first bracket is one.
    """
    for match in _BRACKET.finditer(text):
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        last = _LAST_WORD.search(before)
        word, stop = (last[1].lower(), last[2]) if last else ("", "")
        if word in _BEFORE_OBJECTS:
            continue
        square, round_ = match[1], match[2]
        if square is None:
            known = _names_works(round_, before, references)
        elif _SIGN.search(before) or (not stop and (word in _BEFORE_DATA or (len(word) == 1 and word.isascii()))):
            known = False  # it may hold data
        elif _NUMBERS.fullmatch(square) or _KEYS.fullmatch(square):
            known = all(item in references.listed for item in _ITEM.findall(square))
        else:
            known = _names_works(square, "", references)
        if known:
            yield match.span()


def _names_works(inner: str, before: str, references: References) -> bool:
    """Tell whether brackets hold nothing but works of the list, or the year of one that is named before them."""
    if _YEAR.fullmatch(inner):
        named = _NAMED.search(before)
        return named is not None and references.has(named["name"], inner)
    works = [_WORK.fullmatch(part.strip()) for part in inner.split(";")]
    return all(work is not None and references.has(work["name"], work["year"]) for work in works)


def masked(text: str, references: References) -> str:
    """Return a text of the same length with its citation marks blanked."""
    return blanked(text, marks(text, references))


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text of the same length with blanks from each start to its end."""
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars)


# --- tell mathematics from words: whole texts, the values that prose states, and formulas within a sentence -----

_LONG_WORD = re.compile(r"[A-Za-z]{3,}")
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


def long_words(text: str) -> list[str]:
    """Return the words of three letters or more, of whatever script; two characters where no blanks part words."""
    if main_script(text) in ("latin", ""):
        return _LONG_WORD.findall(text)
    return [piece for run in LETTERS.findall(text) for piece in pieces(run) if len(piece) > 2 or is_pair(piece)]


def is_formula(text: str) -> bool:
    """Tell whether a text is mostly mathematics; a sentence of words that states a measured value is not.

    "x = y + z ∑ ab" is; "The rate of this lamp is r = 0.9 here." is prose.
    """
    if not _is_mostly_symbols(text):
        return False
    rest, values = _VALUE.subn(" ", text)
    states = values > 0 and len(long_words(rest)) >= MIN_WORDS
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
    letters = len("".join(long_words(text)))
    compact = len("".join(text.split()))
    signs = _SYMBOL.findall(text)
    if main_script(text) == "greek":  # whose letters are no symbols
        signs = [sign for sign in signs if not sign.isalpha()]
    return compact > 0 and (letters < _FEW_LETTERS * compact or len(signs) > _MANY_SIGNS * compact)
