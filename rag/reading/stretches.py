"""Cut a paper into stretches: what the embedder reads at a time, so that every sentence is read once and in its place.

A stretch opens with the paper's title and the heading it stands under. Vectors of sentences and of passages are sums
over the tokens of their sentences ("late chunking" of Günther et al., arXiv:2409.04701), so passages may overlap and
cost nothing; what all rows of a table have in common, caption and header, is read once and counts for each of them.
Not handled here: reading (`embed`), which sentences make up a passage (`passages`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.reading.passages import CountTokens
from rag.reading.quality import may_be_evidence
from rag.types import Paper, Sentence, text_at

LONGEST = 256  # tokens: what the default model reads; the cost of more grows with its square
OPENING = 3  # an opening takes a third of a stretch at most, else it would leave no room for what it opens


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold a text that is read at once; `owners[i]` are the sentences that `text[slice(*places[i])]` is part of."""

    text: str
    places: tuple[tuple[int, int], ...]
    owners: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Hold what must not be cut: a sentence, a row of a table, or what its rows have in common."""

    text: str
    owners: tuple[int, ...]
    heading: str


def cut(paper: Paper, count_tokens: CountTokens, longest: int = LONGEST) -> tuple[Stretch, ...]:
    """Return a paper's stretches, in reading order, of at most `longest` tokens unless one piece alone is longer.

    They hold every sentence that can be evidence, whole and once, and nothing else but title and heading.
    """
    pieces = list(_pieces(paper))
    headings = list(dict.fromkeys(piece.heading for piece in pieces))
    openings = {heading: opening(paper.title, [heading]) for heading in headings}
    texts = [*(piece.text for piece in pieces), *headings, *openings.values(), ""]
    counts = dict(zip(texts, count_tokens(texts), strict=True))
    marks = counts[""]  # the model's own
    found: list[Stretch] = []
    for heading, same in groupby(pieces, lambda piece: piece.heading):
        fit = [text for text in (openings[heading], heading) if OPENING * counts[text] <= longest]
        lead = fit[0] if fit else ""
        runs = _runs([(piece, counts[piece.text] - marks) for piece in same], longest - counts[lead])
        found += [_stretch(lead, run) for run in runs]
    return tuple(found)


def opening(title: str, section: Sequence[str]) -> str:
    """Return what stands before a text to say where it comes from: the title and the innermost heading."""
    return " / ".join(part for part in (title, *section[-1:]) if part)


def _pieces(paper: Paper) -> Iterator[_Piece]:
    read = [sentence for sentence in paper.sentences if may_be_evidence(sentence)]
    for _, same in groupby(read, _shared):
        group = list(same)
        heading = group[0].section[-1] if group[0].section else ""
        if len(group) > 1:
            yield _Piece(text_at(paper.pages, group[0].spans[:-1]), tuple(row.number for row in group), heading)
        for sentence in group:
            text = text_at(paper.pages, sentence.spans[-1:]) if len(group) > 1 else sentence.text
            yield _Piece(text, (sentence.number,), heading)


def _shared(sentence: Sentence) -> object:
    """Return what rows of one table share and no two other sentences do."""
    return (sentence.paragraph, sentence.spans[:-1]) if "row" in sentence.flags else sentence.number


def _runs(pieces: Sequence[tuple[_Piece, int]], room: int) -> Iterator[list[_Piece]]:
    """Yield runs of pieces, given with their tokens, that take no more than `room`."""
    run: list[_Piece] = []
    left = room
    for piece, tokens in pieces:
        if run and tokens > left:
            yield run
            run, left = [], room
        run.append(piece)
        left -= tokens
    yield run


def _stretch(lead: str, run: Sequence[_Piece]) -> Stretch:
    text = f"{lead}\n" if lead else ""
    places = []
    for piece in run:
        places.append((len(text), len(text) + len(piece.text)))
        text += f"{piece.text} "
    return Stretch(text[:-1], tuple(places), tuple(piece.owners for piece in run))
