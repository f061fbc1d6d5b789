"""Hold the fields of a record to what they can be derived from: the brief, the whitelist, the stored pages, each other.

What nothing bears out is held by its digest alone (`digests`); `VIOLATIONS.md` lists both. Not handled here: claims and
quotes, titles and links, which are judged in every form of an answer (`checks_claim`, `checks_quote`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from rag.answers import Answer, Citation, Claim, Coverage, Gap, Reference
from rag.papers import AllowedPaper, is_local

from .bench import Bench
from .checks_claim import link_outside_whitelist
from .exhibits import Exhibit
from .quotes import normal
from .stored_pages import StoredPages
from .violations import Violation, settle
from .words import stems

Told = Iterator[tuple[str, str]]
"""The place of a field, and what it should be."""

_FIXED = stems("Answer. Papers and tools. The task. Workflow.")  # words of titles that the program gives a section
_MISSING = re.compile(r"\b(?:no|not|none|nothing|nowhere|neither|never)\b", re.IGNORECASE)
_NOWHERE = re.compile(r"^Nowhere in |\bnot mention\b")
_QUOTED = re.compile(r"“([^“”]+)”")
MOST_ON_PAGE = 10  # authors; a page names more only in part
_READ = ("cited", "searched", "silent")


def check_record(exhibit: Exhibit, bench: Bench) -> Iterator[Violation]:
    """Yield what a record says of itself against what can be derived."""
    for name in exhibit.altered or ():
        yield Violation("altered_record", name, "is not what its digest was made from")
    if exhibit.shows:
        yield Violation("altered_record", "document", exhibit.shows)
    if exhibit.answer is None:
        return
    answer = exhibit.answer
    checks = [_status(answer), _claims(answer), _asked(exhibit, bench)]
    checks += [check(answer, bench) for check in (_citations, _references, _coverage, _notices, _gaps)]
    for place, reason in dict.fromkeys(chain.from_iterable(checks)):
        yield Violation("record_mismatch", place, reason)
    for place, text in _titles(answer):
        if violation := settle(place, link_outside_whitelist(text, bench.case)):
            yield violation


def _placed(answer: Answer) -> list[tuple[str, Claim]]:
    found = [(f"in_short[{i}]", claim) for i, claim in enumerate(answer.in_short)]
    return found + [
        (f"sections[{i}].claims[{j}]", claim)
        for i, section in enumerate(answer.sections)
        for j, claim in enumerate(section.claims)
    ]


def _titles(answer: Answer) -> list[tuple[str, str]]:
    found = [(f"sections[{i}].title", section.title) for i, section in enumerate(answer.sections)]
    return found + [(f"gaps[{i}].searched", gap.searched) for i, gap in enumerate(answer.gaps)]


# --- the record by itself ---------------------------------------------------------------------------------------


def _status(answer: Answer) -> Told:
    says = {"answered": False, "refused": answer.refusal is None, "failed": answer.failure is None}
    if answer.status == "answered" and (answer.refusal or answer.failure):
        yield "status", "is answered, although the record refuses or failed"
    elif answer.status != "answered" and answer.claims:
        yield "status", f"is {answer.status}, although the record makes claims"
    elif answer.digests and says[answer.status]:
        yield "status", f"is {answer.status}, and nothing says why"
    if answer.provenance.writer and answer.writer != answer.provenance.writer:
        yield "writer", f"is {answer.writer!r}, of provenance {answer.provenance.writer!r}"


def _claims(answer: Answer) -> Told:
    kinds = {f"sections[{i}]": section.kind for i, section in enumerate(answer.sections)}
    for place, claim in _placed(answer):
        kind = kinds.get(place.partition(".")[0])
        cited = {citation.paper for citation in claim.citations}
        if claim.subject is not None and cited and claim.subject not in cited:
            yield f"{place}.subject", f"is {claim.subject}, which the claim does not cite"
        if kind == "papers":
            yield place, "stands in a list of papers"
        elif claim.stage is not None and kind not in ("workflow", None):
            yield f"{place}.stage", f"is {claim.stage}, in a section that is no workflow"
        failed = [check.gate for check in claim.checks if not check.passed]
        if failed and (claim.form == "own_words" or "verbatim" in failed):
            yield f"{place}.checks", f"{failed[0]} did not pass, and the claim stands all the same"


# --- against the brief ------------------------------------------------------------------------------------------


def _asked(exhibit: Exhibit, bench: Bench) -> Told:
    """Hold question, titles of sections and the list of papers to the brief."""
    case, answer = bench.case, exhibit.answer
    if answer is None or not exhibit.question or not case.question:
        return
    mine, theirs = normal(answer.question), normal(case.question)
    if mine != theirs and not (mine in normal(case.brief) and (mine in theirs or theirs in mine)):
        yield "question", f"is not the one that was asked: {case.question[:80]!r}"
        return
    known = _FIXED | stems(f"{case.question} {case.brief}")
    for i, section in enumerate(answer.sections):
        points = [_FIXED | stems(point) for point in case.sections] or [known]
        if not any(stems(section.title) <= point for point in points):
            yield f"sections[{i}].title", "is no point of the brief"
    listed = {reference.paper for reference in answer.references}
    if answer.digests and answer.status != "failed":
        for paper in case.papers or ():
            if paper.paper not in listed:
                yield "references", f"leaves out {paper.key}, which the brief allows"


# --- papers -------------------------------------------------------------------------------------------------------


def _references(answer: Answer, bench: Bench) -> Told:
    cited = _cited(answer)
    for i, reference in enumerate(answer.references):
        yield from _reference(f"references[{i}]", reference, cited, bench)
    listed = {reference.paper for reference in answer.references}
    if answer.digests:
        for citation in cited:
            if citation.paper and citation.paper not in listed and bench.case.allows(citation.paper, citation.version):
                yield "references", f"leaves out {citation.paper}, which is cited"
                return


def _cited(answer: Answer) -> list[Citation]:
    said = [citation for claim in answer.claims for citation in claim.citations]
    return said + [citation for gap in answer.gaps for citation in gap.quotes]


def _reference(place: str, reference: Reference, cited: Sequence[Citation], bench: Bench) -> Told:
    entry = bench.case.entry(reference.paper)
    address = AllowedPaper(reference.paper, reference.version, doi=entry.doi if entry else "").url
    if reference.url != address and not (is_local(reference.paper) and not reference.url):
        yield f"{place}.url", f"is not the address of {reference.paper}: {reference.url}"
    own = [one for one in cited if one.paper == reference.paper and one.source == "pdf"]
    versions = {one.version for one in own if bench.case.allows(reference.paper, one.version)}
    if versions - {reference.version}:
        yield f"{place}.version", f"is {reference.version}, cited is {', '.join(sorted(map(str, versions)))}"
    if entry and entry.github and not reference.github:
        yield f"{place}.github", f"is missing; the whitelist gives {entry.github}"
    stored = bench.library.stored(reference.paper, reference.version)
    if stored and reference.authors and not _wrote(reference.authors, stored):
        yield f"{place}.authors", f"are not those of {reference.paper}"


def _wrote(authors: Sequence[str], stored: StoredPages) -> bool:
    """Tell whether a paper is its authors' as it is stored; without metadata, whether page 1 holds their surnames."""
    if stored.paper.authors or len(authors) > MOST_ON_PAGE or not stored.paper.pages:
        return not stored.paper.authors or tuple(authors) == stored.paper.authors
    page = normal(stored.paper.pages[0].text)
    return all(normal(author.split()[-1]) in page for author in authors if author.split())


def _coverage(answer: Answer, bench: Bench) -> Told:
    said = {citation.paper for _, claim in _placed(answer) for citation in claim.citations}
    below = {c.paper for section in answer.sections for claim in section.claims for c in claim.citations}
    quoted = {citation.paper for citation in _cited(answer) if citation.source == "pdf"}
    for i, entry in enumerate(answer.coverage):
        place = f"coverage[{i}]"
        if entry.state == "cited" and entry.paper not in said:
            yield f"{place}.state", "is cited, and no claim cites it"
        elif entry.state in ("searched", "silent") and entry.paper in below:
            yield f"{place}.state", f"is {entry.state}, although claims cite it"
        elif entry.state not in _READ and entry.paper in quoted:
            yield f"{place}.state", f"is {entry.state}, although its PDF is quoted"
        elif (stored := bench.library.stored(entry.paper, _version(answer, entry.paper))) and answer.digests:
            yield from _reading(place, entry, stored)
    listed = [reference.paper for reference in answer.references if bench.case.entry(reference.paper)]
    covered = [entry.paper for entry in answer.coverage if bench.case.entry(entry.paper)]
    if answer.digests and sorted(listed) != sorted(covered):
        yield "coverage", "does not name each listed paper once"


def _reading(place: str, entry: Coverage, stored: StoredPages) -> Told:
    """Hold what coverage says of how well a paper could be read to how it was read."""
    gaps = stored.paper.gaps
    if entry.state == "unreadable" and any(sentence.label == "body" for sentence in stored.paper.sentences):
        yield f"{place}.state", "is unreadable, although its pages could be read"
    elif entry.state in _READ and bool(entry.reason) != bool(gaps):
        yield f"{place}.reason", f"says {entry.reason[:60]!r}, of {len(gaps)} parts that could not be read well"
    elif entry.state in _READ and gaps and gaps[0] not in entry.reason:
        yield f"{place}.reason", f"does not name what could not be read well: {gaps[0]}"


def _version(answer: Answer, paper: str) -> int | None:
    return next((reference.version for reference in answer.references if reference.paper == paper), None)


# --- quotes' places -----------------------------------------------------------------------------------------------


def _citations(answer: Answer, bench: Bench) -> Told:
    """Hold a quote's section, its being a row, and its version to the stored page that it was printed from."""
    placed = [(f"{at}.citations[{k}]", c) for at, claim in _placed(answer) for k, c in enumerate(claim.citations)]
    placed += [(f"gaps[{i}].statement", gap.statement) for i, gap in enumerate(answer.gaps) if gap.statement]
    placed += [(f"gaps[{i}].nearest[{k}]", c) for i, gap in enumerate(answer.gaps) for k, c in enumerate(gap.nearest)]
    for place, citation in placed:
        if citation.source != "pdf":
            if citation.section or citation.row or citation.spans or citation.pdf_sha256:
                yield place, "has a place in a PDF, and quotes the brief"
        elif citation.paper and (stored := bench.library.stored(citation.paper, None)):
            yield from _place(place, citation, bench, stored, bool(answer.digests))


def _place(place: str, citation: Citation, bench: Bench, newest: StoredPages, strict: bool) -> Told:
    stored = bench.library.stored(citation.paper or "", citation.version) or newest
    if citation.pdf_sha256 != stored.paper.pdf_sha256:
        return  # another copy, which may be read otherwise
    if stored.paper.version is not None and citation.version != stored.paper.version:
        yield f"{place}.version", f"is {citation.version}, its PDF is that of {stored.key}"
    hashes = {digest for span in citation.spans for digest in stored.page_hashes[span.page - 1 : span.page]}
    as_stored = hashes.issuperset(citation.page_text_sha256)
    if as_stored and bench.extractor and stored.paper.extractor not in bench.extractor:
        yield "provenance.extractor", f"is not what read {stored.key}, whose pages are quoted as they are stored"
    sentence = stored.by_spans.get(citation.spans)
    if sentence is None:
        return
    if (citation.section or strict) and citation.section not in (
        " / ".join(sentence.section),
        " ".join(sentence.section),
    ):
        yield f"{place}.section", f"is not where it stands: {' / '.join(sentence.section)!r}"
    if (citation.row or strict) and citation.row != ("row" in sentence.flags):
        yield f"{place}.row", "is not as its sentence was read"


def _notices(answer: Answer, bench: Bench) -> Told:
    """Hold notices to the papers that the answer lists."""
    listed = {reference.paper for reference in answer.references}
    for i, notice in enumerate(answer.notices):
        if answer.digests and notice.paper is not None and notice.paper not in listed:
            yield f"notices[{i}].paper", f"is {notice.paper}, which the answer does not list"


# --- gaps ---------------------------------------------------------------------------------------------------------


def _gaps(answer: Answer, bench: Bench) -> Told:
    titles = " ".join(f"{reference.title} {reference.paper}" for reference in answer.references)
    points = " ".join((bench.case.question, *bench.case.sections, *(section.title for section in answer.sections)))
    known = stems(f"{answer.question} {points} {titles} arXiv")
    asked = normal(f"{answer.question} {points}")
    for i, gap in enumerate(answer.gaps):
        place = f"gaps[{i}]"
        if answer.digests and not stems(gap.topic) <= known:
            yield f"{place}.topic", "is neither asked for nor a paper"
        if gap.statement and gap.paper != gap.statement.paper:
            yield f"{place}.paper", f"is {gap.paper}, its statement is of {gap.statement.paper}"
        else:
            yield from _whose(place, gap, answer, bench)
        if gap.kind == "unanswered" and not gap.statement and answer.digests and not _MISSING.search(gap.text):
            yield f"{place}.text", "does not say that something was not found"
        elif gap.kind == "unanswered" and any(normal(said) not in asked for said in _QUOTED.findall(gap.text)):
            yield f"{place}.text", "quotes what was not asked"
        yield from _nowhere(place, gap, answer, bench)


def _nowhere(place: str, gap: Gap, answer: Answer, bench: Bench) -> Told:
    """Hold words that are said to stand nowhere to the stored pages of all that was read."""
    if not _NOWHERE.search(gap.text):
        return
    for word in _QUOTED.findall(gap.text):
        found = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for reference in answer.references:
            stored = bench.library.stored(reference.paper, reference.version)
            pages = stored.paper.pages if stored else ()
            if number := next((page.number for page in pages if found.search(page.text)), 0):
                yield f"{place}.text", f"“{word}” stands on page {number} of {reference.paper}"
                return


def _whose(place: str, gap: Gap, answer: Answer, bench: Bench) -> Told:
    """Hold the paper that a limit is told of by its name to the one that it is tied to."""
    if gap.kind not in ("limit", "not_searched") or gap.paper is None:
        return
    entry, stored = bench.case.entry(gap.paper), bench.library.stored(gap.paper, None)
    titles = [reference.title for reference in answer.references if reference.paper == gap.paper]
    titles += [entry.model if entry else "", stored.paper.title if stored else "", gap.paper]
    if not any(name in gap.text for title in titles if (name := title.partition(":")[0].strip())):
        yield f"{place}.text", f"does not name the paper that it is about, {gap.paper}"
