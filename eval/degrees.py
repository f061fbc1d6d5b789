"""Tell whether a claim says more than its quotes: of more things, more surely, more often, for a cause or at a time.

Words of degree, scope, cause and time are data (`wording.toml`): those on one line stand for each other. The claim may
say none of them that its quotes lack, nor leave out a hedge or an exception of the sentence it restates. Judged near
the source's own wording alone: a claim in other words says degrees in other words as well. Not handled: degrees that
are worded by verbs ("supersedes" for "compares favourably to").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise

from .quantities import quantities
from .shared_data import table
from .words import STOP, Word, nearest, read, stems

_LISTS = table("wording")


def _lines(name: str) -> dict[str, int]:
    return {word: number for number, line in enumerate(_LISTS[name]) for word in line.split()}


_STRONG, _WEAK, _TIMES, _AMOUNTS = map(_lines, ("strong", "weak", "times", "amounts"))
_EXCEPTIONS = frozenset(_LISTS["exceptions"].split())
_CAUSES = frozenset(_LISTS["causes"].split())
_CAUSES_TOO = _CAUSES | frozenset("so as by via from through given leads lead leading led causes caused".split())
_DIFFERENCES = frozenset(_LISTS["differences"].split())
_DEGREES = frozenset((*_STRONG, *_WEAK, *_TIMES, *_AMOUNTS))
_NEEDING = frozenset("need needs require requires".split())  # verbs of their own where no "to" follows
_QUANTIFIES = frozenset("all any most".split())
_IN_PART = re.compile(_LISTS["in_part"], re.IGNORECASE)
_IS_EXCEPTION = re.compile(
    r"\bexceptions? (?:is|are|was|were)\b", re.IGNORECASE
)  # what follows is stated, not excepted
_LIMITS = _EXCEPTIONS | {"most", "only", "but", "without", "not", "other"}  # by which a claim keeps an exception
_NEGATIVE = ("un", "in", "im", "ir", "il", "non", "dis")
NEAR = 0.7  # share of the claim's stems in one sentence from which on it restates that sentence
MOSTLY = 0.6  # likewise, before the rest of the claim is said to be added to it
REACH = 3  # words behind a number that say that it is a difference


def overstated(claim: str, quotes: Sequence[str]) -> str | None:
    """Return what the claim says more strongly than its quotes, or leaves out of them; None where it does neither."""
    mine = read(claim)
    source, share = nearest(" ".join(word.form for word in mine if word.form not in _DEGREES), quotes)
    if share < NEAR:
        return None
    theirs = read(source)
    said = frozenset(word.form for quote in quotes for word in read(quote))
    found = chain(
        _added(mine, said, claim),
        _left_out(mine, theirs, claim, source),
        _negative(mine, said),
        _widened(mine, theirs),
        _differences(claim, quotes),
    )
    return next(found, None)


def _added(mine: Sequence[Word], said: frozenset[str], claim: str) -> Iterator[str]:
    """Yield words of degree, amount, cause and time that no quote has, nor another word of their line."""
    numbers = " ".join(quantity.text.lower() for quantity in quantities(claim))
    bearing = [word.form for word, after in pairwise((*mine, None)) if word and _bears(word, after)]
    for lines in (_STRONG, _AMOUNTS):
        yield from (f"no quote says {form!r}" for form in _strange(bearing, lines, said) if form not in numbers)
    if not said & _CAUSES_TOO:
        yield from (f"no quote says why: {form!r}" for form in bearing if form in _CAUSES)
    if said & _TIMES.keys():
        yield from (f"no quote says {form!r}" for form in _strange(bearing, _TIMES, said))


def _strange(forms: Sequence[str], lines: Mapping[str, int], said: frozenset[str]) -> Iterator[str]:
    """Yield the words of a list of which no quote has any of their line."""
    known = {lines[form] for form in said if form in lines}
    return (form for form in forms if form in lines and lines[form] not in known)


def _bears(word: Word, after: Word | None) -> bool:
    """Tell whether a word of degree says so of what follows: not "all" in "all it takes", "needs" in "needs less"."""
    if word.form in _NEEDING:
        return after is not None and after.form == "to"
    if word.form not in _QUANTIFIES or after is None:
        return True
    return after.counts or after.form in ("of", "the", "other")


def exception_left_out(claim: str, source: str) -> str | None:
    """Return an exception that the source makes and the claim does not, in any way."""
    if any(word.form in _LIMITS for word in read(claim)):
        return None
    source = _IS_EXCEPTION.sub(" ", source)
    found = next((word.form for word in read(source) if word.form in _EXCEPTIONS), None)
    return f"the source makes an exception: {found!r}" if found else None


def _left_out(mine: Sequence[Word], theirs: Sequence[Word], claim: str, source: str) -> Iterator[str]:
    """Yield hedges and exceptions of the source that the claim leaves out, though it says what they bear on."""
    forms, own = {word.form for word in mine}, {word.stem for word in mine if word.counts}
    kept = {_WEAK[form] for form in forms if form in _WEAK}
    if not kept and (part := _IN_PART.search(source)) and not forms & set(part[0].lower().split()) - STOP:
        yield f"the source says it {part[0]!r}"
    for place, word in enumerate(theirs):
        of_reason = place + 1 < len(theirs) and theirs[place + 1].form in _CAUSES  # "possibly because": why, not what
        if word.form in _WEAK and _WEAK[word.form] not in kept and not of_reason:
            after = next((other for other in theirs[place + 1 :] if other.counts), None)
            if after and after.stem in own:
                yield f"the source says it with {word.form!r}"
    if exception := exception_left_out(claim, source):
        yield exception


def _negative(mine: Sequence[Word], said: frozenset[str]) -> Iterator[str]:
    """Yield a word that only a prefix sets apart from one of the other side: "efficient" for "inefficient"."""
    own = frozenset(word.form for word in mine)
    for here, there in ((own - said, said - own), (said - own, own - said)):
        for word in sorted(here):
            bare = next((word[len(p) :] for p in _NEGATIVE if word.startswith(p) and word[len(p) :] in there), "")
            if len(bare) > 3:
                yield f"{word!r} on one side, {bare!r} on the other"


def _widened(mine: Sequence[Word], theirs: Sequence[Word]) -> Iterator[str]:
    """Yield a word of degree that the source says of less: "the first model" for "the first portable model".

    Not "each", which goes through a set that is known: "each patch" for "each small patch" widens nothing.
    """
    own, known = {word.stem for word in mine}, {word.stem for word in theirs}
    places: dict[str, list[int]] = {}
    for j, other in enumerate(theirs):
        if other.form in _STRONG and other.form != "each":
            places.setdefault(other.form, []).append(j)
    for i, word in enumerate(mine):
        for j in places.get(word.form, ()):
            said, meant = _next_content(mine, i), _next_content(theirs, j)
            if said and meant and said.stem != meant.stem and said.stem in known and meant.stem not in own:
                yield f"the source says {word.form!r} of {meant.form!r}"


def _next_content(words: Sequence[Word], place: int) -> Word | None:
    after = words[place + 1] if place + 1 < len(words) else None
    return after if after and after.counts else None


def _differences(claim: str, quotes: Sequence[str]) -> Iterator[str]:
    """Yield the numbers that the quotes give as a difference ("1.0% more") and the claim as a value."""
    if any(word.form in _DIFFERENCES for word in read(claim)):
        return
    for mine in quantities(claim):
        places = [(quote, at) for quote in quotes for at in _ends(quote, mine.text)]
        if places and all(_is_difference(quote[at:]) for quote, at in places):
            yield f"{mine.text} is what the source gives as a difference"


def _ends(quote: str, number: str) -> list[int]:
    return [match.end() for match in re.finditer(rf"(?<![\d.]){re.escape(number)}(?![\d.])", quote)]


def _is_difference(rest: str) -> bool:
    following = [word.form for word in read(rest)[:REACH]]
    until = next((place for place, form in enumerate(following) if form in STOP - _DIFFERENCES), REACH)
    return bool(_DIFFERENCES & set(following[:until]))


def unfounded_tail(claim: str, quotes: Sequence[str]) -> str | None:
    """Return two or more last words of content that stand in no quote, of a claim that else restates them; or None."""
    if nearest(claim, quotes)[1] < MOSTLY:
        return None
    borne = frozenset().union(*(stems(quote) for quote in quotes))
    starts = {stem[:4] for stem in borne if len(stem) > 3}
    initials = {word.form for quote in quotes for word in read(quote)}
    content = [word for word in read(claim) if word.counts]
    tail: list[Word] = []
    for word in reversed(content):
        if word.stem in borne or word.stem[:4] in starts:
            break
        tail.insert(0, word)
    short = "".join(word.form[0] for word in tail)
    if len(tail) < 2 or short in initials or 2 * len(tail) > len(content):
        return None
    return " ".join(word.form for word in tail)
