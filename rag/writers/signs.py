"""Look at a paper's sentences for signs that they answer what is asked: numbers by name, one row per sentence.

Signs say how near a sentence is in meaning and in words, where it stands, what it looks like, and whether it has the
form that the kind of question wants. None decides alone: `ranking` weighs them, and `eval.benchmarks.train_ranker`
learns the weights. Not handled here: weighing, choosing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.language import abbreviations, words
from rag.papers import Hit, Paper, Part, Sentence
from rag.writers.looks import signs_of_looks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]
    Table = NDArray[np.bool_]

REMEMBERED = 1 << 14  # sentences whose words are kept: those of some thirty papers
BESIDE = 0.5  # what each neighbour's vector counts in a window


@dataclass(frozen=True, slots=True)
class Meaning:
    """Hold how near each sentence of a paper is to a question in meaning, from 0 to 1, by its own and wider vectors."""

    own: Values
    window: Values
    section: Values


def meaning(paper: Paper, vectors: Values, queries: Values) -> Meaning:
    """Compare sentences with queries, the question first: the question's cosine and the best one, in equal halves."""
    import numpy as np

    sections = [s.section for s in paper.sentences]
    same = np.array([a == b for a, b in pairwise(sections)], np.float32)[:, None]
    wide = vectors.copy()
    wide[1:] += BESIDE * same * vectors[:-1]
    wide[:-1] += BESIDE * same * vectors[1:]
    numbers: dict[tuple[str, ...], int] = {}
    of = np.array([numbers.setdefault(section, len(numbers)) for section in sections], np.int64)
    whole = (of == np.arange(len(numbers))[:, None]).astype(np.float32) @ vectors
    return Meaning(
        _near(vectors, queries), _near(_scaled(wide), queries), (_scaled(whole) @ queries[0])[of] if len(of) else wide
    )


def _near(vectors: Values, queries: Values) -> Values:
    cosines = vectors @ queries.T
    near: Values = (cosines[:, 0] + cosines.max(axis=1)) / 2
    return near


def _scaled(vectors: Values) -> Values:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Values = vectors / np.maximum(lengths, 1e-9)
    return scaled


# --- words ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """Say which of the words asked (columns) every sentence of a paper says (rows), and which its context adds."""

    own: Table
    heading: Table
    before: Table
    after: Table
    weights: Values  # of the words that the paper knows, summing to 1; 0 for the others

    def share(self, table: Table) -> Values:
        """Return the share of the words, by weight."""
        share: Values = table.astype("float32") @ self.weights
        return share


def said(paper: Paper, usable: Sequence[Sentence], asked: Mapping[str, float]) -> Said:
    """Look for the words asked, stems with their weights; their rarity among the paper's sentences multiplies these."""
    import numpy as np

    known = {
        short: long
        for short, long in abbreviations(s.text for s in paper.sentences).items()
        if short in asked or long <= asked.keys()
    }
    stems = list(asked)
    own = _held([s.text for s in paper.sentences], stems, known)
    heading = _held([" / ".join(s.section[-2:]) for s in paper.sentences], stems, known)
    before, after = np.zeros_like(own), np.zeros_like(own)
    sections = [s.section for s in paper.sentences]
    same = np.array([a == b for a, b in pairwise(sections)], bool)[:, None]
    before[1:], after[:-1] = own[:-1] & same, own[1:] & same
    count = own[[s.number for s in usable]].sum(axis=0)
    rarity = np.log(1 + (len(usable) - count + 0.5) / (count + 0.5)) * (count > 0)
    weights = rarity * np.array([asked[stem] for stem in stems])
    heading = heading & ~own
    before = before & ~own & ~heading
    after = after & ~own & ~heading & ~before
    return Said(own, heading, before, after, (weights / max(weights.sum(), 1e-9)).astype(np.float32))


def _held(texts: Sequence[str], stems: Sequence[str], known: Mapping[str, frozenset[str]]) -> Table:
    """Return which texts (rows) hold which stems (columns), also by their short or long form."""
    import numpy as np

    column = {stem: place for place, stem in enumerate(stems)}
    held = np.zeros((len(texts), len(stems)), bool)
    for row, text in enumerate(texts):
        own = stems_of(text)
        for stem in own & column.keys():
            held[row, column[stem]] = True
        for short, long in known.items():
            if short in own:
                held[row, [column[stem] for stem in long if stem in column]] = True
            elif short in column and long <= own:
                held[row, column[short]] = True
    return held


@lru_cache(REMEMBERED)
def stems_of(text: str) -> frozenset[str]:
    """Return the stems of a text's words."""
    return frozenset(words(text))


# --- all signs of a paper's sentences -------------------------------------------------------------------------------


def signs(
    paper: Paper, usable: Sequence[Sentence], near: Meaning, hits: Sequence[Hit], held: Said, part: Part
) -> dict[str, Values]:
    """Return all signs of the usable sentences, by name."""
    import numpy as np

    found = signs_of_nearness(paper, usable, near, hits, held, part)
    told = [signs_of_looks(sentence, part, paper.title) for sentence in usable]
    names = sorted({name for one in told for name in one})
    return found | {name: np.array([one.get(name, 0.0) for one in told], np.float32) for name in names}


def signs_of_nearness(
    paper: Paper, usable: Sequence[Sentence], near: Meaning, hits: Sequence[Hit], held: Said, part: Part
) -> dict[str, Values]:
    """Return the signs of how near the usable sentences are to what is asked, and how early they stand, by name."""
    import numpy as np

    numbers = np.array([s.number for s in usable], np.int64)
    own, heading = held.share(held.own)[numbers], held.share(held.heading)[numbers]
    dense, keyword = _of_passages(len(paper.sentences), hits)
    rarest = int(held.weights.argmax()) if held.weights.any() else None
    found: dict[str, Values] = {
        "meaning": near.own[numbers],
        "meaning_window": near.window[numbers],
        "meaning_section": near.section[numbers],
        "passage_meaning": dense[numbers],
        "passage_words": keyword[numbers],
        "words": own,
        "words_heading": heading,
        "words_before": held.share(held.before)[numbers],
        "words_after": held.share(held.after)[numbers],
        "rarest_word": held.own[numbers, rarest].astype(np.float32) if rarest is not None else np.zeros_like(own),
        "best_meaning": _places(near.own[numbers]),
        "best_window": _places(near.window[numbers]),
        "best_words": _places(own + np.float32(0.5) * heading),
        "best_passage": _places((dense + keyword)[numbers]),
        "early": (1 - numbers / max(len(paper.sentences), 1)).astype(np.float32),
        "first_mention": _first_mentions(paper, part)[numbers],
    }
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def _places(values: Values) -> Values:
    """Return 1 for the greatest value, 1/2 for the next, 1/3, ..."""
    import numpy as np

    order = np.argsort(-values, kind="stable")
    places = np.empty(len(values), np.float32)
    places[order] = 1 / np.arange(1, len(values) + 1)
    return places


def _of_passages(count: int, hits: Sequence[Hit]) -> tuple[Values, Values]:
    """Return, per sentence, the best cosine and share of words of the passages that hold it."""
    import numpy as np

    dense, keyword = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for hit in hits:
        rows = slice(hit.passage.first, hit.passage.last)
        dense[rows] = np.maximum(dense[rows], hit.scores["dense"])
        keyword[rows] = np.maximum(keyword[rows], hit.scores["keyword"])
    return dense, keyword


def _first_mentions(paper: Paper, part: Part) -> Values:
    """Return 1 for the first sentence that holds the whole term asked for, 1/2 for the second, ..., else 0."""
    import numpy as np

    stems, found, count = stems_of(part.term), np.zeros(len(paper.sentences), np.float32), 0
    if part.kind != "meaning":
        return found
    for place, sentence in enumerate(paper.sentences):
        if stems and stems <= stems_of(sentence.text):
            count += 1
            found[place] = 1 / count
    return found
