"""Say what a sentence is worth to an answer: can it be quoted, where does it stand, how near is it to a point.

Every weight of the extractive writer that several of its parts use has its name and reason here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.answers import Evidence
from rag.language import UNFIT, phrases, question_kind, runs_on

Near = Callable[[Evidence], float]
"""Return how near a sentence is to the question and to one point, about 0 to 1."""

SUMMARY_WORTH = 0.05  # abstracts and summaries are a paper's own account, in few words
SECTION_WORTH = (  # how well sections of a kind read as a paper's own account, from the trial in DESIGN
    (re.compile(r"related|background|previous|prior", re.I), -0.20),  # speaks of others
    (re.compile(r"experiment|result|evaluation|ablation|comparison|setup|dataset|implementation", re.I), -0.08),
    (re.compile(r"limitation|future|conclusion|discussion|broader|impact", re.I), -0.10),  # says it all once more
    (re.compile(r"introduction", re.I), 0.04),
    (re.compile(r"method|approach|model|architecture|overview|framework|network", re.I), 0.05),
)
NO_ACCOUNT = -0.08  # sections worth this little do not say what the model takes, does and gives
SUITS = 0.13  # for the form of the answer asked for (a number, a name, a reason): a fifth of a good nearness
LIMIT_BONUS = 1.0  # for a stated limit, where limits are asked for: nothing else answers


@dataclass(frozen=True, slots=True)
class PaperEvidence:
    """Hold one paper's evidence in reading order."""

    paper: str
    name: str  # casefolded short name of its model
    sentences: tuple[Evidence, ...]


def nearness(point: int, wanted: question_kind.Kind, question: str = "") -> Near:
    """Return how near a sentence is to the question and to one point, in equal halves, and to the form asked for."""

    def near(sentence: Evidence) -> float:
        to_point = sentence.for_point[point] if point < len(sentence.for_point) else sentence.relevance
        stated = LIMIT_BONUS * (wanted == "limits" and phrases.states_limits(sentence.text, sentence.section))
        return (
            (sentence.relevance + to_point) / 2 + stated + SUITS * question_kind.suits(sentence.text, wanted, question)
        )

    return near


def section_worth(sentence: Evidence) -> float:
    """Return what the place of a sentence adds to or takes from its worth."""
    if sentence.label == "abstract" or sentence.source == "summary":
        return SUMMARY_WORTH
    heading = " ".join(sentence.section)
    return next((worth for pattern, worth in SECTION_WORTH if pattern.search(heading)), 0.0)


def quotable(sentence: Evidence) -> bool:
    """Tell whether a sentence can stand in a run: whole, first-hand prose that leans on no figure or table."""
    return sentence.label in ("abstract", "body") and not UNFIT & set(sentence.flags) and runs_on(sentence.text)


def speaks_of(name: str, text: str) -> bool:
    """Tell whether a text names a paper's model; names of one or two letters stand in too many words."""
    return len(name) > 2 and name in text.casefold()
