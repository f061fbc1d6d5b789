"""Make tables as blocks of placed words, and random ones of many styles whose truth is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from rag.reading.sheet import Block, Line, Style, Word
from rag.reading.tables.grid import Mark, by_height
from rag.reading.tables.rows import table_of

COLUMNS = (50, 150, 220, 290)
LETTER, BLANK, PITCH = 5.0, 2.5, 12.0
_PLAIN = Style("", False, False, False, False)
_ROWS = "Arc Tube Neon Bulb Wick Oil Flare Lamp Torch Ember Spark Glow Beam Ray Candle Match".split()
_LABELS = "Harbour Pier Quay Dock Wharf Jetty Basin Canal".split()
_NAMES = "Top-1 Top-5 FLOPs Params mAP AP Acc Time Error PSNR SSIM BLEU".split()
_GROUPS = "Day Night Dusk Dawn Noon Winter".split()

Cell = tuple[float, str]  # its left edge, its words


def line(cells: Iterable[Cell], base: float) -> Line:
    """Return a line of words, five points a letter, two and a half a blank."""
    cells = list(cells)
    words, at = [], 0
    for left, cell in cells:
        for word in cell.split():
            words.append(Word(at, at + len(word), left, left + LETTER * len(word), base, 10, _PLAIN, False, False))
            left += LETTER * len(word) + BLANK
            at += len(word) + 1
    text = " ".join(cell for _, cell in cells)
    return Line(tuple(words), words[0].left, words[-1].right, base - 8, base + 2, base, 10, text, len(text))


def table(*rows: Sequence[str | Cell], gaps: Mapping[int, float] | None = None) -> Block:
    """Return a table; a cell stands in its column, or where it says; `gaps` are added above rows."""
    lines, base = [], 100.0
    for number, row in enumerate(rows):
        base += PITCH + (gaps or {}).get(number, 0.0)
        placed = [
            (float(COLUMNS[column]), cell) if isinstance(cell, str) else cell for column, cell in enumerate(row) if cell
        ]
        lines.append(line(placed, base))
    return Block(1, tuple(lines), "table")


def drawn(text: str) -> Block:
    """Return a table as it is drawn: a line a row, `|` between cells, `@205` before a cell at that left edge.

    `^6` at the beginning of a line is a gap of six points above it.
    """
    rows: list[list[str | Cell]] = []
    gaps: dict[int, float] = {}
    for number, row in enumerate(text.strip("\n").splitlines()):
        if row.startswith("^"):
            gap, _, row = row.partition(" ")
            gaps[number] = float(gap[1:])
        cells = [cell.strip() for cell in row.split("|")]
        rows.append([_placed(cell) if cell.startswith("@") else cell for cell in cells])
    return table(*rows, gaps=gaps)


def _placed(cell: str) -> Cell:
    left, words = cell[1:].split(maxsplit=1)
    return float(left), words


def printed(block: Block) -> tuple[str, list[str]]:
    """Return a table's header and the rows that can be cited, each after what heads its group."""
    found = table_of(block)
    parts = [[words(block, marks) for marks in (group, row.marks)] for group, row in found.rows]
    return words(block, found.header), [" / ".join(filter(None, part)) for part in parts]


def seen(block: Block) -> list[str]:
    """Return the rows that can be shown in columns, with dots for the cells that they lack."""
    found = table_of(block)
    return [
        " ".join([*([words(block, group)] if group else []), *(cell or "·" for cell in row.cells[found.stubs :])])
        for group, row in found.seen
    ]


def parted(block: Block) -> Block:
    """Return a table with each word as a line of its own, as pages have cells far apart."""
    lines: list[Line] = []
    for row in block.lines:
        lines += [line([(word.left, text)], row.base) for word, text in zip(row.words, row.text.split(), strict=True)]
    return Block(block.page, tuple(lines), block.label)


def words(block: Block, marks: Sequence[Mark]) -> str:
    """Return the words that marks stand for."""
    return " ".join(block.lines[number].text.split()[at] for number, at in marks)


@dataclass
class Made:
    """Hold a table's cells as (baseline, left edge, words), its header's true text, and that of each row."""

    header: str = ""
    rows: list[str] = field(default_factory=list)
    holed: list[str] = field(default_factory=list)  # likewise of rows that lack cells, with dots for these
    cells: list[tuple[float, float, str]] = field(default_factory=list)

    def block(self) -> Block:
        """Return the table with each cell as a line of its own."""
        lines = [line([(left, text)], base) for base, left, text in self.cells]
        return Block(1, tuple([one for row in by_height(lines) for one in row]), "table")


def any_table(rng: Random) -> Made:
    """Return a table of some style: labels beside several rows, groups of columns, names of several lines, holes."""
    made, count = Made(), rng.randint(2, 6)
    runs = [rng.randint(1, 4) for _ in range(rng.randint(2, 4))]
    labels = rng.choice(["none", "each", "first", "middle"])
    style = rng.choice(["plain", "groups", "centred"])
    names = [[name] for name in rng.sample(_NAMES, count)]
    if style == "centred":
        for name in names:
            name += rng.choice([[], ["(%)"], ["of", "lamps"]])
    values = [[f"{rng.uniform(0, 100):.{rng.randint(0, 2)}f}" for _ in range(count)] for _ in range(sum(runs))]
    columns = list(_edges(250.0, count, rng.choice([10.0, 18.0, 30.0])))
    base = 100.0
    if style == "groups":
        _add_groups(made, rng, names, columns, base)
        base += PITCH
    first = ["Model"] if labels == "none" else rng.choice([["Set", "Model"], ["Model"]])
    made.header = " ".join([*first, *(word for name in names for word in name)])
    height = max(map(len, names)) if style == "centred" else 1
    lefts = [50.0, 150.0] if len(first) > 1 else [150.0]
    made.cells += [(base + 0.5 * PITCH * (height - 1), left, name) for left, name in zip(lefts, first, strict=True)]
    for name, (left, right) in zip(names, columns, strict=True):
        own = name[-1:] if style == "groups" else name
        top = base + 0.5 * PITCH * (height - len(own))
        made.cells += [(top + PITCH * at, _middle(left, right, text), text) for at, text in enumerate(own)]
    _add_rows(made, rng, runs, labels, values, columns, base + PITCH * height + 4)
    return made


def _edges(left: float, count: int, gap: float) -> Iterator[tuple[float, float]]:
    for number in range(count):
        yield left + number * (30 + gap), left + number * (30 + gap) + 30


def _middle(left: float, right: float, text: str) -> float:
    return 0.5 * (left + right - LETTER * len(text))


def _add_groups(
    made: Made, rng: Random, names: Sequence[list[str]], columns: Sequence[tuple[float, float]], base: float
) -> None:
    """Put a name over each of several runs of columns, which together are all."""
    cuts = sorted(rng.sample(range(1, len(names)), rng.randint(0, len(names) - 1)))
    for (first, after), group in zip(pairwise([0, *cuts, len(names)]), _GROUPS, strict=False):
        made.cells.append((base, _middle(columns[first][0], columns[after - 1][1], group), group))
        names[first].insert(0, group)


def _add_rows(
    made: Made,
    rng: Random,
    runs: Sequence[int],
    labels: str,
    values: Sequence[Sequence[str]],
    columns: Sequence[tuple[float, float]],
    base: float,
) -> None:
    """Add runs of rows; a label stands beside each row, the first or the middle of its run."""
    gap, number = rng.choice([0.0, 6.0]), 0
    all_names = rng.sample(_ROWS, len(_ROWS))
    for run, label in zip(runs, _LABELS, strict=False):
        heights = {"first": [base], "middle": [base + 0.5 * PITCH * (run - 1)]}
        for height in heights.get(labels, [base + PITCH * at for at in range(run if labels == "each" else 0)]):
            made.cells.append((height, 50.0, label))
        for name in all_names[number : number + run] if labels == "none" else rng.sample(_ROWS, run):
            cells = [value if rng.random() > 0.03 else "" for value in values[number]]
            made.cells.append((base, 150.0, name))
            made.cells += [(base, left, cell) for (left, _), cell in zip(columns, cells, strict=True) if cell]
            told = " ".join([*([label] if labels != "none" else []), name, *(cell or "·" for cell in cells)])
            (made.rows if all(cells) else made.holed).append(told)
            base += PITCH
            number += 1
        base += gap
