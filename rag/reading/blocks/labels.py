"""Say what each block of a paper is, and under which headings it stands.

Not handled here: what makes a heading (`headings`), a table (`tables`), a running head (`furniture`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from rag.language import STOPS
from rag.papers import Label
from rag.reading.blocks.block_parts import is_equation, is_marked, is_prose, is_small, parts_of
from rag.reading.blocks.first_page import (
    ABSTRACT,
    FRONT_NOTE,
    STRUCTURED,
    Extent,
    begins_notice,
    begins_part,
    closed_up,
    is_keywords,
    is_notice,
    lists_people,
    names_person,
    titles,
)
from rag.reading.blocks.furniture import furniture, is_stamp
from rag.reading.blocks.headings import Heading, find_heading, heads_run_in, is_roman, part_named, plain
from rag.reading.blocks.layout import Measure
from rag.reading.sheet import Block, Style
from rag.reading.tables.grid import gather_tables, is_one_row

_REFERENCES = re.compile(
    r"^\W*(?:\d+\.?|[IVX]+\.|[A-Z]\.)?\s*(?:references|bibliography|literature cited|references and notes)\W*$", re.I
)
_ACKNOWLEDGEMENTS = re.compile(
    r"^\W*(?:\d+\.?|[IVX]+\.)?\s*(?:acknowledge?ments?|author contributions|funding|competing interests|"
    r"conflicts? of interest|data availability)\b",
    re.I,
)
_APPENDIX = re.compile(r"^\W*(?:appendix|appendices|supplementa(?:ry|l)|[A-Z]\s+appendix)\b", re.I)
_FIRST_REFERENCE = re.compile(r"^\[1\]\s|^1\.\s+[A-Z]\.|^\(1\)\s")
_SECTION = re.compile(r"(?:\d|[IVX]{1,4})\.?\s+\S")
_ENDS = frozenset(f".!?:;){STOPS}")
_Look = tuple[Style, float]  # of a line: font and size
_TEXT = ("abstract", "body", "appendix", "footnote")
_CONTENTS = re.compile(r"^\W*(?:table of )?contents\W*$", re.I)
_ENTRY = re.compile(r"\S.*?[\s.]\d{1,3}$")  # of a table of contents: a title and its page
_STEP = re.compile(r"^(?:\d{1,2}:|Require:|Ensure:|Input:|Output:|Data:|Result:)")


def label_blocks(
    pages: Sequence[tuple[Sequence[Block], float]], usual: Measure, outline: Mapping[str, int]
) -> list[list[Block]]:
    """Return the blocks of all pages (with the pages' heights) with labels and heading paths."""
    margins = furniture(pages, usual)
    every = [block for blocks, _ in pages for block in blocks]
    walk = _Walk(usual, outline, is_roman(every), section_styles(every, usual))
    labelled = []
    for index, (blocks, height) in enumerate(pages):
        marked = [
            block.told("furniture") if (index, number) in margins else block for number, block in enumerate(blocks)
        ]
        parts = [part for block in marked for part in parts_of(block, usual, height, first=index == 0)]
        settled = gather_tables(parts, [is_settled(block, usual) for block in parts], usual)
        labelled.append(join_formulas(walk.page(settled, index, height)))
    if walk.found_text:
        return labelled
    return [[all_body(block, usual) for block in blocks] for blocks in labelled]


def all_body(block: Block, usual: Measure) -> Block:
    """Take text for body where no abstract and no heading tells the parts of a paper, as in a letter of one page."""
    text = block.label == "front" and is_prose(block, usual) and not lists_people(block)
    return block.told("body") if text else block


def is_settled(block: Block, usual: Measure) -> bool:
    """Tell what is no cell of a table: furniture, captions, text, and numbered titles as large as text."""
    if block.label in ("furniture", "caption") or (is_prose(block, usual) and not is_one_row(block)):
        return True
    heading = find_heading(block, usual, {}, followed=False, roman=False)
    return heading is not None and block.lines[0].size > 0.95 * usual.size


def section_styles(blocks: Iterable[Block], usual: Measure) -> frozenset[_Look]:
    """Return the fonts and sizes of the headings "1 ...", "2 ..." of a paper."""
    found = [block for block in blocks if _SECTION.match(block.text) and len(block.lines) == 1]
    headings = [block for block in found if find_heading(block, usual, {}, followed=True, roman=False)]
    return frozenset((block.lines[0].words[-1].style, round(block.size, 1)) for block in headings)


class _Walk:
    """Walk through a paper's blocks in order and remember where in the paper we are."""

    def __init__(self, usual: Measure, outline: Mapping[str, int], roman: bool, styles: Set[_Look]) -> None:
        self.usual, self.outline, self.roman, self.styles = usual, outline, roman, styles
        self.part: Label = "front"
        self.path: list[tuple[int, str]] = []
        self.note: Block | None = None  # the footnote that ended just now
        self.cut_note: Block | None = None  # the last footnote, if that breaks off
        self.found_text = False
        self.open = False  # the last text broke off within a sentence
        self.contents = False  # the last block was of the table of contents
        self.abstract: Extent | None = None  # set when the abstract has begun
        self.unnamed: tuple[Label, list[tuple[int, str]]] | None = None  # where a list without a heading began

    def page(self, blocks: Sequence[Block], index: int, height: float) -> list[Block]:
        """Return a page's blocks with their labels; pages come in order."""
        title = titles(blocks, [is_prose(block, self.usual) for block in blocks], self.usual) if index == 0 else ()
        if (
            index == 1
            and self.part in ("front", "abstract")
            and not any("abstract" in name.lower() for _, name in self.path)
        ):
            self.part = "body"
        found: list[Block] = []
        following = following_text(blocks)
        for number, block in enumerate(blocks):
            if number in title:
                lines = tuple([closed_up(line) for line in block.lines])
                found.append(replace(block, lines=lines, label="title", judged={}))
            elif block.label == "furniture":
                found.append(block)
            else:
                rest = map(blocks.__getitem__, range(number + 1, len(blocks)))
                found.append(self.label(block, following[number], rest, index, height))
        self.found_text |= any(block.label in ("abstract", "body", "appendix") for block in found)
        return found

    def label(self, block: Block, following: Block | None, rest: Iterable[Block], page: int, height: float) -> Block:
        """Label a block; `following` is the next one that may be text, `rest` all that come after on the page."""
        if block.label == "caption":
            return self.put(block, "caption")
        if block.label == "table" and self.part != "references":
            return self.put(block, "table" if self.part != "front" else "front")
        if page == 0 and is_stamp(block.text) and len(block.lines) == 1:
            return self.put(block, "furniture")
        self.contents = self.lists_contents(block)
        if self.contents:
            return block.told("other")
        heading = self.heading(block, following)
        if heading:
            return self.enter(block, heading, first=page == 0)
        if (
            self.part in ("body", "acknowledgements", "appendix")
            and page > 0
            and _FIRST_REFERENCE.match(block.text)
            and re.search(r"\b(?:19|20)\d\d\b", block.text)
        ):
            self.unnamed = self.part, self.path
            self.part, self.path = "references", [(1, "References")]
        if self.is_note(block, rest, page, height):
            notice = page == 0 and (FRONT_NOTE.search(block.text) or is_notice(block.text))
            return self.put(block, "front" if notice else "footnote")
        if self.part in ("references", "acknowledgements"):
            return self.put(block, self.part)
        if self.part in ("front", "abstract"):
            return self.put(block, self.front(block, page))
        return self.put(block, self.flowing(block))

    def lists_contents(self, block: Block) -> bool:
        """Tell the name of a table of contents, and what comes under it: titles that end in the numbers of pages."""
        if _CONTENTS.match(block.lines[0].text):
            return True
        entries = sum(_ENTRY.fullmatch(line.text.strip()) is not None for line in block.lines)
        return self.contents and 2 * entries >= len(block.lines)

    def flowing(self, block: Block) -> Label:
        """Label what stands among the body's text: steps of algorithms, text, formulas, last words, anything else."""
        if sum(bool(_STEP.match(line.text)) for line in block.lines) >= max(1, 0.4 * len(block.lines)):
            return "other"
        if is_prose(block, self.usual):
            return self.part if self.part != "front" else "body"
        if is_equation(block.text) and 0.6 * self.usual.size < block.size < 1.3 * self.usual.size:
            return "equation"
        words = block.text.split()
        near = abs(block.size - self.usual.size) < 0.04 * self.usual.size
        rest = self.open and block.text.rstrip().endswith((".", "?", "!"))  # the last word of a paragraph
        if near and any(abs(block.left - left) < 2 for left in self.usual.lefts) and (len(words) > 2 or rest):
            return self.part if self.part != "front" else "body"
        return "other"

    def front(self, block: Block, page: int) -> Label:
        """Label what stands before the body: an abstract begins with its name, or as the first longer text."""
        prose = is_prose(block, self.usual)
        if page > 0 and not (prose and self.abstract):
            return self.flowing(block)
        if is_keywords(block.text) or (self.path and is_keywords(f"{self.path[-1][1]}: {block.text}")):
            return "abstract"
        told = prose and self.part == "abstract" and self.abstract is not None and self.abstract.holds(block)
        if begins_notice(block.text) if told else is_notice(block.text):
            return "front"
        if not prose:
            return (
                "abstract" if self.part == "abstract" and self.abstract and self.abstract.continues(block) else "front"
            )
        if self.part == "front":
            named = heads_run_in(block.text) == "abstract"  # "摘要：", which no blank sets apart from its text
            if not named and (len(block.text) <= 300 or len(block.lines) <= 3):
                return "front"
            self.part = "body" if self.abstract else "abstract"
            self.abstract = self.abstract or Extent(named=named)
        self.abstract = self.abstract or Extent()
        if self.part == "abstract" and self.abstract.named and block.size < 0.85 * self.abstract.size:
            return "other"  # words in a figure
        if self.part == "abstract" and self.abstract.over(block, page, self.usual):
            self.part = "body"
        return self.part

    def put(self, block: Block, label: Label) -> Block:
        """Return a block with its label, under the headings of the moment."""
        if label in _TEXT and lists_people(block):
            label = "front"
        if label in ("abstract", "body", "appendix"):
            self.open = block.text.rstrip()[-1:] not in _ENDS
        return block.told(label, tuple([name for _, name in self.path]))

    def heading(self, block: Block, following: Block | None) -> Heading | None:
        """Return what heading a block is at this place; among references, hardly anything is one."""
        if block.label == "heading":  # runs into its paragraph
            if ABSTRACT.match(block.text) or part_named(block.text) == "abstract":
                return Heading(1)
            if self.part in ("front", "references"):
                return None
            return Heading(
                1 + max((level for level, _ in self.path if level < 8), default=0) if self.part != "abstract" else 1
            )
        followed = following is not None and is_prose(following, self.usual)
        heading = find_heading(block, self.usual, self.outline, followed, self.roman)
        if not heading:
            return None
        named = ABSTRACT.match(block.text) or re.search(r"introduction\W*$", block.text, re.I)
        inside = heading.number or self.path or plain(block.text) in self.outline
        if self.part == "front" and not (named or begins_part(block.text) or inside or self.is_set_as_section(block)):
            return None
        if self.part == "references" and re.search(r"\b(?:19|20)\d\d\b", block.text):
            return None
        if self.part == "references" and not (
            _APPENDIX.match(block.text) or heading.number or block.size > 1.06 * self.usual.size
        ):
            return None
        return heading

    def is_set_as_section(self, block: Block) -> bool:
        """Tell a line between title and first section that is set as the headings of sections are, and is no name."""
        style = block.lines[0].words[-1].style, round(block.size, 1)
        return style in self.styles and not names_person(block.text)

    def enter(self, block: Block, heading: Heading, first: bool) -> Block:
        """Go to the part of the paper that a heading opens; `first` tells that it stands on page 1."""
        text = block.text.strip()
        run_in = block.label == "heading"
        if self.part == "references" and self.unnamed and heading.number[:1].isdigit():
            self.part, self.path = self.unnamed  # sections go on: that list was none of references
        level = 9 if run_in and heading.level > 1 else heading.level
        self.path = [(other, name) for other, name in self.path if other < level]
        self.path.append((level, re.sub(r"\s*[.:—–]+$", "", text) if run_in else text))
        part = part_named(text)
        if _REFERENCES.match(text) or part == "references":
            self.part, self.path, self.unnamed = "references", [(1, text)], None
        elif _ACKNOWLEDGEMENTS.match(text) or part == "acknowledgements":
            self.part = "acknowledgements"
        elif self.begins_abstract(text, first):
            self.part, self.abstract = "abstract", Extent(named=True)
        elif self.part == "abstract" and STRUCTURED.match(text) and not heading.number:
            pass
        elif self.part in ("front", "abstract") and is_keywords(f"{text}:"):
            self.part = "front"
        elif _APPENDIX.match(text) or part == "appendix" or self.part in ("references", "appendix"):
            self.part = "appendix"
        else:
            self.part = "body"
        return block.told("heading", tuple([name for _, name in self.path]), heading.level)

    def begins_abstract(self, heading: str, first: bool) -> bool:
        """Tell the heading of the paper's first abstract, whatever it is called."""
        named = ABSTRACT.match(heading) or part_named(heading) == "abstract"
        return bool(named) and not self.abstract and (first or self.part == "front" or not self.found_text)

    def is_note(self, block: Block, rest: Iterable[Block], page: int, height: float) -> bool:
        """Tell a footnote: small text in the lower half, with a mark, after another one, or under all other text."""
        before, self.note = self.note, None
        if not is_small(block, self.usual) or block.top < 0.5 * height or len(block.text) < 4:
            return False
        if not re.search(r"[^\W\d_]{2}", block.text):
            return False
        goes_on = before is not None and (is_prose(block, self.usual) or touches(before, block))
        if is_marked(block.lines[0]) or goes_on or self.unmarked_note(block, rest, page):
            self.note = block
            self.cut_note = block if block.text.rstrip()[-1:] not in ".!?" else None
        return self.note is not None

    def unmarked_note(self, block: Block, rest: Iterable[Block], page: int) -> bool:
        """Tell small text under all other text of its column: thanks, or a note that goes on from the page before.

        "keeper was asked in spring." at the foot of a page, after "1 The" at that of the page before: two papers in
        thirty break notes so, and without this the text above breaks off too.
        """
        cut = self.cut_note
        goes_on = cut is not None and block.page == cut.page + 1 and abs(block.size - cut.size) < 0.02 * cut.size
        stray = self.part == "body" and (self.open or page == 0) and is_prose(block, self.usual)
        if not (goes_on or stray) or self.part in ("references", "acknowledgements"):
            return False
        if any(word.size > 0.95 * self.usual.size for line in block.lines for word in line.words):
            return False  # text of the usual size, most of it in small capitals
        return not any(
            other.top > block.bottom - 1 and other.left < block.right and other.right > block.left
            for other in rest
            if other.label != "furniture" and not is_small(other, self.usual)
        )


def following_text(blocks: Sequence[Block]) -> list[Block | None]:
    """Return for each block the first one after it that may be text."""
    found: list[Block | None] = []
    after: Block | None = None
    for block in reversed(blocks):
        found.append(after)
        after = block if block.label == "body" else after
    return found[::-1]


def touches(note: Block, block: Block) -> bool:
    """Tell whether a block follows a note that breaks off, no further below it than a line."""
    near = -0.5 * note.size < block.top - note.bottom < 0.6 * note.size and abs(block.left - note.left) < 2 * note.size
    return near and note.text.rstrip()[-1:] not in ".!?"


def join_formulas(blocks: Sequence[Block]) -> list[Block]:
    """Join the pieces of one displayed formula: "y =" and "a + b" above "c", which overlap or nearly touch."""
    found: list[Block] = []
    for block in blocks:
        last = found[-1] if found else None
        if last and "equation" in (last.label, block.label) and {last.label, block.label} <= {"equation", "other"}:
            near = 12 if last.label == block.label else 1
            if block.top < last.bottom + near and block.bottom > last.top - near:
                found[-1] = replace(last, lines=last.lines + block.lines, label="equation", judged={})
                continue
        found.append(block)
    return found
