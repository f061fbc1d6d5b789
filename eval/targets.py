"""Tell where a mark, a link or an entry of a reference list leads: to a paper, the brief, a link, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import works
from .cases import Case
from .checks_claim import same_title
from .exhibits import Listed
from .running_text import Run

MIN_QUOTE_WORDS = 4  # shorter quotation marks set words apart, they quote nothing
MAX_PAGES = 4  # that one entry names
QUOTE = re.compile(r"“(?P<curly>[^“”]{1,4000})”|(?<![\w])\"(?P<plain>[^\"]{1,4000})\"(?!\w)")
_PAGE = re.compile(r"#page=(\d{1,5})|\bpp?\.\s*(\d{1,5})|\bpage\s+(\d{1,5})", re.IGNORECASE)
_TABLE = re.compile(r"(?:Table|TABLE|Tab\.)\s+[\dIVX]+[.:]")
_DECIMAL = re.compile(r"\d+\.\d+")
_TITLE_WORDS = 25  # a longer quotation in an entry is no title
_TITLE_LENGTH = range(8, 301)


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


def resolve(run: Run, case: Case) -> Target:
    """Return what a reference entry or a link leads to."""
    urls = addresses(run)
    said = " ".join((run.text, *urls))
    pages = tuple(dict.fromkeys(int(next(filter(None, found))) for found in _PAGE.findall(said)))[:MAX_PAGES]
    quote = next((q for q in quotes(run.text) if not _title_like(q) or len(q.split()) > 12), "")
    if re.search(r"\bthe question itself\b", run.text, re.IGNORECASE):
        return Target("brief", quote=quote)
    if paper := _paper_of(run, urls):
        return replace(paper, pages=pages, quote=quote)
    for allowed in case.papers or ():
        if allowed.github and any(works.link_allowed(url, (allowed.github,)) for url in urls):
            return Target("pdf", allowed.paper, allowed.version, pages=pages, quote=quote)
    if doi := works.DOI.search(said):
        return Target("link", link=f"https://doi.org/{doi[0]}", quote=quote)
    if urls:
        return Target("link", link=urls[0], quote=quote)
    if named := _by_title(run, case):
        summary = re.search(r"\bthe brief['’]s (?:own )?summary\b", run.text, re.IGNORECASE)
        return replace(named, source="summary" if summary else "pdf", pages=pages, quote=quote)
    return Target("unknown", problem=f"its entry leads to no paper: {run.text[:120].strip()}", quote=quote)


def addresses(run: Run) -> list[str]:
    """Return the URLs that a text links to or names."""
    return [link.url for link in run.links] + works.links(run.outside)


def _paper_of(run: Run, urls: list[str]) -> Target | None:
    """Return the paper whose arXiv id stands in an address, else in the text."""
    for place in map(works.normal_link, urls):
        if place.startswith("arxiv:") and (match := works.ARXIV_ID.search(place)):
            return by_id(match)
    bare = run.outside
    for match in works.ARXIV_ID.finditer(bare):
        if not works.URL.search(bare[max(0, match.start() - 60) : match.end()]) or "arxiv" in bare.lower():
            return by_id(match)
    return None


def by_id(match: re.Match[str]) -> Target:
    """Return the paper that an arXiv id names."""
    return Target("pdf", match["id"], int(match["version"]) if match["version"] else None)


def _by_title(run: Run, case: Case) -> Target | None:
    title = title_of(run) or run.text.strip()
    for paper in case.papers or ():
        short = paper.model.split(":")[0].strip()
        if paper.model and (
            same_title(title, paper.model) or (len(short) > 3 and run.text.strip().lower().startswith(short.lower()))
        ):
            return Target("pdf", paper.paper, paper.version)
    return None


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
            and len(found.split()) < _TITLE_WORDS
            and _title_like(found, 0.8 if text.rstrip().endswith(".") else 0.5)
        ):
            return found
    return ""


def _title_candidates(run: Run) -> Iterator[str]:
    yield from (match[1] for match in re.finditer(r"[“\"]([^“”\"]{8,300})[”\"]", run.text))
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
    found = [match["curly"] or match["plain"] for match in QUOTE.finditer(text)]
    return [quote.strip() for quote in found if len(quote.split()) >= MIN_QUOTE_WORDS]
