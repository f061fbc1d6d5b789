"""Write a paper as one line of JSON and read it back: how worker processes hand over what they read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from rag.papers import HiddenText, Page, Paper, Region, Sentence, Span


def dump_paper(paper: Paper) -> str:
    """Return a paper without passages as one line of JSON; lists stand for the dataclasses, in field order."""
    return json.dumps(
        [
            [
                paper.paper,
                paper.version,
                paper.title,
                paper.authors,
                paper.pdf_sha256,
                paper.extractor,
                paper.published,
            ],
            [_page(page) for page in paper.pages],
            [_sentence(sentence) for sentence in paper.sentences],
            [[item.page, item.text, item.reason] for item in paper.hidden],
            paper.gaps,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _page(page: Page) -> list[Any]:
    regions = [[region.start, region.end, region.label] for region in page.regions]
    glyphs = [*chain.from_iterable(page.glyphs)]
    return [page.number, page.text, regions, glyphs, page.width, page.height, page.flags]


def _sentence(sentence: Sentence) -> list[Any]:
    spans = [number for span in sentence.spans for number in (span.page, span.start, span.end)]
    return [
        sentence.number, sentence.text, spans, sentence.label, sentence.section, sentence.paragraph, sentence.flags,
    ]  # fmt: skip


def load_paper(text: str) -> Paper:
    """Return the paper that `dump_paper` wrote."""
    (paper, version, title, authors, pdf, extractor, published), pages, sentences, hidden, gaps = json.loads(text)
    return Paper(
        paper=paper,
        version=version,
        title=title,
        authors=tuple(authors),
        pdf_sha256=pdf,
        extractor=extractor,
        published=published,
        pages=tuple(_read_page(page) for page in pages),
        sentences=tuple(_read_sentence(sentence) for sentence in sentences),
        passages=(),
        hidden=tuple(HiddenText(*item) for item in hidden),
        gaps=tuple(gaps),
    )


def _read_page(fields: list[Any]) -> Page:
    number, text, regions, glyphs, width, height, flags = fields
    placed = tuple([Region(*region) for region in regions])
    return Page(number, text, placed, tuple(_triples(glyphs)), width, height, tuple(flags))


def _read_sentence(fields: list[Any]) -> Sentence:
    number, text, spans, label, section, paragraph, flags = fields
    places = tuple([Span(*span) for span in _triples(spans)])
    return Sentence(number, text, places, label, tuple(section), paragraph, tuple(flags))


def _triples(numbers: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yield three numbers at a time: a list of lists takes JSON twice as long as one list."""
    each = iter(numbers)
    return zip(each, each, each, strict=True)
