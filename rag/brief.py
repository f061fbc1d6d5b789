"""Read a brief: the question, the points to explain, and the only papers that may be used.

A brief is plain text with parts in any order: a question, introduced by a line such as "A user has asked the
following question:"; numbered points; entries of `Model:`, `Paper:`, `GitHub:`, `Summary:` lines, most often under
the headings "Recommended AI Models" and "Related Papers". A summary runs until the next entry or heading. All other
lines are boilerplate and left aside; after "Answer:" nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.allowed import ID, join_papers, parse_arxiv_id, parse_github, read_text
from rag.errors import BriefError
from rag.points import DEFAULT_POINTS, point_of
from rag.types import AllowedPaper, Point


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
        reader = _Reader(name)
        for number, line in enumerate(text.split("\n"), 1):
            reader.read(number, line.strip())
        question = reader.question()
        if need_question and not question:
            raise BriefError(f"{name}: no question; add a line 'Question:' and the question after it")
        points = tuple(point_of(item) for item in reader.items)
        papers = join_papers(_papers(reader.fields, name), name)
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
        points = tuple(section if isinstance(section, Point) else point_of(section) for section in sections)
        return cls(question, points or DEFAULT_POINTS, join_papers(allowed, "papers"))


def _bare(text: str, place: str) -> AllowedPaper:
    return AllowedPaper(*parse_arxiv_id(text, place))


# --- lines -> question, points, fields ---------------------------------------------------------------------

_KEYS = {
    "model": "model", "title": "model", "name": "model", "paper": "paper", "arxiv": "paper", "link": "paper",
    "github": "github", "code": "github", "repository": "github", "summary": "summary", "abstract": "summary",
}  # fmt: skip
_PROPER = ("model", "paper", "github", "summary")  # the others count only between these, not in a summary
_ITEM = r"(?:[-*•+]\s+|\(?[0-9]{1,3}[.)]\s+)?"
_FIELD = re.compile(rf"{_ITEM}[*_]*({'|'.join(_KEYS)})[*_]*\s*:[*_]*\s*(.*)", re.IGNORECASE)
_BARE_ID = re.compile(rf"{_ITEM}(\S*{ID}\S*)", re.IGNORECASE | re.ASCII)
_HEADING = re.compile(r"#{1,6}\s+(?P<title>.+)")
_RECOMMENDED = re.compile(r"recommended (?:ai )?(?:models?|papers?|tools?)(?:\(s\))?", re.IGNORECASE)
_RELATED = re.compile(
    r"(?:(?:related|allowed|relevant|other|further) )?(?:papers?|models?)(?: allowed)?", re.IGNORECASE
)
_ASKS = re.compile(r"[^:?]*\b(?:question|query)(?: is)?[*_]*\s*:[*_]*\s*(?P<text>.*)", re.IGNORECASE)
_EXPLAINS = re.compile(
    r"[^.?!]*\b(?:explain|describe|cover|address|discuss|points|sections|questions)\b[^.?!]*:[*_]*", re.IGNORECASE
)
_POINT = re.compile(r"\(?[0-9]{1,2}[.)]\s+(.+)")
_BULLET = re.compile(r"[-*•+]\s+(.+)")
_BOILERPLATE = re.compile(
    r"(?:you are an? |(?:please )?use [*_]*only|(?:do|must) not |don't |based on the )", re.IGNORECASE
)
_ANSWER = re.compile(r"(?:#{1,6}\s+)?[*_]*answer[*_]*\s*:[*_]*.*|#{1,6}\s+answer", re.IGNORECASE)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}


@dataclass(frozen=True, slots=True)
class _Field:
    line: int
    key: str
    section: int  # fields of two headings never share an entry
    recommended: bool
    after_gap: bool
    text: list[str]

    @property
    def value(self) -> str:
        return " ".join(self.text).strip()


@dataclass(slots=True)
class _Reader:
    """Take a brief line by line; `part` says what a line without a mark of its own belongs to."""

    name: str
    part: str = "front"  # front, question, points, papers, answer
    section: int = 0
    recommended: bool = False
    gap: bool = True
    numbered: bool = False
    closing: str = ""  # the quotation mark that ends an open question
    asked_line: int = 0
    asked: list[str] = field(default_factory=list)
    loose: list[list[str]] = field(default_factory=lambda: [[]])
    items: list[str] = field(default_factory=list)
    fields: list[_Field] = field(default_factory=list)

    def read(self, number: int, line: str) -> None:
        if self.closing:
            self._quoted(line)
        elif not line:
            self._blank()
        elif not self._marked(number, line):
            self._plain(number, line)
        if line:
            self.gap = False

    def question(self) -> str:
        """Return the question; without a line that announces it, a quoted paragraph or one that asks."""
        if self.closing:
            raise BriefError(f"{self.name}:{self.asked_line}: the question has no closing {self.closing}; add it")
        if self.asked:
            return _unquoted(" ".join(self.asked))
        paragraphs = [" ".join(lines) for lines in self.loose if lines]
        quoted = [text for text in paragraphs if _is_quoted(text)]
        return _unquoted(next(iter(quoted + [text for text in paragraphs if text.endswith("?")]), ""))

    def _blank(self) -> None:
        self.gap = True
        self.loose.append([])
        if self.part == "question" and self.asked:
            self.part = "front"

    def _marked(self, number: int, line: str) -> bool:
        """Read a line that says itself what it is; return False for one that does not."""
        found = _FIELD.fullmatch(line)
        if self.part == "answer":
            if found and found[1].lower() == "paper":
                raise BriefError(f"{self.name}:{number}: a paper after 'Answer:'; move it above that line")
            return True
        if found and self._is_field(found[1].lower()):
            self._add_field(number, _KEYS[found[1].lower()], found[2])
            return True
        if self._in_summary() and not self.gap and not line.startswith("#"):
            return False  # the middle of a summary may say anything
        return self._mark(number, line)

    def _mark(self, number: int, line: str) -> bool:
        if _ANSWER.fullmatch(line):
            self.part = "answer"
        elif self._is_heading(line):
            pass
        elif (point := _POINT.fullmatch(line)) and self.part != "papers":
            self.part, self.numbered = "points", True
            self.items.append(point[1])
        elif asks := _ASKS.fullmatch(line):
            self._ask(number, asks["text"])
        elif _EXPLAINS.fullmatch(line):
            self.part = "points"
        elif _BOILERPLATE.match(line) and self.part != "question":
            self.part = "front"
        else:
            return False
        return True

    def _is_field(self, key: str) -> bool:
        return key in _PROPER or (self.part == "papers" and not self._in_summary())

    def _in_summary(self) -> bool:
        return self.part == "papers" and bool(self.fields) and self.fields[-1].key == "summary"

    def _is_heading(self, line: str) -> bool:
        hashed = _HEADING.fullmatch(line)
        title = (hashed["title"] if hashed else line).strip("#*_: ")
        if _RECOMMENDED.fullmatch(title) or _RELATED.fullmatch(title):
            self.part, self.recommended = "papers", bool(_RECOMMENDED.fullmatch(title))
        elif hashed and re.search(r"\b(?:question|query)\b", title, re.IGNORECASE) and not self.asked:
            self.part = "question"
        elif hashed and re.search(r"\b(?:explain|points|sections|tasks?)\b", title, re.IGNORECASE):
            self.part = "points"
        elif hashed:
            self.part = "front"
        else:
            return False
        self.section += 1
        return True

    def _ask(self, number: int, text: str) -> None:
        if self.asked and text:
            raise BriefError(f"{self.name}:{number}: a second question; a brief asks one (line {self.asked_line})")
        if not self.asked:
            self.part, self.asked_line = "question", number
            if text:
                self._plain(number, text)

    def _plain(self, number: int, line: str) -> None:
        if self.part == "question":
            self._question_line(number, line.removeprefix(">").strip())
        elif self.part == "points":
            self._point_line(line)
        elif self.part == "papers":
            self._paper_line(number, line)
        else:
            self.loose[-1].append(line)

    def _question_line(self, number: int, line: str) -> None:
        if not self.asked:
            self.asked_line = number
            closing = _QUOTES.get(line[:1], "")
            if closing and closing not in line[1:]:
                self.closing = closing
        self.asked.append(line)

    def _quoted(self, line: str) -> None:
        if line.startswith("#") or _FIELD.fullmatch(line):
            raise BriefError(f"{self.name}:{self.asked_line}: the question has no closing {self.closing}; add it")
        if line:
            self.asked.append(line)
        if line.endswith(self.closing):
            self.closing, self.part = "", "front"

    def _point_line(self, line: str) -> None:
        bullet = _BULLET.fullmatch(line)
        if bullet and not self.numbered:
            self.items.append(bullet[1])
        elif self.items and not self.gap:
            self.items[-1] += f" {line}"
        else:
            self.part = "front"
            self.loose[-1].append(line)

    def _paper_line(self, number: int, line: str) -> None:
        last = self.fields[-1] if self.fields and self.fields[-1].section == self.section else None
        if last and (last.key == "summary" or not last.text or (last.key == "model" and not self.gap)):
            last.text.append(line)
        elif bare := _BARE_ID.fullmatch(line):
            self._add_field(number, "paper", bare[1])
        elif "://" in line or "arxiv" in line.lower():
            parse_arxiv_id(line, f"{self.name}:{number}: ")

    def _add_field(self, number: int, key: str, value: str) -> None:
        if self.part != "papers":
            self.part, self.recommended = "papers", False
            self.section += 1
        text = [value] if value else []
        self.fields.append(_Field(number, key, self.section, self.recommended, self.gap, text))


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] in _QUOTES and text[-1] == _QUOTES[text[0]]


def _unquoted(text: str) -> str:
    text = " ".join(text.split()).strip("*_ ")
    return text[1:-1].strip() if _is_quoted(text) else text


# --- fields -> papers --------------------------------------------------------------------------------------

_LINK = re.compile(r"\[[^\]]*\]\(\s*(?P<link>\S+?)\s*\)|<(?P<angled>\S+)>")
_NONE = frozenset(("", "-", "–", "—", "none", "n/a", "na", "not available"))


def _papers(fields: Sequence[_Field], name: str) -> Iterator[AllowedPaper]:
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


def _entries(fields: Sequence[_Field]) -> list[dict[str, _Field]]:
    """Group fields: a new entry starts with a heading, a repeated field, or a block that brings its own paper."""
    entries: list[dict[str, _Field]] = []
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


def _blocks(fields: Sequence[_Field]) -> list[list[_Field]]:
    blocks: list[list[_Field]] = []
    for item in fields:
        if not blocks or item.after_gap or item.section != blocks[-1][-1].section:
            blocks.append([])
        blocks[-1].append(item)
    return blocks


def _target(value: str) -> str:
    """Return the address of a Markdown link, or the value itself without a full stop."""
    link = _LINK.fullmatch(value.strip())
    return (link["link"] or link["angled"]) if link else value.rstrip(".,;")
