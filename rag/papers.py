"""Define what is asked and what is read: `AllowedPaper`, `Point`, `Question`; `Page`, `Sentence`, `Paper`, `Hit`.

Everything is a frozen dataclass; nothing here reads, writes or computes more than a join of strings.
Not handled here: parsing text from outside (`briefs`), reading a question (`language`), what is answered (`answers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

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
    "out_of_place",  # hardly a word of it stands elsewhere in its paper: likely meant for a machine
    "formula",  # mostly mathematics: a poor quote
    "fragment",  # no full sentence: starts or ends in the middle
    "row",  # a table row, printed with its header
    "unreadable",  # holds a character of which nobody can tell what it is
]

LOCAL = "local:"
SOFT_HYPHEN = "\u00ad"

LATER = {"later": True}
"""Metadata of a field that records gained after others had been written (`record.as_written`)."""


# --- what is asked -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AllowedPaper:
    """Name one paper of a whitelist as the brief gives it.

    `paper` is the arXiv id without version; `version` None allows whichever version is at hand (newest first). A paper
    that is not on arXiv is `local:NAME`, after its file or citekey; it has no version, its PDF's hash tells it apart.
    """

    paper: str
    version: int | None = None
    model: str = ""  # the brief's "Model:" line: a name, often with the paper's title
    github: str | None = None
    summary: str = ""
    recommended: bool = False
    line: int | None = None  # where the brief names it, 1-based
    citekey: str = field(default="", metadata=LATER)  # under which the user's reference manager has it
    doi: str = field(default="", metadata=LATER)  # of a paper that is not on arXiv
    file: str = field(default="", metadata=LATER)  # the name of its PDF, as the reference manager tells

    @property
    def key(self) -> str:
        """Return id and version as one word, `2410.18666v2`, or the bare id when any version will do."""
        return paper_key(self.paper, self.version)

    @property
    def url(self) -> str:
        """Return the paper's page on arXiv, built from the checked id, or a local paper's DOI; it may have none."""
        if is_local(self.paper):
            return f"https://doi.org/{self.doi}" if self.doi else ""
        return f"https://arxiv.org/abs/{self.key}"


SectionKind = Literal["prose", "workflow", "papers"]


@dataclass(frozen=True, slots=True)
class Point:
    """Name one thing that the answer has to explain; it becomes a section of the answer."""

    title: str
    kind: SectionKind = "prose"
    text: str = ""  # the point in the brief's own words
    about_user: bool = False  # asks what the user wants: rests on the question itself


AnswerKind = Literal["amount", "name", "yes_no", "meaning", "limits", "reason", "difference", "about", "account"]
"""What kind of answer is asked for. An account tells how or why; `about` sums the paper up; the others are narrower."""


@dataclass(frozen=True, slots=True)
class Word:
    """Hold one word of what is asked: its stem, and how it is first written (empty for a part of one, `6` of `IL6`)."""

    stem: str
    written: str
    weight: float = 1.0  # less for a word that belongs to the asking, not to what is asked about

    @property
    def topical(self) -> bool:
        """Tell whether it belongs to what is asked about, so that a paper that lacks it may not speak of that."""
        return self.weight >= 1.0


@dataclass(frozen=True, slots=True)
class Side:
    """Hold what a question compares its subject with; `pair` where it is both sides, as in "between A and B"."""

    text: str
    topics: Mapping[str, str]
    models: tuple[str, ...] = ()  # the names of models and data sets in it
    pair: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one thing that is asked, in the asker's words; `topics` map the stem of what it is about to the word."""

    text: str
    kind: AnswerKind = "account"
    words: tuple[Word, ...] = ()
    topics: Mapping[str, str] = field(default_factory=dict)
    sides: tuple[Side, ...] = ()
    term: str = ""  # whose meaning is asked
    leans: bool = False  # on what was said before: "how does it differ?"
    length: int = 0  # sentences that the answer is to have: "in three sentences"; 0 where it does not say
    each: Mapping[str, Part] = field(default_factory=dict)  # where papers are set side by side: what is asked of each


@dataclass(frozen=True, slots=True)
class Names:
    """Hold what a question names: papers, models, data sets."""

    ids: tuple[tuple[str, int | None], ...] = ()  # arXiv ids, with their versions where given
    sources: tuple[str, ...] = ()  # what it treats as a source: "according to X", "the X paper", a quoted title
    subjects: tuple[str, ...] = ()  # "how does X work?"
    models: tuple[str, ...] = ()  # all that looks like the name of a model or data set
    papers: frozenset[str] = frozenset()  # allowed papers named by id, title or model
    called: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # papers set side by side, the words that name each


@dataclass(frozen=True, slots=True)
class Facet:
    """Hold one query, and which point of the brief it serves (None: the question itself)."""

    query: str
    point: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Hold what a brief asks, read once (`language.read_question`): no stage looks at its text again.

    `points[p]` are the parts that point p asks for itself; none where it only names a section, or is not prose.
    """

    text: str
    sentences: tuple[str, ...]
    parts: tuple[Part, ...]
    points: tuple[tuple[Part, ...], ...] = ()
    words: tuple[Word, ...] = ()
    topics: Mapping[str, str] = field(default_factory=dict)
    names: Names = Names()
    facets: tuple[Facet, ...] = ()  # the question itself first
    generic: bool = False  # it can be put to any paper
    language: str = "en"

    def asked(self, point: int) -> tuple[Part, ...]:
        """Return what is asked under a point: its own parts, else those of the question."""
        return (self.points[point] if point < len(self.points) else ()) or self.parts


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
    copy: str = ""  # how the file differs from arXiv's own: "page 1 is a cover sheet of HAL"
    lead: int | None = 0  # pages of the file before arXiv's page 1; None where its pages are not arXiv's

    @property
    def key(self) -> str:
        """Return id and version as one word, as `AllowedPaper.key` does."""
        return paper_key(self.paper, self.version)

    def pages_of(self, passage: Passage) -> tuple[int, ...]:
        """Return the pages that a passage stands on, from 1, in order."""
        sentences = self.sentences[passage.first : passage.last]
        return tuple(sorted({span.page for sentence in sentences for span in sentence.spans}))


def paper_key(paper: str, version: int | None) -> str:
    """Return `id` or `idvN`."""
    return paper if version is None else f"{paper}v{version}"


def is_local(paper: str) -> bool:
    """Tell whether an id is that of a paper which is not on arXiv: `local:NAME`."""
    return paper.startswith(LOCAL)


def cited_as(paper: str, version: int | None) -> str:
    """Return how an id stands in running text: `arXiv:2410.18666v2`, `local:smith2020`."""
    return paper if is_local(paper) else f"arXiv:{paper_key(paper, version)}"


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
