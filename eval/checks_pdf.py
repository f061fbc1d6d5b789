"""Check a citation on the level *pdf*: its quote against PDFium's raw text of the cited page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .bench import BAD, GOOD, UNCHECKED, Bench, Finding
from .exhibits import Cite
from .quotes import normal, stitched, telling
from .raw_pdf import RawPdf
from .stored_pages import SHORTEST
from .violations import Fault

_PAGES_SEARCHED = 60  # of a PDF, where the citation names no page
_GAP = 200  # letters of something else between two words of a quote
_WORDS_KEPT = 0.85  # of a quote's words in order on the raw page: the raw text is broken up, not another text


def in_the_pdf(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Look for the quote in PDFium's raw text of the cited page."""
    if not cite.paper or not cite.quote:
        return
    pdf = bench.library.pdf(cite.paper, cite.version, cite.pdf_sha256)
    if pdf is None:
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
    if at is None and pdf.over_breaks(cite.quote, pages):
        at = pages[0]
    if at is None and (not pages or other_copy):
        at = pdf.find(cite.quote, range(1, pdf.pages + 1))
    if at is not None:
        if reason := pdf.hides(cite.quote, at):
            yield "hidden_text", reason
        return
    if finding.stored == BAD:
        return  # named already, by the finer level
    if parts := _row_parts(cite, bench, finding):
        yield from _row_in_pdf(parts, pages[0], pdf, finding)
        return
    if (other := pdf.find(cite.quote, range(1, pdf.pages + 1))) is not None:
        yield "wrong_page", f"stands on page {other} of the PDF, not on page {pages[0] if pages else '?'}"
    elif len(normal(cite.quote)) < SHORTEST or _broken_up(cite.quote, pdf, pages):
        finding.pdf = UNCHECKED
        finding.notes.append("raw_text_broken")
    else:
        yield from _not_in_pdf(cite, pdf, bench)


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


def _broken_up(quote: str, pdf: RawPdf, pages: list[int]) -> bool:
    """Tell whether nearly all words of the quote stand on its pages in order, with something in between."""
    letters = "".join(map(pdf.letters, pages or range(1, min(pdf.pages, _PAGES_SEARCHED) + 1)))
    words = [normal(word) for word in quote.split()]
    at = letters.find("".join(words[:3])) if len(words) > 3 and not telling(quote) else -1
    if at < 0:
        return False
    kept = 0
    for word in words:
        place = letters.find(word, at, at + _GAP)
        if place >= 0:
            kept += len(word)
            at = place + len(word)
    return kept >= _WORDS_KEPT * sum(map(len, words))


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
