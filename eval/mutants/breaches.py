"""Break an answer by leaving the whitelist: foreign papers, versions, links and works."""

from __future__ import annotations

from dataclasses import replace

from rag.answers import Claim

from ..compliant import World, cite, sentence_of
from ..stored_pages import sha256
from .register import Change, Random, mutator
from .spots import any_claim, cited, own_words, with_claim, worded


@mutator("outside_whitelist")
def foreign_paper(world: World, rng: Random) -> Change | None:
    """Cite a paper that nobody has."""
    spot = any_claim(world, rng)
    return cited(
        world,
        spot,
        replace(spot.sole, paper=f"17{rng.randint(10, 12)}.{rng.randint(10000, 99999)}", version=rng.randint(1, 3)),
    )


@mutator("outside_whitelist")
def foreign_beside_good(world: World, rng: Random) -> Change | None:
    """Add an invented citation to a good one."""
    spot = any_claim(world, rng)
    invented = replace(spot.sole, paper=f"19{rng.randint(10, 12)}.{rng.randint(10000, 99999)}", version=None)
    claim = replace(spot.claim, citations=(spot.sole, invented))
    return f"{spot.place}.citations[1]", with_claim(world, spot, claim), world.case


@mutator("outside_whitelist")
def foreign_reference(world: World, rng: Random) -> Change | None:
    """List a paper that the whitelist does not hold."""
    listed = replace(
        world.answer.references[0], paper=f"20{rng.randint(10, 12)}.{rng.randint(10000, 99999)}", version=1
    )
    references = (*world.answer.references, listed)
    return f"references[{len(references) - 1}]", replace(world.answer, references=references), world.case


@mutator("not_allowed_for_question")
def neighbour(world: World, rng: Random) -> Change | None:
    """Cite, truly, a paper that the library holds but this question does not allow."""
    other = rng.choice(world.papers[world.allowed :])
    fact = rng.choice(other.facts)
    spot = any_claim(world, rng)
    citation = cite(other.paper, sentence_of(other.paper, fact.sentence))
    claim = Claim(citation.quote, "verbatim", (citation,))
    return f"{spot.place}.citations[0]", with_claim(world, spot, claim), world.case


@mutator("not_allowed_for_question")
def other_version(world: World, rng: Random) -> Change | None:
    """Cite another version than the one allowed."""
    spot = any_claim(world, rng)
    return cited(world, spot, replace(spot.sole, version=(spot.sole.version or 0) + rng.randint(1, 8)))


@mutator("unknown_evidence")
def nameless(world: World, rng: Random) -> Change | None:
    """Cite no paper at all."""
    spot = any_claim(world, rng)
    return cited(world, spot, replace(spot.sole, paper=None, version=None))


@mutator("unknown_evidence")
def quoteless(world: World, rng: Random) -> Change | None:
    """Cite a paper without a quote or a place."""
    spot = own_words(world, rng)
    return cited(world, spot, replace(spot.sole, quote="", quote_sha256=sha256(""), spans=(), page_text_sha256=()))


@mutator("link_outside_whitelist")
def link_in_claim(world: World, rng: Random) -> Change | None:
    """Put a foreign link into a claim."""
    spot = own_words(world, rng)
    link = rng.choice(
        (
            "https://example.org/more",
            "http://github.com/else/where",
            "www.example.com/x",
            "https://arxiv.org.example.com/abs/2604.91001",
        )
    )
    return worded(world, spot, f"{spot.claim.text.rstrip('.')} (see {link}).")


@mutator("link_outside_whitelist")
def link_of_reference(world: World, rng: Random) -> Change | None:
    """Give a listed paper a link that the whitelist does not have."""
    i = rng.randrange(len(world.answer.references))
    reference = world.answer.references[i]
    bad = rng.choice(("javascript:alert(1)", "https://github.com/evil/fork", "https://example.org/paper.pdf"))
    changed = replace(reference, github=bad) if rng.random() < 0.5 else replace(reference, url=bad)
    references = (*world.answer.references[:i], changed, *world.answer.references[i + 1 :])
    return f"references[{i}]", replace(world.answer, references=references), world.case


@mutator("outside_work_mentioned")
def work_in_claim(world: World, rng: Random) -> Change | None:
    """Name a work that nobody allowed, in prose."""
    spot = own_words(world, rng)
    name = rng.choice(("Ivers", "Quandt", "Oyelaran", "De Vries", "Müller"))
    tail = rng.choice(
        (
            (f", as {name} et al. showed"),
            f" ({name}, 20{rng.randint(10, 24)})",
            f", following {name} and Petrov (20{rng.randint(10, 24)})",
            f" (CVPR 20{rng.randint(10, 24)})",
            f", see arXiv:18{rng.randint(10, 12)}.{rng.randint(10000, 99999)}",
            (", as in doi 10.1000/xyz123"),
            ', as in "Seeing Through Mist With Silent Cameras"',
        )
    )
    return worded(world, spot, spot.claim.text.rstrip(".") + tail + ".")
