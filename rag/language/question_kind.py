"""Tell what kind of answer a question asks for: an amount, a name, yes or no, a meaning, limits, reasons, a difference.

A narrow question is answered by the sentence that states it; one that asks how or why by a run that reads on. By
wording alone. Not handled: languages other than English, questions hidden in statements.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from rag.language import phrases
from rag.language.quotability import REMEMBERED
from rag.language.words import surface, topics

Kind = Literal["amount", "name", "yes_no", "meaning", "limits", "reason", "difference", "account"]

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
_NUMBER = re.compile(
    r"(?<![\w\[(.])(?!(?:19|20)\d\d\b)\d[\d,.]*(?![\d\]])|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|"
    r"hundred|thousand|million|billion|half|twice|quadratic\w*|linear\w*)\b",
    re.I,
)
_PROPER = re.compile(r"(?<![.!?] )(?<!^)\b(?:[A-Z][\w-]*[A-Z0-9][\w-]*|[A-Z][a-z]+)\b")


def parts(question: str) -> list[str]:
    """Return the questions that stand in one: by sentence, and where "and how many" begins another.

    What names no topic of its own, "and why?", does not part.
    """
    found = [part.strip() for part in _PART.split(question) if part.strip()]
    return found if all(topics(part) for part in found) else [question]


def kind(question: str) -> Kind:
    """Return what kind of answer a question asks for."""
    for found, pattern in _KINDS:
        if pattern.search(question):
            return found
    return "account"


_PART = re.compile(
    r"(?<=\?)[\"'”’)]*\s+(?=[^?]*\?)"
    r"|[,;]? and (?=(?:(?:in|by|with|for|on|under|to) )?(?:how|why|what|which|who|when|where)\b)",
    re.I,
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("limits", phrases.ASKS_LIMITS),
    ("yes_no", _YES_NO),
    ("amount", _AMOUNT),
    ("reason", _WHY),
    ("difference", _DIFFERENCE),
    ("account", _ACCOUNT),
    ("name", _NAME),
    ("meaning", _MEANING),
)


def term(question: str) -> str:
    """Return the term whose meaning a question asks for, or an empty text."""
    found = _TERM.search(question.strip())
    return next(filter(None, found.groups())) if found else ""


@lru_cache(REMEMBERED)
def suits(text: str, wanted: Kind, question: str = "") -> bool:
    """Tell whether a sentence has the form of the answer: a number, a name, a reason, the definition of what is asked.

    A name that the question itself says is no answer.
    """
    if wanted == "name":
        return any(name.casefold() not in question.casefold() for name in _PROPER.findall(text))
    form = _form(wanted, question)
    return form is not None and bool(form.search(text))


@lru_cache
def _form(wanted: Kind, question: str) -> re.Pattern[str] | None:
    if wanted == "meaning":
        return _definition(term(question))
    return _FORMS.get(wanted)


def _definition(defined: str) -> re.Pattern[str] | None:
    """Return what matches sentences that say what a term means, whatever the endings of its words."""
    stems = [re.escape(stem.removesuffix("i")) + r"\w*" for _, stem in surface(defined)]
    if not stems:
        return None
    named = r"\b" + r"\W+(?:\w+\W+)?".join(stems) + r"(?: ?(?:\([^()]*\)|\[[^\]]*\]))?"
    return re.compile(
        rf"(?:^|[,;:—] |\bthat )\W*(?:(?:an?|the|our|this|such) )?{named}(?:,? (?:of|in|for|to|with) [^.;:]{{1,80}}?)?"
        r" (?:is|are|(?:can|could|may) be) (?:\w+ly )?"
        r"(?:an?|the|those|any|all|when|where|defined)\b"
        rf"|{named} (?:means?|denotes?|refers? to|describes?|occurs?|consists? of|stands for)\b"
        rf"|{named}\W{{1,3}}(?:i\.e\.|that is|namely|meaning)\W"
        rf"|\b(?:call(?:ed)?|refer(?:red)? to|known as|term(?:ed)?|defined?|dub(?:bed)?|named?)\b[^.;:]{{0,60}}?"
        rf"{named}",
        re.I,
    )


_FORMS: dict[Kind, re.Pattern[str]] = {
    "amount": _NUMBER,
    "difference": phrases.SETS_APART,
    "reason": re.compile(
        r"\b(?:because|since|due to|owing to|therefore|thus|hence|reasons?|motivat\w+|caus\w+|leads? to|so that|"
        r"in order to|"
        r"counteract\w*|prevent\w*|avoid\w*|allow\w*|enabl\w+|suspect|as a (?:result|consequence))\b",
        re.I,
    ),
}
