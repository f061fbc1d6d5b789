"""Read a question once: its parts, what each asks for, its words, what it names, the queries it is searched by.

The parts are the sentences that ask, and what "and how" begins within one; the writer answers each for itself, the
search has a facet for each, the gaps say which of them nothing speaks to. Not handled: languages other than English,
questions hidden in statements ("I wonder whether ...").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from rag.language.facets import facets, plain
from rag.language.names import model_names
from rag.language.question_kind import kind, term
from rag.language.sentences import boundaries
from rag.language.words import is_generic, is_plain, surface, topics, words
from rag.papers import AllowedPaper, Names, Part, Point, Question, Side, Word

PLAIN_WEIGHT = 0.25  # of a word that questions are made of, whatever they ask
REMEMBERED = 1 << 10  # texts whose parts are kept: a batch reads its questions ahead, and many briefs share points

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
    parts = read_parts(text)
    return Question(
        text,
        tuple(text[start:end] for start, end in boundaries(text)),
        parts,
        tuple(read_parts(p.text) if p.text and p.kind == "prose" and not p.about_user else () for p in points),
        read_words(text),
        topics(text),
        names,
        facets(text, parts, points, papers),
        is_generic(text),
    )


@lru_cache(REMEMBERED)
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
        topics(text),
        tuple(sides.values()),
        term(text) if wanted == "meaning" else "",
        bool(_LEANS.search(text)),
    )


def read_words(text: str) -> tuple[Word, ...]:
    """Return the words that count, each stem once, in order."""
    written: dict[str, str] = {}
    asking = set()
    for word, stem in surface(text):
        written.setdefault(stem, word)
        if is_plain(word):
            asking.add(stem)
    stems = dict.fromkeys([*words(text), *written])
    return tuple(Word(stem, written.get(stem, ""), PLAIN_WEIGHT if stem in asking else 1.0) for stem in stems)


# --- what of it is spoken of ----------------------------------------------------------------------------------------

MIN_STEM = 4  # letters: shorter stems stand inside too many other words


def shared(text: str, asked: Mapping[str, str]) -> list[str]:
    """Return the topic words that a text holds, also inside longer words: blur in deblurring."""
    stems = words(text)
    return _held(asked, stems, " ".join(stems))


def unspoken(asked: Mapping[str, str], vocabulary: Collection[str]) -> list[str]:
    """Return the topic words that stand nowhere in a vocabulary of stems, not even inside a longer word."""
    found = _held(asked, vocabulary, "\n".join(vocabulary))
    return [word for word in asked.values() if word not in found]


def _held(asked: Mapping[str, str], stems: Collection[str], joined: str) -> list[str]:
    return [word for stem, word in asked.items() if stem in stems or (len(stem) >= MIN_STEM and stem in joined)]
