"""Put a page's words into lines and lines into blocks, in reading order.

The order in which the page draws its text is kept where it makes sense (TeX draws column by column); geometry
decides what stands on one line and what belongs together. Not handled here: what a block is (`labels`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.language import STOPS, runs_leftwards
from rag.reading.sheet import Block, Line, Sheet, Word, new_tuple

_RISE = 0.55  # of a font size: how far super- and subscripts leave the baseline
_GAP = 1.9  # of a font size: a wider gap starts a new column or table cell
_ASCENT, _DESCENT = 0.75, 0.22  # of a font size: where letters reach to
_ENDS = frozenset(f'.:?!)”"]{STOPS}')
_BULLET = re.compile(r"^(?:[•‣◦▪■●○∙·*–—]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s")


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """Hold what is usual in a paper: size of body text, distance of lines, left edges, body fonts.

    Blocks remember what they were found to be by a measure: each is the same as itself alone, which is quick to tell.
    """

    size: float
    pitch: float
    lefts: tuple[float, ...] = ()
    fonts: frozenset[str] = frozenset()


def lines_of(sheet: Sheet, words: Sequence[Word] | None = None) -> list[Line]:
    """Return a page's lines; words far apart on one height make several lines."""
    rows: list[list[Word]] = []
    row: list[Word] = []
    end = height = letter = 0.0  # of the last word: its right edge, baseline and size
    leftwards = runs_leftwards(sheet.glyphs)
    for word in sheet.words if words is None else words:
        _, _, left, right, base, size, _, _, breaks = word
        gap = left - end
        if not breaks and row and base == height and size == letter and -0.5 * size <= gap < _GAP * size:
            row.append(word)  # most words: what the functions below would say too
        elif row and follows(row, word):
            row.append(close_up(row[-1], word))
        elif leftwards and row and precedes(row[-1], word):
            row.append(word)
        else:
            if not resume(rows, word):
                rows.append([word])
            row = rows[-1]
        end, height, letter = right, base, size
    return [line_of(sheet, row) for row in rows]


def close_up(last: Word, word: Word) -> Word:
    """Take out the blank before what touches the word before: "x" and a lowered "2", letters drawn one by one."""
    if word.glued or word.left - last.right > 0.12 * last.size:
        return word
    if word.size == last.size:
        letters = word.breaks and word.base == last.base and abs(word.left - last.right) < 0.03 * word.size
        return word._replace(glued=True) if letters else word
    if word.size < 0.9 * last.size and word.base != last.base:
        return word._replace(glued=True)
    return word


def follows(row: Sequence[Word], word: Word) -> bool:
    """Tell whether a word goes on with a row, raised or lowered as marks are: "lamps" after "the", not a cell."""
    last = row[-1]
    size = last.size if last.size > word.size else word.size
    gap = word.left - last.right
    if gap > _GAP * size:
        return False
    rise = abs(word.base - last.base)
    if word.glued and rise < size:
        return True
    if gap < (-1.3 if word.size < 0.9 * row[0].size and last.size < 0.9 * row[0].size else -0.5) * size:
        return False
    return rise < _RISE * size or abs(row[0].base - word.base) < _RISE * size


def precedes(last: Word, word: Word) -> bool:
    """Tell whether a word stands left of the last one, as the next one does in Arabic and Hebrew."""
    size = max(last.size, word.size)
    return abs(word.base - last.base) < _RISE * size and -0.5 * size < last.left - word.right < _GAP * size


def resume(rows: list[list[Word]], word: Word) -> bool:
    """Put a word back on a line that small pieces interrupted, with those pieces: "is" after the "½" of a formula."""
    left, height = word.left, word.base
    for back in range(2, min(8, len(rows)) + 1):
        row = rows[-back]
        _, _, _, right, base, size, _, _, _ = last = row[-1]
        if abs(base - height) > 0.1 * size or not -0.1 < (left - right) / size < 6:
            continue
        between = [piece for other in rows[-back + 1 :] for piece in other]
        if all(
            last.right - 0.5 * last.size <= piece.left
            and piece.right <= word.left + 0.5 * last.size
            and abs(piece.base - last.base) < 1.2 * last.size
            for piece in between
        ):
            row.extend([*between, word])
            del rows[-back + 1 :]
            return True
    return False


def line_of(sheet: Sheet, words: Sequence[Word]) -> Line:
    """Return words as a line in the size and on the height of most of their letters."""
    first, last = words[0], words[-1]
    starts, ends, lefts, rights, bases, sizes, _, _, _ = zip(*words, strict=True)
    size, base = sizes[0], bases[0]
    if sizes.count(size) == len(words) == bases.count(base):
        top, bottom = base - _ASCENT * size, base + _DESCENT * size
    else:
        weight: dict[tuple[float, float], int] = {}
        for start, end, letter, height in zip(starts, ends, sizes, bases, strict=True):
            weight[letter, height] = weight.get((letter, height), 0) + end - start
        size, base = max(weight, key=weight.__getitem__)
        top = min([height - _ASCENT * letter for height, letter in zip(bases, sizes, strict=True)])
        bottom = max([height + _DESCENT * letter for height, letter in zip(bases, sizes, strict=True)])
    text = sheet.glyphs[first.start : last.end]
    if not text or not text.isascii() or not text.isprintable() or "  " in text:  # more than words and blanks
        text = rough_text(sheet, words)
    letters = sum(ends) - sum(starts)
    return new_tuple(Line, (tuple(words), min(lefts), max(rights), top, bottom, base, size, text, letters))


def rough_text(sheet: Sheet, words: Iterable[Word]) -> str:
    """Return words as they are, with blanks between those that are not glued."""
    parts: list[str] = []
    for word in words:
        if parts and not word.glued:
            parts.append(" ")
        parts.append(sheet.glyphs[word.start : word.end])
    return "".join(parts)


def part_of(line: Line, first: int, last: int) -> Line:
    """Return some words of a line as a line."""
    words = line.words[first:last]
    return line._replace(
        words=words,
        text=line.text[text_offset(line, first) : text_offset(line, last)].strip(),
        left=min(word.left for word in words),
        right=max(word.right for word in words),
        letters=sum(word.end - word.start for word in words),
    )


def text_offset(line: Line, count: int) -> int:
    """Return where in a line's rough text the words after the first `count` end."""
    blanks = sum(not word.glued for word in line.words[1:count])
    return sum(word.end - word.start for word in line.words[:count]) + blanks


def measure(pages: Iterable[Sequence[Line]]) -> Measure:
    """Return the size of most letters of a paper, and the distance, edges and fonts of lines in that size."""
    lines = [line for page in pages for line in page]
    exact: Counter[float] = Counter()
    for line in lines:  # of a word, 0 and 1 are start and end: their names take twice the time
        exact[line.size] += sum([length for word in line.words if (length := word[1] - word[0]) > 2])
    weight: Counter[float] = Counter()
    for size, letters in exact.items():
        weight[round(size, 1)] += letters
    if not weight.total():
        return Measure(10.0, 12.0)
    size = weight.most_common(1)[0][0]
    usual = {other for other in exact if abs(other - size) < 0.3}
    steps = [
        below.base - above.base
        for above, below in pairwise(lines)
        if above.size in usual and below.size in usual and 0.9 * size < below.base - above.base < 2.2 * size
    ]
    lefts: Counter[int] = Counter()
    fonts: Counter[str] = Counter()
    for line in lines:
        if line.size in usual:
            lefts[round(line.left)] += line.letters
            fonts[line.words[0].style.font] += line.letters
    whole = sum(lefts.values())
    return Measure(
        size,
        median(steps) if steps else 1.2 * size,
        tuple(sorted(float(left) for left, letters in lefts.items() if letters > 0.02 * whole)),
        frozenset(font for font, letters in fonts.items() if letters > 0.03 * whole),
    )


def median(values: Sequence[float]) -> float:
    """Return the middle value; the standard library's own function costs each worker the import of `decimal`."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def blocks_of(number: int, lines: Sequence[Line], usual: Measure) -> list[Block]:
    """Return a page's blocks: runs of lines that follow each other in one column, size and distance."""
    runs: list[list[Line]] = []
    left = right = 0.0  # of the last run
    for line in lines:
        if runs and belongs(runs[-1], line, usual, left, right):
            runs[-1].append(line)
            left, right = min(left, line.left), max(right, line.right)
        else:
            runs.append([line])
            left, right = line.left, line.right
    return [Block(number, tuple(run)) for run in runs]


def belongs(run: Sequence[Line], line: Line, usual: Measure, left: float, right: float) -> bool:
    """Tell whether a line belongs to the block above it, which lies between two edges.

    "of the harbour." under "We light the lamps" does; "2 Method", larger, or "• a pier" under "• a lamp," do not.
    """
    last = run[-1]
    size = last.size if last.size > line.size else line.size
    if abs(last.base - line.base) < 0.5 * size:  # cells of one row
        return True
    if abs(last.size - line.size) > 0.12 * size and min(len(last.text), len(line.text)) > 3:
        return False
    step = line.base - last.base
    if not 0 < step < max(1.32 * usual.pitch * line.size / usual.size, 1.25 * line.size):
        return False
    if line.left > right or line.right < left or is_bold(last) != is_bold(line):
        return False
    if _BULLET.match(line.text) and (line.left - last.left < -0.5 * size or _BULLET.match(run[0].text)):
        return last.text.rstrip()[-1:] not in ".;:,?!)"
    return not begins_paragraph(run, line, left, size)


def begins_paragraph(run: Sequence[Line], line: Line, left: float, size: float) -> bool:
    """Tell a paragraph's first line: set in from the lines above, after a line that ends a sentence.

    "    The pier is dark." under "lamps of the harbour." does.
    """
    last = run[-1]
    if last.text.rstrip()[-1:] not in _ENDS:
        return False
    indent = line.left - left
    if len(run) == 1 and last.left - line.left > 0.7 * size:  # the line above is itself such a first line
        return False
    return 0.7 * size < indent < 4 * size and last.left - left < 0.4 * size


def is_bold(line: Line) -> bool:
    """Tell whether all words of a line are bold."""
    return line.words[0].style.bold and all(word.style.bold for word in line.words if word.end - word.start > 1)
