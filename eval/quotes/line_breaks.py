"""Tell whether a quote runs over breaks of columns or pages in raw text, where other lines stand in between.

Its pieces have to end and begin where lines do, follow one another, and say what the quote says (`Texts.held`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from .normal_form import normal
from .pieces import LEAST, longest_prefix
from .texts import Texts

_LINE_END = frozenset("\r\n\u00ad")
_MOST = 3  # pieces of one quote: it runs over two columns and a page, or is none


def runs_over(quote: str, texts: Texts) -> bool:
    """Tell whether the pages of `texts`, taken line by line, hold a quote with whole lines left out."""
    (stream,) = texts.streams
    wanted, letters = normal(quote), stream.letters
    places = list(stream.places(0, len(letters)))
    lines = _line_starts(texts.texts, places)
    length, at = longest_prefix(wanted, letters)
    taken: list[tuple[int, int]] = []
    for _ in range(_MOST):
        rest = len(wanted) - len(taken)
        if length < min(LEAST, rest):
            return False
        if length == rest:
            return bool(texts.held(quote, [*taken, *places[at : at + length]]))
        stop = lines[bisect_right(lines, at + length) - 1]
        if stop <= at:
            return False
        taken += places[at:stop]
        ahead = wanted[len(taken) :]
        length, at = max(((_shared(ahead, letters, line), line) for line in lines if line > stop), default=(0, 0))
    return False


def _shared(ahead: str, letters: str, at: int) -> int:
    """Return how many letters from a place on are those of a quote."""
    return next((n for n, letter in enumerate(ahead) if letters[at + n : at + n + 1] != letter), len(ahead))


def _line_starts(texts: Sequence[str], places: Sequence[tuple[int, int]]) -> list[int]:
    """Return which letters are the first of their lines, and one past the last letter."""
    starts = [0]
    for number, ((page, last), (other, offset)) in enumerate(pairwise(places), start=1):
        if page != other or not _LINE_END.isdisjoint(texts[page - 1][last:offset]):
            starts.append(number)
    return [*starts, len(places)]
