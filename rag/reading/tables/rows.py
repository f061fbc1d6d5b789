"""Make citable sentences of table rows: of those whose numbers nobody can take for another's, with caption and header.

A row's text is printed in one line under the header's. So it needs one cell in every column, in the order in which it
is printed, and a name over each of its numbers. Everything else is left out. Not handled here: where columns are
(`grid`), what names rows and columns (`headers`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from rag.language import boundaries
from rag.papers import Flag, Sentence, Span, text_at
from rag.reading.blocks.furniture import is_turned
from rag.reading.sheet import UNKNOWN, Block
from rag.reading.tables.grid import NUMBER, Mark, Piece, Row, grid_of, is_nothing, is_number
from rag.reading.tables.headers import Header, counts_up, header_of, labels_of
from rag.reading.text.clean_text import Written
from rag.reading.text.paragraphs import Chain

_ASIDE = re.compile(r"\([^)]*\)|[·×±]\s?\S+")  # 1.0 · 1020 is one number, and so is 6.43 (of 50)
_NOTE = re.compile(r"^(?:[*∗†‡§¶]|Notes?\b)|[.;]$")  # what is said below a table heads no group
_TRUSTED = 0.4  # of the rows with numbers have to be good, else the columns are not understood
_SET_OFF = 1.15  # times the next distance of lines: a rule or a gap stands above a line that heads a group
_CLOSE = 0.85  # of the usual distance of lines: what is nearer to a row than rows are is a part of it
_GROUP_ENDS = 1.3  # times the usual distance: a rule between two rows
_FLUSH = 0.5  # of a font size: how far the edges of lines of one cell lie apart
_INDENT = 2.0  # font sizes: names that begin further in lack their beginning, which stands beside several rows
_ALIKE = 0.7  # of the names end, or have their middle, at one place: they are not set flush left
_NAME = re.compile(r"^(?:Supplementary )?(?:Table|TABLE|Tab\.?)\s*[A-Z]?\.?[\dIVX]+")
_WORD = re.compile(r"\S+")
_MAX_CAPTION = 300  # characters: a longer first sentence is left out of its rows
_NEAR = 4.0  # font sizes: further away a caption is another table's
_BESIDE = 3.0  # of a font size: how far left of a table its labels stand
_TOLD = 8  # tables named in one line
_ROW: tuple[Flag, ...] = ("row",)

Words = tuple[Mark, ...]
_Found = tuple[tuple[Words | str, ...], Words, Row]  # what names the row, what heads its group, the row

# --- which rows can be cited -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Hold the words of a table's header, and each row that can be trusted with the words of what heads its group.

    `seen` are these rows and others like them that lack a cell, which can be shown in columns, but not cited as text.
    `names` are what stands over each column, of which `stubs` hold labels of several rows; `numeric` counts all rows
    with numbers.
    """

    header: Words = ()
    rows: tuple[tuple[Words, Row], ...] = ()
    seen: tuple[tuple[Words, Row], ...] = ()
    names: tuple[str, ...] = ()
    stubs: int = 0
    numeric: int = 0


def table_of(block: Block) -> Table:
    """Return the header and the numeric rows of a table that can be trusted; an unclear table has none."""
    grid = grid_of(block)
    header = header_of(grid, block.size)
    if header is None or are_side_by_side(grid.rows[header.rows :], header.names):
        return Table()
    body = _Body(grid.rows[header.rows :], header, grid.stubs, block.size, grid.columns[1][0])
    found = list(body.trusted())
    numeric = sum(row.numeric for row in body.rows)
    if len(found) < max(2, _TRUSTED * numeric):
        return Table()
    holed = [item for item in replace(body, holes=True).trusted() if not all(item[1].cells[grid.stubs :])]
    seen = tuple(sorted([*found, *holed], key=lambda item: item[1].base))
    return Table(header.words, tuple(found), seen, header.whole, grid.stubs, numeric)


def are_side_by_side(rows: Sequence[Row], names: Sequence[str]) -> bool:
    """Tell two tables beside each other: after numbers, the first name again or a column of names that all differ.

    "Lamp  Error  Lamp  Error" is one; so is "Lamp  Error  Wick" over "Arc  0.85  Oil", "Tube  0.41  Wax", ...
    """
    numbers = False
    for name, *cells in zip(names, *[row.cells for row in rows if row.full], strict=True):
        words = [cell for cell in cells if not _is_value(cell)]
        if numbers and ((name and name == names[0]) or (len(words) > 2 and len(set(words)) == len(cells))):
            return True
        numbers |= not words
    return False


@dataclass(frozen=True, slots=True)
class _Body:
    """Hold the rows below a header, and tell which of them can be trusted.

    `stubs` counts the columns whose labels stand beside several rows; `values` is where the second column begins. With
    `holes`, a row may lack cells.
    """

    rows: Sequence[Row]
    header: Header
    stubs: int
    size: float
    values: float
    holes: bool = False

    def trusted(self) -> Iterator[tuple[Words, Row]]:
        """Yield the rows that can be trusted, each with the words of what heads its group.

        Rows of one name in one group are told apart by something that is not there.
        """
        found = list(self.beside_labels() if self.stubs else self.in_groups())
        names = Counter(name for name, _, _ in found)
        yield from ((group, row) for name, group, row in found if names[name] == 1)

    def beside_labels(self) -> Iterator[_Found]:
        """Yield the good rows of a table with labels beside several rows, each parted from its labels.

        What is neither a row nor a label of rows ends the table.
        """
        rows = list(takewhile(self.is_labelled, self.rows))
        labels = labels_of(rows, self.stubs, self.size)
        for at, row in enumerate(rows):
            if at in labels and row.numeric and self.is_good(row):
                marks = tuple([mark for cell in row.held[self.stubs :] for mark in cell])
                first, *others = row.cells[self.stubs :]
                words = [cell for cell in others if not _is_value(cell)]
                yield (labels[at].text, first, *words), labels[at].marks, replace(row, marks=marks)

    def is_labelled(self, row: Row) -> bool:
        """Tell a row, or a line that holds labels of rows and perhaps marks: "Day", "Wick  ✗  -"."""
        if row.numeric:
            return not self.is_header(row)
        cells = row.cells[self.stubs :]
        return not row.across and (not any(cells) or _says_nothing(cells))

    def in_groups(self) -> Iterator[_Found]:
        """Yield the good rows below lines that head groups.

        A line in the middle heads what follows, and so does one at the left that a gap sets off; else it could be a
        part of a name, and neither the row before it nor any after it is trusted. Nor is what follows another header or
        a gap that may end a group. Groups whose lines stand below them are none.
        """
        group: Words = ()
        found: list[_Found] = []
        steps = sorted(below.base - above.base for above, below in pairwise(self.rows))
        pitch = steps[len(steps) // 2] if steps else 0.0
        whole = self.rows_with_whole_names()
        for at, row in enumerate(self.rows):
            wide = at > 0 and row.base - self.rows[at - 1].base > _GROUP_ENDS * pitch
            if row.numeric:
                if self.is_header(row) or (wide and group and self.rows[at - 1].numeric):
                    break
                if self.is_good(row) and row in whole and not self.runs_on(at, pitch):
                    first, *others = row.cells
                    if is_number(first):  # bare numbers are named by the whole ones that they begin with
                        others = list(takewhile(lambda cell: cell.rstrip("%").isdecimal(), others))
                    else:
                        others = [cell for cell in others if not _is_value(cell)]
                    found.append(((group, first, *others), group, row))
            elif self.heads_group(at, pitch):
                if at + 1 == len(self.rows):
                    return
                group = row.marks
            elif row.across or not _says_nothing(row.cells):
                break
        yield from found

    def is_header(self, row: Row) -> bool:
        """Tell another header: it repeats the first name, or counts up as a header does."""
        again = bool(row.cells[0]) and row.cells[0] == self.header.names[0]
        return again or counts_up([row.cells, *(other.cells for other in self.rows if other is not row)])

    def is_good(self, row: Row) -> bool:
        """Tell a full row with one value a cell; without a name over them, its first cells are no numbers."""
        label, *cells = row.cells[self.stubs :]
        lone = all(sum(map(_is_value, _ASIDE.sub(" ", cell).split())) < 2 for cell in cells)
        whole = all(cells) or (self.holes and any(cells) and self.is_under_names(row))
        full = bool(label) and whole and row.in_order and not row.across
        return full and lone and (self.header.named or bool(self.stubs) or not NUMBER.match(label))

    def is_under_names(self, row: Row) -> bool:
        """Tell whether each cell stands under its column's name, or the cells of full rows below that."""
        edges = [(part.left, part.right) for part in row.parts]
        return all(
            sum(left < right_edge and right > left_edge for left_edge, right_edge in self.header.edges) == 1
            for left, right in edges
        )

    def heads_group(self, at: int, pitch: float) -> bool:
        """Tell a line that heads a group: in the middle, or at the left with a gap above and none below."""
        row = self.rows[at]
        if len(row.parts) != 1 or _NOTE.search(row.parts[0].text) or (at == 0 and self.is_in_header(row.parts[0])):
            return False
        if not row.cells[0] or row.parts[0].right > self.values:
            return True
        above = row.base - (self.rows[at - 1].base if at else self.header.base)
        below = self.rows[at + 1].base - row.base if at + 1 < len(self.rows) else pitch
        return above > _SET_OFF * below and below > _CLOSE * pitch

    def is_in_header(self, part: Piece) -> bool:
        """Tell the rest of one column's name, below the header's other names: it is set flush with it or centred."""
        over = [(left, right) for left, right in self.header.edges if part.left < right and part.right > left]
        if len(over) != 1 or over[0] == self.header.edges[0]:
            return False
        left, right = part.left - over[0][0], part.right - over[0][1]
        return min(abs(left), abs(right), 0.5 * abs(left + right)) < _FLUSH * self.size

    def rows_with_whole_names(self) -> Sequence[Row]:
        """Return the rows whose names begin where names begin."""
        named = [row for row in self.rows if row.numeric and row.cells[0]]
        for edges in ([row.label[1] for row in named], [sum(row.label) / 2 for row in named]):
            alike = [sum(abs(edge - other) < 0.3 * self.size for other in edges) for edge in edges]
            if max(alike, default=0) >= _ALIKE * len(named):
                return self.rows
        left = min((row.label[0] for row in named), default=0.0)
        return [row for row in self.rows if not row.cells[0] or row.label[0] - left < _INDENT * self.size]

    def runs_on(self, at: int, pitch: float) -> bool:
        """Tell a row whose name or numbers seem to go on in the line below."""
        if at + 1 == len(self.rows):
            return False
        below = self.rows[at + 1]
        if below.numeric:
            return not below.cells[0] and not below.full
        return len(below.parts) == 1 and not self.heads_group(at + 1, pitch)


def _says_nothing(cells: Sequence[str]) -> bool:
    """Tell a row of marks and dashes, which has no number to cite."""
    return all(cells) and not any(char.isalnum() or char in "()%" for cell in cells[1:] for char in cell)


def _is_value(word: str) -> bool:
    return is_number(word) or is_nothing(word)


# --- rows as sentences -------------------------------------------------------------------------------------


def table_rows(
    chain: Chain, blocks: Sequence[Sequence[Block]], written: Sequence[Written], paragraph: int, number: int
) -> tuple[list[Sentence], list[str]]:
    """Return a table's rows as sentences, counted from `number`, and its name and page when they cannot be read."""
    ((index, at),) = chain.members
    block, page = blocks[index][at], written[index]
    captions, table = trusted_table(blocks[index], at)
    if not table.rows:
        names = [_NAME.match(blocks[index][caption].text) for caption in captions[:1]]
        return [], [f"{name[0]} (page {index + 1})" for name in names if name]
    lead: list[Span] = []
    for caption in captions:
        start, end = page.places[caption]
        left, right = boundaries(page.page.text[start:end])[0]
        lead += [Span(index + 1, start + left, start + right)] if right - left <= _MAX_CAPTION else []
    places = word_places(page, at, block)
    pages = [part.page for part in written]
    found: list[Sentence] = []
    for group, row in table.rows:
        parts = [_joined([places[mark] for mark in marks]) for marks in (table.header, group, row.marks)]
        spans = (*lead, *(Span(index + 1, start, end) for part in parts for start, end in part))
        text = text_at(pages, spans)
        flags: tuple[Flag, ...] = (*_ROW, "unreadable") if UNKNOWN in text else _ROW
        found.append(Sentence(number + len(found), text, spans, "table", chain.section, paragraph, flags))
    return found, []


def trusted_table(blocks: Sequence[Block], at: int) -> tuple[list[int], Table]:
    """Return the captions of a page's table and what of it can be trusted; two tables side by side have no rows."""
    captions = captions_of(blocks, at)
    if len(captions) < 2 and not is_beside_turned(blocks, blocks[at]):
        return captions, table_of(blocks[at])
    return captions, Table()


def unread(names: Sequence[str]) -> list[str]:
    """Say in one line which tables cannot be read."""
    names = list(dict.fromkeys(names))
    if len(names) < 2:
        return [f"{name}: columns cannot be told apart" for name in names]
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return [f"{len(names)} tables whose columns cannot be told apart: {', '.join(names[:_TOLD])}{more}"]


def captions_of(blocks: Sequence[Block], table: int) -> list[int]:
    """Return the caption nearest to a table on its page, and those that stand beside that one, over the table too."""
    block = blocks[table]
    away = {
        index: max(other.top - block.bottom, block.top - other.bottom)
        for index, other in enumerate(blocks)
        if other.label == "caption"
        and _NAME.match(other.text)
        and other.left < block.right
        and other.right > block.left
    }
    near = [index for index in away if away[index] < _NEAR * block.lines[0].size]
    if not near:
        return []
    nearest = min(near, key=lambda index: away[index])
    top, bottom = blocks[nearest].top, blocks[nearest].bottom
    level = [other for other in near if top < blocks[other].bottom and blocks[other].top < bottom]
    return [nearest, *(other for other in level if other != nearest)]


def is_beside_turned(blocks: Sequence[Block], table: Block) -> bool:
    """Tell a label that runs upwards beside some rows: what it says of them is not on their lines."""
    left = table.left - _BESIDE * table.size
    return any(
        is_turned(other) and left < other.right < table.right and table.top < other.bottom < table.bottom + table.size
        for other in blocks
        if other.label == "other"
    )


def word_places(page: Written, at: int, block: Block) -> dict[Mark, tuple[int, int]]:
    """Return where each word of a table stands on its page; of a line written in other words, where that does."""
    found: dict[Mark, tuple[int, int]] = {}
    for number, (line, (start, end)) in enumerate(zip(block.lines, page.lines[at], strict=True)):
        words = [(start + match.start(), start + match.end()) for match in _WORD.finditer(page.page.text[start:end])]
        count = len(line.text.split())
        found.update({(number, own): words[own] if len(words) == count else (start, end) for own in range(count)})
    return found


def _joined(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches of text in which words follow each other."""
    runs: list[tuple[int, int]] = []
    for start, end in places:
        if runs and runs[-1][0] <= start <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(runs[-1][1], end))
        else:
            runs.append((start, end))
    return runs
