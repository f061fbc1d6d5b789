"""Hold what a system answers, ours or a peer's, in one form, and measure what it is worth.

An answer of ours is read off its record: claims, each with the sentences that it cites. A peer's is read off its words:
sentences, each with the chunks whose numbers, `[2]`, stand in it or behind its full stop. What is measured is the same:

- evidence: of QASPER and COVID-QA, whether anything cited lies in a paragraph that people marked (a chunk lies there
  when they share half of the shorter one); of a graded question, whether what is cited carries the key fact, of a
  comparison each side's from its own paper; `evidence_shown`: the same of all chunks that a peer's model was shown;
- f1: words shared with the best gold answer, as QASPER (Dasigi et al., 2021) and SQuAD define it; several gold answers
  count also joined, for a set does not tell which spans make up one answer. Ours is what it says in short, where it
  says that, else all of it; `f1_whole` is all of it;
- said: the answer's own words carry the key fact;
- unsupported: sentences that `eval.support` does not find borne out by what they cite, those that cite nothing
  included; `unsupported_shown`: not even by all that the model was shown, where the sentence cites nothing. It is the
  same lexical check for all, and a chunk of a thousand characters bears out more than a sentence does;
- marks, found: citations, and those that lead somewhere; a number copied with a paper's own sentence leads nowhere;
- quotes, verbatim: cited sentences of ours, and what stands in quotation marks in a peer's words;
- refused: no answer, of a peer one whose first sentence says that there is none; missing, where nothing can be
  answered: refused, or a gap stands above the claims, or the answer denies a false premise first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import punctuation

from eval.benchmarks.answers_graded import marked_above
from eval.benchmarks.graded import Graded
from eval.key_facts import carries
from eval.names import grant
from eval.quotes import MIN_LETTERS, holds
from eval.sentences import sentences
from eval.support import overlap, supported
from rag.answers import Answer, Citation
from rag.papers import Paper

_NUMBERS = r"\d{1,3}(?:\s*(?:,|;|–|-|&|and)\s*(?:sources?\s*)?\d{1,3})*"
MARK = re.compile(
    rf"\s*[\[【]\s*(?:sources?:?\s*)?({_NUMBERS})\s*[\]】]|\s*\(sources?:?\s*({_NUMBERS})\)|\bsources?\s+({_NUMBERS})",
    re.IGNORECASE,
)
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
REFUSES = re.compile(
    r"\b(?:sources?|excerpts?|context|texts?|passages?|papers?|documents?|articles?|authors?|information|study)\b.{0,60}?"
    r"\b(?:do(?:es)?|did)(?: not|n['’]t) (?:\w+ly )?(?:mention|provide|state|specify|say|contain|include|address"
    r"|discuss|answer|give|report|describe|disclose|have|cover)\b"
    r"|\b(?:is|are|was|were)(?: not|n['’]t) (?:\w+ly )?(?:mentioned|provided|stated|specified|given|reported|described"
    r"|discussed|addressed|disclosed|known|available)\b"
    r"|\bdo(?: not|n['’]t) know\b"
    r"|\b(?:cannot|can['’]t|could(?: not|n['’]t)) (?:be )?(?:answer|determine|find|found|tell)"
    r"|\bno (?:\w+ )?(?:information|mention|answer|details?)\b|\bnone of the (?:\w+ )?(?:sources|excerpts|passages)\b",
    re.IGNORECASE,
)
MODEL_FAILED = "model_failed"  # kind of the notice that our own writer stands in
UNANSWERABLE = "UNANSWERABLE"  # the gold answer of QASPER where a paper does not say
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a question of any set, and what a right answer has."""

    id: str
    text: str
    papers: tuple[str, ...]
    paragraphs: frozenset[int] = frozenset()  # pages that people marked, from 1; none where key facts are given
    gold: tuple[str, ...] = ()
    graded: Graded | None = None

    @property
    def answerable(self) -> bool:
        """Tell whether the papers answer it."""
        return bool(self.graded.facts if self.graded else set(self.gold) - {UNANSWERABLE})


@dataclass(frozen=True, slots=True)
class Source:
    """Hold what can be cited, a sentence or a chunk, with the pages (or paragraphs, from 1) that it lies on."""

    text: str
    paper: str
    pages: frozenset[int]


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold a sentence of an answer, without its marks, and what it cites."""

    text: str
    cited: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold a whole answer."""

    statements: tuple[Statement, ...] = ()
    short: str = ""  # what answers the question itself; the whole where it is not told apart
    shown: tuple[Source, ...] = ()  # what the model had before it, where all of it can be cited
    marks: int = 0
    found: int = 0
    quotes: tuple[str, ...] = ()
    refused: bool = False
    marked: bool = False  # says first that something is missing
    failed: bool = False  # the model gave no usable reply

    @property
    def text(self) -> str:
        """Return the answer's own words."""
        return " ".join(statement.text for statement in self.statements)

    @property
    def cited(self) -> tuple[Source, ...]:
        """Return everything that is cited."""
        return tuple(source for statement in self.statements for source in statement.cited)


# --- reading answers ----------------------------------------------------------------------------------------------


def of_answer(answer: Answer) -> Reply:
    """Return an answer of ours; what stands in short is its first claims, and the whole where there are none."""
    statements = []
    for claim in answer.claims:
        cited = tuple(map(_source, claim.citations))
        statements += [Statement(part, cited) for part in parts_of(claim.text)]
    citations = [citation for claim in answer.claims for citation in claim.citations]
    allowed = {reference.paper for reference in answer.references}
    whole = " ".join(claim.text for claim in answer.claims)
    return Reply(
        tuple(statements),
        " ".join(claim.text for claim in answer.in_short) or whole,
        marks=len(citations),
        found=sum(bool(c.quote) and (c.source == "brief" or c.paper in allowed) for c in citations),
        quotes=tuple(c.quote for c in citations if c.source == "pdf" and not c.row),  # a row's parts stand apart
        refused=answer.status == "refused" or not statements,
        marked=marked_above(answer),
        failed=any(notice.kind == MODEL_FAILED for notice in answer.notices),
    )


def _source(citation: Citation) -> Source:
    return Source(citation.quote, citation.paper or "", frozenset(span.page for span in citation.spans))


def of_text(text: str, shown: Sequence[Source]) -> Reply:
    """Return a peer's answer in words: `[n]` cites the n-th source shown, from 1.

    Sentences that say that nothing is found are no claims; nor are marks that stand alone.
    """
    statements, marks, found = [], 0, 0
    for part in parts_of(text):
        numbers = list(numbers_in(part))
        cited = tuple(shown[number - 1] for number in dict.fromkeys(numbers) if 0 < number <= len(shown))
        marks, found = marks + len(numbers), found + sum(0 < number <= len(shown) for number in numbers)
        words = MARK.sub("", part).strip()
        if any(letter.isalnum() for letter in words):
            statements.append(Statement(words, cited))
    refused = not statements or bool(REFUSES.search(statements[0].text))
    claims = tuple(statement for statement in statements if not REFUSES.search(statement.text))
    quotes = tuple(one or other for one, other in QUOTED.findall(MARK.sub("", text)))
    quotes = tuple(quote for quote in quotes if sum(map(str.isalpha, quote)) >= MIN_LETTERS)
    whole = " ".join(statement.text for statement in statements)
    return Reply(claims, whole, tuple(shown), marks, found, quotes, refused, refused)


def parts_of(text: str) -> list[str]:
    """Return the sentences of a text of several lines, each with the marks behind its full stop."""
    lines = [BULLET.sub("", line).strip() for line in text.splitlines()]
    return [line[start:end] for line in lines for start, end in sentences(line)]


def numbers_in(text: str) -> Iterator[int]:
    """Yield the numbers of the marks in a text: [1], [2, 3], [4-6], [Source 7], "source 8"."""
    for match in MARK.finditer(text):
        for part in re.split(r",|;|&|and", match[1] or match[2] or match[3]):
            ends = [int(number) for number in re.findall(r"\d+", part)]
            yield from range(ends[0], ends[-1] + 1) if ends[0] <= ends[-1] else ends


# --- measuring ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Worth:
    """Hold what one answer is worth; None: nothing to be measured by. Shares are made over all answers."""

    evidence: bool | None
    evidence_shown: bool | None
    f1: float | None
    f1_whole: float | None
    said: bool | None
    sentences: int
    cited: int
    unsupported: int
    unsupported_shown: int
    marks: int
    found: int
    quotes: int
    verbatim: int
    words: int
    answerable: bool
    refused: bool
    missing: bool
    failed: bool


def worth(question: Asked, reply: Reply, papers: Sequence[Paper]) -> Worth:
    """Return what a reply is worth; `papers` are those that the question allows."""
    told = [statement for statement in reply.statements if overlap(statement.text, ()) is not None]
    granted = grant((question.text,))
    borne = [_borne(one.text, one.cited, granted) for one in told]
    pairs = zip(told, borne, strict=True)
    shown = [good or _borne(one.text, () if one.cited else reply.shown, granted) for one, good in pairs]
    gold = [text for text in question.gold if text != UNANSWERABLE]
    whole = [" ".join(page.text for page in paper.pages) for paper in papers]
    facts, denied = (question.graded.facts, question.graded.contradicts) if question.graded else ((), ())
    return Worth(
        evidence=holds_evidence(question, reply.cited),
        evidence_shown=holds_evidence(question, reply.shown) if reply.shown else None,
        f1=best_f1(reply.short, gold) if gold else None,
        f1_whole=best_f1(reply.text, gold) if gold else None,
        said=carries(facts, reply.text) if facts else None,
        sentences=len(told),
        cited=sum(bool(one.cited) for one in told),
        unsupported=len(told) - sum(borne),
        unsupported_shown=len(told) - sum(shown),
        marks=reply.marks,
        found=reply.found,
        quotes=len(reply.quotes),
        verbatim=sum(any(holds(text, quote) for text in whole) for quote in reply.quotes),
        words=len(reply.text.split()),
        answerable=question.answerable,
        refused=reply.refused,
        missing=reply.refused or reply.marked or carries(denied, _with_quotes(reply.statements[:1])),
        failed=reply.failed,
    )


def _borne(text: str, sources: Sequence[Source], granted: frozenset[str]) -> bool:
    return supported(text, [source.text for source in sources], granted)


def _with_quotes(statements: Sequence[Statement]) -> str:
    return " ".join([one.text for one in statements] + [source.text for one in statements for source in one.cited])


def holds_evidence(question: Asked, sources: Sequence[Source]) -> bool | None:
    """Tell whether sources hold what answers; None where nothing does."""
    if question.graded is None:
        pages = {(source.paper, page) for source in sources for page in source.pages}
        wanted = {(paper, page) for paper in question.papers for page in question.paragraphs}
        return bool(pages & wanted) if wanted else None
    if not question.graded.facts:
        return None
    sides = question.graded.sides or {"": question.graded.facts}
    texts = {side: " ".join(source.text for source in sources if side in ("", source.paper)) for side in sides}
    return all(carries(groups, texts[side]) for side, groups in sides.items())


def best_f1(text: str, gold: Sequence[str]) -> float:
    """Return the best token F1 of a text with a gold answer, or with all of them joined."""
    return max(token_f1(text, answer) for answer in [*gold, ", ".join(gold)])


def token_f1(text: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall of words, small and without articles and punctuation."""
    said, wanted = Counter(_tokens(text)), Counter(_tokens(gold))
    shared = sum((said & wanted).values())
    return 2 * shared / (said.total() + wanted.total()) if shared else 0.0


def _tokens(text: str) -> list[str]:
    plain = "".join(letter for letter in text.lower() if letter not in punctuation)
    return _ARTICLES.sub(" ", plain).split()
