"""Read a question once: its parts, what each asks for, its words, what it names, the queries it is searched by.

The parts are the sentences that ask, and what "and how" begins within one; the writer answers each for itself, the
search has a facet for each, the gaps say which of them nothing speaks to. Not handled: languages other than English,
questions hidden in statements ("I wonder whether ...").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from rag.language import phrases
from rag.language.data import any_of
from rag.language.facets import facets, plain
from rag.language.names import model_names
from rag.language.sentences import REMEMBERED, boundaries
from rag.language.words import is_generic, is_plain, surface, topics, words
from rag.papers import AllowedPaper, AnswerKind, Names, Part, Point, Question, Side, Word

PLAIN_WEIGHT = 0.25  # of a word that questions are made of, whatever they ask
REMEMBERED_QUESTIONS = 1 << 10  # texts whose parts are kept: a batch reads ahead, and many briefs share points

_MARK = re.compile(r"(?<=\?)[\"'”’)]*\s+")  # ends a sentence, whatever follows
_ORDER = re.compile(
    r"(?:please )?(?:explain|describe|discuss|compare|contrast|outline|summari[sz]e|define|list|name|enumerate|give|"
    r"show|tell)\b",
    re.I,
)
_AND = re.compile(
    r"[,;]? and (?=(?:(?:in|by|with|for|on|under|to) )?(?:how|why|what|which|who|when|where)\b)",
    re.I,
)
_LEANS = re.compile(r"\b(?:it|its|they|them|their)\b", re.I)
_COMPARED = re.compile(
    r"\b(?:differ\w*|distinct|distinguish\w*)\b(?:\s+\w+){0,2}?\s+(?:from|to|than)\s+(?P<from>[^,.?!;]+)"
    r"|\b(?:compar\w+|contrast\w*)\s+(?:\w+\s+)?(?:to|with|against)\s+(?P<with>[^,.?!;]+)"
    r"|\bdifferences?\s+between\s+(?P<between>[^,.?!;]+)"
    r"|\b(?:versus|vs\.?|unlike|as opposed to|rather than)\s+(?P<versus>[^,.?!;]+)",
    re.I,
)


def read_question(
    text: str,
    points: Sequence[Point] = (),
    papers: Sequence[AllowedPaper] = (),
    names: Names = Names(),  # noqa: B008
) -> Question:
    """Return what a brief asks. `names` are those of its text (`briefs.read_names`)."""
    parts = set_apart(text, read_parts(text), names.called)
    return Question(
        text,
        tuple(text[start:end] for start, end in boundaries(text)),
        parts,
        tuple(read_parts(p.text) if p.text and p.kind == "prose" and not p.about_user else () for p in points),
        read_words(text),
        told_topics(text),
        names,
        facets(text, parts, points, papers),
        is_generic(text) or _sums_up(text),
    )


@lru_cache(REMEMBERED_QUESTIONS)
def read_parts(text: str) -> tuple[Part, ...]:
    """Return the parts of a question or of a point.

    What names no topic of its own, "and why?" or "How does it work?", belongs to what is said before it.
    """
    spans: list[tuple[int, int]] = []
    for start, end in asking(text):
        if topics(text[start:end]):
            spans.append((start, end))
        else:
            spans[-1:] = [(spans[-1][0] if spans else 0, end)]
    return tuple(read_part(text[start:end].strip()) for start, end in spans)


def asking(text: str) -> Iterator[tuple[int, int]]:
    """Yield where something is asked: the sentences that ask or order, else the whole text, cut at "and how"."""
    sentences = [cut for start, end in boundaries(text) for cut in _cuts(text, start, end, _MARK)]
    found = [(a, b) for a, b in sentences if text[a:b].rstrip("\"'”’) ").endswith("?") or _ORDER.match(text, a, b)]
    for start, end in found or [(0, len(text))]:
        yield from _cuts(text, start, end, _AND)


def _cuts(text: str, start: int, end: int, between: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for match in between.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def read_part(text: str) -> Part:
    """Return one thing that is asked: the kind of its answer, its words and topics, what it compares or defines."""
    wanted = kind(text)
    sides: dict[str, Side] = {}
    for match in _COMPARED.finditer(plain(text)):
        side = next(filter(None, match.groups())).strip(" ,\"'”’")
        sides.setdefault(side, Side(side, topics(side), model_names(side), pair=bool(match["between"])))
    return Part(
        text,
        wanted,
        read_words(text),
        told_topics(text),
        tuple(sides.values()),
        term(text) if wanted == "meaning" else "",
        bool(_LEANS.search(text)),
        _length(text),
    )


# --- papers set side by side ------------------------------------------------------------------------------------------

_CLAUSE = re.compile(
    r"(?<=[?.;:])\s+|[,;]? (?:(?:and|or|but|while|whereas) )?(?=(?:(?:in|by|for|on) )?(?:how|why|wh(?:at|ich|o))\b)",
    re.I,
)
_SIDE_BY_SIDE = re.compile(  # says that things are compared, not what of them
    r"\b(?:differ(?:s|ent|ences?)?(?: (?:from|to|between))?|compar(?:e[sd]?|ing|ison)(?: (?:to|with|of|between))?|"
    r"contrast(?:ed)?(?: (?:to|with))?|versus|vs\.?|unlike|as opposed to|both|each of them|each|respectively|"
    r"vice versa)(?!\w)",
    re.I,
)


def set_apart(text: str, parts: tuple[Part, ...], called: Mapping[str, Collection[str]]) -> tuple[Part, ...]:
    """Return the parts of a question that sets papers side by side, each with what it asks of every one of them.

    Where a part speaks of one paper alone ("what does A adapt, and what B?") the question is one part.
    """
    if not called:
        return parts
    if not all(_naming(part.text, names) for part in parts for names in called.values()):
        parts = (read_part(text),)
    apart = [{paper: read_part(asked_of(paper, part.text, called)) for paper in called} for part in parts]
    return tuple(replace(part, sides=(), each=each) for part, each in zip(parts, apart, strict=True))


def asked_of(paper: str, text: str, called: Mapping[str, Collection[str]]) -> str:
    """Return what a question asks of one of the papers that it names.

    "How do A and B differ in what they are trained on?" asks of A "How do A in what they are trained on?". A side that
    names its paper and no more, "and what B?", is asked what the other one is.
    """
    others = {name for other, names in called.items() if other != paper for name in names} - set(called[paper])
    clauses = [text[a:b] for a, b in _cuts(text, 0, len(text), _CLAUSE)]
    own = [c for c in clauses if _naming(c, called[paper]) or not _naming(c, others)]
    if not told_topics(_without({*others, *called[paper]}, " ".join(own))):
        own = clauses
    return _without(others, " ".join(own))


def _without(names: Collection[str], text: str) -> str:
    """Return a question without these names, and without the words that set things side by side."""
    told = _SIDE_BY_SIDE.sub(" ", text)
    for name in sorted(names, key=len, reverse=True):
        named = rf"(?:\b(?:and|or|than) )?(?:the )?(?<!\w){re.escape(name)}(?:['’]s)?(?!\w)(?: (?:and|or)\b)?"
        told = re.sub(named, " ", told)
    return " ".join(told.split())


def _naming(text: str, names: Collection[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names)


# --- words ------------------------------------------------------------------------------------------------------------


def read_words(text: str) -> tuple[Word, ...]:
    """Return the words that count, each stem once, in order."""
    written: dict[str, str] = {}
    asking = _asking_words(text) if kind(text) in ("limits", "meaning") else set()
    for word, stem in surface(text):
        written.setdefault(stem, word)
        if is_plain(word):
            asking.add(stem)
    stems = dict.fromkeys([*words(text), *written])
    return tuple(Word(stem, written.get(stem, ""), PLAIN_WEIGHT if stem in asking else 1.0) for stem in stems)


def told_topics(text: str) -> dict[str, str]:
    """Return the topic words, stem -> word as written; none in "where does it fall short?", which asks for limits."""
    asking = _asking_words(text)
    return {stem: word for stem, word in topics(text).items() if stem not in asking}


def _asking_words(text: str) -> set[str]:
    """Return the stems of the words by which a question asks: for limits, a summary, so many sentences, a meaning.

    "What does the acronym RAG mean?" asks of RAG alone.
    """
    wanted = kind(text)
    if wanted == "meaning" and phrases.ASKS_LONG_FORM.search(text) and (defined := term(text)):
        return {stem for _, stem in surface(text)} - {stem for _, stem in surface(defined)}
    asking = [_SUMS_UP[wanted]] if wanted in _SUMS_UP else []
    return {stem for pattern in (_LENGTH, *asking) for match in pattern.finditer(text) for _, stem in surface(match[0])}


# --- what kind of answer a question asks for -------------------------------------------------------------------------

_THINGS = (  # what "which" and "what" ask names of
    r"data ?sets?|corpora|corpus|benchmarks?|baselines?|optimi[sz]ers?|languages?|models?|metrics?|measures?|features?|"
    r"channels?|telescopes?|cameras?|instruments?|detectors?|embeddings?|methods?|tasks?|encoders?|decoders?|tools?|"
    r"librar(?:y|ies)|hardware|gpus?|software|systems?|domains?|functions?|architectures?|algorithms?|techniques?|sources?|data"
)
_AMOUNTS = any_of("asked_amounts")  # what "what" asks an amount of
_VERB = (  # after "how" and "what" these ask for no amount and no name
    r"(?:do|does|did|is|are|was|were|can|could|has|have|had|will|would|should|may|might|must|happen\w*|make\w*|cause\w*|"
    r"motivate\w*|exactly)\b"
)
_BETWEEN = r"(?:[\w.@-]+ ){0,3}?"
_AMOUNT = re.compile(  # "how confident", "how many", but not "how does it work"
    rf"\bhow (?!{_VERB}|(?:to|the|it|they|this|these|come)\b)\w+"
    r"|\bto what extent\b"
    rf"|\b(?:what|which)(?! is an? )(?: is| are| was| were)?(?: the)? {_BETWEEN}(?:{_AMOUNTS})\b"
    rf"|^\W*(?!{_VERB})(?!(?:what|which|who|where|when|why|how|in|on|at|to|by|with|explain|describe|compare|discuss)\b)"
    rf"(?:the )?(?:[\w.@-]+ ){{0,2}}?(?:{_AMOUNTS})\b",  # no sentence: "batch size for pre-training?"
    re.I,
)
_NAME = re.compile(  # "camera" in "what is camera shake?" is no name that is asked for
    rf"\b(?:which|what)(?! is an? )(?: (?:is|are|was|were)(?: the)?)? {_BETWEEN}(?:{_THINGS})\b(?! (?!used\b)\w+\?)"
    rf"|\bwhat (?!{_VERB})\w+"
    r"|\b(?:who|whose|where|when|which)\b|^\W*(?:list|name|enumerate)\b",
    re.I,
)
_TELL_HOW = re.compile(  # "how did they find out how many", "what happens when", but not "by how much"
    rf"(?:(?!\b(?:how|what|which|who|whose|when|where)\b).)*\b(?:how {_VERB}\b|what happen(?:s|ed)?\b)", re.I | re.S
)
_ACCOUNT = re.compile(  # "compare the models", but not "which models do they compare to?"
    r"\b(?:how|why|explain|describe|discuss|compare(?= [a-z])(?! (?:to|with|against)\b)|comparison|contrast|"
    r"summari[sz]e|survey|overview|outline)\b",
    re.I,
)
_DIFFERENCE = re.compile(r"\b(?:differ\w*|versus|vs)\b|\bhow\b.*\bcompare\b", re.I)
_WHY = re.compile(r"\bwhy\b|\breasons?\b|\bwhat (?:\w+ ){0,3}?(?:causes?|motivates?)\b", re.I)
_YES_NO = re.compile(rf"^\W*{_VERB}", re.I)
_TERM = re.compile(
    r"\bwhat(?: is| are|'s|’s) (?:meant by )?(?!(?:the )?(?:full|long) (?:form|name) of\b)(?:(?:an?|the) )?(?!meant\b)"
    r"([^?,;:]+?)(?: (?:problem|task))?\?*$"
    r"|\bwhat (?:does|do|is|are) (?:(?:an?|the) )?(?:(?:acronym|abbreviation|term|word) )?([^?,;:]+?)"
    r" (?:mean|stand for|defined|called|short for)\b(?! by)"
    r"|^\W*([^?,;:]+?) stands for\b|\bmean by ([^?.,;:]+)|\b(?:acronym|abbreviation) ([^?.,;:]+)"
    r"|\b(?:full|long) (?:form|name) of (?:(?:an?|the) )?([^?.,;:]+)"
    r"|^\W*define (?:(?:an?|the) )?([^?.,;:]+)",
    re.I,
)
_MEANING = re.compile(r"^\W*define\b|\bwhat(?: is| are| was| were|'s|’s| does| do)\b", re.I)
_THIS = r"(?:this|that|the|it|its|your|their)"
_WORK = r"(?:(?:this|the) (?:paper|work|study|article|publication|authors?)|they)"
_ABOUT = re.compile(  # "what is the paper about?", "summarise it in a sentence", "main contribution?"
    rf"\bwhat(?: is|'s|’s| are) {_THIS}(?: \w+){{0,2}}? (?:all )?about\b"
    r"|\bsummar(?:y|i[sz]e)\b|\btl;?dr\b|\bgist\b"
    r"|\bin (?:one|two|three|four|five|an?|a few|a couple of) (?:short )?(?:sentence|word|line)s?\b"
    r"|\b(?:main|key|core|central|biggest|most important) (?:\w+ )?"
    r"(?:contribution|idea|point|message|finding|result|claim|take-?away|"
    rf"novelty|insight|conclusion)s?(?! (?:of|in|on|for) (?!{_WORK}))\b"
    rf"|\bcontributions?\b(?! (?:of|from) (?!{_WORK}))|\bcontribute\b|\bwhat(?: is|'s|’s) (?:new|novel)\b"
    rf"|\bwhat (?:do|did|have|does|is|are) (?:{_WORK} )?"
    r"(?:do|done|find|show|proposed?|presented?|introduced?|achieved?|claim(?:ed)?|"
    rf"discuss(?:ed)?|report(?:ed)?)(?: (?:in|by) {_WORK})?\W*$"
    rf"|\b(?:problem|question|task|goal|aim|purpose|point|topic|subject|objective|conclusion)s?\b.{{0,20}}\b{_WORK}\b",
    re.I,
)
_SUMS_UP: Mapping[AnswerKind, re.Pattern[str]] = {"about": _ABOUT, "limits": phrases.ASKS_LIMITS}
_ANSWER_KINDS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = (
    ("meaning", phrases.ASKS_LONG_FORM),
    ("limits", phrases.ASKS_LIMITS),
    ("about", _ABOUT),
    ("yes_no", _YES_NO),
    ("amount", _AMOUNT),
    ("reason", _WHY),
    ("difference", _DIFFERENCE),
    ("account", _ACCOUNT),
    ("name", _NAME),
    ("meaning", _MEANING),
)


def kind(question: str) -> AnswerKind:
    """Return what kind of answer a question asks for; where "how did they" asks first, what follows is its matter."""
    told = _TELL_HOW.match(question)
    wanted = (found for found, pattern in _ANSWER_KINDS if pattern.search(question))
    return next((found for found in wanted if not (told and found in ("amount", "name"))), "account")


def _sums_up(question: str) -> bool:
    """Tell whether a question asks what a paper is about, or what it leaves open, and names no topic beside that."""
    asked = _SUMS_UP.get(kind(question))
    if asked is None:
        return False
    rest = asked.sub(" ", _LENGTH.sub(" ", question))
    return is_generic(rest) or all(is_plain(word) for word, _ in surface(rest))


_LENGTH = re.compile(r"\bin (?:(?:only|just|about|at most) )?(\d|[a-z]+) (?:\w+ )?(?:sentence|line)s?\b", re.I)
_COUNTS = ("an", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _length(question: str) -> int:
    """Return how many sentences the answer is to have: 3 of "summarise it in three sentences"; 0 where none is told."""
    found = _LENGTH.search(question)
    said = found[1].lower() if found else ""
    return int(said) if said.isdigit() else max(_COUNTS.index(said), 1) if said in _COUNTS else 0


def term(question: str) -> str:
    """Return the term whose meaning a question asks for, or an empty text."""
    found = _TERM.search(question.strip())
    return next(filter(None, found.groups())) if found else ""


def suits(text: str, part: Part) -> bool:
    """Tell whether a sentence has the form of the answer: a number, a name, a reason, the definition of what is asked.

    A name that the question itself says is no answer.
    """
    if part.kind == "name":
        asked = part.text.casefold()
        return any(name not in asked for name in _names(text))
    return _has_form(text, part.kind, part.term)


@lru_cache(REMEMBERED)
def _names(text: str) -> tuple[str, ...]:
    return tuple(name.casefold() for name in phrases.PROPER_NAME.findall(text))


@lru_cache(REMEMBERED)
def _has_form(text: str, wanted: AnswerKind, defined: str) -> bool:
    form = phrases.definition(defined) if wanted == "meaning" else _FORMS.get(wanted)
    return form is not None and bool(form.search(text))


_FORMS: dict[AnswerKind, re.Pattern[str]] = {
    "amount": phrases.NUMBER,
    "difference": phrases.SETS_APART,
    "reason": phrases.REASON,
}
