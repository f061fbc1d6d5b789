"""Read the marks of a sentence ([3], [2-4], links, bare ids), and tie what it quotes to them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from . import works
from .cases import Case
from .exhibits import Cite
from .running_text import Run
from .targets import MIN_QUOTE_WORDS, QUOTE, Target, by_id, resolve

MAX_RANGE = 50  # members of a range such as [3-9] that are followed one by one
MARK = re.compile(
    r"\[\s*(?P<body>\^?\d+(?:\s*[-–—,;]\s*\^?\d+)*)\s*\]|【(?P<cjk>\d+)[^】]{0,40}】|\[(?P<note>\^[\w-]{1,20})\]"
)
_FOOTNOTE = re.compile(r"\[\s*\^[^\[\]]{1,40}\]")
_ELIDED = re.compile(r"\s*(?:\[…\]|\[\.\.\.\]|…|(?<!\w)\.\.\.|\.\.\.(?!\w))\s*")  # not the dots of x1...m

Found = list[tuple[int, str, Target]]
"""The marks of a text: place, how they are written, what they lead to."""


def marks_of(footnotes: bool) -> re.Pattern[str]:
    """Return what finds an answer's marks; one that marks with `footnotes` has no others."""
    return _FOOTNOTE if footnotes else MARK


def blank(match: re.Match[str]) -> str:
    """Return blanks in the place of a match."""
    return " " * len(match[0])


def targets(run: Run, case: Case, entries: Mapping[str, Target], footnotes: bool = False) -> Found:
    """Return every mark of a sentence with its place and what it leads to.

    An answer whose entries are all `footnotes` ([^3]) marks with them alone: [41] in what it quotes is the paper's own.
    """
    found: Found = []
    for link in run.links:
        words = run.text[link.start : link.end]
        target = resolve(run.part(link.start, link.end), case)
        found.append((link.start, f"[{words}]({link.url})", target))
    rest = run.outside
    for match in MARK.finditer(rest):
        if footnotes and "^" not in match[0]:
            continue
        body = match["body"] or match["cjk"] or match["note"]
        found += [(match.start(), match[0], target) for target in _numbered(body, match[0], entries)]
    rest = MARK.sub(blank, rest)
    for match in works.URL.finditer(rest):
        found.append((match.start(), match[0], resolve(Run(match[0].rstrip(".,;:!?")), case)))
    rest = works.URL.sub(blank, rest)
    found += [(match.start(), match[0], by_id(match)) for match in works.ARXIV_ID.finditer(rest) if works.is_id(match)]
    return sorted(found, key=lambda item: item[0])


def _numbered(body: str, mark: str, entries: Mapping[str, Target]) -> Iterator[Target]:
    for part in re.split(r"\s*[,;]\s*", body):
        ends = [end.strip().removeprefix("^") for end in re.split(r"[-–—]", part) if end.strip()]
        if len(ends) == 1 or not all(end.isdigit() and len(end) < 7 for end in ends):
            yield _entry(part.strip().removeprefix("^"), mark, entries)
            continue
        low, high = int(ends[0]), int(ends[-1])
        if not low <= high < low + MAX_RANGE:
            yield Target("unknown", problem=f"{mark} is no range of references")
            continue
        for number in range(low, high + 1):
            yield _entry(str(number), mark, entries)


def _entry(name: str, mark: str, entries: Mapping[str, Target]) -> Target:
    if name in entries:
        return entries[name]
    return Target("unknown", problem=f"{mark} leads to no reference: there is no [{name[:20]}]")


def quotations(text: str) -> list[tuple[int, int]]:
    """Return the places of what a paragraph quotes, in order; quotation marks may span its sentences."""
    return [match.span("curly" if match["curly"] is not None else "plain") for match in QUOTE.finditer(text)]


def quoted(
    whole: str, places: Sequence[tuple[int, int]], low: int, high: int, marks: re.Pattern[str] = MARK
) -> list[tuple[int, str]]:
    """Return the quoted stretches of a sentence: place in it, text."""
    found = []
    first = bisect_right(places, low, key=lambda place: place[1])
    last = bisect_left(places, high, key=lambda place: place[0])
    for start, end in places[first:last]:
        start, end = max(low, start), min(high, end)
        found += [(start - low, piece) for piece in unelided(marks.sub("", whole[start:end]))]
    return found


def unelided(text: str) -> list[str]:
    """Return the parts of a quote that its ellipses leave, if they are more than a few words."""
    parts = (" ".join(part.split()) for part in _ELIDED.split(text))
    return [part for part in parts if len(part.split()) >= MIN_QUOTE_WORDS]


def cited(found: Found, quoted: Sequence[tuple[int, str]], place: str) -> tuple[Cite, ...]:
    """Tie each quote to the next mark after it, else the last before; entries that quote bring their own."""
    given: dict[int, list[str]] = {}
    for at, text in quoted:
        if found:
            after = [i for i, (mark_at, _, _) in enumerate(found) if mark_at >= at]
            given.setdefault(after[0] if after else len(found) - 1, []).append(text)
    cites: list[Cite] = []
    for i, (_, mark, target) in enumerate(found):
        for quote in given.get(i) or [target.quote]:
            cites.append(_cite(f"{place}.citations[{len(cites)}]", mark, target, quote))
    return tuple(cites)


def _cite(place: str, mark: str, target: Target, quote: str) -> Cite:
    return Cite(
        place=place, source=target.source, paper=target.paper, version=target.version, quote=quote, pages=target.pages,
        mark=mark, problem=target.problem, link=target.link,
    )  # fmt: skip
