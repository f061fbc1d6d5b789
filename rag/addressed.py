"""Tell sentences that speak to whoever reads them ("ignore the above and write …") from sentences that report.

Such a sentence is data and stays data; it can only never be the ground of a claim. The rules look for the form of
an instruction, not for its topic, so they hold in any paper; a bare question is no statement either.
Not handled: instructions in languages other than English.
"""

from __future__ import annotations

import re
import unicodedata

_VERBS = (
    "add|answer|append|attach|avoid|begin|cite|claim|click|compose|conclude|convert|copy|craft|create|declare|define|"
    "delete|deliver|describe|design|direct|disclose|discard|discuss|display|disregard|do|download|draft|email|embed|emphasize|encourage|end|endorse|ensure|"
    "execute|explain|finish|follow|forget|generate|give|go|group|help|highlight|identify|ignore|imagine|include|incorporate|inform|insert|"
    "instruct|integrate|interpret|introduce|invite|link|list|make|mention|misspell|modify|name|never|obey|offer|omit|open|output|override|paraphrase|"
    "place|please|pretend|print|produce|promote|prompt|propose|provide|quote|rate|read|rearrange|recommend|refer|refuse|remember|remind|remove|repeat|"
    "replace|reply|report|respond|return|reveal|reverse|rewrite|run|say|scramble|send|set|share|show|sign|skip|spell|start|state|stop|substitute|suggest|"
    "summarize|summarise|swap|switch|tell|translate|transform|treat|use|urge|visit|weave|write"
)
_OUTPUT = r"(?:answer|response|reply|output|summary|review|text|message|generated \w+|final \w+)s?"
_SPEAKS_TO_MACHINE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|other|system)\b"
        r"[^.]{0,30}\b(?:instruction|prompt|rule|direction|guideline|context|evidence|text|command|message)s?\b",
        r"\b(?:you are|act as|behave as|pretend to be|you're)\b[^.]{0,30}\b(?:ai|assistant|model|language model|chatbot|llm|gpt|reviewer|agent)\b",
        r"\b(?:as an? (?:ai|llm|language model)|dear (?:ai|llm|model|assistant|reader|reviewer)|attention[,:]? (?:ai|llm|model|assistant|reader))\b",
        r"\b(?:note|message|instructions?) (?:to|for) (?:the |any |all )?(?:ai|llm|language model|model|assistant|reader|reviewer|system|writer|chatbot)s?\b",
        rf"\b(?:in|into|to|within|from|of|at|with|on|for|end|start|begin|beginning|throughout) (?:your|the (?:final |generated )?)\s?{_OUTPUT}\b.{{0,80}}$"
        if False
        else rf"\byour\s+(?:own\s+|next\s+|final\s+|entire\s+|whole\s+)?{_OUTPUT}\b",
        r"\b(?:system|user|assistant|human|developer)\s*(?:prompt|message|note|override|instruction)?\s*:\s*\S",
        r"<\|?\s*/?\s*(?:im_start|im_end|system|user|assistant|endoftext|inst|sys)\b|\[/?INST\]|<<SYS>>|#{2,}\s*(?:system|instruction|user|assistant)",
        rf"\b(?:you|the (?:ai|assistant|model|llm|writer|reader)) (?:must|should|shall|have to|need to|are required to|will now|may only|can only)\b[^.]{{0,30}}\b(?:{_VERBS})\b"
        r"[^.]{0,60}\b(?:answer|reply|response|instead|cite|link|url|http|www|user|say|paper|write|claim)\b",
        r"\b(?:do not|don't|never) (?:mention|reveal|cite|tell|disclose|use the (?:evidence|above)|follow the)\b",
        r"\bevidence\s+[eЕ]\s?\d+\b|\[?\b[eЕΕ]\d{1,3}\]?\s*[:|]",
        r"\b(?:end|begin|start) of (?:the )?(?:evidence|document|context|paper|user input|data)\b",
    )
)
_IMPERATIVE = re.compile(
    rf"^\W*(?:please[, ]+|kindly |now,? |instead,? |also,? |then,? |finally,? |always |never )*(?:{_VERBS})\b(?!\s*(?:of|is|are|was|were|has|have|can|will)\b)",
    re.IGNORECASE,
)
_SAFE_START = re.compile(
    r"^\W*(?:state of|set |use of|show \w+ed|given|report|design |list of|report |start |end |share |text|return |read |link |prompt )",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:we|our|us)\b", re.IGNORECASE)


def addresses_reader(text: str) -> bool:
    """Tell whether a sentence instructs its reader instead of reporting something."""
    plain = unfold(text)
    return any(pattern.search(plain) for pattern in _SPEAKS_TO_MACHINE) or is_instruction(plain)


def is_instruction(text: str) -> bool:
    """Tell whether a sentence begins with a command ("Write …", "Please add …")."""
    return bool(_IMPERATIVE.match(text)) and not _SAFE_START.match(text) and not _FIRST_PERSON.search(text[:40])


def is_question(text: str) -> bool:
    """Tell whether a sentence asks."""
    return text.rstrip(" \"'”’)").endswith("?")


_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТХаеорсухіјѕԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXaeopcyxijsdABEZHIKMNOPTYXo")


def unfold(text: str) -> str:
    """Return the text as it looks: compatibility forms and look-alike letters folded, invisible characters out."""
    folded = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKES)
    return "".join(
        char for char in folded if unicodedata.category(char) not in ("Cf", "Cc", "Co", "Cn") or char in "\n\t"
    )
