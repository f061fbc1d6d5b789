"""Tell what a claim's wording adds to, drops from or exchanges in the sentence that it rests on.

A claim and its sentence are laid beside each other word by word. Near the sentence's own wording small changes turn the
sense: a hedge dropped, an exception left out, "all" for "most", two names or numbers that change places. What fails is
printed as the authors' own sentence instead, so these rules may err towards caution; claims in quite other words are
for the check of meaning. The classes of words are data (`wording.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.language import EMPTY_WORDS, STOP_WORDS, Quantity, quantities, stem, table

_LISTS = table("wording")


def _classes(name: str) -> dict[str, int]:
    """Return the words of a class by the number of their line: words on one line stand for each other."""
    return {word: place for place, line in enumerate(_LISTS[name]) for word in line.split()}


_STRONG, _WEAK, _TIMES, _AMOUNTS = map(_classes, ("strong", "weak", "times", "amounts"))
_EXCEPTION = re.compile(rf"\b(?:{'|'.join([*_LISTS['exceptions'].split(), *_LISTS['exception_phrases']])})\b")
_DIFFERENCES = frozenset(_LISTS["differences"].split())
_SPEAKERS = frozenset({"we", "our", "this", "it", "its"})
_FILLERS = frozenset(_LISTS["fillers"].split())
_IN_PART = re.compile(_LISTS["in_part"], re.I)
_CLAUSE = re.compile(r"(?<=[^;]);\s+")
_CAUSES = frozenset(_LISTS["causes"].split())
_BOUNDS = {
    name: re.compile(r"\b(?<!no )(?<!not )(?:" + "|".join(_LISTS[name]) + r")\W+(?:\w+\W+)?$", re.I)
    for name in ("at_least", "at_most")
}
_TOKEN = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|[.,;:]")
REACH = 3  # words behind a hedge that it weakens
BEFORE_EXCEPTION = 0.6  # of a claim's words before an exception: then the claim is what the exception takes from
NEAR_VERBATIM = 0.7  # of a claim's words in one sentence: then a word put in another's place turns the sense
OPENS = 4  # words of a sentence within which an exception is made to all that follows
BESIDE = 3  # words around a number that say whether it is a difference
KEPT = 2  # words on both sides that a claim and its sentence share around an exchanged one
LONGEST_MOVE = 3  # words of a phrase that was put elsewhere, which says the same
LEAST_INVERSIONS = 3  # neighbours that change places say the same
NEARER = 0.6  # of a number's distance to the words around it, from which on another number fits them better


@dataclass(frozen=True, slots=True)
class _Text:
    """Hold a sentence as its words in small letters and their stems."""

    words: tuple[str, ...]
    stems: tuple[str, ...]

    @property
    def content(self) -> list[str]:
        return [stemmed for word, stemmed in zip(self.words, self.stems, strict=True) if _counts(word)]


@lru_cache(4096)
def _read(text: str) -> _Text:
    words = tuple(match[0].lower().replace("’", "'") for match in _TOKEN.finditer(text))
    return _Text(words, tuple(stem(word) for word in words))


def _counts(word: str) -> bool:
    return word not in STOP_WORDS and word not in EMPTY_WORDS and word[0].isalnum()


def reworded(claim: str, cited: Sequence[str]) -> Iterator[str]:
    """Yield what the claim's wording says otherwise than the sentences it cites."""
    if not cited:
        return
    mine, theirs = _read(claim), [_read(clause) for text in cited for clause in _CLAUSE.split(text)]
    if any(mine.words == text.words for text in theirs):
        return
    said = {word for text in theirs for word in text.words}
    nearest = max(theirs, key=lambda text: len(set(mine.content) & set(text.content)))
    yield from strengthened(mine, said, " ".join(quantity.text.lower() for quantity in quantities(claim)))
    yield from narrowing_dropped(mine, nearest)
    yield from weakening_dropped(mine, nearest)
    yield from exception_dropped(mine, nearest)
    yield from cause_or_time(mine, said)
    yield from bound_turned(claim, cited)
    yield from exchanged(mine, nearest)
    yield from difference_dropped(claim, cited)
    if moved := swapped(mine, nearest):
        yield f"{moved[0]} and {moved[1]} have changed places"
    yield from number_moved(claim, cited)


def strengthened(mine: _Text, said: set[str], numbers: str) -> Iterator[str]:
    """Yield words of scope, degree and amount that no cited sentence says, nor another of their line.

    Those that are part of a number ("two million") are judged with it.
    """
    for classes in (_STRONG, _AMOUNTS):
        known = {classes[word] for word in said if word in classes}
        for word, after in zip(mine.words, (*mine.words[1:], "."), strict=True):
            if word in numbers or (word == "most" and not _counts(after)):  # "gains most from"
                continue
            if word in classes and classes[word] not in known:
                yield f"{word} stands in no cited sentence"
                return


def narrowing_dropped(mine: _Text, text: _Text) -> Iterator[str]:
    """Yield what a word of degree or scope is narrowed by in the sentence and not in the claim: first X-based model."""
    for word, after in zip(text.words, _next_content(text), strict=True):
        if word in _STRONG and word in mine.words and after and after not in mine.stems:
            following = _next_content(mine)[mine.words.index(word)]
            if following in text.stems:
                yield f"“{word}” is said of less: {after}"
                return


def _next_content(text: _Text) -> list[str]:
    """Return for each word the stem of the next word of content before the next sign, "" where there is none."""
    found, after = [], ""
    for word, stemmed in zip(reversed(text.words), reversed(text.stems), strict=True):
        found.append(after)
        after = stemmed if _counts(word) else "" if not word[0].isalnum() else after
    return found[::-1]


def difference_dropped(claim: str, cited: Sequence[str]) -> Iterator[str]:
    """Yield a number that is a difference ("1.0% additional accuracy") in the cited text and none in the claim."""
    theirs = [(q, text) for text in cited for q in quantities(text)]
    for mine in quantities(claim):
        same = [(q, text) for q, text in theirs if (q.value, q.unit) == (mine.value, mine.unit)]
        if same and all(_differs(q, text) for q, text in same) and not _DIFFERENCES & set(_read(claim).words):
            yield f"{mine.text} is a difference in the cited sentence"
            return


def _differs(quantity: Quantity, text: str) -> bool:
    after = _read(text[quantity.end :]).words[:BESIDE]
    end = next((place for place, word in enumerate(after) if word in STOP_WORDS or not word[0].isalnum()), BESIDE)
    return bool(_DIFFERENCES & set(after[:end]))


def weakening_dropped(mine: _Text, text: _Text) -> Iterator[str]:
    """Yield a hedge that stands before a word of the claim in its sentence, and nowhere in the claim."""
    kept = {_WEAK[word] for word in mine.words if word in _WEAK}
    own = set(mine.content)
    if not kept and (part := _IN_PART.search(" ".join(text.words))) and not set(part[0].split()) & set(mine.words):
        yield f"“{part[0]}” is left out"
        return
    for place, word in enumerate(text.words):
        if word in _WEAK and _WEAK[word] not in kept:
            weakened = [s for w, s in zip(text.words[place + 1 :], text.stems[place + 1 :], strict=True) if _counts(w)]
            if weakened[:1] and weakened[0] in own:
                yield f"“{word}” is left out"
                return


def exception_dropped(mine: _Text, text: _Text) -> Iterator[str]:
    """Yield an exception that the sentence makes to what the claim takes from before it."""
    own, said = set(mine.content), " ".join(text.words)
    if own and not _EXCEPTION.search(" ".join(mine.words)):
        for found in _EXCEPTION.finditer(said):
            place = said[: found.start()].count(" ")
            taken_from = text.stems[:place] if place >= OPENS else text.stems[place:]
            if len(own & set(taken_from)) >= BEFORE_EXCEPTION * len(own):
                yield f"the exception behind “{found[0]}” is left out"
                return


def cause_or_time(mine: _Text, said: set[str]) -> Iterator[str]:
    """Yield a word of cause or time that no cited sentence says in any way."""
    if (cause := next((word for word in mine.words if word in _CAUSES), None)) and not _CAUSES & said:
        yield f"no cited sentence says why: {cause}"
    known = {_TIMES[word] for word in said if word in _TIMES}
    if known:
        when = next((word for word in mine.words if word in _TIMES and _TIMES[word] not in known), None)
        if when:
            yield f"the cited sentence says another time: {when}"


def bound_turned(claim: str, cited: Sequence[str]) -> Iterator[str]:
    """Yield a bound on a number that stands on its other side in the cited sentence: "at least 5" for "at most 5"."""
    theirs = [(q, text) for text in cited for q in quantities(text)]
    for mine in quantities(claim):
        for name, other in (("at_least", "at_most"), ("at_most", "at_least")):
            if _BOUNDS[name].search(claim[: mine.start]):
                same = [text[: q.start] for q, text in theirs if q.value == mine.value]
                if same and all(_BOUNDS[other].search(before) for before in same):
                    yield f"{name.replace('_', ' ')} {mine.text} is the other side"


def exchanged(mine: _Text, text: _Text) -> Iterator[str]:
    """Yield a content word that stands in another's place, between words that claim and sentence share."""
    own = mine.content
    if not own or len(set(own) & set(text.stems)) < NEAR_VERBATIM * len(set(own)):
        return
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, mine.stems, text.stems, autojunk=False)
    codes = matcher.get_opcodes()
    for at, (tag, i1, i2, j1, j2) in enumerate(codes):
        put = zip(mine.words[i1:i2], mine.stems[i1:i2], strict=True)
        fresh = [
            w for w, s in put if _counts(w) and s not in text.stems and not w.endswith("s")
        ]  # verbs are freely chosen
        fresh = [w for w in fresh if w not in _WEAK and w not in _STRONG and not quantities(w)]  # judged elsewhere
        lost = [w for w in text.words[j1:j2] if _counts(w)]
        fresh = [w for w in fresh if w not in _FILLERS and not any(_is_unlike(w, other) for other in lost)]
        beside = [codes[k] for k in (at - 1, at + 1) if 0 <= k < len(codes)]
        held = sum(min(code[2] - code[1], KEPT) for code in beside if code[0] == "equal")
        fresh = [w for w in fresh if not any(w.startswith(other) or other.startswith(w) for other in lost)]
        own_name = _SPEAKERS & set(text.words[max(0, j1 - 1) : j2])  # "Kestrel uses" for "Our model employs"
        if tag == "replace" and fresh and not own_name and len(lost) == len(fresh) and held >= KEPT:
            yield f"“{' '.join(fresh)}” for “{' '.join(lost)}”"
            return


def _is_unlike(word: str, other: str) -> bool:
    """Tell whether two words are of different kinds, as far as their endings show: none stands for the other."""
    return any(word.endswith(ending) != other.endswith(ending) for ending in ("ly", "ing"))


def swapped(mine: _Text, text: _Text) -> tuple[str, str] | None:
    """Return two words of the claim that stand in each other's place in its sentence, or None.

    Only words that stand once in both are compared; two have changed places when exchanging them brings the others,
    which were out of order, into the sentence's own order.
    """
    if not set(mine.content) <= set(text.stems) or _passive(mine) != _passive(text):
        return None  # "trails" for "leads", "is led by": another word, or the passive, turns the order round rightly
    places = {s: i for i, s in enumerate(text.stems) if _counts(text.words[i]) and text.stems.count(s) == 1}
    order = [(s, places[s]) for s, w in zip(mine.stems, mine.words, strict=True) if _counts(w) and s in places]
    order = [item for item in order if sum(item[0] == other[0] for other in order) == 1]
    before = _inversions([place for _, place in order])
    if before < LEAST_INVERSIONS or len(order) < 4:
        return None
    if _moved([place for _, place in order]):
        return None
    best = min(
        ((_inversions(_exchange(order, i, j)), i, j) for i in range(len(order)) for j in range(i + 1, len(order))),
        default=None,
    )
    if best and not best[0]:
        return order[best[1]][0], order[best[2]][0]
    return None


def _passive(text: _Text) -> bool:
    """Tell whether something is done by somebody: "is outperformed by"."""
    return any(after == "by" and word.endswith(("ed", "en", "n")) for word, after in pairwise(text.words))


def _moved(places: Sequence[int]) -> bool:
    """Tell whether one run of words has moved, as when a phrase is put first: without it the order is kept."""
    return any(
        not _inversions([*places[:start], *places[start + length :]])
        and not _inversions(places[start : start + length])
        for length in range(1, LONGEST_MOVE + 1)
        for start in range(len(places) - length + 1)
    )


def _exchange(order: Sequence[tuple[str, int]], i: int, j: int) -> list[int]:
    places = [place for _, place in order]
    places[i], places[j] = places[j], places[i]
    return places


def _inversions(places: Sequence[int]) -> int:
    return sum(places[i] > places[j] for i in range(len(places)) for j in range(i + 1, len(places)))


def number_moved(claim: str, cited: Sequence[str]) -> Iterator[str]:
    """Yield a number of the claim whose words stand nearer to another number of like unit in the cited sentence."""
    own = quantities(claim)
    for text in cited:
        theirs = quantities(text)
        at = [(match.start(), stem(match[0].lower())) for match in _TOKEN.finditer(text) if _counts(match[0].lower())]
        places: dict[str, list[int]] = {}
        for number, (_, stemmed) in enumerate(at):
            places.setdefault(stemmed, []).append(number)
        rank = {q.start: sum(start < q.start for start, _ in at) for q in theirs}
        for mine in own:
            same = [q for q in theirs if q.value == mine.value]
            others = [q for q in theirs if q.value != mine.value and q.unit == mine.unit]
            beside = [s for s in _beside(claim, mine.start, mine.end) if s in places and len(places[s]) == 1]
            if not same or not others or len(beside) < 2:
                continue
            here = min(_distance(rank[q.start], beside, places) for q in same)
            there = min((_distance(rank[q.start], beside, places), q.text) for q in others)
            if there[0] < NEARER * here:
                yield f"{mine.text} stands where the cited sentence has {there[1]}"
                return


def _beside(claim: str, start: int, end: int) -> list[str]:
    """Return the stems of the two content words on either side of a number."""
    before = [w for m in _TOKEN.finditer(claim[:start]) if _counts(w := m[0].lower()) and not w[0].isdigit()][-2:]
    after = [w for m in _TOKEN.finditer(claim[end:]) if _counts(w := m[0].lower()) and not w[0].isdigit()][:2]
    return [stem(word) for word in (*before, *after)]


def _distance(place: int, words: Sequence[str], places: dict[str, list[int]]) -> int:
    return sum(min(abs(place - other) for other in places[word]) for word in words)
