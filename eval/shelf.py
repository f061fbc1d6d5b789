"""Tell which allowed paper a name means, whatever form it has: a title, a file, a key of BibTeX, an author and a year.

Names are held against the whitelist's own entries and, where the papers are at hand, against their titles and the top
of their first pages. A name that could mean two papers means none. Not handled: published DOIs, which say nothing of
the paper that they lead to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from rag.papers import AllowedPaper

from .cases import Case
from .library import Library
from .quotes import normal
from .words import stems

HEAD = 1500  # characters at the top of a first page: title, authors, where they work
FIRST_AUTHOR = 24  # letters after a title within which its first author's surname begins
TITLE_LINES = 6  # at the top of a first page, of which some are its title
PASSAGE = 15  # words by which a passage is known
LATER = 2  # years by which a paper may be dated after its arXiv id: it came out at a meeting, or was revised
_FILE = re.compile(r"[^\[\]()【】†<>\"“”|,;:\n]{1,120}\.(?:pdf|txt|md|html?|tex|xml|json|docx?|epub)\b", re.IGNORECASE)
_KEY = re.compile(
    r"(?P<name>[^\W\d_]{2,30}?)[\s_:.-]*(?:et[\s_]?al)?[\s_:.-]*(?P<year>(?:19|20)\d\d)(?:[a-z](?![a-z]))?"
    r"[\s_:.-]*(?P<word>[^\W\d_]*)"
)
_SHORT = 3  # letters of a model's name that alone mean no paper
_TITLE_LETTERS = 12
_TITLE_WORDS = 3
_TITLE_SHARE = 0.9  # of the longer title's words: a plural or a hyphen may differ, a name may not


@dataclass(frozen=True)
class Shelf:
    """Hold the allowed papers of a case, and what is at hand of them."""

    case: Case
    library: Library | None = None
    _heads: dict[str, str] = field(default_factory=dict)

    @property
    def papers(self) -> tuple[AllowedPaper, ...]:
        """Return the allowed papers."""
        return self.case.papers or ()

    def titles(self, paper: AllowedPaper) -> tuple[str, ...]:
        """Return the titles of a paper: the whitelist's, and its own."""
        stored = self.library.stored(paper.paper, paper.version) if self.library else None
        return tuple(title for title in (paper.model, stored.paper.title if stored else "") if title)

    def head(self, paper: AllowedPaper) -> str:
        """Return the top of a paper's first page, with its title and authors before it where they are known."""
        if paper.key not in self._heads:
            self._heads[paper.key] = self._head(paper)
        return self._heads[paper.key]

    def _head(self, paper: AllowedPaper) -> str:
        if self.library is None:
            return ""
        if (stored := self.library.stored(paper.paper, paper.version)) is not None:
            page = stored.paper.pages[0].text[:HEAD] if stored.paper.pages else ""
            return "\n".join((stored.paper.title, " ".join(stored.paper.authors), page))
        pdf = self.library.pdf(paper.paper, paper.version, None)
        return pdf.text(1)[:HEAD] if pdf else ""

    @cached_property
    def _years(self) -> dict[str, int]:
        return {paper.key: year for paper in self.papers if (year := _year(paper.paper))}

    # --- names --------------------------------------------------------------------------------------------------

    def by_title(self, text: str) -> AllowedPaper | None:
        """Return the paper whose title, or the name before a colon in it, a text is."""
        wanted = normal(text)
        named = [
            paper
            for paper in self.papers
            if any(_same(wanted, text, title) for title in self.titles(paper))
            or (_long(wanted, text) and wanted in self._lines(paper))
        ]
        return _only(named)

    def _lines(self, paper: AllowedPaper) -> frozenset[str]:
        """Return up to three lines that follow one another at the top of a paper, each run as letters."""
        lines = [letters for line in self.head(paper).split("\n") if (letters := normal(line))][:TITLE_LINES]
        return frozenset("".join(lines[at : at + many]) for at in range(len(lines)) for many in (1, 2, 3))

    def titled(self, text: str) -> AllowedPaper | None:
        """Return the paper whose whole title a text holds."""
        letters = normal(text)
        whole = ((paper, normal(title)) for paper in self.papers for title in self.titles(paper))
        return _only(paper for paper, title in whole if len(title) >= _TITLE_LETTERS and title in letters)

    def by_author(self, name: str, year: str = "") -> AllowedPaper | None:
        """Return the paper whose first author has this surname, and that came out in this year or soon after."""
        return _only(paper for paper in self.papers if self._dated(paper, year) and self._wrote(paper, name))

    def _dated(self, paper: AllowedPaper, year: str) -> bool:
        told = int(year[:4]) if year else 0
        return not told or 0 <= told - self._years.get(paper.key, told) <= LATER

    def _wrote(self, paper: AllowedPaper, name: str) -> bool:
        """Tell whether a surname follows the title, as the first author's does."""
        surname = normal(name)
        titles = [normal(title) for title in self.titles(paper)]
        lines = [normal(line) for line in self.head(paper).split("\n")]
        for at, line in enumerate(lines):
            if line and any(title.endswith(line) or title in line for title in titles):
                place = "".join(lines[at + 1 :]).find(surname)
                if 0 <= place <= FIRST_AUTHOR and len(surname) > 1:
                    return True
        return False

    def by_key(self, key: str) -> AllowedPaper | None:
        """Return the paper that a key made of surname, year and first words of the title means."""
        found = _KEY.fullmatch(key.strip())
        if found is None:
            return None
        word = normal(found["word"])
        if not word:
            return self.by_author(found["name"], found["year"])
        return _only(
            paper
            for paper in self.papers
            if self._wrote(paper, found["name"]) and any(_begins(word, title) for title in self.titles(paper))
        )

    def by_file(self, name: str) -> AllowedPaper | None:
        """Return the paper that a file's name means."""
        stem = re.sub(r"[_+%]|%20", " ", PurePosixPath(name.strip()).stem)
        letters = normal(stem)
        return (
            self.by_title(stem)
            or self.titled(stem)
            or self.by_key(stem.replace(" ", ""))
            or _only(
                paper
                for paper in self.papers
                if len(letters) >= _TITLE_LETTERS
                and any(normal(title).startswith(letters) for title in self.titles(paper))
            )
        )

    def by_text(self, text: str) -> AllowedPaper | None:
        """Return the paper that holds what an entry quotes at length instead of naming it."""
        words = text.split()
        parts = [" ".join(words[at : at + PASSAGE]) for at in (0, PASSAGE, 2 * PASSAGE) if len(words) >= at + PASSAGE]
        parts += [text] if PASSAGE <= len(words) < 2 * PASSAGE else []  # a passage may end between figure and unit
        return _only(
            paper for paper in self.papers if any(self.holds(paper.paper, paper.version, part) for part in parts)
        )

    # --- text ---------------------------------------------------------------------------------------------------

    def holds(self, paper: str | None, version: int | None, quote: str) -> bool | None:
        """Tell whether a paper holds a quote; None where it is not at hand."""
        if self.library is None or paper is None:
            return None
        if (stored := self.library.stored(paper, version)) is not None:
            return bool(stored.find(quote))
        pdf = self.library.pdf(paper, version, None)
        return None if pdf is None else pdf.find(quote, range(1, pdf.pages + 1)) is not None


def file_in(text: str) -> str:
    """Return the name of the file that a text names, or nothing."""
    found = _FILE.search(text)
    return found[0].strip() if found else ""


def is_key(text: str) -> bool:
    """Tell whether a text has the shape of a key made of surname, year and title."""
    return " " not in text.strip() and _KEY.fullmatch(text.strip()) is not None


def _same(letters: str, text: str, title: str) -> bool:
    """Tell whether a text is a title, its beginning up to a colon, or nearly the whole of it."""
    whole, short = normal(title), normal(re.split(r"[:–—]| - ", title)[0])
    if letters in (whole, short):
        return len(letters) > _SHORT
    return (len(letters) >= _TITLE_LETTERS and whole.startswith(letters)) or _same_words(text, title)


def same_title(one: str, other: str) -> bool:
    """Tell whether two titles name the same work: equal, one the start of the other, or nearly all words shared."""
    a, b = normal(one), normal(other)
    if a == b or (min(len(a), len(b)) >= 4 and (a.startswith(b) or b.startswith(a))):
        return True
    return _same_words(one, other)


def _same_words(one: str, other: str) -> bool:
    mine, theirs = stems(one), stems(other)
    shorter = min(len(mine), len(theirs))
    return shorter >= 3 and len(mine & theirs) >= _TITLE_SHARE * max(len(mine), len(theirs))


def _long(letters: str, text: str) -> bool:
    """Tell whether a text may be a title that was only read off a page: long enough, and capital like one."""
    words = [word for word in text.split() if len(word) > _SHORT]
    capital = sum(word[0].isupper() for word in words) * 2 >= len(words)
    return len(letters) >= _TITLE_LETTERS and len(text.split()) >= _TITLE_WORDS and capital


def _begins(word: str, title: str) -> bool:
    """Tell whether the end of a key is the beginning of a title, or a word of it."""
    plain = re.sub(r"^\W*(?:a|an|the|on|in)\s+", "", title, flags=re.IGNORECASE)
    return normal(title).startswith(word) or normal(plain).startswith(word) or word in map(normal, title.split())


def _year(paper: str) -> int:
    """Return the year in an arXiv id (2007 on: YYMM.NNNNN, before: archive/YYMMNNN)."""
    digits = re.search(r"(\d\d)\d\d", paper)
    short = int(digits[1]) if digits else 0
    return (1900 if short > 90 else 2000) + short if digits else 0


def _only(papers: Iterable[AllowedPaper]) -> AllowedPaper | None:
    found = list({paper.key: paper for paper in papers}.values())
    return found[0] if len(found) == 1 else None
