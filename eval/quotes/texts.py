"""Search texts for a quote by letters alone, and keep only places whose marks say the same and that cut nothing.

The letters of a quote are looked for in one string; where they stand, the way back leads to pages and offsets. A place
counts when it cuts no word, number or negation and its marks agree (`quote_signs`). Not handled here: citation marks
and line numbers that only one side has (`finder`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from rag.papers import SOFT_HYPHEN, Span

from .normal_form import LIGATURES, normal, offsets, without_ligatures
from .quote_signs import Signs, cut_after, cut_before, opening

MIN_LETTERS = 20  # shorter quotes stand in too many places of a paper
MIN_WORDS = 4
NO_LIGATURES = 0.9  # the score of a quote that lost ff, fi or fl
_CLOSING = re.compile(r"(?:\s?\(?[%‰°◦])?[.!?%)\]”\"'’…]{0,3}")  # a blank may stand before per cent
_UNIT_IN_BRACKETS = re.compile(r"\s?\([%‰°◦]\)[^\w\s]*$")  # "accuracy (%)": may be left out at the end
_TRAILING = re.compile(r"(?:\s?[%‰°◦])?[^\w\s]*")


@dataclass(frozen=True, slots=True)
class Location:
    """Hold the place of a quote, and how exact it is: 1.0 letter for letter, less when marks or ligatures were lost."""

    spans: tuple[Span, ...]
    score: float

    @property
    def pages(self) -> tuple[int, ...]:
        """Return the pages that hold it, in order."""
        return tuple(dict.fromkeys(span.page for span in self.spans))


class Stream:
    """Hold texts in one order as one string of letters, with the way back from each letter to page and offset."""

    def __init__(self, texts: Sequence[str], spans: Sequence[Span]) -> None:
        self._texts, self._spans = texts, spans
        parts = [normal(texts[span.page - 1][span.start : span.end]) for span in spans]
        self.letters = "".join(parts)
        self._ends = list(accumulate(map(len, parts)))
        self._offsets: dict[int, list[int]] = {}

    def places(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield page and offset of each letter from a start to an end."""
        while start < end:
            part = bisect_right(self._ends, start)
            span = self._spans[part]
            if part not in self._offsets:
                self._offsets[part] = offsets(self._texts[span.page - 1][span.start : span.end])
            first, stop = self._ends[part] - len(self._offsets[part]), min(end, self._ends[part])
            for offset in self._offsets[part][start - first : stop - first]:
                yield span.page, span.start + offset
            start = stop

    @cached_property
    def bare(self) -> str:
        """Return the letters without ff, fi, fl."""
        return without_ligatures(self.letters)

    @cached_property
    def _cuts(self) -> tuple[list[int], list[int]]:
        """Return where the ligatures were in the bare letters, and how many letters were taken out up to there."""
        gone = list(accumulate((len(match[0]) for match in LIGATURES.finditer(self.letters)), initial=0))
        starts = [match.start() - out for match, out in zip(LIGATURES.finditer(self.letters), gone, strict=False)]
        return starts, gone

    def whole(self, bare: int) -> int:
        """Return which of all letters a bare letter is."""
        starts, gone = self._cuts
        return bare + gone[bisect_right(starts, bare)]


class Texts:
    """Hold a paper's pages, or any texts, in the orders in which they may be quoted."""

    def __init__(self, texts: Sequence[str], running: Sequence[Span] = (), raw: bool = False) -> None:
        """Take texts, and the spans in which a text runs on over columns and pages, if that is known.

        `raw` texts, as a PDF's reader gives them, have lost the signs that copied quotes lose (`Signs.agree`).
        """
        self.texts, self.raw = texts, raw
        pages = Stream(texts, [Span(number, 0, len(text)) for number, text in enumerate(texts, start=1)])
        self.streams = [Stream(texts, running), pages] if running else [pages]

    def find(self, quote: str, letters: int = MIN_LETTERS, words: int = MIN_WORDS) -> Location | None:
        """Return the first place of a quote of so many letters and words, or None."""
        return next(self.find_all(quote, letters, words), None)

    def find_all(self, quote: str, letters: int = MIN_LETTERS, words: int = MIN_WORDS) -> Iterator[Location]:
        """Yield all places of a quote; those without its ligatures only where there are no others."""
        key = normal(quote)
        if len(key) < letters or len(quote.split()) < words:
            return
        found = False
        for stream in self.streams:
            for start in _occurrences(key, stream.letters):
                if spans := self.held(quote, list(stream.places(start, start + len(key)))):
                    found = True
                    yield Location(spans, 1.0)
        key = without_ligatures(key)
        for stream in self.streams if key and not found else ():
            for start in _occurrences(key, stream.bare):
                end = stream.whole(start + len(key) - 1) + 1
                if spans := self.held(quote, list(stream.places(stream.whole(start), end))):
                    yield Location(spans, NO_LIGATURES)

    def held(self, quote: str, places: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
        """Return the spans of letters that are the quote's, or nothing where they say something else."""
        spans = self.spans(places)
        if not self._whole(spans):
            return ()
        text = self.said(spans)
        if not _UNIT_IN_BRACKETS.search(quote):
            text = _UNIT_IN_BRACKETS.sub("", text)
        said, printed = Signs.of(quote), Signs.of(text)
        return spans if said.agree(printed) or (self.raw and printed.agree(said)) else ()

    def spans(self, places: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
        """Join letters to spans: a new one where the page changes or text of another kind was passed over."""
        spans: list[Span] = []
        for page, offset in places:
            last = spans[-1] if spans else None
            if last and last.page == page and offset >= last.end - 1 and not self._passed(page, last.end, offset):
                spans[-1] = Span(page, last.start, offset + 1)
            else:
                spans.append(Span(page, offset, offset + 1))
        first = spans[
            0
        ]  # the sign before a first number, and the stop, bracket or quotation mark at the end belong to it
        spans[0] = Span(first.page, opening(self.texts[first.page - 1], first.start), first.end)
        last = spans[-1]
        closing = _CLOSING.match(self.texts[last.page - 1], last.end)
        spans[-1] = Span(last.page, last.start, closing.end() if closing else last.end)
        return tuple(spans)

    def _passed(self, page: int, end: int, offset: int) -> bool:
        return offset > end and bool(normal(self.texts[page - 1][end:offset]))

    def said(self, spans: Sequence[Span]) -> str:
        """Return the text of spans, with the marks where one ends and the next begins."""
        text = ""
        for span in spans:
            page = self.texts[span.page - 1]
            start = span.start
            if span is not spans[0]:  # at the top of a page whatever stands before the first word
                start = opening(page, start) if normal(page[:start]) else 0
            trailing = _TRAILING.match(page, span.end) if span is not spans[-1] else None
            text += page[start : span.end] + (trailing[0] + " " if trailing else "")
        return text.replace(f"{SOFT_HYPHEN} ", "")

    def _whole(self, spans: Sequence[Span]) -> bool:
        """Tell whether the place cuts no word or number in two, and leaves no negation out before it."""
        first, last = spans[0], spans[-1]
        before, after = self.texts[first.page - 1], self.texts[last.page - 1]
        return not cut_before(before[: first.end], first.start) and not cut_after(after, last.end)


def _occurrences(key: str, letters: str) -> Iterator[int]:
    start = letters.find(key)
    while start >= 0:
        yield start
        start = letters.find(key, start + 1)


@lru_cache(maxsize=16384)
def holds(text: str, quote: str) -> bool:
    """Tell whether a text holds a quote of any length, in one piece and cut nowhere."""
    return (quote == text and bool(normal(quote))) or _alone(text).find(quote, letters=1, words=1) is not None


@lru_cache(maxsize=4096)
def _alone(text: str) -> Texts:
    return Texts((text,))
