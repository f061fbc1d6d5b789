"""Find the citation marks of a text: "[12, 13]", "[KB14]", "(Smith et al., 2019; Doe, 2020a)", "Smith et al. (2019)".

People and models leave such marks out when they quote. A bracket counts as a mark only when the paper's own list of
references has what it names, so that an interval [0, 1], a year or a place in brackets stays part of the sentence. Nor
is it one after a word that needs it ("as shown in [12]") or that has numbers of its own ("layers [3, 5]"): without it
the sentence says something else. Not handled here: marks that are raised numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.papers import Paper

from ..shared_data import any_of

_BRACKET = re.compile(r"\[([^\[\]]{1,120})\]|\(([^()]{4,300})\)")
_KEY = r"(?:\d{1,3}|[A-Z][A-Za-z+]{1,7}\d{2}[a-z]?)"
_KEYS = re.compile(rf"{_KEY}(?:\s*[,;–-]\s*{_KEY})*")
_NAME = r"(?:(?:van|von|de|der|den|la|le|di|da|del|ten|el)\s+)*[A-ZÀ-Þ][\w'’-]+"
_WITH = rf"(?:,?\s+et\s+al\.?|,?\s+(?:and|&)\s+{_NAME})?"
_YEARS = r"(?:19|20)\d\d[a-z]?(?:,\s*(?:(?:19|20)\d\d[a-z]?|[a-z]\b))*"
_WORK = re.compile(
    rf"(?:(?:see|see also|e\.g\.,?|cf\.)\s+)?(?P<name>{_NAME})(?:,\s*{_NAME})*{_WITH},?\s+(?P<year>{_YEARS})"
)
_YEAR = re.compile(_YEARS)
_NAMED = re.compile(rf"(?P<name>{_NAME}){_WITH}\s*$")
_LISTED = re.compile(rf"\[({_KEY})\]|(?:^|\s)(\d{{1,3}})\.\s+[A-ZÀ-Þ]")
# words that need what follows them, and what has numbers of its own: brackets after these are part of the sentence
_NEEDS = re.compile(rf"\b(?:{any_of('words_before_objects')})[.:]?\s*$", re.IGNORECASE)
_HAS_NUMBERS = re.compile(
    rf"(?:[=<>≤≥∈+×·*/^_(,:%~≈−-]|(?<![\w-])[A-Za-z]|\b(?:{any_of('words_before_data')})"
    r"|(?<![^\W\d_])(?<![^\W\d_]-)(?<![\d.,])(?!(?:19|20)\d\d\s*$)[\d.,]*\d)\s*$",  # but no "GPT-2", "v2", "2017"
    re.IGNORECASE,
)
_BEFORE = 60  # characters before a bracket in which a word that needs it stands


@dataclass(frozen=True, slots=True)
class References:
    """Hold what a paper's list of references names: its numbers or keys, and its whole text for names and years."""

    listed: frozenset[str] = frozenset()
    text: str = ""

    @classmethod
    def read(cls, text: str) -> References:
        """Read a list of references."""
        return cls(frozenset(first or second for first, second in _LISTED.findall(text)), text)

    @classmethod
    def of(cls, paper: Paper) -> References:
        """Gather the regions that are references."""
        regions = ((page.text, region) for page in paper.pages for region in page.regions)
        return cls.read("\n".join(text[r.start : r.end] for text, r in regions if r.label == "references"))

    def has(self, name: str, year: str) -> bool:
        """Tell whether the list names an author and a year."""
        return name in self.text and all(part in self.text for part in re.findall(r"\d{4}", year))


def marks(text: str, references: References) -> Iterator[tuple[int, int]]:
    """Yield start and end of the citation marks of a text that the list of references bears out."""
    for match in _BRACKET.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        square, round_ = match[1], match[2]
        if _NEEDS.search(before):
            continue
        if (
            _listed(square, before, references) and not _HAS_NUMBERS.search(before)
            if square
            else _works(round_, before, references)
        ):
            yield match.span()


def _listed(inner: str, before: str, references: References) -> bool:
    if _KEYS.fullmatch(inner):
        return all(item in references.listed for item in re.findall(r"[A-Za-z+\d]+", inner))
    return bool(re.search(r"\d{4}", inner)) and _works(inner, before, references)


def _works(inner: str, before: str, references: References) -> bool:
    """Tell whether brackets hold nothing but works of the list, or the year of one that is named before them."""
    if _YEAR.fullmatch(inner):
        named = _NAMED.search(before)
        return named is not None and references.has(named["name"], inner)
    works = [_WORK.fullmatch(part.strip()) for part in inner.split(";")]
    return all(work is not None and references.has(work["name"], work["year"]) for work in works)


def masked(text: str, references: References) -> str:
    """Return a text of the same length with its citation marks blanked."""
    chars = list(text)
    for start, end in marks(text, references):
        chars[start:end] = " " * (end - start)
    return "".join(chars)
