"""Check citations: is the paper allowed, is the quote what stands there, was it ever evidence.

Two levels, told apart in every result. *stored*: spans, text and hashes against the stored pages. *pdf*: the quote, in
normal form, against PDFium's raw text of the cited page. A level without its data says "cannot be checked".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from . import normal
from .cases import Case
from .exhibits import Cite
from .pages import Library, Pdf, Stored, pieces, sha256, stitched
from .violations import Fault
from .wording import addresses_reader
from .works import link_allowed, reference_entry

GOOD, BAD, UNCHECKED = "good", "bad", "cannot_be_checked"
_HEX = frozenset("0123456789abcdef")
_WORDS_KEPT = 0.85  # of a quote's words in order on the raw page: the raw text is broken up, not another text


@dataclass(slots=True)
class Finding:
    """Gather what the checks of one citation find."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stored: str = UNCHECKED
    pdf: str = UNCHECKED
    why: str = ""  # why a level could not be checked
    copies: int = 0  # 1 when the PDF at hand has other bytes

    def add(self, kind: str, reason: str) -> None:
        """Record a fault."""
        self.faults.append((kind, reason))


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold what every check needs: the case, the papers, and which papers exist beside the allowed ones."""

    case: Case
    library: Library
    elsewhere: frozenset[str] = frozenset()  # ids that other cases of this run allow
    extractor: str = ""  # what the answer says its pages were read by

    def exists(self, paper: str) -> bool:
        """Tell whether a paper is one of the library's or of another case."""
        return paper in self.elsewhere or paper in self.case.library or paper in self.library.ids


def check_citation(cite: Cite, bench: Bench) -> Finding:
    """Return everything that is wrong with one citation."""
    finding = Finding()
    for check in _checks_of(cite):
        finding.faults.extend(check(cite, bench, finding))
    return finding


Check = Callable[[Cite, Bench, Finding], Iterator[Fault]]


def _checks_of(cite: Cite) -> tuple[Check, ...]:
    if cite.source == "unknown":
        return (unknown_evidence,)
    if cite.source == "link":
        return (outside_link,)
    if cite.source in ("brief", "summary"):
        return (whitelist, empty, quote_hash, own_words_of_brief)
    return (whitelist, empty, quote_hash, pdf_hash, on_stored_pages, in_the_pdf, from_references, to_the_reader)


# --- whitelist ------------------------------------------------------------------------------------------------


def unknown_evidence(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a mark that leads nowhere."""
    yield "unknown_evidence", cite.problem or f"{cite.mark} names nothing"


def outside_link(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a citation of a link that is no allowed paper."""
    if bench.case.papers is None:
        finding.why = "no whitelist was given"
    elif not link_allowed(cite.link, bench.case.allowed_links):
        yield "outside_whitelist", f"cites {cite.link}, which the whitelist does not hold"
    else:
        finding.why = "a link to a tool has no text to check"


def whitelist(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a paper, or a version of it, that this question does not allow."""
    if cite.source == "brief" or cite.paper is None:
        return
    yield from membership(cite.paper, cite.version, bench)


def membership(paper: str, version: int | None, bench: Bench) -> Iterator[Fault]:
    """Report a paper outside the whitelist, told apart by whether this library or run knows it at all."""
    if bench.case.papers is None or bench.case.allows(paper, version):
        return
    key = paper if version is None else f"{paper}v{version}"
    if bench.exists(paper) or paper in bench.case.ids:
        yield "not_allowed_for_question", f"{key} is at hand, but this question does not allow it"
    else:
        yield "outside_whitelist", f"{key} is not on the whitelist"


def empty(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a citation that names no text."""
    if cite.source in ("pdf", "summary") and not cite.paper:
        yield "unknown_evidence", "names no paper"
    elif not cite.quote.strip() and (cite.spans or cite.quote_sha256 is not None):
        yield "unknown_evidence", "has no quote"
    elif cite.source == "pdf" and cite.quote and not cite.spans and cite.quote_sha256 is not None:
        yield "bad_span", "has no place in the paper"


# --- hashes ---------------------------------------------------------------------------------------------------


def quote_hash(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a quote that is not what its hash was made from."""
    if cite.quote_sha256 is not None and cite.quote_sha256 != sha256(cite.quote):
        yield "hash_mismatch", "quote_sha256 is not the hash of the quote"


def pdf_hash(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report hashes that are none, or that belong to another paper's PDF; other bytes alone are only noted."""
    if cite.quote_sha256 is None or not cite.paper:
        return
    if cite.pdf_sha256 is None or len(cite.pdf_sha256) != 64 or not _HEX.issuperset(cite.pdf_sha256):
        yield "hash_mismatch", "pdf_sha256 is no SHA-256"
    elif (owner := _owner(cite.pdf_sha256, bench.library)) and owner != cite.paper:
        yield "hash_mismatch", f"pdf_sha256 is that of {owner}"
    if len(cite.page_text_sha256) != len(cite.spans):
        yield "hash_mismatch", f"{len(cite.page_text_sha256)} page hashes for {len(cite.spans)} spans"


def _owner(digest: str, library: Library) -> str | None:
    return library.pdf_owners.get(digest)


# --- stored pages ---------------------------------------------------------------------------------------------


def on_stored_pages(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Check spans, text and hashes against the stored pages; locate the quote again where they differ."""
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper else None
    if stored is None or not cite.quote:
        finding.why = "no stored pages of this paper" if stored is None else "no quote to compare"
        return
    same_copy = cite.pdf_sha256 in (None, stored.paper.pdf_sha256)
    same_reading = not bench.extractor or bench.extractor == stored.paper.extractor
    finding.copies = 0 if same_copy else 1
    faults = list(_at_spans(cite, stored)) if cite.spans else list(_on_pages(cite, stored, bench))
    if faults and cite.spans and not (same_copy and same_reading):
        faults = list(_located(cite, stored, bench, any_page=not same_copy))
        finding.notes.append("different_copy" if not same_copy else "different_reading")
    elif not same_copy:
        finding.notes.append("different_copy")
    elif faults and any(kind == "quote_mismatch" for kind, _ in faults):
        faults = [fault for fault in faults if fault[0] != "quote_mismatch"] + list(_located(cite, stored, bench))
    finding.stored = BAD if faults else GOOD
    yield from faults


def _at_spans(cite: Cite, stored: Stored) -> Iterator[Fault]:
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


def _on_pages(cite: Cite, stored: Stored, bench: Bench) -> Iterator[Fault]:
    """Look for a quote that comes without spans: on the pages it names, else in the whole paper."""
    found = stored.find(cite.quote)
    if found and cite.pages and not set(cite.pages) & {*found, *stored.find_all(cite.quote)}:
        yield "wrong_page", f"stands on page {found[0]}, not on page {cite.pages[0]}"
    elif not found:
        yield from _elsewhere(cite, stored, bench)


def _located(cite: Cite, stored: Stored, bench: Bench, any_page: bool = False) -> Iterator[Fault]:
    """Say where a quote stands that is not at its spans."""
    pages = stored.find_all(cite.quote) or stored.find(cite.quote)
    if pages:
        if any_page:
            return  # another copy may be set differently
        cited = {span.page for span in cite.spans}
        if set(pages) & cited:
            yield "bad_span", f"stands on page {pages[0]}, but not at these places"
        elif max(cited) > len(stored.paper.pages) or min(cited) < 1:
            yield "bad_span", f"page {max(cited)} of {len(stored.paper.pages)}"
        else:
            yield "wrong_page", f"stands on page {pages[0]}, not on page {cite.spans[0].page}"
    else:
        yield from _elsewhere(cite, stored, bench)


def _elsewhere(cite: Cite, stored: Stored, bench: Bench) -> Iterator[Fault]:
    """Say what a quote is that its paper does not hold: hidden, another paper's, stitched, or made up."""
    wanted = normal.fold(cite.quote)
    if len(wanted) >= normal.MIN_QUOTE and wanted in stored.hidden:
        yield "hidden_text", "stands only in text that no person can see"
        return
    others = [other for other in bench.library.all_stored() if other is not stored]
    if len(wanted) >= normal.MIN_QUOTE:
        for other in others:
            if other.paper.paper != stored.paper.paper and wanted in other.form and other.find(cite.quote):
                yield "wrong_paper", f"stands in {other.key}, not in {stored.key}"
                return
    forms = [stored.form, *(other.form for other in others)]
    if found := stitched(cite.quote, forms[:1]) or stitched(cite.quote, forms):
        names = sorted({([stored, *others][number]).key for number in found})
        yield "stitched_quote", f"put together from {len(found)} pieces of {', '.join(names)}"
    else:
        yield "quote_mismatch", f"does not stand in {stored.key}"


# --- the PDF itself ---------------------------------------------------------------------------------------------


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


def _in_pdf(cite: Cite, pdf: Pdf, bench: Bench, finding: Finding, other_copy: bool) -> Iterator[Fault]:
    pages = [page for page in cite.cited_pages if 1 <= page <= pdf.pages]
    finding.pdf = BAD
    if cite.cited_pages and not pages and finding.stored != BAD:
        yield "bad_span", f"page {cite.cited_pages[0]} of {pdf.pages}"
        return
    at = pdf.find(cite.quote, pages)
    if at is None and _over_pages(cite.quote, pdf, pages):
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
    elif len(normal.fold(cite.quote)) < normal.MIN_QUOTE or _broken_up(cite.quote, pdf, pages):
        finding.pdf = UNCHECKED
        finding.notes.append("raw_text_broken")
    else:
        yield from _not_in_pdf(cite, pdf, bench)


def _row_parts(cite: Cite, bench: Bench, finding: Finding) -> list[str]:
    """Return what a row of a table is printed from: caption, header, group, its own line; nothing for other quotes.

    Only the spans of a row as it was stored count: a label of one row and the numbers of another are put together.
    """
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper and finding.stored == GOOD else None
    if stored is None or finding.copies or tuple(cite.spans) not in stored.sentence_spans or len(cite.spans) < 2:
        return []
    if any(span.page != cite.spans[0].page or not {"table", "caption"} >= stored.labels(span) for span in cite.spans):
        return []
    return [stored.text([span]) for span in cite.spans]


def _row_in_pdf(parts: Sequence[str], page: int, pdf: Pdf, finding: Finding) -> Iterator[Fault]:
    """Look for a row in one piece, and for the words of what is printed before it, on the page's raw text.

    The raw text may hold a table in another order; then the row cannot be checked here.
    """
    form = normal.normal(pdf.text(page)).form
    *before, row = parts
    if normal.fold(row) not in form or any(normal.fold(word) not in form for part in before for word in part.split()):
        finding.pdf = UNCHECKED
        finding.notes.append("raw_text_broken")
        return
    for part in parts:
        if reason := pdf.hides(part, page):
            yield "hidden_text", reason
            return


def _over_pages(quote: str, pdf: Pdf, pages: list[int]) -> bool:
    """Tell whether the quote runs over a break: pieces that begin or end where a line of the raw text does."""
    texts = [pdf.text(page) for page in pages]
    forms = [normal.normal(text) for text in texts]
    found = pieces(quote, [form.form for form in forms])
    numbers = [number for number, _, _ in found or ()]
    if not found or not 1 < len(found) <= 3 or numbers != sorted(numbers):
        return False
    for (page, at, length), (following, start, _) in pairwise(found):
        end = forms[page].offsets[at + length - 1] + 1
        if not _line_ends(texts[page], end) or not _line_starts(texts[following], forms[following].offsets[start]):
            return False
    return True


def _line_ends(text: str, at: int) -> bool:
    return text[at : at + 4].lstrip(" -\u00ad\u2010\x02\ufffe")[:1] in ("", "\r", "\n")


def _line_starts(text: str, at: int) -> bool:
    return text[max(0, at - 3) : at].rstrip(" ")[-1:] in ("", "\r", "\n")


def _broken_up(quote: str, pdf: Pdf, pages: list[int]) -> bool:
    """Tell whether nearly all words of the quote stand on its pages in order, with something in between."""
    raw = "\n".join(pdf.text(page) for page in pages or range(1, min(pdf.pages, 60) + 1))
    form = normal.normal(raw).form if len(raw) < 200_000 else normal.fold(raw)
    at, kept, total = 0, 0, 0
    words = [normal.fold(word) for word in quote.split()]
    first = form.find("".join(words[:3])) if len(words) > 3 else -1
    if first < 0:
        return False
    at = first
    for word in words:
        total += len(word)
        place = form.find(word, at, at + 200)
        if place >= 0:
            kept += len(word)
            at = place + len(word)
    return total > 0 and kept >= _WORDS_KEPT * total and normal.signature(quote) == ()


def _not_in_pdf(cite: Cite, pdf: Pdf, bench: Bench) -> Iterator[Fault]:
    """Say what a quote is that its PDF does not hold."""
    forms = [normal.normal(pdf.text(page)).form for page in range(1, pdf.pages + 1)]
    for paper in bench.case.papers or ():
        other = bench.library.pdf(paper.paper, paper.version, None) if paper.paper != cite.paper else None
        if other is None:
            continue
        if other.find(cite.quote, range(1, other.pages + 1)) is not None:
            yield "wrong_paper", f"stands in {paper.key}, not in {cite.paper}"
            return
        forms += [normal.normal(other.text(page)).form for page in range(1, other.pages + 1)]
    if found := stitched(cite.quote, forms):
        yield "stitched_quote", f"put together from {len(found)} pieces"
    else:
        yield "quote_mismatch", f"does not stand in the PDF of {cite.paper}"


# --- was it ever evidence -----------------------------------------------------------------------------------------


def from_references(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a quote from a reference list: it names works, it states nothing."""
    stored = bench.library.stored(cite.paper, cite.version) if cite.paper else None
    if stored and cite.spans and all(map(stored.valid, cite.spans)) and finding.stored == GOOD and not finding.copies:
        labels = frozenset().union(*(stored.labels(span) for span in cite.spans))
        if "references" in labels:
            yield "evidence_from_references", "stands in the paper's reference list"
            return
    if reference_entry(cite.quote):
        yield "evidence_from_references", "reads as an entry of a reference list"


def to_the_reader(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a quote that speaks to whoever reads, instead of stating something."""
    if addresses_reader(cite.quote):
        yield "addressed_to_reader", "speaks to a reading machine"


def own_words_of_brief(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Check a quote of the question or of one of the brief's summaries."""
    case = bench.case
    texts = _brief_texts(cite, case)
    if texts is None or not cite.quote:
        finding.why = "the brief is not at hand" if texts is None else "no quote is given that is long enough to find"
        return
    if any(normal.find(cite.quote, text, least=1) for text in texts):
        finding.stored = GOOD
        return
    finding.stored = BAD
    for paper in case.papers or ():
        if cite.source == "summary" and paper.paper != cite.paper and normal.find(cite.quote, paper.summary):
            yield "wrong_paper", f"stands in the summary of {paper.key}"
            return
    forms = [normal.fold(text) for text in (*texts, *(paper.summary for paper in case.papers or ()))]
    if found := stitched(cite.quote, forms):
        yield "stitched_quote", f"put together from {len(found)} pieces of the brief"
    else:
        yield "quote_mismatch", "does not stand in the brief"


def _brief_texts(cite: Cite, case: Case) -> list[str] | None:
    if cite.source == "summary":
        if case.papers is None:
            return None
        entry = case.entry(cite.paper or "")
        return [entry.summary] if entry and entry.summary else [] if entry else None
    texts = [text for text in (case.question, case.brief, *case.sections) if text]
    return texts or None
