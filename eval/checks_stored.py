"""Check a citation on the level *stored*: its spans, text and hashes against the stored pages."""

from __future__ import annotations

from collections.abc import Iterator

from .bench import BAD, GOOD, Bench, Finding
from .exhibits import Cite
from .quotes import normal, stitched
from .stored_pages import SHORTEST, StoredPages
from .violations import Fault


def on_stored_pages(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Check spans, text and hashes against the stored pages; locate the quote again where they differ."""
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper else None
    if stored is None or not cite.quote:
        finding.why = "no stored pages of this paper" if stored is None else "no quote to compare"
        return
    same_copy = cite.pdf_sha256 in (None, stored.paper.pdf_sha256)
    same_reading = not bench.extractor or bench.extractor == stored.paper.extractor
    finding.copies = 0 if same_copy else 1
    faults = list(_at_spans(cite, stored)) if cite.spans else list(_on_pages(cite, stored, bench, finding))
    if faults and cite.spans and not (same_copy and same_reading):
        faults = list(_located(cite, stored, bench, any_page=not same_copy))
        finding.notes.append("different_copy" if not same_copy else "different_reading")
    elif not same_copy:
        finding.notes.append("different_copy")
    elif faults and any(kind == "quote_mismatch" for kind, _ in faults):
        faults = [fault for fault in faults if fault[0] != "quote_mismatch"] + list(_located(cite, stored, bench))
    finding.stored = BAD if faults else GOOD
    finding.spans = finding.spans or cite.spans
    yield from faults


def _at_spans(cite: Cite, stored: StoredPages) -> Iterator[Fault]:
    if not all(map(stored.valid, cite.spans)):
        yield "quote_mismatch", "no text at its spans"  # says where it stands, or that it does not, in `_located`
        return
    hashes = tuple(stored.page_hashes[span.page - 1] for span in cite.spans)
    if len(cite.page_text_sha256) == len(hashes) and hashes != cite.page_text_sha256:
        yield "hash_mismatch", "page_text_sha256 is not that of the stored page"
    if stored.text(cite.spans) != cite.quote:
        yield "quote_mismatch", "the stored text at its spans differs from the quote"
    elif not stored.contiguous(cite.spans):
        yield "stitched_quote", "its spans do not follow one another in the text"


def _on_pages(cite: Cite, stored: StoredPages, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Look for a quote that comes without spans: on the pages it names, else in the whole paper."""
    found = stored.find(cite.quote)
    named = [location for location in found if not cite.pages or set(cite.pages) & set(location.pages)]
    if named:
        finding.spans = named[0].spans
    elif found:
        yield "wrong_page", f"stands on page {found[0].pages[0]}, not on page {cite.pages[0]}"
    else:
        yield from _elsewhere(cite, stored, bench)


def _located(cite: Cite, stored: StoredPages, bench: Bench, any_page: bool = False) -> Iterator[Fault]:
    """Say where a quote stands that is not at its spans."""
    pages = [page for location in stored.find(cite.quote) for page in location.pages]
    if not pages:
        yield from _elsewhere(cite, stored, bench)
    elif not any_page:  # another copy may be set differently
        cited = {span.page for span in cite.spans}
        if set(pages) & cited:
            yield "bad_span", f"stands on page {pages[0]}, but not at these places"
        elif max(cited) > len(stored.paper.pages) or min(cited) < 1:
            yield "bad_span", f"page {max(cited)} of {len(stored.paper.pages)}"
        else:
            yield "wrong_page", f"stands on page {pages[0]}, not on page {cite.spans[0].page}"


def _elsewhere(cite: Cite, stored: StoredPages, bench: Bench) -> Iterator[Fault]:
    """Say what a quote is that its paper does not hold: hidden, another paper's, stitched, or made up."""
    wanted = normal(cite.quote)
    if len(wanted) >= SHORTEST and wanted in stored.hidden:
        yield "hidden_text", "stands only in text that no person can see"
        return
    others = [other for other in bench.library.all_stored() if other is not stored]
    for other in others:
        if other.paper.paper != stored.paper.paper and other.find(cite.quote):
            yield "wrong_paper", f"stands in {other.key}, not in {stored.key}"
            return
    texts = [(paper.key, letters) for paper in (stored, *others) for letters in paper.letters]
    own = [letters for key, letters in texts if key == stored.key]
    if found := stitched(cite.quote, own) or stitched(cite.quote, [letters for _, letters in texts]):
        names = sorted({texts[number][0] for number in found})
        yield "stitched_quote", f"put together from {len(found)} pieces of {', '.join(names)}"
    else:
        yield "quote_mismatch", f"does not stand in {stored.key}"
