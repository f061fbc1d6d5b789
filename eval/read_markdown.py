"""Read an answer in Markdown that any system wrote: sentences, the marks they bear, and what the marks lead to.

Understood: every form of mark in `marks` and of list in `entries`, quotes between quotation marks of any language or
set off as blocks, sentences of any script. A mark that leads nowhere stays a citation, of nothing; no number is ever
taken modulo or clipped. What could not be read is told in the exhibit.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from . import works
from .cases import Case
from .entries import Entries, entry_by_entry
from .exhibits import Cite, Exhibit, Part, Statement
from .foreign_markup import as_markdown
from .library import Library
from .markdown_blocks import Block, read_blocks
from .marks import Mark, read_marks
from .quotation_marks import quotations
from .quoted_marks import answers_own, bare, cited, quoted, without_the_papers_own
from .quotes import normal
from .running_text import Run
from .sentences import heading_states, own_words, pieces, sentences, states_nothing, tidied
from .shelf import Shelf
from .targets import Sources, addresses

SHOWN = 200  # characters of an unread part that are shown
_LISTS = re.compile(r"\b(?:papers?|tools?|links?|further reading|resources|code|repositor\w+)\b", re.IGNORECASE)
_GAPS = re.compile(r"^what the papers do not say|^gaps?\b|^limitations? of (?:this|the) answer", re.IGNORECASE)
_REFUSES = re.compile(
    r"\b(?:no answer\b|cannot (?:be )?answer|can not (?:be )?answer|(?:unable|not able) to answer|"
    r"(?:papers?|sources?|documents?|context|evidence) (?:provided |given |allowed )?(?:do|does) not (?:seem to )?"
    r"(?:contain|provide|address|answer|cover|speak of|mention|discuss|state)|no(?:thing| sentence| passage) was found|"
    r"no (?:allowed |given |provided )?(?:papers?|sources?|documents?) (?:mentions?|states?|answers?|covers?)|"
    r"(?:papers?|sources?|documents?) [^.]{0,40}\bsay nothing (?:of|about|on)|"
    r"(?:insufficient|not enough) (?:information|evidence))", re.IGNORECASE,
)  # fmt: skip
_REFUSAL_KIND = re.compile(r"\((?P<kind>not_in_allowed_papers|unreadable|paper_not_allowed)\)")
_NOTICE = re.compile(r"\s*(?:Note:|\[!(?!quote|cite)\w+\])", re.IGNORECASE)
_CALLOUT = re.compile(r"\s*\[!(?:quote|cite)\][+-]?[^\n]*\n?", re.IGNORECASE)  # and the title behind it
_ATTRIBUTED = re.compile(r"\s*(?:—|–|--|― )\s*\S.{0,200}$")
_ATTRIBUTION = re.compile(r"\n\s*(?:—|–|--|-)\s*\S[^\n]{0,200}$")  # below a quotation: whom it is from
_WORD = re.compile(r"[^\W\d_]{2,}")


def read_markdown(text: str, case: Case, library: Library | None = None) -> Exhibit:
    """Return an answer in Markdown as an exhibit.

    The library tells the names of papers, and whose a mark within a quotation is: the answer's or the quoted paper's.
    """
    text = as_markdown(re.sub(r"\r\n?|[\v\f\u2028\u2029]", "\n", text))
    document = read_blocks(text)
    reader = _Reader(Sources(Shelf(case, library)), document.unread)
    rows = [list(row) for _, row in groupby(document.blocks, key=lambda block: block.group or id(block))]
    body = [row for row in rows if not reader.take_entries(row)]  # all entries before the first mark is looked up
    reader.mark_with_footnotes(body)
    for at, row in enumerate(body):
        if row:
            reader.read(row, body[at + 1] if at + 1 < len(body) else [])
    refusing = not reader.statements and any(_REFUSES.search(aside) for _, aside in reader.asides)
    given = _REFUSAL_KIND.search(text)
    references = reader.entries.references
    if text.strip() and not (reader.statements or reader.asides or references or reader.unread):
        reader.unread.append(text.strip())
    return Exhibit(
        form="markdown",
        status="refused" if refusing else "answered",
        statements=tuple(reader.statements),
        parts=tuple(Part(title, kind, told, cited) for title, kind, told, cited in reader.parts),
        references=tuple(references),
        asides=tuple(reader.asides),
        aside_cites=tuple(reader.aside_cites),
        refusal=given["kind"] if refusing and given else "",
        unread=tuple((f"unread {number}", part[:SHOWN]) for number, part in enumerate(reader.unread)),
    )


class _Reader:
    """Gather what an answer states, lists and says around it."""

    def __init__(self, sources: Sources, unread: list[str]) -> None:
        self.sources, self.unread = sources, unread
        self.entries = Entries(sources)
        self.statements: list[Statement] = []
        self.parts: list[tuple[str, str, int, int]] = []
        self.asides: list[tuple[str, str]] = []
        self.aside_cites: list[Cite] = []
        self.footnotes = False
        self.lead: list[Mark] = []  # the marks of the last sentence, where it leads to a quotation

    # --- entries ------------------------------------------------------------------------------------------------

    def take_entries(self, row: list[Block]) -> bool:
        """Take what defines references out of a block, a row or a quotation's paragraphs; tell whether it was all."""
        if row[0].kind in ("cell", "head") and self.entries.take_row(row):
            return True
        row[:] = [
            piece for block in row for piece in entry_by_entry(block, self.sources) if not self.entries.take(piece)
        ]
        return not row

    def mark_with_footnotes(self, body: Sequence[Sequence[Block]]) -> None:
        """Settle whether the answer marks with footnotes alone: its entries are footnotes, and each of them is used."""
        marked = " ".join(block.run.text for row in body for block in row)
        names = self.sources.entries.keys() - self.entries.to_copy
        self.footnotes = bool(names) and self.entries.footnotes and all(f"[^{name}]" in marked for name in names)

    # --- blocks -------------------------------------------------------------------------------------------------

    def read(self, blocks: Sequence[Block], following: list[Block]) -> None:
        """Read a block, the paragraphs of one quotation, or the cells of one row."""
        block, run = blocks[0], blocks[0].run
        title = block.title.lower()
        if block.kind == "quote" and not _NOTICE.match(run.text):
            self._quotation(blocks, following)
        elif block.kind != "heading" and (
            block.kind == "quote" or title == "coverage" or re.match(r"\s*Writer \S+; ", run.text)
        ):
            for part in blocks:
                self._aside(part.run.text.strip())
        elif block.kind in ("cell", "head"):
            self._row(blocks)
        else:
            for part in blocks:
                self._block(part, title)

    def _block(self, block: Block, title: str) -> None:
        if block.kind in ("code", "heading"):
            self._heading_or_code(block)
        elif title == "not shown" and block.kind == "item" and re.match(r"\s*“.*” \(\w+", block.run.text):
            return  # an answer's own list of claims that it withheld
        elif _LISTS.search(title) and not _GAPS.search(title) and block.kind == "item" and self._lists(block.run):
            self._part(block.title, "papers", 0, 0)
        else:
            self._prose(block.title, block.run)

    def _row(self, cells: Sequence[Block]) -> None:
        """Read the cells of a row: a mark that has a cell to itself is that of the cells without any."""
        alone = {id(cell): marks for cell in cells if (marks := self._marks_alone(cell.run))}
        lent = [mark for marks in alone.values() for mark in marks]
        takers = [cell for cell in cells if id(cell) not in alone and _WORD.search(cell.run.text)]
        borrowing = [cell for cell in takers if not self._marks(cell.run)] if lent else []
        for cell in cells:
            if cell.kind == "head":
                self._heading_or_code(cell)
            elif _is_link(cell.run) and self._lists(cell.run):
                continue  # the head of a row: a work's title that leads to it
            elif id(cell) not in alone or not borrowing:
                self._prose(cell.title, cell.run, lent if cell in borrowing else ())

    def _lists(self, run: Run) -> bool:
        return addresses(run) != [] and self.entries.list_work(run)

    def _aside(self, text: str) -> None:
        if text:
            self.asides.append((f"note {len(self.asides)}", text))

    def _heading_or_code(self, block: Block) -> None:
        """Read what is no prose for ids and links; a heading that states something is a sentence as well."""
        ids = (match[0] for match in works.ARXIV_ID.finditer(block.run.text) if works.is_id(match))
        self._aside(" ".join(dict.fromkeys((*ids, *addresses(block.run)))))
        if block.kind == "heading" and heading_states(block.run.text):
            asked = normal(" ".join((self.sources.shelf.case.question, *self.sources.shelf.case.sections)))
            if normal(block.run.text) not in asked and not self.sources.shelf.titled(block.run.text):
                self._prose(block.title, block.run)

    def _quotation(self, blocks: Sequence[Block], following: list[Block]) -> None:
        """Read what is set off as a quotation: its marks, else those below it or of its lead-in, cite it all."""
        blocks = [*map(_without_callout, blocks)]
        runs = [_without_attribution(block.run) for block in blocks]
        every = [self._marks(block.run) for block in blocks]
        below = self._marks_alone(following[0].run) if following and not any(every) and not self.lead else []
        if below:
            following.clear()  # it only says whom the quotation is from
        for number, (block, end) in enumerate(zip(blocks, runs, strict=True)):
            text, place = block.run.text, (0, end)
            inside = [mark for mark in every[number] if mark.start < end]
            later = next((marks for marks in every[number + 1 :] if marks), [])
            near = [*every[number][len(inside) :], *later, *(self.lead or below)]
            near += next((marks for marks in reversed(every[:number]) if marks), [])
            own = answers_own(text, place, inside, near, self.sources)
            for low, high, marks in _by_paper(own, end):
                if _WORD.search(quote := bare(text, (low, high), own)):
                    self._state(block.title, quote, marks or near, [(0, quote)])
        self.lead = []

    # --- sentences ----------------------------------------------------------------------------------------------

    def _marks(self, run: Run) -> list[Mark]:
        return read_marks(run, self.sources, self.footnotes)

    def _marks_alone(self, run: Run) -> list[Mark]:
        """Return the marks of a text that holds nothing else, but perhaps a dash and a name."""
        marks = self._marks(run)
        rest = own_words(run.text, (0, len(run.text)), marks)
        return marks if _ATTRIBUTED.match(run.text) or not _WORD.search(rest) else []

    def _prose(self, title: str, run: Run, lent: Sequence[Mark] = ()) -> None:
        text, shelf = run.text, self.sources.shelf
        places = [(low, high) for low, high in quotations(text) if not shelf.by_title(text[low:high])]
        marks = without_the_papers_own(text, places, self._marks(run), self.sources)
        starts = [mark.start for mark in marks]
        told = sentences(text, marks, places)
        for (low, high), (after, _) in zip(told, [*told[1:], (len(text), 0)], strict=True):
            own = marks[bisect_left(starts, low) : bisect_left(starts, after)]
            quotes = quoted(text, places, (low, high), own)
            for start, end in pieces(text, low, high):
                there = own[bisect_left(starts, start) - bisect_left(starts, low) :]
                there = there[: bisect_left(there, end if end < high else after, key=lambda mark: mark.start)]
                words = own_words(text, (start, end), there)
                inside = [quote for quote in quotes if start <= quote[0] < end]
                self._state(title, words, there or own[-1:] or lent, inside)
            self.lead = own if words.endswith((":", "：")) else []

    def _state(self, title: str, text: str, marks: Sequence[Mark], quotes: Sequence[tuple[int, str]]) -> None:
        """Take a sentence: as a statement, or as an aside where it states nothing."""
        place = f"sentence {len(self.statements) + 1}"
        cites = cited(marks, quotes, place)
        if _GAPS.search(title) or (not cites and (states_nothing(text) or _refuses(text) or self._is_a_name(text))):
            said = text
            for _, quote in quotes if cites else ():  # looked up as a quote, which may name works
                said = said.replace(tidied(quote), "…")
            self.asides.append((place, said))
            self.aside_cites.extend(cites)
        else:
            self._part(title, "prose", 1, int(bool(cites)))
            self.statements.append(Statement(place, title, text, cites))

    def _is_a_name(self, text: str) -> bool:
        """Tell whether a text is an allowed paper's name or title and nothing else, as at the head of a row."""
        named = (name for paper in self.sources.shelf.papers for name in (paper.model, paper.model.partition(":")[0]))
        return normal(text) in {normal(name) for name in named if name}

    def _part(self, title: str, kind: str, statements: int, cited: int) -> None:
        if not self.parts or self.parts[-1][0] != title:
            self.parts.append((title, kind, 0, 0))
        _, kind, told, before = self.parts[-1]
        self.parts[-1] = (title, kind, told + statements, before + cited)


def _by_paper(marks: Sequence[Mark], end: int) -> list[tuple[int, int, Sequence[Mark]]]:
    """Return a quotation with its marks: whole, or up to each mark where they lead to several papers."""
    if len({target.paper for mark in marks for target in mark.targets}) < 2:
        return [(0, end, marks)]
    starts = [0, *(mark.end for mark in marks[:-1])]
    return [(low, high, [mark]) for low, high, mark in zip(starts, [*starts[1:], end], marks, strict=True)]


def _without_callout(block: Block) -> Block:
    """Return a quotation without the sign and the title of a callout: `[!quote] Somebody`."""
    head = _CALLOUT.match(block.run.text)
    return replace(block, run=block.run.part(head.end(), len(block.run.text))) if head else block


def _without_attribution(run: Run) -> int:
    """Return where a quotation ends, before a line that says whom it is from."""
    if _ATTRIBUTED.match(run.text):
        return 0
    found = _ATTRIBUTION.search(run.text)
    return found.start() if found else len(run.text)


def _is_link(run: Run) -> bool:
    """Tell whether a text is one link and nothing else."""
    return len(run.links) == 1 and run.text.strip() == run.text[run.links[0].start : run.links[0].end].strip() != ""


def _refuses(text: str) -> bool:
    """Tell whether a sentence only says that the sources do not carry the answer: no figure in it, and no `but`."""
    text = re.sub(r"^The \d+ allowed papers\b", "The allowed papers", re.sub(r"“[^”]{1,60}”", "", text))
    if re.search(r"\d|\b(?:but|however|although|nevertheless|generally|in general)\b", text, re.IGNORECASE):
        return bool(re.match(r"No answer \(", text))
    return bool(_REFUSES.search(text) or re.match(r"Nowhere found: ", text))
