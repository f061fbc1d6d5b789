"""Answer a narrow question by the sentences that state it, the best one first.

"What", "which", "how many" and "does it" want a fact, and a fact often stands in a sentence that also points at a
table or cites a data set, which a run of prose leaves out. An amount may stand in a table alone: a row, printed with
caption and header, answers too. Not handled: accounts of how and why (`runs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from rag.answers import Evidence
from rag.language import UNFIT, overlap, phrases, question_kind, states_fact, words
from rag.writers.worth import Near, PaperEvidence

MOST = {"amount": 3, "name": 4, "yes_no": 3, "meaning": 3}  # sentences of one paper; names may stand apart
MOST_OF_MANY = 2  # likewise, where several papers answer
LEANS = 0.1  # against an opening that points back: it reads on after another sentence, not after a question
ASIDE = 0.03  # against announcing what will be said
NEXT_SHARE = 0.65  # of the best sentence's worth: what is below that is beside the question
MOST_ROWS = 2  # of one paper: neighbours in a table are alike
NAMED = 0.1  # for a row that bears the name asked for: rows of one table differ in little else
ROW_SHARE = 0.98  # of the best row's worth: rows further off are about something else
REPEATS = 0.7  # of its words in one sentence before it: abstract, introduction and conclusion say the same


def leads(
    question: str,
    papers: Sequence[PaperEvidence],
    wanted: question_kind.Kind,
    near: Near,
    used: Set[str],
    told: Set[str] = frozenset(),
) -> list[Evidence]:
    """Return the sentences that answer a question: papers by their best sentence, and each paper's sentences likewise.

    What the same point has `told` takes its place without being said again, so that nothing worse fills it.
    """

    def worth(sentence: Evidence) -> float:
        return (
            near(sentence)
            + NAMED * (_is_row(sentence) and _named(sentence, question))
            - LEANS * bool(phrases.LEANS.search(sentence.text))
            - ASIDE * bool(phrases.SIGNPOST.search(sentence.text))
        )

    def ranked(sentences: Iterable[Evidence]) -> list[Evidence]:
        return sorted((s for s in sentences if s.id not in used), key=lambda s: (-worth(s), s.number))

    found = []
    for paper in papers:
        prose = ranked(filter(_answers, paper.sentences))
        best = worth(prose[0]) if prose else 0.0
        rows = ranked(s for s in paper.sentences if wanted == "amount" and _is_row(s))
        rows = [row for row in rows if _named(row, question) or worth(row) >= best]  # else of something else
        rows = [row for row in rows[:MOST_ROWS] if worth(row) >= ROW_SHARE * worth(rows[0])]
        found.append(ranked([*rows, *prose]))
    found = sorted(filter(None, found), key=lambda sentences: -worth(sentences[0]))
    most = MOST.get(wanted, max(MOST.values())) if len(found) == 1 else MOST_OF_MANY
    floor = NEXT_SHARE * worth(found[0][0]) if found else 0.0
    chosen: list[Evidence] = []
    for sentences in found:
        for place, sentence in enumerate(sentences[:most]):
            if place == 0 or (worth(sentence) >= floor and not _repeats(sentence, chosen)):
                chosen.append(sentence)
    return [sentence for sentence in chosen if sentence.id not in told]


def _repeats(sentence: Evidence, said: Sequence[Evidence]) -> bool:
    """Tell whether prose says little, and no number, that prose of the same paper before it does not."""
    own = set(words(sentence.text))
    numbers = {word for word in own if word.isdigit()}
    before = (set(words(other.text)) for other in said if other.paper == sentence.paper and not _is_row(other))
    return not _is_row(sentence) and any(numbers <= held and overlap(own, held) >= REPEATS for held in before)


def _is_row(sentence: Evidence) -> bool:
    return sentence.label == "table" and set(sentence.flags) == {"row"}


def _named(row: Evidence, question: str) -> float:
    """Return how much of a row's own name a question says, whether it writes BERT large or BERTLARGE."""
    own = row.text[-(row.spans[-1].end - row.spans[-1].start) :]
    names = [_squeezed(word) for word in own.split() if any(map(str.isalpha, word))]
    letters = sum(map(len, names))
    said = sum(len(name) for name in names if len(name) > 1 and name in _squeezed(question))
    return said / letters if letters else 0.0


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _answers(sentence: Evidence) -> bool:
    """Tell whether a sentence can be printed as an answer of its own."""
    fit = sentence.label in ("abstract", "body", "appendix") and not UNFIT & set(sentence.flags)
    return fit and states_fact(sentence.text)
