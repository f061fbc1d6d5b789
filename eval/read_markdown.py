"""Read an answer in Markdown that any system wrote: sentences, the marks they bear, and what the marks lead to.

Understood: numbered brackets and footnotes with a list of references, Markdown links, bare arXiv ids, DOIs and links,
quotes in quotation marks or set off as blocks. A mark that leads nowhere stays a citation, of nothing; no number is
ever taken modulo or clipped. What could not be read is told in the exhibit. Not handled: author-year citations with a
list (they are reported as outside works unless the entry leads to an allowed paper), scripts other than the Latin one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from . import works
from .cases import Case
from .exhibits import Cite, Exhibit, Listed, Part, Statement
from .markdown_blocks import Block, read_blocks
from .marks import MARK, Found, blank, cited, marks_of, quotations, quoted, targets, unelided
from .quotes import normal
from .running_text import Run
from .sentences import LINK, sentences
from .targets import Target, addresses, listed, resolve

MAX_MARK = 40  # characters of a link that stands as a mark behind a sentence
SHOWN = 200  # characters of an unread part that are shown
_SOURCES = re.compile(
    r"^\W*(?:\d+\.?\s*)?(?:references?|sources?|bibliography|citations?|works cited|footnotes?|literature)\b",
    re.IGNORECASE,
)
_LISTS = re.compile(r"\b(?:papers?|tools?|links?|further reading|resources|code|repositor\w+)\b", re.IGNORECASE)
_GAPS = re.compile(r"^what the papers do not say|^gaps?\b|^limitations? of (?:this|the) answer", re.IGNORECASE)
_ENTRY = re.compile(r"\s*\[(?P<name>\^?[\w-]{1,20})\](?P<colon>[:.)]?)\s+(?=\S)")
_REFUSES = re.compile(
    r"\b(?:no answer\b|cannot (?:be )?answer|can not (?:be )?answer|(?:unable|not able) to answer|"
    r"(?:papers?|sources?|documents?|context|evidence) (?:provided |given |allowed )?(?:do|does) not (?:contain"
    r"|provide|address|answer|cover|speak of|mention|discuss)|no(?:thing| sentence| passage) was found|"
    r"no (?:allowed |given |provided )?(?:papers?|sources?|documents?) (?:mentions?|states?|answers?|covers?)|"
    r"(?:papers?|sources?|documents?) [^.]{0,40}\bsay nothing (?:of|about|on)|"
    r"(?:insufficient|not enough) (?:information|evidence))", re.IGNORECASE,
)  # fmt: skip
_REFUSAL_KIND = re.compile(r"\((?P<kind>not_in_allowed_papers|unreadable|paper_not_allowed)\)")
_NOTICE = re.compile(r"\s*(?:Note:|\[!\w+\])")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN = re.compile(r"[A-Za-zªºÀ-ÖØ-öø-ʯḀ-ỿ]")


def read_markdown(text: str, case: Case) -> Exhibit:
    """Return an answer in Markdown as an exhibit."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    document = read_blocks(text)
    reader = _Reader(case, unread=document.unread)
    pieces = [piece for block in document.blocks for piece in _entry_by_entry(block)]
    body = [piece for piece in pieces if not reader.take_entry(piece)]  # all entries before the first mark is looked up
    marked = " ".join(piece.run.text for piece in body)
    reader.footnotes = (
        bool(reader.entries) and reader.footnotes and all(f"[^{name}]" in marked for name in reader.entries)
    )
    for _, group in groupby(body, key=lambda piece: piece.group or id(piece)):  # a quotation's paragraphs together
        reader.read(list(group))
    refusing = not reader.statements and any(_REFUSES.search(aside) for _, aside in reader.asides)
    given = _REFUSAL_KIND.search(text)
    if text.strip() and not (reader.statements or reader.asides or reader.references or reader.unread):
        reader.unread.append(text.strip())
    return Exhibit(
        form="markdown",
        status="refused" if refusing else "answered",
        statements=tuple(reader.statements),
        parts=tuple(Part(title, kind, told, cited) for title, kind, told, cited in reader.parts),
        references=tuple(reader.references),
        asides=tuple(reader.asides),
        aside_cites=tuple(reader.aside_cites),
        refusal=given["kind"] if refusing and given else "",
        unread=tuple((f"unread {number}", part[:SHOWN]) for number, part in enumerate(reader.unread)),
    )


def _entry_by_entry(block: Block) -> Iterator[Block]:
    """Yield a block, or its lines apart where they are entries of a list of references written without blank lines."""
    text, start = block.run.text, 0
    for line in re.finditer(r"\n(?=\s*\[)", text):
        end = text.find("\n", line.end())
        entry = _ENTRY.match(text, line.end())
        if entry and _defines(block, entry, block.run.part(line.end(), end if end >= 0 else len(text))):
            yield _part_of(block, start, line.start())
            start = line.end()
    yield _part_of(block, start, len(text))


def _part_of(block: Block, start: int, end: int) -> Block:
    run = block.run.part(start, end)
    return Block(
        block.kind, block.title, Run(run.text.replace("\n", " "), run.links, run.stressed), block.number, block.group
    )


def _defines(block: Block, entry: re.Match[str], run: Run) -> bool:
    """Tell whether a text that begins like an entry defines a reference."""
    if _SOURCES.match(block.title) or entry["colon"] == ":" or entry["name"].startswith("^"):
        return True
    return bool(addresses(run) or works.ARXIV_ID.search(run.text))


@dataclass(slots=True)
class _Reader:
    """Gather what an answer states, lists and says around it."""

    case: Case
    unread: list[str]
    entries: dict[str, Target] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    parts: list[tuple[str, str, int, int]] = field(default_factory=list)
    references: list[Listed] = field(default_factory=list)
    asides: list[tuple[str, str]] = field(default_factory=list)
    aside_cites: list[Cite] = field(default_factory=list)
    footnotes: bool = True  # all entries are footnotes ([^3]), and each of them is marked as one
    lead: Found = field(default_factory=list)  # the marks of the last sentence, where it leads to a quotation

    # --- entries ------------------------------------------------------------------------------------------------

    def take_entry(self, block: Block) -> bool:
        """Take a block that defines a reference; tell whether it was one."""
        sources, run = bool(_SOURCES.match(block.title)), block.run
        entry = _ENTRY.match(run.text)
        if entry and block.kind in ("prose", "item") and _defines(block, entry, run.part(entry.end(), len(run.text))):
            self.footnotes = self.footnotes and entry["name"].startswith("^")
            self._define(entry["name"].removeprefix("^"), run.part(entry.end(), len(run.text)))
            return True
        if sources and block.kind == "item":
            if block.number:
                self.footnotes = False
                self._define(block.number, run)
                return True
            return self._take_listed(run)
        return False

    def _define(self, name: str, run: Run) -> None:
        target = resolve(run, self.case)
        if self.entries.setdefault(name, target) != target:
            target = self.entries[name] = Target("unknown", problem=f"[{name}] is defined twice")
        if target.source in ("pdf", "link", "unknown"):
            self.references.append(listed(f"references[{len(self.references)}]", run, target))

    def _take_listed(self, run: Run) -> bool:
        """Take an item that lists a work without a number to cite it by."""
        target = resolve(run, self.case)
        if target.source not in ("pdf", "link"):
            return False
        self.references.append(listed(f"references[{len(self.references)}]", run, target))
        return True

    # --- blocks -------------------------------------------------------------------------------------------------

    def read(self, blocks: Sequence[Block]) -> None:
        """Read a block, or the paragraphs of one quotation."""
        block, run = blocks[0], blocks[0].run
        title = block.title.lower()
        if block.kind == "quote" and not _NOTICE.match(run.text):
            self._quotation(blocks)
        elif block.kind in ("code", "head", "heading"):
            self._heading_or_code(block)
        elif block.kind == "quote" or title == "coverage" or re.match(r"\s*Writer \S+; ", run.text):
            for part in blocks:
                self._aside(part.run.text.strip())
        elif title == "not shown" and block.kind == "item" and re.match(r"\s*“.*” \(\w+", run.text):
            return  # an answer's own list of claims that it withheld
        elif block.kind == "cell" and _is_link(run) and self._take_listed(run):
            return  # the head of a row: a work's title that leads to it
        elif _LISTS.search(title) and not _GAPS.search(title) and block.kind == "item" and self._take_listed(run):
            self._part(block.title, "papers", 0, 0)
        else:
            self._prose(block.title, run)

    def _aside(self, text: str) -> None:
        if text:
            self.asides.append((f"note {len(self.asides)}", text))

    def _heading_or_code(self, block: Block) -> None:
        """Read what is no prose for ids and links; a heading that states something is a sentence as well."""
        ids = (match[0] for match in works.ARXIV_ID.finditer(block.run.text) if works.is_id(match))
        self._aside(" ".join(dict.fromkeys((*ids, *addresses(block.run)))))
        states = block.kind == "heading" and re.search(r"\S\s+\S+\s+\S+\s+\S+[.!]$", block.run.text.strip())
        if states and normal(block.run.text) not in normal(" ".join((self.case.question, *self.case.sections))):
            self._prose(block.title, block.run)

    def _quotation(self, blocks: Sequence[Block]) -> None:
        """Read what is set off as a quotation: its marks, else those of the sentence that leads to it, cite it all."""
        every = [self._targets(block.run) for block in blocks]
        for number, block in enumerate(blocks):
            later = next((found for found in every[number:] if found), None)
            found = later or next((found for found in reversed(every[:number]) if found), self.lead)
            text = _own_words(block.run, marks_of(self.footnotes))
            if not _WORD.search(text):
                continue  # only its marks
            self._state(block.title, text, found, [(0, piece) for piece in unelided(text)])
        self.lead = []

    def _targets(self, run: Run) -> Found:
        return targets(run, self.case, self.entries, self.footnotes)

    def _prose(self, title: str, run: Run) -> None:
        quotes, marks = quotations(run.text), marks_of(self.footnotes)
        places = _with_orphans(run, quotes)
        for (low, high), following in zip(places, [*places[1:], (len(run.text), 0)], strict=True):
            found = self._targets(run.part(low, following[0]))
            text = _own_words(run.part(low, high), marks)
            self._state(title, text, found, quoted(run.text, quotes, low, high, marks))
            self.lead = found if text.endswith(":") else []

    def _state(self, title: str, text: str, found: Found, quotes: Sequence[tuple[int, str]]) -> None:
        """Take a sentence: as a statement, or as an aside where it states nothing."""
        place = f"sentence {len(self.statements) + 1}"
        cites = cited(found, quotes, place)
        if _foreign(text):
            self.unread.append(text)
            self.aside_cites.extend(cites)
        elif _GAPS.search(title) or (not cites and (_states_nothing(text) or _refuses(text))):
            self.asides.append((place, text))
            self.aside_cites.extend(cites)
        else:
            self._part(title, "prose", 1, int(bool(cites)))
            self.statements.append(Statement(place, title, text, cites))

    def _part(self, title: str, kind: str, statements: int, cited: int) -> None:
        if not self.parts or self.parts[-1][0] != title:
            self.parts.append((title, kind, 0, 0))
        _, kind, told, before = self.parts[-1]
        self.parts[-1] = (title, kind, told + statements, before + cited)


# --- sentences ----------------------------------------------------------------------------------------------------


def _with_orphans(run: Run, quotes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a text's sentences, each with what follows its full stop and is nothing but marks and links.

    Sentences within one pair of quotation marks are one, unless a mark stands between them.
    """
    found: list[tuple[int, int]] = []
    bare = works.ARXIV_ID.sub(blank, works.URL.sub(blank, MARK.sub(blank, run.outside)))
    for low, high in sentences(_links_as_marks(run)):
        rest, before = bare[low:high], found[-1][0] if found else low
        orphan = not _WORD.search(rest) and rest != run.text[low:high]
        quoted_on = bare[before:low] == run.text[before:low] and any(before <= at < low < end for at, end in quotes)
        if found and (orphan or quoted_on):
            found[-1] = (before, high)
        else:
            found.append((low, high))
    return found


def _is_link(run: Run) -> bool:
    """Tell whether a text is one link and nothing else."""
    return len(run.links) == 1 and run.text.strip() == run.text[run.links[0].start : run.links[0].end].strip() != ""


def _links_as_marks(run: Run) -> str:
    """Return a text of the same length in which links that no sentence goes on after are marks."""
    chars = list(run.text)
    for link in run.links:
        if link.end - link.start <= MAX_MARK and not run.text[link.end : link.end + MAX_MARK].lstrip()[:1].islower():
            chars[link.start : link.end] = LINK * (link.end - link.start)
    return "".join(chars)


def _own_words(run: Run, marks: re.Pattern[str]) -> str:
    """Return a sentence's own words: marks, bare ids and links are citations, not words."""
    chars = list(run.text)
    for link in run.links:
        if not re.search(r"[^\W\d_]", run.text[link.start : link.end]):
            chars[link.start : link.end] = " " * (link.end - link.start)
    text = works.URL.sub("", marks.sub("", "".join(chars)))
    text = works.ARXIV_ID.sub(lambda m: "" if works.is_id(m) else m[0], text)
    text = re.sub(r"\(\s*[,;]?\s*\)|\s+(?=[.,;:!?”)])", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _foreign(text: str) -> bool:
    """Tell whether a sentence is written in another script than the Latin one: its words cannot be compared."""
    letters = [] if text.isascii() else [char for char in text if char.isalpha()]
    return len(letters) > 3 and 2 * sum(_LATIN.match(char) is not None for char in letters) < len(letters)


def _states_nothing(text: str) -> bool:
    words = re.findall(r"[A-Za-z]{2,}", text)
    if text.endswith((":", "?")) or len(words) < 3:
        return True
    return bool(
        re.fullmatch(r"(?:the allowed papers do not support a statement here|not stated)\.?", text, re.IGNORECASE)
    )


def _refuses(text: str) -> bool:
    """Tell whether a sentence only says that the sources do not carry the answer: no figure in it, and no `but`."""
    text = re.sub(r"^The \d+ allowed papers\b", "The allowed papers", re.sub(r"“[^”]{1,60}”", "", text))
    if re.search(r"\d|\b(?:but|however|although|nevertheless|generally|in general)\b", text, re.IGNORECASE):
        return bool(re.match(r"No answer \(", text))
    return bool(_REFUSES.search(text) or re.match(r"Nowhere found: ", text))
