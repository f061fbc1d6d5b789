"""Cut a paper's sentences for the index: into passages, which are found, and windows, which the embedder reads.

A passage is an overlapping run of whole sentences of one section. A window is read at once, so that every sentence is
read once and in its place: the title and each heading stand where a reader meets them, and a window that begins later
says again, in brief, what paper it is from. What says nothing of a text's meaning to a model of language is left out of
windows: numbers of sections, citation marks, web addresses, formulas, and the values of a table's row, which is found
by its names. Vectors of sentences and of passages are sums over the tokens of their sentences ("late chunking" of
Günther et al., arXiv:2409.04701), so passages may overlap and cost nothing; what all rows of a table have in common,
caption and header, is read once and counts for each of them.
Not handled here: reading (`rag.searching`), where a sentence begins and ends (`paragraphs`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.language import EVIDENCE, NEVER, References, blanked, formulas, long_words, masked, may_be_evidence
from rag.papers import Paper, Passage, Sentence, Span, text_at
from rag.reading.blocks.headings import unnumbered

BUDGET = 200  # tokens of a passage: the default model reads 256 at once, and what is found together was read together
OVERLAP = 40  # tokens that a passage repeats of the one before, in whole sentences

LONGEST = 256  # tokens: what the default model reads; the cost of more grows with its square
NAME = 6  # words of a title that say again which paper this is; without them passages are found less well
FEW = 2  # words of three letters: a sentence with fewer of them left keeps its formulas and addresses
OPENING = 3  # a title or heading takes a third of a window at most, else it would leave no room for what it opens

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")

CountTokens = Callable[[Sequence[str]], Sequence[int]]


def is_evidence(sentence: Sentence) -> bool:
    """Tell whether a sentence may be indexed and cited."""
    return sentence.label in EVIDENCE and not NEVER.intersection(sentence.flags)


# --- passages ----------------------------------------------------------------------------------------------


def passages_of(sentences: Sequence[Sentence], count_tokens: CountTokens, budget: int = BUDGET) -> tuple[Passage, ...]:
    """Return passages of at most `budget` tokens, unless one sentence alone has more.

    A passage without a sentence that can ever be shown (formulas alone) is left out.
    """
    indexed = [sentence for sentence in sentences if is_evidence(sentence)]
    texts = [sentence.text for sentence in indexed]
    counts = dict(zip([sentence.number for sentence in indexed], count_tokens(texts), strict=True))
    passages: list[Passage] = []
    for run in _runs(indexed):
        for first, last in _overlapping([counts[sentence.number] for sentence in run], budget):
            part = run[first:last]
            if any(may_be_evidence(sentence) for sentence in part):
                text = " ".join(sentence.text for sentence in part)
                place = part[0].number, part[-1].number + 1
                passages.append(Passage(len(passages), *place, text, part[0].label, part[0].section))
    return tuple(passages)


def _runs(indexed: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Yield runs of neighbouring sentences with one label and one section; what floats keeps to its paragraph."""
    run: list[Sentence] = []
    for sentence in indexed:
        if run and not (
            run[-1].number + 1 == sentence.number
            and run[-1].label == sentence.label
            and run[-1].section == sentence.section
            and (sentence.label in ("abstract", "body", "appendix") or run[-1].paragraph == sentence.paragraph)
        ):
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def _overlapping(counts: Sequence[int], budget: int) -> Iterator[tuple[int, int]]:
    """Yield first and last of runs within the budget; each steps back as far as overlap and its new sentence allow."""
    first = 0
    while first < len(counts):
        last, total = first + 1, counts[first]
        while last < len(counts) and total + counts[last] <= budget:
            total += counts[last]
            last += 1
        yield first, last
        if last == len(counts):
            return
        start, shared = last, 0
        while start - 1 > first and shared + counts[start - 1] <= min(OVERLAP, budget - counts[last]):
            start -= 1
            shared += counts[start]
        first = start


# --- windows -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """Hold what must not be cut: a sentence, a row, what rows have in common; title and headings belong to none."""

    text: str
    owners: tuple[int, ...] = ()
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Hold a text that is read at once; `owners[i]` are the sentences that `text[slice(*places[i])]` is part of."""

    text: str
    places: tuple[tuple[int, int], ...]
    owners: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, parts: Sequence[_Part]) -> Window:
        """Join parts: titles and headings stand on lines of their own."""
        text, places, owners = "", [], []
        for part in parts:
            if part.owners:
                places.append((len(text), len(text) + len(part.text)))
                owners.append(part.owners)
            text += part.text + (" " if part.owners else "\n")
        return cls(text[:-1], tuple(places), tuple(owners))


def windows_of(paper: Paper, count_tokens: CountTokens, longest: int = LONGEST) -> tuple[Window, ...]:
    """Return a paper's windows, in reading order, of at most `longest` tokens unless one part alone is longer.

    They hold every sentence that can be evidence, whole and once, and nothing else but title and headings.
    """
    parts = list(_parts(paper))
    name = " ".join(paper.title.split(":")[0].split()[:NAME])
    texts = dict.fromkeys(["", paper.title, name, *(text for part in parts for text in (part.heading, part.text))])
    counts = dict(zip(texts, count_tokens(list(texts)), strict=True))
    marks = counts[""]  # the model's own
    windows: list[list[_Part]] = []
    left, heading = 0, ""
    for part in parts:
        run = [_Part(part.heading), part] if part.heading != heading else [part]
        if not windows or sum(counts[new.text] - marks for new in run) > left:
            run = [_Part(name if windows else paper.title), *run]
            windows.append([])
            left = longest - marks
        run = [new for new in run if new.owners or (new.text and OPENING * counts[new.text] <= longest)]
        windows[-1] += run
        left -= sum(counts[new.text] - marks for new in run)
        heading = part.heading
    return tuple(map(Window.of, windows))


def opening(title: str, section: Sequence[str]) -> str:
    """Return what stands before a text read alone to say where it comes from: the title and the innermost heading."""
    return " / ".join(part for part in (title, *section[-1:]) if part)


def _parts(paper: Paper) -> Iterator[_Part]:
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
                yield _Part(text_at(paper.pages, (span,)), tuple(rows[span]), heading)
                told.add(span)
        if "row" in sentence.flags:
            row = text_at(paper.pages, sentence.spans[-1:])
            names = [word for word in row.split() if any(map(str.isalpha, word))]
            yield _Part(" ".join(names) or row, (sentence.number,), heading)
        else:
            theirs = (number for span in _whole(sentence) for number in rows.get(span, ()))
            yield _Part(meaningful(sentence.text, references), (sentence.number, *theirs), heading)


def meaningful(sentence: str, references: References) -> str:
    """Return a sentence of the same length without citation marks, web addresses and formulas, if words are left.

    Of "Lamps obey a = b/c² + d [3]." the words "Lamps obey" are left.
    """
    text = masked(sentence, references)
    rest = blanked(text, [*(match.span() for match in _ADDRESS.finditer(text)), *formulas(text)])
    return rest if len(long_words(rest)) >= FEW else text


def _common(sentence: Sentence) -> tuple[Span, ...]:
    """Return what a row of a table shares with others: caption, header, the line that heads its group."""
    return sentence.spans[:-1] if "row" in sentence.flags else ()


def _whole(sentence: Sentence) -> tuple[Span, ...]:
    """Return the span that is a whole sentence, none where it stands in pieces."""
    return sentence.spans if len(sentence.spans) == 1 else ()
