"""Tell what kind of answer a question asks for: an amount, a name, yes or no, a meaning, limits, reasons, a difference.

A narrow question is answered by the sentence that states it; one that asks how or why by a run that reads on. By
wording alone. Not handled: languages other than English, questions hidden in statements.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.language import phrases
from rag.language.quotability import REMEMBERED
from rag.papers import AnswerKind, Part

_THINGS = (  # what "which" and "what" ask names of
    r"data ?sets?|corpora|corpus|benchmarks?|baselines?|optimi[sz]ers?|languages?|models?|metrics?|measures?|features?|"
    r"channels?|telescopes?|cameras?|instruments?|detectors?|embeddings?|methods?|tasks?|encoders?|decoders?|tools?|"
    r"librar(?:y|ies)|hardware|gpus?|software|systems?|domains?|functions?|architectures?|algorithms?|techniques?|sources?|data"
)
_AMOUNTS = (  # what "what" asks an amount of
    r"mass(?:es)?|size|rates?|scores?|accurac(?:y|ies)|errors?|numbers?|percentage|share|fraction|values?|bleu|f1|f0\.5|auc|"
    r"map|ap|psnr|length|temperature|resolution|luminosit(?:y|ies)|dimension\w*|speed\w*|latency|cost|complexity|depth|width|"
    r"distance|frequency|energy|probability|ratio|limit|precision|recall|perplexity|loss|gains?|improvements?"
)
_VERB = (  # after "how" and "what" these ask for no amount and no name
    r"(?:do|does|did|is|are|was|were|can|could|has|have|had|will|would|should|may|might|must|happen\w*|make\w*|cause\w*|"
    r"motivate\w*|exactly)\b"
)
_BETWEEN = r"(?:[\w.@-]+ ){0,3}?"
_AMOUNT = re.compile(  # "how confident", "how many", but not "how does it work"
    rf"\bhow (?!{_VERB}|(?:to|the|it|they|this|these|come)\b)\w+"
    r"|\bto what extent\b"
    rf"|\b(?:what|which)(?! is an? )(?: is| are| was| were)?(?: the)? {_BETWEEN}(?:{_AMOUNTS})\b",
    re.I,
)
_NAME = re.compile(  # "camera" in "what is camera shake?" is no name that is asked for
    rf"\b(?:which|what)(?! is an? )(?: (?:is|are|was|were)(?: the)?)? {_BETWEEN}(?:{_THINGS})\b(?! (?!used\b)\w+\?)"
    rf"|\bwhat (?!{_VERB})\w+"
    r"|\b(?:who|whose|where|when|which)\b|^\W*(?:list|name|enumerate)\b",
    re.I,
)
_ACCOUNT = re.compile(  # "compare the models", but not "which models do they compare to?"
    r"\b(?:how|why|explain|describe|discuss|compare(?= [a-z])(?! (?:to|with|against)\b)|comparison|contrast|"
    r"summari[sz]e|survey|overview|outline)\b",
    re.I,
)
_DIFFERENCE = re.compile(r"\b(?:differ\w*|versus|vs)\b|\bhow\b.*\bcompare\b", re.I)
_WHY = re.compile(r"\bwhy\b|\breasons?\b|\bwhat (?:\w+ ){0,3}?(?:causes?|motivates?)\b", re.I)
_YES_NO = re.compile(rf"^\W*{_VERB}", re.I)
_TERM = re.compile(
    r"\bwhat(?: is| are|'s|’s) (?:meant by )?(?:(?:an?|the) )?(?!meant\b)([^?,;:]+?)(?: (?:problem|task))?\?*$"
    r"|\bwhat (?:does|do|is|are) (?:(?:an?|the) )?([^?,;:]+?) (?:mean|defined|called)\b"
    r"|^\W*define (?:(?:an?|the) )?([^?.,;:]+)",
    re.I,
)
_MEANING = re.compile(r"^\W*define\b|\bwhat(?: is| are| was| were|'s|’s| does| do)\b", re.I)
_KINDS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = (
    ("limits", phrases.ASKS_LIMITS),
    ("yes_no", _YES_NO),
    ("amount", _AMOUNT),
    ("reason", _WHY),
    ("difference", _DIFFERENCE),
    ("account", _ACCOUNT),
    ("name", _NAME),
    ("meaning", _MEANING),
)


def kind(question: str) -> AnswerKind:
    """Return what kind of answer a question asks for."""
    return next((found for found, pattern in _KINDS if pattern.search(question)), "account")


def term(question: str) -> str:
    """Return the term whose meaning a question asks for, or an empty text."""
    found = _TERM.search(question.strip())
    return next(filter(None, found.groups())) if found else ""


def suits(text: str, part: Part) -> bool:
    """Tell whether a sentence has the form of the answer: a number, a name, a reason, the definition of what is asked.

    A name that the question itself says is no answer.
    """
    if part.kind == "name":
        asked = part.text.casefold()
        return any(name not in asked for name in _names(text))
    return _has_form(text, part.kind, part.term)


@lru_cache(REMEMBERED)
def _names(text: str) -> tuple[str, ...]:
    return tuple(name.casefold() for name in phrases.PROPER_NAME.findall(text))


@lru_cache(REMEMBERED)
def _has_form(text: str, wanted: AnswerKind, defined: str) -> bool:
    form = phrases.definition(defined) if wanted == "meaning" else _FORMS.get(wanted)
    return form is not None and bool(form.search(text))


_FORMS: dict[AnswerKind, re.Pattern[str]] = {
    "amount": phrases.NUMBER,
    "difference": phrases.SETS_APART,
    "reason": phrases.REASON,
}
