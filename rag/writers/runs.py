"""Choose runs: three to six sentences that follow one another in one section and read on.

The top single sentences of a search read as shuffled facts. Weights were set by eye, in a trial on real questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from rag.answers import DraftClaim, Evidence, Stage
from rag.language import REMEMBERED, UNFIT, citation_marks, phrases, runs_on, stands_alone, word_set
from rag.writers.nearness import NO_ACCOUNT, Near, section_worth

RUN_MIN, RUN_MAX = 3, 6  # sentences: fewer say too little, more are a paragraph copied out
NEARNESS = 0.5  # of the run's nearness, against that of the paper's nearest sentence
PROPOSES_FIRST, PROPOSES_SECOND = 0.20, 0.12  # a run that opens with "we propose", or with its reason and then that
STAGE = 0.05  # for each of: takes something in, speaks of the model, puts something out
LENGTH, LENGTH_COUNTED = 0.02, 5  # for each sentence up to five: a longer run tells more, up to a point
HYPE = 0.25  # against a run of praise alone
MARKS = 0.10  # against a cited work per sentence: then it speaks of others
LEAST_NEAR = 0.01  # keeps the share of a nearest sentence at 0 defined


@dataclass(frozen=True, slots=True)
class PaperEvidence:
    """Hold one paper's evidence in reading order."""

    paper: str
    name: str  # casefolded short name of its model
    sentences: tuple[Evidence, ...]


def quotable(sentence: Evidence) -> bool:
    """Tell whether a sentence can stand in a run: whole, first-hand prose that leans on no figure or table."""
    return sentence.label in ("abstract", "body") and not UNFIT & set(sentence.flags) and runs_on(sentence.text)


def best_run(paper: PaperEvidence, near: Near, used: Set[str]) -> tuple[Evidence, ...]:
    """Return the run of neighbouring sentences that best speaks for a paper, a lone sentence, or nothing."""
    runs = list(_runs(paper, used))
    runs = [run for run in runs if section_worth(run[0]) > NO_ACCOUNT] or runs
    if runs:
        nearest = max(max(near[e.id] for e in paper.sentences), LEAST_NEAR)
        return max(runs, key=lambda run: (_worth(run, near, nearest) + _presents(run), -run[0].number))
    lone = [e for e in paper.sentences if e.id not in used and quotable(e) and stands_alone(e.text)]
    return (max(lone, key=lambda e: (near[e.id], -e.number)),) if lone else ()


def _runs(paper: PaperEvidence, used: Set[str]) -> Iterator[tuple[Evidence, ...]]:
    """Yield the runs that begin on their own feet, or with what is proposed, whatever it is proposed against."""
    for stretch in _stretches(paper.sentences, used):
        for start, first in enumerate(stretch):
            proposes = _says(first.text).proposes and not phrases.POINTS_BACK.search(first.text)
            if proposes or stands_alone(first.text):
                for size in range(RUN_MIN, min(RUN_MAX, len(stretch) - start) + 1):
                    yield stretch[start : start + size]


def _stretches(sentences: Sequence[Evidence], used: Set[str]) -> Iterator[tuple[Evidence, ...]]:
    """Cut evidence into maximal stretches of quotable sentences that follow one another in one section."""
    stretch: list[Evidence] = []
    for sentence in sentences:
        follows = stretch and sentence.number == stretch[-1].number + 1 and sentence.section == stretch[-1].section
        if not follows or sentence.id in used or not quotable(sentence):
            yield tuple(stretch)
            stretch = []
        if sentence.id not in used and quotable(sentence):
            stretch.append(sentence)
    yield tuple(stretch)


def _presents(run: Sequence[Evidence]) -> float:
    """Weigh how a run presents its paper's own model: that it is proposed, what goes in, what comes out."""
    says = [_says(e.text) for e in run[:2]]
    proposes = PROPOSES_FIRST if says[0].proposes else PROPOSES_SECOND if says[-1].proposes else 0.0
    return proposes + STAGE * sum(map(any, zip(*(_says(e.text).stages for e in run), strict=True)))


def _worth(run: Sequence[Evidence], near: Near, nearest: float) -> float:
    """Weigh a run: nearness to the question against that of the paper's nearest sentence, then what it does."""
    size, nears = len(run), [near[e.id] for e in run]
    says = [_says(e.text) for e in run]
    return (
        NEARNESS * (sum(nears) / size + max(nears)) / 2 / nearest
        + LENGTH * min(size, LENGTH_COUNTED)
        - HYPE * sum(told.hypes for told in says) / size
        - MARKS * sum(told.marks for told in says) / size
        + section_worth(run[0])
    )


@dataclass(frozen=True, slots=True)
class _Says:
    """Hold what a sentence does by its wording: the same for every run that it stands in."""

    stages: tuple[bool, bool, bool]  # takes something in, speaks of the model, puts something out
    proposes: bool
    hypes: bool
    marks: int


@lru_cache(REMEMBERED)
def _says(text: str) -> _Says:
    return _Says(
        (bool(phrases.INPUT.search(text)), bool(phrases.MODEL.search(text)), bool(phrases.OUTPUT.search(text))),
        bool(phrases.PROPOSES.search(text)),
        bool(phrases.HYPE.search(text)),
        citation_marks(text),
    )


# --- fill a workflow's row: what goes in, what the model does, what comes out, in the paper's own words -----

ROW_MAX = 320  # characters of a cell: more does not fit beside two others
NAMES_MODEL = 0.15  # a sentence that names the paper's own model speaks of it
CONSISTS = 0.20  # "consists of", "is composed of": the plainest statement of what a model is
PROPOSES = 0.15  # "we propose": says what it is, if not of what
PRAISE = 0.15  # against hype, which tells nothing of the workflow
POINTS_BACK = 0.10  # against an opening that needs the sentence before
CITES = 0.05  # against each work cited: the more, the less it is about this one
OWN = 0.10  # "we", "our method": this paper's doing
IN_OR_OUT = 0.15  # the words "input" and "output" themselves
PART_PRAISE = 0.20  # against hype and contrasts within the few words of a cell
PART_FORMULA = 0.25  # against a part cut out of a formula

_END = r"(?=\s*(?:[,;:.]|$|\s(?:and|which|that|while|whereas|where|by|using|via|through|in order|as well)\b))"
_THING = r"(?:\([^()]{1,80}\)|[^,;:.()=]){6,140}?"
_TAIL = r"(?:\([^()]{1,80}\)|[^,;:.()=]){0,140}?"
_INPUTS = (  # the words of a sentence that name what goes in
    rf"\bgiven (?:a|an|the|one|two|several) (?!challenge|unavailability|lack|fact|importance|success){_THING}{_END}",
    rf"\b(?:takes|taking|receives|accepts) {_THING}(?: as (?:an |the |its )?inputs?)?{_END}",
    rf"\bfrom (?:(?:a|an|the|its|their|one|several|multiple) )?(?:[\w-]+ ){{0,3}}(?:images?|photos?|frames?|videos?|"
    rf"views?|observations?|texts?|documents?|passages?|data|measurements?|signals?|sequences?|sentences?|inputs?|"
    rf"counterparts?)\b{_TAIL}{_END}",
)
_OUTPUTS = (
    rf"\b(?:outputs|produces|returns|yields|restores?|reconstructs?|synthesi[sz]es?|recovers?|renders|predicts|restoring|"
    rf"reconstructing|recovering|producing|generates) (?!to\b){_THING}{_END}",
)
_PARTS: dict[Stage, tuple[re.Pattern[str], ...]] = {
    "input": tuple(re.compile(pattern, re.I) for pattern in _INPUTS),
    "output": tuple(re.compile(pattern, re.I) for pattern in _OUTPUTS),
}
_DOES = re.compile(f"{phrases.MODEL.pattern}|{phrases.PROPOSES.pattern}", re.I)
_IN_OR_OUT = re.compile(r"\binputs?\b|\boutputs?\b", re.I)
_MATHS = re.compile(r"[^\x20-\x7e‘’“”–—é]|[=^{}<>_\\]")
_INNER = re.compile(  # an inner step or the training, not what a user gives or gets
    r"\b(large-scale|train(ing|ed)?|scratch|datasets?|features?|latents?|tokens?|maps?|optimi[sz]ation|loss|losses|gradients?)\b",
    re.I,
)
_NOUN = re.compile(r"\b[a-z]{4,}\b")
_BARE = word_set("bare_words")
_OWN = re.compile(
    r"\b(we|our|(the|this) ([\w-]+ )?(model|method|network|framework|approach|system|architecture))\b", re.I
)


def row(paper: PaperEvidence, near: Near) -> Iterator[DraftClaim]:
    """Yield one cell per stage that the paper states; a stage that it does not state has none."""
    for stage, found in (("model", model_cell(paper, near)), *((s, part_cell(paper, near, s)) for s in _PARTS)):
        if found:
            sentence, text = found
            yield DraftClaim(text, (sentence.id,), "verbatim", sentence.paper, stage)


def model_cell(paper: PaperEvidence, near: Near) -> tuple[Evidence, str] | None:
    """Return the sentence that says best what a paper's model is: whole, short, and in a section that says so."""

    def worth(e: Evidence) -> float:
        return (
            near[e.id]
            + NAMES_MODEL * _speaks_of(paper, e)
            + CONSISTS * bool(phrases.DOES.search(e.text))
            + PROPOSES * bool(phrases.PROPOSES.search(e.text))
            - PRAISE * bool(phrases.HYPE.search(e.text))
            - POINTS_BACK * bool(phrases.LEANS.search(e.text))
            - CITES * citation_marks(e.text)
            + section_worth(e)
        )

    fit = [
        e
        for e in paper.sentences
        if quotable(e)
        and len(e.text) <= ROW_MAX
        and _DOES.search(e.text)
        and not phrases.LIMITS.search(e.text)
        and not (phrases.LEANS.search(e.text) and not phrases.PROPOSES.search(e.text))
        and section_worth(e) > NO_ACCOUNT
    ]
    whole = max(fit, key=lambda e: (worth(e), -e.number), default=None)
    return (whole, whole.text) if whole else None


def part_cell(paper: PaperEvidence, near: Near, stage: Stage) -> tuple[Evidence, str] | None:
    """Return the sentence and its words that say best what goes into a paper's model, or comes out of it."""

    def worth(e: Evidence, part: str) -> float:
        return (
            near[e.id]
            + NAMES_MODEL * _speaks_of(paper, e)
            + OWN * bool(_OWN.search(e.text))
            + IN_OR_OUT * bool(_IN_OR_OUT.search(part))
            - PART_PRAISE * bool(phrases.HYPE.search(part) or phrases.CONTRASTS.search(part))
            - PART_FORMULA * ("formula" in e.flags)
            + section_worth(e)
        )

    fit = [(e, part) for e in paper.sentences if _tells_of_model(paper, e) for part in _parts(e.text, stage)]
    return max(fit, key=lambda cell: (worth(*cell), -cell[0].number), default=None)


def _tells_of_model(paper: PaperEvidence, e: Evidence) -> bool:
    """Tell whether a sentence speaks of this paper's own model or of the task, in a section that does."""
    defines = bool(phrases.DEFINES.search(e.text))
    return (
        e.label in ("abstract", "body")
        and not set(e.flags) & (UNFIT - {"formula"})
        and (e.source == "summary" or _speaks_of(paper, e) or bool(_OWN.search(e.text)) or defines)
        and not phrases.LIMITS.search(e.text)
        and (section_worth(e) > NO_ACCOUNT or defines)
    )


def _parts(text: str, stage: Stage) -> Iterator[str]:
    """Yield the words of a sentence that name what goes in or comes out, no mathematics and no inner step."""
    for match in (match for pattern in _PARTS[stage] for match in pattern.finditer(text)):
        part = match.group(0).strip()
        wrong = _MATHS.search(part) or phrases.POINTS.search(part) or _INNER.search(part)
        if not wrong and part.isprintable() and set(_NOUN.findall(part)) - _BARE:
            yield part


def _speaks_of(paper: PaperEvidence, e: Evidence) -> bool:
    """Tell whether a sentence names a paper's model; names of one or two letters stand in too many words."""
    return len(paper.name) > 2 and paper.name in e.text.casefold()
