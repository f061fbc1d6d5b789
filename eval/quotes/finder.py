"""Find where a given quote stands in a paper, whatever a person or a model did to its blanks and hyphens.

Nothing is skipped but citation marks and the margin's line numbers, and nothing is guessed: a changed word, a dropped
"not" or two halves put together change the letters and are not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice

from rag.papers import Paper, Sentence, Span

from .citation_marks import References, marks, masked
from .elisions import parts
from .margin_numbers import Margins, without_margin
from .normal_form import normal, without_ligatures
from .pieces import LEAST
from .quote_signs import Signs, telling
from .texts import MIN_LETTERS, MIN_WORDS, Location, Texts

ELIDED = 0.95  # the score of a quote without the citation marks that the paper has
_MARK = 120  # characters after a quote's last letter in which a citation mark at its end may stand
_INSERTED_FOR = 40  # letters of the paper that an insertion in brackets may stand for
_MOST_PLACES = 200  # of a part of a quote that are looked at
_SENTENCE_END = re.compile(r"[.!?][\])”\"]*\s+[A-Z\d(\[“]")
_ENDS = re.compile(r"\W{0,2}[.!?]")
_STARTS = re.compile(r"(?:[.!?:;][\])”\"]*|\n)\s*(?:[\[(][^\[\]()]{1,80}[\])]\s*)?$")
_STOP = re.compile(r"\s*[.!?]")


class Finder:
    """Find many quotes in one paper: its normal forms are made once."""

    def __init__(
        self,
        plain: Texts,
        running: Sequence[Span] = (),
        references: Callable[[], References] = References,
        margins: Margins | None = None,
        rows: Sequence[Sentence] = (),
    ) -> None:
        """Take the texts, the spans in which they run on, and where their list of references comes from.

        `rows` are rows of tables, which are printed with caption and header before them.
        """
        self.plain, self.margins, self._rows = plain, margins or Margins(), {normal(row.text): row for row in rows}
        self._running, self._read_references = running, references

    @classmethod
    def of(cls, paper: Paper) -> Finder:
        """Return the finder of a paper's stored pages."""
        texts = [page.text for page in paper.pages]
        rows = [sentence for sentence in paper.sentences if "row" in sentence.flags]
        running = [span for sentence in paper.sentences if "row" not in sentence.flags for span in sentence.spans]
        return cls(Texts(texts, running), running, lambda: References.of(paper), Margins(paper.pages), rows)

    @cached_property
    def references(self) -> References:
        """Return the list of references."""
        return self._read_references()

    @cached_property
    def elided(self) -> Texts:
        """Return the paper's texts without citation marks."""
        return Texts([masked(text, self.references) for text in self.plain.texts], self._running, self.plain.raw)

    def find(self, quote: str, letters: int = MIN_LETTERS, words: int = MIN_WORDS) -> Location | None:
        """Return where a quote of so many letters and words stands, or None when it stands nowhere as it is.

        A quote may leave out citation marks that the paper has; it may not add or change one. It may have the line
        numbers that the margin has at its place.
        """
        found = self.plain.find(quote, letters, words)
        found = found or self._row(quote) or self._without_marks(quote) or self._without_margin(quote)
        return found or self._in_parts(quote, words)

    def _row(self, quote: str) -> Location | None:
        """Return the place of a quote that is a whole row of a table, with all its citation marks or without any."""
        if (row := self._rows.get(normal(quote))) and Signs.of(quote).agree(Signs.of(row.text)):
            return Location(row.spans, 1.0)
        found = self._bare_rows.get(normal(quote)) if self._rows else None
        if found is None or not Signs.of(quote).agree(Signs.of(found[1])):
            return None
        return Location(found[0].spans, ELIDED)

    @cached_property
    def _bare_rows(self) -> dict[str, tuple[Sentence, str]]:
        """Return the rows with their texts without citation marks, by the letters of these."""
        bare = ((row, masked(row.text, self.references)) for row in self._rows.values())
        return {normal(text): (row, " ".join(text.split())) for row, text in bare if text != row.text}

    def _in_parts(self, quote: str, words: int) -> Location | None:
        """Return the place of a quote that shows where words were left out: its parts stand there in order."""
        shown = parts(quote)
        if not shown or len(quote.split()) < words or max(len(normal(part)) for part, _ in shown) < LEAST:
            return None
        first, *others = shown
        for place in islice(self._places(first[0]), _MOST_PLACES):
            spans: tuple[Span, ...] | None = place.spans
            for part, free in others:
                spans = spans and self._next(part, spans, free)
            if spans:
                return Location(spans, ELIDED)
        return None

    def _places(self, part: str) -> Iterator[Location]:
        bare = masked(part, self.references)
        elided = self.elided.find_all(bare, 1, 1)
        kept = (place for place in elided if bare == part or self._has_marks(part, place))
        return chain(self.plain.find_all(part, 1, 1), kept)

    def _next(self, part: str, spans: tuple[Span, ...], free: bool) -> tuple[Span, ...] | None:
        """Return the spans with those of the next part: soon after them where it is not `free`, else a page on."""
        last = spans[-1]
        found = [
            place.spans
            for place in islice(self._places(part), _MOST_PLACES)
            if (last.page, last.end) <= (place.spans[0].page, place.spans[0].start)
            and place.spans[0].page <= last.page + 1
        ]
        after = min(found, default=None, key=lambda other: (other[0].page, other[0].start))
        if after is None:
            return None
        between = self._between(last, after[0])
        if not free:  # an insertion stands for a few words
            whole = len(normal(between)) <= _INSERTED_FOR and not telling(between)
        else:  # the beginning of one sentence does not go on in the middle of another
            whole = not _SENTENCE_END.search(between) or bool(_ENDS.match(between) or _STARTS.search(between))
        return spans + after if whole else None

    def _between(self, last: Span, first: Span) -> str:
        """Return the text from the last character of a span to the first of another."""
        text = self.plain.texts[last.page - 1]
        if last.page == first.page:
            return text[last.end - 1 : first.start]
        return f"{text[last.end - 1 :]}\n{self.plain.texts[first.page - 1][: first.start]}"

    def _without_margin(self, quote: str) -> Location | None:
        bare, cuts = without_margin(quote, self.margins.known)
        found = self.plain.find(bare) if cuts else None
        if found is None:
            return None
        letters = [
            (span.page, offset)
            for span in found.spans
            for offset in range(span.start, span.end)
            for _ in normal(self.plain.texts[span.page - 1][offset])
        ]
        whole = len(letters) == len(normal(bare)) and all(self.margins.beside(cut, letters) for cut in cuts)
        return replace(found, score=min(found.score, ELIDED)) if whole else None

    def _without_marks(self, quote: str) -> Location | None:
        if not self.references.text or len(normal(quote)) < MIN_LETTERS:
            return None
        bare = masked(quote, self.references)
        found = self.elided.find(bare)
        if found is None or (bare != quote and not self._has_marks(quote, found)):
            return None
        last = found.spans[-1]
        stop = _STOP.match(self.elided.texts[last.page - 1], last.end) if bare.rstrip()[-1:] in ".!?" else None
        if stop:  # a mark before the stop is taken along
            found = replace(found, spans=(*found.spans[:-1], Span(last.page, last.start, stop.end())))
        return replace(found, score=min(found.score, ELIDED))

    def _has_marks(self, quote: str, found: Location) -> bool:
        """Tell whether the marks that a quote does have stand in the same order at its place in the paper."""
        last = found.spans[-1]
        text = " ".join(self.plain.texts[span.page - 1][span.start : span.end] for span in found.spans)
        text += self.plain.texts[last.page - 1][last.end : last.end + _MARK]
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
