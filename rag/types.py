"""Define what flows between the stages, and the record `rag.answer/1`.

Two halves, in the order in which the data comes to be:

1. what is asked and what is read: `AllowedPaper`, `Point`, `Page`, `Sentence`, `Passage`, `Paper`, `Hit`;
2. what is answered: `Evidence`, `Task`, `Draft`, and the record proper, `Answer`.

Everything is a frozen dataclass; nothing here reads, writes or computes more than a join of strings.
Not handled here: parsing text from outside (`brief`, `whitelist`, `record`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

ANSWER_SCHEMA = "rag.answer/1"

Label = Literal[
    "title",
    "front",  # authors, affiliations, e-mail addresses, notices on the first page
    "abstract",
    "heading",
    "body",
    "caption",
    "table",
    "equation",
    "footnote",
    "acknowledgements",
    "references",
    "appendix",
    "furniture",  # running heads, page and line numbers, the arXiv stamp
    "other",  # visible text of no known kind: text inside figures, debris
]
"""What a stretch of page text is. Only abstract, body, appendix, footnote, caption and table rows are evidence."""

Flag = Literal[
    "second_hand",  # chiefly reports what other works did
    "addresses_reader",  # speaks to a machine that reads ("ignore previous instructions")
    "formula",  # mostly mathematics: a poor quote
    "fragment",  # no full sentence: starts or ends in the middle
    "row",  # a table row, printed with its header
]

SOFT_HYPHEN = "\u00ad"


# --- what is asked -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AllowedPaper:
    """Name one paper of a whitelist as the brief gives it.

    `paper` is the arXiv id without version; `version` None allows whichever version is at hand (newest first).
    """

    paper: str
    version: int | None = None
    model: str = ""  # the brief's "Model:" line: a name, often with the paper's title
    github: str | None = None
    summary: str = ""
    recommended: bool = False
    line: int | None = None  # where the brief names it, 1-based

    @property
    def key(self) -> str:
        """Return id and version as one word, `2410.18666v2`, or the bare id when any version will do."""
        return paper_key(self.paper, self.version)

    @property
    def url(self) -> str:
        """Return the paper's page on arXiv, built from the checked id, never from foreign text."""
        return f"https://arxiv.org/abs/{self.key}"


SectionKind = Literal["prose", "workflow", "papers"]


@dataclass(frozen=True, slots=True)
class Point:
    """Name one thing that the answer has to explain; it becomes a section of the answer."""

    title: str
    kind: SectionKind = "prose"
    text: str = ""  # the point in the brief's own words
    about_user: bool = False  # asks what the user wants: rests on the question itself


# --- what is read ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Point at `pages[page - 1].text[start:end]`; offsets count code points of the stored page text."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Region:
    """Give a stretch of a page's text its label. A page's regions are in order and do not overlap."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page's visible text in reading order, cleaned, with the way back to its glyphs.

    `glyphs` holds triples (start, glyph, length): `text[start + i]` is PDFium's character number `glyph + i` of
    this page for `i < length`. Characters without a glyph (blanks that were added) lie in no triple. Sizes are
    in PDF points.
    """

    number: int  # 1-based position in the file
    text: str
    regions: tuple[Region, ...] = ()
    glyphs: tuple[tuple[int, int, int], ...] = ()
    width: float = 0.0
    height: float = 0.0
    flags: tuple[str, ...] = ()  # what could not be read: scanned, broken_encoding, no_text, ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold one sentence (or table row, or caption) with its exact place: `text == text_at(pages, spans)`."""

    number: int  # position in the paper, from 0
    text: str
    spans: tuple[Span, ...]
    label: Label
    section: tuple[str, ...] = ()  # heading path, outermost first
    paragraph: int = 0  # sentences of one paragraph share this number
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Hold a run of sentences of one section, `sentences[first:last]`: the unit that is indexed."""

    number: int  # position in the paper, from 0
    first: int
    last: int
    text: str
    label: Label
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Report text that a person cannot see (white, tiny, off the page, covered); it is never evidence."""

    page: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Paper:
    """Hold everything read from one PDF of one version of a paper."""

    paper: str
    version: int | None
    title: str
    authors: tuple[str, ...]
    pdf_sha256: str
    extractor: str  # name and versions of what read it
    pages: tuple[Page, ...]
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    hidden: tuple[HiddenText, ...] = ()
    gaps: tuple[str, ...] = ()  # parts that could not be read well: "page 7: scanned image", "Table 3"
    published: str = ""  # ISO date where arXiv's metadata gave one

    @property
    def key(self) -> str:
        """Return id and version as one word, as `AllowedPaper.key` does."""
        return paper_key(self.paper, self.version)


def paper_key(paper: str, version: int | None) -> str:
    """Return `id` or `idvN`."""
    return paper if version is None else f"{paper}v{version}"


def text_at(pages: Sequence[Page], spans: Sequence[Span]) -> str:
    """Return the text under spans: pieces joined by a blank, or directly after a piece that ends in U+00AD.

    Page text ends in a soft hyphen only where a word runs on into the next span; the hyphen itself is dropped.
    """
    text = ""
    for span in spans:
        piece = pages[span.page - 1].text[span.start : span.end]
        if text.endswith(SOFT_HYPHEN):
            text = text[:-1] + piece
        else:
            text = f"{text} {piece}" if text else piece
    return text


@dataclass(frozen=True, slots=True)
class Hit:
    """Hold a passage that a search found, its score, and the scores of each stage by name."""

    paper: str  # the stored paper's key, `2410.18666v2`
    passage: Passage
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)


# --- what is answered --------------------------------------------------------------------------------------

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


@dataclass(frozen=True, slots=True)
class Task:
    """Hold what a writer gets: the question, the points to explain, the allowed papers, the evidence."""

    question: str
    points: tuple[Point, ...]
    papers: tuple[AllowedPaper, ...]
    evidence: tuple[Evidence, ...]


Form = Literal["own_words", "verbatim"]
Stage = Literal["input", "model", "output"]


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """Hold one sentence as a writer proposes it, naming evidence ids only. `subject` is a paper id or None."""

    text: str
    evidence: tuple[str, ...]
    form: Form = "own_words"
    subject: str | None = None
    stage: Stage | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a writer's claims per point of the task, `claims[i]` for `task.points[i]`."""

    claims: tuple[tuple[DraftClaim, ...], ...]
    dropped: tuple[Dropped, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)  # e.g. schema_mode, raw_sha256
    usage: Mapping[str, float] = field(default_factory=dict)  # tokens, seconds, cost: goes into `run`
    shown: frozenset[str] | None = None  # the evidence ids that the writer saw; None means all of the task's


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


class Writer(Protocol):
    """Turn a task into a draft. A writer may only name evidence ids; quotes are the program's."""

    @property
    def name(self) -> str:
        """Return the name under which answers record the writer."""
        ...

    def write(self, task: Task) -> Draft:
        """Return claims for every point of the task; raise `WriterError` when none can be had."""
        ...


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


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one sentence of an answer with its citations (at least one)."""

    text: str
    form: Form
    citations: tuple[Citation, ...]
    subject: str | None = None
    stage: Stage | None = None


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


def short_names(references: Sequence[Reference]) -> dict[str, str]:
    """Return what to call each paper in running text: what stands before its title's colon, or a short title."""
    names = {}
    for reference in references:
        head, colon, _ = reference.title.partition(":")
        short = head.strip() if colon else reference.title
        names[reference.paper] = short if len(short) <= 90 else f"arXiv:{reference.paper}"
    return names


CoverageState = Literal["cited", "searched", "silent", "unreadable", "summary_only", "not_fetched"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Say what became of one allowed paper: `searched` gave hits that were not cited, `silent` gave none."""

    paper: str
    state: CoverageState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Say what the allowed papers do not carry, worded by the program; `statement` quotes the paper's own word."""

    topic: str
    text: str
    paper: str | None = None
    searched: str = ""
    statement: Citation | None = None


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


Status = Literal["answered", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold the record `rag.answer/1`. All but `run` is the same for the same input."""

    question: str
    status: Status
    writer: str
    sections: tuple[Section, ...] = ()
    refusal: Refusal | None = None
    failure: AnswerFailure | None = None
    references: tuple[Reference, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    gaps: tuple[Gap, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notices: tuple[Notice, ...] = ()
    provenance: Provenance = Provenance(writer="")
    run: Mapping[str, object] = field(default_factory=dict)
    schema: str = ANSWER_SCHEMA

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return all claims in reading order."""
        return tuple(claim for section in self.sections for claim in section.claims)

    def to_json(self) -> str:
        """Return the record as JSON, one line, keys in the order of the fields."""
        from rag.record import dump_answer

        return dump_answer(self)

    def to_markdown(self) -> str:
        """Return the answer as Markdown with numbered citations."""
        from rag.render import markdown

        return markdown(self)

    def _repr_html_(self) -> str:
        from rag.page import notebook

        return notebook(self)
