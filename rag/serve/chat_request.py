"""Read a chat completion's request: the question, and which papers may answer it.

The whitelist is the first found of: the body's `paperbound`, the header `X-Paperbound-Papers`, the model's name as a
shelf, what a user's message itself lists (a line `papers: ...`, or a whole brief). Later messages can leave papers out;
one that names a paper from outside is refused, so that no turn of a chat widens it in silence.
Only the last user message is asked; answers before it are never evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag import Brief
from rag.errors import BriefError
from rag.papers import AllowedPaper, Point
from rag.shelves import Shelves, shelf_of, within

HEADER = "X-Paperbound-Papers"
NONE_ALLOWED = (
    'no paper is allowed; name them in one of these ways: "paperbound": {"papers": ["2108.10257"]} in the body '
    f'(or {{"brief": "..."}}, {{"shelf": "..."}}), the header {HEADER}, a shelf as the model, '
    "or a line in the message: papers: 2108.10257, 2404.11358v2"
)
OUTSIDE = "is not among the papers of this chat ({papers}); a turn can leave papers out, not add any: begin a new chat"
_TASK = "### Task:"  # how Open WebUI's own jobs begin: titles, tags, follow-up questions
_LINE = re.compile(r"^[ \t>*]*papers[ \t]*:[ \t*]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
_OF_A_BRIEF = re.compile(r"^\W*paper\W*:", re.IGNORECASE | re.MULTILINE)


class Part(BaseModel):
    """Hold one part of a message; only text can be asked."""

    type: str
    text: str = ""


class Message(BaseModel):
    """Hold one message of a chat."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Return the words of the message; raise `BriefError` for a picture, sound or file."""
        if isinstance(self.content, str):
            return self.content
        for part in self.content or ():
            if part.type != "text":
                raise BriefError(f"a message holds a part of type {part.type!r}; only text can be asked")
        return "\n".join(part.text for part in self.content or ())


class Allowed(BaseModel):
    """Hold the body's field `paperbound`: one of ids or links, a brief's text, the name of a shelf."""

    model_config = ConfigDict(extra="forbid")
    papers: str | list[str] | None = None
    brief: str | None = None
    shelf: str | None = None


class StreamOptions(BaseModel):
    """Hold what is wanted of a stream."""

    include_usage: bool = False


class Chat(BaseModel):
    """Hold a request for a chat completion, as far as it is heeded; sampling parameters have nothing to sample here."""

    model: str = ""
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    paperbound: Allowed | None = None

    @classmethod
    def read(cls, body: bytes) -> Chat:
        """Read a request's body; raise `BriefError` with the place of the first fault."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise BriefError(f"{place or 'body'}: {first['msg']}") from None

    @property
    def turns(self) -> list[str]:
        """Return what the user wrote, turn by turn."""
        return [message.text for message in self.messages if message.role == "user"]

    @property
    def is_task(self) -> bool:
        """Tell whether a client asks for something of its own, a title or tags, instead of a question."""
        return bool(self.turns) and self.turns[-1].lstrip().startswith(_TASK)


def brief_of(chat: Chat, header: str | None, shelves: Shelves) -> Brief:
    """Return what is asked and allowed; raise `BriefError` where no paper is, or a turn names one from outside."""
    if not chat.turns:
        raise BriefError("messages: none has the role user; the last of them is what is asked")
    turns = [read_turn(text, number) for number, text in enumerate(chat.turns, 1)]
    given = given_by(chat, header, shelves)
    outer = given.papers if given else next((turn.papers for turn in turns if turn.papers), ())
    allowed = outer
    for turn in turns:
        if turn.papers:
            allowed = tuple(within(outer, turn.papers, OUTSIDE))
    if not allowed:
        raise BriefError(NONE_ALLOWED)
    points = turns[-1].points or (given.points if given else ())
    question = turns[-1].question or (given.question if given else "")
    return Brief.of(question, allowed, points)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Hold what one message asks, and what it lists, if anything."""

    question: str
    papers: tuple[AllowedPaper, ...] = ()
    points: tuple[Point, ...] = ()


def read_turn(text: str, number: int) -> _Turn:
    """Return what a user's message asks and lists."""
    if line := _LINE.search(text):
        papers = Brief.of("?", _ids(line[1])).papers
        return _Turn(_LINE.sub("", text).strip(), papers)
    if _OF_A_BRIEF.search(text):
        brief = Brief.parse(text, f"message {number}", need_question=False)
        return _Turn(brief.question, brief.papers, brief.points)
    return _Turn(text.strip())


def given_by(chat: Chat, header: str | None, shelves: Shelves) -> _Turn | None:
    """Return what the request itself allows, beside its messages."""
    if chat.paperbound:
        told = chat.paperbound.model_dump(exclude_none=True)
        if len(told) != 1:
            raise BriefError(f"paperbound: {len(told)} of papers, brief and shelf are given; give one")
        if chat.paperbound.brief is not None:
            brief = Brief.parse(chat.paperbound.brief, "paperbound.brief", need_question=False)
            return _Turn(brief.question, brief.papers, brief.points)
        if chat.paperbound.shelf is not None:
            return _Turn("", shelf_of(chat.paperbound.shelf, shelves))
        return _Turn("", Brief.of("?", _ids(chat.paperbound.papers or "")).papers)
    if header is not None:
        return _Turn("", Brief.of("?", _ids(header)).papers)
    return _Turn("", shelves[chat.model]) if chat.model in shelves else None


def _ids(listed: str | Sequence[str]) -> list[str]:
    return [item for item in re.split(r"[,;\s]+", listed) if item] if isinstance(listed, str) else list(listed)
