"""Tell where a mark, a link or an entry of a reference list leads: to a paper, the brief, a link, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from rag.papers import AllowedPaper

from . import works
from .exhibits import Listed
from .quotation_marks import quotations, quotes_something
from .running_text import Run
from .shelf import Shelf, file_in, is_key

MAX_PAGES = 20  # that one mark or entry names
_PAGE = re.compile(
    r"#page=(?P<one>\d{1,5})|(?:\b(?:pp?|pgs?|S)\.\s*|\b(?:pages?|Seiten?|p[áa]ginas?|стр\.?)\s+|第\s*)"
    r"(?P<low>\d{1,5})(?:\s*[-–—]\s*(?P<high>\d{1,5}))?",
    re.IGNORECASE,
)
_TABLE = re.compile(r"(?:Table|TABLE|Tab\.)\s+[\dIVX]+[.:]")
_DECIMAL = re.compile(r"\d+\.\d+")
_TITLE_WORDS = 25  # a longer quotation in an entry is no title
_TITLE_LENGTH = range(8, 301)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Target:
    """Hold what a mark, a link or a reference entry leads to."""

    source: str  # pdf, summary, brief, link, unknown
    paper: str | None = None
    version: int | None = None
    link: str = ""
    pages: tuple[int, ...] = ()
    quote: str = ""
    problem: str = ""

    @classmethod
    def of(cls, match: re.Match[str]) -> Target:
        """Return the paper that an arXiv id names."""
        return cls("pdf", match["id"], int(match["version"]) if match["version"] else None)

    @classmethod
    def to(cls, paper: AllowedPaper | None) -> Target | None:
        """Return an allowed paper as a target."""
        return cls("pdf", paper.paper, paper.version) if paper else None


@dataclass
class Sources:
    """Hold what an answer's marks may lead to: the entries of its own list, and the allowed papers by name."""

    shelf: Shelf
    entries: dict[str, Target] = field(default_factory=dict)
    authors: dict[tuple[str, str], Target] = field(default_factory=dict)  # surname and year of entries

    def named(self, name: str) -> Target | None:
        """Return what a name means: an arXiv id, a file, a key, an author with a year, a title; None for nothing."""
        name = name.strip().strip("“”\"'«»*_ ,")
        if match := works.named_id(name):
            return Target.of(match)
        if file := file_in(name):
            return Target.to(self.shelf.by_file(file))
        if author := works.AUTHOR_YEAR.fullmatch(name):
            listed = self.authors.get((author["name"].lower(), author["year"][:4]))
            return listed or Target.to(self.shelf.by_author(author["name"], author["year"]))
        if is_key(name):
            return Target.to(self.shelf.by_key(name))
        return Target.to(self.shelf.by_title(name))

    @staticmethod
    def is_key(name: str) -> bool:
        """Tell whether a name is a key of BibTeX."""
        return is_key(name) and not works.AUTHOR_YEAR.fullmatch(name)

    @staticmethod
    def file_in(name: str) -> str:
        """Return the name of the file that a name is or holds."""
        return file_in(name)

    def list_author(self, run: Run, target: Target) -> None:
        """Note the first author and the year of an entry, by which it may be cited."""
        head = re.match(r"\W*([^\W\d_][\w’'-]+)", run.text)
        year = _YEAR.search(works.URL.sub(" ", run.text))
        if head and year:
            self.authors.setdefault((head[1].lower(), year[0]), target)


def resolve(run: Run, sources: Sources) -> Target:
    """Return what a reference entry or a link leads to."""
    urls = addresses(run)
    said = " ".join((run.text, *urls))
    quote = next((q for q in quotes(run.text) if not _title_like(q) or len(q.split()) > 12), "")
    if re.search(r"\bthe question itself\b", run.text, re.IGNORECASE):
        return Target("brief", quote=quote)
    if paper := _paper_of(run, urls):
        return replace(paper, pages=pages_of(said), quote=quote)
    for allowed in sources.shelf.papers:
        if allowed.github and any(works.link_allowed(url, (allowed.github,)) for url in urls):
            return Target("pdf", allowed.paper, allowed.version, pages=pages_of(said), quote=quote)
    if doi := works.DOI.search(said):
        return Target("link", link=f"https://doi.org/{doi[0]}", quote=quote)
    if urls:
        return Target("link", link=urls[0], quote=quote)
    if named := _by_name(run, sources):
        summary = re.search(r"\bthe brief['’]s (?:own )?summary\b", run.text, re.IGNORECASE)
        return replace(named, source="summary" if summary else "pdf", pages=pages_of(said), quote=quote)
    return Target("unknown", problem=f"its entry leads to no paper: {run.text[:120].strip()}", quote=quote)


def pages_of(text: str) -> tuple[int, ...]:
    """Return the pages that a text names; of a range all, but where it is that of a whole volume."""
    found: dict[int, None] = {}
    for match in _PAGE.finditer(text):
        low = int(match["one"] or match["low"])
        high = int(match["high"] or low)
        if low <= high < low + MAX_PAGES:
            found.update(dict.fromkeys(range(low, high + 1)))
    return tuple(found)[:MAX_PAGES]


def addresses(run: Run) -> list[str]:
    """Return the URLs that a text links to or names; links within the answer lead nowhere else."""
    return [link.url for link in run.links if not link.url.startswith("#")] + works.links(run.outside)


def _paper_of(run: Run, urls: list[str]) -> Target | None:
    """Return the paper whose arXiv id stands in an address, else in the text."""
    for place in map(works.normal_link, urls):
        if place.startswith("arxiv:") and (match := works.ARXIV_ID.search(place)):
            return Target.of(match)
    bare = run.outside
    for match in works.ARXIV_ID.finditer(bare):
        before = bare[max(0, match.start() - 60) : match.end()]
        if works.is_id(match) and (not works.URL.search(before) or "arxiv" in bare.lower()):
            return Target.of(match)
    return None


def _outside_quotes(text: str) -> str:
    """Return a text without what it quotes: an entry's place may stand behind its quote."""
    for low, high in reversed([place for place in quotations(text) if quotes_something(text[slice(*place)])]):
        text = f"{text[: low - 1]} {text[high + 1 :]}" if len(text) > high + 1 else text
    return text


def _by_name(run: Run, sources: Sources) -> Target | None:
    """Return the allowed paper whose title, name, file or key an entry is or holds."""
    text = _outside_quotes(run.text).strip()
    title = title_of(run)
    shelf = sources.shelf
    if paper := (title and shelf.by_title(title)) or shelf.titled(text) or shelf.by_title(text):
        return Target.to(paper)
    for allowed in shelf.papers:
        short = allowed.model.split(":")[0].strip()
        if len(short) > 3 and text.lower().startswith(short.lower()):
            return Target.to(allowed)
    if (file := file_in(text)) and (paper := shelf.by_file(file)):
        return Target.to(paper)
    key = re.match(r"\(?([\w:.-]+?)(?=[\s),:]|$)", text)
    return Target.to(shelf.by_key(key[1]) if key and is_key(key[1]) else shelf.by_text(text))


def listed(place: str, run: Run, target: Target) -> Listed:
    """Return an entry of a list of works as it is printed."""
    links = dict.fromkeys((*(link.url for link in run.links if _is_url(link.url)), *works.links(run.outside)))
    return Listed(place, target.paper, target.version, title_of(run), tuple(links), run.text.strip())


def _is_url(url: str) -> bool:
    return "://" in url or url.lower().startswith(("javascript:", "data:", "www.", "file:", "//"))


def title_of(run: Run) -> str:
    """Return the title that an entry prints: what it quotes, emphasises or links, unless that is only an id."""
    for text in _title_candidates(run):
        found = text.strip(" .,:")
        if (
            len(text) in _TITLE_LENGTH
            and not works.ARXIV_ID.search(found)
            and not works.links(found)
            and not file_in(found)
            and len(found.split()) < _TITLE_WORDS
            and _title_like(found, 0.8 if text.rstrip().endswith(".") else 0.5)
        ):
            return found
    return ""


def _title_candidates(run: Run) -> Iterator[str]:
    yield from (run.text[low:high] for low, high in quotations(run.text))
    yield from (run.text[start:end] for start, end in run.stressed)
    yield from (run.text[link.start : link.end] for link in run.links)


def _title_like(text: str, least: float = 0.5) -> bool:
    """Tell a title from a quote: most of its longer words begin with a capital, and it is no row of a table."""
    if _TABLE.match(text) or len(_DECIMAL.findall(text)) > 1:
        return False
    words = [word for word in re.findall(r"[A-Za-z][\w-]*", text) if len(word) > 3]
    return len(words) < 2 or sum(word[0].isupper() for word in words) >= least * len(words)


def quotes(text: str) -> list[str]:
    """Return what a text quotes, if it is more than a few words."""
    found = (text[low:high].strip() for low, high in quotations(text))
    return [quote for quote in found if quotes_something(quote)]
