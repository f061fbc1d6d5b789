"""Say how near a sentence is to what is asked: in meaning, in the question's own rare words, and by its passage.

Meaning alone finds sentences on the topic; the words of the question find the one that answers. The weights were
chosen on half of QASPER's papers and on questions to twelve arXiv papers; the optimum is flat, and
eval/benchmarks/README.md has the figures on the other half. Not handled here: searching, choosing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.language import Abbreviations, abbreviations, is_plain, spelled_out, surface, words
from rag.papers import Hit, Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

REMEMBERED = 1 << 14  # sentences whose words are kept: those of some thirty papers
MEANING, WORDS, PASSAGE = 0.5, 0.5, 0.5  # of a sentence's cosine, its share of the words asked, its passage's score
CONTEXT = 0.5  # of a word that only the heading or the sentence before says
PLAIN = 0.25  # of the weight of a word that questions are made of, whatever they ask


Rarity = Callable[[str], float]
"""Return the weight of a stem by how few allowed passages hold it, 0 for one that none holds."""


def asked_words(text: str, rarity: Rarity) -> dict[str, float]:
    """Return the stems of a question with their weights, which sum to 1 (none where no word is known)."""
    plain = {stem for word, stem in surface(text) if is_plain(word)}
    weights = {stem: rarity(stem) * (PLAIN if stem in plain else 1.0) for stem in dict.fromkeys(words(text))}
    whole = sum(weights.values())
    return {stem: weight / whole for stem, weight in weights.items() if weight} if whole else {}


def shares(sentences: Sequence[Sentence], asked: Mapping[str, float]) -> Values:
    """Return, per sentence, the share of the words asked that it says; context says them at a discount."""
    import numpy as np

    found = np.zeros(len(sentences), np.float32)
    known = _of_question(abbreviations(s.text for s in sentences), asked)
    before: Sentence | None = None
    for place, sentence in enumerate(sentences):
        around = _heading(sentence.section[-2:])
        if before is not None and before.section == sentence.section:
            around |= _words(before.text)
        found[place] = _share(spelled_out(_words(sentence.text), known), asked, spelled_out(around, known))
        before = sentence
    return found


def _of_question(known: Abbreviations, asked: Mapping[str, float]) -> Abbreviations:
    """Return the abbreviations that stand among the words asked, short or long."""
    return {short: long for short, long in known.items() if short in asked or long <= asked.keys()}


def share(text: str, asked: Mapping[str, float]) -> float:
    """Return the share of the words asked that a text says."""
    return _share(_words(text), asked)


def _share(own: frozenset[str], asked: Mapping[str, float], around: frozenset[str] = frozenset()) -> float:
    return sum(weight * (1.0 if stem in own else CONTEXT * (stem in around)) for stem, weight in asked.items())


@lru_cache(REMEMBERED)
def _heading(section: tuple[str, ...]) -> frozenset[str]:
    return _words(" / ".join(section))


@lru_cache(REMEMBERED)
def _words(text: str) -> frozenset[str]:
    return frozenset(words(text))


def passage_scores(count: int, hits: Sequence[Hit]) -> Values:
    """Return, per sentence of a paper, the score of the best hit that holds it, else 0."""
    import numpy as np

    found = np.zeros(count, np.float32)
    for hit in hits:
        rows = slice(hit.passage.first, hit.passage.last)
        found[rows] = np.maximum(found[rows], hit.score)
    return found


def nearness(cosine: Values, said: Values, passage: Values) -> Values:
    """Return the three signs as one value, about 0 to 1."""
    near: Values = (MEANING * cosine + WORDS * said + PASSAGE * passage) / (MEANING + WORDS + PASSAGE)
    return near
