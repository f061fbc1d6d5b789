"""Tell whether a claim turns its cited text round: a negation dropped or added, up said for down, A swapped with B.

Both checks look at the words around the turning word, so that "not only" or an "increase" of something else does not
count. Not handled: irony, double negation across clauses, antonyms that are in no table here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from .names import names, squeeze
from .shared_data import table
from .words import STOP, stem, tokens

_LISTS = table("polarity")
_NEGATORS = frozenset(_LISTS["hard_negators"].split()) | {"failing", "lacked", "lacking"}
_SAYING = frozenset(
    "show shows showed shown describe describes described present presents presented report reports reported "
    "state states "
    "stated say says said write writes use used uses using make makes made work".split()
)  # common in claims, so no content words; but what a negation bears on
_AUXILIARY = (STOP - _SAYING) | frozenset("yet longer even always necessarily well fully still any".split())
_CLAUSE = re.compile(
    r"[;:]|,\s*(?=(?:and|but|which|while|whereas|where|so|because|although|since|as|it|they|we|this|that)\b)"
)
_REACH = 3  # content words that a negation governs

_SOFT_NEGATION = re.compile(
    r"\b(?:rather than|instead of|only|unlike|avoid\w*|prevent\w*|hardly|barely|few|little|absen\w+|omit\w*"
    r"|remov\w+|drop\w*|"
    r"ignor\w+|exclud\w+|limit\w*|insufficient|free|stop\w*|in\w+able|un\w+ed|un\w+able|impossible|refus\w+"
    r"|reject\w*)\b",
    re.IGNORECASE,
)  # words by which a sentence can say no without a negation

_POLES = (  # beside the shared list of opposites: wider ones, and what it lacks
    ("increase increases increased increasing rise rises rising rose grow grows growing grew gain gains raise "
     "raises raised "
     "higher above high larger greater more improve improves improved improving improvement boost boosts boosted",
     "decrease decreases decreased decreasing decline declines declined declining fall falls falling fell drop "
     "drops dropped "
     "shrink shrinks reduce reduces reduced reducing reduction below lower lowers lowered low smaller fewer less "
     "worsen worsens "
     "worsened degrade degrades degraded degrading"),
    ("better best superior outperform outperforms outperformed outperforming surpass surpasses surpassed exceed "
     "exceeds "
     "exceeded beat beats",
     "worse worst inferior underperform underperforms underperformed trail trails trailed lag lags"),
    ("faster fast quicker quick speed speeds accelerate accelerates accelerated", "slower slow slows slowed"),
    ("maximize maximizes maximized maximise maximum most", "minimize minimizes minimized minimise minimum least"),
    ("stronger strong", "weaker weak"),
    ("easier easy simple simpler", "harder hard difficult complex"),
    ("longer long", "shorter short"),
    ("deeper deep", "shallower shallow"),
    ("enable enables enabled allow allows allowed", "prevent prevents prevented"),
    ("encourage encourages", "discourage discourages"),
    ("include includes included including", "exclude excludes excluded excluding"),
)  # fmt: skip
_OPPOSITES = (*_LISTS["opposites"], *_POLES)
_POLE: dict[str, list[tuple[int, int]]] = {}  # word -> the axes on which it turns, and its side of each
for _axis, _sides in enumerate(_OPPOSITES):
    for _pole, _words in enumerate(_sides):
        for _word in _words.split():
            _POLE.setdefault(_word, []).append((_axis, _pole))
_LOCAL = frozenset("with without before after".split())
_COMPARE = re.compile(
    r"\b(?:(?P<up>outperform\w*|surpass\w*|exceed\w*|beats?|better than|superior to|faster than|higher than|larger "
    r"than|"
    r"more \w+ than|stronger than|smaller than|lower than|ahead of)"
    r"|(?P<down>underperform\w*|worse than|inferior to|slower than|weaker than|less \w+ than|trails?|behind|lags "
    r"behind))\b",
    re.IGNORECASE,
)


def negation_flipped(claim: str, evidence: Sequence[str]) -> str | None:
    """Return the word whose negation the claim added or dropped, or None."""
    return _negation_flipped(claim, tuple(evidence))


@lru_cache(maxsize=4096)
def _negation_flipped(claim: str, evidence: tuple[str, ...]) -> str | None:
    said, said_scope, said_free = _negated(claim)
    heads: set[str] = set()
    scope: set[str] = set()
    free: set[str] = set()
    for text in evidence:
        h, s, f = _negated(text)
        heads |= h
        scope |= s
        free |= f
    for word in sorted(said):
        if word in free and word not in scope:
            return f"the claim negates {word!r}, its source does not"
    for word in sorted(heads):
        if word in said_free and word not in said_scope and word not in free:
            return f"the source negates {word!r}, the claim does not"
    return _negated_in_other_words(claim, said_scope, evidence, scope, free)


def _negated_in_other_words(
    claim: str, said: frozenset[str], evidence: Sequence[str], scope: set[str], free: set[str]
) -> str | None:
    """Return what only one side negates, where the negated verb itself has a synonym on the other side."""
    turning = [text for text in (claim, *evidence) if _SOFT_NEGATION.search(text)]
    if turning or bool(said) == bool(scope):
        return None
    if said and 2 * len(said & free) >= len(said):
        return f"the claim negates {', '.join(sorted(said & free))}, its source negates nothing"
    shared = scope & _negated(claim)[2]
    if scope and len(evidence) == 1 and 3 * len(shared) >= 2 * len(scope):
        return f"the source negates {', '.join(sorted(shared))}, the claim negates nothing"
    return None


@lru_cache(maxsize=16384)
def _negated(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the stems that negations bear on directly, those in their reach, and all that stand free of any.

    A negation reaches no further than its clause.
    """
    clauses = [_negated_in(clause) for clause in _CLAUSE.split(text)]
    heads, scope, free = (frozenset().union(*(clause[part] for clause in clauses)) for part in range(3))
    return heads, scope, free


def _negated_in(clause: str) -> tuple[set[str], set[str], set[str]]:
    words = tokens(clause)
    heads: set[str] = set()
    scope: set[str] = set()
    taken: set[int] = set()
    for i, word in enumerate(words):
        if not _negates(words, i):
            continue
        ahead = [j for j in range(i + 1, min(i + 9, len(words))) if words[j] not in _AUXILIARY][:_REACH]
        reach = 3 if word in ("no", "without", "none") else 1  # "requires no", "need not"
        before = [j for j in range(max(0, i - reach), i) if words[j] not in _AUXILIARY][-1:]
        heads |= {stem(words[j]) for j in ahead[:1]}
        scope |= {stem(words[j]) for j in (*before, *ahead)}
        taken |= {*before, *ahead}
    return heads, scope, {stem(word) for j, word in enumerate(words) if j not in taken and word not in _AUXILIARY}


def _negates(words: Sequence[str], i: int) -> bool:
    word = words[i]
    following = words[i + 1] if i + 1 < len(words) else ""
    if word == "not" and following in ("only", "just", "merely", "necessarily"):
        return False
    if word == "no" and following in ("less", "fewer", "more", "later", "doubt", "matter"):
        return False
    return word in _NEGATORS


def direction_flipped(claim: str, evidence: Sequence[str]) -> str | None:
    """Return how the claim turns a direction or a comparison round, or None."""
    return _direction_flipped(claim, tuple(evidence))


@lru_cache(maxsize=4096)
def _direction_flipped(claim: str, evidence: tuple[str, ...]) -> str | None:
    mine = _poles(claim)
    if mine:
        theirs = [pole for text in evidence for pole in _poles(text)]
        for word, axis, side, around, _ in mine:
            alike = [pole for pole in theirs if pole[1] == axis and pole[2] == side]
            turned = [pole for pole in theirs if pole[1] == axis and pole[2] != side]
            # a source that says both says each of something: one shared word is no sign then
            rivals = [pole for pole in turned if len(around & pole[3]) > bool(alike)]
            if rivals and not any(around & pole[3] for pole in alike) and _steady(claim, evidence):
                other = rivals[0][0]
                if word in _LOCAL and not _same_neighbour(mine, word, rivals):
                    continue
                return f"the claim says {word!r} where the source says {other!r}"
    return _swapped(claim, evidence)


def _steady(claim: str, evidence: Iterable[str]) -> bool:
    """Tell whether claim and source are negated alike, so that a turned word is not made good by a `not`."""
    return bool(_negated(claim)[0]) == any(_negated(text)[0] for text in evidence)


Pole = tuple[str, int, int, frozenset[str], str]


@lru_cache(maxsize=16384)
def _poles(text: str) -> tuple[Pole, ...]:
    """Return each turning word with its axis, its side, and the content stems close to it."""
    words = tokens(text)
    found = []
    for i, word in enumerate(words):
        if word not in _POLE:
            continue
        ahead = [stem(w) for w in words[i + 1 : i + 6] if w not in STOP and w not in _POLE][:3]
        back = [stem(w) for w in words[max(0, i - 5) : i] if w not in STOP and w not in _POLE][-2:]
        around = frozenset(ahead) | frozenset(back)
        found += [(word, axis, side, around, ahead[0] if ahead else "") for axis, side in _POLE[word]]
    return tuple(found)


def _same_neighbour(mine: Sequence[Pole], word: str, rivals: Sequence[Pole]) -> bool:
    after = {pole[4] for pole in mine if pole[0] == word}
    return any(pole[4] and pole[4] in after for pole in rivals)


def _swapped(claim: str, evidence: Iterable[str]) -> str | None:
    """Return how two names changed places around a comparison, or None."""
    told = _ranking(claim)
    if told is None:
        return None
    winners, losers = told
    for text in evidence:
        theirs = _ranking(text)
        if theirs is None:
            continue
        if winners & theirs[1] and losers & theirs[0] and not winners & theirs[0]:
            return f"the claim puts {', '.join(sorted(winners))} above, its source below"
    return None


@lru_cache(maxsize=16384)
def _ranking(text: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the words for what a comparison puts above, and for what it puts below, or None."""
    match = _COMPARE.search(text)
    if match is None:
        return None
    before = _side(re.sub(r",[^,]*,\s*$", " ", text[: match.start()]), last=True)
    after = _side(text[match.end() :], last=False)
    if not before or not after:
        return None
    downward = bool(match["down"]) or match[0].lower().startswith(("smaller", "lower"))
    return (after, before) if downward else (before, after)


def _side(text: str, last: bool) -> frozenset[str]:
    named = [squeeze(name) for name in names(text)]
    if named:
        return frozenset(named)
    plain = [stem(word) for word in tokens(text) if word not in STOP and word not in _POLE]
    return frozenset(plain[-2:] if last else plain[:2])
