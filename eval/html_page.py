"""Turn an answer's HTML page into Markdown, so that one reader judges both: headings, lists, quotations, tables, links.

A link within the page (`<a href="#q3">3</a>`) is a mark, the element that it leads to (`id="q3"`) the entry of a list
of references. What is folded away is read as what is open; `header`, `footer`, `nav` and `aside` are notes around the
answer. Styles, scripts, buttons, pictures within the page and what is `hidden` are no text of it. Not handled: text
that a script writes, and marks that lead to another page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_UNREAD = frozenset("script style template head noscript button input select dialog".split())
_NOTES = frozenset("header footer nav aside".split())
_ENTRIES = frozenset("li p dd dt td".split())  # what a mark leads to
_INLINE = frozenset(
    "a abbr b bdi bdo br cite code data del dfn em embed font i iframe img ins kbd label mark object q s samp small "
    "span strike strong sub sup text time tspan u var wbr".split()
)  # fmt: skip
_VOID = frozenset("area base br circle col embed hr image img input link meta path rect source track wbr".split())
_HEADINGS = {"summary": "######"} | {f"h{level}": "#" * level for level in range(1, 7)}
_STRESS = {"b": "**", "strong": "**", "cite": "**"}
_QUOTE, _NOTE = "> ", "> Note: "
_GAP = re.compile(r"(\[\^\d+\])\s*(?:…|\.\.\.)?\s*(?=[^\s\[.,;:!?…”])")  # after a mark: what follows bears its own
_INNER = str.maketrans('“”"', "‘’'")  # within quotation marks
_SPECIAL = re.compile(r"[\\`*_<>\[\]|~#$]|&(?=#?\w+;)")
_LIST_MARK = re.compile(r"(\d*)([-+.)])(?=\s)")
_BLANK = re.compile(r"[\s\u200b]+")
MAX_NESTING = 100  # tags inside one another; deeper ones stand beside each other
MAX_POINTER_WORDS = 6  # of a link that only leads about in the page: "Skip to the answer"


@dataclass(slots=True)
class Element:
    """Hold a tag with what stands in it."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def unread(self) -> bool:
        """Tell whether nobody reads it as text."""
        return self.tag in _UNREAD or "hidden" in self.attributes


def markdown_of(page: str) -> str:
    """Return a page's text as Markdown."""
    tree = _Tree()
    tree.feed(page)
    tree.close()
    marks = _marks(tree.root)
    return "\n\n".join(filter(None, _Printer(marks).blocks(tree.root))) + "\n"


class _Tree(HTMLParser):
    """Read a page as a tree; a tag that was never begun ends nothing, one never ended ends with what it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("body")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Begin an element; a list's item and a paragraph end the one before."""
        if tag in ("li", "p", "td", "th", "tr", "dd", "dt") and self._open[-1].tag == tag:
            self._open.pop()
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID and len(self._open) < MAX_NESTING:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """End an element, and what is still open in it."""
        if any(element.tag == tag for element in self._open[1:]):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Take text."""
        self._open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        """Keep a comment: nobody sees it, but a machine reads it."""
        self._open[-1].children.append(Element("comment", {}, [data]))


def _every(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        if isinstance(child, Element):
            yield from _every(child)


def _marks(root: Element) -> dict[str, str]:
    """Return a number for every place that a link within the page leads to and that is an entry."""
    places = {
        element.attributes["id"]
        for element in _every(root)
        if element.tag in _ENTRIES and "id" in element.attributes and not element.unread
    }
    led = (element.attributes.get("href", "") for element in _every(root) if element.tag == "a")
    marked = dict.fromkeys(url[1:] for url in led if url.startswith("#") and url[1:] in places)
    return {place: str(number) for number, place in enumerate(marked, 1)}


class _Printer:
    """Print elements as Markdown; `marks` number the entries by their ids."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        self.marks = marks

    def blocks(self, element: Element, before: str = "") -> Iterator[str]:
        """Yield the blocks in an element, each with what Markdown puts `before` it."""
        if element.tag == "table":
            yield from self._table(element)
            return
        before = _sign(element, before)
        inline: list[Element | str] = []
        for child in element.children:
            if isinstance(child, str) or child.tag in _INLINE:
                inline.append(child)
            elif not child.unread:
                yield from self._paragraph(inline, before)
                inline = []
                yield from self._block(child, before)
        yield from self._paragraph(inline, before)

    def _block(self, element: Element, before: str) -> Iterator[str]:
        number = self.marks.get(element.attributes.get("id", ""))
        if element.tag == "comment":
            yield f"<!--{''.join(map(str, element.children))}-->"
        elif number and element.tag in _ENTRIES:
            yield f"[^{number}]: {self._flat(element)}"
        elif element.tag == "pre":
            yield f"```\n{_text(element)}\n```"
        else:
            yield from self.blocks(element, before)

    def _flat(self, element: Element) -> str:
        """Return all that stands in an element as one paragraph."""
        return " ".join(part.removeprefix("> ") for part in self.blocks(Element("div", {}, element.children)))

    def _paragraph(self, parts: Sequence[Element | str], before: str) -> Iterator[str]:
        told = [part for part in parts if isinstance(part, Element) or part.strip()]
        if len(told) == 1 and isinstance(told[0], Element) and _points_about(told[0], self.marks):
            return
        text = _BLANK.sub(" ", "".join(self._inline(part) for part in parts)).strip()
        if before == _QUOTE:
            pieces = _GAP.sub(r"\1\n", text.strip("“”")).split("\n")
            yield "\n>\n".join(_QUOTE + piece for piece in pieces) if text else ""
        elif text:
            yield before + (_LIST_MARK.sub(r"\1\\\2", text, count=1) if _LIST_MARK.match(text) else text)

    def _table(self, table: Element) -> Iterator[str]:
        """Yield a table with a cell for each paragraph, its caption before it."""
        for caption in (part for part in _every(table) if part.tag == "caption"):
            yield from self.blocks(caption, _QUOTE)
        rows = [
            [text for cell in row.children if isinstance(cell, Element) for text in self._cell(cell)]
            for row in _every(table)
            if row.tag == "tr"
        ]
        width = max(map(len, rows), default=0)
        if not width:
            return
        headed = any(part.tag == "thead" for part in _every(table))
        lines = [row + [""] * (width - len(row)) for row in rows]
        lines = [*(lines[:1] if headed else [[""] * width]), ["---"] * width, *(lines[1:] if headed else lines)]
        yield "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def _cell(self, cell: Element) -> list[str]:
        return [text for text in self.blocks(Element("div", {}, cell.children)) if "\n" not in text] or [""]

    def _inline(self, part: Element | str) -> str:
        if isinstance(part, str):
            return _SPECIAL.sub(r"\\\g<0>", part)
        if part.unread:
            return ""
        url = part.attributes.get("href") or part.attributes.get("src") or part.attributes.get("data") or ""
        if url.startswith("#") and url[1:] in self.marks:
            return f"[^{self.marks[url[1:]]}]"
        text = "".join(self._inline(child) for child in part.children)
        if part.tag in ("br", "text", "wbr"):
            text += " " * (part.tag != "wbr")
        elif part.tag == "q":
            text = f"“{text.translate(_INNER)}”"
        elif part.tag in _STRESS and text.strip():
            text = f"{_STRESS[part.tag]}{text.strip()}{_STRESS[part.tag]}"
        if url and not url.startswith(("#", "data:image/")):
            return f"[{text.strip()}](<{re.sub('[<>]', '', url)}>)"
        return text


def _sign(element: Element, before: str) -> str:
    """Return what Markdown puts before the paragraphs of an element."""
    if before == _NOTE or element.tag in _NOTES or element.attributes.get("role") == "note":
        return _NOTE
    if element.tag in _HEADINGS:
        return f"{_HEADINGS[element.tag]} "
    return {"blockquote": _QUOTE, "li": "- "}.get(element.tag, before)


def _points_about(element: Element, marks: Mapping[str, str]) -> bool:
    """Tell whether an element is a link that only leads to another place of the page."""
    url = element.attributes.get("href", "")
    return url.startswith("#") and url[1:] not in marks and len(_text(element).split()) <= MAX_POINTER_WORDS


def _text(element: Element) -> str:
    return "".join(child if isinstance(child, str) else _text(child) for child in element.children)
