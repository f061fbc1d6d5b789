"""Find where a given quote stands in a paper, whatever a person or a model did to its blanks and hyphens.

Quote and paper are compared as letters and digits alone, in a normal form that remembers where each came from. A
place counts only when the marks between the letters say the same (`signs`), so that 1.5 is not 15 and < is not >.
Nothing is skipped but citation marks and the margin's line numbers, and nothing is guessed: a changed word, a dropped
"not" or two halves put together change the letters and are not found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.language import References, marks, masked
from rag.papers import SOFT_HYPHEN, Page, Paper, Span

from .margin_numbers import Cut, glyph_of, margin_numbers, number_beside, without_margin
from .normal_form import LIGATURES, normal, plain_letters, without_ligatures
from .quote_signs import Signs, cut_after, cut_before, opening

MIN_LETTERS = 20  # shorter quotes stand in too many places
MIN_WORDS = 4
ELIDED = 0.95  # the score of a quote without the citation marks that the paper has
_MARK = 120  # characters after a quote's last letter in which a citation mark at its end may stand
_CLOSING = re.compile(r"(?:\s?[%‰°◦])?[.!?%)\]”\"'’…]{0,3}")  # a blank may stand before per cent
_TRAILING = re.compile(r"[^\w\s]*")
_STOP = re.compile(r"\s*[.!?]")


@dataclass(frozen=True, slots=True)
class Location:
    """Hold the place of a quote, and how exact it is: 1.0 letter for letter, less when marks or ligatures were lost."""

    spans: tuple[Span, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Stream:
    """Hold a paper's text in one order: its normal form, and for each letter the page and offset it came from.

    The key may lack letters: `kept` says for each of its own which of the places is its place.
    """

    key: str
    places: Sequence[tuple[int, int]]
    kept: Sequence[int]


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
        return without_ligatures(normal(masked(text, self.references)))


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
        signs = Signs.of(quote)
        for stream in self.streams:
            if spans := self._search(stream, key, signs):
                return Location(spans, 1.0)
        key = without_ligatures(key)
        for stream in self.bare:
            if spans := self._search(stream, key, signs):
                return Location(spans, 0.9)
        return None

    def _search(self, stream: _Stream, key: str, signs: Signs) -> tuple[Span, ...]:
        start = stream.key.find(key)
        while start >= 0:
            spans = self._spans(stream.places[stream.kept[start] : stream.kept[start + len(key) - 1] + 1])
            if self._whole(spans) and signs.agree(Signs.of(self._text(spans))):
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
            spans[0] = self._opened(spans[0])
            spans[-1] = self._closed(spans[-1])
        return tuple(spans)

    def _passed(self, page: int, end: int, offset: int) -> bool:
        return any(map(plain_letters, self.pages[page - 1].text[end:offset]))

    def _opened(self, span: Span) -> Span:
        """Take the sign before a number or a symbol at the start along."""
        text = self.pages[span.page - 1].text
        return Span(span.page, opening(text, span.start), span.end)

    def _closed(self, span: Span) -> Span:
        """Take the stop, bracket or quotation mark at the end along."""
        text = self.pages[span.page - 1].text
        match = _CLOSING.match(text, span.end)
        return Span(span.page, span.start, match.end() if match else span.end)

    def _text(self, spans: Sequence[Span]) -> str:
        """Return the text of spans, with the marks at the end of each that another follows."""
        text = ""
        for span in spans:
            page = self.pages[span.page - 1].text
            trailing = _TRAILING.match(page, span.end) if span is not spans[-1] else None
            text += page[span.start : span.end] + (trailing[0] + " " if trailing else "")
        return text.replace(f"{SOFT_HYPHEN} ", "")

    def _whole(self, spans: Sequence[Span]) -> bool:
        """Tell whether the place cuts no word or number in two, and leaves no negation out before it."""
        first, last = spans[0], spans[-1]
        text, after = self.pages[first.page - 1].text, self.pages[last.page - 1].text
        return not cut_before(text[: first.end], first.start) and not cut_after(after, last.end)


def locate(quote: str, paper: Paper) -> Location | None:
    """Return where a quote stands in a paper, or None."""
    if not _last or _last[0][0] is not paper:
        _last[:] = [(paper, Finder(paper))]
    return _last[0][1].find(quote)


_last: list[tuple[Paper, Finder]] = []  # the finder of the paper asked about last


def _stream(pages: Sequence[Page], spans: Sequence[Span]) -> _Stream:
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for span in spans:
        text = pages[span.page - 1].text
        for offset in range(span.start, span.end):
            for letter in plain_letters(text[offset]):
                letters.append(letter)
                places.append((span.page, offset))
    return _Stream("".join(letters), places, range(len(places)))


def _without_ligatures(stream: _Stream) -> _Stream:
    """Return the stream without ff, fi, fl: fonts often lose these letters."""
    kept: list[int] = []
    end = 0
    for match in LIGATURES.finditer(stream.key):
        kept.extend(range(end, match.start()))
        end = match.end()
    kept.extend(range(end, len(stream.key)))
    return _Stream("".join(stream.key[index] for index in kept), stream.places, kept)
