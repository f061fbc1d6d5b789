"""Find the claims of a good answer where it can be broken, and put broken ones in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.answers import Answer, Citation, Claim

from ..compliant import World
from ..stored_pages import sha256
from .register import Change, Random


@dataclass(frozen=True, slots=True)
class Spot:
    """Hold one claim of a world's answer with its place: in a section, or in short where that is None."""

    section: int | None
    number: int
    claim: Claim

    @property
    def place(self) -> str:
        """Return the claim's place."""
        return f"in_short[{self.number}]" if self.section is None else f"sections[{self.section}].claims[{self.number}]"

    @property
    def sole(self) -> Citation:
        """Return the claim's first citation."""
        return self.claim.citations[0]


def spots(world: World, own: bool | None = None) -> list[Spot]:
    """Return the claims that cite a paper: all, those in own words, or verbatim ones."""
    found = [Spot(None, j, claim) for j, claim in enumerate(world.answer.in_short)]
    found += [Spot(i, j, claim) for i, part in enumerate(world.answer.sections) for j, claim in enumerate(part.claims)]
    return [
        spot for spot in found if spot.sole.source == "pdf" and (own is None or (spot.claim.form == "own_words") == own)
    ]


def with_claim(world: World, spot: Spot, claim: Claim) -> Answer:
    """Return the answer with another claim at a spot."""
    if spot.section is None:
        short = world.answer.in_short
        return replace(world.answer, in_short=(*short[: spot.number], claim, *short[spot.number + 1 :]))
    sections = list(world.answer.sections)
    claims = list(sections[spot.section].claims)
    claims[spot.number] = claim
    sections[spot.section] = replace(sections[spot.section], claims=tuple(claims))
    return replace(world.answer, sections=tuple(sections))


def cited(world: World, spot: Spot, citation: Citation) -> Change:
    """Return the answer with another citation at a spot."""
    claim = replace(spot.claim, citations=(citation,))
    return f"{spot.place}.citations[0]", with_claim(world, spot, claim), world.case


def worded(world: World, spot: Spot, text: str) -> Change | None:
    """Return the answer with another wording at a spot, or None when it is no other."""
    if text == spot.claim.text:
        return None
    return spot.place, with_claim(world, spot, replace(spot.claim, text=text)), world.case


def own_words(world: World, rng: Random) -> Spot:
    """Choose a claim in own words."""
    return rng.choice(spots(world, own=True))


def any_claim(world: World, rng: Random) -> Spot:
    """Choose a claim."""
    return rng.choice(spots(world))


def hashed(citation: Citation, quote: str, rng: Random) -> Citation:
    """Return a citation with another quote, hashed again or not."""
    return replace(citation, quote=quote, quote_sha256=sha256(quote) if rng.random() < 0.7 else citation.quote_sha256)
