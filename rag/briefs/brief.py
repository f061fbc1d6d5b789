"""Read a brief: the question, the points to explain, and the only papers that may be used.

A brief is plain text with parts in any order: a question, introduced by a line such as "A user has asked the
following question:"; numbered points; entries of `Model:`, `Paper:`, `GitHub:`, `Summary:` lines, most often under
the headings "Recommended AI Models" and "Related Papers". A summary runs until the next entry or heading. All other
lines are boilerplate and left aside; after "Answer:" nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.briefs.ids import parse_paper, shown
from rag.briefs.outline import Field, Outline
from rag.briefs.references import allowed_of, is_references, read_references
from rag.briefs.whitelist import WHITELISTS, check_whole, join_papers, load_whitelist, named, parse_github, read_text
from rag.errors import BriefError
from rag.papers import AllowedPaper, Point

MAX_QUESTION = 10_000  # characters: several pages
MAX_POINT = 2_000
MAX_POINTS = 50
DEFAULT_POINTS = (Point("Answer"), Point("Papers and tools", "papers"))
TITLE_LENGTH = 60  # characters: one line of a table of contents


@dataclass(frozen=True, slots=True)
class Brief:
    """Hold what a user hands over. `text` is the whole of it, `name` the file's, for messages."""

    question: str
    points: tuple[Point, ...]
    papers: tuple[AllowedPaper, ...]
    text: str = ""
    name: str = ""

    @classmethod
    def load(cls, path: Path, need_question: bool = True) -> Brief:
        """Read a brief from a text file; raise `BriefError` with file and line of the first fault."""
        return cls.parse(read_text(path), path.name, need_question)

    @classmethod
    def parse(cls, text: str, name: str = "brief", need_question: bool = True) -> Brief:
        """Read a brief; `need_question=False` accepts papers alone, for fetching them."""
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        outline = Outline(name)
        for number, line in enumerate(text.split("\n"), 1):
            outline.read(number, line.strip())
        question = outline.question()
        if need_question and not question:
            raise BriefError(f"{name}: no question; add a line 'Question:' and the question after it")
        _check(question, outline.items, f"{name}: ")
        points = tuple(point_of(item) for item in outline.items)
        papers = join_papers(papers_of(outline.fields, name), name)
        if not papers:
            raise BriefError(f"{name}: no paper is allowed; add a line 'Paper: https://arxiv.org/abs/2108.10257'")
        return cls(question, points or DEFAULT_POINTS, papers, text, name)

    @classmethod
    def of(cls, question: str, papers: Sequence[str | AllowedPaper], sections: Sequence[str | Point] = ()) -> Brief:
        """Make a brief of a bare question, ids or links, and what each section of the answer has to explain.

        >>> brief = Brief.of("How is blur modelled?", ["2404.11358v2", "local:smith2020"], ["The model", "The data"])
        >>> [paper.key for paper in brief.papers], [point.title for point in brief.points]
        (['2404.11358v2', 'local:smith2020'], ['The model', 'The data'])
        """
        question = " ".join(question.split())
        if not question:
            raise BriefError("no question; give a question that the papers can answer")
        if not papers:
            raise BriefError('no paper is allowed; give at least one, e.g. papers=["2108.10257"]')
        _check(question, [section for section in sections if isinstance(section, str)], "")
        points = tuple(section if isinstance(section, Point) else point_of(section) for section in sections)
        return cls(question, points or DEFAULT_POINTS, named(papers, "papers"))


def _check(question: str, items: Sequence[str], place: str) -> None:
    for text in (question, *items):
        check_whole(text, place)
    if len(question) > MAX_QUESTION:
        raise BriefError(f"{place}the question has {len(question)} characters; shorten it to {MAX_QUESTION}")
    if len(items) > MAX_POINTS:
        raise BriefError(f"{place}{len(items)} points to explain; keep to {MAX_POINTS}")
    for item in items:
        if len(item) > MAX_POINT:
            raise BriefError(f"{place}the point {shown(item)} has {len(item)} characters; shorten it to {MAX_POINT}")


def listed(path: Path) -> tuple[AllowedPaper, ...]:
    """Return the papers of a whitelist, of a reference manager's file, or of a brief, which need not ask anything."""
    if is_references(path):
        return allowed_of(read_references(path), path.name)
    if path.suffix.lower() in WHITELISTS:
        return load_whitelist(path)
    return Brief.load(path, need_question=False).papers


def given(question: Brief | str | Path, papers: Sequence[AllowedPaper | str] | None) -> Brief:
    """Return the brief that is handed over: whole, as a file, or as a question with its papers."""
    if isinstance(question, Brief):
        if papers is not None:
            raise BriefError("give a brief, or a question with papers, not both")
        return question
    return Brief.load(question) if isinstance(question, Path) else Brief.of(question, papers or ())


def all_named(what: Brief | Sequence[AllowedPaper | str] | str | Path) -> tuple[AllowedPaper, ...]:
    """Return the papers of a brief, of a file that lists them, of one id or of several."""
    if isinstance(what, Brief):
        return what.papers
    if isinstance(what, Path):
        return listed(what)
    return named([what] if isinstance(what, str) else what)


# --- fields -> papers --------------------------------------------------------------------------------------

_LINK = re.compile(r"\[[^\]]*\]\(\s*(?P<link>\S+?)\s*\)|<(?P<angled>\S+)>")
_NONE = frozenset(("", "-", "–", "—", "none", "n/a", "na", "not available"))


def papers_of(fields: Sequence[Field], name: str) -> Iterator[AllowedPaper]:
    """Yield the paper of each entry; raise `BriefError` with the line of one that names none."""
    for entry in entries_of(fields):
        first = next(iter(entry.values()))
        if "paper" not in entry:
            raise BriefError(
                f"{name}:{first.line}: this entry names no paper; add a line 'Paper: https://arxiv.org/abs/…'"
            )
        paper = entry["paper"]
        arxiv_id, version = parse_paper(paper.value, f"{name}:{paper.line}: ")
        github = entry.get("github")
        has_github = github is not None and github.value.lower() not in _NONE
        yield AllowedPaper(
            arxiv_id,
            version,
            model=entry["model"].value if "model" in entry else "",
            github=parse_github(_target(github.value), f"{name}:{github.line}: ") if github and has_github else None,
            summary=entry["summary"].value if "summary" in entry else "",
            recommended=first.recommended,
            line=paper.line,
        )


def entries_of(fields: Sequence[Field]) -> list[dict[str, Field]]:
    """Group fields: a new entry starts with a heading, a repeated field, or a block that brings its own paper.

    A block ends at a blank line or a heading.
    """
    blocks: list[list[Field]] = []
    for item in fields:
        if not blocks or item.after_gap or item.section != blocks[-1][-1].section:
            blocks.append([])
        blocks[-1].append(item)
    entries: list[dict[str, Field]] = []
    section = -1
    for block in blocks:
        own_paper = any(item.key == "paper" for item in block)
        if not entries or block[0].section != section or (own_paper and "paper" in entries[-1]):
            entries.append({})
        section = block[0].section
        for item in block:
            if item.key in entries[-1]:
                entries.append({})
            entries[-1][item.key] = item
    return entries


def _target(value: str) -> str:
    """Return the address of a Markdown link, or the value itself without a full stop."""
    link = _LINK.fullmatch(value.strip())
    return (link["link"] or link["angled"]) if link else value.rstrip(".,;")


# --- points -> sections --------------------------------------------------------------------------------------

_ARROW = re.compile(r"\s*(?:→|⟶|⇒|-+>|=+>)\s*")
_FLOW = re.compile(r"[\w-]+(?:\s*(?:→|⟶|⇒|-+>|=+>)\s*[\w-]+)+")
_WORKFLOW = re.compile(r"\b(?:workflow|pipeline|data ?flow)\b", re.IGNORECASE)
_LISTS = re.compile(r"(?:please )?(?:list|name|give|provide|cite|recommend|link|include|add)\b", re.IGNORECASE)
_SOURCES = {
    "papers": re.compile(r"\b(?:papers?|publications?|literature|references|articles)\b", re.IGNORECASE),
    "tools": re.compile(r"\b(?:tools?|software|librar(?:y|ies))\b", re.IGNORECASE),
    "code": re.compile(r"\b(?:code|repositor(?:y|ies)|repos)\b", re.IGNORECASE),
    "models": re.compile(r"\bmodels\b", re.IGNORECASE),
    "datasets": re.compile(r"\bdata ?sets?\b", re.IGNORECASE),
}
_USER = re.compile(r"\busers?(?:'s|’s|'|’)?\b", re.IGNORECASE)
_WISH = re.compile(
    r"\b(?:tasks?|try(?:ing)?|tries|wants?|goals?|aims?|needs?|intends?|intention|problem|asks?|asking|achieve|perform)\b",
    re.IGNORECASE,
)
_ADVICE = re.compile(r"\b(?:should|could|can|choose|recommend\w*|consider|best)\b", re.IGNORECASE)
_LEAD = re.compile(r"[*_]{2}(?P<bold>[^*_]{2,60}?)[*_:]+|(?P<plain>[A-Z][\w'’/-]*(?: [\w'’/-]+){0,4}):(?=\s)")
_IMPERATIVE = re.compile(
    r"(?:please )?(?:explain|describe|discuss|state|say|show|tell|outline|summari[sz]e)\s+", re.IGNORECASE
)


def point_of(text: str) -> Point:
    """Return the section that a point asks for."""
    text = " ".join(text.split())
    lead = _LEAD.match(text)
    title = (lead["bold"] or lead["plain"]).strip() if lead else ""
    plain = re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", text)
    if _LISTS.match(plain) and (wanted := sources(plain)):
        return Point(title or wanted, "papers", plain)
    flow = _FLOW.search(plain)
    if flow or _WORKFLOW.search(plain):
        shape = f"Workflow: {_ARROW.sub(' → ', flow[0])}" if flow else "Workflow"
        return Point(title or shape, "workflow", plain)
    about_user = bool(_USER.search(plain) and _WISH.search(plain) and not _ADVICE.search(plain))
    if about_user and re.search(r"\btasks?\b", plain, re.IGNORECASE):
        title = title or "The task"
    return Point(title or short_title(plain), "prose", plain, about_user)


def sources(text: str) -> str:
    """Return what a point wants listed, as a title; empty unless papers, tools or code are among it."""
    found = [(match.start(), name) for name, words in _SOURCES.items() if (match := words.search(text))]
    names = [name for _, name in sorted(found)]
    if not {"papers", "tools", "code"} & set(names):
        return ""
    listed = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    return listed.capitalize()


def short_title(text: str) -> str:
    """Return a point's own words as a title: without the imperative, its brackets and its end."""
    text = re.sub(r"\s*\([^()]*\)", "", _IMPERATIVE.sub("", text, count=1)).rstrip(" .:;")
    text = re.split(r"(?<=[^.?!]{12})[.?!;:] ", text, maxsplit=1)[0] if len(text) > TITLE_LENGTH else text
    if len(text) > TITLE_LENGTH:
        text = text[: TITLE_LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
    return text[:1].upper() + text[1:]
