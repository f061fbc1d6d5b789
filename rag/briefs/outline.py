"""Sort a brief's lines: what asks, what is to be explained, which fields describe papers, what is boilerplate.

Lines are read one by one; most say by their form what they are, the others belong to the part they stand in. A leaf
of `brief`, which makes papers of the fields. Not handled: two questions, points without number or bullet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.briefs.ids import ID, parse_arxiv_id
from rag.errors import BriefError

_KEYS = {
    "model": "model", "title": "model", "name": "model", "paper": "paper", "arxiv": "paper", "link": "paper",
    "github": "github", "code": "github", "repository": "github", "summary": "summary", "abstract": "summary",
}  # fmt: skip
_PROPER = ("model", "paper", "github", "summary")  # the others count only between these, not in a summary
_ITEM = r"(?:[-*•+]\s+|\(?[0-9]{1,3}[.)]\s+)?"
_FIELD = re.compile(rf"{_ITEM}[*_]*({'|'.join(_KEYS)})[*_]*\s*:[*_]*\s*(.*)", re.IGNORECASE)
_LOCAL = re.compile(rf"{_ITEM}(local:\S.*)", re.IGNORECASE)
_BARE_ID = re.compile(rf"{_ITEM}(\S*{ID}\S*)", re.IGNORECASE | re.ASCII)
_HEADING = re.compile(r"#{1,6}\s+(?P<title>.+)")
_RECOMMENDED = re.compile(r"recommended (?:ai )?(?:models?|papers?|tools?)(?:\(s\))?", re.IGNORECASE)
_RELATED = re.compile(
    r"(?:(?:related|allowed|relevant|other|further) )?(?:papers?|models?)(?: allowed)?", re.IGNORECASE
)
_ASKS = re.compile(
    r"(?:#{1,6}\s+)?[*_]*(?:[^:?]{0,150}\b(?:users?|asked|following|my|our)\b[^:?]{0,80}\b|the )?"
    r"(?:question|query)(?: is)?[*_]*\s*:[*_]*\s*(?P<text>.*)",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"[^.?!]*\b(?:explain|describe|cover|address|discuss|points|sections|questions)\b[^.?!]*:[*_]*", re.IGNORECASE
)
_POINT = re.compile(r"\(?[0-9]{1,2}[.)]\s+(.+)")
_BULLET = re.compile(r"[-*•+]\s+(.+)")
# what is said to whoever answers; it must not be taken for the second paragraph of a summary
_BOILERPLATE = re.compile(
    r"(?:you (?:are|should|must|may)|your (?:answer|reply|response)|please|use|do not|don't|must not|based on|answer|"
    r"write|give|provide|cite|list|explain|describe|respond|keep|make sure|ensure)\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:#{1,6}\s+)?[*_]*answer[*_]*\s*:[*_]*(?P<text>.*)|#{1,6}\s+answer", re.IGNORECASE)
_LABELLED = re.compile(r"[*_]*[A-Za-z][\w -]{1,30}:[*_]*(?:\s.*)?")
_LONGEST_MARK = 300  # characters; a longer line is text, whatever words are in it
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}


@dataclass(frozen=True, slots=True)
class Field:
    """Hold one field of an entry, `Paper: ...`, with its lines and place."""

    line: int
    key: str
    section: int  # fields of two headings never share an entry
    recommended: bool
    after_gap: bool
    text: list[str]

    @property
    def value(self) -> str:
        """Return the field's text on one line."""
        return " ".join(self.text).strip()


@dataclass(slots=True)
class Outline:
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
    fields: list[Field] = field(default_factory=list)

    def read(self, number: int, line: str) -> None:
        """Take the next line, without the blanks around it."""
        found = _FIELD.fullmatch(line)
        key = found[1].lower() if found else ""
        if self.closing:
            self._quoted(line)
        elif not line:
            self.gap = True
            self.loose.append([])
            if self.part == "question" and self.asked:
                self.part = "front"
        elif self.part == "answer":
            if key == "paper":
                raise BriefError(f"{self.name}:{number}: a paper after 'Answer:'; move it above that line")
        elif found and (key in _PROPER or (self.part == "papers" and not self._in_summary())):
            self._add_field(number, _KEYS[key], found[2])
        elif self._is_inside_summary(line) or not self._mark(number, line):
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

    def _in_summary(self) -> bool:
        return self.part == "papers" and bool(self.fields) and self.fields[-1].key == "summary"

    def _is_inside_summary(self, line: str) -> bool:
        """Tell whether a line stands in the middle of a summary, which may say anything but a bare "Answer:"."""
        answer = _ANSWER.fullmatch(line)
        return self._in_summary() and not self.gap and not line.startswith("#") and not (answer and not answer["text"])

    def _mark(self, number: int, line: str) -> bool:
        """Take a line that says itself what it is; return False for one that does not."""
        if _ANSWER.fullmatch(line):
            self.part = "answer"
        elif (point := _POINT.fullmatch(line)) and self.part != "papers":
            self.part, self.numbered = "points", True
            self.items.append(point[1])
        elif asks := _ASKS.fullmatch(line):
            if self.asked and asks["text"]:
                asked = f"a second question; a brief asks one (line {self.asked_line})"
                raise BriefError(f"{self.name}:{number}: {asked}")
            if not self.asked:
                self.part, self.asked_line = "question", number
                if asks["text"]:
                    self._plain(number, asks["text"])
        elif self._is_heading(line):
            self.section += 1
        elif len(line) <= _LONGEST_MARK and _EXPLAINS.fullmatch(line):
            self.part = "points"
        elif _BOILERPLATE.match(line) and self.part != "question":
            self.part = "front"
        else:
            return False
        return True

    def _is_heading(self, line: str) -> bool:
        hashed = _HEADING.fullmatch(line)
        title = (hashed["title"] if hashed else line).strip("#*_: ")
        recommended = _RECOMMENDED.search(title) if hashed else _RECOMMENDED.fullmatch(title)
        if recommended or _RELATED.fullmatch(title):
            self.part, self.recommended = "papers", bool(recommended)
        elif hashed and re.search(r"\b(?:question|query)\b", title, re.IGNORECASE) and not self.asked:
            self.part = "question"
        elif hashed and re.search(r"\b(?:explain|points|sections|tasks?)\b", title, re.IGNORECASE):
            self.part = "points"
        elif hashed and re.search(r"\b(?:papers?|models?|references|literature)\b", title, re.IGNORECASE):
            self.part, self.recommended = "papers", False
        elif hashed:
            self.part = "front"
        else:
            return False
        return True

    def _plain(self, number: int, line: str) -> None:
        """Take a line for what the lines before it are."""
        bullet = _BULLET.fullmatch(line)
        if self.part == "question":
            self._question_line(number, line.removeprefix(">").strip())
        elif self.part == "papers":
            self._paper_line(number, line)
        elif self.part == "points" and bullet and not self.numbered:
            self.items.append(bullet[1])
        elif self.part == "points" and self.items and not self.gap:
            self.items[-1] += f" {line}"
        else:
            self.part = "front"
            self.loose[-1].append(line)

    def _question_line(self, number: int, line: str) -> None:
        if not self.asked:
            self.asked_line = number
            closing = _QUOTES.get(line[:1], "")
            if closing and closing not in line[1:]:
                self.closing = closing
            elif closing and line.endswith(closing):
                self.part = "front"
        self.asked.append(line)

    def _quoted(self, line: str) -> None:
        if line.startswith("#") or _FIELD.fullmatch(line):
            raise BriefError(f"{self.name}:{self.asked_line}: the question has no closing {self.closing}; add it")
        if line:
            self.asked.append(line)
        if line.endswith(self.closing):
            self.closing, self.part = "", "front"

    def _paper_line(self, number: int, line: str) -> None:
        last = self.fields[-1] if self.fields and self.fields[-1].section == self.section else None
        foreign = bool(_LABELLED.fullmatch(line)) and "arxiv" not in line.lower()  # "Year: 2021": not our concern
        open_end = last and (not last.text or (last.key == "model" and not self.gap))
        if last and (last.key == "summary" or (open_end and not foreign)):
            last.text.append(line)
        elif foreign:
            pass
        elif bare := _BARE_ID.fullmatch(line):
            self._add_field(number, "paper", bare[1])
        elif local := _LOCAL.fullmatch(line):
            self._add_field(number, "paper", local[1])
        elif "://" in line or "arxiv" in line.lower():
            parse_arxiv_id(line, f"{self.name}:{number}: ")
            self._add_field(number, "paper", line)

    def _add_field(self, number: int, key: str, value: str) -> None:
        if self.part != "papers":
            self.part, self.recommended = "papers", False
            self.section += 1
        text = [value] if value else []
        self.fields.append(Field(number, key, self.section, self.recommended, self.gap, text))


def _is_quoted(text: str) -> bool:
    return len(text) >= 2 and text[0] in _QUOTES and text[-1] == _QUOTES[text[0]]


def _unquoted(text: str) -> str:
    text = " ".join(text.split()).strip("*_ ")
    return text[1:-1].strip() if _is_quoted(text) else text
