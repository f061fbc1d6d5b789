"""Tell a quote that was put together from pieces of texts from one that only has a word or two changed.

Pieces are compared as letters alone (`normal_form`).
"""

from __future__ import annotations

from collections.abc import Sequence

from .normal_form import normal

LEAST = 14  # letters that a piece must have to be looked for
_LAST = 6  # letters that the last piece of a stitched quote must have: fewer stand anywhere
_MOST = 4  # pieces that a quote is put together from; more of them are no evidence of anything
_LEFT_OUT = 24  # letters that may be missing between two pieces: a changed quote, not a stitched one
_CHANGED = 13  # letters of a changed word after which the rest may go on as it stands


def pieces(quote: str, texts: Sequence[str]) -> list[tuple[int, int, int]] | None:
    """Return the quote as at most four pieces, each found whole in a text's letters, or None.

    A piece is the number of its text, its place among the letters of that, and its length.
    """
    rest = normal(quote)
    found: list[tuple[int, int, int]] = []
    while rest and len(found) < _MOST:
        candidates = [(number, *longest_prefix(rest, text)) for number, text in enumerate(texts)]
        number, length, at = max(candidates, key=lambda piece: piece[1], default=(0, 0, 0))
        if length < min(LEAST, len(rest)):
            return None
        found.append((number, at, length))
        rest = rest[length:]
    return found if not rest else None


def stitched(quote: str, texts: Sequence[str]) -> list[int] | None:
    """Return the texts from whose pieces a quote was put together; None when it was not, or lacks a word or two."""
    found = pieces(quote, texts)
    if not found or len(found) < 2 or found[-1][2] < _LAST:
        return None
    wanted = normal(quote)
    if any(_nearly(wanted, text) or _nearly(wanted[::-1], text[::-1]) for text in texts):
        return None
    return [number for number, _, _ in found]


def _nearly(wanted: str, text: str) -> bool:
    """Tell whether a quote's letters follow one another in a text but for a word or two left out or changed."""
    found = pieces(wanted, [text])
    lengths = [length for _, _, length in found] if found else [longest_prefix(wanted, text)[0]]
    at = text.find(wanted[: lengths[0]]) if lengths[0] else -1
    while at >= 0:
        if _goes_on(wanted, text, at, lengths):
            return True
        at = text.find(wanted[: lengths[0]], at + 1)
    return False


def _goes_on(wanted: str, text: str, at: int, lengths: Sequence[int]) -> bool:
    first = lengths[0]
    end = at + first
    if any(
        text.find(wanted[first + changed :], end, end + len(wanted) - first + _LEFT_OUT) >= 0
        for changed in range(min(_CHANGED, len(wanted) - first))
    ):
        return True
    used = first
    for length in lengths[1:]:
        place = text.find(wanted[used : used + length], end, end + length + _LEFT_OUT)
        if place < 0:
            return False
        end, used = place + length, used + length
    return used == len(wanted)


def longest_prefix(wanted: str, text: str) -> tuple[int, int]:
    """Return (length, place) of the longest prefix of `wanted` that a text holds."""
    low, high, place = 0, len(wanted), -1
    while low < high:
        middle = (low + high + 1) // 2
        at = text.find(wanted[:middle])
        if at >= 0:
            low, place = middle, at
        else:
            high = middle - 1
    return low, place
