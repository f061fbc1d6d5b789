"""Doubt whether the allowed papers state what is asked at all: a few named signs of a question, weighed.

How much of the question's words the papers, their best passage and their best sentences lack, and, where an amount is
asked, the sentences with a number. The weights (`doubt.toml`) are a logistic regression's, learnt from questions with
and without an answer, each of three sets counting alike; they name no sentence and do not rest on the ranking's scale.
Signs of this kind find about half of the unanswerable questions at one false mark in twenty: what they miss is asked in
the papers' own words. Where a chat model said of the sentences whether they state the answer, that is weighed with
them: either alone is worse (`eval.benchmarks.doubt_with_model`). Not handled here: refusals (`prepared`), what is
printed instead (`gaps`).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.answers import Evidence
from rag.language import suits, words
from rag.prepared import Prepared
from rag.searching import rarity
from rag.writers import cell_named

WEIGHTS = Path(__file__).parent / "doubt.toml"
BEST = 5  # sentences of the evidence, the best ranked, that what is printed comes from
LEAST = 1e-4  # probability that is told apart from none
UNKNOWN = 3.0  # the least rarity of a word that no passage holds


@dataclass(frozen=True, slots=True)
class Weights:
    """Hold what each sign is worth, as log-odds, and from which sum on an answer is doubted."""

    signs: Mapping[str, float]
    bias: float
    threshold: float
    model: float  # of the log-odds that a chat model gives the best sentence, where one was asked
    model_threshold: float  # and the sum from which on an answer is doubted then


@cache
def weights() -> Weights:
    """Return the learnt weights."""
    told = tomllib.loads(WEIGHTS.read_text("utf-8"))
    return Weights(told["signs"], told["bias"], told["threshold"], told["model"], told["model_threshold"])


def may_doubt(prepared: Prepared) -> bool:
    """Tell whether a question is one of those that the signs were learnt for: it asks one paper or all for one thing.

    What any paper can be asked, what sums it up, and what sets papers side by side, is not.
    """
    question = prepared.task.question
    part = question.parts[0]
    return not (question.generic or part.each or part.kind in ("about", "limits")) and bool(prepared.papers)


def is_doubtful(signs: Mapping[str, float], stated: float | None = None) -> bool:
    """Tell whether the signs of a question say that the papers do not state what it asks.

    `stated` is the probability, by a chat model, that the best sentence states it.
    """
    learnt = weights()
    odds = learnt.bias + sum(learnt.signs[name] * value for name, value in signs.items())
    if stated is None:
        return odds >= learnt.threshold
    return odds - learnt.model * log_odds(stated) >= learnt.model_threshold


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, which may be 0 or 1."""
    held = min(max(probability, LEAST), 1 - LEAST)
    return math.log(held / (1 - held))


def signs_of(prepared: Prepared, missing: Iterable[str], unnamed: Iterable[str]) -> dict[str, float]:
    """Return the signs of a question, by name.

    `missing` are its topic words that stand on no page, `unnamed` those of them that are names.
    """
    task, index = prepared.task, prepared.index
    question, part = task.question, task.question.parts[0]
    rare = rarity(index, [paper.key for paper in prepared.papers.values()])
    asked = [word for word in question.words if word.written]
    known = {word.stem: rare(word.stem) for word in asked}
    most = max([*known.values(), UNKNOWN])
    worth = {word.stem: (known[word.stem] or most) * word.weight for word in asked}
    topical = {word.stem: worth[word.stem] for word in asked if word.topical}
    ranked = sorted((e for e in task.evidence if e.paper), key=lambda e: -e.worth)
    best = {stem for e in ranked[:BEST] for stem in words(e.text)}
    of_form = [e for e in ranked if suits(e.text, part)]
    rows = [e for e in ranked if "row" in e.flags and part.kind in ("amount", "name")]
    stems = [words(word)[:1] for word in missing]
    lacking = sum(worth.get(stem, most) for stem in (found[0] for found in stems if found))
    amount, lacks = float(part.kind == "amount"), lacking / (sum(worth.values()) or 1.0)
    told = prepared.relevance
    return {
        "missing": lacks,
        "unnamed": float(any(True for _ in unnamed)),
        "passage_words": told.coverage if told else 0.0,
        "relevance": told.score if told else 0.0,
        "sentence_words": _most(topical, ranked),
        "best_sentence_words": _most(topical, ranked[:BEST]),
        "best_sentences_words": _share(topical, best),
        "topics": float(len(topical)),
        "amount": amount,
        "amount_missing": amount * lacks,
        "amount_number_words": amount * _most(topical, of_form),
        "cell": max((cell_named(e, part) for e in rows), default=0.0),
    }


def _most(topical: Mapping[str, float], sentences: Iterable[Evidence]) -> float:
    """Return the greatest share of the topic words, by weight, that one of these sentences says."""
    return max((_share(topical, set(words(e.text))) for e in sentences), default=0.0)


def _share(topical: Mapping[str, float], said: set[str]) -> float:
    return sum(worth for stem, worth in topical.items() if stem in said) / (sum(topical.values()) or 1.0)
