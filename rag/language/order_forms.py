"""List the forms in which a text speaks to whoever reads it, and know by a cue which of them are worth a look.

Each form stands with cues in small letters, one of which is in whatever its pattern matches: of most sentences none is
found, and no pattern is tried. What each form is held against: `eval.benchmarks.injection`.
"""

from __future__ import annotations

import re
from functools import cache

from rag.language.data import ANY_LANGUAGE, any_of, table

_REPLY = r"(?:answers?|responses?|repl(?:y|ies)|outputs?|summar(?:y|ies)|reviews?|messages?)"
MACHINE = r"(?:ai|llm|gpt|chat ?bot|assistant|(?:large )?language model|agent)"
_LISTENER = rf"(?:{MACHINE}|model|reader|(?:ai )?reviewer|system|writer)s?"
_ALL = r"(?:the |any |all )?"
_MUST = r"(?:must|should|shall|ha(?:s|ve) to|needs? to|(?:is|are) required to|will(?: now)?|may only|can only|(?:is|are) to)"
_TALK = rf"(?:{_REPLY}|instructions?|guidance|prompts?|system message|user(?:'s)? questions?|reader's questions?)"
_TOLD = (  # what is done to an answer, or to orders
    r"(?:given|written|encoded|encrypted|translated|phrased|worded|formatted|treated|disregarded|ignored|overridden|"
    r"discarded|included|mentioned|added|inserted|appended|answered|ended|begun|rendered|followed|obeyed|spelled|"
    r"rewritten|replaced|made|kept|revealed|disclosed|repeated|delivered)"
)
_OWN_MARKS = r"(?:role|content|system|instructions?|actions?|tool(?:_calls?)?|arguments|reply|assistant|user|prompt)"
_FORMS = (
    ("you", rf"\byour\s+(?:\w+\s+){{0,2}}?{_REPLY}\b"),
    (
        "ignor|disregard|forget|overrid|bypass",
        r"\b(?:ignor|disregard|forget|overrid|bypass)\w*\b[^.]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|"
        r"other|system|these|your|the(?=[^.]{0,30}\b(?:instruction|prompt|rule|guideline)))\b[^.]{0,30}"
        r"\b(?:instruction|prompt|rule|direction|guideline|context|evidence|command|message)s?\b",
    ),
    (
        "you|act as|behave as|pretend to be",
        rf"\b(?:you are|you're|act as|behave as|pretend to be)\b[^.]{{0,30}}\b(?:{MACHINE}|reviewer)\b"
        r"(?! (?:for|of|in|against)\b)",
    ),
    (
        "as a",
        rf"\bas an? {MACHINE}\b(?=[^.]*\byou\b|.{{0,80}}\b(?:must|please|do not|don't|always|never)\b)",
    ),
    ("dear |attention:|attention,|hey|hello", rf"\b(?:dear|attention[,:]|hey|hello),? {_ALL}{_LISTENER}\b"),
    (
        "note to|note for|message to|message for|instruction|memo |todo",
        rf"\b(?:note|message|instructions?|memo|todo) (?:to|for) {_ALL}{_LISTENER}\b",
    ),
    ("<|[inst|[/inst", r"<\|\s*/?\s*\w+|</?(?:system|assistant|inst)\b|\[/?INST\]|<<SYS>>"),
    ("##", r"#{2,}\s*(?:system|instructions?|user|assistant)\b"),
    (
        "you|the a|the l|the gpt|the chat|the writer|the reader",
        rf"\b(?:you|the (?:{MACHINE}|writer|reader)) {_MUST}\b[^.]{{0,30}}\b(?:{any_of('imperatives')})\b",
    ),
    (  # whoever begins so forbids something to a reader
        "do not|don't",
        r"(?:^|[.!?:;]\s)\W*(?:please |also )?(?:do not|don't) (?!confuse|hold|apply|exist|seem|appear|know|have)[a-z]+\b",
    ),
    (  # rules that bind a reader are said to be off
        "prompt|rule|instruction|guard|filter|policy|polici|restriction|configuration|compliance|safety",
        r"\b(?:system prompts?|guardrails?|(?:safety|content|earlier|previous|prior|all|your) (?:\w+ )?(?:rules|filters?|"
        r"instructions?|prompts?|polic(?:y|ies)|restrictions|configuration))\b[^.]{0,30}\b(?:void|lifted|no longer|expired|"
        r"suspended|off|cancel\w+|superseded|disabled|removed|obsolete|revoked)\b",
    ),
    ("{{|![|role:", r"\{\{[#/~]|!\[[^\]]*\]\([^)]*[?{]|\brole: ?(?:system|assistant|user)\b"),
    (  # a grade, an acceptance that a machine is to give
        "reviewer|grader|judge|evaluator",
        rf"\b(?:automatic|automated|ai|machine) (?:reviewer|grader|judge|evaluator)s? {_MUST}\b",
    ),
    (
        "summar|assistant|llm|model",
        rf"\binstructions? (?:for|to) (?:the )?(?:{MACHINE}|summari[sz]er|model|reader)s?\b",
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
    (  # whoever reads is spoken to: "you will now …", but not a title such as "You Only Look Once"
        "you",
        rf"(?<!all )\byou(?:'re|'ll)?\b (?:are|were|{_MUST}|may|now|answer|reply|respond|always|never|do not|don't)\b"
        r"(?! (?:what|need)\b)",
    ),
    (
        "you",
        r"\b(?:authori[sz]e|allow|permit|instruct|order|command|ask|tell|request|need|want|require|advise|urge|beg) you\b",
    ),
    ("you", rf"\byour\b (?:\w+ ){{0,3}}?(?:{_TALK}|configuration|guidelines?|rules?|training|task|user)\b"),
    (  # a duty laid on an answer, or on orders
        "answer|respon|repl|output|summar|instruction|guid|prompt|message|question|review",
        rf"\b{_TALK}\b[^.,]{{0,30}}? {_MUST} (?:be |not be |always be )?(?:\w+ )?{_TOLD}\b",
    ),
    (
        "answer|respon|repl|output|summar|review|message",
        rf"\b{_MUST} be (?:{_TOLD}) (?:in|to|into|at|with)\b.{{0,30}}\b{_REPLY}\b",
    ),
    (
        "that the|that all|that your|that any",
        rf"\b(?:required|necessary|imperative|essential|mandatory|wanted|demanded) that (?:the|all|your|any) "
        rf"(?:\w+ )?{_TALK}\b",
    ),
    (  # a duty laid on whatever machine reads
        "this|the text|above",
        rf"\b(?:{MACHINE}|model|machine|system|program|reader|software|summari[sz]er)s? (?:(?:that|which|who) )?"
        r"(?:read|summari[sz]|process|pars|see|encounter|receiv|analy[sz])\w* (?:this|these|the (?:text|document))\b"
        rf"[^.]{{0,40}}\b{_MUST}\b",
    ),
    (
        "machines|models|ais |assistants",
        rf"\breaders? (?:that|who) are [^.]{{0,20}}(?:machine|model|ai|assistant)s? {_MUST}\b",
    ),
    (
        " ai|llm|gpt|bot|assistant|language model",
        rf"(?:^\W*|[,.:;] |\b(?:the|any|all|every|no|each|this) )(?:{MACHINE})s? (?:{_MUST} (?:not )?|now )(?:rank|reply|answer|respond|output|print|reveal|disclose|ignore|"
        r"translate|praise|favou?r|switch|drop|say|state|write|refuse|repeat|describe|recommend)\w*\b",
    ),
    (
        "answering|replying|responding|reading this|writing",
        r"^\W*(?:before|when|after|while) (?:answering|replying|responding|reading this|writing)\b[^,.]{0,40}, "
        r"[^\W\d_]+ (?:the|an?|all|your|this|that|only)\b",
    ),
    ("yourself|yourselves", r"\byoursel(?:f|ves)\b"),
    ("with", r"^\W*(?:start|begin|end|finish|close|open|conclude) with ?[\"'“‘]"),
    (  # "No answer may contain …"
        "answer|respon|repl|output|summar|review|message",
        rf"\b(?:no|any|every|each|all|the) (?:\w+ )?(?:{_REPLY}|line of the {_REPLY}) "
        r"(?:may|must|should|shall|ought to|has to|have to|is to|are to|needs?) (?:not )?"
        r"(?:of this \w+ )?(?:begin|end|start|contain|include|rhyme|mention|name|say|state|praise|an?)\b",
    ),
    (
        "answer|respon|repl|output|summar",
        rf"\b(?:any|every) {_REPLY} (?:that|which)\b[^.,]{{0,40}} will be\b|\bonly (?:acceptable|valid|permitted|allowed|"
        rf"possible)?\s?{_REPLY} is\b",
    ),
    (
        "this",
        r"\b(?:reaction|reply|response|answer) to this (?:document|text|page|prompt|message)\b"
        r"|\b(?:ignor|follow|obey|disobey|skip)\w* this (?:line|sentence|instruction|order|message|note|rule)\b"
        rf"|\b(?:whoever|anyone who|those who) (?:read|summari[sz]|process|see)\w* this\b[^.]{{0,30}}\b{_MUST}\b",
    ),
    ("always|never", rf"\b(?:a|an|any|every|the) (?:\w+ )?{MACHINE} (?:always|never)\b"),
    (
        "please",
        r"\b(?:so|and|but|,|then|:) please (?!refer|see|note|contact|consult|find|read|visit|check|let|be aware|do)[a-z]+\b",
    ),
    (
        "repl|summar|respon",
        r"\b(?:if|unless) (?:the|your) (?:reply|summary|response) (?:names?|mention(?:s|ed)|stay(?:s|ed)|says?|said|"
        r"end(?:s|ed)|prais\w+|omit\w*)\b",
    ),
    ("[|(", r"[\[(](?:system|assistant|user|inst)[\])]"),
    ("(", r"^\W*\w+(?:\.\w+)+\(\{?\s*[\"']"),
    ("so good as|so kind as", r"\bbe so (?:good|kind) as to\b"),
    ("mode", r"\b(?:developer|admin|god|debug|unrestricted|jailbreak|dan) mode\b"),
    ("this is", r"\bthis is (?:the|your) (?:developer|administrator|admin|operator|user|creator|owner|system)\b"),
    (
        "effective|from now on|from this|from here on",
        r"\b(?:effective immediately|from (?:now|here) on|from this (?:point|line|moment|word)s? on)\b(?![^.]{0,20}\b(?:we|i)\b)",
    ),
    (
        "grateful|glad|lovely|nice|kind|appreciate|helpful",
        rf"\b(?:grateful|glad|lovely|nice|kind|good|appreciated?|helpful)\b[^.]{{0,20}}\b(?:if|as to|to)\b[^.]{{0,20}}"
        rf"\b(?:{_TALK}|reply|answer|respond|end|mention|include)\b",
    ),
    ('"', rf"[{{,\[]\s*\"{_OWN_MARKS}\"\s*:|^\W*\"{_OWN_MARKS}\"\s*:"),
    ("<", r"</?(?:system|assistant|user|inst(?:ructions?)?|prompt|tool(?:_call)?|task|important)s?>"),
    ("(", r"^\W*(?:run|call|invoke|execute|use)?\s*\w+\((?:\w+\s*=\s*)?[\"'][^)]*[\"'][,)]"),
    (
        "tool|function|command|plugin|browser|shell|api",
        r"(?:^|[.:;,]\s|\b(?:and|then) )(?:please )?(?:call|invoke|use|run|execute) the [\w ]{0,30}\b"
        r"(?:tool|function|command|plugin|browser|shell|api)\b",
    ),
    (
        "word for word|verbatim|above",
        r"^\W*(?:repeat|print|recite|copy|show|output)\b.{0,40}\b(?:above|word for word|verbatim)\b",
    ),
    ("let us|let's", r"\blet(?: us|'s) (?:play|pretend|imagine) (?:a game|that|you)\b"),
    ("pretend|remember|refuse|forget", r"(?:^|[.:;]\s)\W*(?:pretend|remember|refuse|forget) to\b"),
    (  # "Reply in reverse", "Respond only with …": no noun begins a sentence like this
        "repl|respond|answer",
        r"(?:^|[.:;]\s)\W*(?:please )?(?:reply|respond|answer) (?:only |always |solely )?"
        r"(?:in|with|as|using|only|by|like|from)\b",
    ),
)
CUED = {
    cue: [re.compile(pattern, re.IGNORECASE) for cues, pattern in _FORMS if cue in cues.split("|")]
    for cue in dict.fromkeys(cue for cues, _ in _FORMS for cue in cues.split("|"))
}


@cache
def abroad() -> tuple[tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...]:
    """Return per language what an order begins with, and the verbs and nouns of which it holds one each."""
    found = []
    for words in table("orders", ANY_LANGUAGE).values():
        edge = "" if words.get("unspaced") else r"\b"  # some scripts write no blanks
        verbs, nouns, polite = (f"(?:{'|'.join(words[name])})" for name in ("verbs", "nouns", "polite"))
        lead = rf"\W*(?:{polite},?\s*)?"
        found.append(
            tuple(
                re.compile(part) for part in (rf"{lead}{verbs}{edge}", rf"{edge}{verbs}{edge}", rf"{edge}{nouns}{edge}")
            )
        )
    return tuple(found)  # type: ignore[arg-type]
