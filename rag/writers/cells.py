"""Answer with one sentence that states what is asked, or with none: what a cell of a table can hold.

A table is read down its columns, without the evidence around an answer, so that a sentence beside the question does
more harm there than a cell that is empty. The sentence taken is the best ranked one that has the form of an answer: for
what tables are mostly asked for (input, data, limits, hardware, ...) the words that state it, for anything else the
form of its kind of question and a rank well above the others. Not handled here: ranking (`ranking`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from rag.answers import Draft, DraftClaim, Evidence, Task
from rag.gates import outside_links
from rag.language import addresses, refers_back, shared, suits
from rag.papers import Part
from rag.writers.extractive import ExtractiveWriter, by_paper, may_answer, printable
from rag.writers.forms import Form, form_asked
from rag.writers.looks import looks
from rag.writers.nearness import LOG_ODDS, near_part

LONGEST = 420  # characters of a cell
LEAST_WORDS = 4  # before a link, where it is left out
SURE = 0.35  # share of the score that the best sentence must have where no form is known
PLACED = 0.2  # of nearness, for standing where such things are said
NAMED = 0.05  # for naming the paper's own model
LEANS = 0.15  # against an opening that points back, and once more where what it speaks of is named before
LESS_PLAIN = 0.5  # against each step down from the plainest wording
_KINDS = frozenset(("amount", "name", "reason"))  # whose answers have a form

_OURS = re.compile(
    r"\b(?:we|our|ours|this (?:paper|work|letter|article|study|thesis)|the (?:proposed|present))\b", re.I
)
_BACK = re.compile(r"^\W*(?:these|those|such|this (?!paper|work|letter|article|study|thesis)\w+)\b", re.I)


class CellWriter(ExtractiveWriter):
    """Choose the one sentence that states what is asked; of a bare question over a paper, for a table."""

    name = f"{ExtractiveWriter.name}-cell"

    def write(self, task: Task) -> Draft:
        """Return one verbatim claim for every point that asks something; a point without one is told as unstated."""
        claims = tuple(tuple(self._point(number, task)) for number in range(len(task.points)))
        return Draft(
            claims, unstated=tuple(n for n, p in enumerate(task.points) if p.kind == "prose" and not claims[n])
        )

    def _point(self, number: int, task: Task) -> list[DraftClaim]:
        if task.points[number].kind != "prose":
            return []
        asked = [(paper, part) for paper in by_paper(task) for part in task.question.asked(number)]
        found = [cell(part, number, paper.sentences, paper.name) for paper, part in asked]
        told = [one for one in dict.fromkeys(found) if one]
        return [DraftClaim(unlinked(one.text, task), (one.id,), "verbatim", one.paper) for one in told]


def cell(part: Part, point: int, sentences: Sequence[Evidence], name: str = "") -> Evidence | None:
    """Return the sentence of a paper that states what a part asks, or None."""
    near = near_part(sentences, point, part)
    fit = [e for e in sentences if printable(e) and len(e.text) <= LONGEST and not _odd(e.text) and may_answer(e, part)]
    form = form_asked(part.text)
    if form is not None:
        told = [(tier, e) for e in fit if (tier := states(e, form, name)) is not None]
        worth = {e.id: near[e.id] + _worth(e, form, tier, name) for tier, e in told}
        return max((e for _, e in told), key=lambda e: (worth[e.id], -e.number), default=None)
    fit = [e for e in fit if shared(e.text, part.topics) and (part.kind not in _KINDS or suits(e.text, part))]
    best = max(fit, key=lambda e: (near[e.id], -e.number), default=None)
    return best if best is not None and _share(near[best.id], [near[e.id] for e in sentences]) >= SURE else None


def _worth(e: Evidence, form: Form, tier: int, name: str) -> float:
    """Return what a sentence is worth beside its rank: how plain it is, where it stands, whether it names its paper."""
    seen = looks(e.text, e.label, e.section)
    return (
        PLACED * (seen.place in form.places and e.label != "appendix")
        + NAMED * _names(name, e)
        - LEANS * (seen.leans + refers_back(e.text))
        - LESS_PLAIN * tier
    )


def _names(name: str, e: Evidence) -> bool:
    """Tell whether a sentence names the paper's own model; names of one or two letters stand in too many words."""
    return len(name) > 2 and name in e.text.casefold()


def states(e: Evidence, form: Form, name: str) -> int | None:
    """Return how plainly, from 0, a sentence of the paper's own states what is wanted; None where it does not."""
    seen = looks(e.text, e.label, e.section)
    if seen.place == "related" or _BACK.search(e.text) or seen.asks or seen.announces or "second_hand" in e.flags:
        return None
    stated = form.stated(e.text)
    if stated is None or not form.own or seen.place in form.places:
        return stated[0] if stated else None
    step, end = stated
    said_by = e.text if step == 0 else e.text[:end]  # less plain words may be said of others, before "we" say something
    return step if _OURS.search(said_by) or (step == 0 and _names(name, e)) else None


def unlinked(text: str, task: Task) -> str:
    """Return a sentence up to a link that the whitelist does not give: "The code is available at".

    That there is code is an answer; its link stands in the quote, and is not the program's to give.
    """
    outside = set(outside_links(text, task.papers))
    first = next((found for found in addresses(text) if found.text in outside), None)
    before = text[: first.start].rstrip(" (:[<") if first else text
    return before if len(before.split()) >= LEAST_WORDS else text


def _odd(text: str) -> bool:
    """Tell whether a sentence holds much that no table can show: formulas, and letters that PDFs get wrong."""
    return sum(char > "\u024f" and not "\u2010" <= char <= "\u2026" for char in text) > 2


def _share(best: float, all_: Sequence[float]) -> float:
    """Return the share of the best of some scores, each as a log-odds (a softmax)."""
    return 1 / sum(math.exp(LOG_ODDS * (one - best)) for one in all_)
