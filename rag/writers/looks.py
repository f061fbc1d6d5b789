"""Say what a sentence looks like: where it stands, what it holds, what it does; and which kinds of question want that.

Not handled here: how near it is to a question (`signs`), and what each sign is worth (`ranking`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.answers import Evidence
from rag.language import citation_marks, introduces_short, phrases, suits, words
from rag.papers import AnswerKind, Part, Sentence
from rag.writers.forms import bound, form_asked, members_asked

REMEMBERED = 1 << 14  # sentences whose looks are kept: those of some thirty papers
SHORT, LONG, LONGEST = 10, 25, 60  # words: below the first a sentence says little, from the second on it is long

PLACES = (  # of a sentence, by the innermost of its headings that says so
    ("abstract", re.compile(r"abstract|summary|synopsis", re.I)),
    ("introduction", re.compile(r"introduction|motivation", re.I)),
    ("related", re.compile(r"related|background|previous|prior|literature|preliminar", re.I)),
    ("limits", re.compile(r"limitation|failure|future|shortcoming|uncertaint", re.I)),
    ("conclusion", re.compile(r"conclu|(?<!and )discussion|broader|impact|outlook", re.I)),
    ("experiments", re.compile(r"experiment|result|evaluation|ablation|comparison|analysis|finding|performance", re.I)),
    (
        "setup",
        re.compile(
            r"set-?up|settings?|implementation|training|hardware|detail|hyper|schedule|data ?sets?\b|\bdata\b|"
            r"corp(?:us|ora)|baseline|metric|task|material|participants|samples?\b|optimi[sz]",
            re.I,
        ),
    ),
    ("method", re.compile(r"method|approach|model|architecture|framework|network|overview|system|algorithm", re.I)),
)
_LIST = re.compile(
    r"(?:,[^,;]{1,60}){2,}|\b(?:such as|including|namely|e\.g\.|i\.e\.|both .{1,60} and)\b|;.*;|\(i+\)|\(\d\)"
)
_OWN_DOING = re.compile(
    r"\b(?:we|they) (?:\w+ly |also |then |first )?(?:us|train|employ|adopt|appl|evaluat|compar|propos|present|introduc|"
    r"build|built|collect|creat|develop|experiment|test|measur|find|found|show|set|choos|chose|select|follow|perform|"
    r"consider|obtain|report)\w*"
    r"|\b(?:is|are|was|were) (?:used|trained|evaluated|collected|performed|set|obtained|measured|based|compared|"
    r"applied|annotated|built|tested)\b",
    re.I,
)
_WAY = re.compile(
    r"\b(?:by|using|via|through|based on|consists? of|first|then|each|applied|computed|obtained|so that|instead)\b",
    re.I,
)
_QUANTITY = re.compile(r"\d[\d,.]*\s?(?:%|[A-Za-zµ°]{1,3}\b|[a-z]{3,})")
_DATE = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_DEFINES = re.compile(r"\b(?:is|are) (?:an?|the) |\b(?:defined? as|refers? to|denotes?|called|known as|means)\b")
_DENIES = re.compile(r"\b(?:no|not|never|without|only|neither|both|cannot|instead|harms?|hurts?)\b|n[’']t\b", re.I)
_SHORT_FORM = re.compile(r"\(([A-Z][\w-]*)\)")


@dataclass(frozen=True, slots=True)
class Looks:
    """Hold what a sentence looks like, whatever is asked."""

    place: str
    number: bool
    quantity: bool
    list: bool
    own_doing: bool
    way: bool
    reason: bool
    apart: bool
    limits: bool
    qualifies: bool
    proposes: bool
    defines: bool
    denies: bool
    leans: bool
    points: bool
    hype: bool
    asks: bool
    announces: bool
    cites: float
    short: float
    long: float


@lru_cache(REMEMBERED)
def looks(text: str, label: str, section: tuple[str, ...]) -> Looks:
    """Return what a sentence looks like."""
    length = len(text.split())
    return Looks(
        place="abstract" if label == "abstract" else place_of(section),
        number=bool(phrases.NUMBER.search(text)),
        quantity=bool(_QUANTITY.search(text)),
        list=bool(_LIST.search(text)),
        own_doing=bool(_OWN_DOING.search(text)),
        way=bool(_WAY.search(text)),
        reason=bool(phrases.REASON.search(text)),
        apart=bool(phrases.SETS_APART.search(text)),
        limits=phrases.states_limits(text, section),
        qualifies=phrases.may_limit(text, section),
        proposes=bool(phrases.PROPOSES.search(text)),
        defines=bool(_DEFINES.search(text)),
        denies=bool(_DENIES.search(text)),
        leans=bool(phrases.LEANS.search(text)),
        points=bool(phrases.POINTS.search(text)),
        hype=bool(phrases.HYPE.search(text)),
        asks=text.rstrip().endswith("?"),
        announces=bool(phrases.ANNOUNCES.search(text) or phrases.SIGNPOST.search(text)),
        cites=min(citation_marks(text), 3) / 3,
        short=max(0.0, 1 - length / SHORT),
        long=min(1.0, max(0.0, (length - LONG) / (LONGEST - LONG))),
    )


@lru_cache(1 << 12)
def place_of(section: tuple[str, ...]) -> str:
    """Return the kind of section that headings name, the innermost first."""
    found = (name for heading in reversed(section) for name, pattern in PLACES if pattern.search(heading))
    return next(found, "elsewhere")


def looked_place(sentence: Sentence | Evidence) -> str:
    """Return the kind of section that a sentence stands in."""
    return "abstract" if sentence.label == "abstract" else place_of(sentence.section)


def signs_of_looks(s: Sentence, part: Part, title: str) -> dict[str, float]:
    """Return the signs of a sentence's looks that are not 0, many of them for one kind of question alone."""
    found = dict(_lasting(s.text, s.label, s.section, s.flags, part.kind))
    if "row" in s.flags:
        found["row_named"] = named(s, part.text)
    if (form := form_asked(part.text)) and (step := form.step(s.text)) is not None:
        found["stated"] = 1 / (1 + step)
    if part.kind in ("amount", "name"):
        found[f"{part.kind}_bound"] = bound(s.text, part)
    if part.kind == "name":
        found["name_new"] = suits(s.text, part)
        found["when_date"] = "when" in part.text.casefold() and _DATE.search(s.text) is not None
    if part.kind in ("name", "account"):
        found["name_member"] = any(members.search(s.text) for members in members_asked(part.text))
    if part.kind == "meaning":
        found["meaning_definition"] = suits(s.text, part)
        found["meaning_spells_out"] = _spells_out(s.text, part.term)
        found["meaning_presents"] = "proposes" in found and set(words(part.term)) <= set(words(title))
        found["meaning_long_form"] = phrases.ASKS_LONG_FORM.search(part.text) is not None and introduces_short(
            s.text, part.term
        )
    return {name: float(value) for name, value in found.items() if value}


@lru_cache(REMEMBERED)
def _lasting(
    text: str, label: str, section: tuple[str, ...], flags: tuple[str, ...], kind: AnswerKind
) -> tuple[tuple[str, float], ...]:
    """Return the signs that hold for every question of a kind, by name; 0 is left out."""
    seen = looks(text, label, section)
    found: dict[str, float] = {
        f"in_{seen.place}": True, f"is_{label}": True, **{f"is_{flag}": True for flag in flags},
        "leans": seen.leans, "points": seen.points, "hype": seen.hype, "asks": seen.asks, "announces": seen.announces,
        "cites": seen.cites, "short": seen.short, "long": seen.long, "proposes": seen.proposes,
        f"{kind}_own_doing": seen.own_doing,
    }  # fmt: skip
    if kind in ("about", "limits"):  # of others the place of an answer does not carry over to other questions
        found[f"{kind}_{seen.place}"] = True
    wanted: dict[AnswerKind, dict[str, bool]] = {
        "amount": {"number": seen.number, "quantity": seen.quantity, "row": "row" in flags},
        "name": {"list": seen.list},
        "reason": {"cause": seen.reason},
        "meaning": {"defines": seen.defines},
        "limits": {"stated": seen.limits, "qualifies": seen.qualifies},
        "about": {"proposes": seen.proposes},
        "difference": {"apart": seen.apart},
        "account": {"way": seen.way},
        "yes_no": {"denies": seen.denies},
    }
    found |= {f"{kind}_{name}": value for name, value in wanted[kind].items()}
    return tuple((name, float(value)) for name, value in found.items() if value)


def named(row: Sentence, asked: str) -> float:
    """Return how much of a table row's own name a question says, whether it writes BERT large or BERTLARGE."""
    squeezed = _squeezed(asked)
    own = row.text[-(row.spans[-1].end - row.spans[-1].start) :] if row.spans else row.text
    names = [_squeezed(word) for word in own.split() if any(map(str.isalpha, word))]
    letters = sum(map(len, names))
    said = sum(len(name) for name in names if len(name) > 1 and name in squeezed)
    return said / letters if letters else 0.0


def cell_named(row: Sentence | Evidence, part: Part) -> float:
    """Return how much of the words asked name a cell of a table row: some its row, others the header above it.

    0 unless both are named. The row's own name is what it says in letters; caption and header stand before it.
    """
    if len(row.spans) < 2:
        return 0.0
    size = row.spans[-1].end - row.spans[-1].start
    names = [_squeezed(word) for word in row.text[-size:].split() if any(map(str.isalpha, word))]
    said = [name for name in names if len(name) > 1 and name in _squeezed(part.text)]  # BERT large, or BERTLARGE
    in_row = {stem for stem, word in part.topics.items() if any(_squeezed(word) in name for name in said)}
    above = set(words(row.text[:-size])) & part.topics.keys() - in_row
    return len(in_row | above) / len(part.topics) if in_row and above else 0.0


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _spells_out(text: str, term: str) -> bool:
    """Tell whether a sentence gives a term its long form or its short one: "dense passage retriever (DPR)"."""
    if f"({term})" in text or f"({term}s)" in text:
        return True
    return any(f"{term} ({short})".casefold() in text.casefold() for short in _SHORT_FORM.findall(text))
