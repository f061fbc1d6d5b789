"""Tell the parts of a first page: which block is the title, where the abstract begins, and where it has ended.

Not handled here: headings (`headings`), notes at the foot of the page (`labels`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.reading.blocks.layout import Measure, is_bold
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
_KEYWORDS = re.compile(
    r"(?:key\s?words(?: and phrases)?|additional key words and phrases|index terms|pacs|msc|jel|ccs concepts)\b"
    r"(?: (?:numbers?|codes?|classification))?\s*(?:\(?\d{4}\)?)?\s*[:.—–]",
    re.I,
)
_LABEL_WORD = re.compile(r"^abstract[.:—–-]*$", re.I)
_PLACE = re.compile(
    r"\b(?:universit|institut|department|departement|laborator|organi[sz]ation|academy|centre|center|school of|faculty|"
    r"college|hospital|collaboration)",
    re.I,
)
_HOUSE = re.compile(  # what stands above a title: who publishes, what kind of document it is
    r"\b(?:universit|institut|department|laborator|organi[sz]ation for|academy of|journal|proceedings|transactions|"
    r"elsevier|springer|preprint|submitted|accepted|received|published|volume|vol\.|issn|doi|technical report|draft)",
    re.I,
)
_INTRODUCTION = re.compile(r"^(?:1|I)?\.?\s*introduction", re.I)
_TOUCHING = 0.42  # of the usual gap in a line of capitals: no blank
_PROUD = 1.3  # times the size of the body: what is so large is a title even when it names a conference
_MAX_WORDS = 450  # journals allow an abstract 150 to 350 words
_MIN_WORDS = 40


def titles(blocks: Sequence[Block], prose: Sequence[bool], usual: Measure) -> tuple[int, ...]:
    """Return which blocks of page 1 are the title: large, long enough, above the abstract; then what goes on with it.

    `prose` tells for each block whether it reads as text.
    """
    best, chosen = 0.0, -1
    for number, block in enumerate(blocks):
        if ABSTRACT.match(block.text) or _INTRODUCTION.match(block.text):
            break
        letters = sum(char.isalpha() for char in block.text)
        if block.label in ("furniture", "caption") or re.match(r"arXiv:", block.text) or letters < 5:
            continue
        if len(block.lines) > 5 or (prose[number] and block.text.rstrip()[-1:] == "."):
            continue
        if FRONT_NOTE.search(block.text) and ("@" in block.text or block.size < _PROUD * usual.size):
            continue
        capitals = sum(char.isupper() for char in block.text) > 0.8 * letters
        if prose[number] and not (capitals or _stands_out(block, usual)):
            continue
        house = 0.8 if _HOUSE.search(block.text) else 1.0
        score = block.size * min(1.0, letters / 25) * (1.15 if capitals else 1.0) * house
        if score > 1.06 * best:
            best, chosen = score, number
    if chosen < 0 or not _stands_out(blocks[chosen], usual):
        return () if chosen < 0 else (chosen,)
    return tuple(_with_next(blocks, chosen))


def _stands_out(block: Block, usual: Measure) -> bool:
    return block.size > 1.06 * usual.size or all(is_bold(line) for line in block.lines)


def _with_next(blocks: Sequence[Block], chosen: int) -> list[int]:
    """Return the title's block and those below it in the very same letters, no further off than a line."""
    found = [chosen]
    for number in range(chosen + 1, len(blocks)):
        last, block = blocks[found[-1]], blocks[number]
        above, below = last.lines[-1], block.lines[0]
        styles = {word.style for word in above.words}
        same = abs(above.size - below.size) < 0.02 * above.size and below.words[0].style in styles
        near = 0 < below.base - above.base < 1.75 * max(word.size for word in below.words)
        if not (same and near and block.left < last.right and block.right > last.left and len(block.lines) < 4):
            break
        found.append(number)
    return found


def split_abstract(block: Block) -> tuple[Block, Block] | None:
    """Cut the word "Abstract" from a text that it runs into, or stands above without a distance."""
    if not ABSTRACT.match(block.text) or len(block.text) < 60:
        return None
    first = block.lines[0]
    if len(block.lines) > 1 and _LABEL_WORD.match("".join(first.text.split())):
        return replace(block, lines=(first,), judged={}), replace(block, lines=block.lines[1:], judged={})
    count = _label_words(first)
    if not 0 < count < len(first.words):
        return None
    head, tail = part_of(first, 0, count), part_of(first, count, len(first.words))
    if not re.match(r"[—–-]?\s*[\"“(\[]?[A-Z0-9À-ÞΑ-Ω$]", tail.text):
        return None
    return replace(block, lines=(head,), judged={}), replace(block, lines=(tail, *block.lines[1:]), judged={})


def split_keywords(block: Block) -> tuple[Block, Block] | None:
    """Cut keywords and codes of subjects off from the abstract that they follow without a distance."""
    for number, line in enumerate(block.lines):
        if number and _KEYWORDS.match(line.text) and block.lines[number - 1].text.rstrip()[-1:] in ".!?)":
            lines = block.lines
            return replace(block, lines=lines[:number], judged={}), replace(block, lines=lines[number:], judged={})
    return None


def _label_words(line: Line) -> int:
    """Count the words that spell "Abstract" with its stop or dash, at most a few pieces."""
    for count in range(1, min(9, len(line.words))):
        text = "".join(part_of(line, 0, count).text.split())
        if _LABEL_WORD.match(text) and not re.match(r"[.:—–-]+$", part_of(line, count, count + 1).text):
            return count
    return 0


def part_of(line: Line, first: int, last: int) -> Line:
    """Return some words of a line as a line."""
    words = line.words[first:last]
    start = _offset(line, first)
    return line._replace(
        words=words,
        text=line.text[start : _offset(line, last)].strip(),
        left=min(word.left for word in words),
        right=max(word.right for word in words),
        letters=sum(word.end - word.start for word in words),
    )


def _offset(line: Line, count: int) -> int:
    """Return where in a line's rough text the words after the first `count` begin."""
    size = 0
    for index, word in enumerate(line.words[:count]):
        size += word.end - word.start + (1 if index and not word.glued else 0)
    return size


def closed_up(block: Block) -> Block:
    """Take out blanks that a title's small capitals or loose letters only seem to have: far narrower than the usual."""
    return replace(block, lines=tuple(_closed_line(line) for line in block.lines), judged={})


def _closed_line(line: Line) -> Line:
    gaps = sorted(after.left - before.right for before, after in pairwise(line.words) if not after.glued)
    if len(gaps) < 3:
        return line
    limit = min(_TOUCHING * gaps[len(gaps) // 2], 0.2 * line.size)
    words, text = [line.words[0]], line.text[: _offset(line, 1)]
    for number, (before, after) in enumerate(pairwise(line.words), 1):
        close = not after.glued and after.left - before.right < limit
        raw = line.text[_offset(line, number) : _offset(line, number + 1)]
        words.append(after._replace(glued=True) if close else after)
        text += raw.lstrip() if close else raw
    return line._replace(words=tuple(words), text=text)


def is_notice(text: str) -> bool:
    """Tell keywords, dates, thanks, addresses and rights, which stand around an abstract and belong to no text."""
    return is_affiliation(text) or (len(text) < 500 and bool(_NOTICE.match(text) or FRONT_NOTE.search(text)))


def begins_notice(text: str) -> bool:
    """Tell a notice by its first words alone: in an abstract, conferences and licences may be what it is about."""
    return is_affiliation(text) or (len(text) < 500 and _NOTICE.match(text) is not None)


def is_affiliation(text: str) -> bool:
    """Tell names and places: capitals and numbers throughout, and a kind of institution."""
    words = text.split()
    capitals = sum(word.lstrip("(,;")[:1].isupper() or word[:1].isdecimal() for word in words)
    return capitals > 0.35 * len(words) and bool(_PLACE.search(text))


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
        self.closed |= goes_on and block.text.rstrip()[-1:] in ".!?"
        return goes_on

    def holds(self, block: Block) -> bool:
        """Tell whether a block of text can be of a named abstract: the first one, or in the size of the first."""
        return self.named and (not self.words or abs(block.size - self.size) < 0.02 * self.size)

    def over(self, block: Block, page: int, usual: Measure) -> bool:
        """Tell whether a block of text comes after the abstract, and take it in where it does not."""
        if self.words >= _MIN_WORDS and self._differs(block, page, usual):
            return True
        if not self.words:
            self.size, self.width, self.page = block.size, block.right - block.left, page
        self.words += len(block.text.split())
        self.closed = block.text.rstrip()[-1:] in ".!?"
        return False

    def _differs(self, block: Block, page: int, usual: Measure) -> bool:
        if self.words > _MAX_WORDS or (page > self.page and self.closed):
            return True
        as_body = abs(block.size - usual.size) < 0.03 * usual.size
        if as_body and abs(block.size - self.size) > 0.03 * self.size:
            return True
        wide = len(block.lines) > 2 and abs(block.right - block.left - self.width) > 0.12 * self.width
        return self.closed and as_body and wide
