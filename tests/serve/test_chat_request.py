"""Which papers a request allows: the first found wins, later turns narrow and never widen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag.errors import BriefError
from rag.papers import AllowedPaper
from rag.serve.chat_request import Chat, brief_of

A, B, C = "2101.00001", "2101.00002", "2101.00003"
SHELVES = {"mine": (AllowedPaper(C),)}
LISTED = f"papers: {B}\nWhat is blurred?"
BRIEF = f"Question: How is blur modelled?\n\n1. Explain the task.\n\nPaper: https://arxiv.org/abs/{A}v2\n"


def chat(*turns: str, **fields: Any) -> Chat:
    messages = [{"role": "user", "content": turn} for turn in turns]
    return Chat.read(json.dumps({"messages": messages, **fields}).encode())


def allowed(told: Chat, header: str | None = None) -> list[str]:
    return [paper.key for paper in brief_of(told, header, SHELVES).papers]


def test_the_first_found_wins() -> None:
    """Body, header, model, message, in this order; each is left out in turn."""
    every = chat("What?", model="mine", paperbound={"papers": [A]})
    assert allowed(every, B) == [A]
    assert allowed(chat("What?", model="mine"), f"{A}, {B}") == [A, B]
    assert allowed(chat("What?", model="mine")) == [C]
    assert allowed(chat(LISTED, model="unknown")) == [B]
    assert allowed(chat("What?", paperbound={"shelf": "mine"})) == [C]
    assert allowed(chat("What?", paperbound={"brief": BRIEF})) == [f"{A}v2"]


def test_the_line_is_no_part_of_the_question() -> None:
    """What lists papers is not searched for; a whole brief as a message asks its own question and points."""
    assert brief_of(chat(LISTED), None, {}).question == "What is blurred?"
    told = brief_of(chat(BRIEF), None, {})
    assert told.question == "How is blur modelled?"
    assert [point.title for point in told.points] == ["The task"]


def test_later_turns_narrow() -> None:
    """A turn may leave papers out and name a version; those after it keep to that, until another names more of them."""
    first = f"papers: {A}, {B}\nWhat?"
    assert allowed(chat(first, "And then?")) == [A, B]
    assert allowed(chat(first, f"papers: {B}v3\nAnd then?")) == [f"{B}v3"]
    assert allowed(chat(first, f"papers: {B}\nAnd?", "So?")) == [B]
    assert allowed(chat(first, f"papers: {B}\nAnd?", f"papers: {A}, {B}\nSo?")) == [A, B]


@pytest.mark.parametrize(
    ("told", "header"),
    [
        (chat(f"papers: {A}\nWhat?", f"papers: {A}, {B}\nAnd?"), None),
        (chat(f"papers: {A}v1\nWhat?", f"papers: {A}v2\nAnd?"), None),
        (chat(f"papers: {B}\nWhat?", paperbound={"papers": [A]}), None),
        (chat(f"papers: {B}\nWhat?", model="mine"), None),
        (chat(f"papers: {B}\nWhat?"), A),
        (chat("What?", BRIEF, paperbound={"shelf": "mine"}), None),
    ],
)
def test_no_turn_widens(told: Chat, header: str | None) -> None:
    """A paper from outside is refused by name, wherever the whitelist came from."""
    with pytest.raises(BriefError, match="is not among the papers of this chat"):
        allowed(told, header)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (chat("What?"), "no paper is allowed"),
        (chat("What?", paperbound={}), "0 of papers, brief and shelf"),
        (chat("What?", paperbound={"papers": [A], "shelf": "mine"}), "2 of papers"),
        (chat("What?", paperbound={"papers": []}), "no paper is allowed"),
        (chat("What?", paperbound={"shelf": "other"}), "no shelf is called 'other'; known: mine"),
        (chat("What?", paperbound={"papers": ["nonsense"]}), "nonsense"),
        (chat(f"papers: {A}"), "no question"),
        (Chat.read(b'{"messages": [{"role": "system", "content": "x"}]}'), "role user"),
    ],
)
def test_what_cannot_be_asked_is_named(told: Chat, words: str) -> None:
    with pytest.raises(BriefError, match=words):
        allowed(told)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"{", "body"),
        (b'{"messages": []}', "messages"),
        (b'{"messages": [{"role": "user", "content": "?"}], "n": 2}', "n: "),
        (b'{"messages": [{"role": "user", "content": "?"}], "paperbound": {"paper": "x"}}', "paperbound.paper"),
    ],
)
def test_a_malformed_body_is_named_by_its_place(body: bytes, place: str) -> None:
    with pytest.raises(BriefError, match=place):
        Chat.read(body)


def test_pictures_cannot_be_asked() -> None:
    """Parts of text are joined; a part of another type is refused, not left out."""
    parts = [{"type": "text", "text": "What is"}, {"type": "text", "text": "blurred?"}]
    told = Chat.read(json.dumps({"messages": [{"role": "user", "content": parts}]}).encode())
    assert brief_of(told, A, {}).question == "What is blurred?"
    parts.append({"type": "image_url"})
    with pytest.raises(BriefError, match="image_url"):
        brief_of(Chat.read(json.dumps({"messages": [{"role": "user", "content": parts}]}).encode()), A, {})
