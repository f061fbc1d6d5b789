"""Cut a paper's sentences into passages: overlapping runs of whole sentences within one section."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.language import EVIDENCE, may_be_evidence
from rag.papers import Passage, Sentence

BUDGET = 200  # tokens: what a passage aims at
LIMIT = 250  # tokens: about what the default model reads at once, so that what is found together was read together
OVERLAP = 40  # tokens that a passage repeats of the one before, in whole sentences

CountTokens = Callable[[Sequence[str]], Sequence[int]]


def is_evidence(sentence: Sentence) -> bool:
    """Tell whether a sentence may be indexed and cited."""
    return sentence.label in EVIDENCE and "addresses_reader" not in sentence.flags


def split(
    sentences: Sequence[Sentence], count_tokens: CountTokens, *, budget: int = BUDGET, limit: int = LIMIT
) -> tuple[Passage, ...]:
    """Return passages of about `budget` tokens; only one that is a single sentence may exceed `limit`.

    A passage without a sentence that can ever be shown (formulas alone) is left out.
    """
    counts = dict(
        zip(
            (sentence.number for sentence in sentences if is_evidence(sentence)),
            count_tokens([sentence.text for sentence in sentences if is_evidence(sentence)]),
            strict=True,
        )
    )
    passages: list[Passage] = []
    for run in _runs(sentences):
        for first, last in _windows([counts[sentence.number] for sentence in run], budget, limit):
            if any(may_be_evidence(sentence) for sentence in run[first:last]):
                passages.append(_passage(len(passages), run[first:last]))
    return tuple(passages)


def _runs(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Yield runs of neighbouring evidence sentences with one label and one section."""
    run: list[Sentence] = []
    for sentence in sentences:
        if run and not (is_evidence(sentence) and _together(run[-1], sentence)):
            yield run
            run = []
        if is_evidence(sentence):
            run.append(sentence)
    if run:
        yield run


def _together(before: Sentence, after: Sentence) -> bool:
    return (
        before.number + 1 == after.number
        and before.label == after.label
        and before.section == after.section
        and (before.label in ("abstract", "body", "appendix") or before.paragraph == after.paragraph)
    )


def _windows(counts: Sequence[int], budget: int, limit: int) -> Iterator[tuple[int, int]]:
    """Yield first and last of runs that stay under the budget and share whole sentences with the run before."""
    first = 0
    while first < len(counts):
        last, total = first + 1, counts[first]
        while last < len(counts) and total + counts[last] <= min(budget, limit):
            total += counts[last]
            last += 1
        yield first, last
        if last >= len(counts):
            return
        first = _next_start(counts, first, last, min(budget, limit))


def _next_start(counts: Sequence[int], first: int, last: int, budget: int) -> int:
    """Step back over whole sentences, as far as the overlap and the next sentence's length allow."""
    start, shared = last, 0
    room = min(OVERLAP, budget - counts[last])
    while start - 1 > first and shared + counts[start - 1] <= room:
        start -= 1
        shared += counts[start]
    return start


def _passage(number: int, run: Sequence[Sentence]) -> Passage:
    return Passage(
        number=number,
        first=run[0].number,
        last=run[-1].number + 1,
        text=" ".join(sentence.text for sentence in run),
        label=run[0].label,
        section=run[0].section,
    )
