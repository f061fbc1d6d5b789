"""Tell sentences that speak to whoever reads them ("ignore the above and write …") from sentences that report.

Such a sentence is data and stays data; it can only never be the ground of a claim, nor be shown to a model. The rules
look for the form of an instruction, not for its topic, so they hold in any paper; a bare question is no statement
either. Not handled: instructions in languages other than English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.language.data import word_set
from rag.language.words import as_seen

REMEMBERED = 8192  # sentences whose verdict is kept: those of the papers that many questions share

_ORDERS = word_set("imperatives")
_RECIPES = word_set("recipe_verbs")
_NO_ORDERS = word_set("author_imperatives", "sentence_openers")
_NOUNS = word_set("often_nouns")
_REPLY = r"(?:answers?|responses?|repl(?:y|ies)|outputs?|summar(?:y|ies)|reviews?|messages?)"
_MACHINE = r"(?:ai|llm|gpt|chat ?bot|assistant|(?:large )?language model|agent)"
_LISTENER = rf"(?:{_MACHINE}|model|reader|(?:ai )?reviewer|system|writer)s?"
_ALL = r"(?:the |any |all )?"
_MUST = r"(?:must|should|shall|have to|need to|are required to|will now|may only|can only|are to)"
_SPEAKS = (  # cues in small letters, one of which stands in whatever the pattern matches
    ("you", rf"\byour\s+(?:\w+\s+){{0,2}}?{_REPLY}\b"),
    (
        "ignor|disregard|forget|overrid|bypass",
        r"\b(?:ignor|disregard|forget|overrid|bypass)\w*\b[^.]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|"
        r"other|system|these|your|the(?=[^.]{0,30}\b(?:instruction|prompt|rule|guideline)))\b[^.]{0,30}"
        r"\b(?:instruction|prompt|rule|direction|guideline|context|evidence|command|message)s?\b",
    ),
    (
        "you|act as|behave as|pretend to be",
        rf"\b(?:you are|you're|act as|behave as|pretend to be)\b[^.]{{0,30}}\b(?:{_MACHINE}|reviewer)\b"
        r"(?! (?:for|of|in|against)\b)",
    ),
    (
        "as a",
        rf"\bas an? {_MACHINE}\b(?=[^.]*\byou\b|.{{0,80}}\b(?:must|please|do not|don't|always|never)\b)",
    ),
    ("dear |attention:|attention,|hey|hello", rf"\b(?:dear|attention[,:]|hey|hello),? {_ALL}{_LISTENER}\b"),
    (
        "note to|note for|message to|message for|instruction|memo ",
        rf"\b(?:note|message|instructions?|memo) (?:to|for) {_ALL}{_LISTENER}\b",
    ),
    ("<|[inst|[/inst", r"<\|\s*/?\s*\w+|</?(?:system|assistant|inst)\b|\[/?INST\]|<<SYS>>"),
    ("##", r"#{2,}\s*(?:system|instructions?|user|assistant)\b"),
    (
        "you|the a|the l|the gpt|the chat|the writer|the reader",
        rf"\b(?:you|the (?:{_MACHINE}|writer|reader)) {_MUST}\b[^.]{{0,30}}\b(?:{'|'.join(sorted(_ORDERS))})\b",
    ),
    (  # "Never mention …", but not "the authors do not mention …"
        "do not|don't|never",
        r"(?:(?:^|[.!?:;,–—|\d])\W*|\b(?:please|and|or|but|you|then|also|instead|simply|must|should) |(?-i:(?=[DN])))"
        r"\b(?:do not|don't|never) (?:mention|reveal|cite|tell|disclose|highlight|follow the)\b",
    ),
    ("instead", r"\bcite\b.{0,60}\binstead\b|\binstead of\b.{0,40}\bcite\b"),
    ("evidence", r"\bevidence\s+e\s?\d+\b"),
    (
        "evidence|of context|of the context|user input",
        r"\b(?:end|begin|start) of (?:the )?(?:evidence|context|user input)\b",
    ),
    (
        "to this|must",
        rf"\bthe (?:correct|right|only|true|final) {_REPLY} (?:to this|must)\b",
    ),
    ("positive review", r"\b(?:give|write|provide|recommend)\b.{0,20}\bpositive review\b"),
    (
        "system prompt|you",
        r"\b(?:reveal|print|repeat|output)\b.{0,20}\b(?:system prompt|your instructions)\b",
    ),
    (  # second person beside a link or an offer: papers do neither
        "you",
        r"\b(?:you|your)\b[^.]*(?:https?:|www\.|\b\w+\.(?:com|org|net|io|xyz)\b|[\w.]+@\w+\.\w+)",
    ),
    ("click here|subscribe", r"\bclick here\b|\bsubscribe\b"),
)
_CUED = {  # of most sentences none is found, and no pattern is tried
    cue: [re.compile(pattern, re.IGNORECASE) for cues, pattern in _SPEAKS if cue in cues.split("|")]
    for cue in dict.fromkeys(cue for cues, _ in _SPEAKS for cue in cues.split("|"))
}
_COMMAND = re.compile(  # a verb where a sentence begins, and what follows it
    r"(?P<lead>\W*"
    r"(?:(?:please|kindly|now|instead|also|then|finally|always|never|first|next|when (?:you )?\w+ing)[, ]+)*)"
    r"(?P<verb>[^\W\d_]+(?:-[^\W\d_]+)?)\s+(?P<next>[^\W_]+|\S)",
    re.IGNORECASE,
)
_ANY_ORDER = re.compile(
    r"\W*(?:[Pp]lease,? )?(?P<verb>[A-Z][a-z]+|(?<=lease )[a-z]+) (?:the|an?|your|this|these|some|any|me|us|all)\b"
)
_NO_OBJECTS = frozenset("of is are was were has have can will may et and or in to for as by from on we".split())
_DETERMINERS = frozenset(
    "the a an your this that these every each all any some it me us them only no down up \" “ ' ‘".split()
)
_NO_VERB = re.compile(r"(?:ing|ed|ly|s)$")
_VARIABLE = re.compile(r"(?![aAI]$)[^\W\d_]\d*")  # "say A1 and A2"
_READER = re.compile(  # what the commands of proofs and recipes do not speak of
    r"\b(?:you|your|me|answers?|repl(?:y|ies)|letters?|vowels?|readers?|prompts?|instructions?|links?|citations?|"
    r"mentions?|phrases?|jokes?|poems?|advert\w*)\b|[\"“‘]\w+ \w+ \w+|https?:|www\.",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|our|us|i)\b", re.IGNORECASE)
_OWN_REACH = 40  # characters in which "we" shows that an author speaks

_CLAUSE = re.compile(r"\W{0,3}(?:when|while|if|before|after|once|whenever)\b[^,.]{1,80},\s*", re.IGNORECASE)
_LABEL = re.compile(r"^\W{0,3}(?:\w[\w.]{0,20}[^\w:|]{1,3}){0,2}\w[\w.]{0,20}\s?[:|\u2013\u2014]\s*")  # "Figure 1: "
_BREAK = re.compile(  # "[3] ", "2.1 ", full stops, blanks, a table's cells; one set in front, which is found fast
    r"[\d.!?\s|;:](?:(?<=\d)[\])|:.]*\s+(?=\W{0,3}[A-Z])|(?<=[.!?])\W*\s(?=[A-Z])|(?<=\s)\s+(?=[A-Z])"
    r"|(?<=[|;:])\s*(?=[A-Z]))"
)
_FORGED = re.compile(  # what the program writes around evidence, and who speaks in a chat
    rf"\W*(?:e\d{{1,3}}\W*[:|\]]|(?:system|user|assistant|human|developer|admin|{_MACHINE})\s*"
    r"(?:prompt|message|note|override|update)?\s*:)",
    re.IGNORECASE,
)


@lru_cache(REMEMBERED)
def addresses_reader(text: str) -> bool:
    """Tell whether a sentence instructs its reader instead of reporting something."""
    plain = as_seen(text)
    lower = plain.lower()
    for cue, patterns in _CUED.items():
        if cue in lower and any(pattern.search(plain) for pattern in patterns):
            return True
    return any(_FORGED.match(part) is not None or is_order(part) for part in beginnings(plain))


def beginnings(text: str) -> Iterator[str]:
    """Yield a text from each place where a sentence may begin: after a label, a number, a clause, a full stop."""
    for start in (0, *(match.end() for match in _BREAK.finditer(text))):
        part = text[start:]
        yield part
        for lead in (_LABEL.match(part), _CLAUSE.match(part)):
            if lead:
                yield part[lead.end() :]


def is_order(text: str) -> bool:
    """Tell whether a text begins with a command to its reader: "Write …", "Please add …", any verb before an article.

    What authors command in proofs and recipes ("Remove the outliers.") is none, unless it is about an answer.
    """
    found = _COMMAND.match(text)
    if found is None:
        return False
    verb, what = found["verb"].lower(), found["next"].lower()
    if verb in _NO_ORDERS or (verb in _RECIPES and not _READER.search(text)):
        return False
    unknown = _ANY_ORDER.match(text)
    if unknown and unknown["verb"].lower() not in _NO_ORDERS and not _NO_VERB.search(unknown["verb"]):
        return not _OWN.search(text[:_OWN_REACH])
    if not (verb in _ORDERS or verb in _RECIPES) or what in _NO_OBJECTS or _VARIABLE.fullmatch(found["next"]):
        return False
    if verb in _NOUNS and not any(map(str.isalpha, found["lead"])):  # "State transitions …", "Group A …", "DESIGN We …"
        heading = found["verb"].isupper() and not text.isupper()
        if heading or found["next"] == "A" or what not in _DETERMINERS:
            return False
    return not _OWN.search(text[:_OWN_REACH])


def is_question(text: str) -> bool:
    """Tell whether a sentence asks."""
    return as_seen(text).rstrip(" \"'”’)").endswith("?")
