"""Say what a sentence looks like: where it stands, what it holds, what it does; and which kinds of question want that.

Not handled here: how near it is to a question (`signs`), and what each sign is worth (`ranking`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.language import citation_marks, phrases, suits
from rag.papers import Part, Sentence

REMEMBERED = 1 << 14  # sentences whose looks are kept: those of some thirty papers
SHORT, LONG, LONGEST = 10, 25, 60  # words: below the first a sentence says little, from the second on it is long

PLACES = (  # of a sentence, by the innermost of its headings that says so
    ("abstract", re.compile(r"abstract|summary|synopsis", re.I)),
    ("introduction", re.compile(r"introduction|motivation", re.I)),
    ("related", re.compile(r"related|background|previous|prior|literature|preliminar", re.I)),
    ("limits", re.compile(r"limitation|failure|future|shortcoming|uncertaint", re.I)),
    ("conclusion", re.compile(r"conclu|discussion|broader|impact|outlook", re.I)),
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
    date: bool
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
        date=bool(_DATE.search(text)),
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


def signs_of_looks(s: Sentence, part: Part, title: str) -> dict[str, float]:
    """Return the signs of a sentence's looks, many of them for one kind of question alone."""
    seen, kind = looks(s.text, s.label, s.section), part.kind
    row = "row" in s.flags
    new_name = kind == "name" and suits(s.text, part)
    when = kind == "name" and "when" in part.text.casefold()
    found: dict[str, float] = {f"in_{name}": seen.place == name for name, _ in PLACES}
    found |= {f"is_{label}": s.label == label for label in ("caption", "footnote", "appendix")}
    found |= {"is_row": row, "row_named": named(s, part.text) if row else 0.0}
    found |= {f"is_{flag}": flag in s.flags for flag in ("second_hand", "fragment", "formula")}
    found |= {
        "leans": seen.leans, "points": seen.points, "hype": seen.hype, "asks": seen.asks, "announces": seen.announces,
        "cites": seen.cites, "short": seen.short, "long": seen.long,
        "amount_number": kind == "amount" and seen.number,
        "amount_quantity": kind == "amount" and seen.quantity,
        "amount_row": kind == "amount" and row,
        "name_new": new_name,
        "name_list": kind == "name" and seen.list,
        "name_own_doing": kind == "name" and seen.own_doing,
        "when_date": when and seen.date,
        "reason_cause": kind == "reason" and seen.reason,
        "meaning_definition": kind == "meaning" and suits(s.text, part),
        "meaning_defines": kind == "meaning" and seen.defines,
        "meaning_spells_out": kind == "meaning" and _spells_out(s.text, part.term),
        "meaning_presents": kind == "meaning" and seen.proposes and part.term.casefold() in title.casefold(),
        "meaning_abstract": kind == "meaning" and seen.place == "abstract",
        "limits_stated": kind == "limits" and seen.limits,
        "limits_qualifies": kind == "limits" and seen.qualifies,
        "limits_section": kind == "limits" and seen.place == "limits",
        "limits_conclusion": kind == "limits" and seen.place == "conclusion",
        "about_abstract": kind == "about" and seen.place == "abstract",
        "about_introduction": kind == "about" and seen.place == "introduction",
        "about_proposes": kind == "about" and seen.proposes,
        "about_own_doing": kind == "about" and seen.own_doing,
        "difference_apart": kind == "difference" and seen.apart,
        "account_way": kind == "account" and seen.way,
        "account_method": kind == "account" and seen.place == "method",
        "yes_no_own_doing": kind == "yes_no" and seen.own_doing,
        "yes_no_denies": kind == "yes_no" and seen.denies,
    }  # fmt: skip
    return found


def named(row: Sentence, asked: str) -> float:
    """Return how much of a table row's own name a question says, whether it writes BERT large or BERTLARGE."""
    squeezed = _squeezed(asked)
    own = row.text[-(row.spans[-1].end - row.spans[-1].start) :] if row.spans else row.text
    names = [_squeezed(word) for word in own.split() if any(map(str.isalpha, word))]
    letters = sum(map(len, names))
    said = sum(len(name) for name in names if len(name) > 1 and name in squeezed)
    return said / letters if letters else 0.0


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _spells_out(text: str, term: str) -> bool:
    """Tell whether a sentence gives a term its long form or its short one: "dense passage retriever (DPR)"."""
    if f"({term})" in text or f"({term}s)" in text:
        return True
    return any(f"{term} ({short})".casefold() in text.casefold() for short in _SHORT_FORM.findall(text))
