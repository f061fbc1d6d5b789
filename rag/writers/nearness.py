"""Say how near a sentence is to what is asked, and what it is worth to an answer.

Nearness is measured when evidence is chosen: in meaning, in the question's own rare words, and by its passage. Meaning
alone finds sentences on the topic; the words of the question find the one that answers. The weights were chosen on half
of QASPER's papers and on questions to twelve arXiv papers; the optimum is flat, and eval/benchmarks/README.md has the
figures on the other half. How well a sentence answers is learnt (`ranking`); writers ask for it by `near_part`. Not
handled here: searching, choosing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.answers import Evidence
from rag.language import abbreviations, phrases, spelled_out, suits, words
from rag.papers import Facet, Hit, Part, Question, Sentence, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

REMEMBERED = 1 << 14  # sentences whose words are kept: those of some thirty papers
MEANING, WORDS, PASSAGE = 0.5, 0.5, 0.5  # of a sentence's cosine, its share of the words asked, its passage's score
CONTEXT = 0.5  # of a word that only the heading or the sentence before says

Rarity = Callable[[str], float]
"""Return the weight of a stem by how few allowed passages hold it, 0 for one that none holds."""


@dataclass(frozen=True, slots=True)
class Queries:
    """Hold what is asked, ready to be compared with sentences: the facets with their vectors, one row each.

    `words[0]` are the question's, `words[1 + p]` those of point p: stems with weights that sum to 1.
    """

    facets: tuple[Facet, ...]
    vectors: Values
    words: tuple[Mapping[str, float], ...]

    @classmethod
    def of(cls, question: Question, vectors: Values, rarity: Rarity) -> Queries:
        """Weigh the words of question and points by their rarity in the allowed passages."""
        points = ([word for part in parts for word in part.words] for parts in question.points)
        return cls(question.facets, vectors, tuple(weighed(asked, rarity) for asked in (question.words, *points)))

    def rows(self, part: Part, point: int | None = None) -> Iterator[int]:
        """Yield the rows of the facets that ask a part, under a point: the part's own or the question's first."""
        own = [row for row, facet in enumerate(self.facets) if facet.point is None]
        its = [row for row in own[1:] if self.facets[row].query.startswith(part.text)]
        yield from its or own
        yield from (row for row, facet in enumerate(self.facets) if facet.point is not None and facet.point == point)

    def near(self, vectors: Values, said: Sequence[Values], passage: Values) -> Values:
        """Return one row per sentence: its nearness to the question, then to each point.

        `said` has, for the question and each point, the share of its words that every sentence says.
        """
        import numpy as np

        cosines = vectors @ self.vectors.T
        own = [row for row, facet in enumerate(self.facets) if facet.point is None]
        question = (cosines[:, 0] + cosines[:, own].max(axis=1)) / 2
        columns = [nearness(question, said[0], passage)]
        for point, asked in enumerate(self.words[1:]):
            rows = [row for row, facet in enumerate(self.facets) if facet.point == point]
            meaning = cosines[:, rows].max(axis=1) if rows else question
            columns.append(nearness(meaning, said[1 + point] if asked else said[0], passage))
        return np.stack(columns, axis=1)


def nearness(cosine: Values, said: Values, passage: Values) -> Values:
    """Return the three signs as one value, about 0 to 1."""
    near: Values = (MEANING * cosine + WORDS * said + PASSAGE * passage) / (MEANING + WORDS + PASSAGE)
    return near


def weighed(asked: Iterable[Word], rarity: Rarity) -> dict[str, float]:
    """Return the stems of what is asked with their weights, which sum to 1 (none where no word is known)."""
    weights = {word.stem: rarity(word.stem) * word.weight for word in asked}
    whole = sum(weights.values())
    return {stem: weight / whole for stem, weight in weights.items() if weight} if whole else {}


def shares(sentences: Sequence[Sentence], asked: Mapping[str, float]) -> Values:
    """Return, per sentence, the share of the words asked that it says; context says them at a discount."""
    import numpy as np

    found = np.zeros(len(sentences), np.float32)
    known = abbreviations(s.text for s in sentences)
    known = {short: long for short, long in known.items() if short in asked or long <= asked.keys()}
    before: Sentence | None = None
    for place, sentence in enumerate(sentences):
        around = _words(" / ".join(sentence.section[-2:]))
        if before is not None and before.section == sentence.section:
            around |= _words(before.text)
        found[place] = _share(spelled_out(_words(sentence.text), known), asked, spelled_out(around, known))
        before = sentence
    return found


def share(text: str, asked: Mapping[str, float]) -> float:
    """Return the share of the words asked that a text says."""
    return _share(_words(text), asked)


def _share(own: frozenset[str], asked: Mapping[str, float], around: frozenset[str] = frozenset()) -> float:
    return sum(weight * (1.0 if stem in own else CONTEXT * (stem in around)) for stem, weight in asked.items())


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


# --- what a sentence is worth to an answer --------------------------------------------------------------------------

LOG_ODDS = 8.0  # of the ranking, that count as a nearness of 1: about what a score grows by with it
SUITS = 0.13  # for the form of the answer asked for (a number, a name, a reason): a fifth of a good nearness
LIMIT_BONUS = 1.0  # for a stated limit, where limits are asked for: nothing else answers
SUMMARY_WORTH = 0.05  # abstracts and summaries are a paper's own account, in few words
SECTION_WORTH = (  # how well sections of a kind read as a paper's own account, from a trial by eye
    (re.compile(r"related|background|previous|prior", re.I), -0.20),  # speaks of others
    (re.compile(r"experiment|result|evaluation|ablation|comparison|setup|dataset|implementation", re.I), -0.08),
    (re.compile(r"limitation|future|conclusion|discussion|broader|impact", re.I), -0.10),  # says it all once more
    (re.compile(r"introduction", re.I), 0.04),
    (re.compile(r"method|approach|model|architecture|overview|framework|network", re.I), 0.05),
)
NO_ACCOUNT = -0.08  # sections worth this little do not say what the model takes, does and gives

Near = Mapping[str, float]
"""How near each sentence, by its id, is to a point and to what is asked under it."""


def near_part(sentences: Iterable[Evidence], point: int, part: Part | None = None) -> Near:
    """Return how near sentences are to a point, by their scores for a part of what is asked under it.

    Without a part, and for a brief's summaries, which have no scores: how near they are to the question and to the
    point, in equal halves, and to the form a part wants.
    """
    found = {}
    for e in sentences:
        if part is not None and e.scores:
            found[e.id] = _score(e, point, part) / LOG_ODDS
            continue
        to_point = e.for_point[point] if point < len(e.for_point) else e.relevance
        stated = part is not None and part.kind == "limits" and phrases.states_limits(e.text, e.section)
        form = part is not None and suits(e.text, part)
        found[e.id] = (e.relevance + to_point) / 2 + LIMIT_BONUS * stated + SUITS * form
    return found


def _score(sentence: Evidence, point: int, part: Part) -> float:
    """Return the score for a part under a point, else for the same part under another."""
    same = {asked: score for asked, text, score in sentence.scores if text == part.text}
    return same.get(point, max(same.values(), default=sentence.worth))


def section_worth(sentence: Evidence) -> float:
    """Return what the place of a sentence adds to or takes from its worth."""
    if sentence.label == "abstract" or sentence.source == "summary":
        return SUMMARY_WORTH
    heading = " ".join(sentence.section)
    return next((worth for pattern, worth in SECTION_WORTH if pattern.search(heading)), 0.0)
