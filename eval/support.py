"""State the support check: whether a claim follows from its quotes, by wording alone.

The check, whole: the share of the claim's content stems that its quotes bear is at least `THRESHOLD`, and neither a
quantity, a name, a negation, a direction, a degree nor a binding differs, nor is anything added at the end. It is
lexical on purpose (no model, the same everywhere); a paraphrase with new words counts as not shown, never as false, so
it lowers recall and raises no violation. `model_judge` asks a chat model besides.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import bindings, degrees, names, polarity, quantities
from .quotes import holds
from .words import stems, tokens
from .works import URL

_ASKING = frozenset(
    "ask asks asked asking want wants wanted wish wishes wonder wonders question questions user users whether "
    "seek seeks".split()
)
THRESHOLD = 0.6  # chosen on claims that people judged: `python -m eval.benchmarks.support`


def overlap(claim: str, quotes: Sequence[str]) -> float | None:
    """Return the share of the claim's content stems that the quotes bear; None where it has none."""
    wanted = stems(URL.sub(" ", claim))
    if not wanted:
        return None
    borne: frozenset[str] = frozenset().union(*(stems(quote) for quote in quotes)) if quotes else frozenset()
    return len(wanted & borne) / len(wanted)


def supported(claim: str, quotes: Sequence[str], granted: frozenset[str] = frozenset()) -> bool:
    """Tell whether the quotes support the claim."""
    if not quotes or only_asked(claim, quotes):
        return False
    if contained(claim, quotes):
        return True
    share = overlap(claim, quotes)
    return share is not None and share >= THRESHOLD and not differs(claim, quotes, granted)


def differs(claim: str, quotes: Sequence[str], granted: frozenset[str] = frozenset()) -> bool:
    """Tell whether anything that the claim says exactly is not what its quotes say."""
    return bool(
        quantities.lacking(claim, quotes)
        or names.lacking(claim, quotes, granted)
        or polarity.negation_flipped(claim, quotes)
        or polarity.direction_flipped(claim, quotes)
        or bindings.mixed_up(claim, quotes)
        or degrees.overstated(claim, quotes)
        or degrees.unfounded_tail(claim, quotes)
    )


def only_asked(claim: str, quotes: Sequence[str]) -> bool:
    """Tell whether the quotes are questions, which state nothing, and the claim does not say that they ask."""
    asked = all(quote.rstrip(' "”’)').endswith("?") for quote in quotes)
    return asked and not claim.rstrip().endswith("?") and not _ASKING & set(tokens(claim))


def contained(claim: str, quotes: Sequence[str]) -> bool:
    """Tell whether the claim's words stand in one quote as they are."""
    return any(holds(quote, claim) for quote in quotes)
