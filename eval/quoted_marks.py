"""Tell whose the marks within a quotation are: the answer's, or those of the paper that it quotes.

A paper's own marks ("as in [10]") come along when a sentence of it is quoted. The papers tell: a mark with which the
quotation stands there is the paper's own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from .exhibits import Cite
from .marks import Mark
from .quotation_marks import quotes_something
from .targets import Sources, Target

Place = tuple[int, int]


def without_the_papers_own(
    text: str, quotations: Sequence[Place], marks: Sequence[Mark], sources: Sources
) -> list[Mark]:
    """Return those marks of a text that are the answer's own."""
    kept: list[Mark] = []
    starts = [mark.start for mark in marks]
    done = 0
    for low, high in quotations:
        first, last = bisect_left(starts, low, done), bisect_left(starts, high, done)
        kept += marks[done:first]
        near = [*marks[last : last + 1], *marks[max(0, first - 1) : first]]
        kept += answers_own(text, (low, high), marks[first:last], near, sources)
        done = max(done, last)
    return [*kept, *marks[done:]]


def answers_own(text: str, place: Place, inside: Sequence[Mark], near: Sequence[Mark], sources: Sources) -> list[Mark]:
    """Return which of the marks inside a quotation are the answer's: none, the last, or all, as the papers have it.

    `near` are the marks beside the quotation, in the order in which they may say whose it is.
    """
    if not inside:
        return []
    outside = [target for mark in near for target in mark.targets if target.paper]
    outside = list(dict.fromkeys(outside))
    told: list[bool | None] = []
    for taken in _readings(inside, bool(near)):
        own = list(dict.fromkeys(target for mark in taken for target in mark.targets if target.paper))
        quote = bare(text, place, taken)
        told += (holding := [sources.shelf.holds(target.paper, target.version, quote) for target in own + outside])
        if any(holding):
            return list(taken)
    if any(verdict is not None for verdict in told) or not outside:
        return list(inside)
    return [mark for mark in inside if any(target.source != "unknown" for target in mark.targets)]


def _readings(inside: Sequence[Mark], cited: bool) -> list[Sequence[Mark]]:
    readings: list[Sequence[Mark]] = [(), inside[-1:], inside] if cited else [inside[-1:], inside, ()]
    if inside[-1].written.startswith("[^"):  # a footnote's mark is no paper's own
        readings = [inside[-1:], inside]
    return readings if len(inside) > 1 else [reading for reading in readings if reading is not inside]


def bare(text: str, place: Place, marks: Sequence[Mark]) -> str:
    """Return the words of a quotation without some marks."""
    parts, at = [], place[0]
    for mark in marks:
        if place[0] <= mark.start < place[1] and not mark.said:
            parts.append(text[at : mark.start])
            at = mark.end
    return " ".join("".join([*parts, text[at : place[1]]]).split())


def quoted(text: str, places: Sequence[Place], sentence: Place, marks: Sequence[Mark]) -> list[tuple[int, str]]:
    """Return what a sentence quotes, without the answer's own marks: place in the text, words."""
    low, high = sentence
    first = bisect_right(places, low, key=lambda place: place[1])
    last = bisect_left(places, high, key=lambda place: place[0])
    parts = [(max(low, start), min(high, end)) for start, end in places[first:last]]
    found = [(start, bare(text, (start, end), marks)) for start, end in parts]
    return [(start, quote) for start, quote in found if quotes_something(quote)]


def cited(marks: Sequence[Mark], quotes: Sequence[tuple[int, str]], place: str) -> tuple[Cite, ...]:
    """Tie each quote to the next mark after it, else the last before; entries that quote bring their own."""
    given: dict[int, list[str]] = {}
    starts = [mark.start for mark in marks]
    for at, text in quotes:
        if marks:
            given.setdefault(min(bisect_left(starts, at), len(marks) - 1), []).append(text)
    cites: list[Cite] = []
    for number, mark in enumerate(marks):
        for target in mark.targets:
            for quote in given.get(number) or [target.quote]:
                cites.append(_cite(f"{place}.citations[{len(cites)}]", mark.written, target, quote))
    return tuple(cites)


def _cite(place: str, mark: str, target: Target, quote: str) -> Cite:
    return Cite(
        place=place, source=target.source, paper=target.paper, version=target.version, quote=quote, pages=target.pages,
        mark=mark, problem=target.problem, link=target.link,
    )  # fmt: skip
