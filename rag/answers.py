"""Define what flows from question to answer: `Evidence`, `Task`, `Draft`, and the record `rag.answer/2`, `Answer`.

Everything is a frozen dataclass; nothing here reads, writes or computes more than a join of strings. How an answer is
printed is bound from outside, by the package itself (`rag.lazy.PRINTERS`).
Not handled here: parsing records from outside (`record`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.lazy import Printable
from rag.papers import LATER, AllowedPaper, Flag, Label, Point, Question, SectionKind, Span, cited_as

ANSWER_SCHEMA = "rag.answer/2"
READABLE_SCHEMAS = ("rag.answer/1", ANSWER_SCHEMA)  # the first has neither `in_short` nor `checks`

Source = Literal["pdf", "summary", "brief"]
"""Where a quote stands: in a paper's PDF, in the brief's own summary of a paper, or in the question."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold one numbered sentence that the writer is shown; `paper` is None for the brief's own sentences."""

    id: str  # "E1", "E2", ...
    source: Source
    text: str
    paper: str | None = None
    version: int | None = None
    section: tuple[str, ...] = ()
    label: Label = "body"
    spans: tuple[Span, ...] = ()
    number: int = 0  # the sentence's number in its paper (or in the summary, the question)
    paragraph: int = 0
    flags: tuple[Flag, ...] = ()
    relevance: float = 0.0  # similarity to the question and its facets, 0 to 1
    for_point: tuple[float, ...] = ()  # likewise to each point of the task; empty where not measured
    scores: tuple[tuple[int, str, float], ...] = ()  # point, text of a part, how well it answers that, as log-odds

    @property
    def worth(self) -> float:
        """Return how well it answers what is asked, by its best score, or how near it is where none was given."""
        return max((score for _, _, score in self.scores), default=self.relevance)


@dataclass(frozen=True, slots=True)
class Task:
    """Hold what a writer gets: the question, the points to explain, the allowed papers, the evidence."""

    question: Question
    points: tuple[Point, ...]
    papers: tuple[AllowedPaper, ...]
    evidence: tuple[Evidence, ...]


Form = Literal["own_words", "verbatim"]
Stage = Literal["input", "model", "output"]


@dataclass(frozen=True, slots=True)
class Check:
    """Say what was asked of a claim, and whether it passed: `gate` is a fixed word, as the reasons of `gates.check`."""

    gate: str
    passed: bool
    detail: str = ""  # e.g. "0.93, at least 0.50, by qwen"


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """Hold one sentence as a writer proposes it, naming evidence ids only. `subject` is a paper id or None."""

    text: str
    evidence: tuple[str, ...]
    form: Form = "own_words"
    subject: str | None = None
    stage: Stage | None = None
    checks: tuple[Check, ...] = field(default=(), compare=False)  # the gates' own; a writer's are thrown away


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a writer's claims per point of the task, `claims[i]` for `task.points[i]`.

    `in_short` proposes one or two claims that answer the question itself; without any they are chosen from `claims`.
    """

    claims: tuple[tuple[DraftClaim, ...], ...]
    dropped: tuple[Dropped, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)  # e.g. schema_mode, raw_sha256
    usage: Mapping[str, float] = field(default_factory=dict)  # tokens, seconds, cost: goes into `run`
    stand_ins: tuple[tuple[DraftClaim, ...], ...] = ()  # quotes per point, for where none of its claims stands
    unstated: tuple[int, ...] = ()  # points (or the only one) that no sentence answers, as far as the writer can tell
    stated: float | None = None  # of a task's only question: probability that the best sentence states the answer
    shown: frozenset[str] | None = None  # the evidence ids that the writer saw; None means all of the task's
    in_short: tuple[DraftClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Say which gate a claim failed. A hard failure takes the claim out, a soft one makes it verbatim."""

    reason: str  # a fixed word, e.g. `number`
    detail: str
    hard: bool


@dataclass(frozen=True, slots=True)
class Failing:
    """Hold a claim of `task.points[point]` that failed, with every reason: what goes back for repair."""

    point: int
    claim: DraftClaim
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Repaired:
    """Hold a writer's second try, `claims[i]` for the i-th failing claim, None where it gave that one up."""

    claims: tuple[DraftClaim | None, ...]
    dropped: tuple[Dropped, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Citation:
    """Hold a resolved quote. Everything in it is printed from stored data, nothing from a writer.

    For source `pdf` the quote is `text_at(pages, spans)`; `page_text_sha256` has one hash per span, of that
    page's whole stored text. For `summary` and `brief` the spans are empty and the hashes of the PDF absent.
    """

    source: Source
    quote: str
    quote_sha256: str
    paper: str | None = None
    version: int | None = None
    section: str = ""
    spans: tuple[Span, ...] = ()
    pdf_sha256: str | None = None
    page_text_sha256: tuple[str, ...] = ()
    row: bool = False  # of a table: the last span is the row, before it stand caption and header
    lead: int | None = field(default=0, metadata=LATER)  # pages before arXiv's page 1; None where they are not arXiv's


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one sentence of an answer with its citations (at least one)."""

    text: str
    form: Form
    citations: tuple[Citation, ...]
    subject: str | None = None
    stage: Stage | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Hold the claims that answer one point of the brief."""

    title: str
    kind: SectionKind
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """Hold an allowed paper as the answer lists it; title and links come from the whitelist or arXiv."""

    paper: str
    version: int | None
    title: str
    authors: tuple[str, ...]
    url: str
    github: str | None = None
    citekey: str = field(default="", metadata=LATER)  # the user's own, from a reference manager


def short_names(references: Sequence[Reference]) -> dict[str, str]:
    """Return what to call each paper in running text: what stands before its title's colon, or a short title."""
    names = {}
    for reference in references:
        head, colon, _ = reference.title.partition(":")
        short = head.strip() if colon else reference.title
        names[reference.paper] = short if len(short) <= 90 else cited_as(reference.paper, None)
    return names


CoverageState = Literal["cited", "searched", "silent", "unreadable", "summary_only", "not_fetched"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Say what became of one allowed paper: `searched` gave hits that were not cited, `silent` gave none."""

    paper: str
    state: CoverageState
    reason: str = ""


GapKind = Literal["unanswered", "limit", "not_searched", "words"]
"""What is missing: an answer, what a paper itself leaves open, a paper, or words of the question, on every page."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Say what the allowed papers do not carry, worded by the program; `statement` quotes the paper's own word.

    Where nothing answers what was asked, `nearest` quotes the one or two sentences that come nearest, as no answer.
    """

    topic: str
    text: str
    paper: str | None = None
    searched: str = ""
    statement: Citation | None = None
    nearest: tuple[Citation, ...] = ()
    kind: GapKind = "unanswered"

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """Return all that the gap quotes."""
        return (*((self.statement,) if self.statement else ()), *self.nearest)


@dataclass(frozen=True, slots=True)
class Dropped:
    """Keep a claim that did not pass, with the gate that stopped it."""

    text: str
    reason: str
    detail: str = ""


RefusalKind = Literal["not_in_allowed_papers", "unreadable", "paper_not_allowed"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say why there is no answer."""

    kind: RefusalKind
    detail: str


@dataclass(frozen=True, slots=True)
class AnswerFailure:
    """Say why an answer failed: `kind` is a fixed word, as of `WriterError`; `retryable` says it may pass."""

    kind: str
    reason: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Say something the reader must know about the sources: a title that differs, a version that was assumed."""

    kind: str
    text: str
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Say what made the answer, so that it can be made again."""

    writer: str
    index: str = ""  # fingerprint over weights, pooling and length of the embedding model
    extractor: str = ""
    prompts: Mapping[str, str] = field(default_factory=dict)  # file name -> sha256
    schema_mode: str = ""  # how the model's reply was constrained
    packages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cited:
    """Hold one quote of one claim: a row of `Answer.rows`. Claims are counted from 1, pages too."""

    number: int
    section: str  # "In short", or the section's title
    claim: str
    form: Form
    source: Source
    paper: str | None
    title: str
    page: int | None
    quote: str


Status = Literal["answered", "refused", "failed"]


@dataclass(frozen=True, slots=True, repr=False)
class Answer(Printable):
    """Hold the record `rag.answer/2`. All but `run` is the same for the same input.

    `in_short` are one or two claims that answer the question itself. They may stand in a section as well: what prints
    an answer says them once, on top. `str()` is the answer with marks `[n]` and the list of the quoted places:

    >>> answer = engine.ask("How many seconds does TernBurst need?", ["2604.90001"])
    >>> answer
    <Answer answered, 1 claims, 1 of 1 papers cited: 'How many seconds does TernBurst need?'>
    >>> print(answer)  # doctest: +ELLIPSIS
    ## In short...
    """

    question: str
    status: Status
    writer: str
    in_short: tuple[Claim, ...] = ()
    sections: tuple[Section, ...] = ()
    refusal: Refusal | None = None
    failure: AnswerFailure | None = None
    references: tuple[Reference, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    gaps: tuple[Gap, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notices: tuple[Notice, ...] = ()
    provenance: Provenance = Provenance(writer="")
    digests: Mapping[str, str] = field(default_factory=dict)  # of each field but `run` (`record.sealed`)
    run: Mapping[str, object] = field(default_factory=dict)
    schema: str = ANSWER_SCHEMA

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return all claims in reading order, what stands in short first; one that says and cites the same, once."""
        found: dict[tuple[str, tuple[Citation, ...]], Claim] = {}
        for claim in (*self.in_short, *(claim for section in self.sections for claim in section.claims)):
            found.setdefault((claim.text, claim.citations), claim)
        return tuple(found.values())

    @property
    def rows(self) -> tuple[Cited, ...]:
        """Return the claims as a table: a row for every quote of every claim."""
        return tuple(self._made("rows"))

    def __repr__(self) -> str:
        cited = sum(paper.state == "cited" for paper in self.coverage)
        of = f"{cited} of {len(self.coverage)} papers cited"
        return f"<Answer {self.status}, {len(self.claims)} claims, {of}: {self.question[:60]!r}>"

    def _repr_html_(self) -> str:
        return str(self._made("notebook"))
