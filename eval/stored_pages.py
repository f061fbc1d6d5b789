"""Hold one paper's stored pages, with what the checks ask of them worked out once."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from operator import itemgetter

from rag.papers import Paper, Sentence, Span

from .quotes import Finder, Location, normal

FLOWING = frozenset(("abstract", "body", "appendix", "title", "heading", "acknowledgements", "other", "references"))
"""Labels of what one reads on from page to page: a quote may run over whatever else lies between."""
CONTEXT = 300  # characters around a quote that may belong to its sentence
_BLANKS = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff\ufffe\x02\u2010-\u2014\u2212-]*")


def sha256(data: str | bytes) -> str:
    """Return the SHA-256 of bytes, or of a text in UTF-8 (a lone surrogate counts as itself)."""
    return hashlib.sha256(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).hexdigest()


SHORTEST = 12  # letters from which a quote is looked for: shorter ones stand anywhere by chance


class StoredPages:
    """Hold one paper's stored pages."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    @property
    def key(self) -> str:
        """Return id and version as one word."""
        return self.paper.key

    @cached_property
    def page_hashes(self) -> tuple[str, ...]:
        """Return the hash of each page's text."""
        return tuple(sha256(page.text) for page in self.paper.pages)

    @cached_property
    def sentence_spans(self) -> frozenset[tuple[Span, ...]]:
        """Return the places of all sentences that were read."""
        return frozenset(sentence.spans for sentence in self.paper.sentences)

    @cached_property
    def by_spans(self) -> dict[tuple[Span, ...], Sentence]:
        """Return the sentences that were read by their places."""
        return {sentence.spans: sentence for sentence in self.paper.sentences}

    @cached_property
    def hidden(self) -> str:
        """Return the letters of the text that no person can see."""
        return "|".join(normal(hidden.text) for hidden in self.paper.hidden)

    @cached_property
    def finder(self) -> Finder:
        """Return what finds quotes in these pages."""
        return Finder.of(self.paper)

    @property
    def letters(self) -> tuple[str, ...]:
        """Return the letters of all pages, as the text runs on and page by page, for finding pieces of quotes."""
        return tuple(stream.letters for stream in self.finder.plain.streams)

    def find(self, quote: str) -> tuple[Location, ...]:
        """Return every place of a quote: where the text runs on first, then wherever else it stands."""
        found = self.finder.find(quote, SHORTEST, 1)
        return (found, *self.finder.plain.find_all(quote, SHORTEST, 1)) if found else ()

    def valid(self, span: Span) -> bool:
        """Tell whether a span lies in its page."""
        return 1 <= span.page <= len(self.paper.pages) and 0 <= span.start < span.end <= len(
            self.paper.pages[span.page - 1].text
        )

    def text(self, spans: Sequence[Span]) -> str:
        """Return the text under spans: joined by a blank, or directly where a soft hyphen ends a piece."""
        text = ""
        for span in spans:
            piece = self.paper.pages[span.page - 1].text[span.start : span.end]
            text = text[:-1] + piece if text.endswith("\u00ad") else f"{text} {piece}" if text else piece
        return text

    def labels(self, span: Span) -> frozenset[str]:
        """Return the labels of the regions that a span touches."""
        regions = self.paper.pages[span.page - 1].regions
        at = bisect_right([region.start for region in regions], span.start) - 1
        touched = []
        for region in regions[max(0, at) :]:
            if region.start >= span.end:
                break
            if region.end > span.start:
                touched.append(region.label)
        return frozenset(touched)

    @cached_property
    def _pieces(self) -> Mapping[int, list[tuple[int, int, Sentence, int]]]:
        """Return, of each page, the stretches of its sentences in order: start, end, sentence, which of its spans."""
        pieces: dict[int, list[tuple[int, int, Sentence, int]]] = {}
        for sentence in self.paper.sentences:
            for number, span in enumerate(sentence.spans):
                pieces.setdefault(span.page, []).append((span.start, span.end, sentence, number))
        return {page: sorted(found, key=itemgetter(0, 1)) for page, found in pieces.items()}

    def _at(self, page: int, offset: int) -> tuple[Sentence, int] | None:
        """Return the sentence at a place, and which of its spans that is in."""
        pieces = self._pieces.get(page, [])
        number = bisect_right(pieces, offset, key=itemgetter(0)) - 1
        if number < 0 or offset >= pieces[number][1]:
            return None
        return pieces[number][2:]

    def sentence_before(self, span: Span) -> str:
        """Return what stands before a span in its sentence; on its page, where no sentence was read."""
        text = self.paper.pages[span.page - 1].text
        found = self._at(span.page, span.start)
        if found is None:
            return text[max(0, span.start - CONTEXT) : span.start]
        sentence, number = found
        own = sentence.spans[number]
        return self.text([*sentence.spans[:number], Span(own.page, own.start, span.start)])

    def sentence_after(self, span: Span) -> str:
        """Return what stands after a span in its sentence; on its page, where no sentence was read."""
        text = self.paper.pages[span.page - 1].text
        found = self._at(span.page, span.end - 1)
        if found is None:
            return text[span.end : span.end + CONTEXT]
        sentence, number = found
        own = sentence.spans[number]
        return self.text([Span(own.page, min(span.end, own.end), own.end), *sentence.spans[number + 1 :]])

    def contiguous(self, spans: Sequence[Span]) -> bool:
        """Tell whether spans follow one another in the text: nothing but what interrupts a text lies between."""
        return tuple(spans) in self.sentence_spans or all(self._follows(a, b) for a, b in pairwise(spans))

    def _follows(self, a: Span, b: Span) -> bool:
        if (b.page, b.start) < (a.page, a.end):
            return False
        if {"table", "caption"} >= self.labels(a) | self.labels(b):
            return a.page == b.page
        return all(_BLANKS.fullmatch(self._flowing(page, a, b)) for page in range(a.page, b.page + 1))

    def _flowing(self, number: int, a: Span, b: Span) -> str:
        """Return what is read on a page between two spans."""
        page = self.paper.pages[number - 1]
        low = a.end if number == a.page else 0
        high = b.start if number == b.page else len(page.text)
        if not page.regions:
            return page.text[low:high]
        return " ".join(
            page.text[max(low, region.start) : min(high, region.end)]
            for region in page.regions
            if region.label in FLOWING and region.end > low and region.start < high
        )
