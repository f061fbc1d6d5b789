"""Turn a brief into the queries that are searched: its content crossed with the kind of point asked.

Not handled here: what a question asks for (`question`), searching.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language import phrases
from rag.language.data import word_set
from rag.language.words import STOP_WORDS
from rag.papers import AllowedPaper, Facet, Part, Point

# What papers say where they speak of such a point, by words of the point.
_KINDS = (
    (re.compile(r"\b(?:task|problem|goal|aim)s?\b", re.I), "the task, the problem addressed"),
    (re.compile(r"\b(?:workflow|pipeline|input|output|architecture)s?\b", re.I), "takes as input, the model, outputs"),
    (re.compile(r"\b(?:differ\w*|compar\w*|versus|vs|unlike|contrast)\b", re.I), "in contrast to, unlike"),
    (phrases.ASKS_LIMITS, "limitations, fails, future work"),
    (re.compile(r"\b(?:train\w*|data ?sets?|data)\b", re.I), "training data, dataset, loss"),
    (re.compile(r"\b(?:results?|perform\w*|accura\w*|evaluat\w*)\b", re.I), "results, experiments, outperforms"),
)
# Words of the talk between people, not of a paper.
_TALK = re.compile(
    r"\b(?:please|kindly|can you|could you)\b"
    r"|\b(?:to|for) (?:the|a|an|our|my) (?:users?|readers?|customers?|clients?|audience|laym[ae]n|beginners?)\b"
    r"|\b(?:explain|describe|discuss|outline|summari[sz]e|tell (?:me|us)|show (?:me|us)|list)\b(?: (?:me|us))?"
    r"|\bwhat the users?(?: (?:is|are))? (?:trying to \w+|wants? to \w+|needs?|wants?)\b"
    r"|\b(?:the|a) users?\b",
    re.I,
)
# "in a CNAPS AI-like workflow": where something would run, named after a product; "a U-Net-like network" is content.
_PLATFORM = re.compile(
    r"\b(?:in|on|within|inside|for|using|via|through)\s+(?:(?:an?|the|our|my|this)\s+)?"
    r"(?:[A-Z][\w.&]*[\s-]+)+(?:(?:like|style|based|type)\s+)?"
    r"(?i:workflows?|pipelines?|platforms?|apps?|products?|services?|environments?|dashboards?|studio)\b"
)
_EMPTY = STOP_WORDS | word_set("talk_words")
_JOINED, _JOINT = re.compile(r"[\w-]+"), re.compile(r"(?<=\w)[-_](?=\w)")
_TOKEN = re.compile(r"\w[\w'’./+-]*\w|\w")


def facets(
    text: str, parts: Sequence[Part], points: Sequence[Point], papers: Sequence[AllowedPaper]
) -> tuple[Facet, ...]:
    """Return the queries of a brief: the question, its parts, its comparison, each point, each recommended model.

    The question comes first. A point about the user, or one that asks for a list of papers, is no query. A part that
    leans on the one before ("how is it different") comes with the question's content.
    """
    found = [Facet(text)]
    if topic := content(text):
        asked = [(part, plain(part.text)) for part in parts]
        found += [Facet(f"{own} {topic}" if part.leans else own) for part, own in asked if own != plain(text)]
        found += [Facet(side.text) for part in parts for side in part.each.values()]
        found += [Facet(f"in contrast to, unlike {side.text}: {topic}") for part in parts for side in part.sides]
        found += [
            _of_point(number, point, topic)
            for number, point in enumerate(points)
            if point.kind != "papers" and not point.about_user
        ]
        for model in (p.model for p in papers if p.recommended and p.model):
            name = _JOINT.sub(" ", model) if _JOINED.fullmatch(model) else model  # Restoration-SwinIR-Jpeg20: SwinIR
            found.append(Facet(f"{name}: {topic}"))
    return tuple(dict.fromkeys(found))


def content(text: str) -> str:
    """Return the words of a text that carry its content, each once, in order."""
    tokens: dict[str, str] = {}
    for token in _TOKEN.findall(plain(text)):
        tokens.setdefault(token.lower(), token)
    return " ".join(token for key, token in tokens.items() if key not in _EMPTY)


def plain(text: str) -> str:
    """Return a text without platforms and without what people say to each other."""
    return " ".join(_TALK.sub(" ", _PLATFORM.sub(" ", text)).split())


def _of_point(number: int, point: Point, topic: str) -> Facet:
    """Return a point's query: its kind in the words of papers, else its own content, and the question's content."""
    text = f"{point.title} {point.text}"
    kinds = "; ".join(words for pattern, words in _KINDS if pattern.search(text))
    kind = kinds or content(point.text or point.title)
    return Facet(f"{kind}: {topic}" if kind else topic, number)
