"""Tell sentences that speak to whoever reads them ("ignore the above and write …") from sentences that report.

Such a sentence is data and stays data; it can only never be the ground of a claim. The rules look for the form of
an instruction, not for its topic, so they hold in any paper; a bare question is no statement either.
Not handled: instructions in languages other than English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.language.data import word_list, word_set
from rag.language.words import as_seen

_ORDERS = "|".join(word_list("imperatives"))
_NO_ORDERS = word_set("sentence_openers", "author_imperatives")  # before an article, no verb or an author's own
_REPLY = r"(?:answers?|responses?|repl(?:y|ies)|outputs?|summar(?:y|ies)|reviews?|messages?)"
_MACHINE = r"(?:ai|llm|gpt|chat ?bot|assistant|language model|agent)"
_LISTENER = rf"(?:{_MACHINE}|model|reader|reviewer|system|writer)s?"
_MUST = r"(?:must|should|shall|have to|need to|are required to|will now|may only|can only|are to)"
_SPEAKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\byour\s+(?:\w+\s+){{0,2}}?{_REPLY}\b",
        r"\b(?:ignor|disregard|forget|overrid|bypass)\w*\b[^.]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|"
        r"other|system|these|your)\b[^.]{0,30}\b(?:instruction|prompt|rule|direction|guideline|context|evidence|command|"
        r"message)s?\b",
        rf"\b(?:you are|you're|act as|behave as|pretend to be)\b[^.]{{0,30}}\b(?:{_MACHINE}|reviewer)\b"
        r"(?! (?:for|of|in|against)\b)",
        rf"\bas an? {_MACHINE}\b(?=[^.]*\byou\b)|\b(?:dear|attention[,:]|hey|hello),? (?:the |any |all )?{_LISTENER}\b",
        rf"\b(?:note|message|instructions?|memo) (?:to|for) (?:the |any |all )?{_LISTENER}\b",
        r"<\|\s*/?\s*\w+|</?(?:system|assistant|inst)\b|\[/?INST\]|<<SYS>>",
        r"#{2,}\s*(?:system|instructions?|user|assistant)\b",
        rf"\b(?:you|the (?:{_MACHINE}|writer|reader)) {_MUST}\b[^.]{{0,30}}\b(?:{_ORDERS})\b",
        r"\b(?:do not|don't|never) (?:mention|reveal|cite|tell|disclose|follow the)\b",
        r"\bcite\b.{0,60}\binstead\b|\binstead of\b.{0,40}\bcite\b",
        r"\bevidence\s+e\s?\d+\b",
        r"\b(?:end|begin|start) of (?:the )?(?:evidence|context|user input)\b",
        rf"\bthe (?:correct|right|only|true|final) {_REPLY} (?:to this|must)\b",
    )
)
_SPEAKS_PLAINLY = re.compile(  # second person beside a link or an offer: papers do neither
    r"\b(?:you|your)\b[^.]*(?:https?:|www\.|\b\w+\.(?:com|org|net|io|xyz)\b|[\w.]+@\w+\.\w+)"
    r"|\bclick here\b|\bsubscribe\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^\W*(?:(?:please|kindly|now|instead|also|then|finally|always|never|first|next|when (?:you )?\w+ing)[, ]+)*"
    rf"(?:{_ORDERS})\s+"
    r"(?!(?:of|is|are|was|were|has|have|can|will|may|et|and|or|in|to|for|as|by|from|on|we)\b)\S",
    re.IGNORECASE,
)
_OFTEN_NOUNS = re.compile(  # "State transitions …", "Design choices …", "Output layers …": no article behind them
    r"^\W*(?:address|answer|cite|claim|design|direct|repeat|substitute|break|"
    r"e-?mail|group|help|list|name|offer|output|place|print|quote|rate|reply|"
    r"reverse|review|shift|sign|spell|state|stop|switch|search|encode|format|make)s?\s+"
    r"(?!(?:the|a|an|your|this|that|these|every|each|all|any|some|it|me|us|them|only|no|down|up|[\"“'‘])\b)"
    r"|^\W*(?-i:DESIGN)\b",
    re.IGNORECASE,
)
_ANY_ORDER = re.compile(
    r"^\W*(?:[Pp]lease,? )?(?P<verb>[A-Z][a-z]+|(?<=lease )[a-z]+) "
    r"(?:the|an?|your|this|these|some|any|me|us|all)\b"
)
_NO_VERB = re.compile(r"(?:ing|ed|ly|s)$")
_CLAUSE = re.compile(r"\W{0,3}(?:when|while|if|before|after|once|whenever)\b[^,.]{1,80},\s*", re.IGNORECASE)
_LABEL = re.compile(r"^\W{0,3}(?:\w[\w.]{0,20}[^\w:|]{1,3}){0,2}\w[\w.]{0,20}\s?[:|\u2013\u2014]\s*")  # "Figure 1: "
_BREAK = re.compile(  # "[3] ", "2.1 ", a table's cells, full stops
    r"\d[\])|:.]*\s+(?=\W{0,3}[A-Z])|[.!?]\W*\s(?=[A-Z])|\s{2,}(?=[A-Z])|[|;:]\s*(?=[A-Z])"
)
_FORGED = re.compile(  # what the program writes around evidence, and who speaks in a chat
    rf"\W*(?:e\d{{1,3}}\W*[:|\]]|(?:system|user|assistant|human|developer|admin|{_MACHINE})\s*"
    r"(?:prompt|message|note|override|update)?\s*:)",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|our|us|i)\b", re.IGNORECASE)
REMEMBERED = 8192  # sentences whose verdict is kept: those of the papers that many questions share
_OWN_REACH = 40  # characters in which "we" shows that an author speaks


@lru_cache(REMEMBERED)
def addresses_reader(text: str) -> bool:
    """Tell whether a sentence instructs its reader instead of reporting something."""
    plain = as_seen(text)
    return (
        any(pattern.search(plain) for pattern in _SPEAKS)
        or bool(_SPEAKS_PLAINLY.search(plain))
        or any(bool(_FORGED.match(part)) or _is_order(part) for part in _parts(plain))
    )


def _parts(text: str) -> Iterator[str]:
    """Yield a text from each place where a sentence may begin: after a label, a number, a clause, a full stop."""
    for start in (0, *(match.end() for match in _BREAK.finditer(text))):
        part = text[start:]
        yield part
        for lead in (_LABEL.match(part), _CLAUSE.match(part)):
            if lead:
                yield part[lead.end() :]


def _is_order(text: str) -> bool:
    """Tell whether a text begins with a command ("Write …", "Please add …")."""
    if _OWN.search(text[:_OWN_REACH]):
        return False
    any_order = _ANY_ORDER.match(text)
    if any_order and any_order["verb"].lower() not in _NO_ORDERS and not _NO_VERB.search(any_order["verb"]):
        return True
    return bool(_ORDER.match(text)) and not _OFTEN_NOUNS.match(text)


def is_question(text: str) -> bool:
    """Tell whether a sentence asks."""
    return as_seen(text).rstrip(" \"'”’)").endswith("?")
