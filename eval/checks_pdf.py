"""Check a citation on the level *pdf*: its quote against PDFium's raw text of the cited page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from rag.papers import paper_key

from .bench import BAD, GOOD, UNCHECKED, Bench, Finding
from .exhibits import Cite
from .quotes import normal, parts, stitched, telling
from .raw_pdf import RawPdf
from .stored_pages import SHORTEST
from .violations import Fault

_PAGES_SEARCHED = 60  # of a PDF, where the citation names no page
_GAP = 200  # letters of something else between two words of a quote
_NEAR = 60  # letters between two plain words of a quote that tells a number: a formula, an index, a mark
_PLAIN = re.compile(r"[A-Za-z]{2,}(?:[’'/-][A-Za-z]+)*|\d+(?:[.,]\d+)*%?")
_AROUND = ".,;:!?()[]“”\"'‘’"
_WORDS_KEPT = 0.85  # of a quote's words in order on the raw page: the raw text is broken up, not another text


def in_the_pdf(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Look for the quote in PDFium's raw text of the cited page."""
    if not cite.paper or not cite.quote:
        return
    pdf = bench.library.pdf(cite.paper, cite.version, cite.pdf_sha256)
    if pdf is None:
        finding.no_pdf = (
            f"no PDF of {paper_key(cite.paper, cite.version)} is at hand; name its folder: --pdf-dir FOLDER"
        )
        finding.why = finding.why or "no PDF at hand" if finding.stored == UNCHECKED else ""
        return
    other_copy = cite.pdf_sha256 is not None and pdf.sha256 != cite.pdf_sha256
    if other_copy and "different_copy" not in finding.notes:
        finding.notes.append("different_copy")
    faults = list(_in_pdf(cite, pdf, bench, finding, other_copy))
    if finding.pdf != UNCHECKED:
        finding.pdf = BAD if faults else GOOD
    yield from faults


def _in_pdf(cite: Cite, pdf: RawPdf, bench: Bench, finding: Finding, other_copy: bool) -> Iterator[Fault]:
    cited = cite.cited_pages or tuple(dict.fromkeys(span.page for span in finding.spans))
    pages = [page for page in cited if 1 <= page <= pdf.pages]
    finding.pdf = BAD
    if cited and not pages and finding.stored != BAD:
        yield "bad_span", f"page {cited[0]} of {pdf.pages}"
        return
    at = pdf.find(cite.quote, pages)
    printed = _printed(cite, bench, finding) if at is None else cite.quote
    if at is None and printed != cite.quote:
        at = pdf.find(printed, pages)
    if at is None and any(pdf.over_breaks(text, pages) for text in dict.fromkeys((cite.quote, printed))):
        at = pages[0]
    if at is None and finding.stored == GOOD and (shown := parts(cite.quote)):
        found = [pdf.find(part, pages) for part, _ in shown if len(normal(part)) >= SHORTEST]
        at = found[0] if found and all(found) else None
    if at is None and (not pages or other_copy):
        at = pdf.find(cite.quote, range(1, pdf.pages + 1))
    if at is not None:
        if reason := pdf.hides(cite.quote, at):
            yield "hidden_text", reason
        return
    if finding.stored == BAD:
        return  # named already, by the finer level
    if pieces := _in_pieces(cite, bench, finding, pdf):
        yield from (("hidden_text", reason) for page, piece in pieces if (reason := pdf.hides(piece, page)))
        return
    if row := _row_parts(cite, bench, finding):
        yield from _row_in_pdf(row, pages[0], pdf, finding)
        return
    if (other := pdf.find(cite.quote, range(1, pdf.pages + 1))) is not None:
        yield "wrong_page", f"stands on page {other} of the PDF, not on page {pages[0] if pages else '?'}"
    elif len(normal(cite.quote)) < SHORTEST or _broken_up(
        printed, pdf, pages, finding.stored == GOOD, _in_table(cite, bench, finding)
    ):
        finding.pdf = UNCHECKED
        finding.notes.append("raw_text_broken")
    else:
        yield from _not_in_pdf(cite, pdf, bench)


def _printed(cite: Cite, bench: Bench, finding: Finding) -> str:
    """Return what the stored pages have where they hold a quote: with the marks that it leaves out."""
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper and finding.stored == GOOD else None
    if stored is None or finding.copies or not finding.spans:
        return cite.quote
    return stored.text(finding.spans)


def _row_parts(cite: Cite, bench: Bench, finding: Finding) -> list[str]:
    """Return what a row of a table is printed from: caption, header, group, its own line; nothing for other quotes.

    Only the spans of a row as it was stored count: a label of one row and the numbers of another are put together.
    """
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper and finding.stored == GOOD else None
    spans = finding.spans
    if stored is None or finding.copies or spans not in stored.sentence_spans or len(spans) < 2:
        return []
    if any(span.page != spans[0].page or not {"table", "caption"} >= stored.labels(span) for span in spans):
        return []
    return [stored.text([span]) for span in spans]


def _row_in_pdf(parts: Sequence[str], page: int, pdf: RawPdf, finding: Finding) -> Iterator[Fault]:
    """Look for a row in one piece, and for the words of what is printed before it, on the page's raw text.

    The raw text may hold a table in another order; then the row cannot be checked here.
    """
    *before, row = parts
    words = (normal(word) for part in before for word in part.split())
    if not pdf.page(page).find(row, 1, 1) or any(word not in pdf.letters(page) for word in words):
        finding.pdf = UNCHECKED
        finding.notes.append("raw_text_broken")
        return
    for part in parts:
        if reason := pdf.hides(part, page):
            yield "hidden_text", reason
            return


def _in_pieces(cite: Cite, bench: Bench, finding: Finding, pdf: RawPdf) -> list[tuple[int, str]]:
    """Return page and text of the pieces that a sound quote is stored in, if each stands on its page, in order.

    A float, a footnote's mark or a page's foot stands between them.
    """
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper and finding.stored == GOOD else None
    if stored is None or finding.copies or len(finding.spans) < 2:
        return []
    if _in_table(cite, bench, finding):
        return []
    pieces = [(span.page, stored.text([span])) for span in finding.spans if normal(stored.text([span]))]
    places = [pdf.page(page).find(piece, 1, 1) for page, piece in pieces]
    known = [place.spans for place in places if place]
    if len(known) < len(pieces) or not any(len(normal(piece)) >= SHORTEST for _, piece in pieces):
        return []
    found = [(page, spans[0].start, spans[-1].end) for (page, _), spans in zip(pieces, known, strict=True)]
    follow = (page != other or 0 <= start - end <= _GAP for (page, _, end), (other, start, _) in pairwise(found))
    return pieces if all(follow) else []


def _in_table(cite: Cite, bench: Bench, finding: Finding) -> bool:
    """Tell whether a quote is of a table, where the label of one row and the numbers of another stand in order, too."""
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper and finding.stored == GOOD else None
    return stored is not None and any("table" in stored.labels(span) for span in finding.spans)


def _broken_up(quote: str, pdf: RawPdf, pages: list[int], stored: bool, row: bool) -> bool:
    """Tell whether nearly all words of the quote stand on its pages in order, with something in between.

    Of a quote that tells a number or a comparison, all plain words and numbers have to, close by: only the signs and
    indices of its formulas may be set otherwise. Of a row of a table nothing may. A quote that no stored page bears out
    (`stored`) has nothing else that speaks for it: of it, too, all have to, and no word of the page may stand between.
    """
    searched = pages or range(1, min(pdf.pages, _PAGES_SEARCHED) + 1)
    letters = "".join(map(pdf.letters, searched))
    if stored and not telling(quote):
        words = [normal(word) for word in quote.split()]
        at = letters.find("".join(words[:3])) if len(words) > 3 else -1
        return at >= 0 and _kept(words, letters, at, _GAP) >= _WORDS_KEPT * sum(map(len, words))
    if row:
        return False
    words = [normal(word) for word in quote.split() if _PLAIN.fullmatch(word.strip(_AROUND))]
    starts = (match.start() for match in re.finditer(re.escape(words[0]), letters)) if len(words) > 3 else ()
    known = frozenset[str]()
    if not stored:
        known = frozenset().union(*map(pdf.words, searched))
    return any(_kept(words, letters, at, _NEAR, known) == sum(map(len, words)) for at in starts)


def _kept(words: Sequence[str], letters: str, at: int, gap: int, known: Set[str] = frozenset()) -> int:
    """Return how many letters of words follow one another from a place on, each word within a gap of the one before.

    Where a `known` word stands between two, or one of them is but a part of a known word, they do not: the quote has
    left it out, or changed it ("with" for "without").
    """
    kept, before = 0, ""
    for word in words:
        place = letters.find(word, at, at + gap + len(word))
        if place >= 0:
            between = letters[at:place]
            ends = (between[start:] for start in range(len(between)))  # of what was left out the last word
            if between and not known.isdisjoint((before + between, between + word, *ends)):
                return 0
            kept, at, before = kept + len(word), place + len(word), word
    return kept


def _not_in_pdf(cite: Cite, pdf: RawPdf, bench: Bench) -> Iterator[Fault]:
    """Say what a quote is that its PDF does not hold."""
    texts = [pdf.letters(page) for page in range(1, pdf.pages + 1)]
    for paper in bench.case.papers or ():
        other = bench.library.pdf(paper.paper, paper.version, None) if paper.paper != cite.paper else None
        if other is None:
            continue
        if other.find(cite.quote, range(1, other.pages + 1)) is not None:
            yield "wrong_paper", f"stands in {paper.key}, not in {cite.paper}"
            return
        texts += [other.letters(page) for page in range(1, other.pages + 1)]
    if found := stitched(cite.quote, texts):
        yield "stitched_quote", f"put together from {len(found)} pieces"
    else:
        yield "quote_mismatch", f"does not stand in the PDF of {cite.paper}"
