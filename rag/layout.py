"""Put a page's words into lines and lines into blocks, in reading order.

The order in which the page draws its text is kept where it makes sense (TeX draws column by column); geometry
decides what stands on one line and what belongs together. Not handled here: what a block is (`labels`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from rag.sheet import Block, Line, Sheet, Word

_RISE = 0.55  # of a font size: how far super- and subscripts leave the baseline
_GAP = 1.9  # of a font size: a wider gap starts a new column or table cell
_ASCENT, _DESCENT = 0.75, 0.22  # of a font size: where letters reach to


@dataclass(frozen=True, slots=True)
class Measure:
    """Hold what is usual in a paper: the size of its body text and the distance of its lines."""

    size: float
    pitch: float


def lines_of(sheet: Sheet, words: Sequence[Word] | None = None) -> list[Line]:
    """Return a page's lines; words far apart on one height make several lines."""
    rows: list[list[Word]] = []
    for word in sheet.words if words is None else words:
        if rows and _follows(rows[-1], word):
            rows[-1].append(word)
        elif not _resumed(rows, word):
            rows.append([word])
    return [_line(sheet, row) for row in rows]


def _follows(row: Sequence[Word], word: Word) -> bool:
    last = row[-1]
    size = max(last.size, word.size)
    gap = word.left - last.right
    if word.glued and abs(word.base - last.base) < size:
        return gap < _GAP * size
    anchor = row[0] if abs(row[0].base - word.base) < abs(last.base - word.base) else last
    return abs(anchor.base - word.base) < _RISE * size and -0.5 * size < gap < _GAP * size


def _resumed(rows: list[list[Word]], word: Word) -> bool:
    """Put a word back on a line that small pieces (fractions, limits) interrupted, with those pieces."""
    for back in range(2, min(8, len(rows)) + 1):
        row = rows[-back]
        last = row[-1]
        if abs(last.base - word.base) > 0.1 * last.size or not -0.1 < (word.left - last.right) / last.size < 6:
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


def _line(sheet: Sheet, words: Sequence[Word]) -> Line:
    size, base = _main(words)
    return Line(
        words=tuple(words),
        left=min(word.left for word in words),
        right=max(word.right for word in words),
        top=min(word.base - _ASCENT * word.size for word in words),
        bottom=max(word.base + _DESCENT * word.size for word in words),
        base=base,
        size=size,
        text=rough_text(sheet, words),
    )


def _main(words: Sequence[Word]) -> tuple[float, float]:
    """Return size and baseline of most letters."""
    if len(words) == 1:
        return words[0].size, words[0].base
    weight: Counter[tuple[float, float]] = Counter()
    for word in words:
        weight[round(word.size, 1), round(word.base, 1)] += word.end - word.start
    return weight.most_common(1)[0][0]


def rough_text(sheet: Sheet, words: Iterable[Word]) -> str:
    """Return words as they are, with blanks between those that are not glued."""
    parts: list[str] = []
    for word in words:
        if parts and not word.glued:
            parts.append(" ")
        parts.append(sheet.glyphs[word.start : word.end])
    return "".join(parts)


def measure(pages: Iterable[Sequence[Line]]) -> Measure:
    """Return the size of most letters of a paper and the usual distance of lines in that size."""
    weight: Counter[float] = Counter()
    steps: dict[float, list[float]] = {}
    for lines in pages:
        for line in lines:
            weight[round(line.size, 1)] += line.letters
        for above, below in zip(lines, lines[1:], strict=False):
            step = below.base - above.base
            if 0.9 * above.size < step < 2.2 * above.size and abs(above.size - below.size) < 0.3:
                steps.setdefault(round(below.size, 1), []).append(step)
    if not weight:
        return Measure(10.0, 12.0)
    size = weight.most_common(1)[0][0]
    return Measure(size, median(steps.get(size) or [1.2 * size]))


def blocks_of(number: int, lines: Sequence[Line], usual: Measure) -> list[Block]:
    """Return a page's blocks: runs of lines that follow each other in one column, size and distance."""
    runs: list[list[Line]] = []
    for line in lines:
        if runs and _belongs(runs[-1], line, usual):
            runs[-1].append(line)
        else:
            runs.append([line])
    return [Block(number, tuple(run)) for run in runs]


def _belongs(run: Sequence[Line], line: Line, usual: Measure) -> bool:
    last = run[-1]
    if abs(last.base - line.base) < 0.5 * max(last.size, line.size):  # cells of one row
        return True
    size = max(last.size, line.size)
    if abs(last.size - line.size) > 0.12 * size and min(len(last.text), len(line.text)) > 3:
        return False
    step = line.base - last.base
    if not 0 < step < max(1.32 * usual.pitch * line.size / usual.size, 1.25 * line.size):
        return False
    if _bold(last) != _bold(line):
        return False
    if line.left > run[0].right or line.right < min(other.left for other in run):
        return False
    return not _indented(run, line, size)


def _indented(run: Sequence[Line], line: Line, size: float) -> bool:
    """Tell a paragraph's first line: set in from the lines above while the line above ends early or with a stop."""
    last = run[-1]
    left = min(other.left for other in run)
    indent = line.left - left
    return 0.7 * size < indent < 4 * size and last.left - left < 0.4 * size and last.text.rstrip()[-1:] in ".:?!)"


def _bold(line: Line) -> bool:
    bold = sum(word.end - word.start for word in line.words if word.style.bold)
    return 2 * bold > line.letters
