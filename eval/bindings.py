"""Tell whether a claim puts its quote's words together otherwise: who does what, which number or name goes with what.

Signs, each read off the order of words near the source's own wording: what stands on both sides of a word has changed
sides; two names, or two numbers, have changed places; a number counts other things; words stand in the place of others
inside a noun phrase; what is said of a name is said of another. Not handled: claims in other words, pronouns, tables.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, takewhile

from .names import names, squeeze
from .quantities import UNITS, quantities
from .words import Word, as_latin, nearest, read

RESTATES = 0.6  # share of the claim's stems in one sentence from which on their order is compared
CLOSELY = 0.7  # likewise, before other words in the same place say something else: looser claims choose their words
BESIDE_DIRECTED, BESIDE_VERB = 3, 2  # words of content beside a word of the claim
AROUND = 8  # words of content around it in the source
ANCHORS = 2  # words of content that say what a number belongs to
LONGEST = 1_000  # characters of a sentence; what is longer is a list or a page, and pairs of its words are many
GAP = 3  # words that stand in the place of others
_DIRECTED = frozenset("from to than into over because since so if".split())  # what says which side is which
_PREPOSITIONS = frozenset("with by in on at from to of for over under as through into than when while and".split())
_PARTICIPLES = ("ed", "en", "wn")
_VERB_ENDINGS = ("s", "ed", "ing")
_OPENS_NOUNS = frozenset(
    "a an the this that these those each every all any some no both one two three its their his her our of in on at "
    "for with by from as using and or more less most least than".split()
)
_SAME = {"an": "a"}
_ARTICLES = frozenset(("a", "an", "the"))
_BE = frozenset("is are was were be remain remains relatively".split())
_STOPS = frozenset(".;:?!")
_COORDINATE = frozenset(("and", "or", ",", "while", "whereas", "but"))  # what follows has its own place
_CLAUSE = re.compile(r";\s+|,\s+(?=(?:while|whereas|but)\b)|(?<=[.?!])\s+")
_ADJUNCT = re.compile(  # what may stand before or behind all else, as a writer likes
    r"^(?:On|In|For|With|Without|At|Under|When|While|After|Before|During|If|Unlike|Compared|Across|By)\b[^,]*,\s+"
)
_SUBJECT = 3  # words at the head of a clause among which its subject stands


def mixed_up(claim: str, quotes: Sequence[str]) -> str | None:
    """Return how the claim binds words otherwise than its quotes; None where no sign shows it."""
    claim, quotes = as_latin(claim), [as_latin(quote) for quote in quotes]
    source, share = nearest(claim, quotes)
    if share < RESTATES or len(claim) > LONGEST:
        return None
    claim, source = _ADJUNCT.sub("", claim), _ADJUNCT.sub("", source)
    mine, theirs = read(claim), read(source)
    borne = frozenset(word.stem for quote in quotes for word in read(quote))
    return (
        reversed_sides(mine, theirs)
        or exchanged_names(claim, source)
        or exchanged_numbers(claim, source)
        or number_of_others(claim, source)
        or (replaced(mine, theirs, borne) if share >= CLOSELY else None)
        or other_subject(claim, quotes)
        or said_of_another(mine, theirs, claim, source)
    )


def reversed_sides(mine: Sequence[Word], theirs: Sequence[Word]) -> str | None:
    """Return a word whose sides have changed: "A is built from B" for "B is built from A"."""
    for i, word in enumerate(mine):
        directed = word.form in _DIRECTED
        if not directed and not (word.counts and word.form.endswith(_VERB_ENDINGS) and not _in_nouns(mine, i)):
            continue
        left, right = _sides(mine, i, BESIDE_DIRECTED if directed else BESIDE_VERB)
        for j in (j for j, other in enumerate(theirs) if other.form.removesuffix("s") == word.form.removesuffix("s")):
            before, after = _sides(theirs, j, AROUND)
            moved = left and right and left <= after - before and right <= before - after
            if moved and (directed or _takes_object(mine, i) == _takes_object(theirs, j)):
                return f"what stands on both sides of {word.form!r} has changed sides"
    return None


def _takes_object(words: Sequence[Word], place: int) -> bool:
    """Tell whether a verb has an object and no adjunct behind it: "A increases B", not "B increases with A"."""
    return place + 1 == len(words) or words[place + 1].form not in _PREPOSITIONS


def _in_nouns(words: Sequence[Word], place: int) -> bool:
    return place > 0 and words[place - 1].form in _OPENS_NOUNS


def _sides(words: Sequence[Word], place: int, reach: int) -> tuple[set[str], set[str]]:
    """Return the stems of the words of content that stand on one side of a place alone, within its sentence.

    A participle before a preposition belongs to it: "is built from".
    """
    own, directed = words[place].stem, words[place].form in _DIRECTED
    before = [word for word in _to_stop(reversed(words[:place])) if not (directed and word.form.endswith(_PARTICIPLES))]
    left = {word.stem for word in before[:reach]} - {own}
    right = {word.stem for word in _to_stop(words[place + 1 :])[:reach]} - {own}
    return left - right, right - left


def _to_stop(words: Iterable[Word]) -> list[Word]:
    """Return the words of content before the next full stop, semicolon or colon."""
    return [word for word in takewhile(lambda word: word.form not in _STOPS, words) if word.counts]


def exchanged_names(claim: str, source: str) -> str | None:
    """Return two names in turned order around the same words: "A is initialized using B" for the other way round."""
    mine, theirs = read(claim), read(source)
    if ("by" in {word.form for word in mine}) != ("by" in {word.form for word in theirs}):
        return None  # the passive turns the order round rightly
    named = {name.lower() for name in names(claim)} & {name.lower() for name in names(source)}
    here, there = _once(mine, named), _once(theirs, named)
    for one, other in combinations(sorted(here.keys() & there.keys(), key=here.__getitem__), 2):
        between = _joining(mine[here[one] : here[other]], named)
        if there[other] < there[one] and between & _joining(theirs[there[other] : there[one]], named):
            return f"{one!r} and {other!r} have changed places"
    return None


def _once(words: Sequence[Word], forms: Iterable[str]) -> dict[str, int]:
    """Return the places of those forms that stand once."""
    counted = Counter(word.form for word in words)
    return {word.form: place for place, word in enumerate(words) if word.form in forms and counted[word.form] == 1}


def _joining(words: Sequence[Word], named: Iterable[str]) -> set[str]:
    """Return the words of content that join two names; none where a sentence ends or a list goes on between them."""
    if any(word.form in _STOPS | _COORDINATE for word in words):
        return set()
    return {word.form for word in words if word.counts and word.form not in named}


def exchanged_numbers(claim: str, source: str) -> str | None:
    """Return two numbers of one unit that stand in the order of the source while what they belong to does not."""
    at = {word.stem: word.start for word in _unique(read(source))}
    content = [word for word in read(claim) if word.counts and word.stem in at]
    there = {value: place for value, _, place, _ in _numbers(source)}
    for (one, unit, i, text), (other, also, j, text_too) in combinations(_numbers(claim), 2):
        if unit != also or one == other or not {one, other} <= there.keys():
            continue
        before = [word.stem for word in content if word.start < i]
        between = [word.stem for word in content if i < word.start < j]
        after = [word.stem for word in content if word.start > j]
        pairs = (before[-ANCHORS:], between[-ANCHORS:]), (between[:ANCHORS], after[:ANCHORS])
        told = [_mean(at, x) < _mean(at, y) for x, y in pairs if x and y and not set(x) & set(y)]
        turned = bool(told) and all(ordered != (there[one] < there[other]) for ordered in told)
        if turned or (_from_to(claim, i, j) and _from_to(source, there[other], there[one])):
            return f"{text} and {text_too} have changed places"
    return None


def number_of_others(claim: str, source: str) -> str | None:
    """Return a number of the claim that counts what another number counts in the source: "12 stages, 4 heads"."""
    theirs = [(value, _counted(source, start + len(text))) for value, _, start, text in _numbers(source)]
    for value, _, start, text in _numbers(claim):
        if not value.is_integer():
            continue  # it counts nothing
        counted = _counted(claim, start + len(text))
        same = [things for other, things in theirs if other == value]
        others = any(counted & things for other, things in theirs if other != value)
        if same and others and not any(counted & things for things in same):
            return f"{text} is said of {min(counted)}, of which the source gives another number"
    return None


def _counted(text: str, start: int) -> set[str]:
    """Return the stems of the words of content that follow a place with nothing between."""
    return {word.stem for word in takewhile(lambda word: word.counts, read(text[start:])[:ANCHORS])}


def _from_to(text: str, start: int, end: int) -> bool:
    """Tell whether two numbers are the beginning and the end of a way: "from 3 to 5"."""
    return text[:start].endswith("from ") and text[start:end].endswith(" to ")


def _unique(words: Sequence[Word]) -> Iterator[Word]:
    counted = Counter(word.stem for word in words)
    return (word for word in words if word.counts and counted[word.stem] == 1)


def _mean(at: dict[str, int], stemmed: Sequence[str]) -> float:
    return sum(at[stem] for stem in stemmed) / len(stemmed)


def _numbers(text: str) -> list[tuple[float, str, int, str]]:
    """Return value, unit, place and wording of the numbers of a text, those that stand once."""
    found, start = [], 0
    for quantity in quantities(text):
        place = text.find(quantity.text, start)
        if place >= 0:
            found.append((quantity.value, quantity.unit, place, quantity.text))
            start = place + len(quantity.text)
    counted = Counter(value for value, *_ in found)
    return [number for number in found if counted[number[0]] == 1]


def replaced(mine: Sequence[Word], theirs: Sequence[Word], borne: frozenset[str]) -> str | None:
    """Return words that stand in the place of others: "a sparse index of" for "a dense index of".

    The words around the place are the same, one before and one after; what was put there stands nowhere in the quotes,
    and what it stands for nowhere in the claim. Verbs are left alone: their synonyms are many.
    """
    own = frozenset(word.stem for word in mine)
    places = {frame: lost for _, lost, frame in _gaps(theirs) if not _any(lost, own)}
    for before, put, frame in _gaps(mine):
        lost = places.get(frame)
        if not lost or _any(put, borne) or len(lost) != len(put) or not _opens(before, put, lost):
            continue
        if not any(_alike(one, other) for one, other in zip(put, lost, strict=True)):
            return f"{_shown(put)!r} stands for {_shown(lost)!r}"
    return None


def _gaps(words: Sequence[Word]) -> Iterator[tuple[Word, list[Word], tuple[str, ...]]]:
    """Yield the word before a place of up to `GAP` words, its words of content, and the frame they are set in."""
    for start in range(len(words)):
        for end in range(start + 2, min(start + GAP + 2, len(words))):
            inside = [word for word in words[start + 1 : end] if word.counts]
            ends = words[end].form in _STOPS | _ARTICLES
            if inside and not ends and not any(word.form in _STOPS for word in words[start:end]):
                framed = ("" if word in inside else _SAME.get(word.form, word.form) for word in words[start : end + 1])
                yield words[start], inside, tuple(framed)


def _any(words: Sequence[Word], stemmed: frozenset[str]) -> bool:
    return any(word.stem in stemmed for word in words)


def _opens(before: Word, put: Sequence[Word], lost: Sequence[Word]) -> bool:
    """Tell whether a noun phrase goes on behind a word, so that what follows is no verb."""
    if before.form in _BE:
        return not any(word.form.endswith(("ed", "en")) for word in (*put, *lost))
    return before.form in _OPENS_NOUNS or before.form[0].isdigit()


def _alike(one: Word, other: Word) -> bool:
    """Tell whether two words may say the same: one beginning, two verbal nouns, one unit in two spellings."""
    if one.form[:4] == other.form[:4] or (one.form.endswith("ing") and other.form.endswith("ing")):
        return True
    return one.form in UNITS and UNITS.get(one.form) == UNITS.get(other.form)


def _shown(words: Sequence[Word]) -> str:
    return " ".join(word.form for word in words)


def other_subject(claim: str, quotes: Sequence[str]) -> str | None:
    """Return a name that stands in one clause of its source while all else that is said of it stands in another."""
    if not (named := names(claim)):
        return None
    subject = squeeze(named[0])
    for quote in quotes:
        told, share = nearest(claim.replace(named[0], " "), [part for part in _CLAUSE.split(quote) if part])
        heads = {squeeze(name) for name in names(" ".join(told.split()[:_SUBJECT]))} - set(map(squeeze, named))
        if share >= CLOSELY and heads and subject not in squeeze(told) and subject in squeeze(quote):
            return f"what it says of {named[0]} its source says of {min(heads)}"
    return None


def said_of_another(mine: Sequence[Word], theirs: Sequence[Word], claim: str, source: str) -> str | None:
    """Return a word that the claim says of a name and its source of another, which the claim does not name."""
    told = _said_of(theirs, names(source))
    forms = {word.form for word in mine}
    for name, word in _said_of(mine, names(claim)):
        others = {other for other, same in told if same == word}
        if others and name not in others and not others & forms:
            return f"what it says of {name} its source says of {min(others)}: {word!r}"
    return None


def _said_of(words: Sequence[Word], named: Iterable[str]) -> list[tuple[str, str]]:
    """Return names with the word of content that follows, at most one small word between."""
    forms = {name.lower() for name in named}
    found = []
    for place, word in enumerate(words):
        after = words[place + 1 : place + 3]
        said = next((other for other in after if other.counts or other.form in _STOPS | _COORDINATE), None)
        if word.form in forms and said and said.counts and said.form not in forms:
            found.append((word.form, said.form))
    return found
