"""Tell the parts of a first page: which block is the title, where the abstract begins and ends, who wrote it where.

In a list of people and places (authors, affiliations, collaborations, committees, wherever it stands) every word that
is no particle is a name: it begins with a capital letter or a mark. Sentences have verbs and things, so they are told
by their small words. Not handled here: headings (`headings`), notes at the foot of the page (`labels`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.language import STOPS, is_beyond_latin, word_set
from rag.reading.blocks.headings import heads_run_in, part_named
from rag.reading.blocks.layout import Measure, is_bold, text_offset
from rag.reading.sheet import Block, Line

ABSTRACT = re.compile(r"^(?:abstract|a\sb\ss\st\sr\sa\sc\st|summary)(?!\w)\s*[.:—–-]*\s*", re.I)
FRONT_NOTE = re.compile(
    r"corresponding author|e-?mail|preprint|conference|proceedings|©|copyright|licen[cs]e|equal contribution|"
    r"doi\.org|@",
    re.I,
)
STRUCTURED = re.compile(  # headings inside an abstract
    r"^\W*(?:context|background|motivation|aims?|objectives?|purpose|design|setting|methods?|materials and methods|"
    r"findings|results|interpretation|significance|conclusions?)\W*$",
    re.I,
)
_NOTICE = re.compile(
    r"^\W*(?:(?:additional )?key\s?words|index terms|pacs|msc|ams|ccs concepts|subject|jel|mathematics subject|"
    r"acm reference|dated?\b|"
    r"(?:first )?(?:received|submitted|accepted|published|draft|version)\b|(?:this|the) (?:work|research) (?:is|was) |"
    r"research supported|supported (?:in part )?by|work (?:supported|done))",
    re.I,
)
_KIND_OF_PLACE = re.compile(
    r"\b(?:universit|institut|department|departement|laborator|organi[sz]ation|academy|centre|center|school of|faculty|"
    r"college|hospital|collaboration)",
    re.I,
)
_HOUSE = re.compile(  # what stands above a title: who publishes, what kind of document it is
    r"\b(?:universit|institut|department|laborator|organi[sz]ation for|academy of|journal|proceedings|transactions|"
    r"elsevier|springer|preprint|submitted|accepted|received|published|volume|vol\.|issn|doi|technical report|draft)",
    re.I,
)
_KEYWORDS = re.compile(r"\W*(?:additional )?(?:key\s?words|index terms)(?: and phrases)?\s*[.:—–]", re.I)
ENDS = frozenset(f".{STOPS}")
CLOSED = frozenset(f".!?{STOPS}")
_INTRODUCTION = re.compile(r"^(?:1|I)?\.?\s*introduction", re.I)
_TOUCHING = 0.42  # of the usual gap in a line of capitals: no blank
_BETTER = 1.06  # times the score of what stands above: less is the same size, and what stands first is the title
_WHOLE = 25  # letters: most titles have more, acronyms above them have not
_PROUD = 1.3  # times the size of the body: what is so large is a title even when it names a conference
_MAX_WORDS = 450  # journals allow an abstract 150 to 350 words
_MIN_WORDS = 40
_PLACE = re.compile(
    r"\b(?:univ|institut|istituto|department|d[eé]partement|dipartimento|departamento|laborator|organi[sz]ation|academy|"
    r"centre|center|centro|school of|facult|fakult|college|hospital|collaboration|observator|infn|cnrs|research\b|"
    r"foundation|hochschule|[eé]cole|politecnico|polytechni|inc\b|ltd\b|gmbh|corporation|labs?\b)",
    re.IGNORECASE,
)
_PARTICLES = word_set("name_particles")
_MARKS = re.compile(r"[\d\W_]+")
_CAPITAL = r"[^\W\d_a-zß-ÿ]"
_INITIAL = re.compile(rf"(?<!\w){_CAPITAL}[a-z]?\.(?!\.)")
_FULL_NAME = re.compile(
    rf"(?:{_CAPITAL}[\w.'’´`-]*\s+){{1,3}}(?:(?:de|da|van|von|der|den|del|di|la|le)\s+){{0,2}}{_CAPITAL}[\w'’´`-]+"
)
_PROBE = 12  # words looked at first: nearly all blocks are told by these
_START = 160  # characters that hold these
_FEW = 8  # words: fewer make no list
_ITEMS = 6


def titles(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> tuple[int, ...]:
    """Return which blocks of page 1 are the title: the best one above the abstract, then what goes on with it.

    `prose` tells for each block whether it reads as text.
    """
    best, chosen = 0.0, -1
    for number, block in enumerate(blocks):
        if ABSTRACT.match(block.text) or _INTRODUCTION.match(block.text) or begins_part(block.text):
            break
        score = title_score(block, prose[number], usual)
        if score > _BETTER * best:
            best, chosen = score, number
    if chosen < 0:
        return ()
    found = [chosen]
    while _stands_out(blocks[chosen], usual) and found[-1] + 1 < len(blocks):
        if not goes_on(blocks[found[-1]], blocks[found[-1] + 1]):
            break
        found.append(found[-1] + 1)
    return tuple(found)


def title_score(block: Block, prose: bool, usual: Measure) -> float:
    """Weigh whether a block is the title: its size, less for few letters or a publisher's name, more for capitals.

    0 for what is none: a sentence, an address, "To appear in the Proceedings of the Harbour Conference".
    """
    letters = sum(char.isalpha() for char in block.text)
    if block.label in ("furniture", "caption") or re.match(r"arXiv:", block.text) or letters < 5:
        return 0.0
    if len(block.lines) > 5 or (prose and block.text.rstrip()[-1:] in ENDS):
        return 0.0
    if FRONT_NOTE.search(block.text) and ("@" in block.text or block.size < _PROUD * usual.size):
        return 0.0
    capitals = sum(char.isupper() for char in block.text) > 0.8 * letters
    if prose and not (capitals or _stands_out(block, usual)):
        return 0.0
    house = 0.8 if _HOUSE.search(block.text) else 1.0
    return block.size * min(1.0, letters / _WHOLE) * (1.15 if capitals else 1.0) * house


def begins_part(text: str) -> bool:
    """Tell a heading that is never a title, in whatever language: "Zusammenfassung", "1 Введение"."""
    return part_named(text) in ("abstract", "introduction", "keywords")


def is_keywords(text: str) -> bool:
    """Tell the words by which a paper wants to be found: "Keywords: lamp, pier"."""
    return len(text) < 500 and (_KEYWORDS.match(text) is not None or heads_run_in(text) == "keywords")


def _stands_out(block: Block, usual: Measure) -> bool:
    return block.size > 1.06 * usual.size or all(is_bold(line) for line in block.lines)


def goes_on(title: Block, block: Block) -> bool:
    """Tell whether a title goes on in the block below it: in the very same letters, no further off than a line.

    "of the Northern Harbour" under "Quiet Lanterns at the Edge" does, the authors' names in other letters do not.
    """
    above, below = title.lines[-1], block.lines[0]
    styles = {word.style for word in above.words}
    same = abs(above.size - below.size) < 0.02 * above.size and below.words[0].style in styles
    near = 0 < below.base - above.base < 1.75 * max(word.size for word in below.words)
    return same and near and block.left < title.right and block.right > title.left and len(block.lines) < 4


def closed_up(line: Line) -> Line:
    """Take out blanks that small capitals or loose letters only seem to have: "L AN TERN" is "LANTERN".

    They are far narrower than the usual gap of the line.
    """
    gaps = sorted(after.left - before.right for before, after in pairwise(line.words) if not after.glued)
    if len(gaps) < 3 or gaps[0] < -line.size:  # its words run from right to left
        return line
    limit = min(_TOUCHING * gaps[len(gaps) // 2], 0.2 * line.size)
    words, text = [line.words[0]], line.text[: text_offset(line, 1)]
    for number, (before, after) in enumerate(pairwise(line.words), 1):
        close = not after.glued and after.left - before.right < limit
        raw = line.text[text_offset(line, number) : text_offset(line, number + 1)]
        words.append(after._replace(glued=True) if close else after)
        text += raw.lstrip() if close else raw
    return line._replace(words=tuple(words), text=text)


def is_notice(text: str) -> bool:
    """Tell what stands around an abstract and belongs to no text: keywords, dates, thanks, addresses and rights.

    "Received 12 March 1997", "This work was supported by the Harbour Fund", "© 2019 The Pier Society".
    """
    return is_affiliation(text) or (len(text) < 500 and bool(_NOTICE.match(text) or FRONT_NOTE.search(text)))


def begins_notice(text: str) -> bool:
    """Tell a notice by its first words alone: in an abstract, conferences and licences may be what it is about."""
    return is_affiliation(text) or (len(text) < 500 and _NOTICE.match(text) is not None)


def is_affiliation(text: str) -> bool:
    """Tell names and places, capitals and numbers throughout: "1 Institute of Lamps, 12345 Harbour Town, Norway"."""
    words = text.split()
    capitals = sum(word.lstrip("(,;")[:1].isupper() or word[:1].isdecimal() for word in words)
    return capitals > 0.35 * len(words) and bool(_KIND_OF_PLACE.search(text))


@dataclass
class Extent:
    """Follow an abstract and tell when it is over."""

    size: float = 0.0
    width: float = 0.0
    page: int = 0
    words: int = 0
    closed: bool = False
    named: bool = False

    def continues(self, block: Block) -> bool:
        """Tell whether a short block goes on with the abstract's last sentence, and take it in."""
        goes_on = 0 < self.words < _MAX_WORDS and not self.closed and abs(block.size - self.size) < 0.02 * self.size
        self.closed |= goes_on and block.text.rstrip()[-1:] in CLOSED
        return goes_on

    def holds(self, block: Block) -> bool:
        """Tell whether a block of text can be of a named abstract: the first one, or in the size of the first."""
        return self.named and (not self.words or abs(block.size - self.size) < 0.02 * self.size)

    def over(self, block: Block, page: int, usual: Measure) -> bool:
        """Tell whether a block of text comes after the abstract, and take it in where it does not."""
        if self.words >= _MIN_WORDS and self.differs(block, page, usual):
            return True
        if not self.words:
            self.size, self.width, self.page = block.size, block.right - block.left, page
        self.words += len(block.text.split())
        self.closed = block.text.rstrip()[-1:] in CLOSED
        return False

    def differs(self, block: Block, page: int, usual: Measure) -> bool:
        """Tell text that is not set as the abstract was: on another page, in the body's size, wider."""
        if self.words > _MAX_WORDS or (page > self.page and self.closed):
            return True
        as_body = abs(block.size - usual.size) < 0.03 * usual.size
        if as_body and abs(block.size - self.size) > 0.03 * self.size:
            return True
        wide = len(block.lines) > 2 and abs(block.right - block.left - self.width) > 0.12 * self.width
        return self.closed and as_body and wide


def lists_people(block: Block) -> bool:
    """Tell a list of names or of the places where they work: "A. Lamp1, B.C. Pier2,3, D. Van der Quay1,a, ..."."""
    text = block.text
    if is_beyond_latin(text) and not any(map(str.isupper, text)):  # no capitals tell names
        return False
    first = text[:_START].split()[:_PROBE]
    if len(first) < _FEW or sum([word[0].islower() for word in first]) > 0.6 * len(first):
        return False
    words = text.split()
    if _small(first) > 0.2 * len(first) or _small(words) > 0.06 * len(words):
        return False
    initials = len(_INITIAL.findall(text))
    if initials > 0.2 * len(words):
        return True
    items = [item for item in re.split(r"[,;•]", text) if item.strip()]
    places = len(_PLACE.findall(text))
    if places > 0.1 * len(words) or (places > 0.04 * len(words) and len(items) > 2):
        return True
    return _full_names(items) or _full_names([line.text for line in block.lines])


def _small(words: Sequence[str]) -> int:
    """Count words of three small letters or more that are no particles of names; shorter ones may be marks."""
    plain = [_MARKS.sub("", word) for word in words]
    return sum(word[:1].islower() and len(word) > 2 and word not in _PARTICLES for word in plain)


def names_person(text: str) -> bool:
    """Tell a line that names one person or more: "Ada Writer and Bo Author"."""
    items = [item.strip(" .∗*†‡§¶0123456789") for item in re.split(r"[,;•&]|\band\b", text)]
    return any(_FULL_NAME.fullmatch(item) for item in items) or bool(_INITIAL.search(text)) or "@" in text


def _full_names(items: Sequence[str]) -> bool:
    """Tell whether most of many items are whole names: "Carla van der Quay"."""
    named = sum(bool(_FULL_NAME.fullmatch(item.strip(" .∗*†‡§¶0123456789"))) for item in items)
    return named >= _ITEMS and named > 0.75 * len(items)
