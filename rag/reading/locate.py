"""Find where a given quote stands in a paper, whatever a person or a model did to its blanks and hyphens.

Quote and paper are compared as letters and digits alone, in a normal form that remembers where each came from. A
place counts only when the numbers (with signs, points and per cent) and the comparison marks of quote and paper
are the same in the same order, so that 1.5 is not 15 and < is not >. Nothing is skipped but citation marks and the
margin's line numbers, and nothing is guessed: a changed word, a dropped "not" or two halves put together change the
letters and are not found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from statistics import median

from rag.errors import PdfError
from rag.reading.citations import References, marks, masked
from rag.reading.numbering import Cut, glyph_of, margin_numbers, number_beside, without_margin
from rag.reading.pdf import glyph_boxes
from rag.reading.sheet import Box
from rag.types import SOFT_HYPHEN, Page, Paper, Span

MIN_LETTERS = 20  # shorter quotes stand in too many places
MIN_WORDS = 4
_MINUS = str.maketrans({"−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-"})
_SPELT = str.maketrans(
    {"ǫ": "ε", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_LIGATURES = re.compile("ffi|ffl|ff|fi|fl")
_NUMBER = re.compile(
    r"(?<![\w.)%-])[-+±]?\s?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*|[<>=≤≥≈≠≲≳≪≫∼±$€£¥]|(?<=\d)\s?[/:]\s?(?=\d)|%|\bper\s?cent\b"
)
_CUT_BEFORE = re.compile(r"[^\W\d_][^\W\d_]$|\w[-‐‑–]\w$|\d[.,]?\d$|[-−±]\d$|\.\d$")
_CUT_AFTER = re.compile(r"[^\W\d_][^\W\d_]|\w[-‐‑–]\w|\d\d|\d[.,]\d|\d\s?%")
_NEGATED = re.compile(r"\b(?:no|not|never|without|neither|nor|cannot|hardly)(?:\s+\w+)?\s+$|n[’']t\s+$", re.IGNORECASE)
_CARET = re.compile(r"[\^_]")
ELIDED = 0.95  # the score of a quote without the citation marks that the paper has
_MARK = 120  # characters after a quote's last letter in which a citation mark at its end may stand
_CLOSING = re.compile(r"(?:\s?%)?[.!?%)\]”\"'’…]{0,3}")  # a blank may stand before per cent
_STOP = re.compile(r"\s*[.!?]")
_RECENT = 12  # glyphs that tell how high a row stands


@dataclass(frozen=True, slots=True)
class Location:
    """Hold the place of a quote, and how exact it is: 1.0 letter for letter, less when marks or ligatures were lost."""

    spans: tuple[Span, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Rect:
    """Hold a rectangle on a page, in points from the top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class _Stream:
    """Hold a paper's text in one order: its normal form, and for each letter the page and offset it came from."""

    key: str
    places: tuple[tuple[int, int], ...]


class Finder:
    """Find many quotes in one paper: its normal forms are made once."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.plain = _Texts(paper, paper.pages)

    @cached_property
    def references(self) -> References:
        """Return the paper's list of references."""
        return References.of(self.paper)

    @cached_property
    def margins(self) -> dict[int, dict[int, int]]:
        """Return the line numbers in the margins of the pages that have any, with their glyphs."""
        return {page.number: numbers for page in self.paper.pages if (numbers := margin_numbers(page))}

    @cached_property
    def elided(self) -> _Texts:
        """Return the paper's texts without citation marks."""
        pages = [replace(page, text=masked(page.text, self.references)) for page in self.paper.pages]
        return _Texts(self.paper, pages)

    def find(self, quote: str) -> Location | None:
        """Return where a quote stands, or None when it does not stand anywhere as it is.

        A quote may leave out citation marks that the paper has; it may not add or change one. It may have the line
        numbers that the margin has at its place.
        """
        return self.plain.find(quote) or self._without_marks(quote) or self._without_margin(quote)

    def _without_margin(self, quote: str) -> Location | None:
        bare, cuts = without_margin(quote, frozenset(number for page in self.margins.values() for number in page))
        found = self.plain.find(bare) if cuts else None
        if found is None:
            return None
        letters = [
            (span.page, offset)
            for span in found.spans
            for offset in range(span.start, span.end)
            for _ in normal(self.paper.pages[span.page - 1].text[offset])
        ]
        whole = len(letters) == len(normal(bare)) and all(self._drawn_there(cut, letters) for cut in cuts)
        return replace(found, score=min(found.score, ELIDED)) if whole else None

    def _drawn_there(self, cut: Cut, letters: Sequence[tuple[int, int]]) -> bool:
        """Tell whether a number taken out of a quote stands in the margin of the line that it ends or begins."""
        at = len(normal(cut.before)) - (not cut.begins)
        if not 0 <= at < len(letters):
            return False
        page = self.paper.pages[letters[at][0] - 1]
        margin = self.margins.get(page.number, {})
        return cut.number == number_beside(page, glyph_of(page, letters[at][1]), margin)

    def _without_marks(self, quote: str) -> Location | None:
        if not self.references.text or len(normal(quote)) < MIN_LETTERS:
            return None
        bare = masked(quote, self.references)
        found = self.elided.find(bare)
        if found is None or (bare != quote and not self._has_marks(quote, found)):
            return None
        last = found.spans[-1]
        stop = _STOP.match(self.elided.pages[last.page - 1].text, last.end) if bare.rstrip()[-1:] in ".!?" else None
        if stop:  # a mark before the stop is taken along
            found = replace(found, spans=(*found.spans[:-1], Span(last.page, last.start, stop.end())))
        return replace(found, score=min(found.score, ELIDED))

    def _has_marks(self, quote: str, found: Location) -> bool:
        """Tell whether the marks that a quote does have stand in the same order at its place in the paper."""
        last = found.spans[-1]
        text = " ".join(self.paper.pages[span.page - 1].text[span.start : span.end] for span in found.spans)
        text += self.paper.pages[last.page - 1].text[last.end : last.end + _MARK]
        at = 0
        for start, end in marks(quote, self.references):
            printed = r"\s*".join(map(re.escape, "".join(quote[start:end].split())))
            lead = self._lead(quote[:start])
            places = [
                match for match in re.compile(printed).finditer(text, at) if self._lead(text[: match.start()]) == lead
            ]
            if not lead or not places:
                return False
            at = places[0].end()
        return True

    def _lead(self, text: str) -> str:
        """Return the letters before a mark: without other marks, and without ligatures, which quotes may have lost."""
        return _LIGATURES.sub("", normal(masked(text, self.references)))


class _Texts:
    """Hold the texts of a paper's pages in two orders: that of its sentences, and that of the pages."""

    def __init__(self, paper: Paper, pages: Sequence[Page]) -> None:
        self.pages = pages
        whole = [Span(page.number, 0, len(page.text)) for page in pages]
        running = [span for sentence in paper.sentences if "row" not in sentence.flags for span in sentence.spans]
        self.streams = [_stream(pages, running), _stream(pages, whole)]

    @cached_property
    def bare(self) -> list[_Stream]:
        return [_without_ligatures(stream) for stream in self.streams]

    def find(self, quote: str) -> Location | None:
        key = normal(quote)
        if len(key) < MIN_LETTERS or len(quote.split()) < MIN_WORDS:
            return None
        signs = signature(quote)
        for stream in self.streams:
            if spans := self._search(stream, key, signs):
                return Location(spans, 1.0)
        key = _LIGATURES.sub("", key)
        for stream in self.bare:
            if spans := self._search(stream, key, signs):
                return Location(spans, 0.9)
        return None

    def _search(self, stream: _Stream, key: str, signs: Sequence[str]) -> tuple[Span, ...]:
        start = stream.key.find(key)
        while start >= 0:
            spans = self._spans(stream.places[start : start + len(key)])
            text = " ".join(self.pages[span.page - 1].text[span.start : span.end] for span in spans)
            if self._whole(spans) and signature(text.replace(f"{SOFT_HYPHEN} ", "")) == signs:
                return spans
            start = stream.key.find(key, start + 1)
        return ()

    def _spans(self, places: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
        """Join letters to spans: a new one where the page changes or text of another kind was passed over."""
        spans: list[Span] = []
        for page, offset in places:
            last = spans[-1] if spans else None
            if last and last.page == page and offset - last.end + 1 >= 0 and not self._passed(page, last.end, offset):
                spans[-1] = Span(page, last.start, offset + 1)
            else:
                spans.append(Span(page, offset, offset + 1))
        if spans:
            spans[-1] = self._closed(spans[-1])
        return tuple(spans)

    def _passed(self, page: int, end: int, offset: int) -> bool:
        return any(char.isalnum() for char in self.pages[page - 1].text[end:offset])

    def _closed(self, span: Span) -> Span:
        """Take the stop, bracket or quotation mark at the end along."""
        text = self.pages[span.page - 1].text
        match = _CLOSING.match(text, span.end)
        return Span(span.page, span.start, match.end() if match else span.end)

    def _whole(self, spans: Sequence[Span]) -> bool:
        """Tell whether the place cuts no word or number in two, and leaves no negation out before it."""
        first, last = spans[0], spans[-1]
        text, after = self.pages[first.page - 1].text, self.pages[last.page - 1].text[last.end : last.end + 2]
        before = text[max(0, first.start - 40) : first.start]
        if _CUT_BEFORE.search(before + text[first.start]) or _NEGATED.search(before):
            return False
        return not _CUT_AFTER.match(self.pages[last.page - 1].text[last.end - 1 : last.end] + after)


def locate(quote: str, paper: Paper) -> Location | None:
    """Return where a quote stands in a paper, or None."""
    if not _last or _last[0][0] is not paper:
        _last[:] = [(paper, Finder(paper))]
    return _last[0][1].find(quote)


_last: list[tuple[Paper, Finder]] = []  # the finder of the paper asked about last


@cache
def _letters(char: str) -> str:
    """Return the plain letters and digits of one character: case, accents and ligatures folded."""
    folded = unicodedata.normalize("NFKD", char.casefold().translate(_SPELT)).casefold()
    return "".join(letter for letter in folded if letter.isalnum() and unicodedata.category(letter) != "Lm")


def normal(text: str) -> str:
    """Return a text's letters and digits in normal form."""
    return "".join(map(_letters, text))


def signature(text: str) -> list[str]:
    """Return a text's numbers, with signs, and comparison marks, in order; exponents count as plain digits."""
    plain = unicodedata.normalize("NFKC", _CARET.sub("", text)).translate(_MINUS)
    found = (re.sub(r"\s", "", match) for match in _NUMBER.findall(plain))
    return ["%" if mark.startswith("per") else mark.rstrip(".,") for mark in found]


def _stream(pages: Sequence[Page], spans: Sequence[Span]) -> _Stream:
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for span in spans:
        text = pages[span.page - 1].text
        for offset in range(span.start, span.end):
            for letter in _letters(text[offset]):
                letters.append(letter)
                places.append((span.page, offset))
    return _Stream("".join(letters), tuple(places))


def _without_ligatures(stream: _Stream) -> _Stream:
    """Return the stream without ff, fi, fl: fonts often lose these letters."""
    kept: list[int] = []
    end = 0
    for match in _LIGATURES.finditer(stream.key):
        kept.extend(range(end, match.start()))
        end = match.end()
    kept.extend(range(end, len(stream.key)))
    return _Stream("".join(stream.key[index] for index in kept), tuple(stream.places[index] for index in kept))


def rectangles(pdf: Path, pages: Paper | Sequence[Page], spans: Sequence[Span]) -> tuple[Rect, ...]:
    """Return the rectangles of spans, one per line, in points from the page's top left corner.

    Raise `PdfError` for a span that does not lie in the pages' text.
    """
    pages = pages.pages if isinstance(pages, Paper) else pages
    found: list[Rect] = []
    for span in spans:
        page = _page_of(span, pages)
        glyphs = [
            glyph + offset
            for start, glyph, length in page.glyphs
            for offset in range(max(0, span.start - start), min(length, span.end - start))
        ]
        if glyphs:  # none on a page that only another program can read
            found.extend(_rows(page, glyph_boxes(pdf, span.page, glyphs)))
    return tuple(found)


def _page_of(span: Span, pages: Sequence[Page]) -> Page:
    page = pages[span.page - 1] if 1 <= span.page <= len(pages) else None
    if page is None or not 0 <= span.start < span.end <= len(page.text):
        raise PdfError(f"page {span.page} has no text from {span.start} to {span.end}; run: rag verify")
    return page


def _rows(page: Page, boxes: Sequence[Box]) -> list[Rect]:
    rows: list[list[Box]] = []
    for left, top, right, bottom in boxes:
        box = (max(0.0, left), max(0.0, top), min(page.width, right), min(page.height, bottom))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        if rows and _goes_on(rows[-1], box):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [_rect(page.number, row) for row in rows]


def _goes_on(row: Sequence[Box], box: Box) -> bool:
    """Tell whether a glyph stands on the row: further right than the one before, and level with the row."""
    left, top, _, bottom = box
    before, row_top, row_bottom = row[-1], *_band(row[-_RECENT:])
    height = min(bottom - top, row_bottom - row_top)
    forward = before[0] - 0.7 * height < left < before[2] + 3 * (bottom - top)
    return forward and min(row_bottom, bottom) - max(row_top, top) > 0.4 * height


def _band(row: Sequence[Box]) -> tuple[float, float]:
    """Return top and bottom of a row's letters; boxes of roots and brackets reach into other lines and do not count."""
    usual = 1.2 * median(bottom - top for _, top, _, bottom in row)
    letters = [(top, bottom) for _, top, _, bottom in row if bottom - top <= usual]
    return min(top for top, _ in letters), max(bottom for _, bottom in letters)


def _rect(page: int, row: Sequence[Box]) -> Rect:
    top, bottom = _band(row)
    return Rect(page, min(box[0] for box in row), top, max(box[2] for box in row), bottom)
