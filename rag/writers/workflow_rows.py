"""Fill a workflow's row: what goes in, what the model does, what comes out, in the paper's own words.

The model's cell is a whole sentence; what goes in and comes out are the words that name it. A stage that a paper does
not state has no cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.answers import DraftClaim, Evidence, Stage
from rag.language import UNFIT, citation_marks, phrases
from rag.writers.nearness import NO_ACCOUNT, Near, section_worth
from rag.writers.runs import PaperEvidence, quotable

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
_MATHS = re.compile(r"[^\x20-\x7e‘’“”–—é]|[=^{}<>_\\]")
_INNER = re.compile(  # an inner step or the training, not what a user gives or gets
    r"\b(large-scale|train(ing|ed)?|scratch|datasets?|features?|latents?|tokens?|maps?|optimi[sz]ation|loss|losses|gradients?)\b",
    re.I,
)
_NOUN = re.compile(r"\b[a-z]{4,}\b")
_BARE = frozenset(  # words that name nothing: a cell needs one word more
    "given takes taking receives accepts from input inputs output outputs restores restore restoring reconstructs "
    "produces returns yields recovers renders predicts generates them these those this that with into their".split()
)
_OWN = re.compile(
    r"\b(we|our|(the|this) ([\w-]+ )?(model|method|network|framework|approach|system|architecture))\b", re.I
)


def row(paper: PaperEvidence, near: Near) -> Iterator[DraftClaim]:
    """Return one cell per stage that the paper states; a stage that it does not state has none.

    The model's cell is a whole sentence; what goes in and comes out are the words that name it.
    """
    cells = [e for e in paper.sentences if _whole_fit(e)]
    if cells:
        whole = max(cells, key=lambda cell: (_model_worth(cell, paper.name, near), -cell.number))
        yield _cell(whole, whole.text, "model")
    for stage, patterns in _PARTS.items():
        parts = [(e, part) for e in paper.sentences if _part_fit(e, paper.name) for part in _parts(e.text, patterns)]
        if parts:
            sentence, part = max(
                parts, key=lambda cell: (_part_worth(cell[0], cell[1], paper.name, near), -cell[0].number)
            )
            yield _cell(sentence, part, stage)


def _cell(sentence: Evidence, text: str, stage: Stage) -> DraftClaim:
    return DraftClaim(text, (sentence.id,), "verbatim", sentence.paper, stage)


def _whole_fit(sentence: Evidence) -> bool:
    return (
        quotable(sentence)
        and len(sentence.text) <= ROW_MAX
        and bool(_DOES.search(sentence.text))
        and not phrases.LIMITS.search(sentence.text)
        and not (phrases.LEANS.search(sentence.text) and not phrases.PROPOSES.search(sentence.text))
        and section_worth(sentence) > NO_ACCOUNT
    )


def _model_worth(sentence: Evidence, name: str, near: Near) -> float:
    return (
        near[sentence.id]
        + NAMES_MODEL * _speaks_of(name, sentence.text)
        + CONSISTS * bool(phrases.DOES.search(sentence.text))
        + PROPOSES * bool(phrases.PROPOSES.search(sentence.text))
        - PRAISE * bool(phrases.HYPE.search(sentence.text))
        - POINTS_BACK * bool(phrases.LEANS.search(sentence.text))
        - CITES * citation_marks(sentence.text)
        + section_worth(sentence)
    )


def _part_fit(sentence: Evidence, name: str) -> bool:
    """Tell whether a sentence speaks of this paper's own model or of the task, in a section that does."""
    return (
        sentence.label in ("abstract", "body")
        and not set(sentence.flags) & (UNFIT - {"formula"})
        and bool(
            sentence.source == "summary"
            or _speaks_of(name, sentence.text)
            or _OWN.search(sentence.text)
            or phrases.DEFINES.search(sentence.text)
        )
        and not phrases.LIMITS.search(sentence.text)
        and (section_worth(sentence) > NO_ACCOUNT or bool(phrases.DEFINES.search(sentence.text)))
    )


def _parts(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[str]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            part = match.group(0).strip()
            if (
                not _MATHS.search(part)
                and part.isprintable()
                and not (phrases.POINTS.search(part) or _INNER.search(part))
                and set(_NOUN.findall(part)) - _BARE
            ):
                yield part


def _part_worth(sentence: Evidence, part: str, name: str, near: Near) -> float:
    return (
        near[sentence.id]
        + NAMES_MODEL * _speaks_of(name, sentence.text)
        + OWN * bool(_OWN.search(sentence.text))
        + IN_OR_OUT * bool(re.search(r"\binputs?\b|\boutputs?\b", part, re.I))
        - PART_PRAISE * bool(phrases.HYPE.search(part) or phrases.CONTRASTS.search(part))
        - PART_FORMULA * ("formula" in sentence.flags)
        + section_worth(sentence)
    )


def _speaks_of(name: str, text: str) -> bool:
    """Tell whether a text names a paper's model; names of one or two letters stand in too many words."""
    return len(name) > 2 and name in text.casefold()
