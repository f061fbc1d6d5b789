"""Build answers that keep every rule: what mutants break, and a test that good is good."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answers import Answer, Citation, Claim, Coverage, Gap, Provenance, Reference, Section, Stage
from rag.papers import Paper, Sentence

from .cases import Case, brief_text, read_case
from .digests import sealed
from .invented import Invented
from .quotes import Texts, normal
from .stored_pages import sha256

ASKED = ("What the user wants to do", "How the models work (input, model, output)", "Relevant papers and tools")


@dataclass(frozen=True)
class World:
    """Hold a case, the papers of its library (allowed first), and an answer that keeps every rule."""

    case: Case
    papers: tuple[Invented, ...]
    allowed: int
    answer: Answer


def cite(paper: Paper, sentence: Sentence) -> Citation:
    """Return the citation of one stored sentence."""
    return Citation(
        source="pdf",
        quote=sentence.text,
        quote_sha256=sha256(sentence.text),
        paper=paper.paper,
        version=paper.version,
        section=" ".join(sentence.section),
        spans=sentence.spans,
        pdf_sha256=paper.pdf_sha256,
        page_text_sha256=tuple(sha256(paper.pages[span.page - 1].text) for span in sentence.spans),
    )


def cite_brief(quote: str) -> Citation:
    """Return the citation of a sentence of the question."""
    return Citation(source="brief", quote=quote, quote_sha256=sha256(quote))


def sentence_of(paper: Paper, text: str) -> Sentence:
    """Return the stored sentence with this text, in normal form; a stretch of a page where no sentence was read."""
    wanted = normal(text)
    for sentence in paper.sentences:
        if sentence.text == text or normal(sentence.text) == wanted:
            return sentence
    if found := Texts([page.text for page in paper.pages]).find(text):
        (span,) = found.spans
        return Sentence(-1, paper.pages[span.page - 1].text[span.start : span.end], found.spans, "other")
    raise LookupError(f"{paper.key} does not hold: {text}")


def make_case(papers: Sequence[Invented], name: str = "invented") -> Case:
    """Return a case that allows these papers, by way of its own brief."""
    fields = " and ".join(paper.field for paper in papers)
    question = f"How do the given models handle {fields}? Which figures do they reach?"
    case = Case(name, question, tuple(paper.allowed for paper in papers), sections=ASKED)
    return read_case(brief_text(case), name)


def make_world(papers: Sequence[Invented], allowed: int, seed: int) -> World:
    """Return a world with a good answer over the first `allowed` papers."""
    rng = random.Random(seed)  # noqa: S311 - seeded on purpose
    case = make_case(papers[:allowed])
    claims = [claim for paper in papers[:allowed] for claim in _claims(paper, rng)]
    rng.shuffle(claims)
    half = len(claims) // 2
    sections = (
        Section(ASKED[0], "prose", (_wish(case), *(replace(claim, stage=None) for claim in claims[:half]))),
        Section(ASKED[1], "workflow", tuple(claims[half:])),
        Section(ASKED[2], "papers"),
    )
    answer = Answer(
        question=case.question,
        status="answered",
        writer="test",
        in_short=sections[0].claims[1:2],
        sections=sections,
        references=tuple(_reference(paper) for paper in papers[:allowed]),
        coverage=tuple(Coverage(paper.paper_id, "cited") for paper in papers[:allowed]),
        gaps=(_gap(papers[0]),),
        provenance=Provenance(writer="test", extractor=papers[0].paper.extractor),
    )
    return World(case, tuple(papers), allowed, sealed(answer))


def _wish(case: Case) -> Claim:
    quote = case.question.split("? ")[0] + "?"
    return Claim(quote, "verbatim", (cite_brief(quote),))


def _claims(paper: Invented, rng: random.Random) -> list[Claim]:
    facts = rng.sample(paper.facts, 6)
    stages: tuple[Stage | None, ...] = ("input", "model", "output", None, None, None)
    claims = []
    for fact, stage in zip(facts, stages, strict=True):
        own = rng.random() < 0.7
        citation = cite(paper.paper, sentence_of(paper.paper, fact.sentence))
        text = fact.paraphrase if own else citation.quote
        claims.append(Claim(text, "own_words" if own else "verbatim", (citation,), paper.paper_id, stage))
    return claims


def _reference(paper: Invented) -> Reference:
    allowed = paper.allowed
    return Reference(allowed.paper, allowed.version, paper.title, paper.paper.authors, allowed.url, allowed.github)


def _gap(paper: Invented) -> Gap:
    stated = next(text for text in paper.plain if text.startswith("In future work"))
    return Gap(
        paper.field,
        f"{paper.model} names {paper.other_field} as future work:",
        paper.paper_id,
        statement=cite(paper.paper, sentence_of(paper.paper, stated)),
        kind="limit",
    )
