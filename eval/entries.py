"""Read an answer's list of references: what each entry is cited by, and where it leads.

Understood: numbered and named entries in brackets, raised or in a list, footnotes, "Source 3:", keys before a colon,
BibTeX, rows of a table, entries without a name, which are cited by author and year.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from . import works
from .exhibits import Listed
from .markdown_blocks import SOURCES, Block
from .running_text import Run
from .shelf import is_key
from .targets import Sources, Target, addresses, listed, resolve

_ENTRY = re.compile(
    r"\s*\**(?:\[(?:(?:ID|Source|Doc|Ref)\s*[:#]?\s*)?(?P<name>\^?@?[\w+:./-]{1,60})\]|【(?P<file>[\d:]+)†[^】]*】|"
    r"(?:Source|Document|Doc|Reference|Ref|Citation)\s*(?P<label>\d{1,3})(?=[:.)])|"
    r"(?:Document|Doc|Source|Passage|Context)\s*\[(?P<titled>\d{1,3})\](?=\s*\(Title:)|\((?P<round>\d{1,3})\)|"
    r"(?P<raised>[⁰¹²³⁴-⁹]{1,3}))\**(?P<colon>[:.)]?)(?:\s+(?=\S)|(?=\(Title:))",
    re.IGNORECASE,
)
_KEYED = re.compile(r"\s*\(?(?P<name>[\w:.-]{5,60})(?:,? (?:pages? [\d–-]+|chunk \d+))?\)?\s*[:.]\s+(?=\S)")
_BIBTEX = re.compile(r"@\w+\{\s*(?P<name>[^\s,{}]+),(?P<fields>[^@]*)")
_SMALL_WORD = re.compile(r"(?<!\w)[^\W\d_A-Z][^\W\d_]*")
_BESIDE_TITLES = frozenset("and et al in of the pp pages page proceedings preprint arxiv".split())
_NEXT = re.compile(r"\n(?=\s*\S)")
_NEXT_IN_LIST = re.compile(r"\n(?=\s*\S)|(?<=[;,.])[ \t]+(?=\[\^?\w+\])")


def entry_by_entry(block: Block, sources: Sources) -> Iterator[Block]:
    """Yield a block, or its lines apart where they are entries of a list written without blank lines."""
    text, start = block.run.text, 0
    in_list = bool(SOURCES.match(block.title)) and block.kind == "prose"
    for line in (_NEXT_IN_LIST if in_list else _NEXT).finditer(text):
        end = text.find("\n", line.end())
        entry = _ENTRY.match(text, line.end())
        if in_list or (
            entry and _defines(block, entry, block.run.part(entry.end(), end if end >= 0 else len(text)), sources)
        ):
            yield _part_of(block, start, line.start())
            start = line.end()
    yield _part_of(block, start, len(text))


def _part_of(block: Block, start: int, end: int) -> Block:
    run = block.run.part(start, end)
    text = run.text if block.kind in ("quote", "code") else run.text.replace("\n", " ")
    return replace(block, run=Run(text, run.links, run.stressed))


def _defines(block: Block, entry: re.Match[str], run: Run, sources: Sources) -> bool:
    """Tell whether a text that begins like an entry defines a reference."""
    if SOURCES.match(block.title) or entry["label"] or entry["titled"]:
        return True
    if entry["name"] and (entry["colon"] == ":" or entry["name"].startswith("^")):
        return True
    return bool(addresses(run) or works.ARXIV_ID.search(run.text) or sources.shelf.by_title(run.text))


def _name_of(entry: re.Match[str]) -> str:
    """Return the name by which an entry is cited."""
    name = next(found for kind in ("name", "file", "label", "titled", "round", "raised") if (found := entry[kind]))
    return unicodedata.normalize("NFKC", name).removeprefix("^").removeprefix("@")


@dataclass(slots=True)
class Entries:
    """Gather the entries of an answer's lists of references."""

    sources: Sources
    references: list[Listed] = field(default_factory=list)
    footnotes: bool = True  # all entries are footnotes ([^3]), but for BibTeX to copy
    to_copy: set[str] = field(default_factory=set)  # the keys of that

    def take(self, block: Block) -> bool:
        """Take a block that defines a reference; tell whether it was one."""
        run, in_list = block.run, bool(SOURCES.match(block.title))
        if block.kind == "code":
            return self._bibtex(run.text)
        entry = _ENTRY.match(run.text)
        if (
            entry
            and (block.kind in ("prose", "item") or entry["label"] or entry["titled"])
            and _defines(block, entry, run.part(entry.end(), len(run.text)), self.sources)
        ):
            self.footnotes = self.footnotes and (entry["name"] or "").startswith("^")
            self.define(_name_of(entry), run.part(entry.end(), len(run.text)))
            return True
        if block.number and not in_list:
            in_list = self._names_a_work_alone(run)
        if not in_list or block.kind not in ("item", "prose"):
            return False
        if block.number:
            self.footnotes = False
            self.define(block.number, run)
            self._by_key(run)
            return True
        return self._by_key(run) or self.list_work(run)

    def _names_a_work_alone(self, run: Run) -> bool:
        """Tell whether a numbered item is an allowed paper's title and place and says nothing: no small word beside."""
        paper = self.sources.shelf.titled(run.text)
        if paper is None:
            return False
        rest = works.ARXIV_ID.sub(" ", works.URL.sub(" ", run.text))
        for title in sorted(self.sources.shelf.titles(paper), key=len, reverse=True):
            rest = rest.replace(title, " ")
        return all(word in _BESIDE_TITLES for word in _SMALL_WORD.findall(rest))

    def take_row(self, cells: Sequence[Block]) -> bool:
        """Take a row of a table of references: its first cell names it."""
        if not SOURCES.match(cells[0].title) or len(cells) < 2:
            return False
        name = cells[0].run.text.strip(" []().^")
        rest = max((cell.run for cell in cells[1:]), key=lambda run: bool(addresses(run)) or len(run.text))
        whole = next((cell.run for cell in cells if resolve(cell.run, self.sources).source in ("pdf", "link")), rest)
        if not name or cells[0].kind == "head":
            return cells[0].kind == "head"
        self.footnotes = False
        self.define(name, whole)
        return True

    def define(self, name: str, run: Run) -> None:
        """Define an entry; one that is defined twice leads nowhere."""
        entries = self.sources.entries
        target = resolve(run, self.sources)
        if entries.setdefault(name, target) != target:
            target = entries[name] = Target("unknown", problem=f"[{name}] is defined twice")
        self.sources.list_author(run, target)
        if target.source in ("pdf", "link", "unknown"):
            self.references.append(listed(f"references[{len(self.references)}]", run, target))

    def _by_key(self, run: Run) -> bool:
        """Define an entry by the key that it begins with, if it does."""
        key = _KEYED.match(run.text)
        if key is None or not is_key(key["name"]):
            return False
        self.define(key["name"], run.part(key.end(), len(run.text)))
        return True

    def _bibtex(self, text: str) -> bool:
        """Define the entries of a piece of BibTeX."""
        found = list(_BIBTEX.finditer(text))
        for entry in found:
            self.define(entry["name"], Run(re.sub(r"[{}]|\\(?=[_&%#$])", "", entry["fields"])))
            self.to_copy.add(entry["name"])
        return bool(found)

    def list_work(self, run: Run) -> bool:
        """Take an item that lists a work without a name to cite it by."""
        target = resolve(run, self.sources)
        if target.source not in ("pdf", "link") and not works.reference_entry(run.text):
            return False
        self.sources.list_author(run, target)
        self.references.append(listed(f"references[{len(self.references)}]", run, target))
        return True
