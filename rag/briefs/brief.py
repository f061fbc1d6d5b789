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

from rag.briefs.allowed import join_papers, parse_arxiv_id, parse_github, read_text, shown
from rag.briefs.outline import Field, Outline
from rag.briefs.points import DEFAULT_POINTS, point_of
from rag.errors import BriefError
from rag.papers import AllowedPaper, Point

MAX_QUESTION = 10_000  # characters: several pages
MAX_POINT = 2_000
MAX_POINTS = 50


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
        _check_lengths(question, outline.items, f"{name}: ")
        points = tuple(point_of(item) for item in outline.items)
        papers = join_papers(_papers(outline.fields, name), name)
        if not papers:
            raise BriefError(f"{name}: no paper is allowed; add a line 'Paper: https://arxiv.org/abs/2108.10257'")
        return cls(question, points or DEFAULT_POINTS, papers, text, name)

    @classmethod
    def of(cls, question: str, papers: Sequence[str | AllowedPaper], sections: Sequence[str | Point] = ()) -> Brief:
        """Make a brief of a bare question, ids or links, and what each section of the answer has to explain."""
        question = " ".join(question.split())
        if not question:
            raise BriefError("no question; give a question that the papers can answer")
        if not papers:
            raise BriefError('no paper is allowed; give at least one, e.g. papers=["2108.10257"]')
        allowed = (p if isinstance(p, AllowedPaper) else _bare(p, f"papers[{i}]: ") for i, p in enumerate(papers))
        _check_lengths(question, [section for section in sections if isinstance(section, str)], "")
        points = tuple(section if isinstance(section, Point) else point_of(section) for section in sections)
        return cls(question, points or DEFAULT_POINTS, join_papers(allowed, "papers"))


def _check_lengths(question: str, items: Sequence[str], place: str) -> None:
    if len(question) > MAX_QUESTION:
        raise BriefError(f"{place}the question has {len(question)} characters; shorten it to {MAX_QUESTION}")
    if len(items) > MAX_POINTS:
        raise BriefError(f"{place}{len(items)} points to explain; keep to {MAX_POINTS}")
    for item in items:
        if len(item) > MAX_POINT:
            raise BriefError(f"{place}the point {shown(item)} has {len(item)} characters; shorten it to {MAX_POINT}")


def _bare(text: str, place: str) -> AllowedPaper:
    return AllowedPaper(*parse_arxiv_id(text, place))


# --- fields -> papers --------------------------------------------------------------------------------------

_LINK = re.compile(r"\[[^\]]*\]\(\s*(?P<link>\S+?)\s*\)|<(?P<angled>\S+)>")
_NONE = frozenset(("", "-", "–", "—", "none", "n/a", "na", "not available"))


def _papers(fields: Sequence[Field], name: str) -> Iterator[AllowedPaper]:
    for entry in _entries(fields):
        first = next(iter(entry.values()))
        if "paper" not in entry:
            raise BriefError(
                f"{name}:{first.line}: this entry names no paper; add a line 'Paper: https://arxiv.org/abs/…'"
            )
        paper = entry["paper"]
        arxiv_id, version = parse_arxiv_id(_target(paper.value), f"{name}:{paper.line}: ")
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


def _entries(fields: Sequence[Field]) -> list[dict[str, Field]]:
    """Group fields: a new entry starts with a heading, a repeated field, or a block that brings its own paper."""
    entries: list[dict[str, Field]] = []
    section = -1
    for block in _blocks(fields):
        own_paper = any(item.key == "paper" for item in block)
        if not entries or block[0].section != section or (own_paper and "paper" in entries[-1]):
            entries.append({})
        section = block[0].section
        for item in block:
            if item.key in entries[-1]:
                entries.append({})
            entries[-1][item.key] = item
    return entries


def _blocks(fields: Sequence[Field]) -> list[list[Field]]:
    blocks: list[list[Field]] = []
    for item in fields:
        if not blocks or item.after_gap or item.section != blocks[-1][-1].section:
            blocks.append([])
        blocks[-1].append(item)
    return blocks


def _target(value: str) -> str:
    """Return the address of a Markdown link, or the value itself without a full stop."""
    link = _LINK.fullmatch(value.strip())
    return (link["link"] or link["angled"]) if link else value.rstrip(".,;")
