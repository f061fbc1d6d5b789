"""Tell how a file differs from arXiv's own: cover sheets before the paper, two pages on each sheet, slides.

Archives, journals and networks put a sheet before the paper that repeats its title among their own words. Not handled
here: covers after the paper, four pages on a sheet, sheets one above the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.reading.blocks.first_page import ABSTRACT, begins_part
from rag.reading.blocks.layout import median
from rag.reading.sheet import Sheet, Word

_SIGNS = tuple(  # each kind of words that a cover says; no cover says all, and no page of a paper many
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"to cite this|cite (?:as|this|the)\b|how to cite|suggested citation|please cite|citation (?:for|\(apa)",
        r"terms (?:and|&) conditions|terms of use|general rights|take.?down|rights reserved|licen[cs]e|permission",
        r"download(?:ed)?\b|accessed\b|uploaded by|deposited|posted at|this (?:pdf|document|file) was",
        r"stable url|permalink|persistent (?:link|identifier|url)|citable link|handle\b|link to (?:this|publi)|"
        r"view (?:the article|related|online)|journal homepage|available (?:at|online)|https?://|doi\b",
        r"\bhal\b|archives? ouvertes?|researchgate|jstor|\barchive\b|repository|digital collections?|"
        r"research (?:explorer|portal|online|output)|open access|zenodo|ssrn|dspace",
        r"published (?:online|by|version|in)\b|publisher|document version|accepted (?:manuscript|version)|"
        r"version of record|peer.?review|originally published|submitted on",
        r"\bissn\b|source\s*:|vol(?:ume|\.)|\bpp\.|see discussions|\breads\b|citations?\b|publication date",
    )
)
_NAMES = (  # who puts which sheet before a paper
    ("HAL", r"\bhal\b.{0,40}(?:archive|id\b|science)|archives? ouvertes?"),
    ("ResearchGate", r"researchgate"),
    ("JSTOR", r"jstor"),
    ("SSRN", r"\bssrn\b"),
    ("Zenodo", r"zenodo"),
)
_MOST_COVERS = 3
_MOST_WORDS = 600  # of a cover with terms of use in small print
_KINDS, _KINDS_ALONE = 2, 4  # of signs: beside the title of the next page, or without such a sign
_TITLE = 12  # letters: fewer are no title that could be found again
_UPPER = 0.6  # of a page's height: where the title of its paper stands
_WIDE = 1.15  # times its height: a sheet that holds two pages, or a slide
_MOST = 0.8  # of the sheets are such
_PAGE_WORDS, _SLIDE_WORDS = 250, 150  # of two pages at least, of a slide at most
_SLIDES = 5  # sheets: fewer wide ones are no talk


@dataclass(frozen=True, slots=True)
class Copy:
    """Say how many sheets stand before the paper's own first one, and whether each of the others holds two pages."""

    covers: int = 0
    two_up: bool = False
    words: str = ""  # how it differs from arXiv's own file; empty where it does not
    lead: int | None = 0  # pages of the file before arXiv's page 1; None where its pages are not arXiv's


def copy_of(sheets: Sequence[Sheet]) -> Copy:
    """Return what a file holds besides the paper."""
    covers = covers_of(sheets)
    rest = sheets[covers:]
    wide = [sheet for sheet in rest if sheet.words and sheet.width > _WIDE * sheet.height]
    most = len(wide) >= _MOST * sum(bool(sheet.words) for sheet in rest)
    two_up = most and holds_two_pages(wide)
    slides = most and not two_up and len(wide) >= _SLIDES and words_of(wide) < _SLIDE_WORDS
    told = [_cover_words(sheets, covers)] if covers else []
    told += ["each sheet holds two pages"] if two_up else ["it is a set of slides"] if slides else []
    stamped = bool(rest) and rest[0].margin_stamp is not None
    lead = covers if not told or (stamped and not two_up and not slides) else None
    return Copy(covers, two_up, "; ".join(told), lead)


def _cover_words(sheets: Sequence[Sheet], covers: int) -> str:
    text = " ".join(sheet.glyphs for sheet in sheets[:covers])
    who = next((f" of {name}" for name, signs in _NAMES if re.search(signs, text, re.IGNORECASE | re.DOTALL)), "")
    return f"page 1 is a cover sheet{who}" if covers == 1 else f"pages 1 to {covers} are cover sheets{who}"


def covers_of(sheets: Sequence[Sheet]) -> int:
    """Return how many sheets stand before the paper: all before arXiv's stamp, else those that say they are covers."""
    first = sheets[: _MOST_COVERS + 1]
    stamped = next((number for number, sheet in enumerate(first) if sheet.margin_stamp), None)
    if stamped is not None:
        return stamped
    covers = 0
    while covers + 1 < len(first) and is_cover(first[covers], first[covers + 1]):
        covers += 1
    return covers


def is_cover(sheet: Sheet, following: Sheet) -> bool:
    """Tell a sheet with several kinds of words that only covers say, before the page on which the paper begins.

    It repeats the title of that page; where it does not, that page has to name its abstract. A sheet that names one
    where the next does not is the paper's own first page, if it does not say nearly all that covers say.
    """
    if not sheet.words or len(sheet.words) > _MOST_WORDS:
        return False
    kinds = sum(sign.search(sheet.glyphs) is not None for sign in _SIGNS)
    summed_up, next_summed_up = names_abstract(sheet), names_abstract(following)
    title = largest_words(following)
    if len(title) >= _TITLE and title in letters_of(sheet.glyphs):
        return kinds >= (_KINDS_ALONE if summed_up and not next_summed_up else _KINDS)
    return kinds >= _KINDS_ALONE and next_summed_up and not summed_up


def largest_words(sheet: Sheet) -> str:
    """Return the letters of what is set largest in the upper part of a page: its title."""
    upper = [word for word in sheet.words if word.base < _UPPER * sheet.height and word.end - word.start > 1]
    size = max((word.size for word in upper), default=0.0)
    return letters_of(" ".join(sheet.glyphs[word.start : word.end] for word in upper if word.size > 0.98 * size))


def letters_of(text: str) -> str:
    """Return a text's letters alone, small, for comparing."""
    return "".join(filter(str.isalpha, text)).lower()


def names_abstract(sheet: Sheet) -> bool:
    """Tell a page on which a line begins with the name of an abstract, or is that of an introduction."""
    return any(ABSTRACT.match(line) or begins_part(line) for line in map(str.strip, sheet.glyphs.splitlines()))


def words_of(sheets: Sequence[Sheet]) -> float:
    """Return how many words most sheets have."""
    return median([float(len(sheet.words)) for sheet in sheets]) if sheets else 0.0


def holds_two_pages(sheets: Sequence[Sheet]) -> bool:
    """Tell wide sheets full of words, none of which stands across the middle, from the first sheet on."""
    if words_of(sheets) < _PAGE_WORDS or crossed(sheets[0]):
        return False
    return sum(map(crossed, sheets)) <= (1 - _MOST) * len(sheets)


def crossed(sheet: Sheet) -> bool:
    """Tell a sheet with words across its middle, or with none left or right of it."""
    middle = sheet.width / 2
    left, right = halves(sheet, sheet.words)
    return not left or not right or any(word.left < middle < word.right for word in sheet.words)


def halves(sheet: Sheet, words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Return the words of the two pages on a sheet."""
    middle = sheet.width / 2
    left = [word for word in words if word.right < middle]
    return left, [word for word in words if word.right >= middle]
