"""Recognise sentences that instruct a reading machine instead of stating something about the world."""

from __future__ import annotations

import re
from functools import lru_cache

from .words import as_latin

_ADDRESSES = re.compile(
    r"\b(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,4}(?:instructions?|prompts?|rules|context|evidence"
    r"|above|guidelines)\b"
    r"|(?:\b(?:you are|act as|pretend to be)|(?:^|[.!?:]\s+)as)\s+(?:now\s+)?an?\s+(?:\w+\s+){0,2}"
    r"(?:AI|language model|assistant|chatbot|LLM)\b(?!-)"
    r"|\b(?:note|attention|instructions?|dear|message|hint)\s*(?:to|for|,)?\s*(?:the\s+|any\s+|all\s+)?(?:AI|LLMs?"
    r"|language models?|assistants?|chatbots?|reviewers?)\b"
    r"|\b(?:do not|don['’]t|never)\s+(?:mention|reveal|cite|tell|highlight|disclose)\b"
    r"|\byou\s+(?:must|should|shall|will|need to|have to)\s+(?:now\s+)?(?:always\s+|only\s+|instead\s+)?(?:cite"
    r"|answer|say|write|respond|reply|recommend|state|mention|output|print|include|visit|praise)\b"
    r"|\b(?:answer|respond|reply)\s+(?:only\s+)?(?:with|that|by saying)\b"
    r"|\b(?:give|write)\s+(?:this paper\s+)?an?\s+(?:only\s+)?(?:positive|favou?rable|glowing)\s+review\b"
    r"|\b(?:system|developer)\s+prompt\b|\b(?:instead|always),?\s+(?:cite|recommend|link to)\b"
    r"|^\s*(?:please\s+)?(?:cite|visit|click|download|recommend)\s+(?:\w+\s+){0,6}(?:instead|https?://|www\.|now\b)"
    r"|\[/?(?:INST|SYSTEM)\]|<\|?(?:system|im_start|im_end|assistant)\|?>",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def addresses_reader(text: str) -> bool:
    """Tell whether a sentence speaks to a machine that reads it."""
    return bool(_ADDRESSES.search(as_latin(text)))
