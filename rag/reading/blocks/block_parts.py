"""Judge what a block is by its words alone, and cut it where it consists of several things.

A caption and cells, a run-in heading and text, several footnotes may come as one block. Not handled here: where in the
paper a block stands (`labels`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.language import (
    STOPS,
    UNSTOPPED,
    is_beyond_latin,
    language_of,
    letter_runs,
    long_words,
    main_script,
    opens_other_script,
    reads_foreign,
    script_of,
    small_words,
    word_set,
)
from rag.reading.blocks.first_page import ABSTRACT
from rag.reading.blocks.headings import NUMBER, heads_run_in, looks_like_title, part_named
from rag.reading.blocks.layout import Measure, part_of
from rag.reading.sheet import Block, Line, Word
from rag.reading.tables.grid import CAPTION

_NOTE = re.compile(r"^(?:[∗*†‡§¶♯♠♦‖⋆]|\d{1,2}(?=\D))")
_MATH = re.compile(r"[=+−<>≤≥∈∀∃∑∏∫√∂∇≈≡→←⇒↔∞·×÷±{}|^_\\/∼∝⊂⊆∪∩]|[\u0370-\u03ff]|[\U0001d400-\U0001d7ff]|\ufffd")
_KEYWORDS = re.compile(
    r"(?:key\s?words(?: and phrases)?|additional key words and phrases|index terms|pacs|msc|jel|ccs concepts)\b"
    r"(?: (?:numbers?|codes?|classification))?\s*(?:\(?\d{4}\)?)?\s*[:.—–]",
    re.I,
)
_LABEL_WORD = re.compile(r"^abstract[.:—–-]*$", re.I)
_THEOREM = re.compile(
    r"^(?:theorem|lemma|proposition|corollary|definition|remark|example|proof|claim|conjecture|observation|assumption|fact)\b",
    re.IGNORECASE,
)
_STEP = re.compile(r"^(?:inputs?|outputs?|require|ensure|data|results?)\s*:", re.IGNORECASE)  # of algorithms
_ENDS_RUN_IN = re.compile(r"[.:?!][\"”)]?$|[.:]?\s?[—–]$")
_WHOLE_CAPTION = re.compile(r"\w+\.?\s*[\dIVX]+[a-z]?\W+\w")  # a number, and what it names
_MIN_PAIRS = 30  # of characters: two lines of Thai; a title has fewer
_MAX_LABELS = 12  # lines: a figure with more words has a block of its own
_TEXT_WORDS = word_set("text_words")
_STOPS = frozenset(f".!?:”»…{STOPS}")


def is_prose(block: Block, usual: Measure) -> bool:
    """Tell whether a block reads as text: sentences, not labels, cells or formulas. A block remembers what it was."""
    known = block.judged.get(usual)
    if known is None:
        known = block.judged[usual] = reads_as_text(block, usual)
    return known


def reads_as_text(block: Block, usual: Measure) -> bool:
    """Tell text by its small words, long texts without them by their shape, short ones by where they stand too.

    "We light the lamps of the harbour." is text; "lamps water", "Ada Writer, Bo Author" and "x = 7.2" are not.
    """
    size, text = block.size, block.text
    if not 0.7 * usual.size < size < 1.25 * usual.size:
        return False
    words = [word for line in block.lines for word in letter_runs(line.text)]
    if not words:
        return False
    if is_beyond_latin(text) and main_script(text) not in ("latin", ""):
        return reads_as_other_script(block, words, usual)
    common = sum(map(_TEXT_WORDS.__contains__, words))
    compact = len("".join(text.split()))
    lengths = list(map(len, words))
    letters = sum(lengths) - lengths.count(1)
    if len(words) >= 8:
        if common >= 0.12 * len(words) and letters > 0.55 * compact:
            return True
        if names_throughout(text):
            return False
        if letters > 0.65 * compact and reads_foreign(text):
            return True
        return wide_lines(block) >= 3 and abs(size - usual.size) < 0.05 * usual.size and letters > 0.65 * compact
    at_edge = any(abs(block.left - left) < 0.4 * usual.size for left in usual.lefts)
    return common >= 1 and letters > 0.5 * compact and (at_edge or block.text.rstrip().endswith((".", ":")))


def reads_as_other_script(block: Block, words: Sequence[str], usual: Measure) -> bool:
    """Tell text in another script than Latin: letters throughout, and a stop, small words, or three whole lines.

    "Мы зажигаем фонари." is text; "А. Фонарь, Б. Мост" and "误差 时间" are not.
    """
    text = block.text
    compact = [char for char in text if not char.isspace()]
    if len(compact) - sum(map(is_sign, compact)) <= 0.5 * len(compact) or names_throughout(text):
        return False
    if text.rstrip()[-1:] in _STOPS:
        return sum(len(word) > 1 for word in words) > 2
    if script_of(text.rstrip()[-1:] or " ") in UNSTOPPED:  # no stops, and small words are left out of pairs
        return len(words) >= _MIN_PAIRS
    small = sum(map(small_words(language_of(text)).__contains__, words))
    return len(words) >= 8 and (small >= 0.06 * len(words) or wide_lines(block) >= 3)


def is_sign(char: str) -> bool:
    """Tell what is no letter and belongs to none."""
    return unicodedata.category(char)[0] not in "LM"


def wide_lines(block: Block) -> int:
    """Count the lines that take most of a block's width."""
    return sum(line.right - line.left > 0.7 * (block.right - block.left) for line in block.lines)


def names_throughout(text: str) -> bool:
    """Tell a list of people and places by its initials and capitals: "A. Lamp and B. C. Pier, Harbour Town"."""
    words = text.split()
    initials = sum(bool(re.match(r"(?:[A-ZА-Я]\.-?)+", word)) for word in words)
    capitals = sum(word[:1].isupper() or word[:1].isdecimal() for word in words)
    return initials > 0.2 * len(words) or capitals > 0.7 * len(words)


def is_small(block: Block, usual: Measure) -> bool:
    """Tell whether a block is set smaller than the body."""
    return block.size < 0.93 * usual.size


def is_equation(text: str) -> bool:
    """Tell a displayed formula by few words and signs of mathematics: "E = mc2 + O(v4), (7)"."""
    words = re.findall(r"[A-Za-z]{4,}", text) if main_script(text) in ("latin", "") else long_words(text)
    compact = len("".join(text.split()))
    return len(text) < 500 and 2.2 * sum(map(len, words)) < compact and bool(_MATH.search(text) or compact < 4)


def is_marked(line: Line) -> bool:
    """Tell a line that begins with a footnote's mark: a sign, a raised figure, or one that its font draws raised.

    "∗ Equal contribution", "1The keeper was asked." with the 1 smaller and higher, or of another font and touching.
    """
    first = line.words[0]
    if not _NOTE.match(line.text):
        return False
    if not line.text[0].isdecimal():
        return True
    if len(line.words) < 2:
        return False
    if first.size < 0.9 * line.size and first.base < line.base - 0.1 * line.size:
        return True
    following = line.words[1]
    letter = line.text[first.end - first.start : first.end - first.start + 1].isalpha()
    return letter and following.glued and first.style.font != following.style.font and not following.style.math


def parts_of(block: Block, usual: Measure, height: float, first: bool) -> Iterator[Block]:
    """Yield the parts of a block; `first` tells that it stands on page 1."""
    if block.label == "furniture":
        yield block
    elif CAPTION.match(block.text):
        yield from _caption_parts(block)
    elif is_small(block, usual) and block.top > 0.5 * height and is_marked(block.lines[0]):
        marked = [number for number, line in enumerate(block.lines) if number and is_marked(line)]
        for start, end in pairwise([0, *marked, len(block.lines)]):
            yield _some(block, start, end)
    elif start := inner_caption(block, usual):
        yield from parts_of(_some(block, 0, start), usual, height, first)
        yield from _caption_parts(_some(block, start))
    elif first and (ends := split_keywords(block)):
        yield from parts_of(ends[0], usual, height, first)
        yield ends[1]
    else:
        halves = (first and split_abstract(block)) or split_run_in(block, usual)
        if halves and is_prose(halves[1], usual):
            yield halves[0].told("heading")
            yield halves[1]
        else:
            yield block


def _some(block: Block, start: int, end: int | None = None) -> Block:
    """Return some lines of a block as a block."""
    return replace(block, lines=block.lines[start:end], judged={})


def inner_caption(block: Block, usual: Measure) -> int:
    """Return at which line of a block a caption begins that follows the words of its figure, 0 for none.

    2 in a block of three lines, "lamps water", "encoder decoder", "Figure 1. The lamps of the pier.".
    """
    for number, line in enumerate(block.lines[:_MAX_LABELS]):
        if number and line.text[0] in "FTAS" and _WHOLE_CAPTION.match(line.text) and CAPTION.match(line.text):
            above = _some(block, 0, number)
            return 0 if is_prose(above, usual) or above.text.rstrip()[-1:] in ",;(" else number
    return 0


def _caption_parts(block: Block) -> Iterator[Block]:
    """Yield a caption, and apart from it the cells that follow: where two lines stand on one height, it is over."""
    for number, (above, line) in enumerate(pairwise(block.lines), 1):
        if abs(line.base - above.base) < 0.3 * line.size:
            first = max(1, number - 1)
            yield _some(block, 0, first).told("caption")
            yield _some(block, first)
            return
    yield block.told("caption")


def split_abstract(block: Block) -> tuple[Block, Block] | None:
    """Cut the word "Abstract" from a text that it runs into ("Abstract— We light ..."), or stands close above.

    So set in the classes of the American Astronomical Society, of the Société mathématique de France and others.
    """
    if not (ABSTRACT.match(block.text) or heads_run_in(block.text) == "abstract") or len(block.text) < 60:
        return None
    first = block.lines[0]
    if len(block.lines) > 1 and is_label("".join(first.text.split())):
        return _some(block, 0, 1), _some(block, 1)
    for count in range(1, min(9, len(first.words))):  # pieces that spell the word, with its stop or dash
        text = "".join(part_of(first, 0, count).text.split())
        if is_label(text) and not re.match(r"[.:—–-]+$", part_of(first, count, count + 1).text):
            tail = part_of(first, count, len(first.words)).text
            opens = re.match(r"[—–-]?\s*[\"“(\[]?[A-Z0-9À-ÞΑ-Ω$]", tail) or opens_other_script(tail)
            return _cut(block, count) if opens else None
    return None


def is_label(text: str) -> bool:
    """Tell the name of an abstract, in any language, with its stop or dash and without blanks: "Synopsis."."""
    return _LABEL_WORD.match(text) is not None or (text[-1:] in ".:—–-：" and part_named(text) == "abstract")


def _cut(block: Block, count: int) -> tuple[Block, Block]:
    """Cut a block after some words of its first line."""
    first = block.lines[0]
    head, tail = part_of(first, 0, count), part_of(first, count, len(first.words))
    return replace(block, lines=(head,), judged={}), replace(block, lines=(tail, *block.lines[1:]), judged={})


def split_keywords(block: Block) -> tuple[Block, Block] | None:
    """Cut "Keywords: lamp, pier" off from the abstract that it follows without a distance.

    So set in Elsevier's class, that of the Proceedings of Machine Learning Research, and others.
    """
    for number, line in enumerate(block.lines):
        if number and _KEYWORDS.match(line.text) and block.lines[number - 1].text.rstrip()[-1:] in ".!?)":
            return _some(block, 0, number), _some(block, number)
    return None


def split_run_in(block: Block, usual: Measure) -> tuple[Block, Block] | None:
    """Cut a heading that runs into its paragraph ("Residual Dropout We apply ...") from the text."""
    first = block.lines[0]
    count = _leading(first.words)
    if first.size < 0.85 * usual.size or count > 12:
        return None
    if not count:
        return split_line(block) if capitals_apart(block) else None
    if count == len(first.words):
        return split_line(block)
    head, tail = first.words[:count], first.words[count:]
    text, following = part_of(first, 0, count).text, part_of(first, count, len(first.words)).text
    apart = tail[0].left - head[-1].right > 0.7 * first.size
    if _THEOREM.match(text) or _STEP.match(text) or not heads_paragraph(text, following, head[0].style.bold, apart):
        return None
    return _cut(block, count)


def _leading(words: Sequence[Word]) -> int:
    """Count the words in the first word's bold or italic style."""
    style = words[0].style
    if not (style.bold or style.italic) or style.math:
        return 0
    count = 0
    for word in words:
        same = word.style.bold if style.bold else word.style.italic
        if not same and (word.end - word.start > 1 or not word.glued):
            break
        count += 1
    return count


def capitals_apart(block: Block) -> bool:
    """Tell a short first line in capitals, in a font that the lines below do not have: "2 LAMPS AND WATER"."""
    first, rest = block.lines[0], block.lines[1:]
    if not rest or not first.text.isupper() or first.right - first.left > 0.7 * (block.right - block.left):
        return False
    fonts = {word.style.font for word in first.words}
    return not any(word.style.font in fonts for line in rest for word in line.words)


def split_line(block: Block) -> tuple[Block, Block] | None:
    """Cut off a numbered title that stands on its own line close above its text, in italics or capitals.

    "2.1. Lamps and Water" in italics, whatever the text below says.
    """
    first, rest = block.lines[0], block.lines[1:]
    match = NUMBER.match(first.text)
    if not rest or not match or not (match["stop"] or first.text.isupper()) or not looks_like_title(match["title"]):
        return None
    if first.text.rstrip()[-1:] in ".,;:" or rest[0].base - first.base < 0.5 * first.size or _leading(rest[0].words):
        return None
    return _some(block, 0, 1), _some(block, 1)


def heads_paragraph(text: str, following: str, bold: bool, apart: bool) -> bool:
    """Tell whether words set apart at the start of a paragraph are its heading and not mere stress.

    "Residual Dropout" in bold before "We apply" is one, "not" in italics before "all lamps" is stress.
    """
    if len(re.findall(r"[^\W\d_]", text)) < 3 or not re.match(r"[\"“(]?[A-Z0-9]", text):
        return False
    ends = bool(_ENDS_RUN_IN.search(text)) or following[:1] in ("—", "–", ":")
    if bold:
        return ends or (bool(re.match(r"[\"“(]?[A-Z]", following)) and (apart or len(text.split()) > 1))
    return ends and not text.endswith(":") and len(text.split()) <= 8
