"""Hold running text without markup, with the places of its links and of what is emphasised; read it from HTML."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

_UNSEEN = frozenset("script style template head noscript".split())
_INLINE = frozenset("a abbr b big cite code del em font i ins kbd mark q s small span strong sub sup u wbr".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_TOLD = frozenset("alt title aria-label placeholder label content".split())  # attributes that hold words
_RAISED = str.maketrans("0123456789,-–", "⁰¹²³⁴⁵⁶⁷⁸⁹˒⁻⁻")
_RAISED_NUMBERS = re.compile(r"[\d,–-]+")
_ADDRESSES = frozenset("href src action data poster formaction xlink:href".split())


@dataclass(frozen=True, slots=True)
class Link:
    """Hold a link with the place of its words in a text."""

    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Run:
    """Hold running text without markup, its links, and the places of what is emphasised, both in order."""

    text: str
    links: tuple[Link, ...] = ()
    stressed: tuple[tuple[int, int], ...] = ()

    def part(self, start: int, end: int) -> Run:
        """Return a stretch of the text; a link belongs to the stretch in which it begins."""
        first, last = (bisect_left(self.links, place, key=lambda link: link.start) for place in (start, end))
        links = tuple(Link(link.start - start, min(link.end, end) - start, link.url) for link in self.links[first:last])
        first, last = (bisect_left(self.stressed, place, key=lambda stress: stress[0]) for place in (start, end))
        stressed = tuple((low - start, high - start) for low, high in self.stressed[first:last] if high <= end)
        return Run(self.text[start:end], links, stressed)

    @property
    def outside(self) -> str:
        """Return the text with its links blanked."""
        chars = list(self.text)
        for link in self.links:
            chars[link.start : link.end] = " " * (link.end - link.start)
        return "".join(chars)


class RunBuilder:
    """Put running text together, piece by piece."""

    def __init__(self) -> None:
        self.length = 0
        self.links: list[Link] = []
        self._parts: list[str] = []
        self.stressed: list[tuple[int, int]] = []
        self._open_links: list[tuple[int, str]] = []
        self._open_stress: list[int] = []

    def add(self, text: str) -> None:
        """Add text."""
        self._parts.append(text)
        self.length += len(text)

    def open_link(self, url: str) -> None:
        """Begin a link."""
        self._open_links.append((self.length, url))

    def close_link(self) -> None:
        """End the link that was begun last; one without words takes up a blank, so that it has a place."""
        if self._open_links:
            start, url = self._open_links.pop()
            self.add(" " * (start == self.length))
            self.links.append(Link(start, self.length, url))

    def open_stress(self) -> None:
        """Begin what is emphasised."""
        self._open_stress.append(self.length)

    def close_stress(self) -> None:
        """End what is emphasised."""
        if self._open_stress:
            self.stressed.append((self._open_stress.pop(), self.length))

    def run(self) -> Run:
        """Return what was put together; links that were never ended run to the end."""
        while self._open_links:
            self.close_link()
        links = tuple(sorted(self.links, key=lambda link: link.start))
        return Run("".join(self._parts), links, tuple(sorted(self.stressed)))


class Html(HTMLParser):
    """Read HTML as running text: a run for each of its blocks; what no reader sees of it is unread."""

    def __init__(self, made: RunBuilder | None = None) -> None:
        super().__init__()
        self._made = made or RunBuilder()
        self._inside = made is not None  # a tag within a paragraph: no tag parts it
        self._unseen = 0
        self._raised = False
        self.quoting = 0  # how many quotations are open
        self.runs: list[Run] = []
        self.kinds: list[str] = []  # of the runs: prose, heading, item, or quote within a quotation
        self.numbers: list[str] = []  # of the runs: that of an item of an ordered list, with its first run alone
        self._counts: list[int | None] = []  # of the lists that are open: how many items an ordered one has had
        self._number = ""
        self._heading = False
        self.unread: list[str] = []

    @classmethod
    def read(cls, content: str, quoting: int = 0) -> Html:
        """Read a block of HTML that stands within so many quotations."""
        page = cls()
        page.quoting = quoting
        page.feed(content)
        page.close()
        page._part()
        return page

    def _part(self) -> None:
        if self._inside:
            self._made.add(" ")
            return
        self._end_run(self._made.run())
        self._made = RunBuilder()

    def _end_run(self, run: Run) -> None:
        self.runs.append(run)
        around = "heading" if self._heading else "item" if self._counts else "prose"
        self.kinds.append("quote" if self.quoting > 0 else around)
        self.numbers.append(self._number)
        self._number = "" if run.text.strip() else self._number

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Take a tag's addresses as links, and a block's tag as the end of what stands before it."""
        if tag not in _INLINE:
            self._part()
        self.quoting += tag == "blockquote"
        self._heading = self._heading or tag in _HEADINGS
        if tag in ("ol", "ul"):
            start = dict(attrs).get("start") or "1"
            self._counts.append((int(start) if start.isdecimal() else 1) - 1 if tag == "ol" else None)
        elif tag == "li" and self._counts and (count := self._counts[-1]) is not None:
            self._counts[-1] = count + 1
            self._number = str(count + 1)
        self._raised = self._raised or tag == "sup"
        self._made.add("“" * (tag == "q"))
        self._unseen += tag in _UNSEEN
        for name, value in attrs:
            if name in _ADDRESSES and value:
                self._made.open_link(value)
                if tag != "a":
                    self._made.close_link()
            elif name in _TOLD:
                self.tell(value or "")

    def tell(self, text: str) -> None:
        """Take words that stand beside the text: an image's, a link's title."""
        if len(text.split()) > 1:
            self._end_run(Run(text))

    def handle_endtag(self, tag: str) -> None:
        """End a link or a block."""
        if tag == "a":
            self._made.close_link()
        elif tag not in _INLINE:
            self._part()
        self.quoting -= tag == "blockquote"
        self._heading = self._heading and tag not in _HEADINGS
        if tag in ("ol", "ul") and self._counts:
            self._counts.pop()
        self._raised = self._raised and tag != "sup"
        self._made.add("”" * (tag == "q"))
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))

    def handle_data(self, data: str) -> None:
        """Take text that can be seen."""
        if not self._unseen:
            raised = self._raised and _RAISED_NUMBERS.fullmatch(data.strip())
            self._made.add(data.strip().translate(_RAISED) if raised else data)
        elif data.strip():
            self.unread.append(data.strip())

    def handle_comment(self, data: str) -> None:
        """Note a comment: nobody sees it, but a machine reads it."""
        if data.strip():
            self.unread.append(data.strip())

    def unknown_decl(self, data: str) -> None:
        """Note a declaration."""
        self.unread.append(data.strip())

    def handle_pi(self, data: str) -> None:
        """Note a processing instruction."""
        self.unread.append(data.strip())
