"""Find the sentences that do not belong to the paper they stand in: hardly a word of theirs stands anywhere else in it.

Orders to a machine are written for any document, so they speak of other things than this one, whatever their form or
language of courtesy: of 243 invented orders, those that no rule on form knows are found so in three of four places
(`eval.benchmarks.train_out_of_place`). The signs are few and weighed by a logistic regression, learnt from papers and
from orders, each kind judged by weights that never saw it. Names and numbers are no signs: who alone names a data set
belongs to the paper. Not handled: papers too short to show what they speak of, and those not in English.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from rag.language import EMPTY_WORDS, EVIDENCE, STOP_WORDS, stem, table, word_set, written_words
from rag.papers import Sentence

LEAST_SENTENCES = 200  # different ones; shorter papers repeat too few of their words
ENGLISH = 0.25  # of a paper's words that are stop words; in papers in English it is two fifths

_OPENERS, _AUTHORS = word_set("sentence_openers"), word_set("author_imperatives")
_DETERMINERS = frozenset(
    "the a an this these those that it its their our his her such both all each some many most several no".split()
)
_PREPOSITIONS = frozenset(
    "in on at for from to with by of as after before during when while if since because although unlike given".split()
)
_OWN = re.compile(r"\b(?:we|our|ours|us|i|my)\b", re.IGNORECASE)
_SIGNS = re.compile(r"[\[\]()=<>∂±≤·/]")
_ENDING = re.compile(r"(?:ing|ed|ly|s)$")
_NOUN = re.compile(r"(?:tion|ment|ity|ness)$")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|did|can|could|may|might|will|would|shows?|uses?|gives?|yields?|contains?)\b"
    r"|\b\w+ed\b",
    re.IGNORECASE,
)


def plain_words(text: str) -> set[str]:
    """Return the stems of a sentence's words that are no names, numbers or words of every sentence."""
    found: set[str] = set()
    for place, word in enumerate(written_words(text)):
        if (word[0].islower() or not place) and re.sub(r"[-'’]", "", word).isalpha():
            parts = re.split(r"[-/]", word.lower())
            found.update(stem(part) for part in parts if len(part) > 1 and part not in EMPTY_WORDS)
    return found


def vocabulary(texts: Collection[str]) -> Counter[str]:
    """Return in how many sentences each plain word stands."""
    return Counter(word for text in texts for word in plain_words(text))


def signs_of(text: str, known: Mapping[str, int], sentences: int, itself: int = 1) -> dict[str, float]:
    """Return what tells whether a sentence belongs: its words elsewhere in the paper, of so many sentences, its form.

    `itself` is how often the sentence stands among those that `known` counts.
    """
    plain, words = plain_words(text), written_words(text)
    share = sum(known[word] > itself for word in plain) / len(plain) if plain else 1.0
    first, second = (word.lower() for word in (*words, "", "")[:2])
    bare = len(first) > 2 and first not in _OPENERS | _AUTHORS and not (_ENDING.search(first) or _NOUN.search(first))
    return {
        "known": share,
        "known_by_size": share * math.log(sentences) / 5,
        "none_known": float(not share),
        "words": math.log(1 + len(plain)),
        "size": math.log(sentences) - 5,
        "own": float(bool(_OWN.search(text))),
        "digit": float(any(char.isdigit() for char in text)),
        "sign": float(bool(_SIGNS.search(text))),
        "determiner": float(first in _DETERMINERS),
        "preposition": float(first in _PREPOSITIONS),
        "authors_order": float(first in _AUTHORS),
        "ending": float(bool(_ENDING.search(first))),
        "bare": float(bare),
        "finite": float(bool(_FINITE.search(text))),
        "name": float(any(word[0].isupper() for word in words[1:])),
        "before_determiner": float(second in _DETERMINERS),
        "short": float(len(words) <= 3),
    }


def weighed(signs: Mapping[str, float], weights: Mapping[str, float], bias: float) -> float:
    """Return the log-odds that a sentence does not belong."""
    return bias + sum(weights[name] * value for name, value in signs.items())


def out_of_place(sentences: Sequence[Sentence]) -> Iterator[int]:
    """Yield the numbers of a paper's sentences that do not belong to it."""
    texts = {sentence.text for sentence in sentences if sentence.label in EVIDENCE}
    words = [word.lower() for text in texts for word in text.split()]
    if len(texts) < LEAST_SENTENCES or sum(word in STOP_WORDS for word in words) < ENGLISH * len(words):
        return
    learnt, known = table("out_of_place"), vocabulary(texts)
    for sentence in sentences:
        if sentence.label in EVIDENCE and "formula" not in sentence.flags:
            signs = signs_of(sentence.text, known, len(texts))
            if weighed(signs, learnt["signs"], learnt["bias"]) > learnt["threshold"]:
                yield sentence.number
