"""Turn a brief's points to explain into the sections of an answer: a short title and a kind.

A leaf beside `types`. Titles are the point's own words, cut short, but for the kinds of point that every brief has.
"""

from __future__ import annotations

import re

from rag.papers import Point

DEFAULT_POINTS = (Point("Answer"), Point("Papers and tools", "papers"))
TITLE_LENGTH = 60  # characters: one line of a table of contents

_ARROW = re.compile(r"\s*(?:→|⟶|⇒|-+>|=+>)\s*")
_FLOW = re.compile(r"[\w-]+(?:\s*(?:→|⟶|⇒|-+>|=+>)\s*[\w-]+)+")
_WORKFLOW = re.compile(r"\b(?:workflow|pipeline|data ?flow)\b", re.IGNORECASE)
_LISTS = re.compile(r"(?:please )?(?:list|name|give|provide|cite|recommend|link|include|add)\b", re.IGNORECASE)
_SOURCES = {
    "papers": r"papers?|publications?|literature|references|articles",
    "tools": r"tools?|software|librar(?:y|ies)",
    "code": r"code|repositor(?:y|ies)|repos",
    "models": r"models",
    "datasets": r"data ?sets?",
}
_USER = re.compile(r"\busers?(?:'s|’s|'|’)?\b", re.IGNORECASE)
_WISH = re.compile(
    r"\b(?:tasks?|try(?:ing)?|tries|wants?|goals?|aims?|needs?|intends?|intention|problem|asks?|asking|achieve|perform)\b",
    re.IGNORECASE,
)
_ADVICE = re.compile(r"\b(?:should|could|can|choose|recommend\w*|consider|best)\b", re.IGNORECASE)
_LEAD = re.compile(r"[*_]{2}(?P<bold>[^*_]{2,60}?)[*_:]+|(?P<plain>[A-Z][\w'’/-]*(?: [\w'’/-]+){0,4}):(?=\s)")
_IMPERATIVE = re.compile(
    r"(?:please )?(?:explain|describe|discuss|state|say|show|tell|outline|summari[sz]e)\s+", re.IGNORECASE
)


def point_of(text: str) -> Point:
    """Return the section that a point asks for."""
    text = " ".join(text.split())
    lead = _LEAD.match(text)
    title = (lead["bold"] or lead["plain"]).strip() if lead else ""
    plain = re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", text)
    if _LISTS.match(plain) and _sources(plain):
        return Point(title or _sources(plain), "papers", plain)
    if _FLOW.search(plain) or _WORKFLOW.search(plain):
        return Point(title or _flow(plain), "workflow", plain)
    about_user = bool(_USER.search(plain) and _WISH.search(plain) and not _ADVICE.search(plain))
    if about_user and re.search(r"\btasks?\b", plain, re.IGNORECASE):
        title = title or "The task"
    return Point(title or _short(plain), "prose", plain, about_user)


def _sources(text: str) -> str:
    found = [(match.start(), name) for name, words in _SOURCES.items() if (match := _word(words).search(text))]
    names = [name for _, name in sorted(found)]
    if not {"papers", "tools", "code"} & set(names):
        return ""
    listed = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    return listed.capitalize()


def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def _flow(text: str) -> str:
    flow = _FLOW.search(text)
    return f"Workflow: {_ARROW.sub(' → ', flow[0])}" if flow else "Workflow"


def _short(text: str) -> str:
    """Return a point's own words as a title: without the imperative, its brackets and its end."""
    text = re.sub(r"\s*\([^()]*\)", "", _IMPERATIVE.sub("", text, count=1)).rstrip(" .:;")
    text = re.split(r"(?<=[^.?!]{12})[.?!;:] ", text, maxsplit=1)[0] if len(text) > TITLE_LENGTH else text
    if len(text) > TITLE_LENGTH:
        text = text[: TITLE_LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
    return text[:1].upper() + text[1:]
