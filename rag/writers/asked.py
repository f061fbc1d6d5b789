"""Tell what kind of answer a question asks for: an amount, a name, yes or no, a meaning, limits, reasons, an account.

A narrow question is answered by the sentence that states it; one that asks how or why by a run that reads on. By
wording alone. Not handled: languages other than English, questions hidden in statements.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from rag.writers import cues

Kind = Literal["amount", "name", "yes_no", "meaning", "limits", "reason", "account"]

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
_BETWEEN = r"(?:[\w.@-]+ ){0,3}?"
_LIMITS = re.compile(
    r"\b(?:limits?|limitations?|weak\w*|drawbacks?|shortcomings?|fail\w*|future (?:work|directions?))\b", re.I
)
_AMOUNT = re.compile(
    r"\bhow (?:many|much|big|large|long|deep|fast|often|far|high|small|wide|heavy|old)\b|\bto what extent\b"
    rf"|\b(?:what|which)(?: is| are| was| were)?(?: the)? {_BETWEEN}(?:{_AMOUNTS})\b",
    re.I,
)
_NAME = re.compile(  # "camera" in "what is camera shake?" is no name that is asked for
    rf"\b(?:which|what)(?: (?:is|are|was|were)(?: the)?)? {_BETWEEN}(?:{_THINGS})\b(?! (?!used\b)\w+\?)"
    r"|\b(?:who|whose|where|when|which)\b",
    re.I,
)
_ACCOUNT = re.compile(
    r"\b(?:how|why|explain|describe|discuss|compare|comparison|contrast|summari[sz]e|survey|overview|differ\w*|outline)\b",
    re.I,
)
_WHY = re.compile(r"\bwhy\b|\breasons?\b|\bwhat (?:\w+ ){0,3}?(?:causes?|motivates?)\b", re.I)
_YES_NO = re.compile(r"^\W*(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|must)\b", re.I)
_MEANING = re.compile(r"\bwhat(?: is| are| was| were|'s|’s| does| do)\b", re.I)
_NUMBER = re.compile(
    r"(?<![\w\[(.])\d[\d,.]*(?![\d\]])|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|"
    r"hundred|thousand|million|billion|half|twice|quadratic\w*|linear\w*)\b",
    re.I,
)
_PROPER = re.compile(r"(?<![.!?] )(?<!^)\b(?:[A-Z][\w-]*[A-Z0-9][\w-]*|[A-Z][a-z]+)\b")


def kind(question: str) -> Kind:
    """Return what kind of answer a question asks for."""
    for found, pattern in _KINDS:
        if pattern.search(question):
            return found
    return "account"


_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("limits", _LIMITS),
    ("yes_no", _YES_NO),
    ("amount", _AMOUNT),
    ("reason", _WHY),
    ("account", _ACCOUNT),
    ("name", _NAME),
    ("meaning", _MEANING),
)


@lru_cache(cues.REMEMBERED)
def suits(text: str, wanted: Kind) -> bool:
    """Tell whether a sentence has the form of the answer: a number, a name, a reason, a definition."""
    form = _FORMS.get(wanted)
    return form is not None and bool(form.search(text))


_FORMS: dict[Kind, re.Pattern[str]] = {
    "amount": _NUMBER,
    "name": _PROPER,
    "reason": re.compile(
        r"\b(?:because|since|due to|owing to|therefore|thus|hence|reasons?|motivat\w+|caus\w+|leads? to|so that|"
        r"in order to|"
        r"counteract\w*|prevent\w*|avoid\w*|allow\w*|enabl\w+|suspect|as a (?:result|consequence))\b",
        re.I,
    ),
    "meaning": re.compile(
        r"\b(?:is|are|means?|denotes?|refers? to|(?:is|are) (?:called|known as|defined)|we (?:call|define|refer)|"
        r"defined as|consists? of|i\.e\.)(?!\w)",
        re.I,
    ),
}
