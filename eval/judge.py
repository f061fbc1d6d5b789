"""Judge one answer: every claim and citation gets good, bad or cannot be checked, with kind, place and reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .answering import Signs, signs_of
from .bench import BAD, GOOD, UNCHECKED, Bench
from .cases import Case
from .checks_claim import check_aside, check_claim, check_expectation, check_reference
from .checks_quote import check_citation, membership
from .checks_record import check_record
from .exhibits import Cite, Exhibit, Statement
from .library import Library
from .relation import comparable, unrelated
from .scripts import LATIN, main_script
from .support import supported
from .violations import Fault, Violation, gravest, settle
from .words import stems

WINDOW = 2  # sentences read together where a citation names a paper but quotes nothing


@dataclass(frozen=True, slots=True)
class JudgedCite:
    """Hold a citation's verdict; `stored` and `pdf` are the two levels."""

    place: str
    source: str
    paper: str | None
    version: int | None
    pages: tuple[int, ...]
    quote: str
    verdict: str
    stored: str
    pdf: str
    supports: bool | None
    violation: Violation | None = None
    notes: tuple[str, ...] = ()
    why: str = ""
    no_pdf: str = ""  # why it was not held against a PDF


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """Hold a claim's verdict. `basis` is paper, brief, or none; `supported` None means that it cannot be told."""

    place: str
    section: str
    text: str
    form: str
    verdict: str
    basis: str
    supported: bool | None
    citations: tuple[JudgedCite, ...]
    violation: Violation | None = None

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Return the claim's own violation and those of its citations."""
        own = (self.violation,) if self.violation else ()
        return (*own, *(cite.violation for cite in self.citations if cite.violation))

    @property
    def kind(self) -> str | None:
        """Return the gravest kind at this claim."""
        return gravest(violation.kind for violation in self.violations)


@dataclass(frozen=True, slots=True)
class Score:
    """Hold how probable it is that a claim answers, by a model, or why that is not known."""

    value: float | None
    unscored: str = ""


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """Hold everything found about one answer."""

    case: Case
    status: str
    form: str
    claims: tuple[JudgedClaim, ...]
    around: tuple[Violation, ...]  # references, gaps, notices, the answer as a whole
    references: int
    sections_asked: int
    sections_answered: int
    papers_readable: int
    papers_cited: int
    asides: tuple[JudgedCite, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    refusal: str = ""
    error: str = ""
    line: int = 0  # of the file of answers, from 1
    signs: Signs | None = None  # whether it answers: a scale of its own
    lead: Score | None = None  # of the leading claims together
    scores: tuple[Score, ...] = ()  # of every claim
    faithful: tuple[Score | None, ...] = ()  # whether claims in own words say what their quotes say, by a model

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Return all violations in the order of their places."""
        return (*(violation for claim in self.claims for violation in claim.violations), *self.around)

    @property
    def clean(self) -> bool:
        """Tell whether the whole answer was read and nothing is wrong with it."""
        return not self.violations and not self.unread


def judge(case: Case, exhibit: Exhibit, library: Library, elsewhere: frozenset[str] = frozenset()) -> JudgedCase:
    """Judge an answer against its case; `elsewhere` names papers that other questions of the run allow."""
    bench = Bench(case, library, elsewhere, exhibit.extractor)
    claims = tuple(_judge_statement(statement, bench) for statement in exhibit.statements)
    asides = tuple(_judge_cite(cite, "", bench) for cite in exhibit.aside_cites)
    asked, answered = _sections(case, exhibit)
    return JudgedCase(
        case=case,
        status=exhibit.status,
        form=exhibit.form,
        claims=claims,
        around=(*_around(exhibit, bench), *(cite.violation for cite in asides if cite.violation)),
        references=len(exhibit.references),
        sections_asked=asked,
        sections_answered=answered,
        papers_readable=len(case.papers or ()),
        papers_cited=_papers_cited(case, claims),
        asides=asides,
        unread=(*exhibit.unread, *_not_compared(claims, bench)),
        refusal=exhibit.refusal,
        error=exhibit.error,
        signs=signs_of(case, exhibit),
    )


def _not_compared(claims: Iterable[JudgedClaim], bench: Bench) -> Iterator[tuple[str, str]]:
    """Yield the claims in another script or language than what they cite: their words cannot be compared."""
    for claim in claims:
        quotes = [cite.quote for cite in claim.citations if cite.quote]
        if unrelated(claim.text, quotes) and not comparable(claim.text, quotes):
            yield claim.place, claim.text
        elif main_script(claim.text) not in ("", LATIN):
            cited = [cite.quote or sample(cite.paper, cite.version, bench) for cite in claim.citations]
            if main_script(" ".join(cited)) != main_script(claim.text):
                yield claim.place, claim.text


def sample(paper: str | None, version: int | None, bench: Bench) -> str:
    """Return some text of a paper, to tell its script by."""
    stored = bench.library.stored(paper, version) if paper else None
    if stored is not None:
        return " ".join(page.text for page in stored.paper.pages[:2])
    pdf = bench.library.pdf(paper, version, None) if paper else None
    return pdf.text(1) if pdf else ""


def _papers_cited(case: Case, claims: Iterable[JudgedClaim]) -> int:
    cited = {cite.paper for claim in claims for cite in claim.citations if cite.verdict != BAD and cite.source == "pdf"}
    return len(cited & {paper.paper for paper in case.papers or ()})


def _judge_statement(statement: Statement, bench: Bench) -> JudgedClaim:
    cites = tuple(_judge_cite(cite, statement.text, bench) for cite in statement.cites)
    texts = _evidence(statement.cites, bench)
    faults = list(check_claim(statement, texts, bench))
    violation = settle(statement.place, faults)
    pages: dict[Pages, JudgedCite] = {}  # what the pages that several marks name were found to say
    cites = tuple(
        _borne_out(judged, cite, statement.text, bench, pages)
        for judged, cite in zip(cites, statement.cites, strict=True)
    )
    told = _supported(statement, cites, bench, bool(faults))
    if violation or any(cite.verdict == BAD for cite in cites):
        verdict = BAD
    elif any(cite.verdict == UNCHECKED for cite in cites) or bench.case.papers is None:
        verdict = UNCHECKED
    else:
        verdict = GOOD
    basis = _basis(cites)
    return JudgedClaim(
        statement.place, statement.section, statement.text, statement.form, verdict, basis, told, cites, violation
    )


Pages = tuple[str | None, int | None, tuple[int, ...]]


def _borne_out(judged: JudgedCite, cite: Cite, claim: str, bench: Bench, known: dict[Pages, JudgedCite]) -> JudgedCite:
    """Check a citation without a quote by the pages that it names: good when they bear out the claim by wording."""
    if cite.quote or judged.verdict != UNCHECKED or cite.source != "pdf":
        return judged
    pages = (cite.paper, cite.version, cite.cited_pages)
    if pages not in known:
        known[pages] = _by_wording(replace(judged, notes=()), cite, claim, bench)
    told = known[pages]
    return replace(
        judged, verdict=told.verdict, supports=told.supports, notes=(*judged.notes, *told.notes), why=told.why
    )


def _by_wording(judged: JudgedCite, cite: Cite, claim: str, bench: Bench) -> JudgedCite:
    texts = page_texts(cite, bench)
    if not texts:
        return judged
    if not claim.isascii() and main_script(claim) not in ("", main_script(" ".join(texts[:20]))):
        return replace(judged, supports=False, why="is written in another script than what it cites")
    if supported(claim, best_windows(claim, texts), bench.case.granted):
        return replace(judged, verdict=GOOD, supports=True, notes=(*judged.notes, "no_quote"), why="")
    return replace(
        judged, supports=False, why="quotes nothing, and its pages do not bear out the claim by wording alone"
    )


def _basis(cites: Sequence[JudgedCite]) -> str:
    if any(cite.source not in ("brief", "summary") for cite in cites):
        return "paper"
    return "brief" if cites else "none"


def _judge_cite(cite: Cite, claim: str, bench: Bench) -> JudgedCite:
    finding = check_citation(cite, bench)
    violation = settle(cite.place, finding.faults)
    levels = {finding.stored, finding.pdf}
    if violation:
        verdict = BAD
    elif GOOD in levels:
        verdict = GOOD
    else:
        verdict = UNCHECKED
    supports = None
    if cite.quote and claim:
        supports = not violation and supported(claim, (cite.quote,), bench.case.granted)
    return JudgedCite(
        cite.place,
        cite.source,
        cite.paper,
        cite.version,
        cite.cited_pages,
        cite.quote,
        verdict,
        finding.stored,
        finding.pdf,
        supports,
        violation,
        tuple(dict.fromkeys(finding.notes)),
        finding.why if verdict == UNCHECKED else "",
        finding.no_pdf,
    )


def _evidence(cites: Sequence[Cite], bench: Bench) -> list[str]:
    """Return the text that a claim's figures and names may come from: its quotes, else the pages that it names.

    A quote that is false cannot warrant a claim, but is still what the claim is held against.
    """
    quotes = [cite.quote for cite in cites if cite.quote]
    return quotes or [text for cite in cites if cite.source == "pdf" for text in page_texts(cite, bench)]


def page_texts(cite: Cite, bench: Bench) -> list[str]:
    """Return the text of the pages that a citation names, or of its whole paper: stored, else raw."""
    if not cite.paper or not bench.case.allows(cite.paper, cite.version):
        return []
    stored = bench.library.stored(cite.paper, cite.version)
    if stored is not None:
        pages = set(cite.cited_pages)
        return [s.text for s in stored.paper.sentences if not pages or (s.spans and s.spans[0].page in pages)]
    pdf = bench.library.pdf(cite.paper, cite.version, None)
    if pdf is None:
        return []
    numbers = cite.cited_pages or range(1, pdf.pages + 1)
    return [
        " ".join(line.split()) for number in numbers for line in re.split(r"(?<=[.!?])\s+(?=[A-Z])", pdf.text(number))
    ]


def best_windows(claim: str, sentences: Sequence[str]) -> list[str]:
    """Return the two neighbouring sentences that share most words with the claim."""
    wanted = stems(claim)
    if not wanted or not sentences:
        return []
    shared = [wanted & stems(sentence) for sentence in sentences]
    scores = [len(frozenset().union(*shared[i : i + WINDOW])) for i in range(len(sentences))]
    best = max(range(len(sentences)), key=lambda i: (scores[i], -i))
    return list(sentences[best : best + WINDOW])


def _supported(statement: Statement, cites: Sequence[JudgedCite], bench: Bench, faulty: bool) -> bool | None:
    """Tell whether the claim follows from its sound citations; None where nothing can be read."""
    if not cites:
        return False
    sound = [cite.quote for cite in cites if cite.quote and cite.verdict != BAD]
    if len(sound) == 1 and not faulty:
        return next(cite.supports for cite in cites if cite.quote and cite.verdict != BAD)
    if sound or faulty:
        return not faulty and supported(statement.text, sound, bench.case.granted)
    told = [cite.supports for cite in cites if cite.supports is not None]
    return any(told) if told or any(cite.verdict == BAD for cite in cites) else None


def _around(exhibit: Exhibit, bench: Bench) -> list[Violation]:
    found: list[Violation | None] = [
        settle(listed.place, check_reference(listed, bench)) for listed in exhibit.references
    ]
    found += [settle(place, membership(paper, None, bench)) for place, paper in exhibit.covered]
    found += [settle(place, check_aside(text, bench)) for place, text in exhibit.asides]
    found.append(_whole(exhibit, bench.case))
    found += check_record(exhibit, bench)
    return [violation for violation in found if violation]


def _whole(exhibit: Exhibit, case: Case) -> Violation | None:
    faults: list[Fault] = list(check_expectation(exhibit, case))
    return settle("answer", faults)


def _sections(case: Case, exhibit: Exhibit) -> tuple[int, int]:
    """Count the sections asked for and those that the answer fills with cited claims (or, for papers, a list)."""
    filled = [part for part in exhibit.parts if part.cited or (part.kind == "papers" and exhibit.references)]
    if not case.sections:
        return 0, 0
    asked = [stems(section) for section in case.sections]
    if len(exhibit.parts) == len(asked):
        return len(asked), len(filled)
    titles = [stems(part.title) for part in filled]
    matched = sum(any(wanted & title for title in titles) for wanted in asked)
    return len(asked), min(matched, len(filled))
