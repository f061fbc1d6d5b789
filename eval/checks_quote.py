"""Check citations: is the paper allowed, is the quote what stands there, was it ever evidence.

Two levels, told apart in every result. *stored*: spans, text and hashes against the stored pages. *pdf*: the quote, in
normal form, against PDFium's raw text of the cited page. A level without its data says "cannot be checked".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .bench import BAD, GOOD, Bench, Finding
from .cases import Case
from .checks_context import quote_truncated
from .checks_pdf import in_the_pdf
from .checks_stored import on_stored_pages
from .exhibits import Cite
from .quotes import holds, normal, parts, stitched
from .stored_pages import sha256
from .violations import Fault
from .wording import addresses_reader
from .works import link_allowed, reference_entry

_HEX = frozenset("0123456789abcdef")


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
    return (
        whitelist,
        empty,
        quote_hash,
        pdf_hash,
        on_stored_pages,
        in_the_pdf,
        quote_truncated,
        from_references,
        to_the_reader,
    )


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
    elif (owners := bench.library.pdf_owners.get(cite.pdf_sha256)) and cite.paper not in owners:
        yield "hash_mismatch", f"pdf_sha256 is that of {min(owners)}"
    if len(cite.page_text_sha256) != len(cite.spans):
        yield "hash_mismatch", f"{len(cite.page_text_sha256)} page hashes for {len(cite.spans)} spans"


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
    if any(all(holds(text, part) for part, _ in parts(cite.quote) or [(cite.quote, True)]) for text in texts):
        finding.stored = GOOD
        return
    finding.stored = BAD
    for paper in case.papers or ():
        if cite.source == "summary" and paper.paper != cite.paper and holds(paper.summary, cite.quote):
            yield "wrong_paper", f"stands in the summary of {paper.key}"
            return
    letters = [normal(text) for text in (*texts, *(paper.summary for paper in case.papers or ()))]
    if found := stitched(cite.quote, letters):
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
