"""Cut a paper into stretches: what the embedder reads at a time, so that every sentence is read once and in its place.

The title and each heading stand where a reader meets them; a stretch that begins later says again, in brief, what paper
it is from. What says nothing of a text's meaning to a model of language is left out: numbers of sections, citation
marks, web addresses, formulas, and the values of a table's row, which is found by its names.
Vectors of sentences and of passages are sums over the tokens of their sentences ("late chunking" of Günther et al.,
arXiv:2409.04701), so passages may overlap and cost nothing; what all rows of a table have in common, caption and
header, is read once and counts for each of them.
Not handled here: reading (`embed`), which sentences make up a passage (`passages`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.language import LONG_WORD, References, blanked, formulas, masked, may_be_evidence
from rag.papers import Paper, Sentence, Span, text_at
from rag.reading.blocks.headings import unnumbered
from rag.reading.text.passages import CountTokens

LONGEST = 256  # tokens: what the default model reads; the cost of more grows with its square
NAME = 6  # words of a title that say again which paper this is; without them passages are found less well
FEW = 2  # words of three letters: a sentence with fewer of them left keeps its formulas and addresses
OPENING = 3  # a title or heading takes a third of a stretch at most, else it would leave no room for what it opens

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold a text that is read at once; `owners[i]` are the sentences that `text[slice(*places[i])]` is part of."""

    text: str
    places: tuple[tuple[int, int], ...]
    owners: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Hold what must not be cut: a sentence, a row, what rows have in common; title and headings belong to none."""

    text: str
    owners: tuple[int, ...] = ()
    heading: str = ""


def cut(paper: Paper, count_tokens: CountTokens, longest: int = LONGEST) -> tuple[Stretch, ...]:
    """Return a paper's stretches, in reading order, of at most `longest` tokens unless one piece alone is longer.

    They hold every sentence that can be evidence, whole and once, and nothing else but title and headings.
    """
    pieces = list(_pieces(paper))
    name = _name(paper.title)
    texts = dict.fromkeys(["", paper.title, name, *(text for piece in pieces for text in (piece.heading, piece.text))])
    counts = dict(zip(texts, count_tokens(list(texts)), strict=True))
    marks = counts[""]  # the model's own
    stretches: list[list[_Piece]] = []
    left, heading = 0, ""
    for piece in pieces:
        run = [_Piece(piece.heading), piece] if piece.heading != heading else [piece]
        if not stretches or sum(counts[part.text] - marks for part in run) > left:
            run = [_Piece(name if stretches else paper.title), *run]
            stretches.append([])
            left = longest - marks
        run = [part for part in run if part.owners or (part.text and OPENING * counts[part.text] <= longest)]
        stretches[-1] += run
        left -= sum(counts[part.text] - marks for part in run)
        heading = piece.heading
    return tuple(_stretch(run) for run in stretches)


def opening(title: str, section: Sequence[str]) -> str:
    """Return what stands before a text read alone to say where it comes from: the title and the innermost heading."""
    return " / ".join(part for part in (title, *section[-1:]) if part)


def _name(title: str) -> str:
    """Return the words of a title before a colon, the first few of them."""
    return " ".join(title.split(":")[0].split()[:NAME])


def _pieces(paper: Paper) -> Iterator[_Piece]:
    """Yield what is read, in order; what several rows have in common, where the first of them stands."""
    read = [sentence for sentence in paper.sentences if may_be_evidence(sentence)]
    rows: dict[Span, list[int]] = {}  # of each caption, header or group's line
    for sentence in read:
        for span in _common(sentence):
            rows.setdefault(span, []).append(sentence.number)
    references = References.of(paper)
    told = {span for sentence in read if sentence.label == "caption" for span in _whole(sentence)}
    for sentence in read:
        heading = unnumbered("".join(sentence.section[-1:]))
        for span in _common(sentence):
            if span not in told:
                yield _Piece(text_at(paper.pages, (span,)), tuple(rows[span]), heading)
                told.add(span)
        if "row" in sentence.flags:
            yield _Piece(_names(text_at(paper.pages, sentence.spans[-1:])), (sentence.number,), heading)
        else:
            theirs = (number for span in _whole(sentence) for number in rows.get(span, ()))
            yield _Piece(_words(sentence.text, references), (sentence.number, *theirs), heading)


def _words(sentence: str, references: References) -> str:
    """Return a sentence of the same length without citation marks, web addresses and formulas, if words are left."""
    text = masked(sentence, references)
    rest = blanked(text, [*(match.span() for match in _ADDRESS.finditer(text)), *formulas(text)])
    return rest if len(LONG_WORD.findall(rest)) >= FEW else text


def _names(row: str) -> str:
    """Return the words of a row, without its values; the whole row where it has no words."""
    return " ".join(word for word in row.split() if any(map(str.isalpha, word))) or row


def _common(sentence: Sentence) -> tuple[Span, ...]:
    """Return what a row of a table shares with others: caption, header, the line that heads its group."""
    return sentence.spans[:-1] if "row" in sentence.flags else ()


def _whole(sentence: Sentence) -> tuple[Span, ...]:
    """Return the span that is a whole sentence, none where it stands in pieces."""
    return sentence.spans if len(sentence.spans) == 1 else ()


def _stretch(run: Sequence[_Piece]) -> Stretch:
    text, places, owners = "", [], []
    for piece in run:
        if piece.owners:
            places.append((len(text), len(text) + len(piece.text)))
            owners.append(piece.owners)
        text += piece.text + (" " if piece.owners else "\n")
    return Stretch(text[:-1], tuple(places), tuple(owners))
