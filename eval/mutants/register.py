"""Register ways to break an answer, and go round them.

A mutator takes a world and a random generator and returns a broken answer with the place where it was broken, or None
where this world offers nothing to break in its way. Whoever breaks it makes its digests anew, unless they are what
gives him away.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.answers import Answer

from ..cases import Case
from ..compliant import World
from ..digests import sealed
from ..violations import PRECEDENCE

Random = random.Random


@dataclass(frozen=True, slots=True)
class Mutant:
    """Hold a broken answer, the kind that must be found, and where."""

    kind: str
    variant: str
    place: str
    answer: Answer
    case: Case


Change = tuple[str, Answer, Case]  # place, answer, case
Mutator = Callable[[World, Random], Change | None]
_OPEN = frozenset(("altered_record",))  # digests are left as they were; all others are made by forgers
MUTATORS: dict[str, list[Mutator]] = {}


def mutator(kind: str) -> Callable[[Mutator], Mutator]:
    """Register a way to break an answer."""

    def register(function: Mutator) -> Mutator:
        MUTATORS.setdefault(kind, []).append(function)
        return function

    return register


def mutants(
    worlds: Iterator[World] | list[World],
    per_kind: int,
    seed: int,
    kinds: Collection[str] | None = None,
    ways: Sequence[Mutator] = (),
) -> Iterator[Mutant]:
    """Yield `per_kind` mutants of each kind (or of some), going round the worlds and the variants (or some `ways`)."""
    stock = list(worlds)
    for kind in PRECEDENCE if kinds is None else kinds:
        variants = ways or MUTATORS[kind]
        made = attempt = 0
        while made < per_kind and attempt < per_kind * 20:
            world = stock[attempt % len(stock)]
            variant = variants[attempt % len(variants)]
            rng = Random(f"{seed}/{kind}/{attempt}")
            attempt += 1
            try:
                change = variant(world, rng)
            except LookupError:  # the reader did not keep this sentence in one piece
                continue
            if change is not None:
                made += 1
                place, answer, case = change
                yield Mutant(kind, variant.__name__, place, answer if kind in _OPEN else sealed(answer), case)
