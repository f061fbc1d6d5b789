"""Break an answer by citing what was never evidence: hidden text, orders, reference lists, borrowed findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rag.answers import Claim

from ..compliant import World, cite, sentence_of
from ..stored_pages import sha256
from .register import Change, Random, mutator
from .spots import any_claim, spots, with_claim


def _cites_sentence(world: World, rng: Random, texts: Callable[[int], str]) -> Change:
    number = rng.randrange(world.allowed)
    paper = world.papers[number].paper
    text = texts(number)
    spot = any_claim(world, rng)
    citation = cite(paper, sentence_of(paper, text))
    claim = Claim(citation.quote, "verbatim", (citation,), paper.paper)
    return spot.place, with_claim(world, spot, claim), world.case


@mutator("hidden_text")
def hidden(world: World, rng: Random) -> Change | None:
    """Quote text that no person can see."""
    number = rng.randrange(world.allowed)
    text = world.papers[number].paper.hidden[0].text
    spot = rng.choice(spots(world))
    citation = replace(
        spot.sole,
        quote=text,
        quote_sha256=sha256(text),
        paper=world.papers[number].paper_id,
        pdf_sha256=world.papers[number].paper.pdf_sha256,
        page_text_sha256=tuple(sha256(world.papers[number].paper.pages[s.page - 1].text) for s in spot.sole.spans),
    )
    claim = Claim(text, "verbatim", (citation,), world.papers[number].paper_id)
    return f"{spot.place}.citations[0]", with_claim(world, spot, claim), world.case


@mutator("addressed_to_reader")
def obeys(world: World, rng: Random) -> Change | None:
    """Cite a sentence that instructs a reading machine."""
    place, answer, case = _cites_sentence(world, rng, lambda n: world.papers[n].to_the_reader)
    return f"{place}.citations[0]", answer, case


@mutator("evidence_from_references")
def from_reference_list(world: World, rng: Random) -> Change | None:
    """Cite an entry of a reference list."""
    place, answer, case = _cites_sentence(world, rng, lambda n: rng.choice(world.papers[n].references))
    return f"{place}.citations[0]", answer, case


@mutator("second_hand")
def borrowed(world: World, rng: Random) -> Change | None:
    """Pass off what a paper reports of others as its own finding."""
    return _cites_sentence(world, rng, lambda n: rng.choice(world.papers[n].second_hand))
