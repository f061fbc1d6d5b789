"""Judge what a block is by its words alone: text, a formula, a note with its mark.

Not handled here: where in the paper the block stands (`labels`).
"""

from __future__ import annotations

import re

from rag.language import letter_runs
from rag.reading.blocks.layout import Measure
from rag.reading.sheet import Block, Line

_NOTE = re.compile(r"^(?:[∗*†‡§¶♯♠♦‖⋆]|\d{1,2}(?=\D))")
_MATH = re.compile(r"[=+−<>≤≥∈∀∃∑∏∫√∂∇≈≡→←⇒↔∞·×÷±{}|^_\\/∼∝⊂⊆∪∩]|[\u0370-\u03ff]|[\U0001d400-\U0001d7ff]|\ufffd")
STOPWORDS = frozenset(
    "a about after all also an and are as at be been both but by can does each for from had has have if in into is it "
    "its may more most not of on one only or other our such than that the their then there these they this those to "
    "two under using was we were when where which while will with within would".split()
)


def is_prose(block: Block, usual: Measure) -> bool:
    """Tell whether a block reads as text: sentences, not labels, cells or formulas."""
    known = block.judged.get(usual)
    if known is None:
        known = block.judged[usual] = _reads_as_text(block, usual)
    return known


def _reads_as_text(block: Block, usual: Measure) -> bool:
    size = block.size
    if not 0.7 * usual.size < size < 1.25 * usual.size:
        return False
    words = [word for line in block.lines for word in letter_runs(line.text)]
    if not words:
        return False
    common = sum(map(STOPWORDS.__contains__, words))
    compact = len("".join(block.text.split()))
    lengths = list(map(len, words))
    letters = sum(lengths) - lengths.count(1)
    if len(words) >= 8:
        if common >= 0.12 * len(words) and letters > 0.55 * compact:
            return True
        if _names(block.text):
            return False
        wide = sum(line.right - line.left > 0.7 * (block.right - block.left) for line in block.lines)
        return wide >= 3 and abs(size - usual.size) < 0.05 * usual.size and letters > 0.65 * compact
    at_edge = any(abs(block.left - left) < 0.4 * usual.size for left in usual.lefts)
    return common >= 1 and letters > 0.5 * compact and (at_edge or block.text.rstrip().endswith((".", ":")))


def _names(text: str) -> bool:
    """Tell a list of people and places: initials and capitals throughout."""
    words = text.split()
    initials = sum(bool(re.match(r"(?:[A-Z]\.-?)+", word)) for word in words)
    capitals = sum(word[:1].isupper() or word[:1].isdecimal() for word in words)
    return initials > 0.2 * len(words) or capitals > 0.7 * len(words)


def is_small(block: Block, usual: Measure) -> bool:
    """Tell whether a block is set smaller than the body."""
    return block.size < 0.93 * usual.size


def is_equation(text: str) -> bool:
    """Tell a displayed formula: few words, signs of mathematics."""
    words = re.findall(r"[A-Za-z]{4,}", text)
    compact = len("".join(text.split()))
    return len(text) < 500 and 2.2 * sum(map(len, words)) < compact and bool(_MATH.search(text) or compact < 4)


def is_marked(line: Line) -> bool:
    """Tell a line that begins with a footnote's mark."""
    first = line.words[0]
    if not _NOTE.match(line.text):
        return False
    if not line.text[0].isdecimal():
        return True
    if len(line.words) < 2:
        return False
    raised = first.size < 0.9 * line.size and first.base < line.base - 0.1 * line.size
    return raised or _superior(line)


def _superior(line: Line) -> bool:
    """Tell a first figure that its font draws raised, at the size and height of the word that it touches."""
    first, following = line.words[:2]
    letter = line.text[first.end - first.start : first.end - first.start + 1].isalpha()
    return letter and following.glued and first.style.font != following.style.font and not following.style.math
